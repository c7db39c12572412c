//! CPU sensors of hwmon: AMD's `amd_energy` counters, and the ACPI power meters of NVIDIA's Grace. In: the chips. Goes
//! out: one source per socket that counts, and their parts and wholes, which are listed.

use super::Chip;
use crate::machine::{Machine, first_line, number};
use crate::request::Request;
use crate::source::Description;
use crate::sources::Found;
use crate::sources::file_source::FileSource;
use crate::sources::limit_file::LimitFile;
use crate::sources::rapl::role;
use joulemark_base::domain::Domain;
use joulemark_base::role::Role;
use joulemark_base::unit::Unit;
use std::path::Path;

/// Finds them.
pub(super) fn find(chips: &[Chip], request: &Request, machine: &Machine) -> Found {
    let mut found = Found::default();
    for chip in chips.iter().filter(|chip| chip.driver == "amd_energy") {
        amd_energy(chip, request, machine, &mut found);
    }
    for chip in chips.iter().filter(|chip| chip.driver == "power_meter") {
        acpi(chip, request, machine, &mut found);
    }
    // Half of a machine's joules are no joules.
    if !found.absences.is_empty() || !(found.has(Role::Device) || found.has(Role::Host)) {
        found.sources.clear();
    }
    found
}

/// `Esocket0` is a package; `Ecore000` and the like are parts of one.
fn amd_energy(chip: &Chip, request: &Request, machine: &Machine, found: &mut Found) {
    for path in chip.meters() {
        let file = name(&path);
        let label = first_line(&path.with_file_name(file.replace("_input", "_label"))).unwrap_or_default();
        let (domain, note) = if label.starts_with("Esocket") {
            (Domain::Package, "")
        } else {
            (Domain::Cores, "part of its package: never added")
        };
        let description = Description {
            update_period_s: 0.001,
            note: note.into(),
            ..Description::new(
                format!("hwmon:{}:amd_energy:{label}", chip.place()),
                format!("amd_energy {label}"),
                domain,
                Unit::Microjoule,
                role(domain, request),
            )
        };
        add(description, &path, Vec::new(), machine, found);
    }
}

/// Grace names its meters: `Grace Power Socket 0` is the CPU with its memory, `CPU` and `SysIO` are parts of it, `Module`
/// holds the GPU too. Meters of other makers see the whole machine.
fn acpi(chip: &Chip, request: &Request, machine: &Machine, found: &mut Found) {
    for path in chip
        .meters()
        .into_iter()
        .filter(|path| name(path).ends_with("_average"))
    {
        let file = name(&path);
        let beside = |what: &str| path.with_file_name(file.replace("average", what));
        let meter = first_line(&beside("oem_info")).unwrap_or_default();
        let place = chip.place();
        let id = |meter: &str| format!("hwmon:power_meter:{}", meter.replace(' ', "_"));
        let socket = meter.rsplit(' ').next().unwrap_or_default();
        let (domain, note, whole) = match meter.split(' ').next() {
            Some("Grace") => (
                Domain::Package,
                "the CPU with its memory",
                Some(format!("Module Power Socket {socket}")),
            ),
            Some("CPU") => (
                Domain::Cores,
                "part of its package: never added",
                Some(format!("Grace Power Socket {socket}")),
            ),
            Some("SysIO") => (
                Domain::Uncore,
                "part of its package: never added",
                Some(format!("Grace Power Socket {socket}")),
            ),
            Some("Module") => (Domain::Platform, "contains the CPU and the GPU: never added", None),
            _ => (Domain::Platform, "sees the whole machine: never added", None),
        };
        let interval_s = number(&beside("average_interval")).map_or(1.0, |milliseconds| milliseconds as f64 * 1e-3);
        let id = if meter.is_empty() {
            format!("hwmon:{place}:power_meter:{file}")
        } else {
            id(&meter)
        };
        let description = Description {
            update_period_s: interval_s.clamp(0.01, 10.0),
            lag_s: interval_s,
            part_of: whole.map(|whole| format!("hwmon:power_meter:{}", whole.replace(' ', "_"))),
            note: format!("{note}; power averaged over {interval_s} s, integrated"),
            ..Description::new(
                id,
                format!("ACPI power meter {meter}"),
                domain,
                Unit::Microwatt,
                role(domain, request),
            )
        };
        let limits = LimitFile::among(path.parent().unwrap_or(&path), [file.replace("average", "cap")]);
        add(description, &path, limits, machine, found);
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What counts and cannot be read is missed; what is listed only is not.
fn add(description: Description, path: &Path, limits: Vec<LimitFile>, machine: &Machine, found: &mut Found) {
    let (id, role) = (description.id.clone(), description.role);
    match FileSource::open(description, path, limits) {
        Ok(source) => found.sources.push(Box::new(source)),
        Err(_) if role == Role::Listed => {}
        Err(error) => found.absences.push(machine.unreadable(id, path, &error)),
    }
}
