//! What a command costs: it runs N times in a window, and the counters are the machine's, so its children count too.
//!
//!     cargo run --release -p joulemark --example command -- sleep 0.1

use std::process::Command;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let program = words.next().unwrap_or_else(|| "true".into());
    let arguments: Vec<String> = words.collect();
    let mut bench = joulemark::Bench::cpu()?;
    let result = bench.measure(&program, |n| {
        for _ in 0..n {
            let status = Command::new(&program).args(&arguments).status();
            assert!(status.is_ok_and(|status| status.success()), "{program} failed");
        }
    })?;
    println!("{program}: {result}");
    Ok(())
}
