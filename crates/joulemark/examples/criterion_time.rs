//! Criterion as always, with time as its number, and joules beside it when all is over.
//!
//!     cargo run --release -p joulemark --features criterion --example criterion_time -- --bench

use criterion::{Criterion, criterion_group, criterion_main};
use joulemark::criterion::Joules;

fn fibonacci(n: u64) -> u64 {
    if n < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
}

fn benches(criterion: &mut Criterion<Joules>) {
    criterion.bench_function("fibonacci 20", |bencher| {
        bencher.iter(|| fibonacci(std::hint::black_box(20)))
    });
}

criterion_group! {
    name = group;
    config = Joules::beside_time().criterion();
    targets = benches
}
criterion_main!(group);
