//! Times the core's workloads, without Python: `cargo bench -p ssescan-core --bench core`.
//!
//! Every figure is for a whole body of equal events, and is shown in bytes per second too. The group's name has
//! the number of events.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod workloads;

use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use std::time::Duration;

fn core(criterion: &mut Criterion) {
    for of_group in workloads::all().chunk_by(|one, next| one.group == next.group) {
        let mut group = criterion.benchmark_group(&of_group[0].group);
        for workload in of_group {
            group.throughput(Throughput::Bytes(workload.bytes as u64));
            group.bench_function(workload.name, |bencher| bencher.iter(&workload.run));
        }
    }
}

fn brief() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
}

criterion_group! { name = benches; config = brief(); targets = core }
criterion_main!(benches);
