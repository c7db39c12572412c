//! The run folder of a bench that measures somebody's own code. In: rows and ticks. Out: a folder like any other, made when the
//! first result is kept.

use std::path::{Path, PathBuf};

use joulemark_base::tick::Tick;
use joulemark_energy::{DeviceIdentity, Inventory};
use joulemark_records::{Adapter, Manifest, RunState, RunWriter, TickLine, Versions};

use crate::error::Error;
use crate::facts;
use crate::logged::Logged;
use crate::settings::Settings;

/// The suite of what somebody's own code measured.
pub(crate) const SUITE: &str = "own";

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
        let now = facts::now();
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
            suite: SUITE.into(),
            ..Manifest::default()
        };
        Ok(RunWriter::create(root, &machine, &now[..10], manifest)?)
    }
}
