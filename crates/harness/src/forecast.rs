//! What a measurement will take, told before its first window. In: options, the number of cases, the length of a window. Out:
//! a sentence with the number of windows, the time, and when it will be over.

use std::fmt;

use joulemark::rule::Rule;
use joulemark_base::duration::duration_text;
use joulemark_base::si::si;

use crate::devices;
use crate::error::Error;
use crate::options::{BETWEEN_WINDOWS, Options};
use crate::session;
use crate::session::Session;

/// Seconds to make a case ready, before anybody has seen it.
const READY_S: f64 = 0.5;

/// What lies ahead.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Cases to measure.
    pub cases: usize,
    /// Rounds over them.
    pub rounds: u32,
    /// Fewest and most windows per case and round.
    pub windows: [u32; 2],
    /// Seconds per window.
    pub window_s: f64,
    /// Seconds in all, if no case needs more than the fewest windows, and if all need the most.
    pub seconds: [f64; 2],
}

impl Forecast {
    /// Opens the meter to see how long a window has to be, and closes it again.
    ///
    /// # Errors
    /// As for a session: no adapter, no source of the name that was asked for.
    pub fn of(options: &Options, cases: usize) -> Result<Self, Error> {
        let window_s = window_s(options)?;
        Ok(Self::planned(
            options,
            options.rule(cases, window_s).as_ref(),
            cases,
            window_s,
        ))
    }

    /// The same for an open session.
    #[must_use]
    pub fn in_session(session: &Session, cases: usize) -> Self {
        let (options, window_s) = (session.options(), session.window_s());
        Self::planned(options, options.rule(cases, window_s).as_ref(), cases, window_s)
    }

    pub(crate) fn planned(options: &Options, rule: &dyn Rule, cases: usize, window_s: f64) -> Self {
        let windows = rule.windows();
        let rounds = options.rounds;
        let seconds = windows.map(|windows| {
            let windows_s = f64::from(rounds) * f64::from(windows) * window_s * BETWEEN_WINDOWS;
            let idle_s = f64::from(rounds + 1) * window_s;
            let all_s = cases as f64 * (windows_s + READY_S) + idle_s;
            options.budget_s.unwrap_or(all_s)
        });
        Self {
            cases,
            rounds,
            windows,
            window_s,
            seconds,
        }
    }
}

impl Forecast {
    /// The forecast of these cases, and of all in the suite that they are part of, where there are more: each kind of problem
    /// has a program of its own under `cargo bench`.
    #[must_use]
    pub(crate) fn among(&self, all: usize, suite: &str) -> String {
        if all <= self.cases {
            return self.to_string();
        }
        let share = all as f64 / self.cases.max(1) as f64;
        let [fewest, most] = self.seconds.map(|seconds| duration_text(share * seconds));
        let most = match fewest == most {
            true => String::new(),
            false => format!(" (at most {most})"),
        };
        format!("{self}\nsuite:   {suite}, {all} cases of all kinds, about {fewest}{most}")
    }
}

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [fewest, most] = self.windows;
        let windows = match (fewest, most) {
            (fewest, most) if fewest == most => fewest.to_string(),
            (fewest, most) => format!("{fewest} to {most}"),
        };
        write!(
            f,
            "cases:   {}, in {} round(s) of {windows} windows of {}, {}",
            self.cases,
            self.rounds,
            si(self.window_s, "s"),
            until(self.seconds[0])
        )?;
        if self.seconds[1] > 1.05 * self.seconds[0] {
            write!(f, " (at most {})", duration_text(self.seconds[1]))?;
        }
        Ok(())
    }
}

/// How long a window would be: opens the meter to see, and closes it again.
pub(crate) fn window_s(options: &Options) -> Result<f64, Error> {
    let (_, meter) = devices::open(options)?;
    Ok(session::bench(meter, options).window_s())
}

/// So many seconds from now, in words.
#[must_use]
pub fn until(seconds: f64) -> String {
    let end = jiff::Zoned::now().saturating_add(jiff::SignedDuration::from_secs_f64(seconds));
    format!("about {}, until {}", duration_text(seconds), end.strftime("%H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::Forecast;
    use crate::options::Options;

    #[test]
    fn windows_cases_and_the_end_are_told() {
        let options = Options::default();
        let forecast = Forecast::planned(&options, options.rule(10, 1.2).as_ref(), 10, 1.2);
        assert_eq!((forecast.rounds, forecast.windows), (3, [2, 10]));
        // 10 cases of 6 windows and half a second each, and four idle windows.
        assert!((forecast.seconds[0] - (10.0 * (6.0 * 1.2 * 1.1 + 0.5) + 4.8)).abs() < 1e-9);
        let text = forecast.to_string();
        assert!(
            text.starts_with("cases:   10, in 3 round(s) of 2 to 10 windows of 1.20 s, about 1 min 29 s, until "),
            "{text}"
        );
        assert!(text.contains("(at most "), "{text}");
    }
}
