//! What steers a bench. In: code, or the variables `JOULEMARK_*` that the command knows as flags. Out: a typed value.

use joulemark_base::duration::parse_duration_s;
use joulemark_energy::{SourceChoice, ThermalGate};

use crate::error::Error;
use crate::rule::Rule;
use crate::rule::precision::Precision;
use crate::rule::windows::Windows;

/// What steers a bench.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Energy sources (`JOULEMARK_ENERGY`); as the request says, where a bench is opened with one.
    pub energy: SourceChoice,
    /// Seconds per window (`JOULEMARK_WINDOW`); `None` takes as many as the slowest energy source needs.
    pub window_s: Option<f64>,
    /// Rounds (`JOULEMARK_ROUNDS`): groups of windows with an idle window between them, the replicates of the interval.
    pub rounds: u32,
    /// Windows per round (`JOULEMARK_WINDOWS`); `None` takes as many as the precision needs.
    pub windows: Option<u32>,
    /// Half the width of the 95% interval over its value that is narrow enough (`JOULEMARK_UNTIL`, in percent).
    pub until: f64,
    /// What to do about windows that were throttled or began too warm or too cool (`JOULEMARK_THERMAL_GATE`).
    pub thermal_gate: ThermalGate,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            energy: SourceChoice::Auto,
            window_s: None,
            rounds: 3,
            windows: None,
            until: 0.02,
            thermal_gate: ThermalGate::default(),
        }
    }
}

impl Settings {
    /// The defaults, with what the environment says.
    ///
    /// # Errors
    /// A variable that makes no sense, by its name.
    pub fn from_environment() -> Result<Self, Error> {
        let mut settings = Self::default();
        for (name, set) in VARIABLES {
            let Some(value) = std::env::var_os(name) else { continue };
            let value = value.to_string_lossy();
            set(&mut settings, &value).map_err(|why| Error::Input(format!("{name} is `{value}`: {why}")))?;
        }
        Ok(settings)
    }

    /// When a case has enough windows.
    pub(crate) fn rule(&self) -> Box<dyn Rule> {
        match self.windows {
            Some(windows) => Box::new(Windows(windows)),
            None => Box::new(Precision::within(self.until, self.rounds)),
        }
    }
}

type Set = fn(&mut Settings, &str) -> Result<(), String>;

const VARIABLES: [(&str, Set); 6] = [
    ("JOULEMARK_ENERGY", |settings, text| {
        settings.energy = text
            .parse()
            .map_err(|error: joulemark_energy::ChoiceError| error.to_string())?;
        Ok(())
    }),
    ("JOULEMARK_WINDOW", |settings, text| {
        settings.window_s = Some(duration_s(text, WINDOW_RANGE)?);
        Ok(())
    }),
    ("JOULEMARK_ROUNDS", |settings, text| {
        settings.rounds = count(text)?;
        Ok(())
    }),
    ("JOULEMARK_WINDOWS", |settings, text| {
        settings.windows = Some(count(text)?);
        Ok(())
    }),
    ("JOULEMARK_UNTIL", |settings, text| {
        settings.until = percentage(text)?;
        Ok(())
    }),
    ("JOULEMARK_THERMAL_GATE", |settings, text| {
        let gate = text
            .parse()
            .map_err(|error: joulemark_energy::ThermalGateError| error.to_string());
        settings.thermal_gate = gate?;
        Ok(())
    }),
];

/// A number with how people write it: an end of a range.
pub type End = (f64, &'static str);

/// Shortest and longest window, in seconds.
pub const WINDOW_RANGE: [End; 2] = [(0.001, "1ms"), (3600.0, "1h")];

/// A duration of this range, in seconds.
///
/// # Errors
/// A sentence that begins with "it must be".
pub fn duration_s(text: &str, [least, most]: [End; 2]) -> Result<f64, String> {
    let seconds = parse_duration_s(text)
        .ok()
        .filter(|seconds| (least.0..=most.0).contains(seconds));
    seconds.ok_or_else(|| {
        format!(
            "it must be a duration from {} to {}, such as 50ms, 5 (seconds), 90s or 1.5h",
            least.1, most.1
        )
    })
}

/// How many rounds or windows: 1 to 10,000.
///
/// # Errors
/// A sentence that begins with "it must be".
pub fn count(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| "it must be a whole number from 1 to 10000".into())
}

/// The share that a percentage from 0.1% to 100% means.
///
/// # Errors
/// A sentence that begins with "it must be".
pub fn percentage(text: &str) -> Result<f64, String> {
    let percent = text
        .trim()
        .strip_suffix('%')
        .and_then(|number| number.trim().parse().ok());
    percent
        .filter(|percent| (0.1..=100.0).contains(percent))
        .map(|percent: f64| percent / 100.0)
        .ok_or_else(|| "it must be a percentage from 0.1% to 100%, such as 2%".into())
}

#[cfg(test)]
mod tests {
    use super::{Settings, VARIABLES, percentage};

    #[test]
    fn each_variable_is_read_strictly() {
        let mut settings = Settings::default();
        for (name, good, bad) in [
            ("JOULEMARK_ENERGY", "simulated:period=5ms", "simulated:perod=5ms"),
            ("JOULEMARK_WINDOW", "50ms", "0"),
            ("JOULEMARK_ROUNDS", "5", "0"),
            ("JOULEMARK_WINDOWS", "4", "-1"),
            ("JOULEMARK_UNTIL", "1.5%", "2"),
            ("JOULEMARK_THERMAL_GATE", "30s", "soon"),
        ] {
            let (_, set) = VARIABLES.into_iter().find(|(known, _)| *known == name).unwrap();
            assert_eq!(set(&mut settings, good), Ok(()), "{name}");
            assert!(set(&mut settings, bad).is_err(), "{name}");
        }
        assert_eq!(
            (settings.window_s, settings.rounds, settings.windows),
            (Some(0.05), 5, Some(4))
        );
        assert!((settings.until - 0.015).abs() < 1e-12 && percentage("nan%").is_err());
    }
}
