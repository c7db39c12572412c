//! What Criterion measures: time, as it prints it, with operations per second as FLOP/s.

use std::time::{Duration, Instant};

use criterion::Throughput;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};

/// Wall time.
pub(crate) struct KernelTime;

impl Measurement for KernelTime {
    type Intermediate = Instant;
    type Value = Duration;

    fn start(&self) -> Instant {
        WallTime.start()
    }

    fn end(&self, start: Instant) -> Duration {
        WallTime.end(start)
    }

    fn add(&self, first: &Duration, second: &Duration) -> Duration {
        WallTime.add(first, second)
    }

    fn zero(&self) -> Duration {
        WallTime.zero()
    }

    fn to_f64(&self, time: &Duration) -> f64 {
        WallTime.to_f64(time)
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
