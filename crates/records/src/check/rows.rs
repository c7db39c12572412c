//! `samples.csv`, field by field and row against row, in one pass that keeps little of each row.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use super::{CheckedWindow, Defects};
use crate::column::{ADDED_IN_VERSION_2, COLUMNS};
use crate::energy::Energy;
use crate::error::Error;
use crate::heading::Origin;
use crate::manifest::Manifest;
use crate::row::Row;
use crate::run::RowLayout;
use crate::run_folder::SAMPLES_FILE;
use crate::scanner::Scanner;
use crate::status::Status;

/// The counts of one case, in the order of their columns.
type Counts = [Option<u64>; 7];

/// What the rows came to.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) count: u64,
    pub(super) ok: u64,
    pub(super) measured: BTreeSet<String>,
    /// Sources that rows name, with the first line that does.
    pub(super) sources: BTreeMap<String, u64>,
    /// The first line of another run, and its `run_id`.
    pub(super) foreign: Option<(u64, String)>,
    /// The first timed row of each case.
    pub(super) cases: BTreeMap<String, Row>,
    /// Line and duration of each row that has a duration, by its number.
    pub(super) timed: BTreeMap<u64, (u64, f64)>,
    /// Joules of device and host with half the width of their intervals, by the number of the row.
    pub(super) energies: BTreeMap<u64, [Option<[f64; 2]>; 2]>,
    /// Least and most power of the idle rows.
    idle_w: Option<[f64; 2]>,
    /// Least and most idle power that other rows name, each with its line.
    named_idle_w: Option<[(f64, u64); 2]>,
    pub(super) windows: Vec<CheckedWindow>,
    /// Windows by a hash of their place, with their line.
    places: HashMap<u64, u64>,
    /// Counts of each case and variant, with the line of the first.
    counts: BTreeMap<(String, String), (u64, Counts)>,
}

/// Reads and checks all rows; those with a field that cannot be are defects.
pub(super) fn check(folder: &Path, manifest: Option<&Manifest>, defects: &mut Defects) -> Rows {
    let mut rows = Rows::default();
    let say = |error: Error, defects: &mut Defects| defects.push(|| format!("{SAMPLES_FILE}{}", error.in_file()));
    let scanner = match Scanner::open_from(&folder.join(SAMPLES_FILE), Origin::Own) {
        Ok(scanner) => scanner,
        Err(error) => {
            say(error, defects);
            return rows;
        }
    };
    let old = manifest.is_some_and(|manifest| manifest.schema_version == 1);
    let names = COLUMNS.iter().map(|column| column.name);
    let names: Vec<_> = names
        .filter(|name| !(old && ADDED_IN_VERSION_2.contains(name)))
        .collect();
    if scanner.header() != names {
        let missing: Vec<_> = names
            .iter()
            .filter(|name| scanner.position(name).is_none())
            .copied()
            .collect();
        defects.push(|| match missing.is_empty() {
            true => format!("{SAMPLES_FILE}:1: the columns are others, or in another order, than the schema's"),
            false => format!("{SAMPLES_FILE}:1: columns are missing: {}", missing.join(", ")),
        });
        return rows;
    }
    let (layout, hasher) = (RowLayout::of(&scanner), RandomState::new());
    let end = scanner.scan_all(scanner.body(), |record| {
        let read = record.and_then(|record| Ok((record.line_number(), layout.row(&record)?)));
        match read {
            Ok((line, row)) => rows.take(line, row, manifest, &hasher, defects),
            Err(error) => say(error, defects),
        }
        Ok::<_, Error>(())
    });
    if let Err(error) = end {
        say(error, defects);
    }
    rows.check_idle(defects);
    rows
}

/// How far a row's idle power may lie outside those of the idle rows: they are means of two of them, rounded.
const IDLE_MARGIN: f64 = 1e-3;

impl Rows {
    fn take_idle(&mut self, line: u64, row: &Row) {
        if is_idle(row) {
            let power_w = row
                .device
                .energy_j
                .zip(row.wall_s)
                .map(|(energy_j, wall_s)| energy_j / wall_s);
            if let Some(power_w) = power_w {
                let [least, most] = self.idle_w.unwrap_or([power_w; 2]);
                self.idle_w = Some([least.min(power_w), most.max(power_w)]);
            }
        } else if let Some(named) = row.device.idle_w.map(|idle_w| (idle_w, line)) {
            let [least, most] = self.named_idle_w.unwrap_or([named; 2]);
            self.named_idle_w = Some([
                if named.0 < least.0 { named } else { least },
                if named.0 > most.0 { named } else { most },
            ]);
        }
    }

    /// The idle power that rows name is what the idle rows say.
    fn check_idle(&self, defects: &mut Defects) {
        let (Some([least_w, most_w]), Some(named)) = (self.idle_w, self.named_idle_w) else {
            return;
        };
        let within = least_w * (1.0 - IDLE_MARGIN)..=most_w * (1.0 + IDLE_MARGIN);
        for (idle_w, line) in named.into_iter().filter(|(idle_w, _)| !within.contains(idle_w)) {
            defects.push(|| {
                format!(
                    "{SAMPLES_FILE}:{line}: device_idle_w is {idle_w}, and the idle rows say {least_w} to {most_w} W"
                )
            });
        }
    }

    fn take(&mut self, line: u64, row: Row, manifest: Option<&Manifest>, hasher: &RandomState, defects: &mut Defects) {
        let mut defect = |text: &dyn Fn() -> String| defects.push(|| format!("{SAMPLES_FILE}:{line}: {}", text()));
        let place = self.count;
        self.count += 1;
        self.ok += u64::from(row.status == Status::Ok);
        if row.row != place {
            defect(&|| format!("row {} stands where row {place} belongs", row.row));
        }
        for problem in of_one(&row) {
            defect(&|| problem.clone());
        }
        if manifest.is_some_and(|manifest| manifest.run_id != row.run_id) && self.foreign.is_none() {
            self.foreign = Some((line, row.run_id.clone()));
        }
        if !self.measured.contains(&row.case_id) {
            self.measured.insert(row.case_id.clone());
        }
        for name in [&row.device.source, &row.host.source]
            .into_iter()
            .flat_map(|names| names.split('+'))
        {
            let name = name.trim();
            if !name.is_empty() && !self.sources.contains_key(name) {
                self.sources.insert(name.to_owned(), line);
            }
        }
        if let Some(wall_s) = row.wall_s {
            self.timed.insert(row.row, (line, wall_s));
        }
        let energies = [&row.device, &row.host].map(|energy| Some([energy.energy_j?, energy.u_j.unwrap_or_default()]));
        if energies.iter().any(Option::is_some) {
            self.energies.insert(row.row, energies);
        }
        self.take_idle(line, &row);
        if !is_timed(&row) {
            return;
        }
        // The sentinel recurs within a round, at other places.
        let hash = hasher.hash_one((&row.case_id, row.round, row.order, row.window));
        if let Some(first) = self.places.insert(hash, line) {
            let (round, window) = (row.round, row.window);
            defect(&|| {
                format!(
                    "window {window} of round {round} of {} stands in line {first} already",
                    row.case_id
                )
            });
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
        let key = (row.case_id.clone(), row.variant.clone());
        let (first, known) = *self.counts.entry(key).or_insert((line, of_case));
        if known != of_case {
            defect(&|| format!("counts of {} differ from those in line {first}", row.case_id));
        }
        self.cases.entry(row.case_id.clone()).or_insert(row);
    }
}

/// Whether idle power was measured here, and no kernel; its numbers may be suspect too.
fn is_idle(row: &Row) -> bool {
    row.case_id == "idle"
}

/// Whether a kernel ran in the window.
fn is_timed(row: &Row) -> bool {
    !is_idle(row) && row.status.is_timed()
}

/// Whether nobody says what is right: a kernel of the user's own without an expectation, suspect or not.
fn is_beyond_verifying(row: &Row) -> bool {
    row.status == Status::Unverified || (row.op == "custom" && row.status == Status::Suspect)
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
    let timed = is_timed(row);
    problem(
        timed && (row.iterations.is_none() || row.wall_s.is_none()),
        "a window without iterations or wall_s",
    );
    // A command that was measured has neither counts nor a reference.
    let kernel = timed && row.op != "command";
    problem(kernel && row.flops_task.is_none(), "a window without counts");
    problem(
        kernel && row.relative_error.is_none() && !is_beyond_verifying(row),
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
        !is_idle(row) && !row.case_id.starts_with(&format!("{kernel}/")),
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
            (None, Some(_)) | (Some(_), None) => is_idle(row),
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
