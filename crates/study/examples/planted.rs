//! Writes a run of a planted device: `planted ROOT [tracks|breaks|static] [SIZES] [WINDOWS]`. What tests and the
//! benchmark of the study read; simulated, and labelled so in each row.

#[path = "../tests/planted/mod.rs"]
mod planted;

use std::path::Path;

use joulemark_records::{Adapter, Manifest, RunState, RunWriter};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |index: usize, default: &str| arguments.get(index).map_or(default, String::as_str).to_owned();
    let name = argument(1, "breaks");
    let truth = planted::truth(&name);
    let (sizes, windows) = (argument(2, "8").parse()?, argument(3, "9").parse()?);
    let adapter = Adapter {
        name: format!("planted device ({name})"),
        ..Adapter::default()
    };
    let manifest = Manifest {
        suite: "standard".into(),
        adapter,
        ..Manifest::default()
    };
    let mut writer = RunWriter::create(Path::new(&argument(0, "results")), "planted", "2026-01-01", manifest)?;
    for row in planted::campaign(truth, sizes, windows, 1) {
        writer.append(row)?;
    }
    writer.set_state(RunState::Complete)?;
    println!("{}", writer.dir().display());
    Ok(())
}
