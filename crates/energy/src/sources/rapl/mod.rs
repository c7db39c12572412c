//! RAPL through powercap: the energy counters of CPU packages and their memory. In: powercap's folders. Out:
//! one source per zone. Our own reader opens the files; with the feature `rapl-energy` that crate reads them too.

mod absence;
#[cfg(feature = "rapl-energy")]
mod guard;
mod zone;

use super::Found;
use crate::absence::Absence;
use crate::machine::Machine;
use crate::request::Request;
use crate::source::{Description, Source};
use crate::sources::file_source::FileSource;
use joulemark_base::domain::Domain;
use joulemark_base::role::Role;
use joulemark_base::unit::Unit;
use zone::Zone;

/// The role of a CPU domain: packages and their memory count, parts of packages and the whole platform are listed.
pub(crate) fn role(domain: Domain, request: &Request) -> Role {
    match domain {
        Domain::Package | Domain::Dram if request.device.is_in_package() => Role::Device,
        Domain::Package | Domain::Dram => Role::Host,
        _ => Role::Listed,
    }
}

/// Finds every zone, opens those that may be read, and says of the others why not.
pub(crate) fn find(request: &Request, machine: &Machine) -> Found {
    let zones = zone::discover(&request.root);
    if zones.is_empty() {
        return Found::absent(absence::tell(&request.root, machine));
    }
    let mut found = Found::default();
    let mut half = false;
    let platform = zones
        .iter()
        .find(|zone| zone.domain() == Domain::Platform)
        .map(Zone::id);
    for zone in &zones {
        let description = describe(zone, platform.as_deref(), request);
        let role = description.role;
        match open(zone, description, request, machine) {
            Ok(source) => found.sources.push(source),
            Err(absence) => {
                half |= role != Role::Listed;
                found.absences.push(absence);
            }
        }
    }
    // Half of a machine's joules are no joules: one package that cannot be read makes the sum unknown.
    if half || !(found.has(Role::Device) || found.has(Role::Host)) {
        found.sources.clear();
    }
    found
}

fn describe(zone: &Zone, platform: Option<&str>, request: &Request) -> Description {
    let domain = zone.domain();
    let (role, note) = match domain {
        _ if zone.is_duplicate() => (Role::Listed, "the same package as seen through MMIO: never added"),
        Domain::Platform => (Role::Listed, "contains the packages: never added"),
        Domain::Cores | Domain::Uncore => (Role::Listed, "part of its package: never added"),
        _ => (role(domain, request), ""),
    };
    let part_of = match domain {
        Domain::Cores | Domain::Uncore => zone.parent_id(),
        Domain::Package | Domain::Dram if !zone.is_duplicate() => platform.map(str::to_owned),
        _ => None,
    };
    Description {
        update_period_s: 0.001,
        twin_of: zone.twin_id(),
        part_of,
        note: note.into(),
        ..Description::new(zone.id(), format!("RAPL {}", zone.name), domain, Unit::Microjoule, role)
    }
}

fn open(
    zone: &Zone,
    description: Description,
    request: &Request,
    machine: &Machine,
) -> Result<Box<dyn Source>, Absence> {
    let id = description.id.clone();
    let wrap_range = Some(zone.range_uj().map_err(|reason| absence::of_zone(&id, &reason))?);
    let description = Description {
        wrap_range,
        ..description
    };
    let path = zone.energy_file();
    let ours = FileSource::open(description, &path, zone.limits())
        .map_err(|error| absence::unreadable(&id, &path, &error, machine))?;
    // The crate knows one place only, and one door to it.
    #[cfg(feature = "rapl-energy")]
    if request.root == std::path::Path::new("/") && !zone.is_duplicate() {
        return match guard::Guarded::open(zone, ours) {
            Ok(guarded) => Ok(Box::new(guarded)),
            Err(fault) => {
                let error = std::io::Error::other(fault.to_string());
                Err(absence::unreadable(&id, &path, &error, machine))
            }
        };
    }
    #[cfg(not(feature = "rapl-energy"))]
    let _ = request;
    Ok(Box::new(ours))
}
