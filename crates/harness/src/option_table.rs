//! Every option, once: its name, help and range, the verbs that take it, and how it is read and written.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use joulemark::settings::{WINDOW_RANGE, count, duration_s, percentage};
use joulemark_base::duration::parse_duration_s;
use joulemark_records::Shard;

use crate::option_spec::OptionSpec;
use crate::verb::Verb::{self, Bench, Best, Doctor, Exec, Measure, Run, Selftest, Tune, Verify, Watch};

/// Everybody who measures with our kernels.
const MEASURING: &[Verb] = &[Bench, Best, Run, Selftest, Tune];
/// Everybody whose cases come from a suite.
const SUITES: &[Verb] = &[Bench, Run, Tune, Verify];

/// The option of this name, or of this old name.
pub(crate) fn find(name: &str) -> Option<&'static OptionSpec> {
    let is = |spec: &&OptionSpec| spec.name == name || spec.old_name == Some(name);
    OPTIONS.iter().find(is)
}

/// All options.
pub const OPTIONS: &[OptionSpec] = &[
    OptionSpec {
        name: "suite",
        old_name: None,
        letter: None,
        value: "NAME|FILE.toml",
        help: "Cases to measure; `joulemark list suites` explains each",
        unset: "",
        verbs: SUITES,
        set: |options, text| {
            options.suite = text.into();
            Ok(())
        },
        get: |options| Some(options.suite.clone()),
    },
    OptionSpec {
        name: "scale",
        old_name: None,
        letter: None,
        value: "SCALE",
        help: "Size of the suite's problems: small, medium or large",
        unset: "what the adapter's class calls for",
        verbs: SUITES,
        set: |options, text| read_into(&mut options.scale, text),
        get: |options| written(&options.scale),
    },
    OptionSpec {
        name: "shard",
        old_name: None,
        letter: None,
        value: "I/N",
        help: "Part I of N of the cases, for a fleet; `slurm` takes both from the job array",
        unset: "all",
        verbs: &[Bench, Run, Verify],
        set: |options, text| {
            options.shard = Some(Shard::parse(text, |name| std::env::var(name).ok())?);
            Ok(())
        },
        get: |options| written(&options.shard),
    },
    OptionSpec {
        name: "window",
        old_name: None,
        letter: None,
        value: "DURATION",
        help: "Length of a window",
        unset: "as long as the slowest energy source needs, 0.1s without one",
        verbs: &[Bench, Best, Measure, Run, Selftest, Tune],
        set: |options, text| {
            options.window_s = Some(duration_s(text, WINDOW_RANGE)?);
            Ok(())
        },
        get: |options| options.window_s.map(seconds),
    },
    OptionSpec {
        name: "windows",
        old_name: None,
        letter: None,
        value: "COUNT",
        help: "Windows per case and round",
        unset: "as many as --until needs: 2 to 10 a round, 3 to 10 where there is one",
        verbs: &[Bench, Best, Run],
        set: |options, text| {
            options.windows = Some(count(text)?);
            Ok(())
        },
        get: |options| written(&options.windows),
    },
    OptionSpec {
        name: "until",
        old_name: None,
        letter: None,
        value: "PERCENT",
        help: "Precision at which a case has enough windows: its 95% interval, rounds being the replicates, reaches this \
               far on either side; what does not get there is marked",
        unset: "2%, unless --windows or --budget is given",
        verbs: &[Bench, Best, Run],
        set: |options, text| {
            options.until = Some(percentage(text)?);
            Ok(())
        },
        get: |options| options.until.map(|until| format!("{}%", 100.0 * until)),
    },
    OptionSpec {
        name: "dry-run",
        old_name: None,
        letter: None,
        value: "true|false",
        help: "Say how many cases and windows there are and when they would be over, and measure nothing",
        unset: "",
        verbs: &[Bench, Best, Run, Selftest, Tune, Verify],
        set: |options, text| {
            options.dry_run = text.parse().map_err(|_| "it must be true or false".to_string())?;
            Ok(())
        },
        get: |options| Some(options.dry_run.to_string()),
    },
    OptionSpec {
        name: "rounds",
        old_name: None,
        letter: None,
        value: "COUNT",
        help: "Rounds: each visits all cases in a fresh order",
        unset: "",
        verbs: &[Best, Run],
        set: |options, text| {
            options.rounds = count(text)?;
            Ok(())
        },
        get: |options| Some(options.rounds.to_string()),
    },
    OptionSpec {
        name: "budget",
        old_name: None,
        letter: None,
        value: "DURATION",
        help: "Time for the whole: windows, rounds and, if it must, cases are chosen to meet it",
        unset: "none",
        // Criterion plans its own windows, and `cargo bench` says so.
        verbs: &[Bench, Run, Selftest],
        set: |options, text| {
            options.budget_s = Some(duration_s(text, [(1.0, "1s"), (30.0 * 86400.0, "720h")])?);
            Ok(())
        },
        get: |options| options.budget_s.map(seconds),
    },
    OptionSpec {
        name: "timeout",
        old_name: None,
        letter: None,
        value: "DURATION",
        help: "Time that one wait for the device may take before it counts as hanging, which ends the run",
        unset: "",
        verbs: &[Bench, Best, Exec, Run, Selftest, Tune, Verify],
        set: |options, text| {
            options.timeout = Duration::from_secs_f64(duration_s(text, [(0.1, "100ms"), (86400.0, "24h")])?);
            Ok(())
        },
        get: |options| Some(seconds(options.timeout.as_secs_f64())),
    },
    OptionSpec {
        name: "seed",
        old_name: None,
        letter: None,
        value: "NUMBER",
        help: "Seed of the inputs and of the order of what is measured",
        unset: "",
        verbs: &[Bench, Best, Measure, Run, Selftest, Tune, Verify],
        set: |options, text| {
            options.seed = text
                .parse()
                .map_err(|_| "it must be a whole number from 0 to 2^64 - 1".to_string())?;
            Ok(())
        },
        get: |options| Some(options.seed.to_string()),
    },
    OptionSpec {
        name: "output",
        old_name: Some("out"),
        letter: Some('o'),
        value: "FOLDER",
        help: "Folder that gets a fresh run folder",
        unset: "",
        verbs: &[Bench, Best, Measure, Run, Selftest],
        set: |options, text| {
            if text.is_empty() {
                return Err("it must be a folder".into());
            }
            options.out = text.into();
            Ok(())
        },
        get: |options| Some(options.out.display().to_string()),
    },
    OptionSpec {
        name: "adapter",
        old_name: None,
        letter: None,
        value: "NUMBER|NAME",
        help: "GPU by number or part of its name, as `joulemark doctor` lists them",
        unset: "the first; for measure and watch all",
        verbs: &[Bench, Best, Doctor, Exec, Measure, Run, Selftest, Tune, Verify, Watch],
        set: |options, text| {
            options.adapter = Some(text.into());
            Ok(())
        },
        get: |options| options.adapter.clone(),
    },
    OptionSpec {
        name: "energy",
        old_name: None,
        letter: None,
        value: "SOURCE",
        help: "Energy source: auto, none, rapl, nvml, hwmon, perf, command:PROGRAM or file:PATH (any wattmeter), replay:RUN, or simulated[:period=20ms,power=100,…], \
               whose joules are made up and labelled so",
        unset: "",
        verbs: &[Bench, Best, Doctor, Measure, Run, Selftest, Tune, Watch],
        set: |options, text| {
            options.energy = text
                .parse()
                .map_err(|error: joulemark_energy::ChoiceError| error.to_string())?;
            Ok(())
        },
        get: |options| Some(options.energy.to_string()),
    },
    OptionSpec {
        name: "thermal-gate",
        old_name: None,
        letter: None,
        value: "off|flag|DURATION",
        help: "Windows that were throttled, or began more than 2 °C off their round's median: leave them be, flag them, \
               or repeat each once after a pause, as in 30s",
        unset: "",
        verbs: MEASURING,
        set: |options, text| {
            // Its own reader knows seconds with an `s` only.
            let pause = parse_duration_s(text).map_or_else(|_| text.into(), seconds);
            options.thermal_gate = pause.parse().map_err(|_| {
                "it must be off, flag, or the pause before a window is repeated, at most 10m, as in 30s".to_string()
            })?;
            Ok(())
        },
        get: |options| Some(options.thermal_gate.to_string()),
    },
    OptionSpec {
        name: "allow-estimates",
        old_name: None,
        letter: None,
        value: "true|false",
        help: "On a CPU adapter, estimate joules from CPU seconds: in columns of their own, and refused by the study",
        unset: "",
        verbs: &[Bench, Run],
        set: |options, text| {
            options.allow_estimates = text.parse().map_err(|_| "it must be true or false".to_string())?;
            Ok(())
        },
        get: |options| Some(options.allow_estimates.to_string()),
    },
    OptionSpec {
        name: "tuning",
        old_name: None,
        letter: None,
        value: "none|cache|FILE",
        help: "Variants of the kernels: the defaults of the adapter's class, those that `joulemark tune` found on this \
               adapter and driver, if it ran, or those in a file that it exported",
        unset: "",
        verbs: &[Bench, Best, Run, Selftest],
        set: |options, text| {
            options.tuning = text.parse()?;
            Ok(())
        },
        get: |options| Some(options.tuning.to_string()),
    },
];

fn read_into<T: FromStr<Err = String>>(value: &mut Option<T>, text: &str) -> Result<(), String> {
    *value = Some(text.parse()?);
    Ok(())
}

fn written(value: &Option<impl Display>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

fn seconds(seconds: f64) -> String {
    format!("{seconds}s")
}

#[cfg(test)]
mod tests {
    use super::{OPTIONS, find};
    use crate::options::Options;

    #[test]
    fn each_option_reads_its_own_text() {
        for spec in OPTIONS {
            let mut options = Options::default();
            if let Some(text) = (spec.get)(&options) {
                (spec.set)(&mut options, &text).unwrap();
                assert_eq!((spec.get)(&options), Some(text), "{}", spec.name);
            }
            assert!(!spec.default().is_empty() && !spec.verbs.is_empty(), "{}", spec.name);
        }
    }

    #[test]
    fn absurd_numbers_are_refused_with_the_range() {
        for (name, values, range) in [
            (
                "window",
                &["0", "-1", "NaN", "1e300", "31 years", "1e-9", "9h", ""][..],
                "from 1ms to 1h",
            ),
            (
                "windows",
                &["0", "-1", "4294967295", "18446744073709551615", "1.5"],
                "from 1 to 10000",
            ),
            ("rounds", &["0", "4294967295", "x"], "from 1 to 10000"),
            ("budget", &["0", "inf", "1e300", "10ms"], "from 1s to 720h"),
            ("timeout", &["0", "1e300", "-5"], "from 100ms to 24h"),
            ("seed", &["-1", "1e3", "18446744073709551616"], "from 0 to 2^64 - 1"),
            ("thermal-gate", &["11m", "soon", "1e300"], "at most 10m"),
        ] {
            let spec = find(name).unwrap();
            for value in values {
                let refusal = (spec.set)(&mut Options::default(), value).unwrap_err();
                assert!(refusal.contains(range), "{name} {value}: {refusal}");
            }
        }
    }

    #[test]
    fn durations_have_one_grammar() {
        let mut options = Options::default();
        for (name, text) in [
            ("window", "50ms"),
            ("budget", "9m"),
            ("timeout", "5"),
            ("thermal-gate", "1m"),
        ] {
            (find(name).unwrap().set)(&mut options, text).unwrap();
        }
        assert_eq!((options.window_s, options.budget_s), (Some(0.05), Some(540.0)));
        assert_eq!(
            (options.timeout.as_secs(), options.thermal_gate.to_string()),
            (5, "60s".into())
        );
    }
}
