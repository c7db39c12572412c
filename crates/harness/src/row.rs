//! From windows to rows.

use joulemark_base::quality::Quality;
use joulemark_energy::{DeviceState, EnergyEstimate, EnergyReading, WindowEnergy};
use joulemark_records::{Row, Status};

use crate::Window;
use crate::idle::Idle;

/// Writes energies into a row: gross, idle power, and active as their difference, never clamped.
pub(crate) fn put_energy(row: &mut Row, energy: &WindowEnergy, idle: Option<&Idle>) {
    let wall_s = row.wall_s.unwrap_or_default();
    let active = |gross: Option<f64>, idle_w: Option<f64>| Some(gross? - idle_w? * wall_s);
    let WindowEnergy { device, host, .. } = energy;
    row.device_energy_j = device.energy_j;
    row.device_energy_u_j = device.u_j;
    row.device_idle_w = idle.and_then(Idle::device_w);
    row.device_active_j = active(device.energy_j, row.device_idle_w);
    row.device_source = device.source.clone();
    row.device_quality = quality(device);
    row.host_energy_j = host.energy_j;
    row.host_energy_u_j = host.u_j;
    row.host_idle_w = idle.and_then(Idle::host_w);
    row.host_active_j = active(host.energy_j, row.host_idle_w);
    row.host_source = host.source.clone();
    row.host_quality = quality(host);
    remark(row, &device.reason);
    if let Some(suspect) = &energy.suspect {
        distrust(row, suspect);
    }
}

/// Adds a sentence to the row's reasons.
pub(crate) fn remark(row: &mut Row, reason: &str) {
    if !row.reason.is_empty() && !reason.is_empty() {
        row.reason += "; ";
    }
    row.reason += reason;
}

/// Adds a sentence that speaks against the row's numbers.
fn distrust(row: &mut Row, reason: &str) {
    row.status = Status::Suspect;
    remark(row, reason);
}

/// Writes the opt-in estimate, which stands beside the energy and never in its place.
pub(crate) fn put_estimate(row: &mut Row, window: &Window) {
    let estimate = window.cpu_s.map(EnergyEstimate::of_cpu_seconds);
    row.est_energy_low_j = estimate.map(|estimate| estimate.low_j);
    row.est_energy_mid_j = estimate.map(|estimate| estimate.mid_j);
    row.est_energy_high_j = estimate.map(|estimate| estimate.high_j);
}

fn quality(reading: &EnergyReading) -> Option<Quality> {
    Quality::from_word(reading.quality.as_str())
}

/// Writes times and the device's state into a row: the start's temperature, the clocks' means over the two ends,
/// throttled at either end.
pub(crate) fn put_window(row: &mut Row, window: &Window) {
    row.iterations = Some(window.iterations);
    row.wall_s = Some(window.wall_s());
    row.gpu_s = window.gpu_s;
    let (before, after) = (&window.before, &window.after);
    let mean = |of: fn(&DeviceState) -> Option<f64>| Some(0.5 * (of(before)? + of(after)?));
    row.clock_mhz = mean(|state| state.clock_mhz);
    row.memory_clock_mhz = mean(|state| state.memory_clock_mhz);
    row.temperature_c = before.temperature_c;
    row.power_limit_w = after.power_limit_w;
    row.utilisation = after.utilisation;
    let throttled = [before, after].map(|state| state.throttled.as_ref().map(|reasons| !reasons.is_empty()));
    row.throttled = throttled.into_iter().flatten().reduce(|a, b| a || b);
    if let Some(conditions) = &window.conditions {
        distrust(row, conditions);
    }
    if let Some(why) = &window.repeated {
        remark(row, &format!("a window before this one was thrown away: {why}"));
    }
}

#[cfg(test)]
mod tests {
    use joulemark_energy::{EnergyReading, WindowEnergy};
    use joulemark_records::{Row, Status};

    use super::put_energy;

    #[test]
    fn what_is_unknown_stays_empty_with_a_reason() {
        let mut row = Row {
            wall_s: Some(1.0),
            status: Status::Ok,
            ..Row::default()
        };
        let none = |why: &str| EnergyReading::unavailable(why);
        let energy = WindowEnergy {
            device: none("no RAPL here"),
            host: none("none"),
            suspect: None,
        };
        put_energy(&mut row, &energy, None);
        assert_eq!(
            (row.device_energy_j, row.device_active_j, row.device_idle_w),
            (None, None, None)
        );
        assert_eq!((row.reason.as_str(), row.status), ("no RAPL here", Status::Ok));
    }
}
