//! From joules to cost, apart from measuring: kilowatt-hours and CO₂e of a run, or of so many executions of a case. In: joules with
//! their interval, and what the caller says of the site. Out: derived numbers, the interval carried through.
//!
//! kWh = joules · PUE / 3.6 MJ (Strubell et al. 2019, Henderson et al. 2020); kg CO₂e = kWh · grid intensity (Patterson et al. 2022).

use joulemark_base::estimate::Estimate;
use serde::{Deserialize, Serialize};

use super::claim::Basis;
use super::embodied::Embodied;
use super::grid::Grid;

const JOULES_PER_KWH: f64 = 3.6e6;

/// Where a computation runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Power usage effectiveness: what the building draws over what the computers draw, 1 or more.
    pub pue: f64,
    /// The grid that feeds it.
    pub grid: Grid,
}

impl Site {
    /// The site of a run, of one for all runs or one per run; of none, that of Strubell et al. 2019.
    #[must_use]
    pub fn of_run(sites: &[Self], run: usize) -> Self {
        sites
            .get(run)
            .or(sites.first())
            .cloned()
            .unwrap_or_else(Self::of_strubell)
    }

    /// The site that Strubell et al. 2019 reckon with: PUE 1.58, and 0.954 lb of CO₂e per kilowatt-hour.
    #[must_use]
    pub fn of_strubell() -> Self {
        const GRAMS_PER_POUND: f64 = 453.592_37;
        let grid = Grid {
            region: "US-2018".into(),
            country: "United States".into(),
            g_co2e_per_kwh: 0.954 * GRAMS_PER_POUND,
            year: Some(2018),
            source: "EPA, 0.954 lb per kWh, as Strubell et al. 2019 quote it".into(),
        };
        Self { pue: 1.58, grid }
    }
}

/// What is accounted for.
#[derive(Clone, Debug, PartialEq)]
pub struct Spent {
    /// The device.
    pub device: String,
    /// For people: a run, or executions of a case.
    pub subject: String,
    /// Joules in total.
    pub joules: Estimate,
    /// Seconds in total; `None` if unknown.
    pub seconds: Option<f64>,
    /// What the joules are.
    pub basis: Basis,
    /// What they rest on.
    pub rests_on: String,
}

/// Kilowatt-hours and emissions, derived from joules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The device.
    pub device: String,
    /// For people: a run, or executions of a case.
    pub subject: String,
    /// Always true: nothing here was measured, and no study takes it for a measurement.
    pub derived: bool,
    /// What the joules are.
    pub basis: Basis,
    /// The joules behind it, before the site.
    pub joules: Estimate,
    /// Seconds that it took; `null` if unknown.
    pub seconds: Option<f64>,
    /// Where it is reckoned to run.
    pub site: Site,
    /// Kilowatt-hours that the site draws for it.
    pub kwh: Estimate,
    /// Emissions of these, in kg CO₂e.
    pub kg_co2e: Estimate,
    /// The part of making the device that falls on it, in kg CO₂e; `null` where nothing was said of that, or no time is known.
    pub embodied_kg_co2e: Option<f64>,
    /// What the joules rest on.
    pub rests_on: String,
}

impl Account {
    /// Reckons.
    #[must_use]
    pub fn of(spent: Spent, site: Site, embodied: Option<Embodied>) -> Self {
        let kwh = spent.joules.map(|joules| joules * site.pue / JOULES_PER_KWH);
        Self {
            kwh,
            kg_co2e: kwh.map(|kwh| kwh * site.grid.g_co2e_per_kwh / 1e3),
            embodied_kg_co2e: embodied
                .zip(spent.seconds)
                .map(|(embodied, seconds)| embodied.of(seconds)),
            device: spent.device,
            subject: spent.subject,
            derived: true,
            basis: spent.basis,
            joules: spent.joules,
            seconds: spent.seconds,
            site,
            rests_on: spent.rests_on,
        }
    }
}
