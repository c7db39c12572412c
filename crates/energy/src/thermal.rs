//! Whether a window ran under the same conditions as its neighbours. In: the device's state at both ends and the
//! round's median temperature. Out: a sentence for the row, and whether to pause and repeat.

use crate::state::DeviceState;
use std::fmt;
use std::str::FromStr;

/// Degrees off the round's median start temperature above which a window is flagged.
const DEFAULT_OFFSET_C: f64 = 2.0;

/// What to do about windows that were throttled or started too warm or too cold (`JOULEMARK_THERMAL_GATE`).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum ThermalGate {
    /// Nothing is flagged.
    Off,
    /// Such windows are flagged.
    #[default]
    Flag,
    /// Such windows are flagged, and repeated once after a pause.
    Repeat {
        /// Seconds to pause.
        pause_s: f64,
    },
}

/// A thermal gate that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no thermal gate: use off, flag, or the seconds to pause before a window is repeated, as in 30s")]
pub struct ThermalGateError(String);

impl FromStr for ThermalGate {
    type Err = ThermalGateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "off" => Ok(Self::Off),
            "flag" => Ok(Self::Flag),
            other => {
                let pause_s = other.strip_suffix('s').and_then(|seconds| seconds.parse().ok());
                let pause_s = pause_s.filter(|pause_s| (0.0..=600.0).contains(pause_s));
                pause_s
                    .map(|pause_s| Self::Repeat { pause_s })
                    .ok_or_else(|| ThermalGateError(text.to_owned()))
            }
        }
    }
}

impl fmt::Display for ThermalGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Flag => f.write_str("flag"),
            Self::Repeat { pause_s } => write!(f, "{pause_s}s"),
        }
    }
}

impl ThermalGate {
    /// A sentence if the window was throttled at either end, or started more than 2 °C off the round's median start
    /// temperature. What no sensor tells is not flagged.
    #[must_use]
    pub fn judge(self, start: &DeviceState, end: &DeviceState, median_start_c: Option<f64>) -> Option<String> {
        if self == Self::Off {
            return None;
        }
        let mut faults = Vec::new();
        let mut reasons: Vec<&str> = [start, end]
            .into_iter()
            .flat_map(|state| state.throttled.iter().flatten())
            .map(String::as_str)
            .collect();
        reasons.sort_unstable();
        reasons.dedup();
        if !reasons.is_empty() {
            faults.push(format!("throttled ({})", reasons.join(", ")));
        }
        if let (Some(start_c), Some(median_c)) = (start.temperature_c, median_start_c)
            && (start_c - median_c).abs() > DEFAULT_OFFSET_C
        {
            let offset_c = start_c - median_c;
            faults.push(format!(
                "started at {start_c:.0} °C, {offset_c:+.1} °C off the round's median"
            ));
        }
        (!faults.is_empty()).then(|| faults.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(temperature_c: Option<f64>, throttled: Option<&[&str]>) -> DeviceState {
        let throttled = throttled.map(|reasons| reasons.iter().map(|reason| (*reason).to_owned()).collect());
        DeviceState {
            temperature_c,
            throttled,
            ..DeviceState::default()
        }
    }

    #[test]
    fn throttled_or_warm_windows_are_flagged() {
        let gate = ThermalGate::Flag;
        let cool = state(Some(50.0), Some(&[]));
        assert_eq!(gate.judge(&cool, &cool, Some(51.5)), None);
        let warm = gate
            .judge(&state(Some(54.0), None), &cool, Some(51.5))
            .expect("2.5 °C off");
        assert!(warm.contains("+2.5 °C"), "{warm}");
        let held = gate
            .judge(&cool, &state(Some(60.0), Some(&["power_cap"])), Some(50.0))
            .expect("throttled");
        assert_eq!(held, "throttled (power_cap)");
        assert_eq!(ThermalGate::Off.judge(&warm_state(), &cool, Some(20.0)), None);
    }

    fn warm_state() -> DeviceState {
        state(Some(90.0), Some(&["thermal"]))
    }

    #[test]
    fn what_no_sensor_tells_is_not_flagged() {
        let unknown = DeviceState::default();
        assert_eq!(ThermalGate::Flag.judge(&unknown, &unknown, None), None);
    }

    #[test]
    fn gates_survive_their_own_text() {
        for gate in [
            ThermalGate::Off,
            ThermalGate::Flag,
            ThermalGate::Repeat { pause_s: 30.0 },
        ] {
            assert_eq!(gate.to_string().parse(), Ok(gate));
        }
        assert!("soon".parse::<ThermalGate>().is_err());
    }
}
