//! `ticks.csv`: order, sources and units, and the marks of each window against its row.

use std::collections::BTreeMap;
use std::path::Path;

use super::rows::Rows;
use super::{CheckedWindow, Defects};
use crate::error::Error;
use crate::manifest::Manifest;
use crate::run_folder::TICKS_FILE;
use crate::ticks::{Tail, TickLine, WindowEnd, scan_ticks};

/// Checks the ticks, finds the marks of the windows, and gives the number of lines.
pub(super) fn check(folder: &Path, manifest: Option<&Manifest>, rows: &mut Rows, defects: &mut Defects) -> u64 {
    let units: BTreeMap<&str, &str> = manifest
        .iter()
        .flat_map(|manifest| &manifest.sources)
        .map(|source| (source.name.as_str(), source.unit.as_str()))
        .collect();
    let mut count = 0;
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    let mut marks: BTreeMap<u64, [Option<u64>; 2]> = BTreeMap::new();
    let end = scan_ticks(&folder.join(TICKS_FILE), Tail::Whole, |line| {
        count += 1;
        let (number, line) = match line {
            Ok(line) => line,
            Err(error) => {
                defects.push(|| format!("{TICKS_FILE}{}", error.in_file()));
                return Ok(());
            }
        };
        let mut defect = |text: &dyn Fn() -> String| defects.push(|| format!("{TICKS_FILE}:{number}: {}", text()));
        match line {
            TickLine::Mark(mark) => {
                let end = usize::from(mark.end == WindowEnd::End);
                let old = marks.entry(mark.row).or_default()[end].replace(mark.at.nanos());
                if old.is_some() {
                    defect(&|| format!("row {} is marked twice", mark.row));
                }
            }
            TickLine::Tick(tick) => {
                if tick.after_ns > tick.time_ns {
                    defect(&|| "after_ns lies behind time_ns".into());
                }
                let time_ns = tick.time_ns.nanos();
                match last.insert(tick.source.clone(), time_ns) {
                    Some(before) if time_ns < before => defect(&|| format!("{} goes back in time", tick.source)),
                    Some(_) => {}
                    None => match units.get(tick.source.as_str()) {
                        None if manifest.is_some() => {
                            defect(&|| format!("the source `{}` is not among the manifest's", tick.source));
                        }
                        Some(unit) if *unit != tick.unit.as_str() => defect(&|| {
                            format!("{} counts in {}, and in the manifest in {unit}", tick.source, tick.unit)
                        }),
                        _ => {}
                    },
                }
            }
        }
        Ok::<_, Error>(())
    });
    if let Err(error) = end {
        defects.push(|| format!("{TICKS_FILE}{}", error.in_file()));
        return count;
    }
    for (row, (line, wall_s)) in &rows.timed {
        let Some([Some(begin), Some(end)]) = marks.get(row) else {
            // A power cut may take a window's ticks and leave its row, which resuming says.
            if manifest.is_some_and(|manifest| !manifest.mended.is_empty()) {
                continue;
            }
            defects.push(|| format!("{TICKS_FILE}: line {line} of samples.csv has no marks of its begin and end"));
            continue;
        };
        let marked_s = end.saturating_sub(*begin) as f64 * 1e-9;
        if (marked_s - wall_s).abs() > 1e-6 * wall_s.max(1.0) {
            defects.push(|| {
                format!(
                    "{TICKS_FILE}: line {line} of samples.csv lasts {wall_s} s, and its marks are {marked_s} s apart"
                )
            });
        } else if let Some([device_j, host_j]) = rows.energies.remove(row) {
            rows.windows.push(CheckedWindow {
                line: *line,
                marks_ns: [*begin, *end],
                device_j,
                host_j,
            });
        }
    }
    if let Some((row, _)) = marks.iter().find(|(row, _)| **row >= rows.count) {
        defects.push(|| format!("{TICKS_FILE}: there are marks of row {row}, which samples.csv does not have"));
    }
    count
}
