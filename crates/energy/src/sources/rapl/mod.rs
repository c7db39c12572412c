//! RAPL through powercap: the energy counters of CPU packages and their memory. Comes in: powercap's folders. Goes out:
//! one source per zone. On the machine itself the counters are read through rapl-energy, inside a guard.

mod absence;
#[cfg(feature = "rapl")]
mod guard;
mod reader;
mod zone;

use super::Found;
use crate::machine::Machine;
use crate::{Description, Fault, Request, Source};
use joulemark_base::domain::Domain;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_base::source_kind::SourceKind;
use joulemark_base::timestamp::Timestamp;
use joulemark_base::unit::Unit;
use reader::Reader;
use zone::Zone;

pub(crate) use absence::tell as tell_absence;

/// One powercap zone.
struct RaplZone {
    description: Description,
    reader: Reader,
}

impl Source for RaplZone {
    fn description(&self) -> &Description {
        &self.description
    }

    fn read(&mut self, _now: Timestamp) -> Result<u64, Fault> {
        self.reader.read_uj()
    }
}

/// The role of a RAPL domain: packages and their memory count, parts of packages and the whole platform are listed.
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
        return Found::absent(tell_absence(&request.root, machine));
    }
    let mut found = Found::default();
    let mut half = false;
    for zone in zones {
        match open(&zone, request) {
            Ok(source) => found.sources.push(Box::new(source)),
            Err(absence) => {
                half |= zone_role(&zone, request) != Role::Listed;
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

fn zone_role(zone: &Zone, request: &Request) -> Role {
    if zone.is_duplicate() {
        Role::Listed
    } else {
        role(zone.domain(), request)
    }
}

fn open(zone: &Zone, request: &Request) -> Result<RaplZone, crate::Absence> {
    let id = zone.id();
    let wrap_range = zone.range_uj().map_err(|reason| absence::of_zone(&id, &reason))?;
    let reader = Reader::open(zone, &request.root).map_err(|error| absence::unreadable(&id, zone, &error))?;
    let role = zone_role(zone, request);
    let note = match zone.domain() {
        _ if zone.is_duplicate() => "the same package as seen through MMIO: never added",
        Domain::Platform => "contains the packages: never added",
        Domain::Cores | Domain::Uncore => "part of its package: never added",
        _ => "",
    };
    let description = Description {
        name: format!("RAPL {}", zone.name),
        domain: zone.domain(),
        unit: Unit::Microjoule,
        kind: SourceKind::Counter,
        update_period_s: 0.001,
        period_measured: false,
        wrap_range: Some(wrap_range),
        pci_address: None,
        quality: Quality::Counter,
        role,
        duty: 1.0,
        lag_s: 0.0,
        power_limit_w: zone.power_limit_w(),
        note: note.into(),
        id,
    };
    Ok(RaplZone { description, reader })
}
