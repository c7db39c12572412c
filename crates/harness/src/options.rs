//! The options of a measurement. In: what is asked for. Out: one typed value, and the rule that ends a case.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use joulemark::rule::Rule;
use joulemark::rule::precision::Precision;
use joulemark::rule::windows::Windows;
use joulemark_energy::{SourceChoice, ThermalGate};
use joulemark_records::Shard;

use crate::suite::scale::Scale;
use crate::tune::TuningChoice;

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
    /// Windows per case and round; `None` takes as many as the precision needs.
    pub windows: Option<u32>,
    /// Half the width of the 95% interval over its value at which a case has enough windows; `None` takes
    /// 2%, unless a budget or a number of windows is given.
    pub until: Option<f64>,
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
    /// Seconds that a suite is to be over in where nobody asks for a precision.
    pub patience_s: f64,
    /// Whether only to say what would be measured and how long that would take.
    pub dry_run: bool,
    /// What follows from these, by name, for the manifest.
    pub notes: BTreeMap<&'static str, String>,
}

/// A window and what passes until the next begins, over the window.
pub const BETWEEN_WINDOWS: f64 = 1.1;
/// The precision that a case is measured to where nobody says otherwise.
const PRECISION: f64 = 0.02;
/// Seconds after which nobody waits for windows that were not asked for.
const PATIENCE_S: f64 = 1200.0;
/// Seconds for the suite `quick`: it is there to be over within a minute.
const QUICK_S: f64 = 50.0;

impl Default for Options {
    fn default() -> Self {
        Self {
            suite: "default".into(),
            scale: None,
            shard: None,
            window_s: None,
            windows: None,
            until: None,
            rounds: 3,
            seed: 1,
            out: PathBuf::from("results"),
            adapter: None,
            energy: SourceChoice::Auto,
            budget_s: None,
            timeout: joulemark_gpu::Gpu::TIMEOUT,
            thermal_gate: ThermalGate::default(),
            allow_estimates: false,
            tuning: TuningChoice::default(),
            patience_s: PATIENCE_S,
            dry_run: false,
            notes: Default::default(),
        }
    }
}

impl Options {
    /// When one of so many cases has enough windows of this length. Where nobody asks for a precision or a number, windows
    /// beyond the fewest have to fit into the time that a person waits.
    pub fn rule(&self, cases: usize, window_s: f64) -> Box<dyn Rule> {
        if let Some(windows) = self.windows {
            return Box::new(Windows(windows));
        }
        let mut precision = self.precision();
        if self.until.is_none() {
            let each_s = cases.max(1) as f64 * f64::from(self.rounds) * BETWEEN_WINDOWS * window_s;
            let fitting = (self.patience_s / each_s) as u32;
            precision.most = fitting.clamp(precision.fewest, precision.most);
        }
        Box::new(precision)
    }

    /// The precision that is asked for.
    pub fn precision(&self) -> Precision {
        Precision::within(self.until.unwrap_or(PRECISION), self.rounds)
    }

    /// The same, if anybody asks for it: with a number of windows, or a budget and nothing else, the windows are as precise
    /// as they are.
    pub fn asked_precision(&self) -> Option<Precision> {
        let decides = self.windows.is_none() && (self.budget_s.is_none() || self.until.is_some());
        decides.then(|| self.precision())
    }

    /// These options, with what the suite itself asks for: `quick` is over within a minute, however slow the sensor is.
    #[must_use]
    pub(crate) fn of_suite(&self) -> Self {
        let mut options = self.clone();
        if options.suite == "quick" && options.budget_s.is_none() && options.windows.is_none() {
            options.budget_s = Some(QUICK_S);
            options.until = options.until.or(Some(PRECISION));
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn windows_that_nobody_asked_for_fit_into_the_time_that_a_person_waits() {
        let mut options = Options::default();
        for (cases, windows) in [(4, [2, 10]), (60, [2, 5]), (106, [2, 2]), (5000, [2, 2])] {
            assert_eq!(options.rule(cases, 1.2).windows(), windows, "{cases} cases");
        }
        options.until = Some(0.02);
        assert_eq!(
            options.rule(106, 1.2).windows(),
            [2, 10],
            "whoever asks for a precision waits for it"
        );
        options.windows = Some(7);
        assert_eq!(options.rule(106, 1.2).windows(), [7, 7]);
    }
}
