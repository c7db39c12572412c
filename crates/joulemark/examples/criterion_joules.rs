//! Joules as Criterion's number: its intervals, baselines, changes and reports speak of them.
//!
//!     cargo run --release -p joulemark --features criterion --example criterion_joules -- --bench

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use joulemark::criterion::Joules;

fn benches(criterion: &mut Criterion<Joules>) {
    let numbers: Vec<u32> = (0..4096_u32).map(|i| i.wrapping_mul(2_654_435_761)).collect();
    criterion.bench_function("sort 4096", |bencher| {
        bencher.iter_batched(
            || numbers.clone(),
            |mut numbers| numbers.sort_unstable(),
            BatchSize::LargeInput,
        );
    });
}

criterion_group! {
    name = group;
    config = Joules::as_number().criterion();
    targets = benches
}
criterion_main!(group);
