//! A window: N iterations between two synchronisations. Gets one row.

use std::time::Duration;

use joulemark_base::timestamp::Timestamp;
use joulemark_energy::{DeviceState, Meter, process_cpu_s};

use crate::warm::Warm;
use crate::work::Work;

/// What was seen of one window, energy not yet asked for.
#[derive(Clone, Debug)]
pub struct Window {
    /// Iterations in it.
    pub iterations: u64,
    /// Where it begins, by the meter's clock.
    pub start: Timestamp,
    /// Where it ends.
    pub end: Timestamp,
    /// Seconds by the device's own clock, if it has one.
    pub gpu_s: Option<f64>,
    /// The device's state at the beginning.
    pub before: DeviceState,
    /// The device's state at the end.
    pub after: DeviceState,
    /// CPU seconds that this process spent, all threads together; `None` where the system does not tell.
    pub cpu_s: Option<f64>,
    /// What speaks against it: throttled, begun too warm or too cool, or interrupted.
    pub conditions: Option<String>,
    /// Why a window before this one was thrown away, if one was.
    pub repeated: Option<String>,
}

impl Window {
    /// Runs the window. The work waits for its own end, so that the device is idle before and after.
    ///
    /// # Errors
    /// The work's.
    pub(crate) fn run<W: Work>(work: &mut W, warm: &Warm, meter: &Meter, iterations: u64) -> Result<Self, W::Error> {
        let before = meter.state();
        let cpu_before_s = process_cpu_s();
        let start = meter.now();
        let result = bursts(work, warm, meter, iterations);
        let end = meter.now();
        let cpu_s = process_cpu_s()
            .zip(cpu_before_s)
            .map(|(after_s, before_s)| after_s - before_s);
        let gpu_s = result?;
        Ok(Self {
            iterations,
            start,
            end,
            gpu_s,
            before,
            after: meter.state(),
            cpu_s,
            conditions: None,
            repeated: None,
        })
    }

    /// Seconds between its two ends.
    #[must_use]
    pub fn wall_s(&self) -> f64 {
        self.end.seconds_since(self.start)
    }
}

/// Runs the iterations at their pace; gives the device's own seconds of all bursts.
fn bursts<W: Work>(work: &mut W, warm: &Warm, meter: &Meter, iterations: u64) -> Result<Option<f64>, W::Error> {
    let burst = warm.pace.burst(iterations, warm.batch());
    let (mut done, mut gpu_s) = (0, Some(0.0));
    while done < iterations {
        let count = burst.min(iterations - done);
        let begin = meter.now();
        if let Some(load) = meter.simulated_load() {
            load.set_busy(begin);
        }
        let result = work.run(count, warm.batch());
        let end = meter.now();
        if let Some(load) = meter.simulated_load() {
            load.set_idle(end);
        }
        result?;
        gpu_s = gpu_s
            .zip(work.device_seconds()?)
            .map(|(sum_s, burst_s)| sum_s + burst_s);
        let rest_s = warm.pace.rest_s(end.seconds_since(begin));
        if rest_s > 0.0 {
            std::thread::sleep(Duration::from_secs_f64(rest_s));
        }
        done += count;
    }
    Ok(gpu_s)
}
