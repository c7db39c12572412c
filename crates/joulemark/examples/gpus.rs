//! Several GPUs at once: a bench for each, with the sensors of its own device, and a window on each in a thread of its own.
//!
//!     cargo run --release -p joulemark --example gpus -- 0000:65:00.0 0000:ca:00.0

use joulemark::Bench;

fn main() -> Result<(), joulemark::Error> {
    let addresses: Vec<String> = std::env::args().skip(1).collect();
    let benches: Vec<Bench> = addresses
        .iter()
        .map(|address| Bench::pci(address))
        .collect::<Result<_, _>>()?;
    let spans = std::thread::scope(|scope| {
        let on_each = benches.iter().zip(&addresses).map(|(bench, address)| {
            let window = bench.window(address);
            scope.spawn(move || {
                // Here the work of this GPU, and the wait for its end.
                std::thread::sleep(std::time::Duration::from_millis(300));
                window.end()
            })
        });
        let running: Vec<_> = on_each.collect();
        running
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .collect::<Vec<_>>()
    });
    spans.iter().for_each(|span| println!("{span}"));
    Ok(())
}
