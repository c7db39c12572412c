//! The manifest's facts: host, adapter, sources, versions, options.

use std::collections::BTreeMap;

use joulemark::bench::Bench;
use joulemark::facts;
use joulemark_energy::Inventory;
use joulemark_gpu::AdapterDescription;
use joulemark_records::{Adapter, Host, Manifest, RunWriter, Versions};

use crate::error::Error;
use crate::options::Options;

/// The git revision that this was built from, with `-dirty` if the tree had changes; `None` outside a checkout.
pub fn revision() -> Option<&'static str> {
    Some(env!("BUILT_FROM_REVISION")).filter(|revision| !revision.is_empty())
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

/// A fresh run folder for work that is no kernel of ours, done by this device.
///
/// # Errors
/// Whatever the file system refuses.
pub fn fresh_run(options: &Options, bench: &Bench, device: Adapter, cases: Vec<String>) -> Result<RunWriter, Error> {
    let host = facts::host();
    let name = if device.device_type == "cpu" {
        &host.cpu
    } else {
        &device.name
    };
    let machine = joulemark_records::machine_slug(name);
    let mut settings = options.to_manifest();
    settings.insert("window_s".into(), bench.window_s().into());
    let mut manifest = manifest(options, host, device, bench.meter().inventory(), settings);
    manifest.suite = "measure".into();
    manifest.cases = cases;
    Ok(RunWriter::create(&options.out, &machine, &today(), manifest)?)
}

/// The date of run folders.
pub(crate) fn today() -> String {
    facts::now()[..10].to_string()
}

/// A manifest for a run that is about to begin.
pub(crate) fn manifest(
    options: &Options,
    host: Host,
    adapter: Adapter,
    inventory: &Inventory,
    settings: BTreeMap<String, serde_json::Value>,
) -> Manifest {
    let (sources, unavailable_sources) = facts::sources(inventory);
    Manifest {
        created: facts::now(),
        host,
        adapter,
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
