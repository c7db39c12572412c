//! The options of a measurement: each is a flag of the command line and its twin `JOULEMARK_*`.

use std::path::PathBuf;
use std::time::Duration;

use joulemark_base::duration::parse_duration_s;
use joulemark_energy::{SourceChoice, ThermalGate};
use joulemark_records::Shard;

use crate::tune::TuningChoice;
use crate::{Error, Scale};

/// Everything that steers a measurement.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name of the suite, or path of a suite of one's own that ends in `.toml`.
    pub suite: String,
    /// Size of the suite's problems; `None` takes the adapter's.
    pub scale: Option<Scale>,
    /// Which part of the cases; `None` takes all.
    pub shard: Option<Shard>,
    /// Seconds per window; `None` derives it from the slowest energy source.
    pub window_s: Option<f64>,
    /// Windows per case and round.
    pub windows: u32,
    /// Rounds of a campaign.
    pub rounds: u32,
    /// Seed of inputs and of the order of cases.
    pub seed: u64,
    /// Folder of the results.
    pub out: PathBuf,
    /// Adapter by number or part of its name; `None` takes the first.
    pub adapter: Option<String>,
    /// Energy sources.
    pub energy: SourceChoice,
    /// Largest share of a window that one tick of the slowest source may be.
    pub energy_resolution: f64,
    /// Seconds that a whole campaign may take.
    pub budget_s: Option<f64>,
    /// Time that one wait for the device may take before it counts as hanging.
    pub timeout: Duration,
    /// What to do about windows that were throttled or began too warm or too cool.
    pub thermal_gate: ThermalGate,
    /// Whether to estimate the joules of a CPU adapter where no counter tells them.
    pub allow_estimates: bool,
    /// Where variants come from.
    pub tuning: TuningChoice,
    /// What was set, by name, for the manifest.
    pub given: std::collections::BTreeMap<&'static str, String>,
    /// What follows from these, by name, for the manifest.
    pub notes: std::collections::BTreeMap<&'static str, String>,
}

/// Window without an energy source: long enough for the clock, short enough for a default suite of minutes.
pub(crate) const WINDOW_WITHOUT_SOURCE_S: f64 = 0.1;

impl Default for Options {
    fn default() -> Self {
        Self {
            suite: "default".into(),
            scale: None,
            shard: None,
            window_s: None,
            windows: 10,
            rounds: 3,
            seed: 1,
            out: PathBuf::from("results"),
            adapter: None,
            energy: SourceChoice::Auto,
            energy_resolution: joulemark_energy::DEFAULT_RESOLUTION,
            budget_s: None,
            timeout: joulemark_gpu::Gpu::TIMEOUT,
            thermal_gate: ThermalGate::default(),
            allow_estimates: false,
            tuning: TuningChoice::default(),
            given: Default::default(),
            notes: Default::default(),
        }
    }
}

/// One option, as the command line and the environment know it.
pub struct OptionSpec {
    /// Name: the flag is `--name`, the variable `JOULEMARK_NAME` in capitals, with `_` for `-`.
    pub name: &'static str,
    /// What the value is, for `--help`.
    pub value: &'static str,
    /// What it does, one sentence.
    pub help: &'static str,
    set: fn(&mut Options, &str) -> Result<(), String>,
}

/// All options.
pub const OPTIONS: &[OptionSpec] = &[
    OptionSpec {
        name: "suite",
        value: "NAME|FILE.toml",
        help: "Cases to measure; `joulemark list suites` explains each [default: default]",
        set: |options, text| {
            options.suite = text.into();
            Ok(())
        },
    },
    OptionSpec {
        name: "scale",
        value: "SCALE",
        help: "Size of the suite's problems: small, medium or large [default: what the adapter's class calls for]",
        set: |options, text| {
            options.scale = Some(text.parse()?);
            Ok(())
        },
    },
    OptionSpec {
        name: "shard",
        value: "I/N",
        help: "Part I of N of the cases, for a fleet; `slurm` takes both from the job array [default: all]",
        set: |options, text| {
            options.shard = Some(Shard::parse(text, |name| std::env::var(name).ok())?);
            Ok(())
        },
    },
    OptionSpec {
        name: "window",
        value: "SECONDS",
        help: "Length of a window [default: as long as the slowest energy source needs, 0.1 without one]",
        set: |options, text| {
            options.window_s = Some(positive(text)?);
            Ok(())
        },
    },
    OptionSpec {
        name: "windows",
        value: "COUNT",
        help: "Windows per case and round; Criterion needs at least 10 [default: 10]",
        set: |options, text| {
            options.windows = count(text)?;
            Ok(())
        },
    },
    OptionSpec {
        name: "rounds",
        value: "COUNT",
        help: "Rounds of `joulemark run`: each visits all cases in a fresh order [default: 3]",
        set: |options, text| {
            options.rounds = count(text)?;
            Ok(())
        },
    },
    OptionSpec {
        name: "budget",
        value: "DURATION",
        help: "Time for the whole of `joulemark run`, as in 90s, 9m or 1.5h: windows, rounds and, if it must, cases are \
               chosen to meet it [default: none]",
        set: |options, text| {
            options.budget_s = Some(parse_duration_s(text)?);
            Ok(())
        },
    },
    OptionSpec {
        name: "timeout",
        value: "SECONDS",
        help: "Time that one wait for the device may take before it counts as hanging, which ends the run [default: 60]",
        set: |options, text| {
            options.timeout = Duration::try_from_secs_f64(positive(text)?).map_err(|error| error.to_string())?;
            Ok(())
        },
    },
    OptionSpec {
        name: "seed",
        value: "NUMBER",
        help: "Seed of the inputs and of the order of cases [default: 1]",
        set: |options, text| {
            options.seed = text
                .parse()
                .map_err(|_| "it must be a whole number from 0 to 2^64 - 1".to_string())?;
            Ok(())
        },
    },
    OptionSpec {
        name: "out",
        value: "FOLDER",
        help: "Folder that gets a fresh run folder [default: results]",
        set: |options, text| {
            options.out = text.into();
            Ok(())
        },
    },
    OptionSpec {
        name: "adapter",
        value: "NUMBER|NAME",
        help: "GPU by number or part of its name, as `joulemark doctor` lists them [default: the first]",
        set: |options, text| {
            options.adapter = Some(text.into());
            Ok(())
        },
    },
    OptionSpec {
        name: "energy",
        value: "SOURCE",
        help: "Energy source: auto, none, rapl, nvml, hwmon, perf, replay:FILE, or simulated[:period=20ms,power=100,…], \
               whose joules are made up and labelled so [default: auto]",
        set: |options, text| {
            options.energy = text
                .parse()
                .map_err(|error: joulemark_energy::ChoiceError| error.to_string())?;
            Ok(())
        },
    },
    OptionSpec {
        name: "energy-resolution",
        value: "SHARE",
        help: "Largest share of a window that one tick of the slowest energy source may be [default: 0.01]",
        set: |options, text| {
            options.energy_resolution = positive(text)?;
            Ok(())
        },
    },
    OptionSpec {
        name: "thermal-gate",
        value: "off|flag|SECONDSs",
        help: "Windows that were throttled, or began more than 2 °C off their round's median: leave them be, flag them, \
               or repeat each once after a pause, as in 30s [default: flag]",
        set: |options, text| {
            options.thermal_gate = text
                .parse()
                .map_err(|error: joulemark_energy::ThermalGateError| error.to_string())?;
            Ok(())
        },
    },
    OptionSpec {
        name: "allow-estimates",
        value: "true|false",
        help: "On a CPU adapter, estimate joules from CPU seconds: in columns of their own, and refused by the study \
               [default: false]",
        set: |options, text| {
            options.allow_estimates = text.parse().map_err(|_| "it must be true or false".to_string())?;
            Ok(())
        },
    },
    OptionSpec {
        name: "tuning",
        value: "none|cache|FILE",
        help: "Variants of the kernels: the defaults of the adapter's class, those that `joulemark tune` found on this \
               adapter and driver, or those in a file that it exported [default: cache, if it has some]",
        set: |options, text| {
            options.tuning = text.parse()?;
            Ok(())
        },
    },
];

fn positive(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|x: &f64| x.is_finite() && *x > 0.0)
        .ok_or_else(|| "it must be a positive number".into())
}

fn count(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| "it must be a whole number of at least 1".into())
}

impl OptionSpec {
    /// The environment variable of this option.
    pub fn variable(&self) -> String {
        format!("JOULEMARK_{}", self.name.to_uppercase().replace('-', "_"))
    }
}

impl Options {
    /// The options that the environment sets.
    ///
    /// # Errors
    /// A `JOULEMARK_*` that does not exist, or a value that makes no sense.
    pub fn from_environment() -> Result<Self, Error> {
        Self::from_variables(std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|name| name.starts_with("JOULEMARK_"))?;
            Some((name, value.to_string_lossy().into_owned()))
        }))
    }

    fn from_variables(variables: impl Iterator<Item = (String, String)>) -> Result<Self, Error> {
        let mut options = Self::default();
        for (variable, value) in variables {
            let spec = OPTIONS.iter().find(|spec| spec.variable() == variable).ok_or_else(|| {
                let known: Vec<_> = OPTIONS.iter().map(OptionSpec::variable).collect();
                Error::Input(format!("unknown variable {variable}; there are {}", known.join(", ")))
            })?;
            options.apply(spec, &value, &variable)?;
        }
        Ok(options)
    }

    /// Sets one option by its name; `origin` is what the user wrote, for the message.
    ///
    /// # Errors
    /// A value that makes no sense.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let spec = OPTIONS
            .iter()
            .find(|spec| spec.name == name)
            .ok_or_else(|| Error::Input(format!("there is no option --{name}")))?;
        self.apply(spec, value, &format!("--{name}"))
    }

    fn apply(&mut self, spec: &OptionSpec, value: &str, origin: &str) -> Result<(), Error> {
        (spec.set)(self, value).map_err(|why| Error::Input(format!("{origin} is `{value}`: {why}")))?;
        self.given.insert(spec.name, value.into());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn read(pairs: &[(&str, &str)]) -> Result<Options, String> {
        let pairs = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        Options::from_variables(pairs).map_err(|error| error.to_string())
    }

    #[test]
    fn variables_are_read_strictly() {
        let options = read(&[
            ("JOULEMARK_WINDOW", "0.5"),
            ("JOULEMARK_SEED", "7"),
            ("JOULEMARK_ENERGY", "none"),
        ])
        .unwrap();
        assert_eq!((options.window_s, options.seed, options.given.len()), (Some(0.5), 7, 3));
        let refusals = [
            (
                "JOULEMARK_WINDOWW",
                "1",
                "unknown variable JOULEMARK_WINDOWW; there are JOULEMARK_SUITE",
            ),
            (
                "JOULEMARK_WINDOW",
                "-1",
                "JOULEMARK_WINDOW is `-1`: it must be a positive number",
            ),
            ("JOULEMARK_WINDOW", "NaN", "it must be a positive number"),
            ("JOULEMARK_ROUNDS", "0", "it must be a whole number of at least 1"),
            ("JOULEMARK_SEED", "x", "it must be a whole number from 0"),
            ("JOULEMARK_ENERGY", "nvlm", "nvlm"),
        ];
        for (name, value, message) in refusals {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.contains(message), "`{error}` does not say `{message}`");
        }
    }
}
