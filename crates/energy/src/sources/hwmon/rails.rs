//! Rails of a module behind INA3221 monitors, as NVIDIA's Jetson boards have them. In: the chips. Out: volts times
//! amperes of the rail that feeds the module, or of all rails where none does; the other rails are listed.

use super::Chip;
use crate::machine::{Machine, first_line, number};
use crate::source::{Description, Fault, Source};
use crate::sources::Found;
use crate::sources::file_source::NumberFile;
use joulemark_base::domain::Domain;
use joulemark_base::role::Role;
use joulemark_base::timestamp::Timestamp;
use joulemark_base::unit::Unit;
use std::io;
use std::path::Path;

/// The rails that feed a whole module (Orin Nano and NX, Xavier NX, TX2, Nano).
const INPUTS: [&str; 2] = ["VDD_IN", "POM_5V_IN"];
/// The rails beside each other of modules without such a rail (AGX Orin, AGX Xavier).
const BESIDE: [&str; 9] = [
    "VDD_GPU_SOC",
    "VDD_CPU_CV",
    "VIN_SYS_5V0",
    "GPU",
    "CPU",
    "SOC",
    "CV",
    "VDDRQ",
    "SYS5V",
];

/// One rail.
struct Rail {
    description: Description,
    millivolts: NumberFile,
    milliamperes: NumberFile,
}

impl Source for Rail {
    fn description(&self) -> &Description {
        &self.description
    }

    fn read(&mut self, _now: Timestamp) -> Result<u64, Fault> {
        // mV times mA are µW.
        Ok(self.millivolts.read()?.saturating_mul(self.milliamperes.read()?))
    }
}

/// Finds those with the labels of a Jetson: of other boards nobody says what hangs on a rail.
pub(super) fn find(chips: &[Chip], machine: &Machine) -> Found {
    let mut found = Found::default();
    let labelled = chips
        .iter()
        .filter(|chip| chip.driver.starts_with("ina3221"))
        .flat_map(|chip| {
            (1..=3_u8).filter_map(move |channel| {
                let label = first_line(&chip.folder.join(format!("in{channel}_label")))?;
                let is_wired = chip.folder.join(format!("curr{channel}_input")).exists();
                is_wired.then_some((chip, channel, label))
            })
        });
    let rails: Vec<(&Chip, u8, String)> = labelled.collect();
    let input = rails
        .iter()
        .map(|(_, _, label)| label.clone())
        .find(|label| INPUTS.contains(&label.as_str()));
    let counts = |label: &str| {
        input
            .as_ref()
            .map_or_else(|| BESIDE.contains(&label), |input| input == label)
    };
    if !rails.iter().any(|(_, _, label)| counts(label)) {
        return found;
    }
    let id = |label: &str| format!("hwmon:ina3221:{label}");
    for (chip, channel, label) in &rails {
        let counts = counts(label);
        let description = Description {
            note: if counts {
                "power of a rail, integrated"
            } else {
                "part of another rail: never added"
            }
            .into(),
            part_of: input.as_deref().filter(|_| !counts).map(id),
            ..Description::new(
                id(label),
                format!("INA3221 rail {label}"),
                if input.as_ref() == Some(label) {
                    Domain::Package
                } else {
                    Domain::Uncore
                },
                Unit::Microwatt,
                if counts { Role::Device } else { Role::Listed },
            )
        };
        match open(description, &chip.folder, *channel) {
            Ok(rail) => found.sources.push(Box::new(rail)),
            // What does not count is not missed.
            Err(_) if !counts => {}
            Err(error) => {
                let file = chip.folder.join(format!("curr{channel}_input"));
                found.absences.push(machine.unreadable(id(label), &file, &error));
            }
        }
    }
    // Half of a module's joules are no joules.
    if !found.absences.is_empty() {
        found.sources.clear();
    }
    found
}

fn open(mut description: Description, folder: &Path, channel: u8) -> io::Result<Rail> {
    let file = |what: &str| folder.join(format!("{what}{channel}_input"));
    let period_s = number(&folder.join("update_interval")).map_or(0.1, |milliseconds| milliseconds as f64 * 1e-3);
    description.update_period_s = period_s.clamp(0.001, 10.0);
    Ok(Rail {
        description,
        millivolts: NumberFile::open(&file("in"))?,
        milliamperes: NumberFile::open(&file("curr"))?,
    })
}
