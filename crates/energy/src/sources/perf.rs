//! RAPL through perf events, for machines where powercap is not readable. In: the kernel's `power` event source.
//! Out: one source per package and domain.

use super::Found;
use super::perf_event::{self, Opener, PerfCounter};
use super::rapl;
use crate::absence::Absence;
use crate::absence::Lack;
use crate::inventory::Unused;
use crate::machine::{Machine, first_line, lack, number};
use crate::request::Request;
use crate::source::{Description, Fault, Source};
use crate::sources::file_source::fault_of;
use joulemark_base::domain::Domain;
use joulemark_base::role::Role;
use joulemark_base::timestamp::Timestamp;
use joulemark_base::unit::Unit;
use std::io;
use std::path::Path;

/// The only scale that the kernel has ever used: 2⁻³² J, which makes the conversion exact.
const SCALE: &str = "2.3283064365386962890625e-10";
const EVENTS: [(&str, Domain); 5] = [
    ("energy-pkg", Domain::Package),
    ("energy-ram", Domain::Dram),
    ("energy-cores", Domain::Cores),
    ("energy-gpu", Domain::Uncore),
    ("energy-psys", Domain::Platform),
];

/// Finds the RAPL events of this machine.
pub(crate) fn find(request: &Request, machine: &Machine) -> Found {
    find_with(request, machine, perf_event::open)
}

/// The same with another way to open events.
pub(crate) fn find_with(request: &Request, machine: &Machine, open: Opener) -> Found {
    let pmu = request.root.join("sys/bus/event_source/devices/power");
    let (Some(kind), Some(cpus)) = (number(&pmu.join("type")), first_line(&pmu.join("cpumask"))) else {
        return Found::absent(no_events(machine));
    };
    let mut found = Found::default();
    let mut half = false;
    for (event, domain) in EVENTS {
        let Some(config) = config(&pmu, event) else { continue };
        if first_line(&pmu.join(format!("events/{event}.scale"))).as_deref() != Some(SCALE) {
            let reason = format!("The kernel counts {event} in a unit that joulemark does not know.");
            found.absences.push(Absence::new(
                Lack::Broken,
                format!("perf:{event}"),
                reason,
                "Report this kernel's version.",
            ));
            continue;
        }
        for (package, cpu) in cpu_list(&cpus).into_iter().enumerate() {
            let description = describe(event, package, domain, rapl::role(domain, request));
            let id = description.id.clone();
            match open(kind as u32, config, cpu) {
                Ok(counter) => found.sources.push(Box::new(PerfSource { description, counter })),
                Err(error) => {
                    half |= rapl::role(domain, request) != Role::Listed;
                    found.absences.push(unopened(&request.root, &id, &error));
                }
            }
        }
    }
    // Half of a machine's joules are no joules.
    if half || !(found.has(Role::Device) || found.has(Role::Host)) {
        found.sources.clear();
        if found.absences.is_empty() {
            found.absences.push(no_events(machine));
        }
    }
    found
}

fn describe(event: &str, package: usize, domain: Domain, role: Role) -> Description {
    Description {
        update_period_s: 0.001,
        part_of: part_of(domain).map(|whole| format!("perf:{whole}:{package}")),
        note: if role == Role::Listed {
            "part of another domain, or containing it: never added".into()
        } else {
            String::new()
        },
        ..Description::new(
            format!("perf:{event}:{package}"),
            format!("RAPL {event} of package {package} (perf)"),
            domain,
            Unit::PerfJoule,
            role,
        )
    }
}

/// The event of the domain that holds this one.
fn part_of(domain: Domain) -> Option<&'static str> {
    matches!(domain, Domain::Cores | Domain::Uncore).then_some("energy-pkg")
}

/// AMD's events of single cores, which are parts of their packages.
pub(crate) fn unused(request: &Request) -> Vec<Unused> {
    let pmu = request.root.join("sys/bus/event_source/devices/power_core");
    let seen = pmu.is_dir().then(|| Unused {
        source: "perf:power_core".to_owned(),
        reason: "It counts each core apart; cores are parts of their package and are never added.".to_owned(),
    });
    seen.into_iter().collect()
}

/// `event=0x02` in the event's file.
fn config(pmu: &Path, event: &str) -> Option<u64> {
    let text = first_line(&pmu.join("events").join(event))?;
    u64::from_str_radix(text.strip_prefix("event=0x")?, 16).ok()
}

/// `0,18` or `0-1` in the mask: one CPU per package.
fn cpu_list(text: &str) -> Vec<u32> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.trim().parse::<u32>().ok()?..=last.trim().parse().ok()?)
    };
    text.split(',').filter_map(range).flatten().collect()
}

fn no_events(machine: &Machine) -> Absence {
    let reason = match &machine.virtual_machine {
        Some(name) => format!("This is {name}, whose kernel has no RAPL perf events for a CPU package."),
        None => "The kernel has no RAPL perf events for a CPU package (no `power/energy-pkg`).".to_owned(),
    };
    let fix = match &machine.virtual_machine {
        Some(_) => "Run on the host or on bare metal.",
        None => "Run `sudo modprobe rapl` (CONFIG_PERF_EVENTS_INTEL_RAPL; for AMD too).",
    };
    Absence::new(Lack::Missing, "perf", reason, fix)
}

fn unopened(root: &Path, id: &str, error: &io::Error) -> Absence {
    if matches!(error.raw_os_error(), Some(1 | 13)) {
        let level = first_line(&root.join("proc/sys/kernel/perf_event_paranoid")).unwrap_or_else(|| "unknown".into());
        Absence::new(
            Lack::Forbidden,
            id,
            format!("This user may not open CPU-wide perf events (kernel.perf_event_paranoid is {level})."),
            "Run `sudo sysctl kernel.perf_event_paranoid=0` (in a container on its host, and start it with \
             `--cap-add PERFMON`), or as root.",
        )
    } else {
        let reason = format!("The kernel refuses the perf event ({error}).");
        Absence::new(
            lack(error),
            id,
            reason,
            "Look for RAPL in `sudo dmesg`; virtual machines often show events that do not work.",
        )
    }
}

struct PerfSource {
    description: Description,
    counter: Box<dyn PerfCounter>,
}

impl Source for PerfSource {
    fn description(&self) -> &Description {
        &self.description
    }

    fn read(&mut self, _now: Timestamp) -> Result<u64, Fault> {
        self.counter.count().map_err(|error| fault_of(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::SourceChoice;
    use crate::request::DeviceIdentity;
    use std::fs;

    fn refused(error: i32) -> Found {
        let root = tempfile::TempDir::new().expect("a temporary folder");
        let pmu = root.path().join("sys/bus/event_source/devices/power");
        fs::create_dir_all(pmu.join("events")).expect("writable");
        fs::create_dir_all(root.path().join("proc/sys/kernel")).expect("writable");
        for (file, text) in [
            ("type", "24"),
            ("cpumask", "0,28"),
            ("events/energy-pkg", "event=0x02"),
            ("events/energy-pkg.scale", SCALE),
            ("../../../../../proc/sys/kernel/perf_event_paranoid", "2"),
        ] {
            fs::write(pmu.join(file), text).expect("writable");
        }
        let request = Request {
            root: root.path().to_owned(),
            device: DeviceIdentity::cpu(),
            choice: SourceChoice::Perf,
        };
        let open: Opener = if error == 1 {
            |_, _, _| Err(io::Error::from_raw_os_error(1))
        } else {
            |_, _, _| Err(io::Error::from_raw_os_error(22))
        };
        find_with(&request, &Machine::look(root.path()), open)
    }

    #[test]
    fn lack_of_permission_and_refusal_are_told_apart() {
        let forbidden = refused(1);
        assert!(forbidden.sources.is_empty() && forbidden.absences.len() == 2);
        assert!(
            forbidden.absences[0].reason.contains("perf_event_paranoid is 2"),
            "{}",
            forbidden.absences[0]
        );
        assert!(
            forbidden.absences[0]
                .fix
                .contains("sysctl kernel.perf_event_paranoid=0")
        );
        assert!(refused(22).absences[0].reason.contains("refuses"));
    }

    #[test]
    fn masks_name_one_cpu_per_package() {
        assert_eq!(cpu_list("0"), [0]);
        assert_eq!(cpu_list("0,18"), [0, 18]);
        assert_eq!(cpu_list("0-1,4"), [0, 1, 4]);
    }
}
