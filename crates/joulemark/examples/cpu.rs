//! What one call of a function costs on this machine's CPUs: time, joules, watts, each with its interval.
//!
//!     cargo run --release -p joulemark --example cpu

use std::hint::black_box;

fn primes_below(limit: usize) -> usize {
    let mut composite = vec![false; limit];
    for i in 2..limit {
        for multiple in (i * i..limit).step_by(i) {
            composite[multiple] = true;
        }
    }
    composite.iter().skip(2).filter(|composite| !**composite).count()
}

fn main() -> Result<(), joulemark::Error> {
    let mut bench = joulemark::Bench::cpu()?;
    let result = bench.measure("primes below 100000", |n| {
        for _ in 0..n {
            black_box(primes_below(black_box(100_000)));
        }
    })?;
    println!("{result}");
    Ok(())
}
