//! What the windows of one case come to: energy, power and GFLOP/J with a 95% interval.

use std::fmt;

use joulemark_base::statistics::t_quantile;
use joulemark_records::Row;

/// Energy of one case over its windows.
#[derive(Clone, Debug, PartialEq)]
pub enum EnergySummary {
    /// Known in at least one window.
    Known {
        /// Joules per iteration, mean over the windows.
        energy_j: f64,
        /// Half width of its 95% interval: Student's t over the windows, and the sensor's own uncertainty.
        u_j: f64,
        /// Mean power in watts.
        power_w: f64,
        /// Operations of the task per joule, in units of 10⁹.
        gflop_per_j: f64,
        /// Windows with a value, and all.
        windows: [usize; 2],
        /// Source and quality.
        source: String,
    },
    /// Not known, and why.
    Unknown(String),
}

impl EnergySummary {
    /// Summary of the rows of one case; `None` without rows.
    pub fn of(rows: &[Row]) -> Option<Self> {
        let first = rows.first()?;
        let known: Vec<_> = rows
            .iter()
            .filter_map(|row| {
                let iterations = row.iterations? as f64;
                let u_j = row.device.u_j.unwrap_or_default() / iterations;
                Some((row.device.energy_j? / iterations, u_j, row.wall_s? / iterations, row))
            })
            .collect();
        let Some((_, _, _, example)) = known.first() else {
            return Some(Self::Unknown(first.reason.clone()));
        };
        let count = known.len() as f64;
        let mean = |value: fn(&(f64, f64, f64, &Row)) -> f64| known.iter().map(value).sum::<f64>() / count;
        let energy_j = mean(|(energy_j, ..)| *energy_j);
        let sensor_j = mean(|(_, u_j, ..)| *u_j);
        let spread_j = if known.len() > 1 {
            let variance = known.iter().map(|(e, ..)| (e - energy_j).powi(2)).sum::<f64>() / (count - 1.0);
            t_quantile(0.975, count - 1.0) * (variance / count).sqrt()
        } else {
            0.0
        };
        Some(Self::Known {
            energy_j,
            u_j: spread_j.hypot(sensor_j),
            power_w: energy_j / mean(|(_, _, wall_s, _)| *wall_s),
            gflop_per_j: first.flops_task.unwrap_or_default() as f64 * 1e-9 / energy_j,
            windows: [known.len(), rows.len()],
            source: format!(
                "{}, {}",
                example.device.source,
                example
                    .device
                    .quality
                    .map_or("", joulemark_base::quality::Quality::as_str)
            ),
        })
    }
}

impl fmt::Display for EnergySummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known {
                energy_j,
                u_j,
                power_w,
                gflop_per_j,
                windows: [known, all],
                source,
            } => {
                let share = u_j / energy_j.abs();
                write!(
                    f,
                    "{} ± {} per iteration, {power_w:.1} W, {gflop_per_j:.3} [{:.3} {:.3}] GFLOP/J ({source}",
                    joules(*energy_j),
                    joules(*u_j),
                    gflop_per_j / (1.0 + share),
                    gflop_per_j / (1.0 - share.min(0.999)),
                )?;
                if known < all {
                    write!(f, "; known in {known} of {all} windows)")
                } else {
                    f.write_str(")")
                }
            }
            Self::Unknown(reason) => write!(f, "not measured: {reason}"),
        }
    }
}

/// Joules with a prefix.
fn joules(energy_j: f64) -> String {
    let (scale, unit) = match energy_j.abs() {
        x if x >= 1.0 => (1.0, "J"),
        x if x >= 1e-3 => (1e3, "mJ"),
        x if x >= 1e-6 => (1e6, "µJ"),
        _ => (1e9, "nJ"),
    };
    format!("{:.4} {unit}", energy_j * scale)
}

#[cfg(test)]
mod tests {
    use joulemark_base::quality::Quality;
    use joulemark_records::{Energy, Row};

    use super::EnergySummary;

    #[test]
    fn intervals_hold_spread_and_sensor() {
        let row = |energy_j| Row {
            iterations: Some(10),
            wall_s: Some(2.0),
            device: Energy {
                energy_j: Some(energy_j),
                u_j: Some(1.0),
                source: "rapl".into(),
                quality: Some(Quality::Counter),
                ..Energy::default()
            },
            flops_task: Some(2_000_000_000),
            ..Row::default()
        };
        let summary = EnergySummary::of(&[row(99.0), row(101.0), Row::default()]).unwrap();
        let EnergySummary::Known {
            energy_j,
            u_j,
            power_w,
            gflop_per_j,
            windows,
            ..
        } = &summary
        else {
            panic!()
        };
        // Two values 0.2 apart: t(0.975, 1) = 12.7062, times 0.1.
        assert!((u_j - 1.27062_f64.hypot(0.1)).abs() < 1e-4, "{u_j}");
        assert_eq!((*energy_j, *power_w, *gflop_per_j, *windows), (10.0, 50.0, 0.2, [2, 3]));
        assert!(summary.to_string().starts_with("10.0000 J ± 1.27"), "{summary}");
        let unknown = Row {
            reason: "no sensor".into(),
            ..Row::default()
        };
        assert_eq!(
            EnergySummary::of(&[unknown]).unwrap().to_string(),
            "not measured: no sensor"
        );
        assert_eq!(EnergySummary::of(&[]), None);
    }
}
