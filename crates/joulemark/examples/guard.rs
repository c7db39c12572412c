//! Code that cannot be a closure: a window around it, and one inside the other.
//!
//!     cargo run --release -p joulemark --example guard

use std::hint::black_box;

fn work(steps: u64) -> u64 {
    (0..black_box(steps)).fold(0, |sum, i| black_box(sum ^ i.wrapping_mul(0x9e37_79b9)))
}

fn main() -> Result<(), joulemark::Error> {
    let mut bench = joulemark::Bench::cpu()?;
    bench.idle(); // so that joules above idling are known too
    let training = bench.window("training");
    for _ in 0..2 {
        let _epoch = bench.window("epoch"); // ends at the end of the block
        work(300_000_000);
    }
    let training = training.end();
    for span in bench.ended_windows() {
        println!("{span}");
    }
    println!("{training}");
    Ok(())
}
