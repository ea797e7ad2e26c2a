//! Any bytes as an HTTP body of each framing. The data, the end and the error are those of a slow reader, however the body is
//! split.
#![no_main]

#[path = "../../tests/rust/bodies.rs"]
mod bodies;
#[path = "../../tests/rust/common.rs"]
mod common;

use bodies::{agree, kinds};
use common::{bytewise, random_cuts, Rng};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let random = random_cuts(body, &mut Rng::new(body.len() as u64));
    for cuts in [vec![], bytewise(body), random] {
        for kind in kinds(body) {
            agree(kind, body, &cuts);
        }
    }
});
