//! The rows of a run, read with `csv` and nothing else: joules per iteration, window by window.
//!
//!     cargo run --release -p joulemark --example rows -- results/MACHINE/RUN/samples.csv

use std::collections::HashMap;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which samples.csv?")?;
    for row in csv::Reader::from_path(path)?.deserialize() {
        let row: HashMap<String, String> = row?;
        let number = |column: &str| row.get(column).and_then(|text| text.parse::<f64>().ok());
        let per_iteration = number("device_energy_j")
            .zip(number("iterations"))
            .map(|(joules, count)| joules / count);
        match per_iteration {
            Some(joules) => println!("{}: {joules:.3e} J ({})", row["case_id"], row["device_quality"]),
            None => println!(
                "{}: no joules ({} {})",
                row["case_id"], row["status"], row["device_reason"]
            ),
        }
    }
    Ok(())
}
