//! One sample: the time in which the benchmarked code ran, in one stretch or in several with set-up between them. In: moments.
//! Out: joules of that time.

use std::time::{Duration, Instant};

use joulemark_base::timestamp::Timestamp;
use joulemark_energy::{EnergyReading, Meter};
use joulemark_records::{Row, Status};

use crate::bench::Bench;
use crate::idle::Idle;
use crate::row::put_energy;

/// How the reason begins of a sample that is too short for joules of its own.
pub(super) const SHORT: &str = "too short for the sensor";
/// The code has to run in this share of a window at least, or the window's mean power says nothing of it.
const LEAST_BUSY: f64 = 0.5;

/// The time of a sample. In `iter_custom` it comes from [`timed`](Self::timed), or from a duration that has just ended.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    busy: Duration,
    ends: Option<(Instant, Instant)>,
}

impl Sample {
    /// Runs the work, and takes its time.
    pub fn timed(work: impl FnOnce()) -> Self {
        let start = Instant::now();
        work();
        Self::between(start, Instant::now())
    }

    pub(super) fn between(start: Instant, end: Instant) -> Self {
        Self {
            busy: end.duration_since(start),
            ends: Some((start, end)),
        }
    }

    /// Both, with what lies between them.
    pub(super) fn and(&self, other: &Self) -> Self {
        let ends = match (self.ends, other.ends) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, another) => one.or(another),
        };
        Self {
            busy: self.busy + other.busy,
            ends,
        }
    }

    pub(super) fn busy_s(&self) -> f64 {
        self.busy.as_secs_f64()
    }

    pub(super) fn ends(&self) -> Option<(Instant, Instant)> {
        self.ends
    }

    /// Its row, but for case and iterations. Set-up between the stretches is taken to draw the same power, give or take all of
    /// it. A sample that is too short for joules of its own has the mean power of a window that ends with it, if the code ran in
    /// most of that: in the share `busy_share`. What else was in it may have drawn the same power or none beyond idling; the
    /// interval holds both.
    pub(super) fn row(
        &self,
        bench: &Bench,
        first: Instant,
        last: Instant,
        busy_share: f64,
    ) -> (Row, (Timestamp, Timestamp)) {
        let meter = bench.meter();
        let (now, here) = (meter.now(), Instant::now());
        let at = |moment: Instant| now.minus_s(here.duration_since(moment).as_secs_f64());
        let (start, end) = (at(first), at(last));
        let whole_s = end.seconds_since(start);
        let mut energy = meter.measure(start, end);
        let mut over_s = whole_s;
        let mut borrowed = None;
        let mut doubt_w = 0.0;
        if energy.device.energy_j.is_none() && whole_s < bench.window_s() && meter.slowest_period_s().is_some() {
            let longer = meter.measure(end.minus_s(bench.window_s()), end);
            let why = &mut energy.device.reason;
            if busy_share < LEAST_BUSY {
                let percent = (100.0 * busy_share).round();
                *why = format!(
                    "{SHORT} ({why}), and the code ran in only {percent}% of the {:.2} s before its end",
                    bench.window_s()
                );
            } else if let Some(energy_j) = longer.device.energy_j {
                over_s = bench.window_s();
                borrowed = Some(format!(
                    "{SHORT} ({why}): the mean power of {over_s:.2} s, times its time"
                ));
                if let Some(idle) = bench.last_idle().and_then(Idle::device) {
                    let mean_w = energy_j / over_s;
                    doubt_w = (mean_w - idle.power_w).abs() * (1.0 / busy_share - 1.0);
                }
                energy = longer;
            }
        }
        energy.device = share(&energy.device, self.busy_s(), over_s, whole_s);
        energy.device.u_j = energy.device.u_j.map(|u_j| u_j.hypot(doubt_w * self.busy_s()));
        energy.host = share(&energy.host, self.busy_s(), over_s, whole_s);
        let mut row = Row {
            wall_s: Some(self.busy_s()),
            status: Status::Ok,
            ..Row::default()
        };
        put_energy(&mut row, &energy, Idle::watts(bench.last_idle()));
        if let Some(borrowed) = borrowed {
            row.status = Status::Suspect;
            row.reason = borrowed;
        }
        (row, (start, end))
    }
}

impl From<Duration> for Sample {
    /// A time that has just ended.
    fn from(busy: Duration) -> Self {
        let end = Instant::now();
        Self {
            busy,
            ends: end.checked_sub(busy).map(|start| (start, end)),
        }
    }
}

/// The part of a reading over `over_s` that falls to `busy_s` of the sample's own `whole_s`.
fn share(reading: &EnergyReading, busy_s: f64, over_s: f64, whole_s: f64) -> EnergyReading {
    let share = (busy_s / over_s).min(1.0);
    let setup_s = (whole_s - busy_s).max(0.0);
    let energy_j = reading.energy_j.map(|energy_j| share * energy_j);
    let u_j = reading.u_j.zip(reading.energy_j).map(|(u_j, energy_j)| {
        // 0.95 of the half width of a rectangle is its 95% interval.
        (share * u_j).hypot(0.95 * setup_s * energy_j / over_s)
    });
    EnergyReading {
        energy_j,
        u_j,
        ..reading.clone()
    }
}

/// Tells a simulated sensor whether the benchmarked code runs.
pub(super) fn set_busy(meter: &Meter, busy: bool) {
    if let Some(load) = meter.simulated_load() {
        match busy {
            true => load.set_busy(meter.now()),
            false => load.set_idle(meter.now()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::{Duration, Instant};

    use criterion::Criterion;
    use criterion::measurement::{Measurement, ValueFormatter, WallTime};
    use joulemark_base::quality::Quality;
    use joulemark_energy::{DeviceIdentity, EnergyReading, Request};

    use super::{SHORT, Sample, set_busy, share};
    use crate::bench::Bench;
    use crate::settings::Settings;

    #[test]
    fn a_short_sample_has_an_interval_that_holds_the_truth_or_no_joules() {
        let request = Request::new(
            DeviceIdentity::cpu(),
            "simulated:period=50ms,power=200,idle=60".parse().unwrap(),
        );
        let mut bench = Bench::open(&request, &Settings::default()).unwrap();
        bench.idle();
        std::thread::sleep(Duration::from_millis(700));
        set_busy(bench.meter(), true);
        std::thread::sleep(Duration::from_millis(400));
        let sample = Sample::timed(|| std::thread::sleep(Duration::from_millis(5)));
        set_busy(bench.meter(), false);
        let (first, last) = sample.ends().unwrap();
        let (row, _) = sample.row(&bench, first, last, 0.405 / 0.6);
        let (energy_j, u_j) = (row.device.energy_j.expect(&row.device.reason), row.device.u_j.unwrap());
        let truth_j = 200.0 * sample.busy_s();
        assert!(
            energy_j < truth_j && energy_j + 1.2 * u_j > truth_j,
            "{energy_j} ± {u_j} J, truly {truth_j} J"
        );
        assert!(row.reason.starts_with(SHORT), "{}", row.reason);
        let (row, _) = sample.row(&bench, first, last, 0.1);
        assert!(
            row.device.energy_j.is_none() && row.device.reason.contains("only 10% of"),
            "{row:?}"
        );
    }

    #[test]
    fn stretches_add_up_and_hold_what_lies_between() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let both = Sample::default().and(&Sample::between(at(0), at(10)).and(&Sample::between(at(15), at(35))));
        assert_eq!((both.busy_s(), both.ends()), (0.03, Some((at(0), at(35)))));
        let custom: Sample = Duration::from_millis(5).into();
        let (first, last) = custom.ends().unwrap();
        assert_eq!(last.duration_since(first), Duration::from_millis(5));
    }

    #[test]
    fn set_up_widens_the_interval() {
        let reading = EnergyReading {
            energy_j: Some(100.0),
            u_j: Some(1.0),
            source: "test".into(),
            quality: Quality::Counter,
            reason: String::new(),
        };
        let whole = share(&reading, 2.0, 2.0, 2.0);
        assert_eq!((whole.energy_j, whole.u_j), (Some(100.0), Some(1.0)));
        let half = share(&reading, 1.0, 2.0, 2.0);
        assert_eq!(half.energy_j, Some(50.0));
        assert!((half.u_j.unwrap() - 0.5_f64.hypot(47.5)).abs() < 1e-9);
    }

    /// Wall time that counts its conversions.
    struct Counting(Rc<Cell<u32>>);

    impl Measurement for Counting {
        type Intermediate = Instant;
        type Value = Duration;

        fn start(&self) -> Instant {
            Instant::now()
        }

        fn end(&self, start: Instant) -> Duration {
            start.elapsed()
        }

        fn add(&self, first: &Duration, second: &Duration) -> Duration {
            *first + *second
        }

        fn zero(&self) -> Duration {
            Duration::ZERO
        }

        fn to_f64(&self, time: &Duration) -> f64 {
            self.0.set(self.0.get() + 1);
            time.as_nanos() as f64
        }

        fn formatter(&self) -> &dyn ValueFormatter {
            WallTime.formatter()
        }
    }

    /// All of this rests on it: one conversion for each measured sample, and none in the warm-up.
    #[test]
    fn criterion_converts_each_measured_sample_once() {
        let folder = tempfile::tempdir().unwrap();
        let (conversions, runs) = (Rc::new(Cell::new(0)), Cell::new(0));
        let mut criterion = Criterion::default()
            .with_measurement(Counting(Rc::clone(&conversions)))
            .output_directory(folder.path())
            .nresamples(1000)
            .sample_size(12)
            .warm_up_time(Duration::from_millis(20))
            .measurement_time(Duration::from_millis(60));
        criterion.bench_function("nap", |bencher| {
            runs.set(runs.get() + 1);
            bencher.iter(|| std::thread::sleep(Duration::from_micros(200)));
        });
        assert_eq!(conversions.get(), 12);
        assert!(runs.get() > 12, "there was no warm-up");
    }
}
