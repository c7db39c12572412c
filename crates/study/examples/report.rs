//! Writes the report of tables: `report OUT.html [--include-simulated] PATH...`.

use std::path::PathBuf;

use joulemark_study::document::page::html;
use joulemark_study::sections::{self, Depth};
use joulemark_study::{LoadOptions, StudyOptions, load, study};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (flags, paths): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
    let (out, paths) = paths
        .split_first()
        .ok_or("give a file for the report, then the tables")?;
    let samples = load(
        paths,
        LoadOptions {
            include_simulated: !flags.is_empty(),
        },
    )?;
    let findings = study(&samples, StudyOptions::default());
    std::fs::write(out, html(&sections::study(&findings, Depth::Page))?)?;
    Ok(())
}
