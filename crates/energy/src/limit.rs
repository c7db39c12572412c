//! Limits of power that a chip tells of itself, over time. In: what each read of the limits showed. Out: the
//! bounds that a step, or a whole window, is held against: those in force at its own time, with the name of their source.

use crate::power_limit::PowerLimit;
use crate::source::Description;
use joulemark_base::timestamp::Timestamp;
use std::fmt;

/// A step of a counter may draw so many times a limit: controllers average over milliseconds to seconds.
const STEP_SLACK: f64 = 1.5;
/// The mean of a window may draw so many times the limit in force …
const WINDOW_SLACK: f64 = 1.2;
/// … and so many times the critical one.
const CRITICAL_SLACK: f64 = 1.1;
/// The limits are read again after so many seconds.
const REREAD_S: f64 = 0.5;

/// The most that is believed, and why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bound {
    pub(crate) power_w: f64,
    reason: String,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} W ({})", self.power_w, self.reason)
    }
}

/// The limits of one source over time.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// From each moment on these hold; only changes are kept.
    changes: Vec<(Timestamp, Vec<PowerLimit>)>,
    read_at: Option<Timestamp>,
}

impl Limits {
    /// What is known at opening.
    pub(crate) fn of(description: &Description) -> Self {
        let known = description
            .power_limit_w
            .map(|limit_w| PowerLimit::in_force(limit_w, "its power limit"));
        Self {
            changes: vec![(Timestamp::default(), known.into_iter().collect())],
            read_at: None,
        }
    }

    /// Whether the limits should be read again.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.read_at
            .is_none_or(|read_at| now.seconds_since(read_at) >= REREAD_S)
    }

    /// Takes in what the limits are now.
    pub(crate) fn take(&mut self, now: Timestamp, limits: Vec<PowerLimit>) {
        let limits: Vec<PowerLimit> = limits.into_iter().filter(|limit| limit.limit_w > 0.0).collect();
        if self.read_at.is_none() {
            self.changes.clear();
            self.changes.push((Timestamp::default(), limits));
        } else if self.changes.last().is_none_or(|(_, last)| *last != limits) {
            self.changes.push((now, limits));
        }
        self.read_at = Some(now);
    }

    /// The most that a step of a counter, or a reading of power, between these moments may have drawn.
    pub(crate) fn of_step(&self, description: &Description, from: Timestamp, to: Timestamp) -> Bound {
        self.bound(description, from, to, STEP_SLACK, STEP_SLACK)
    }

    /// The most that a window may have drawn on average.
    pub(crate) fn of_window(&self, description: &Description, from: Timestamp, to: Timestamp) -> Bound {
        self.bound(description, from, to, WINDOW_SLACK, CRITICAL_SLACK)
    }

    /// Of several limits in force at one time the loosest holds (a burst may pass the sustained one), of several times the
    /// loosest too (the change may have come at any moment); the critical ones bound in their own right.
    fn bound(&self, description: &Description, from: Timestamp, to: Timestamp, slack: f64, critical: f64) -> Bound {
        let from = from.minus_s(description.lag_s + REREAD_S);
        let first = self
            .changes
            .partition_point(|(since, _)| *since <= from)
            .saturating_sub(1);
        let held = self.changes[first..].iter().filter(|(since, _)| *since <= to);
        let loosest = |critical: bool| {
            let of_each = held.clone().map(|(_, limits)| {
                let limits = limits.iter().filter(|limit| limit.critical == critical);
                limits.max_by(|a, b| a.limit_w.total_cmp(&b.limit_w))
            });
            let of_each: Option<Vec<&PowerLimit>> = of_each.collect();
            of_each?.into_iter().max_by(|a, b| a.limit_w.total_cmp(&b.limit_w))
        };
        let bounds = [(loosest(false), slack), (loosest(true), critical)]
            .into_iter()
            .filter_map(|(limit, slack)| {
                limit.map(|limit| Bound {
                    power_w: slack * limit.limit_w,
                    reason: format!("{slack} times the {:.0} W of {}", limit.limit_w, limit.origin),
                })
            });
        bounds
            .min_by(|a, b| a.power_w.total_cmp(&b.power_w))
            .unwrap_or_else(|| Bound {
                power_w: description.most_w,
                reason: format!("the chip tells no limit, and no {} draws more", description.domain),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use joulemark_base::{domain::Domain, role::Role, unit::Unit};

    fn at(seconds: f64) -> Timestamp {
        Timestamp::from_s(seconds)
    }

    #[test]
    fn the_limit_of_that_time_holds_and_the_tightest_of_two_kinds() {
        let board = Description::new("gpu", "gpu", Domain::Board, Unit::Milliwatt, Role::Device);
        let mut limits = Limits::of(&board);
        assert!(
            limits
                .of_step(&board, at(0.0), at(1.0))
                .to_string()
                .contains("tells no limit")
        );
        limits.take(at(0.0), vec![PowerLimit::in_force(25.0, "enforced")]);
        assert!(!limits.is_due(at(0.1)) && limits.is_due(at(0.6)));
        limits.take(
            at(1.0),
            vec![
                PowerLimit::in_force(50.0, "enforced"),
                PowerLimit::critical(60.0, "crit"),
            ],
        );
        let bound = |from, to| limits.of_step(&board, at(from), at(to)).power_w;
        assert_eq!(bound(0.2, 0.4), 37.5);
        // A step across the change, or just after it, may have been drawn under either.
        assert_eq!((bound(0.9, 1.1), bound(1.2, 1.3), bound(2.0, 3.0)), (75.0, 75.0, 75.0));
        let window = limits.of_window(&board, at(2.0), at(3.0));
        assert_eq!(window.to_string(), "60 W (1.2 times the 50 W of enforced)");
    }
}
