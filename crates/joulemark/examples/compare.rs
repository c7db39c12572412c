//! Two algorithms for one task, and which takes fewer joules: rows that `joulemark analyze` and `compare` read.
//!
//!     cargo run --release -p joulemark --example compare

use std::hint::black_box;

fn main() -> Result<(), joulemark::Error> {
    let numbers: Vec<u32> = (0..4096_u32).map(|i| i.wrapping_mul(2_654_435_761)).collect();
    let mut bench = joulemark::Bench::cpu()?;
    let stable = bench.measure("sort/stable", |n| {
        for _ in 0..n {
            black_box(numbers.clone()).sort();
        }
    })?;
    let unstable = bench.measure("sort/unstable", |n| {
        for _ in 0..n {
            black_box(numbers.clone()).sort_unstable();
        }
    })?;
    for result in [&stable, &unstable] {
        println!("{}: {result}", result.name());
        result.append_to(std::env::temp_dir().join("joulemark-example"))?;
    }
    if let (Some(a), Some(b)) = (stable.joules(), unstable.joules()) {
        println!("unstable takes {:.2} of the joules of stable", b.value / a.value);
    }
    Ok(())
}
