//! What a run has cost so far, all of it: preparing, verifying, failing and idling included (the accounting of Schwartz et
//! al. 2020, "Green AI"). In: the totals of an earlier part, and seconds as they are spent. Out: the manifest's totals.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Instant;

use joulemark_base::duration::duration_text;
use joulemark_base::si::percent;
use joulemark_base::timestamp::Timestamp;
use joulemark_energy::Meter;
use joulemark_records::Totals;

/// What the wall time of a run went into, as the manifest's totals call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Windows that have a row.
    Windows,
    /// Idle windows.
    Idle,
    /// For another phase of part-time sensors, for a sensor's next tick, for the thermal gate; and windows that were repeated.
    Waiting,
    WarmUp,
    /// Composing, compiling, allocating.
    Compile,
    Inputs,
    /// Upload, one iteration, download.
    FirstRun,
    /// The reference, and the comparison with it.
    Verification,
    Writing,
    /// Adapter, sensors, run folder.
    Opening,
}

impl Part {
    const ALL: [(Self, &'static str, &'static str); 10] = [
        (Self::Windows, "windows_s", "windows"),
        (Self::Idle, "idle_s", "idle windows"),
        (Self::Waiting, "waiting_s", "waiting for sensors"),
        (Self::WarmUp, "warm_up_s", "warm-up"),
        (Self::Compile, "compile_s", "compiling"),
        (Self::Inputs, "inputs_s", "inputs"),
        (Self::FirstRun, "first_run_s", "first run"),
        (Self::Verification, "verification_s", "verification"),
        (Self::Writing, "writing_s", "writing"),
        (Self::Opening, "opening_s", "opening"),
    ];

    fn name(self) -> &'static str {
        Self::ALL
            .into_iter()
            .find(|(part, ..)| *part == self)
            .map_or("", |(_, name, _)| name)
    }
}

/// Where the wall time of a run went: a line per part, the largest first, with its share.
#[must_use]
pub fn where_the_time_went(totals: &Totals) -> String {
    let Some(wall_s) = totals.wall_s.filter(|wall_s| *wall_s > 0.0) else {
        return String::new();
    };
    let of = |name: &str| totals.parts.get(name).copied().unwrap_or(0.0);
    let mut parts: Vec<(&str, f64)> = Part::ALL.iter().map(|(_, name, label)| (*label, of(name))).collect();
    let known_s: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
    parts.push(("the rest", (wall_s - known_s).max(0.0)));
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut text = format!("where {} went:\n", duration_text(wall_s));
    for (label, seconds) in parts {
        let _ = writeln!(
            text,
            "  {label:<20} {:>9}  {:>6}",
            duration_text(seconds),
            percent(seconds / wall_s)
        );
    }
    text
}

/// Seconds by part, before there is a run that they belong to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts(BTreeMap<&'static str, f64>);

impl Parts {
    /// Does something, and takes its time.
    pub(crate) fn time<T>(&mut self, part: Part, work: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let result = work();
        *self.0.entry(part.name()).or_default() += begin.elapsed().as_secs_f64();
        result
    }

    pub(crate) fn of(&self, part: Part) -> f64 {
        self.0.get(part.name()).copied().unwrap_or(0.0)
    }
}

/// The cost of a run.
pub(crate) struct Spent {
    /// When this part of the run began, before anything was opened.
    clock: Instant,
    /// The same on the meter's clock, from when on joules are counted.
    began: Timestamp,
    before: Totals,
}

impl Spent {
    /// `before` is what earlier parts have cost.
    pub(crate) fn new(clock: Instant, began: Timestamp, before: Totals) -> Self {
        Self { clock, began, before }
    }

    /// The part before was killed: its time is known from its marks, its joules are not.
    pub(crate) fn was_killed_after(&mut self, seconds: f64) {
        self.before.wall_s = Some(seconds);
        (self.before.device_energy_j, self.before.host_energy_j) = (None, None);
    }

    /// Seconds of this part so far.
    pub(crate) fn elapsed_s(&self) -> f64 {
        self.clock.elapsed().as_secs_f64()
    }

    /// Seconds of the parts before, as far as they are known.
    pub(crate) fn before_s(&self) -> f64 {
        self.before.wall_s.unwrap_or(0.0)
    }

    /// Adds seconds to a part of the cost.
    pub(crate) fn add(&mut self, part: Part, seconds: f64) {
        *self.before.parts.entry(part.name().into()).or_default() += seconds;
    }

    /// The same for several.
    pub(crate) fn add_all(&mut self, parts: &Parts) {
        for (name, seconds) in &parts.0 {
            *self.before.parts.entry((*name).into()).or_default() += seconds;
        }
    }

    /// Puts a number beside the parts; its unit is in its name.
    pub(crate) fn note(&mut self, name: &str, value: f64) {
        self.before.parts.insert(name.into(), value);
    }

    /// The totals. An energy that is unknown in one part is unknown.
    pub(crate) fn totals(&self, meter: &Meter) -> Totals {
        let total = meter.measure(self.began, meter.now());
        let first = self.before.wall_s.is_none();
        let sum = |before: Option<f64>, now: Option<f64>| if first { now } else { Some(before? + now?) };
        Totals {
            wall_s: Some(self.before_s() + self.elapsed_s()),
            device_energy_j: sum(self.before.device_energy_j, total.device.energy_j),
            host_energy_j: sum(self.before.host_energy_j, total.host.energy_j),
            ..self.before.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use joulemark_records::Totals;

    use super::where_the_time_went;

    #[test]
    fn what_no_part_tells_is_the_rest() {
        let totals = Totals {
            wall_s: Some(100.0),
            parts: [("windows_s".to_string(), 72.0), ("idle_s".to_string(), 8.0)].into(),
            ..Totals::default()
        };
        let text = where_the_time_went(&totals);
        let lines: Vec<_> = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            lines[..4],
            [
                "where 1 min 40 s went:",
                "windows 1 min 12 s 72.0%",
                "the rest 20 s 20.0%",
                "idle windows 8.0 s 8.0%"
            ]
        );
        assert_eq!(where_the_time_went(&Totals::default()), "");
    }
}
