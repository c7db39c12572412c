//! The timeline of one sensor. In: every reading with the moments before and after it. Out: ticks with
//! their energy, incidents, and raw rows for `ticks.csv`. No clock and no thread: a test can drive it by hand.

use crate::frozen::{Still, Stillness};
use crate::incident::Incident;
use crate::limit::{Bound, Limits};
use crate::power_limit::PowerLimit;
use crate::probe::Probed;
use crate::source::{Description, Fault};
use crate::step::{Step, judge, judge_power};
use crate::tick::TimelineTick;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_base::source_kind::SourceKind;
use joulemark_base::tick::Flag;
use joulemark_base::tick::Tick;
use joulemark_base::timestamp::Timestamp;
use joulemark_base::unit::energy_nj;
use std::collections::VecDeque;

/// Ticks kept per source: hours at the usual pace. Older ones are forgotten, and a window over them says so.
const KEPT_TICKS: usize = 1 << 20;
/// This many failed readings in a row mean that the sensor is gone.
const ERRORS_UNTIL_GONE: u32 = 5;

/// What a reading brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Observed {
    /// A new tick, whose moment is known to lie within so many seconds.
    Tick { width_s: f64 },
    /// The same value as before.
    Same,
    /// No reading.
    Failed,
}

/// All that is known of one sensor's past.
#[derive(Debug)]
pub struct Timeline {
    pub(crate) description: Description,
    pub(crate) ticks: VecDeque<TimelineTick>,
    pub(crate) incidents: Vec<Incident>,
    pub(crate) gone: Option<(Timestamp, String)>,
    pub(crate) last_read: Option<(Timestamp, Timestamp)>,
    pub(crate) read_errors: Vec<Timestamp>,
    pub(crate) wraps: Vec<Timestamp>,
    pub(crate) readings: u64,
    pub(crate) reading_s: f64,
    fresh: Vec<(Timestamp, Timestamp, Option<u64>, Flag)>,
    pub(crate) last_raw: u64,
    /// Whether the last reading was not to be believed.
    distrusted: bool,
    /// Since the first tick: raw units of a counter, nanojoules of a power sensor.
    pub(crate) total: u64,
    /// The incident of the stall that goes on.
    pub(crate) stalled: Option<usize>,
    pub(crate) errors_in_a_row: u32,
    limits: Limits,
    pub(crate) stillness: Stillness,
    /// Seconds from one tick that is caught to the next, as planned.
    pub(crate) step_s: f64,
    /// Whether the source says that its reading is a new one, be it the same number.
    pub(crate) is_new: bool,
    /// Whether the first ticks are no longer kept.
    pub(crate) forgot: bool,
}

impl Timeline {
    /// An empty timeline of the source with this description.
    #[must_use]
    pub fn new(description: Description) -> Self {
        Self {
            limits: Limits::of(&description),
            description,
            ticks: VecDeque::new(),
            incidents: Vec::new(),
            gone: None,
            last_read: None,
            read_errors: Vec::new(),
            wraps: Vec::new(),
            readings: 0,
            reading_s: 0.0,
            fresh: Vec::new(),
            last_raw: 0,
            distrusted: false,
            total: 0,
            stalled: None,
            errors_in_a_row: 0,
            stillness: Stillness::default(),
            step_s: 0.0,
            is_new: false,
            forgot: false,
        }
    }

    /// What the source is.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Takes over what watching the sensor has shown.
    pub(crate) fn set_probed(&mut self, probed: &Probed) {
        let description = &mut self.description;
        if let Some(period_s) = probed.period_s {
            description.update_period_s = period_s;
            description.period_measured = true;
        }
        if probed.stood_still && description.kind == SourceKind::Counter {
            self.add_note("did not move while it was watched");
        }
    }

    /// The source turned out to show the very counter of another.
    pub(crate) fn set_mirror_of(&mut self, original: &str) {
        self.description.role = Role::Listed;
        self.description.twin_of = Some(original.to_owned());
        self.add_note(&format!("shows the same counter as {original}: never added"));
    }

    fn add_note(&mut self, text: &str) {
        let note = &mut self.description.note;
        note.push_str(if note.is_empty() { "" } else { "; " });
        note.push_str(text);
    }

    /// The raw ticks since the last call.
    pub fn drain(&mut self) -> Vec<Tick> {
        let Description {
            id, unit, wrap_range, ..
        } = &self.description;
        let rows = self.fresh.drain(..).map(|(after_ns, time_ns, raw, flag)| Tick {
            source: id.clone(),
            after_ns,
            time_ns,
            raw,
            unit: *unit,
            range: *wrap_range,
            flag,
        });
        rows.collect()
    }

    /// Whether the limits of power should be read before this reading is judged: half a second has passed, or the reading
    /// needs more than the limits known so far allow.
    pub(crate) fn wants_limits(&self, now: Timestamp, reading: &Result<u64, Fault>) -> bool {
        self.limits.is_due(now) || reading.as_ref().is_ok_and(|raw| self.passes_the_bound(now, *raw))
    }

    /// Takes in the limits of power in force now.
    pub(crate) fn take_limits(&mut self, now: Timestamp, limits: Vec<PowerLimit>) {
        self.limits.take(now, limits);
    }

    fn passes_the_bound(&self, now: Timestamp, raw: u64) -> bool {
        let Some(last) = self.ticks.back() else { return false };
        let bound_w = self.bound_of_step(last.earliest, now).power_w;
        let unit = self.description.unit;
        match self.description.kind {
            SourceKind::Power => unit.to_base(raw) > bound_w,
            SourceKind::Counter => {
                let longest_s = now.seconds_since(last.earliest);
                raw > self.last_raw && unit.to_base(raw - self.last_raw) > bound_w * longest_s
            }
        }
    }

    fn bound_of_step(&self, from: Timestamp, to: Timestamp) -> Bound {
        self.limits.of_step(&self.description, from, to)
    }

    /// The most that is believed of a window's mean power.
    pub(crate) fn bound_of_window(&self, start: Timestamp, end: Timestamp) -> Bound {
        self.limits.of_window(&self.description, start, end)
    }

    /// Whether the sensor stood still for too long when it was last read.
    pub(crate) fn still(&self) -> Option<Still> {
        self.still_at(self.last_read?.1)
    }

    /// What the last digit of a power sensor is worth, in watts.
    pub(crate) fn digit_w(&self) -> f64 {
        self.stillness.digit_w(&self.description)
    }

    fn still_at(&self, now: Timestamp) -> Option<Still> {
        (self.description.quality != Quality::Simulated).then(|| self.stillness.judge(&self.description, now))?
    }

    /// Takes in one reading that began at `before` and ended at `after`.
    pub(crate) fn observe(&mut self, before: Timestamp, after: Timestamp, reading: Result<u64, Fault>) -> Observed {
        self.readings += 1;
        self.reading_s += after.seconds_since(before);
        let raw = match reading {
            Ok(raw) => raw,
            Err(fault) => return self.fail(after, &fault),
        };
        self.errors_in_a_row = 0;
        let earliest = self.earliest_change(after);
        let gone = self.gone.take();
        let observed = match (self.ticks.back().copied(), self.description.kind) {
            (None, _) => self.push(earliest, after, raw, Flag::Start),
            (Some(last), _) if gone.is_some() => {
                let text = gone.map_or_else(String::new, |(_, text)| text);
                self.spoil(last.earliest, after, Flag::Vanished, text);
                self.push(earliest, after, raw, Flag::Gap)
            }
            (Some(last), SourceKind::Counter) => self.observe_counter(last, earliest, after, raw),
            (Some(last), SourceKind::Power) => self.observe_power(last, earliest, after, raw),
        };
        self.last_read = Some((before, after));
        observed
    }

    /// A value that is new at `after` was not there at the last reading, nor earlier than one period ago.
    fn earliest_change(&self, after: Timestamp) -> Timestamp {
        let one_period_ago = after.minus_s(self.description.update_period_s);
        self.last_read
            .map_or(one_period_ago, |(before, _)| before.max(one_period_ago))
    }

    fn observe_counter(&mut self, last: TimelineTick, earliest: Timestamp, after: Timestamp, raw: u64) -> Observed {
        if raw == self.last_raw {
            self.watch_for_stall(last, after);
            return Observed::Same;
        }
        self.end_stall(after);
        let longest_s = after.seconds_since(last.earliest);
        let bound = self.bound_of_step(last.earliest, after);
        let flag = match judge(&self.description, &bound, (self.last_raw, raw), longest_s) {
            Step::Energy(step, flag) => {
                self.total += step;
                if flag == Flag::Wrap {
                    self.wraps.push(after);
                }
                flag
            }
            Step::Unknown(flag, text) => {
                self.spoil(last.earliest, after, flag, text);
                flag
            }
        };
        self.push(earliest, after, raw, flag)
    }

    /// Power times the time since the last tick, the reading standing for the time before it. A reading that does not
    /// change for one and a half periods has been confirmed, not lost: it is a tick of its own.
    fn observe_power(&mut self, last: TimelineTick, earliest: Timestamp, after: Timestamp, raw: u64) -> Observed {
        let period_s = self.description.update_period_s;
        let waited_s = after.seconds_since(last.latest);
        let confirmed = raw == self.last_raw;
        self.stillness.see(raw, after);
        if let Some(Still::Frozen(since, text)) = self.still_at(after) {
            self.stall(since, since, after, text);
            return Observed::Same;
        }
        self.end_stall(after);
        if confirmed && !self.is_new && waited_s < 1.5 * period_s {
            return Observed::Same;
        }
        let earliest = if confirmed && !self.is_new {
            after.minus_s(period_s).max(last.latest)
        } else {
            earliest
        };
        let bound = self.bound_of_step(last.latest, after);
        if let Some((flag, text)) = judge_power(&self.description, &bound, raw, waited_s) {
            self.spoil(last.earliest, after, flag, text);
            return self.push(earliest, after, raw, flag);
        }
        self.total += self.power_step_nj(last, earliest, after, raw);
        self.push(earliest, after, raw, Flag::Ok)
    }

    /// The energy from the middle of the last tick to that of the new one. Each reading is the mean over the sensor's
    /// look, which ends at the tick; between the middles of two looks the power is taken to go straight. A sensor of
    /// which no update is missed and which never looks away thus counts each reading for the time before it.
    pub(crate) fn power_step_nj(&self, last: TimelineTick, earliest: Timestamp, after: Timestamp, raw: u64) -> u64 {
        let middle_s = 0.5 * (earliest.seconds() + after.seconds());
        let step_s = (middle_s - last.mid_s()).max(0.0);
        let look_s = self.description.duty * self.description.update_period_s;
        let share = if self.distrusted || step_s <= look_s {
            1.0
        } else {
            0.5 + 0.5 * look_s / step_s
        };
        let unit = self.description.unit;
        let (old_nw, new_nw) = (unit.to_nano(self.last_raw), unit.to_nano(raw));
        let mean_nw = if old_nw == new_nw {
            new_nw
        } else {
            (old_nw as f64 * (1.0 - share) + new_nw as f64 * share) as u128
        };
        u64::try_from(energy_nj(mean_nw, (step_s * 1e9) as u64)).unwrap_or(u64::MAX)
    }

    /// What a stalled counter shows when it moves again came while it stood still.
    pub(crate) fn end_stall(&mut self, after: Timestamp) {
        if let Some(stall) = self.stalled.take() {
            self.incidents[stall].to = after;
        }
    }

    /// Energy since the first tick.
    fn total_energy_nj(&self) -> u128 {
        match self.description.kind {
            SourceKind::Counter => self.description.unit.to_nano(self.total),
            SourceKind::Power => u128::from(self.total),
        }
    }

    fn watch_for_stall(&mut self, last: TimelineTick, after: Timestamp) {
        let still_s = after.seconds_since(last.latest);
        if still_s < self.stall_after_s() {
            return;
        }
        let text = format!("the counter did not move for {still_s:.1} s");
        self.stall(last.earliest, last.latest, after, text);
    }

    /// The sensor stands still: its energy is unknown from `from` on, since when it may have been so.
    fn stall(&mut self, from: Timestamp, since: Timestamp, after: Timestamp, text: String) {
        if let Some(stall) = self.stalled {
            let incident = &mut self.incidents[stall];
            (incident.to, incident.text) = (after, text);
            return;
        }
        self.stalled = Some(self.incidents.len());
        self.spoil(from, after, Flag::Stall, text);
        self.note(since, after, Some(self.last_raw), Flag::Stall);
    }

    /// A counter that does not move for this long has stalled: ten periods, at least one second.
    pub(crate) fn stall_after_s(&self) -> f64 {
        (10.0 * self.description.update_period_s).max(1.0)
    }

    pub(crate) fn fail(&mut self, after: Timestamp, fault: &Fault) -> Observed {
        self.errors_in_a_row += 1;
        let gone = matches!(fault, Fault::Vanished(_)) || self.errors_in_a_row >= ERRORS_UNTIL_GONE;
        if gone && self.gone.is_none() {
            let since = self.last_read.map_or(after, |(before, _)| before);
            self.gone = Some((since, fault.to_string()));
            // What comes after is another incident.
            self.end_stall(after);
            self.note(since, after, None, Flag::Vanished);
        } else if !gone {
            self.read_errors.push(after);
            let since = self.last_read.map_or(after, |(before, _)| before);
            self.note(since, after, None, Flag::ReadError);
        }
        Observed::Failed
    }

    pub(crate) fn spoil(&mut self, from: Timestamp, to: Timestamp, flag: Flag, text: String) {
        self.incidents.push(Incident { from, to, flag, text });
    }

    pub(crate) fn push(&mut self, earliest: Timestamp, latest: Timestamp, raw: u64, flag: Flag) -> Observed {
        self.last_raw = raw;
        self.distrusted = flag.spoils();
        let tick = TimelineTick {
            earliest,
            latest,
            energy_nj: self.total_energy_nj(),
            power_w: if self.description.unit.is_energy() {
                0.0
            } else {
                self.description.unit.to_base(raw)
            },
        };
        // A tick whose moment is badly known serves only until one nearby is known better; the first stays, because
        // nothing else is known of the time before the second.
        let nearby_s = 1.5 * self.description.update_period_s;
        let superseded = |last: &TimelineTick| {
            last.half_s() > 2.0 * tick.half_s() && tick.latest.seconds_since(last.latest) < nearby_s
        };
        if self.description.kind == SourceKind::Counter
            && self.ticks.len() > 1
            && self.ticks.back().is_some_and(superseded)
        {
            self.ticks.pop_back();
        }
        self.ticks.push_back(tick);
        if self.ticks.len() > KEPT_TICKS {
            self.ticks.pop_front();
            self.forgot = true;
        }
        self.note(earliest, latest, Some(raw), flag);
        Observed::Tick {
            width_s: 2.0 * tick.half_s(),
        }
    }

    fn note(&mut self, after: Timestamp, time: Timestamp, raw: Option<u64>, flag: Flag) {
        self.fresh.push((after, time, raw, flag));
    }
}
