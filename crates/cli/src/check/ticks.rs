//! `ticks.csv`: order, and the marks of each window against its row.

use std::collections::BTreeMap;
use std::path::Path;

use joulemark_records::{TICKS_FILE, Tick};

use super::Line;

/// Checks the ticks and gives their number.
pub(super) fn check(folder: &Path, lines: &[Line], defects: &mut Vec<String>) -> usize {
    let mut defect = |text: String| defects.push(format!("{TICKS_FILE}{text}"));
    let text = match std::fs::read_to_string(folder.join(TICKS_FILE)) {
        Ok(text) => text,
        Err(error) => {
            defect(format!(": cannot be read: {error}"));
            return 0;
        }
    };
    if !text.ends_with('\n') {
        defect(": the last line is torn; `joulemark run --resume` mends it".into());
    }
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    if reader.headers().is_ok_and(|header| header.iter().ne(Tick::COLUMNS)) {
        defect(format!(":1: the columns should be {}", Tick::COLUMNS.join(", ")));
        return 0;
    }
    let mut count = 0;
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    let mut marks: BTreeMap<u64, [Option<u64>; 2]> = BTreeMap::new();
    for tick in reader.deserialize::<Tick>() {
        count += 1;
        let number = count + 1;
        let tick = match tick {
            Ok(tick) => tick,
            Err(error) => {
                defect(format!(":{number}: no tick: {error}"));
                continue;
            }
        };
        if tick.after_ns > tick.time_ns {
            defect(format!(":{number}: after_ns lies behind time_ns"));
        }
        if tick.source == "window" {
            let end = usize::from(tick.flag == "end");
            if let Some(row) = tick.raw {
                marks.entry(row).or_default()[end] = Some(tick.time_ns);
            }
        } else if let Some(before) = last.insert(tick.source.clone(), tick.time_ns)
            && tick.time_ns < before
        {
            defect(format!(":{number}: {} goes back in time", tick.source));
        }
    }
    for Line { number, row } in lines {
        let Some(wall_s) = row.wall_s else { continue };
        let Some([Some(begin), Some(end)]) = marks.get(&row.row) else {
            defect(format!(
                ": line {number} of samples.csv has no marks of its begin and end"
            ));
            continue;
        };
        let marked_s = end.saturating_sub(*begin) as f64 * 1e-9;
        if (marked_s - wall_s).abs() > 1e-6 * wall_s.max(1.0) {
            defect(format!(
                ": line {number} of samples.csv lasts {wall_s} s, and its marks are {marked_s} s apart"
            ));
        }
    }
    if let Some((row, _)) = marks.iter().find(|(row, _)| **row >= lines.len() as u64) {
        defect(format!(
            ": there are marks of row {row}, which samples.csv does not have"
        ));
    }
    count
}
