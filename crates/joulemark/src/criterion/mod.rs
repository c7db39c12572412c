//! Joules in anybody's `criterion_group!`. In: Criterion's samples, by `iter`, `iter_batched` or `iter_custom`. Out: time as
//! Criterion's number with joules beside it, or joules as the number, with all that Criterion makes of it.

mod report;
mod sample;

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput};
use joulemark_base::duration::duration_text;

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
}

/// A sample and its joules.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// The number that Criterion got.
    number: f64,
    row: joulemark_records::Row,
    ends: (joulemark_base::timestamp::Timestamp, joulemark_base::timestamp::Timestamp),
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
        let has = |flag: &str| std::env::args().any(|argument| argument == flag);
        Self {
            number,
            measures: has("--bench") && !has("--test") && !has("--list"),
            bench: RefCell::default(),
            readings: RefCell::default(),
            opened: std::time::SystemTime::now(),
            said: Cell::new(false),
        }
    }

    /// Measures with this bench, and not with the CPU's sensors.
    #[must_use]
    pub fn with_bench(self, bench: Bench) -> Self {
        *self.bench.borrow_mut() = Some(bench);
        self
    }

    /// A Criterion with this measurement, whose samples fit the sensor: ten of them, the shortest of three ticks.
    #[must_use]
    pub fn criterion(self) -> Criterion<Self> {
        let fitting_s = if self.measures { self.with(Self::fitting_s) } else { None };
        let criterion = Criterion::default().with_measurement(self);
        match fitting_s {
            Some([warm_up_s, measurement_s]) => criterion
                .sample_size(SAMPLES as usize)
                .warm_up_time(Duration::from_secs_f64(warm_up_s))
                .measurement_time(Duration::from_secs_f64(measurement_s)),
            None => criterion,
        }
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
        let has_source = |bench: &Bench| bench.meter().slowest_period_s().is_some();
        self.number == Number::Joules && self.bench.borrow().as_ref().is_some_and(has_source)
    }

    /// Reads the energy of a sample.
    fn read(&self, sample: &Sample) -> f64 {
        let Some((first, last)) = sample.ends() else { return 0.0 };
        let nanos = 1e9 * sample.busy_s();
        let (row, ends) = self.with(|bench| sample.row(bench, first, last));
        if row.reason.starts_with(sample::BORROWED) && !self.said.replace(true) {
            self.with(|bench| tell_lines(bench, sample.busy_s()));
        }
        let joules = row.device.energy_j;
        if joules.is_none() && !self.said.replace(true) {
            eprintln!("\njoules are not measured: {}", row.device.reason);
        }
        let number = match joules {
            Some(joules) if self.counts_joules() => 1e9 * joules.max(f64::MIN_POSITIVE),
            _ => nanos,
        };
        self.readings.borrow_mut().push(Reading { number, row, ends });
        number
    }
}

/// What to change where samples are shorter than the sensor's tick.
fn tell_lines(bench: &mut Bench, sample_s: f64) {
    let Some([warm_up_s, measurement_s]) = Joules::fitting_s(bench) else { return };
    let tick_s = bench.meter().window_s().unwrap_or(0.0) / 12.0;
    eprintln!(
        "\nsamples of {} are shorter than the sensor needs (it ticks every {}): their joules are the mean power since {} before \
         them, times their time. For joules of their own, take `joulemark::criterion::Joules::….criterion()` as the \
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
        }
        Sample::between(start, end)
    }

    fn add(&self, first: &Sample, second: &Sample) -> Sample {
        first.and(second)
    }

    fn zero(&self) -> Sample {
        Sample::default()
    }

    fn to_f64(&self, sample: &Sample) -> f64 {
        if self.measures { self.read(sample) } else { 1e9 * sample.busy_s() }
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        if self.counts_joules() { &InJoules } else { WallTime.formatter() }
    }
}

/// Joules, from nanojoules as numbers.
struct InJoules;

impl ValueFormatter for InJoules {
    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        let (scale, unit) = match typical {
            x if x < 1e3 => (1.0, "nJ"),
            x if x < 1e6 => (1e-3, "µJ"),
            x if x < 1e9 => (1e-6, "mJ"),
            _ => (1e-9, "J"),
        };
        values.iter_mut().for_each(|value| *value *= scale);
        unit
    }

    fn scale_throughputs(&self, _typical: f64, throughput: &Throughput, values: &mut [f64]) -> &'static str {
        let (amount, unit) = match throughput {
            Throughput::Bytes(bytes) | Throughput::BytesDecimal(bytes) => (*bytes, "GB/J"),
            Throughput::Elements(elements) => (*elements, "Gelem/J"),
            _ => (1, "G/J"),
        };
        // So many per nanojoule are 10⁹ times as many per joule.
        values.iter_mut().for_each(|value| *value = amount as f64 / *value);
        unit
    }

    fn scale_for_machines(&self, _values: &mut [f64]) -> &'static str {
        "nJ"
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
