//! The joules of each row, derived again from ticks.csv by the arithmetic that measured them.

use std::path::Path;

use joulemark_base::timestamp::Timestamp;
use joulemark_energy::{EnergyReading, Recording};
use joulemark_records::{CheckedWindow, Report, SAMPLES_FILE};

/// Windows that are derived at most, spread over the run.
const MOST_WINDOWS: usize = 10_000;
/// What is granted beyond both intervals: the recording does not know all that the meter knew of a source.
const MARGIN: f64 = 0.02;

pub(super) fn check(folder: &Path, windows: &[CheckedWindow], report: &mut Report) {
    if windows.is_empty() {
        return;
    }
    let recording = match Recording::open(folder) {
        Ok(recording) => recording,
        Err(error) => {
            report
                .notes
                .push(format!("the joules cannot be derived again: {error}"));
            return;
        }
    };
    let step = windows.len().div_ceil(MOST_WINDOWS);
    if step > 1 {
        let (derived, all) = (windows.len().div_ceil(step), windows.len());
        report
            .notes
            .push(format!("the joules of {derived} of {all} windows were derived again"));
    }
    for window in windows.iter().step_by(step) {
        let [begin, end] = window.marks_ns.map(Timestamp::from_nanos);
        let again = recording.window(begin, end);
        for (domain, said, again) in [
            ("device", window.device_j, &again.device),
            ("host", window.host_j, &again.host),
        ] {
            if let Some(difference) = said.and_then(|said| difference(said, again)) {
                let line = window.line;
                report
                    .defects
                    .push(|| format!("{SAMPLES_FILE}:{line}: {domain}_energy_j is {difference}"));
            }
        }
    }
}

/// What the row says and what the ticks say, if these are not the same energy.
fn difference([said_j, u_j]: [f64; 2], again: &EnergyReading) -> Option<String> {
    let again_j = again.energy_j?;
    let granted_j = 2.0 * u_j.min(again_j.abs()).max(again.u_j.unwrap_or_default()) + MARGIN * again_j.abs();
    let far = (said_j - again_j).abs() > granted_j;
    far.then(|| format!("{said_j}, and ticks.csv gives {again_j:.6} ± {granted_j:.2}"))
}
