//! Any bytes as a body of each dialect, and of one that is still to be detected. However the body is split, the events, text,
//! end and summary are the same. Iteration, readers and the summary agree.
#![no_main]

#[path = "../../tests/rust/common.rs"]
mod common;
#[path = "../../tests/rust/observed.rs"]
mod observed;

use common::{bytewise, random_cuts, shapes, tables, Rng, NO_LIMIT};
use libfuzzer_sys::fuzz_target;
use ssescan_core::dispatch::Table;
use ssescan_core::session::Tables;
use std::sync::{Arc, LazyLock};
use observed::{agree, observe, By};

static BUILT_IN: LazyLock<Vec<Arc<Table>>> = LazyLock::new(|| tables().into_iter().map(|(_, table)| table).collect());
static TABLES: LazyLock<Vec<Arc<Table>>> =
    LazyLock::new(|| BUILT_IN.iter().cloned().chain(shapes().into_iter().map(|(_, table)| table)).collect());

fuzz_target!(|body: &[u8]| {
    // A body's length says how it is read, so that every file is a seed.
    let tables = match TABLES.get(body.len() % (TABLES.len() + 1)) {
        Some(table) => Tables::One(Arc::clone(table)),
        None => Tables::Auto(BUILT_IN.clone()),
    };
    let limit = if body.len() % 7 == 0 { 64 } else { NO_LIMIT };
    let observe = |cuts: &[usize], by| observe(body, cuts, limit, tables.clone(), by);
    let [steps, read] = [By::Steps, By::Reading].map(|by| {
        let whole = observe(&[], by);
        for cuts in [bytewise(body), random_cuts(body, &mut Rng::new(body.len() as u64))] {
            assert_eq!(observe(&cuts, by), whole, "{by:?}, cut at {cuts:?}");
        }
        whole
    });
    agree(&steps, &read);
});
