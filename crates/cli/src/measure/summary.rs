//! What the runs of each command come to. In: samples. Out: means with their 95% intervals, relative to the thriftiest
//! command (or the fastest, without joules), as text, JSON or CSV.

use std::fmt::Write;

use joulemark_base::estimate::Estimate;
use joulemark_base::quality::Quality;
use joulemark_base::si::{plural, reach, si, significant};
use joulemark_base::statistics::mean_ci95;
use joulemark_records::Status;
use joulemark_study::table::{lines, table};
use serde::Serialize;

use super::measuring::{Measured, Plan, Sample};

/// Everything that is told.
#[derive(Serialize)]
pub(super) struct Report {
    commands: Vec<Summary>,
    /// What the columns of joules are.
    devices: Vec<String>,
    /// Why there are no joules.
    #[serde(skip_serializing_if = "Option::is_none")]
    energy_reason: Option<String>,
    /// CPU cores that others used meanwhile, if that is worth a word.
    cores_of_others: Option<f64>,
    results: String,
}

/// One command, per execution.
#[derive(Serialize)]
struct Summary {
    name: String,
    command: String,
    runs: usize,
    /// Executions in one run.
    executions: u64,
    time_s: Option<Estimate>,
    /// Of the first device: the one that rows hold.
    energy_j: Option<Estimate>,
    active_j: Option<Estimate>,
    power_w: Option<f64>,
    /// Gross joules by device, in the order of `devices`.
    by_device_j: Vec<Option<Estimate>>,
    quality: Option<&'static str>,
    source: String,
    /// Joules over those of the thriftiest command; seconds over those of the fastest where there are no joules.
    relative: Option<f64>,
    /// Runs that are suspect, and why the first is.
    suspect: usize,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
}

impl Report {
    /// Adds up.
    pub(super) fn new(plan: &Plan, measured: Measured) -> Self {
        let mut commands: Vec<Summary> = (0..plan.lines.len())
            .map(|command| {
                let own: Vec<&Sample> = measured
                    .samples
                    .iter()
                    .filter(|sample| sample.command == command)
                    .collect();
                Summary::new(&plan.names[command], plan.lines[command].text(), &own)
            })
            .collect();
        let joules = commands.iter().all(|summary| summary.energy_j.is_some());
        let value = |summary: &Summary| if joules { summary.energy_j } else { summary.time_s }.map(|found| found.value);
        let least = commands.iter().filter_map(value).min_by(f64::total_cmp);
        for summary in &mut commands {
            summary.relative = value(summary).zip(least).map(|(value, least)| value / least);
        }
        Self {
            commands,
            devices: measured.columns.iter().map(|column| column.title.clone()).collect(),
            energy_reason: measured.why_no_energy,
            cores_of_others: measured.others,
            results: measured.folder.display().to_string(),
        }
    }

    /// A table and what has to be said beside it.
    pub(super) fn text(&self) -> String {
        let by = if self.devices.is_empty() { "time" } else { "energy" };
        let relative = format!("relative {by}");
        let mut header = vec!["command".to_owned(), "time".into(), String::new()];
        for device in &self.devices {
            header.extend([format!("{device} energy"), String::new()]);
        }
        if !self.devices.is_empty() {
            header.extend(["active".into(), String::new(), "power".into()]);
        }
        header.push(relative);
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut rows = table(&header, 1);
        for summary in &self.commands {
            rows.add_row(summary.cells(!self.devices.is_empty()));
        }
        lines(&rows, 0) + &self.remarks()
    }

    fn remarks(&self) -> String {
        let mut text = String::new();
        if let Some(first) = self.commands.first() {
            let _ = writeln!(
                text,
                "\n{} each, in random order; means and their 95% intervals",
                plural(first.runs, "run")
            );
        }
        for summary in &self.commands {
            if summary.executions > 1 {
                let _ = writeln!(
                    text,
                    "{}: {} executions fill one run, as the sensor needs",
                    summary.name, summary.executions
                );
            }
            if summary.suspect > 0 {
                let _ = writeln!(
                    text,
                    "{}: suspect in {}: {}",
                    summary.name,
                    plural(summary.suspect, "run"),
                    summary.reason
                );
            } else if summary.energy_j.is_none() && !summary.reason.is_empty() && self.energy_reason.is_none() {
                let _ = writeln!(text, "{}: no joules: {}", summary.name, summary.reason);
            }
        }
        match (&self.energy_reason, self.commands.first()) {
            (Some(reason), _) => {
                let _ = writeln!(
                    text,
                    "energy: not measured: {reason} (`joulemark doctor` says what would bring it)"
                );
            }
            (None, Some(first)) if first.quality == Some(Quality::Simulated.as_str()) => {
                text += "energy: SIMULATED joules, which say nothing about this machine\n";
            }
            (None, Some(first)) => {
                let quality = first.quality.map(|quality| format!(", {quality}")).unwrap_or_default();
                let _ = writeln!(
                    text,
                    "energy: {}{quality}; the counters are the whole machine's, so whatever else runs is in these joules",
                    first.source
                );
            }
            (None, None) => {}
        }
        if let Some(cores) = self.cores_of_others {
            let _ = writeln!(
                text,
                "others used {} CPU cores meanwhile: their joules are in these, and they take time from the commands",
                significant(cores)
            );
        }
        let _ = writeln!(text, "results: {}", self.results);
        text
    }

    /// A line for each command.
    ///
    /// # Errors
    /// None that is known: the writer writes to memory.
    pub(super) fn csv(&self) -> anyhow::Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut header: Vec<String> = ["name", "command", "runs", "executions"].map(String::from).into();
        let estimates = ["time_s", "energy_j", "active_j"].map(String::from);
        let devices = self
            .devices
            .iter()
            .map(|device| format!("{}_j", device.to_lowercase().replace(' ', "_")));
        for name in estimates.into_iter().chain(devices) {
            header.extend([name.clone(), format!("{name}_low"), format!("{name}_high")]);
        }
        header.extend(["power_w", "relative", "quality", "source"].map(String::from));
        writer.write_record(&header)?;
        for summary in &self.commands {
            let mut record = vec![
                inert(&summary.name),
                inert(&summary.command),
                summary.runs.to_string(),
                summary.executions.to_string(),
            ];
            let estimates = [summary.time_s, summary.energy_j, summary.active_j];
            for estimate in estimates.iter().chain(&summary.by_device_j) {
                let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
                record.push(number(estimate.map(|found| found.value)));
                let interval = estimate.and_then(|found| found.ci95);
                record.extend([number(interval.map(|ci| ci[0])), number(interval.map(|ci| ci[1]))]);
            }
            let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
            record.extend([number(summary.power_w), number(summary.relative)]);
            record.extend([summary.quality.unwrap_or_default().to_owned(), summary.source.clone()]);
            writer.write_record(&record)?;
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }
}

/// The text as a cell that no spreadsheet takes for a formula.
fn inert(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

impl Summary {
    fn new(name: &str, command: String, own: &[&Sample]) -> Self {
        let rows: Vec<_> = own.iter().map(|sample| &sample.row).collect();
        let executions = |sample: &Sample| sample.row.iterations.unwrap_or(1) as f64;
        let each = |of: &dyn Fn(&Sample) -> Option<(f64, f64)>| {
            let values: Option<Vec<(f64, f64)>> = own
                .iter()
                .map(|sample| of(sample).map(|(value, u)| (value / executions(sample), u / executions(sample))))
                .collect();
            values.and_then(|values| estimate(&values))
        };
        let time_s = each(&|sample| Some((sample.row.wall_s?, 0.0)));
        let energy_j = each(&|sample| Some((sample.row.device.energy_j?, sample.row.device.u_j.unwrap_or(0.0))));
        let active_j = each(&|sample| Some((sample.row.device.active_j?, sample.row.device.u_j.unwrap_or(0.0))));
        let columns = own.first().map_or(0, |sample| sample.energy.len());
        Self {
            by_device_j: (0..columns)
                .map(|index| {
                    each(&|sample| Some((sample.energy[index].energy_j?, sample.energy[index].u_j.unwrap_or(0.0))))
                })
                .collect(),
            name: name.into(),
            command,
            runs: own.len(),
            executions: rows.first().and_then(|row| row.iterations).unwrap_or(1),
            power_w: energy_j.zip(time_s).map(|(energy, time)| energy.value / time.value),
            quality: rows.first().and_then(|row| row.device.quality).map(Quality::as_str),
            source: rows.first().map(|row| row.device.source.clone()).unwrap_or_default(),
            suspect: rows.iter().filter(|row| row.status == Status::Suspect).count(),
            reason: rows
                .iter()
                .map(|row| row.reason.clone())
                .find(|reason| !reason.is_empty())
                .unwrap_or_default(),
            relative: None,
            time_s,
            energy_j,
            active_j,
        }
    }

    fn cells(&self, with_energy: bool) -> Vec<String> {
        let mut cells = vec![self.name.clone()];
        let mut put = |estimate: Option<Estimate>, unit: &str| match estimate {
            Some(found) => cells.extend([si(found.value, unit), reach(&found)]),
            None => cells.extend(["–".into(), String::new()]),
        };
        put(self.time_s, "s");
        for joules in &self.by_device_j {
            put(*joules, "J");
        }
        if with_energy {
            put(self.active_j, "J");
            cells.push(self.power_w.map_or_else(|| "–".into(), |power_w| si(power_w, "W")));
        }
        cells.push(self.relative.map_or_else(
            || "–".into(),
            |relative| {
                if relative == 1.0 {
                    "1 (least)".into()
                } else {
                    format!("×{}", significant(relative))
                }
            },
        ));
        cells
    }
}

/// The mean of values with their own half intervals: its interval holds their spread and the sensor's uncertainty.
fn estimate(values: &[(f64, f64)]) -> Option<Estimate> {
    let spread = mean_ci95(&values.iter().map(|(value, _)| *value).collect::<Vec<_>>())?;
    let own = values.iter().map(|(_, u)| u).sum::<f64>() / values.len() as f64;
    let half = match spread.ci95 {
        Some([low, high]) => (0.5 * (high - low)).hypot(own),
        None if own > 0.0 => own,
        None => return Some(spread),
    };
    Some(Estimate {
        value: spread.value,
        ci95: Some([spread.value - half, spread.value + half]),
    })
}

#[cfg(test)]
mod tests {
    use super::{estimate, inert};

    #[test]
    fn intervals_hold_spread_and_sensor() {
        let one = estimate(&[(10.0, 0.5)]).unwrap();
        assert_eq!(one.ci95, Some([9.5, 10.5]));
        assert_eq!(estimate(&[(10.0, 0.0)]).unwrap().ci95, None);
        // t(0.975, 1) = 12.7062 times 0.1, and the sensor's 0.1 beside it.
        let two = estimate(&[(9.9, 0.1), (10.1, 0.1)]).unwrap();
        let half = two.high() - two.value;
        assert!((half - 1.27062_f64.hypot(0.1)).abs() < 1e-4, "{half}");
        assert_eq!(estimate(&[]), None);
    }

    #[test]
    fn cells_are_no_formulas() {
        assert_eq!(inert("=cmd()"), "'=cmd()");
        assert_eq!(inert("xz -k"), "xz -k");
    }
}
