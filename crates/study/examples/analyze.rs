//! Analyses tables and says how long that took and how much memory it needed: `analyze [--include-simulated] PATH...`.

use std::path::PathBuf;
use std::time::Instant;

use joulemark_study::document::terminal;
use joulemark_study::sections::{self, Depth};
use joulemark_study::{LoadOptions, StudyOptions, load, study};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (flags, paths): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
    let start = Instant::now();
    let samples = load(
        &paths,
        LoadOptions {
            include_simulated: !flags.is_empty(),
        },
    )?;
    let loaded = start.elapsed();
    let findings = study(&samples, StudyOptions::default());
    let studied = start.elapsed();
    print!("{}", terminal::text(&sections::study(&findings, Depth::Front), None));
    eprintln!(
        "read {} windows in {loaded:.2?}, studied after {studied:.2?}",
        findings.windows
    );
    // Linux only: what the process took at most.
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        status
            .lines()
            .filter(|line| line.starts_with("VmHWM"))
            .for_each(|line| eprintln!("{line}"));
    }
    Ok(())
}
