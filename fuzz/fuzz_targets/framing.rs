//! Any bytes as a body: the frames are those of the reference parser, whole, byte by byte, and cut as
//! the body's last bytes say.
#![no_main]

#[path = "../../tests/rust/common.rs"]
mod common;

use common::{bytewise, read, reference, NO_LIMIT};
use libfuzzer_sys::fuzz_target;

/// Block borders, from the last bytes of the body: a seed is a body and nothing else.
fn cuts(body: &[u8]) -> Vec<usize> {
    let sizes: Vec<usize> = body.iter().rev().take(4).map(|byte| usize::from(byte % 32)).collect();
    let borders = sizes.iter().cycle().take(2 * body.len()).scan(0, |at, size| {
        *at += size;
        Some(*at)
    });
    borders.take_while(|at| *at < body.len()).collect()
}

fuzz_target!(|body: &[u8]| {
    let last = body.last().copied().unwrap_or_default();
    let limit = if last & 64 == 0 { NO_LIMIT } else { usize::from(last & 31) };
    let further = (last & 32 == 0).then_some(&b"error"[..]);
    let whole = read(body, &[], limit, further);
    assert_eq!(whole.answer, reference::parse(body, limit, further));
    for cuts in [bytewise(body), cuts(body)] {
        assert_eq!(read(body, &cuts, limit, further), whole, "cut at {cuts:?}");
    }
});
