//! Runs one workload of the core a number of times, for callgrind: see `benches/instructions.py`.
//!
//! `instructions WORKLOAD TIMES` runs it. Other arguments list the workloads: name, events and bytes, separated
//! by tabs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod workloads;

use std::ffi::{c_uint, c_void};
use std::hint::black_box;

/// Makes hash maps equal in every run. The standard library takes their seeds from the `getrandom` of the program,
/// if it has one.
///
/// # Safety
/// `buffer` has space for `len` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut c_void, len: usize, _flags: c_uint) -> isize {
    // SAFETY: the caller says so.
    unsafe { buffer.cast::<u8>().write_bytes(7, len) };
    len as isize
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let all = workloads::all();
    let name_of = |workload: &workloads::Workload| format!("{}, {}", workload.group, workload.name);
    match arguments.as_slice() {
        [name, times] => {
            let workload = all.iter().find(|workload| name_of(workload) == *name).expect("the name of a workload");
            for _ in 0..times.parse().expect("a number") {
                black_box((workload.run)());
            }
        }
        _ => all.iter().for_each(|one| println!("{}\t{}\t{}", name_of(one), one.events, one.bytes)),
    }
}
