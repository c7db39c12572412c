//! `joulemark literature`: what the papers claim, beside what the rows say. In: run folders or CSVs, and what no row holds. Out: text
//! or JSON.

use std::str::FromStr;

use clap::Args;
use joulemark_study::literature::account::Site;
use joulemark_study::literature::claim::Claim;
use joulemark_study::literature::embodied::Embodied;
use joulemark_study::literature::grid::Grid;
use joulemark_study::literature::qiu::Federation;
use joulemark_study::literature::{Assumptions, claims};
use joulemark_study::sections::literature::literature;
use serde::Serialize;

use crate::analyze::Runs;
use crate::output::{print_document, print_json};

/// Set the literature's claims beside what was measured here
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark literature results                    every claim: theirs, ours, and what ours rests on
  joulemark literature results --json | jq '.claims[] | select(.name == \"qin-shares\")'
  joulemark literature OLD NEW --pue 1.58,1.1 --region PL,FR
                                                  the four factors between two runs
  joulemark literature results --federation rounds=100,clients=10,steps=50,model_bytes=1e8,\\
download_mbit_s=100,upload_mbit_s=20,router_w=8,idle_w=5

The papers: crates/study/LITERATURE.md")]
pub(crate) struct Literature {
    #[command(flatten)]
    runs: Runs,
    #[command(flatten)]
    sites: Sites,
    /// A federation that trains a model
    #[arg(long, value_name = "KEY=NUMBER,...", value_parser = federation)]
    federation: Option<Federation>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Where a computation is reckoned to run.
#[derive(Args)]
pub(crate) struct Sites {
    /// Power usage effectiveness of the building, 1 or more; one for all runs, or one per run in the order of their names [default: 1.58]
    #[arg(long, value_name = "NUMBER", value_delimiter = ',', value_parser = pue)]
    pue: Vec<f64>,
    /// The grid: a country's two letters, WORLD, or grams of CO2e per kWh; one for all runs, or one per
    /// run in the order of their names [default: the United States of 2018, as Strubell et al. reckon]
    #[arg(long, value_name = "REGION", value_delimiter = ',', value_parser = Grid::find)]
    region: Vec<Grid>,
    /// What making the device emitted, and over how many years of life that is spread
    #[arg(long, value_name = "KG,YEARS", value_parser = embodied)]
    pub(crate) embodied: Option<Embodied>,
}

impl Sites {
    /// One per run that the caller spoke of; none if the caller said nothing.
    pub(crate) fn sites(&self) -> Vec<Site> {
        let default = Site::of_strubell();
        (0..self.pue.len().max(self.region.len()))
            .map(|run| Site {
                pue: self.pue.get(run).or(self.pue.first()).copied().unwrap_or(default.pue),
                grid: self
                    .region
                    .get(run)
                    .or(self.region.first())
                    .unwrap_or(&default.grid)
                    .clone(),
            })
            .collect()
    }
}

fn number(text: &str) -> Result<f64, String> {
    let number = f64::from_str(text.trim()).ok().filter(|number| number.is_finite());
    number.ok_or_else(|| format!("`{text}` is not a number"))
}

fn pue(text: &str) -> Result<f64, String> {
    number(text).and_then(|pue| {
        let of_a_building = (1.0..=10.0).contains(&pue);
        of_a_building
            .then_some(pue)
            .ok_or_else(|| format!("{pue} is no PUE: from 1, where all power reaches the computers, to 10"))
    })
}

fn positive(text: &str) -> Result<f64, String> {
    number(text).and_then(|number| {
        (number > 0.0)
            .then_some(number)
            .ok_or_else(|| format!("{text} is not above 0"))
    })
}

fn embodied(text: &str) -> Result<Embodied, String> {
    let (kg, years) = text.split_once(',').ok_or("give kilograms and years, as in 150,4")?;
    Ok(Embodied {
        kg_co2e: positive(kg)?,
        life_years: positive(years)?,
    })
}

const FEDERATION: [&str; 8] = [
    "rounds",
    "clients",
    "steps",
    "model_bytes",
    "download_mbit_s",
    "upload_mbit_s",
    "router_w",
    "idle_w",
];

fn federation(text: &str) -> Result<Federation, String> {
    let mut values = [None; FEDERATION.len()];
    for part in text.split(',') {
        let (key, value) = part
            .split_once('=')
            .ok_or_else(|| format!("`{part}` is not KEY=NUMBER"))?;
        let known = FEDERATION.iter().position(|name| *name == key.trim());
        let index = known.ok_or_else(|| format!("there is no `{key}`; there are {}", FEDERATION.join(", ")))?;
        // Powers may be zero, speeds and counts may not.
        let value = if key.trim().ends_with("_w") {
            number(value)
        } else {
            positive(value)
        };
        values[index] = Some(value.map_err(|why| format!("{key}: {why}"))?);
    }
    let value = |index: usize| values[index].ok_or_else(|| format!("`{}` is missing", FEDERATION[index]));
    const BYTES_PER_MBIT: f64 = 1.25e5;
    Ok(Federation {
        rounds: value(0)?,
        clients: value(1)?,
        steps: value(2)?,
        model_bytes: value(3)?,
        download_bytes_per_s: value(4)? * BYTES_PER_MBIT,
        upload_bytes_per_s: value(5)? * BYTES_PER_MBIT,
        router_w: value(6)?.max(0.0),
        idle_w: value(7)?.max(0.0),
    })
}

/// What `--json` prints.
#[derive(Serialize)]
struct Page {
    /// Whether simulated energy is among it: then nothing here is about a real device.
    simulated: bool,
    claims: Vec<Claim>,
}

impl Literature {
    /// Prints the claims.
    ///
    /// # Errors
    /// What cannot be read.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let samples = self.runs.load()?;
        let assumptions = Assumptions {
            sites: self.sites.sites(),
            embodied: self.sites.embodied,
            federation: self.federation,
        };
        let page = Page {
            simulated: samples.includes_simulated,
            claims: claims(&samples, &assumptions),
        };
        if self.json {
            print_json(&page)
        } else {
            print_document(&literature(&page.claims, page.simulated))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{embodied, federation, pue};

    #[test]
    fn a_federation_is_given_whole() {
        let whole = "rounds=10,clients=5,steps=2,model_bytes=1e6,download_mbit_s=8,upload_mbit_s=4,router_w=8,idle_w=0";
        assert_eq!(federation(whole).unwrap().download_bytes_per_s, 1e6);
        assert_eq!(
            federation(&whole.replace(",idle_w=0", "")).unwrap_err(),
            "`idle_w` is missing"
        );
        assert!(
            federation(&whole.replace("steps", "step"))
                .unwrap_err()
                .starts_with("there is no `step`")
        );
        assert_eq!(
            federation(&whole.replace("=8,upload", "=0,upload")).unwrap_err(),
            "download_mbit_s: 0 is not above 0"
        );
    }

    #[test]
    fn numbers_out_of_this_world_are_refused() {
        for wrong in ["0.9", "11", "NaN", "x"] {
            assert!(pue(wrong).is_err(), "{wrong}");
        }
        for wrong in ["150", "150,0", "-1,4", "150,inf"] {
            assert!(embodied(wrong).is_err(), "{wrong}");
        }
    }
}
