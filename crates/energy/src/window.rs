//! The energy of a window. In: a timeline and two moments. Out: joules and how far they may be off, or the
//! reason why nothing can be known.
//!
//! Between the first and the last tick inside the window the counter is exact. The two edges, each shorter than a
//! tick, are filled with the power that a line through the window's own ticks has there: the tick that straddles an
//! edge also contains what came before or after the window, so interpolating in it would be biased (by a sixth of a
//! tick's worth of the power step, on average). Windows of fewer than [`FEWEST_STEPS`] steps have no reliable line and are
//! interpolated, with all that the straddling ticks could hold as their uncertainty.

use crate::frozen::Still;
use crate::line::Line;
use crate::outlier;
use crate::source::Description;
use crate::step::seconds;
use crate::tick::TimelineTick;
use crate::timeline::Timeline;
use crate::uncertainty::Uncertainty;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_base::si::si;
use joulemark_base::source_kind::SourceKind;
use joulemark_base::tick::Flag;
use joulemark_base::timestamp::Timestamp;
use std::fmt;

/// Fewer steps between ticks than this do not tell the spread of the power.
const FEWEST_STEPS: usize = 8;

/// The energy of one source in one window.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measured {
    pub(crate) energy_j: f64,
    pub(crate) error: Uncertainty,
    /// What the row should say: a wrap that was corrected, a reading that failed and so on.
    pub(crate) remarks: Vec<String>,
    /// Why the value should be looked at twice.
    pub(crate) suspicions: Vec<String>,
}

/// Why a window has no energy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unknown {
    pub(crate) flag: Option<Flag>,
    pub(crate) text: String,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.flag {
            Some(flag) => write!(f, "{flag}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl Timeline {
    /// The energy between two moments.
    pub(crate) fn energy(&self, start: Timestamp, end: Timestamp) -> Result<Measured, Unknown> {
        self.check(start, end)?;
        let from = start.plus_s(self.description.lag_s + self.look_s());
        let first = self.ticks.partition_point(|tick| tick.earliest < from);
        let after = self.ticks.partition_point(|tick| tick.latest <= end);
        let inside: Vec<TimelineTick> = self.ticks.range(first.min(after)..after).copied().collect();
        let duration_s = end.seconds_since(start);
        if inside.len() < 2 {
            return Err(unknown(format!(
                "the {} {} in the window of {} ({}); use a longer window",
                if self.description.kind == SourceKind::Counter {
                    "counter ticked"
                } else {
                    "sensor was read"
                },
                if inside.is_empty() { "not once" } else { "only once" },
                seconds(duration_s),
                self.pace(),
            )));
        }
        let steps = Steps::of(&inside, &self.description);
        let start_gap_s = inside[0].mid_s() - start.seconds();
        let end_gap_s = end.seconds() - inside[inside.len() - 1].mid_s();
        let span_s = duration_s - start_gap_s - end_gap_s;
        let (energy_j, error) = if steps.power_w.len() >= FEWEST_STEPS && span_s >= 0.5 * duration_s {
            steps.extrapolate(start_gap_s, end_gap_s, &inside)
        } else {
            self.interpolate(&inside, first, after, start, end)?
        };
        let error = error.plus(self.quantisation()).plus(self.quantisation());
        let error = error.plus(self.digits(&steps.power_w, duration_s));
        let mut suspicions = self.suspicions(start, end, energy_j / duration_s);
        suspicions.extend(outlier::find(&steps.length_s, &steps.power_w, energy_j));
        Ok(Measured {
            energy_j,
            error,
            remarks: self.remarks(start, end),
            suspicions,
        })
    }

    /// How often the sensor updates, as far as anybody knows.
    fn pace(&self) -> String {
        let description = &self.description;
        let every = seconds(description.update_period_s);
        if description.lag_s > 0.0 {
            return format!("it updates every {every} and lags by {}", seconds(description.lag_s));
        }
        if description.period_measured {
            return format!("it updates every {every}");
        }
        match self.last_read {
            Some((at, _)) if self.ticks.len() < 2 => {
                format!(
                    "it has not changed since the meter opened {} before",
                    seconds(at.seconds())
                )
            }
            _ => format!("it updates every {every} by its documentation, more slowly as it seems"),
        }
    }

    /// Powers that the domain cannot draw, and readings that stand still.
    fn suspicions(&self, start: Timestamp, end: Timestamp, power_w: f64) -> Vec<String> {
        let mut suspicions = Vec::new();
        let bound = self.bound_of_window(start, end);
        if power_w > bound.power_w {
            suspicions.push(format!(
                "it drew {power_w:.0} W on average, where at most {bound} is plausible"
            ));
        }
        let (least_w, domain) = (self.description.least_w, self.description.domain);
        if power_w < least_w && self.description.quality != Quality::Simulated {
            suspicions.push(format!(
                "it drew {} on average, where a powered {domain} draws at least {least_w} W: is its unit another?",
                si(power_w, "W")
            ));
        }
        if let Some(Still::Doubtful(text)) = self.still() {
            suspicions.push(text);
        }
        suspicions
    }

    /// Whether the sensor has been read late enough for [`Timeline::energy`] to know all that it can know: a reading
    /// after the end, and, if the window's own ticks are too few to fill its edges, a tick after the end too.
    pub(crate) fn has_seen(&self, start: Timestamp, end: Timestamp) -> bool {
        let read_since = self.last_read.is_some_and(|(before, _)| before >= end);
        let inside = || self.ticks.iter().rev().take_while(|tick| tick.earliest >= start);
        self.gone.is_some()
            || self.ticks.back().is_some_and(|tick| tick.earliest >= end)
            || (read_since && inside().filter(|tick| tick.latest <= end).count() > 2 * FEWEST_STEPS)
    }

    fn check(&self, start: Timestamp, end: Timestamp) -> Result<(), Unknown> {
        if end <= start {
            return Err(unknown("the window does not end after it starts".to_owned()));
        }
        if let Some(incident) = self.incidents.iter().find(|incident| incident.touches(start, end)) {
            return Err(Unknown {
                flag: Some(incident.flag),
                text: incident.text.clone(),
            });
        }
        if let Some((since, text)) = &self.gone
            && *since < end
        {
            return Err(Unknown {
                flag: Some(Flag::Vanished),
                text: format!("the sensor gives no more readings: {text}"),
            });
        }
        if self.forgot && self.ticks.front().is_none_or(|tick| tick.earliest > start) {
            return Err(unknown(format!(
                "the first ticks of the window are no longer remembered (the last {} are kept)",
                self.ticks.len()
            )));
        }
        if self.ticks.front().is_none_or(|tick| tick.earliest >= end) {
            return Err(unknown("the sensor was not being read during the window".to_owned()));
        }
        let unread_s = self.last_read.map_or(0.0, |(before, _)| end.seconds_since(before));
        // What is only held against others is looked at rarely, and nobody waits for it.
        let rarely_s = if self.description.role == Role::Listed {
            2.0 * self.step_s
        } else {
            0.0
        };
        if unread_s > self.description.update_period_s.max(0.02).max(rarely_s) {
            return Err(unknown(format!(
                "the sensor was last read {} before the window ended",
                seconds(unread_s)
            )));
        }
        Ok(())
    }

    /// How long before its update a power sensor begins to look, so that a reading holds nothing older.
    fn look_s(&self) -> f64 {
        match self.description.kind {
            SourceKind::Counter => 0.0,
            SourceKind::Power => self.description.duty * self.description.update_period_s,
        }
    }

    /// Each end of a difference is cut to a whole unit of the counter.
    fn quantisation(&self) -> Uncertainty {
        match self.description.kind {
            SourceKind::Counter => Uncertainty::rectangle(0.5e-9 * self.description.unit.quantum_nano()),
            SourceKind::Power => Uncertainty::default(),
        }
    }

    /// Readings of power that are all alike may all be off by half of their last digit.
    fn digits(&self, power_w: &[f64], duration_s: f64) -> Uncertainty {
        let alike = power_w.windows(2).all(|pair| pair[0].to_bits() == pair[1].to_bits());
        let rounded = self.description.kind == SourceKind::Power && self.description.quality != Quality::Simulated;
        if alike && rounded {
            Uncertainty::rectangle(0.5 * self.digit_w() * duration_s)
        } else {
            Uncertainty::default()
        }
    }

    fn interpolate(
        &self,
        inside: &[TimelineTick],
        first: usize,
        after: usize,
        start: Timestamp,
        end: Timestamp,
    ) -> Result<(f64, Uncertainty), Unknown> {
        let (Some(before), Some(beyond)) = (
            first.checked_sub(1).map(|i| self.ticks[i]),
            self.ticks.get(after).copied(),
        ) else {
            return Err(unknown(format!(
                "only {} ticks lie in the window and none beyond its ends; use a longer window",
                inside.len()
            )));
        };
        let (first, last) = (inside[0], inside[inside.len() - 1]);
        let whole_j = energy_between(first, last);
        let inside_w = whole_j / (last.mid_s() - first.mid_s());
        let (start_j, start_error) = edge(before, first, first.mid_s() - start.seconds(), inside_w);
        let (end_j, end_error) = edge(last, beyond, end.seconds() - last.mid_s(), inside_w);
        Ok((whole_j + start_j + end_j, start_error.plus(end_error)))
    }

    fn remarks(&self, start: Timestamp, end: Timestamp) -> Vec<String> {
        let inside = |moments: &[Timestamp]| moments.iter().rev().filter(|at| start < **at && **at <= end).count();
        let mut remarks = Vec::new();
        let (wraps, errors) = (inside(&self.wraps), inside(&self.read_errors));
        if wraps > 0 {
            remarks.push(format!("the counter wrapped {wraps}x, corrected"));
        }
        if errors > 0 {
            remarks.push(format!("{errors} readings failed and were left out"));
        }
        remarks
    }
}

/// The part `length_s` of the step from `left` to `right`, in proportion, and as its error all that the step can hold. What
/// lies beyond the step has the power of the window's inside.
fn edge(left: TimelineTick, right: TimelineTick, length_s: f64, inside_w: f64) -> (f64, Uncertainty) {
    let step_s = right.mid_s() - left.mid_s();
    let step_j = energy_between(left, right);
    let share = (length_s / step_s).max(0.0);
    let most_j = step_j.max(inside_w * step_s);
    let energy_j = share.min(1.0) * step_j + (length_s - step_s).max(0.0) * inside_w;
    (energy_j, Uncertainty::rectangle(share.max(1.0 - share) * most_j))
}

fn energy_between(first: TimelineTick, last: TimelineTick) -> f64 {
    joulemark_base::unit::nano_to_base(last.energy_nj - first.energy_nj)
}

fn unknown(text: String) -> Unknown {
    Unknown { flag: None, text }
}

/// The steps between the ticks inside a window.
struct Steps {
    kind: SourceKind,
    /// Their lengths, from a regular clock where the sensor has one.
    length_s: Vec<f64>,
    /// The middles of the time that each power stands for.
    mid_s: Vec<f64>,
    power_w: Vec<f64>,
    /// The share of the time that the sensor was seen to look at.
    duty: f64,
}

impl Steps {
    fn of(inside: &[TimelineTick], description: &Description) -> Self {
        let pairs = || inside.windows(2);
        let seen_s: Vec<f64> = pairs().map(|pair| pair[1].mid_s() - pair[0].mid_s()).collect();
        let (kind, period_s, duty) = (description.kind, description.update_period_s, description.duty);
        if kind == SourceKind::Power {
            let look_s = duty * period_s;
            let mean_s = seen_s.iter().sum::<f64>() / seen_s.len() as f64;
            return Self {
                kind,
                length_s: seen_s,
                mid_s: inside[1..].iter().map(|tick| tick.mid_s() - 0.5 * look_s).collect(),
                power_w: inside[1..].iter().map(|tick| tick.power_w).collect(),
                duty: (look_s / mean_s).min(1.0),
            };
        }
        let half_s = inside.iter().map(TimelineTick::half_s).fold(0.0, f64::max);
        let length_s = regular(&seen_s, half_s, period_s).unwrap_or(seen_s);
        let power_w = pairs()
            .zip(&length_s)
            .map(|(pair, length_s)| energy_between(pair[0], pair[1]) / length_s)
            .collect();
        let mut at_s = inside[0].mid_s();
        let mid_s = length_s.iter().map(|length_s| {
            at_s += length_s;
            at_s - 0.5 * length_s
        });
        Self {
            kind,
            mid_s: mid_s.collect(),
            power_w,
            length_s,
            duty,
        }
    }

    /// The energy of the window and its error; see the README for the derivation.
    fn extrapolate(&self, start_gap_s: f64, end_gap_s: f64, inside: &[TimelineTick]) -> (f64, Uncertainty) {
        let duty = self.duty;
        let line = Line::through(&self.mid_s);
        let (first, last) = (inside[0], inside[inside.len() - 1]);
        let (start_at_s, end_at_s) = (first.mid_s() - 0.5 * start_gap_s, last.mid_s() + 0.5 * end_gap_s);
        let start_w = line.at(&self.mid_s, &self.power_w, start_at_s);
        let end_w = line.at(&self.mid_s, &self.power_w, end_at_s);
        let energy_j = energy_between(first, last) + start_gap_s * start_w + end_gap_s * end_w;

        let mean_length_s = self.length_s.iter().sum::<f64>() / self.length_s.len() as f64;
        let step_variance = line.residual_variance(&self.mid_s, &self.power_w) * mean_length_s * mean_length_s;
        let weights = self.mid_s.iter().zip(&self.length_s).map(|(mid_s, length_s)| {
            let edges = start_gap_s * line.weight(*mid_s, start_at_s) + end_gap_s * line.weight(*mid_s, end_at_s);
            1.0 + edges / length_s
        });
        let inner: f64 = weights
            .map(|weight| (weight - duty).powi(2) + duty * (1.0 - duty))
            .sum();
        let edges = duty * (start_gap_s.abs() + end_gap_s.abs()) / mean_length_s;
        let spread = Uncertainty::estimated(step_variance * (inner + edges), self.length_s.len() as f64 - 2.0);

        let span_s = last.mid_s() - first.mid_s();
        let stretch = 1.0 + (start_gap_s + end_gap_s) / span_s;
        let timing = match self.kind {
            SourceKind::Counter => counter_timing(inside, start_w, end_w, stretch),
            SourceKind::Power => self.power_timing(inside, start_w, end_w),
        };
        (energy_j, spread.plus(timing))
    }

    /// A reading of power lasts until the next: a moment that is wrong moves time from one reading to its neighbour,
    /// which changes the energy by their difference only.
    fn power_timing(&self, inside: &[TimelineTick], start_w: f64, end_w: f64) -> Uncertainty {
        let before = std::iter::once(start_w).chain(self.power_w.iter().copied());
        let after = self.power_w.iter().copied().chain(std::iter::once(end_w));
        let differences = before.zip(after).zip(inside);
        differences.fold(Uncertainty::default(), |error, ((before_w, after_w), tick)| {
            error.plus(Uncertainty::rectangle((after_w - before_w) * tick.half_s()))
        })
    }
}

/// A tick seen late lengthens one edge, and stretches the scale of time on which the power was found.
fn counter_timing(inside: &[TimelineTick], start_w: f64, end_w: f64, stretch: f64) -> Uncertainty {
    let (first, last) = (inside[0], inside[inside.len() - 1]);
    Uncertainty::rectangle(start_w * first.half_s() * stretch)
        .plus(Uncertainty::rectangle(end_w * last.half_s() * stretch))
}

/// The lengths on the sensor's own regular clock, if it has one: whole multiples of one period, as far as the moments
/// at which its ticks were seen can tell. This keeps the jitter of our looking out of the spread of the power.
fn regular(seen_s: &[f64], half_s: f64, period_s: f64) -> Option<Vec<f64>> {
    let counts: Vec<f64> = seen_s.iter().map(|length_s| (length_s / period_s).round()).collect();
    let total: f64 = counts.iter().sum();
    if counts.iter().any(|count| *count < 1.0) {
        return None;
    }
    let clock_s = seen_s.iter().sum::<f64>() / total;
    let tolerance_s = 2.0 * half_s + 0.02 * period_s;
    let fits = seen_s
        .iter()
        .zip(&counts)
        .all(|(length_s, count)| (length_s - count * clock_s).abs() <= tolerance_s);
    (fits && half_s < 0.25 * period_s).then(|| counts.iter().map(|count| count * clock_s).collect())
}
