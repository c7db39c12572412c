//! What a manifest says of the machine and its sensors. In: the system's own files, an inventory. Out: the records' facts.

use std::path::Path;

use joulemark_energy::Inventory;
use joulemark_records::{Host, Source, UnavailableSource};

/// The machine; what it does not tell is empty.
#[must_use]
pub fn host() -> Host {
    let read = |path: &str| std::fs::read_to_string(Path::new(path)).unwrap_or_default();
    let field = |text: String, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once([':', '='])?.1.trim().trim_matches('"').to_string())
    };
    let os = field(read("/etc/os-release"), "PRETTY_NAME").unwrap_or_default();
    let memory = field(read("/proc/meminfo"), "MemTotal");
    Host {
        name: read("/proc/sys/kernel/hostname").trim().to_string(),
        os: [std::env::consts::OS, std::env::consts::ARCH, &os]
            .join(" ")
            .trim()
            .to_string(),
        cpu: field(read("/proc/cpuinfo"), "model name").unwrap_or_default(),
        cores: std::thread::available_parallelism().map_or(0, |cores| cores.get() as u32),
        memory_bytes: memory.and_then(|text| Some(text.split_whitespace().next()?.parse::<u64>().ok()? * 1024)),
    }
}

/// The local time with its offset, RFC 3339; its first ten characters are the date.
#[must_use]
pub fn now() -> String {
    jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The sources that are read, and those that are not.
#[must_use]
pub fn sources(inventory: &Inventory) -> (Vec<Source>, Vec<UnavailableSource>) {
    let sources = inventory.sources.iter().map(|entry| {
        let source = &entry.description;
        let details = [
            ("name", source.name.clone().into()),
            ("role", source.role.to_string().into()),
            ("period_measured", source.period_measured.into()),
            ("duty", source.duty.into()),
            ("lag_s", source.lag_s.into()),
            ("power_limit_w", source.power_limit_w.into()),
            ("read_cost_s", entry.read_cost_s.into()),
            ("tied_by", source.tied_by.clone().into()),
            ("twin_of", source.twin_of.clone().into()),
            ("part_of", source.part_of.clone().into()),
            ("note", source.note.clone().into()),
        ];
        Source {
            name: source.id.clone(),
            domain: source.domain.to_string(),
            kind: source.kind.to_string(),
            quality: source.quality,
            unit: source.unit.to_string(),
            period_s: Some(source.update_period_s),
            wraps_at: source.wrap_range.map(|range| range as f64),
            pci_bus_id: source.pci_address.clone(),
            details: details
                .into_iter()
                .map(|(name, value)| (name.to_string(), value))
                .collect(),
        }
    });
    let unavailable = inventory.unavailable.iter().map(|absence| UnavailableSource {
        name: absence.source.clone(),
        reason: absence.reason.clone(),
        fix: Some(absence.fix.clone()).filter(|fix| !fix.is_empty()),
    });
    (sources.collect(), unavailable.collect())
}
