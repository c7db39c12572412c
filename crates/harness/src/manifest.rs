//! The manifest's facts: host, adapter, sources, versions, options.

use std::collections::BTreeMap;
use std::path::Path;

use joulemark_base::quality::Quality;
use joulemark_energy::Inventory;
use joulemark_gpu::AdapterDescription;
use joulemark_records::{Adapter, Host, Manifest, Source, UnavailableSource, Versions};

use crate::Options;

/// The git revision that this was built from, with `-dirty` if the tree had changes; `None` outside a checkout.
pub fn revision() -> Option<&'static str> {
    Some(env!("BUILT_FROM_REVISION")).filter(|revision| !revision.is_empty())
}

/// The machine; what it does not tell is empty.
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

/// Name of the machine's folder: the CPU where kernels run on it, the GPU otherwise.
pub(crate) fn machine(host: &Host, adapter: &AdapterDescription) -> String {
    let name = match adapter.class.as_str() {
        "cpu" if !host.cpu.is_empty() => {
            format!(
                "{} {}",
                host.cpu,
                adapter.name.split_whitespace().next().unwrap_or_default()
            )
        }
        _ => adapter.name.clone(),
    };
    joulemark_records::machine_slug(&name)
}

/// A manifest for a run that is about to begin.
pub(crate) fn manifest(
    options: &Options,
    host: Host,
    adapter: &AdapterDescription,
    inventory: &Inventory,
    settings: BTreeMap<String, serde_json::Value>,
) -> Manifest {
    let (sources, unavailable_sources) = sources(inventory);
    Manifest {
        created: jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        host,
        adapter: describe(adapter),
        sources,
        unavailable_sources,
        versions: Versions {
            joulemark: env!("CARGO_PKG_VERSION").into(),
            git_revision: revision().map(str::to_string),
            rustc: env!("BUILT_WITH_RUSTC").into(),
            wgpu: env!("BUILT_WITH_WGPU").into(),
        },
        seed: options.seed,
        options: settings,
        suite: options.suite.clone(),
        ..Manifest::default()
    }
}

pub(crate) fn describe(adapter: &AdapterDescription) -> Adapter {
    let limits = &adapter.limits;
    let [x, y, z] = limits.max_workgroup_size.map(u64::from);
    let limits = [
        ("max_storage_binding_bytes", limits.max_storage_binding_bytes),
        ("max_buffer_bytes", limits.max_buffer_bytes),
        ("max_workgroup_storage_bytes", limits.max_workgroup_storage_bytes.into()),
        (
            "max_invocations_per_workgroup",
            limits.max_invocations_per_workgroup.into(),
        ),
        ("max_workgroup_size_x", x),
        ("max_workgroup_size_y", y),
        ("max_workgroup_size_z", z),
        (
            "max_workgroups_per_dimension",
            limits.max_workgroups_per_dimension.into(),
        ),
        ("subgroup_min_size", adapter.subgroup_sizes[0].into()),
        ("subgroup_max_size", adapter.subgroup_sizes[1].into()),
    ];
    Adapter {
        name: adapter.name.clone(),
        backend: adapter.backend.clone(),
        driver: adapter.driver.clone(),
        driver_info: adapter.driver_info.clone(),
        device_type: adapter.class.clone(),
        pci_bus_id: adapter.pci_bus_id.clone(),
        vendor: adapter.vendor,
        limits: limits
            .into_iter()
            .map(|(name, limit)| (name.to_string(), limit))
            .collect(),
        features: adapter.features.clone(),
    }
}

fn sources(inventory: &Inventory) -> (Vec<Source>, Vec<UnavailableSource>) {
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
            quality: Quality::from_word(source.quality.as_str()).unwrap_or(Quality::Invalid),
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
