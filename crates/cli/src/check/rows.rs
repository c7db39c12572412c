//! `samples.csv`, field by field and row against row.

use std::collections::BTreeMap;
use std::path::Path;

use joulemark_records::{COLUMNS, Energy, Row, SAMPLES_FILE, Status};

use super::Line;

/// The rows whose every field may be what it is; the others are defects.
pub(super) fn read(folder: &Path, defects: &mut Vec<String>) -> Vec<Line> {
    let mut defect = |text: String| defects.push(format!("{SAMPLES_FILE}{text}"));
    let text = match std::fs::read_to_string(folder.join(SAMPLES_FILE)) {
        Ok(text) => text,
        Err(error) => {
            defect(format!(": cannot be read: {error}"));
            return Vec::new();
        }
    };
    if !text.ends_with('\n') {
        defect(": the last line is torn; `joulemark run --resume` mends it".into());
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let names = COLUMNS.map(|column| column.name);
    if header.iter().ne(names) {
        let missing: Vec<_> = names
            .into_iter()
            .filter(|name| !header.iter().any(|h| h == *name))
            .collect();
        let what = match missing.is_empty() {
            true => "the columns are others, or in another order, than the schema's".into(),
            false => format!("columns are missing: {}", missing.join(", ")),
        };
        defect(format!(":1: {what}"));
        return Vec::new();
    }
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                defect(format!(": {error}"));
                continue;
            }
        };
        let number = record.position().map_or(0, csv::Position::line);
        if record.len() != COLUMNS.len() {
            defect(format!(
                ":{number}: {} fields, there should be {}",
                record.len(),
                COLUMNS.len()
            ));
            continue;
        }
        let mut sound = true;
        for (column, field) in COLUMNS.iter().zip(&record) {
            if !column.kind.fits(field) {
                defect(format!(
                    ":{number}: {} is `{field}`, not {}",
                    column.name,
                    column.kind.expected()
                ));
                sound = false;
            }
        }
        match record.deserialize::<Row>(None) {
            Ok(row) if sound => lines.push(Line { number, row }),
            Err(error) if sound => defect(format!(":{number}: {error}")),
            _ => {}
        }
    }
    lines
}

/// What no single field shows.
pub(super) fn check(lines: &[Line], defects: &mut Vec<String>) {
    let mut defect = |number: u64, text: String| defects.push(format!("{SAMPLES_FILE}:{number}: {text}"));
    let mut windows = BTreeMap::new();
    let mut counts = BTreeMap::new();
    for (place, Line { number, row }) in lines.iter().enumerate() {
        let number = *number;
        if row.row != place as u64 {
            defect(number, format!("row {} stands where row {place} belongs", row.row));
        }
        for problem in of_one(row) {
            defect(number, problem);
        }
        if !matches!(row.status, Status::Ok | Status::Suspect) {
            continue;
        }
        // The sentinel recurs within a round, at other places.
        if let Some(first) = windows.insert((&row.case_id, row.round, row.order, row.window), number) {
            let (round, window) = (row.round, row.window);
            defect(
                number,
                format!(
                    "window {window} of round {round} of {} stands in line {first} already",
                    row.case_id
                ),
            );
        }
        let of_case = [
            row.macs,
            row.flops_task,
            row.ops_executed,
            row.bytes_min,
            row.bytes_model,
            row.activations,
            row.parameters,
        ];
        let (first, known) = *counts
            .entry((row.case_id.as_str(), row.variant.as_str()))
            .or_insert((number, of_case));
        if known != of_case {
            defect(
                number,
                format!("counts of {} differ from those in line {first}", row.case_id),
            );
        }
    }
}

/// Highest power that is believed, as a multiple of the limit in force.
const MOST_POWER: f64 = 1.5;

/// What is impossible within one row.
fn of_one(row: &Row) -> Vec<String> {
    let mut problems = Vec::new();
    let mut problem = |wrong: bool, text: &str| {
        if wrong {
            problems.push(text.to_string());
        }
    };
    let timed = matches!(row.status, Status::Ok | Status::Suspect);
    problem(
        timed && (row.iterations.is_none() || row.wall_s.is_none()),
        "a window without iterations or wall_s",
    );
    problem(timed && row.flops_task.is_none(), "a window without counts");
    problem(
        timed && row.relative_error.is_none(),
        "a window without relative_error: it was not verified",
    );
    let explained = !row.reason.is_empty();
    problem(
        !explained
            && matches!(
                row.status,
                Status::WrongResult | Status::Refused | Status::Error | Status::Suspect
            ),
        "this status needs a reason",
    );
    problem(
        timed && row.device.energy_j.is_none() && row.device.reason.is_empty() && !explained,
        "no device energy, and no reason for that",
    );
    let kernel = [&row.op, &row.algorithm, &row.precision].map(String::as_str).join("/");
    problem(
        row.status != Status::Idle && !row.case_id.starts_with(&format!("{kernel}/")),
        "case_id does not begin with op, algorithm and precision",
    );
    let macs = row.macs.zip(row.flops_task).filter(|_| row.op != "calibration");
    problem(
        macs.is_some_and(|(macs, flops)| flops != 2 * macs),
        "flops_task is not two per multiply-accumulate",
    );
    // The device's clock is not the host's: a hundredth and a millisecond are granted.
    problem(
        row.gpu_s
            .zip(row.wall_s)
            .is_some_and(|(gpu_s, wall_s)| gpu_s > 1.01 * wall_s + 1e-3),
        "gpu_s exceeds wall_s",
    );
    for (domain, energy) in [("device", &row.device), ("host", &row.host)] {
        let Energy {
            energy_j,
            idle_w,
            active_j,
            ..
        } = *energy;
        let word = energy.quality.map_or("", |quality| quality.as_str());
        problem(
            energy_j.is_some() == matches!(word, "" | "unavailable" | "invalid"),
            &format!("{domain}_energy_j and {domain}_quality contradict each other"),
        );
        let sum = energy_j
            .zip(idle_w)
            .zip(row.wall_s)
            .map(|((energy_j, idle_w), wall_s)| energy_j - idle_w * wall_s);
        let scale = energy_j.unwrap_or_default().max(1.0);
        let adds_up = match (sum, active_j) {
            (Some(sum), Some(active_j)) => (sum - active_j).abs() <= 1e-6 * scale,
            (None, None) => true,
            (None, Some(_)) | (Some(_), None) => row.status == Status::Idle,
        };
        problem(
            !adds_up,
            &format!("{domain}_active_j is not energy less idle power times wall_s"),
        );
    }
    let power_w = row
        .device
        .energy_j
        .zip(row.wall_s)
        .map(|(energy_j, wall_s)| energy_j / wall_s);
    let limit = row.power_limit_w.filter(|limit| *limit > 0.0);
    problem(
        power_w
            .zip(limit)
            .is_some_and(|(power_w, limit_w)| power_w > MOST_POWER * limit_w),
        "the device's mean power exceeds 1.5 times its limit: is the unit right?",
    );
    problems
}
