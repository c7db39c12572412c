//! Joules in anybody's `criterion_group!`. In: Criterion's samples, by `iter`, `iter_batched` or `iter_custom`. Out: time as
//! Criterion's number with joules beside it, or joules as the number, with all that Criterion makes of it.

mod busy;
mod report;
mod sample;
mod unit;

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use criterion::Criterion;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use joulemark_base::duration::duration_text;

use self::busy::Busy;
use self::unit::InJoules;
use crate::bench::Bench;
pub use sample::Sample;

/// Samples that Criterion takes, at least.
const SAMPLES: u32 = 10;
/// With ten samples of rising length (1, 2 … 10 parts of 55) the shortest has three ticks in so many.
const TICKS: f64 = 165.0;

/// What Criterion's number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Time,
    Joules,
}

/// A measurement for [`Criterion::with_measurement`]. Sensors are opened by the first benchmark that runs.
pub struct Joules {
    number: Number,
    /// Whether benchmarks are measured, and not listed or tested.
    measures: bool,
    bench: RefCell<Option<Bench>>,
    readings: RefCell<Vec<Reading>>,
    opened: std::time::SystemTime,
    said: Cell<bool>,
    /// When the benchmarked code ran lately.
    busy: RefCell<Busy>,
    /// Whether the sample at hand was timed by [`start`](Measurement::start) and [`end`](Measurement::end).
    timed: Cell<bool>,
    /// Whether the numbers are joules: never both in one run, so the first sample decides.
    counts: Cell<Option<bool>>,
}

/// A sample and its joules.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// The number that Criterion got.
    number: f64,
    row: joulemark_records::Row,
    ends: (
        joulemark_base::timestamp::Timestamp,
        joulemark_base::timestamp::Timestamp,
    ),
}

impl Joules {
    /// Time stays Criterion's number. Joules are told when all benchmarks are over, and written below `results` (or
    /// `JOULEMARK_OUTPUT`) as rows that `joulemark analyze` reads.
    #[must_use]
    pub fn beside_time() -> Self {
        Self::new(Number::Time)
    }

    /// Joules are Criterion's number: its intervals, baselines, changes and reports speak of them. Where no sensor is found
    /// time is the number, which is said.
    #[must_use]
    pub fn as_number() -> Self {
        Self::new(Number::Joules)
    }

    fn new(number: Number) -> Self {
        let has = |flag: &str| std::env::args().any(|argument| argument.split('=').next() == Some(flag));
        Self {
            number,
            measures: has("--bench") && !["--test", "--list", "--profile-time"].into_iter().any(has),
            bench: RefCell::default(),
            readings: RefCell::default(),
            opened: std::time::SystemTime::now(),
            said: Cell::new(false),
            busy: RefCell::default(),
            timed: Cell::new(false),
            counts: Cell::new(None),
        }
    }

    /// Measures with this bench, and not with the CPU's sensors.
    #[must_use]
    pub fn with_bench(self, bench: Bench) -> Self {
        *self.bench.borrow_mut() = Some(bench);
        self
    }

    /// A Criterion with this measurement, whose samples fit the sensor: ten of them, the shortest of three ticks. Joules as the
    /// number have a folder of their own, `criterion/joules` or `criterion/joules-simulated`, so that no run is compared with
    /// the seconds of another, nor what was measured with what was made up.
    #[must_use]
    pub fn criterion(self) -> Criterion<Self> {
        let fitting_s = if self.measures {
            self.with(Self::fitting_s)
        } else {
            None
        };
        let are_joules = self.number == Number::Joules && fitting_s.is_some();
        let kind = match are_joules && self.are_made_up() {
            true => "joules-simulated",
            false => "joules",
        };
        let mut criterion = Criterion::default().with_measurement(self);
        if are_joules {
            criterion = criterion.output_directory(&report::criterion_folder().join(kind));
        }
        match fitting_s {
            Some([warm_up_s, measurement_s]) => criterion
                .sample_size(SAMPLES as usize)
                .warm_up_time(Duration::from_secs_f64(warm_up_s))
                .measurement_time(Duration::from_secs_f64(measurement_s)),
            None => criterion,
        }
    }

    /// Whether the joules are simulated or replayed.
    fn are_made_up(&self) -> bool {
        self.with(|bench| {
            let sources = &bench.meter().inventory().sources;
            sources.iter().any(|entry| !entry.description.quality.is_measured())
        })
    }

    /// Seconds of warm-up and of measurement that fit the slowest sensor.
    fn fitting_s(bench: &mut Bench) -> Option<[f64; 2]> {
        let tick_s = bench.meter().window_s()? / 12.0;
        Some([bench.window_s(), TICKS * tick_s])
    }

    /// The bench, opened if this is the first that needs it.
    fn with<T>(&self, then: impl FnOnce(&mut Bench) -> T) -> T {
        let mut bench = self.bench.borrow_mut();
        let open = bench.get_or_insert_with(|| Bench::cpu().unwrap_or_else(|error| panic!("{error}")));
        if open.last_idle().is_none() {
            open.idle();
        }
        then(open)
    }

    fn counts_joules(&self) -> bool {
        self.counts.get().unwrap_or(false)
    }

    /// Mean power of the samples whose joules are known, or idle power before there is one.
    fn watts(&self) -> Option<f64> {
        let readings = self.readings.borrow();
        let known = readings
            .iter()
            .filter_map(|reading| reading.row.device.energy_j.zip(reading.row.wall_s));
        let (joules, seconds) = known.fold((0.0, 0.0), |(j, s), (energy_j, wall_s)| (j + energy_j, s + wall_s));
        if seconds > 0.0 {
            return Some(joules / seconds);
        }
        self.with(|bench| bench.last_idle()?.device().map(|power| power.power_w))
    }

    /// Reads the energy of a sample.
    fn read(&self, sample: &Sample) -> f64 {
        let Some((first, last)) = sample.ends() else { return 0.0 };
        let nanos = 1e9 * sample.busy_s();
        if !self.timed.replace(false) {
            // `iter_custom` tells of its time only here.
            self.busy.borrow_mut().add(first, last);
        }
        let window_s = self.with(|bench| bench.window_s());
        let busy_share = self.busy.borrow_mut().share(last, window_s);
        let (row, ends) = self.with(|bench| sample.row(bench, first, last, busy_share));
        let is_short = [&row.reason, &row.device.reason]
            .into_iter()
            .any(|reason| reason.starts_with(sample::SHORT));
        if is_short && !self.said.replace(true) {
            self.with(|bench| tell_lines(bench, sample.busy_s()));
        }
        let joules = row.device.energy_j;
        // A sample that an incident robbed of its joules has the others' power; its row says that it has none.
        let instead = joules.or_else(|| Some(self.watts()? * sample.busy_s()));
        if self.counts.get().is_none() {
            self.counts
                .set(Some(self.number == Number::Joules && instead.is_some()));
        }
        if joules.is_none() && !self.said.replace(true) {
            let number = match self.counts_joules() {
                true => " (Criterion's number of such a sample is its time at the mean power so far)",
                false => "",
            };
            eprintln!("\njoules are not measured{number}: {}", row.device.reason);
        }
        let number = match instead.filter(|_| self.counts_joules()) {
            Some(joules) => 1e9 * joules.max(1e-12),
            None => nanos,
        };
        self.readings.borrow_mut().push(Reading { number, row, ends });
        number
    }
}

/// What to change where samples are shorter than the sensor's tick.
fn tell_lines(bench: &mut Bench, sample_s: f64) {
    let Some([warm_up_s, measurement_s]) = Joules::fitting_s(bench) else {
        return;
    };
    let tick_s = bench.meter().window_s().unwrap_or(0.0) / 12.0;
    eprintln!(
        "\nsamples of {} are shorter than the sensor needs (it ticks every {}): their joules are the mean power since {} before \
         them, times their time, and unknown where the code ran in less than half of that (where joules are the number, it is then \
         the time at the mean power so far). For joules of their own, take `joulemark::criterion::Joules::….criterion()` as the \
         config, or change these lines:\n    .sample_size({SAMPLES})\n    \
         .warm_up_time(std::time::Duration::from_secs_f64({warm_up_s:.1}))\n    \
         .measurement_time(std::time::Duration::from_secs_f64({measurement_s:.1}))",
        joulemark_base::si::si(sample_s, "s"),
        joulemark_base::si::si(tick_s, "s"),
        duration_text(bench.window_s()),
    );
}

impl Measurement for Joules {
    type Intermediate = Instant;
    type Value = Sample;

    fn start(&self) -> Instant {
        if self.measures {
            self.with(|bench| sample::set_busy(bench.meter(), true));
        }
        Instant::now()
    }

    fn end(&self, start: Instant) -> Sample {
        let end = Instant::now();
        if self.measures {
            self.with(|bench| sample::set_busy(bench.meter(), false));
            self.busy.borrow_mut().add(start, end);
            self.timed.set(true);
        }
        Sample::between(start, end)
    }

    fn add(&self, first: &Sample, second: &Sample) -> Sample {
        first.and(second)
    }

    fn zero(&self) -> Sample {
        // Criterion asks for this before it takes the time: the sensors are opened outside of it.
        if self.measures {
            self.with(|_| ());
        }
        Sample::default()
    }

    fn to_f64(&self, sample: &Sample) -> f64 {
        if self.measures {
            self.read(sample)
        } else {
            1e9 * sample.busy_s()
        }
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        if self.counts_joules() {
            match self.are_made_up() {
                true => &InJoules { made_up: true },
                false => &InJoules { made_up: false },
            }
        } else {
            WallTime.formatter()
        }
    }
}

impl Drop for Joules {
    fn drop(&mut self) {
        let readings = std::mem::take(&mut *self.readings.borrow_mut());
        if let Some(bench) = self.bench.borrow_mut().as_mut()
            && !readings.is_empty()
        {
            report::tell(bench, readings, self.opened);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use criterion::{BatchSize, Criterion, SamplingMode};
    use joulemark_energy::{DeviceIdentity, Request};

    use super::{Joules, Number, Sample};
    use crate::bench::Bench;
    use crate::settings::Settings;

    /// Criterion's own mean of a benchmark, by the file that it wrote.
    fn mean(folder: &std::path::Path, id: &str) -> f64 {
        let text = std::fs::read_to_string(folder.join(id).join("new/estimates.json")).unwrap();
        let estimates: serde_json::Value = serde_json::from_str(&text).unwrap();
        estimates["mean"]["point_estimate"].as_f64().unwrap()
    }

    fn criterion(number: Number, energy: &str, folder: &std::path::Path) -> Criterion<Joules> {
        let request = Request::new(DeviceIdentity::cpu(), energy.parse().unwrap());
        let mut joules = Joules::new(number);
        joules.measures = true;
        let bench = Bench::open(&request, &Settings::default()).unwrap();
        let criterion = joules.with_bench(bench).criterion();
        criterion.output_directory(folder).nresamples(1000).without_plots()
    }

    fn nap() {
        std::thread::sleep(Duration::from_millis(5));
    }

    #[test]
    fn joules_are_the_number_by_each_way_to_iterate() {
        let folder = tempfile::tempdir().unwrap();
        let mut criterion = criterion(Number::Joules, "simulated:period=2ms,power=100,idle=100", folder.path());
        criterion.bench_function("iter", |bencher| bencher.iter(nap));
        criterion.bench_function("custom", |bencher| {
            bencher.iter_custom(|n| Sample::timed(|| (0..n).for_each(|_| nap())));
        });
        criterion.bench_function("batched", |bencher| {
            bencher.iter_batched(|| (), |()| nap(), BatchSize::SmallInput);
        });
        for id in ["iter", "custom", "batched"] {
            // 100 W for 5 ms are 0.5 J, and a little more where sleeps end late on a busy machine.
            let joules = 1e-9 * mean(folder.path(), id);
            assert!((0.5..1.0).contains(&joules), "{id}: {joules} J");
        }
    }

    #[test]
    fn samples_shorter_than_a_tick_have_joules_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let criterion = criterion(
            Number::Joules,
            "simulated:period=50ms,power=100,idle=100",
            folder.path(),
        );
        let mut criterion = criterion
            .warm_up_time(Duration::from_millis(700))
            .measurement_time(Duration::from_millis(200));
        let mut group = criterion.benchmark_group("short");
        group.sampling_mode(SamplingMode::Flat);
        group.bench_function("nap", |bencher| bencher.iter(nap));
        group.finish();
        let joules = 1e-9 * mean(folder.path(), "short/nap");
        assert!((0.45..1.0).contains(&joules), "{joules} J");
    }

    #[test]
    fn time_is_the_number_beside_joules_and_where_there_are_none() {
        for (number, energy) in [(Number::Time, "simulated:period=2ms"), (Number::Joules, "none")] {
            let folder = tempfile::tempdir().unwrap();
            let mut criterion = criterion(number, energy, folder.path())
                .sample_size(10)
                .warm_up_time(Duration::from_millis(50))
                .measurement_time(Duration::from_millis(200));
            criterion.bench_function("nap", |bencher| bencher.iter(nap));
            let seconds = 1e-9 * mean(folder.path(), "nap");
            assert!((0.005..0.02).contains(&seconds), "{seconds} s");
        }
    }
}
