//! Draws the figures of tables into a folder: `figures OUT [--include-simulated] PATH...`.

use std::path::PathBuf;

use joulemark_study::{LoadOptions, StudyOptions, figures, load, study};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (flags, paths): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
    let (out, paths) = paths
        .split_first()
        .ok_or("give a folder for the figures, then the tables")?;
    let samples = load(
        paths,
        LoadOptions {
            include_simulated: !flags.is_empty(),
        },
    )?;
    let slots = figures::draw(&study(&samples, StudyOptions::default()));
    figures::write(&slots, out)?;
    for slot in slots {
        match slot.figure {
            Ok(figure) => println!("{}: {}", slot.name, figure.title),
            Err(reason) => println!("{}: not drawn: {reason}", slot.name),
        }
    }
    Ok(())
}
