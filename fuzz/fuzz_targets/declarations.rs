//! Any bytes as choices that make a declaration of a dialect and a body. What can be compiled reads the body in the same way
//! however it is split. Iteration, readers and the summary agree, and the text of each event is that of a slow reader.
#![no_main]

#[path = "../../tests/rust/common.rs"]
mod common;
#[path = "../../tests/rust/declared.rs"]
mod declared;
#[path = "../../tests/rust/document.rs"]
mod document;
#[path = "../../tests/rust/observed.rs"]
mod observed;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|choices: &[u8]| {
    declared::agree(choices);
});
