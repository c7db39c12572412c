//! Powercap zones. In: the folders below `sys/class/powercap`. Out: which zones there are, what they see,
//! and how far they count.

use crate::machine::{first_line, folders, number};
use crate::sources::limit_file::LimitFile;
use joulemark_base::domain::Domain;
use std::path::{Path, PathBuf};

/// One zone: a package, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone {
    pub(crate) folder: PathBuf,
    /// `package-0`, `package-0:dram`, `psys` …
    pub(crate) name: String,
    pub(crate) package: u8,
    pub(crate) subzone: Option<u8>,
    mmio: bool,
}

/// The folders that hold the packages, in the order in which rapl-energy looks for them too.
const PLACES: [&str; 2] = [
    "sys/class/powercap/intel-rapl",
    "sys/devices/virtual/powercap/intel-rapl",
];
const MMIO_PLACES: [&str; 2] = [
    "sys/class/powercap/intel-rapl-mmio",
    "sys/devices/virtual/powercap/intel-rapl-mmio",
];

/// Every zone below this root, packages before their parts. AMD's zones are called `intel-rapl` as well.
pub(crate) fn discover(root: &Path) -> Vec<Zone> {
    let mut zones = Vec::new();
    for (places, prefix, mmio) in [(PLACES, "intel-rapl:", false), (MMIO_PLACES, "intel-rapl-mmio:", true)] {
        let Some(place) = places
            .map(|place| root.join(place))
            .into_iter()
            .find(|place| place.is_dir())
        else {
            continue;
        };
        for folder in folders(&place, prefix) {
            let Some(package) = last_number(&folder) else { continue };
            let Some(name) = first_line(&folder.join("name")) else {
                continue;
            };
            let subfolders = folders(&folder, prefix);
            let name = unique(&zones, if mmio { format!("{name}:mmio") } else { name });
            zones.push(Zone {
                folder,
                name: name.clone(),
                package,
                subzone: None,
                mmio,
            });
            for subfolder in subfolders {
                let Some(subzone) = last_number(&subfolder) else {
                    continue;
                };
                let Some(part) = first_line(&subfolder.join("name")) else {
                    continue;
                };
                let name = unique(&zones, format!("{name}:{part}"));
                zones.push(Zone {
                    folder: subfolder,
                    name,
                    package,
                    subzone: Some(subzone),
                    mmio,
                });
            }
        }
    }
    zones
}

/// Two zones never share a name, or one would overwrite the other.
fn unique(zones: &[Zone], name: String) -> String {
    let taken = |name: &str| zones.iter().any(|zone| zone.name == name);
    if !taken(&name) {
        return name;
    }
    (2..)
        .map(|count| format!("{name}#{count}"))
        .find(|name| !taken(name))
        .unwrap_or(name)
}

fn last_number(folder: &Path) -> Option<u8> {
    folder.file_name()?.to_str()?.rsplit(':').next()?.parse().ok()
}

impl Zone {
    pub(crate) fn id(&self) -> String {
        format!("rapl:{}", self.name)
    }

    /// The same package through another door.
    pub(crate) fn is_duplicate(&self) -> bool {
        self.mmio
    }

    pub(crate) fn domain(&self) -> Domain {
        let part = self.name.rsplit(':').next().unwrap_or_default();
        let part = part.split('#').next().unwrap_or_default();
        match part {
            "core" => Domain::Cores,
            "uncore" => Domain::Uncore,
            "dram" => Domain::Dram,
            "psys" => Domain::Platform,
            _ if self.subzone.is_none() => Domain::Package,
            // A part of a package that nobody has heard of is still a part.
            _ => Domain::Uncore,
        }
    }

    pub(crate) fn energy_file(&self) -> PathBuf {
        self.folder.join("energy_uj")
    }

    /// The largest value of the counter, without which wraps cannot be told from resets.
    pub(crate) fn range_uj(&self) -> Result<u64, String> {
        let path = self.folder.join("max_energy_range_uj");
        number(&path).filter(|range| *range > 0).ok_or_else(|| {
            format!(
                "{} is missing or is no positive number, so wraps of the counter could not be told",
                path.display()
            )
        })
    }

    /// The zone's power limits, if the zone enforces them; the loosest holds, since each is meant for its own stretch of time.
    pub(crate) fn limits(&self) -> Vec<LimitFile> {
        if number(&self.folder.join("enabled")) == Some(0) {
            return Vec::new();
        }
        LimitFile::among(
            &self.folder,
            (0..8).map(|index| format!("constraint_{index}_power_limit_uw")),
        )
    }

    /// The id of the package that this zone is a part of.
    pub(crate) fn parent_id(&self) -> Option<String> {
        let (parent, _) = self.name.rsplit_once(':').filter(|_| self.subzone.is_some())?;
        Some(format!("rapl:{parent}"))
    }

    /// The id of the zone that shows the same through the other door.
    pub(crate) fn twin_id(&self) -> Option<String> {
        let (first, rest) = self.name.split_once(":mmio").filter(|_| self.mmio)?;
        Some(format!("rapl:{first}{rest}"))
    }
}
