//! From windows to rows.

use joulemark_energy::{DeviceState, EnergyReading, WindowEnergy};
use joulemark_records::{Energy, Row, Status};

use crate::window::Window;

/// Writes energies into a row: gross, idle power of device and host, and active as their difference, never clamped.
pub(crate) fn put_energy(row: &mut Row, energy: &WindowEnergy, [device_idle_w, host_idle_w]: [Option<f64>; 2]) {
    row.idle_before_w = device_idle_w;
    row.device = domain(&energy.device);
    row.device.set_idle(device_idle_w, row.wall_s);
    row.host = domain(&energy.host);
    row.host.set_idle(host_idle_w, row.wall_s);
    remark(row, &energy.device.reason);
    if let Some(suspect) = &energy.suspect {
        distrust(row, suspect);
    }
}

/// Adds a sentence to the row's reasons.
pub fn remark(row: &mut Row, reason: &str) {
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

fn domain(reading: &EnergyReading) -> Energy {
    Energy {
        energy_j: reading.energy_j,
        u_j: reading.u_j,
        source: reading.source.clone(),
        quality: Some(reading.quality),
        reason: reading.reason.clone(),
        ..Energy::default()
    }
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
            interrupted: None,
        };
        put_energy(&mut row, &energy, [None; 2]);
        assert_eq!(
            (row.device.energy_j, row.device.active_j, row.device.idle_w),
            (None, None, None)
        );
        assert_eq!(
            (row.device.reason.as_str(), row.host.reason.as_str(), row.status),
            ("no RAPL here", "none", Status::Ok)
        );
    }
}
