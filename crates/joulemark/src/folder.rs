//! The run folder of a bench that measures somebody's own code. In: rows and ticks. Out: a folder like any other, made when the
//! first result is kept.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use joulemark_base::tick::Tick;
use joulemark_energy::{DeviceIdentity, Inventory};
use joulemark_records::{Adapter, Manifest, RunState, RunWriter, TickLine, Versions};

use crate::error::Error;
use crate::facts;
use crate::measured::Logged;
use crate::settings::Settings;

/// What a manifest needs to know of a bench, and its writer once there is one.
pub(crate) struct Folder {
    device: DeviceIdentity,
    inventory: Inventory,
    settings: Settings,
    writer: Option<(PathBuf, RunWriter)>,
}

impl Folder {
    pub(crate) fn new(device: DeviceIdentity, inventory: Inventory, settings: &Settings) -> Self {
        Self {
            device,
            inventory,
            settings: settings.clone(),
            writer: None,
        }
    }

    /// Writes rows with their ticks and marks; the run is complete again when it is done.
    pub(crate) fn append(&mut self, root: &Path, log: &[Logged], ticks: &[Tick]) -> Result<PathBuf, Error> {
        let fresh = match &self.writer {
            Some((there, _)) => there != root,
            None => true,
        };
        if fresh {
            self.writer = Some((root.to_owned(), self.create(root)?));
        }
        let Some((_, writer)) = &mut self.writer else {
            return Err(Error::Input("a run folder that was made is gone".into()));
        };
        let first = writer.next_row();
        let mut lines: Vec<TickLine> = ticks.iter().cloned().map(TickLine::Tick).collect();
        for (number, logged) in (first..).zip(log) {
            if let Some((begin, end)) = logged.ends {
                lines.extend(TickLine::marks(number, begin, end));
            }
        }
        lines.sort_by_key(TickLine::time);
        writer.append_ticks(&lines)?;
        for logged in log {
            writer.append(logged.row.clone())?;
        }
        let ids = log
            .iter()
            .map(|logged| logged.row.case_id.clone())
            .filter(|id| id != "idle");
        writer.update(|manifest| {
            for id in ids {
                if !manifest.cases.contains(&id) {
                    manifest.cases.push(id);
                }
            }
            manifest.state = RunState::Complete;
        })?;
        Ok(writer.dir().to_owned())
    }

    /// The run folder, once there is one.
    #[cfg(feature = "criterion")]
    pub(crate) fn dir(&self) -> Option<&Path> {
        self.writer.as_ref().map(|(_, writer)| writer.dir())
    }

    fn create(&self, root: &Path) -> Result<RunWriter, Error> {
        let host = facts::host();
        let machine = joulemark_records::machine_slug(&self.device.name);
        let (sources, unavailable_sources) = facts::sources(&self.inventory);
        let now = now();
        let manifest = Manifest {
            created: now.clone(),
            host,
            adapter: Adapter {
                name: self.device.name.clone(),
                device_type: self.device.class.as_str().into(),
                pci_bus_id: self.device.pci_bus_id.clone(),
                ..Adapter::default()
            },
            sources,
            unavailable_sources,
            versions: Versions {
                joulemark: env!("CARGO_PKG_VERSION").into(),
                ..Versions::default()
            },
            options: [
                ("energy".to_string(), self.settings.energy.to_string().into()),
                ("rounds".to_string(), self.settings.rounds.into()),
                ("until".to_string(), format!("{}%", 100.0 * self.settings.until).into()),
            ]
            .into(),
            suite: crate::measure::SUITE.into(),
            ..Manifest::default()
        };
        Ok(RunWriter::create(root, &machine, &now[..10], manifest)?)
    }
}

/// The time by the clock of Greenwich, RFC 3339.
fn now() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let [year, month, day] = civil(days as i64);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}+00:00",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// Year, month and day of a number of days since 1970-01-01 (the algorithm `civil_from_days` of Howard Hinnant's
/// "chrono-Compatible Low-Level Date Algorithms").
fn civil(days: i64) -> [i64; 3] {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    [year_of_era + era * 400 + i64::from(month <= 2), month, day]
}

#[cfg(test)]
mod tests {
    use super::civil;

    #[test]
    fn days_have_dates() {
        for (days, date) in [
            (0, [1970, 1, 1]),
            (59, [1970, 3, 1]),
            (11_016, [2000, 2, 29]),
            (20_783, [2026, 11, 26]),
        ] {
            assert_eq!(civil(days), date);
        }
    }
}
