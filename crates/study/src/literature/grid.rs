//! What electricity emits where. In: a country's code. Out: grams of CO₂e per kilowatt-hour, with year and source.

use joulemark_base::si::significant;
use serde::{Deserialize, Serialize};

/// Regions, countries, grams per kilowatt-hour, years and sources; the life cycle of the plants counts. Ember's figures are
/// under CC BY 4.0.
const TABLE: &str = include_str!("grid_intensity.csv");

/// The emissions of a grid's electricity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// The code that names it: ISO 3166's two letters for countries.
    pub region: String,
    /// The name.
    pub country: String,
    /// Grams of CO₂e per kilowatt-hour.
    pub g_co2e_per_kwh: f64,
    /// The year that it goes for; `None` where the caller gave the number.
    pub year: Option<u32>,
    /// Who says so.
    pub source: String,
}

impl Grid {
    /// The grid of a region by its code, in any case; or of a number of grams per kilowatt-hour.
    ///
    /// # Errors
    /// A sentence that says which regions there are.
    pub fn find(region: &str) -> Result<Self, String> {
        if let Ok(grams) = region.parse::<f64>() {
            return Self::of_caller(grams)
                .ok_or_else(|| format!("{region} g/kWh: here must be a finite number, 0 or more"));
        }
        let all = Self::all();
        let codes = || {
            all.iter()
                .map(|grid| grid.region.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let found = all.iter().find(|grid| grid.region.eq_ignore_ascii_case(region));
        found.cloned().ok_or_else(|| {
            format!(
                "there is no grid `{region}`; give grams of CO2e per kWh as a number, or one of {}",
                codes()
            )
        })
    }

    /// A grid that the caller knows.
    #[must_use]
    pub fn of_caller(g_co2e_per_kwh: f64) -> Option<Self> {
        (g_co2e_per_kwh.is_finite() && g_co2e_per_kwh >= 0.0).then(|| Self {
            region: "given".into(),
            country: "a grid that was given".into(),
            g_co2e_per_kwh,
            year: None,
            source: "given on the command line".into(),
        })
    }

    /// All grids of the table, in its order.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let grid = |line: &str| {
            let mut fields = line.split(',').map(str::to_owned);
            Some(Self {
                region: fields.next()?,
                country: fields.next()?,
                g_co2e_per_kwh: fields.next()?.parse().ok()?,
                year: fields.next()?.parse().ok(),
                source: fields.next()?,
            })
        };
        TABLE.lines().skip(1).filter_map(grid).collect()
    }

    /// For people: `44.2 g/kWh, France 2024 (Ember 2025 via Our World in Data)`.
    #[must_use]
    pub fn label(&self) -> String {
        let year = self.year.map_or_else(String::new, |year| format!(" {year}"));
        format!(
            "{} g/kWh, {}{year} ({})",
            significant(self.g_co2e_per_kwh),
            self.country,
            self.source
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Grid, TABLE};

    #[test]
    fn every_line_is_a_grid_with_year_and_source() {
        let all = Grid::all();
        assert_eq!(all.len(), TABLE.lines().count() - 1);
        let regions: HashSet<_> = all.iter().map(|grid| &grid.region).collect();
        assert_eq!(regions.len(), all.len());
        for grid in &all {
            assert!((10.0..1500.0).contains(&grid.g_co2e_per_kwh), "{grid:?}");
            assert!(
                grid.year.is_some_and(|year| year >= 2018) && !grid.source.is_empty(),
                "{grid:?}"
            );
        }
    }

    #[test]
    fn a_region_is_found_by_code_or_given_as_a_number() {
        assert_eq!(Grid::find("fr").unwrap().country, "France");
        assert_eq!(Grid::find("12.5").unwrap().g_co2e_per_kwh, 12.5);
        assert!(
            Grid::find("Atlantis")
                .unwrap_err()
                .contains("there is no grid `Atlantis`")
        );
        for wrong in ["-1", "NaN", "inf"] {
            assert!(Grid::find(wrong).is_err(), "{wrong}");
        }
    }
}
