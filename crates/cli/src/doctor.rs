//! `joulemark doctor`: what this machine can run and measure. In: nothing, or the adapter and source in question.
//! Out: adapters, energy sources and what is missing, each with the line that fixes it.

use std::fmt::Write;

use clap::Args;
use joulemark::facts::host;
use joulemark_base::si::si;
use joulemark_energy::{DeviceIdentity, Inventory, Meter, Request, SourceEntry};
use joulemark_gpu::{Adapter, AdapterDescription, GpuError};
use joulemark_harness::{Error, Verb, identity};
use joulemark_records::Host;
use joulemark_study::table::{lines, table};
use serde::Serialize;

use crate::flags::{Flags, Takes};
use crate::output::{bytes, print, print_json, yes};

/// Show what this machine can run and measure, and what would fix the rest
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark doctor
  joulemark doctor --adapter 1            with the energy sources of another adapter
  joulemark doctor --json | jq .energy.unavailable

Exit status 3 if there is no adapter to run kernels on.")]
pub(crate) struct Doctor {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags<Self>,
}

impl Takes for Doctor {
    const VERB: Verb = Verb::Doctor;
}

#[derive(Serialize)]
struct Diagnosis {
    host: Host,
    adapters: Vec<AdapterDescription>,
    /// Number of the adapter that kernels would run on; `None` if there is none.
    chosen: Option<usize>,
    /// The same, by its name in earlier versions.
    taken: Option<usize>,
    /// Of the chosen adapter.
    energy: Inventory,
}

impl Doctor {
    /// Prints the diagnosis.
    ///
    /// # Errors
    /// If there is no adapter, or none that fits the wish.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let options = self.flags.options()?;
        let chosen = Adapter::choose(options.adapter.as_deref());
        let device = match &chosen {
            Ok(adapter) => identity(adapter),
            // The software driver that `cargo xtask setup` installs would run on the CPU.
            Err(_) => DeviceIdentity::cpu(),
        };
        let diagnosis = Diagnosis::new(&chosen, Meter::open(&Request::new(device, options.energy)).inventory());
        if self.json {
            print_json(&diagnosis)?;
        } else {
            print(&diagnosis.text())?;
        }
        chosen.map_err(Error::from)?;
        Ok(())
    }
}

impl Diagnosis {
    fn new(chosen: &Result<Adapter, GpuError>, energy: &Inventory) -> Self {
        let adapters: Vec<_> = Adapter::all().iter().map(Adapter::describe).collect();
        let number = chosen.as_ref().ok().and_then(|chosen| {
            let chosen = chosen.describe();
            let same = |other: &AdapterDescription| {
                (&other.name, &other.backend, &other.driver_info, &other.pci_bus_id)
                    == (&chosen.name, &chosen.backend, &chosen.driver_info, &chosen.pci_bus_id)
            };
            adapters.iter().position(same)
        });
        Self {
            host: host(),
            adapters,
            chosen: number,
            taken: number,
            energy: energy.clone(),
        }
    }

    fn text(&self) -> String {
        let mut text = self.host_text();
        text += "\nAdapters\n";
        if self.adapters.is_empty() {
            text += "\n  none\n";
        }
        for (number, adapter) in self.adapters.iter().enumerate() {
            text += &adapter_text(number, adapter, self.chosen == Some(number));
        }
        text += &self.energy_text();
        text
    }

    fn host_text(&self) -> String {
        let Host {
            name,
            os,
            cpu,
            cores,
            memory_bytes,
        } = &self.host;
        let memory = memory_bytes.map_or("memory unknown".into(), |size| format!("{} of memory", bytes(size)));
        let known = |text: &str| if text.is_empty() { "unknown" } else { text }.to_owned();
        format!(
            "Host\n\n  name    {}\n  system  {}\n  CPU     {}, {cores} cores, {memory}\n",
            known(name),
            known(os),
            known(cpu),
        )
    }

    fn energy_text(&self) -> String {
        let mut text = match self.chosen {
            Some(number) => format!("\nEnergy sources for adapter {number}\n\n"),
            None => "\nEnergy sources\n\n".into(),
        };
        if self.energy.sources.is_empty() {
            text += "  none: joules will be reported as not measured\n";
        } else {
            let mut rows = table(&["source", "tells", "domain", "quality", "update"], 5);
            for SourceEntry { description, .. } in &self.energy.sources {
                let measured = if description.period_measured {
                    ""
                } else {
                    " (by its documentation)"
                };
                rows.add_row([
                    description.id.clone(),
                    description.role.to_string(),
                    description.domain.to_string(),
                    description.quality.to_string(),
                    format!("every {}{measured}", si(description.update_period_s, "s")),
                ]);
            }
            text += &lines(&rows, 2);
            for SourceEntry { description, .. } in &self.energy.sources {
                if !description.note.is_empty() {
                    let _ = writeln!(text, "  {}: {}", description.id, description.note);
                }
            }
        }
        for SourceEntry { description, .. } in &self.energy.sources {
            if let Some(tie) = &description.tied_by {
                let _ = writeln!(text, "  {} is this adapter's by {tie}", description.id);
            }
        }
        for unused in &self.energy.unused {
            let _ = writeln!(text, "  {} is seen and not used: {}", unused.source, unused.reason);
        }
        for absence in &self.energy.unavailable {
            let _ = write!(text, "\n  {} cannot be used: {}\n", absence.source, absence.reason);
            if !absence.fix.is_empty() {
                let _ = writeln!(text, "    fix: {}", absence.fix);
            }
        }
        text
    }
}

fn adapter_text(number: usize, adapter: &AdapterDescription, chosen: bool) -> String {
    let limits = &adapter.limits;
    let [x, y, z] = limits.max_workgroup_size;
    let [smallest, largest] = adapter.subgroup_sizes;
    let none = |text: String| if text.is_empty() { "none".into() } else { text };
    let facts = [
        ("class", adapter.class.clone()),
        ("backend", adapter.backend.clone()),
        (
            "driver",
            format!("{} {}", adapter.driver, adapter.driver_info).trim().into(),
        ),
        ("PCI address", none(adapter.pci_bus_id.clone().unwrap_or_default())),
        (
            "PCI id",
            // Software drivers have ids from Khronos, which are longer than PCI's 16 bits.
            u16::try_from(adapter.vendor)
                .map_or("none".into(), |vendor| format!("{vendor:04x}:{:04x}", adapter.device)),
        ),
        (
            "subgroup size",
            if smallest == largest {
                smallest.to_string()
            } else {
                format!("{smallest} to {largest}")
            },
        ),
        ("f16 in shaders", yes(adapter.f16).into()),
        ("GPU timestamps", yes(adapter.timestamps).into()),
        ("cooperative matrices", none(adapter.cooperative_matrices.join(", "))),
        (
            "largest binding",
            format!(
                "{} of a buffer of at most {}",
                bytes(limits.max_storage_binding_bytes),
                bytes(limits.max_buffer_bytes)
            ),
        ),
        ("workgroup memory", bytes(limits.max_workgroup_storage_bytes.into())),
        (
            "workgroup",
            format!(
                "{} invocations, at most {x}×{y}×{z}",
                limits.max_invocations_per_workgroup
            ),
        ),
        (
            "dispatch",
            format!("{} workgroups per axis", limits.max_workgroups_per_dimension),
        ),
    ];
    let chosen = if chosen { "  (chosen)" } else { "" };
    let mut text = format!("\n  {number}  {}{chosen}\n", adapter.name);
    for (name, value) in facts {
        let _ = writeln!(text, "     {name:<21} {value}");
    }
    text
}
