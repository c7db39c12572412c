//! What Criterion measures: time, with the window's energy riding beside it.
//!
//! Criterion wants one number per sample, and drops a benchmark whose sample is 0. So time is the number. It calls
//! `to_f64` once for each measured sample and never while it warms up: that is where the window's row is written.

use std::cell::RefCell;
use std::rc::Rc;

use criterion::Throughput;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use joulemark::window::Window;

/// What `to_f64` does with a measured window.
pub(crate) type Sink = Rc<RefCell<dyn FnMut(&Window)>>;

/// Time as Criterion's number, and a sink for the windows behind it.
pub(crate) struct EnergyAndTime {
    sink: Sink,
}

impl EnergyAndTime {
    pub(crate) fn new(sink: Sink) -> Self {
        Self { sink }
    }
}

/// One sample of so many iterations: its window, or none in a warm-up.
#[derive(Clone, Default)]
pub(crate) struct Sample {
    pub(crate) window: Option<Window>,
    pub(crate) iterations: u64,
}

impl Measurement for EnergyAndTime {
    type Intermediate = ();
    type Value = Sample;

    fn start(&self) {}

    fn end(&self, (): ()) -> Sample {
        Sample::default()
    }

    fn add(&self, first: &Sample, second: &Sample) -> Sample {
        if second.window.is_some() { second } else { first }.clone()
    }

    fn zero(&self) -> Sample {
        Sample::default()
    }

    fn to_f64(&self, sample: &Sample) -> f64 {
        let Some(window) = &sample.window else { return 0.0 };
        self.sink.borrow_mut()(window);
        // The window has as many iterations as the sensor needs, whatever Criterion asked for.
        1e9 * window.wall_s() * sample.iterations as f64 / window.iterations as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        &Formatter
    }
}

/// Time as Criterion prints it; elements per second are operations per second.
struct Formatter;

impl ValueFormatter for Formatter {
    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        WallTime.formatter().scale_values(typical, values)
    }

    fn scale_throughputs(&self, typical: f64, throughput: &Throughput, values: &mut [f64]) -> &'static str {
        let Throughput::Elements(operations) = throughput else {
            return WallTime.formatter().scale_throughputs(typical, throughput, values);
        };
        // Operations per nanosecond are 10⁹ operations per second.
        for value in values {
            *value = *operations as f64 / *value;
        }
        "GFLOP/s"
    }

    fn scale_for_machines(&self, values: &mut [f64]) -> &'static str {
        WallTime.formatter().scale_for_machines(values)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::Duration;

    use criterion::{Criterion, SamplingMode};
    use joulemark_base::timestamp::Timestamp;
    use joulemark_energy::DeviceState;

    use super::{EnergyAndTime, Sample, Sink};
    use joulemark::window::Window;

    /// The recipe rests on this: one call per measured sample, none in the warm-up, and no dropped benchmark.
    #[test]
    fn criterion_converts_each_measured_sample_once() {
        let (runs, rows) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let sink: Sink = {
            let rows = Rc::clone(&rows);
            Rc::new(std::cell::RefCell::new(move |_: &Window| rows.set(rows.get() + 1)))
        };
        let folder = tempfile::tempdir().unwrap();
        let mut criterion = Criterion::default()
            .with_measurement(EnergyAndTime::new(sink))
            .output_directory(folder.path())
            .nresamples(1000);
        let mut group = criterion.benchmark_group("group");
        group
            .sampling_mode(SamplingMode::Flat)
            .sample_size(12)
            .warm_up_time(Duration::from_millis(20))
            .measurement_time(Duration::from_millis(60));
        group.bench_function("case", |bencher| {
            bencher.iter_custom(|iterations| {
                runs.set(runs.get() + 1);
                std::thread::sleep(Duration::from_millis(iterations));
                let (before, after) = (DeviceState::default(), DeviceState::default());
                let (start, end) = (Timestamp::from_s(0.0), Timestamp::from_s(1e-3 * iterations as f64));
                let window = Some(Window {
                    iterations,
                    start,
                    end,
                    gpu_s: None,
                    before,
                    after,
                    cpu_s: None,
                    conditions: None,
                    repeated: None,
                });
                Sample { window, iterations }
            });
        });
        group.finish();
        assert_eq!(rows.get(), 12);
        assert!(runs.get() > 12, "there was no warm-up");
        let estimates = std::fs::read_to_string(folder.path().join("group/case/new/estimates.json")).unwrap();
        assert!(estimates.contains("\"mean\":{\"confidence_interval\""), "{estimates}");
    }
}
