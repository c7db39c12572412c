//! The settings of the simulated source. In: `period=20ms,power=100,…`. Out: numbers in their ranges.

use crate::choice_error::ChoiceError;
use joulemark_base::source_kind::SourceKind;
use std::fmt;
use std::str::FromStr;

/// What the simulated sensor is like.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedSpec {
    /// Seconds between two updates.
    pub period_s: f64,
    /// Watts while the device is busy.
    pub power_w: f64,
    /// Watts while it is idle.
    pub idle_w: f64,
    /// The counter starts again at zero after so many joules.
    pub wrap_j: Option<f64>,
    /// Standard deviation of the power over a twentieth of a period, as a share of it.
    pub noise: f64,
    /// The share of each period that the sensor looks at, at its end.
    pub duty: f64,
    /// The power grows by this share per second.
    pub drift_per_s: f64,
    /// An energy counter, or a power sensor.
    pub kind: SourceKind,
    /// For the noise and for the moment of the first update.
    pub seed: u64,
}

impl Default for SimulatedSpec {
    fn default() -> Self {
        Self {
            period_s: 0.02,
            power_w: 100.0,
            idle_w: 40.0,
            wrap_j: None,
            noise: 0.0,
            duty: 1.0,
            drift_per_s: 0.0,
            kind: SourceKind::Counter,
            seed: 0,
        }
    }
}

impl FromStr for SimulatedSpec {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut spec = Self::default();
        for pair in text.split(',').filter(|pair| !pair.is_empty()) {
            let (setting, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (setting, value) = (setting.trim(), value.trim());
            let bad = |takes| ChoiceError::BadSetting {
                setting: setting.to_owned(),
                text: value.to_owned(),
                takes,
            };
            let number = |low: f64, high: f64, takes| {
                value
                    .parse()
                    .ok()
                    .filter(|number| (low..=high).contains(number))
                    .ok_or_else(|| bad(takes))
            };
            match setting {
                "period" => {
                    spec.period_s = seconds(value).ok_or_else(|| bad("a time from 100us to 10s, as in 20ms"))?;
                }
                "power" => spec.power_w = number(0.001, 1e5, "watts from 0.001 to 100000")?,
                "idle" => spec.idle_w = number(0.001, 1e5, "watts from 0.001 to 100000")?,
                "wrap" => spec.wrap_j = Some(number(1.0, 1e9, "joules from 1 to 1e9")?),
                "noise" => spec.noise = number(0.0, 0.2, "a share of the power from 0 to 0.2")?,
                "duty" => spec.duty = number(0.05, 1.0, "a share of the period from 0.05 to 1")?,
                "drift" => spec.drift_per_s = number(-0.001, 0.01, "a share per second from -0.001 to 0.01")?,
                "kind" => {
                    spec.kind = match value {
                        "counter" => SourceKind::Counter,
                        "power" => SourceKind::Power,
                        _ => return Err(bad("counter or power")),
                    }
                }
                "seed" => spec.seed = value.parse().map_err(|_| bad("a whole number"))?,
                _ => return Err(ChoiceError::UnknownSetting(setting.to_owned())),
            }
        }
        Ok(spec)
    }
}

/// `20ms`, `1s` or `500us`, from 100 µs to 10 s.
fn seconds(text: &str) -> Option<f64> {
    let (number, per_s) = if let Some(number) = text.strip_suffix("us") {
        (number, 1e6)
    } else if let Some(number) = text.strip_suffix("ms") {
        (number, 1e3)
    } else {
        (text.strip_suffix('s')?, 1.0)
    };
    let seconds = number.trim().parse::<f64>().ok()? / per_s;
    (1e-4..=10.0).contains(&seconds).then_some(seconds)
}

impl fmt::Display for SimulatedSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "period={}us,power={},idle={}",
            self.period_s * 1e6,
            self.power_w,
            self.idle_w
        )?;
        if let Some(wrap_j) = self.wrap_j {
            write!(f, ",wrap={wrap_j}")?;
        }
        write!(f, ",noise={},duty={},drift={}", self.noise, self.duty, self.drift_per_s)?;
        write!(f, ",kind={},seed={}", self.kind, self.seed)
    }
}
