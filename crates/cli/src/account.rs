//! `joulemark account`: joules as kilowatt-hours and CO₂e. In: run folders or CSVs, and where they are reckoned to run. Out: derived
//! numbers, as text or JSON, each with the joules' interval.

use anyhow::ensure;
use clap::Args;
use joulemark_base::estimate::Estimate;
use joulemark_base::si::with_interval;
use joulemark_study::literature::account::{Account as Reckoning, Site};
use joulemark_study::literature::claim::{Basis, Dimension};
use joulemark_study::literature::spent;
use serde::Serialize;

use crate::analyze::Runs;
use crate::literature::Sites;
use crate::output::{print, print_json};

/// Reckon what a run, or many executions of a case, cost in kWh and CO2e
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark account results/my-gpu/2026-01-31-1 --region FR --pue 1.2
                                       the whole run: measuring, verifying, idling
  joulemark account results --region FR --pue 1.2 --times 1e9 --case conv2d
                                       a billion executions of each case whose id holds `conv2d`
  joulemark account results --embodied 150,4
                                       150 kg CO2e for making the device, spread over 4 years

Every number here is derived from joules. Grid intensities: crates/study/src/literature/grid_intensity.csv")]
pub(crate) struct Account {
    #[command(flatten)]
    runs: Runs,
    #[command(flatten)]
    sites: Sites,
    /// Account for so many executions of each case instead of the runs themselves
    #[arg(long, value_name = "NUMBER", value_parser = times)]
    times: Option<f64>,
    /// Only cases whose id holds this
    #[arg(long, value_name = "TEXT", requires = "times", default_value = "")]
    case: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn times(text: &str) -> Result<f64, String> {
    let times = text
        .parse()
        .ok()
        .filter(|times: &f64| times.is_finite() && *times > 0.0);
    times.ok_or_else(|| format!("`{text}` is not a number above 0"))
}

/// What `--json` prints.
#[derive(Serialize)]
struct Page {
    /// Whether the joules are simulated: then nothing here is about a real device.
    simulated: bool,
    accounts: Vec<Reckoning>,
}

impl Account {
    /// Prints the accounts.
    ///
    /// # Errors
    /// What cannot be read, no joules, or no such case.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let samples = self.runs.load()?;
        // Sites go by run; executions of a case are reckoned at the first.
        let spent: Vec<_> = match self.times {
            Some(times) => spent::of_cases(&samples, times, |id| id.contains(&self.case))
                .into_iter()
                .map(|spent| (0, spent))
                .collect(),
            None => {
                let runs = spent::of_runs(&samples).into_iter().enumerate();
                runs.filter_map(|(run, spent)| Some((run, spent?))).collect()
            }
        };
        ensure!(
            !spent.is_empty(),
            "no joules to account for{}: measure with a sensor that can be read; joulemark doctor says which",
            if self.case.is_empty() {
                String::new()
            } else {
                format!(" in cases whose id holds `{}`", self.case)
            }
        );
        let sites = self.sites.sites();
        let accounts: Vec<Reckoning> = spent
            .into_iter()
            .map(|(run, spent)| Reckoning::of(spent, Site::of_run(&sites, run), self.sites.embodied))
            .collect();
        if self.json {
            return print_json(&Page {
                simulated: samples.includes_simulated,
                accounts,
            });
        }
        print(&accounts.iter().map(paragraph).collect::<Vec<_>>().join("\n"))
    }
}

fn paragraph(account: &Reckoning) -> String {
    let say = |value: &Estimate, dimension: Dimension| with_interval(value, |value| dimension.text(value));
    let word = if account.basis == Basis::Simulated {
        "SIMULATED: about no real device\n  "
    } else {
        ""
    };
    let mut text = format!("{}, {}\n  {word}", account.subject, account.device);
    text += &format!(
        "joules     {}  ({})\n",
        say(&account.joules, Dimension::Joule),
        account.rests_on
    );
    text += &format!(
        "  energy     {}  (derived: PUE {})\n",
        say(&account.kwh, Dimension::KilowattHour),
        account.site.pue
    );
    text += &format!(
        "  emissions  {}  (derived: {})\n",
        say(&account.kg_co2e, Dimension::KilogramCo2e),
        account.site.grid.label()
    );
    if let Some(embodied) = account.embodied_kg_co2e {
        text += &format!(
            "  embodied   {}  (derived: its part of the device's life)\n",
            Dimension::KilogramCo2e.text(embodied)
        );
    }
    text
}
