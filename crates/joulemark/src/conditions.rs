//! The conditions under which a window ran. In: the device's state at both ends, window by window. Out: a sentence
//! where a window was throttled or began much warmer or cooler than its round.

use joulemark_base::statistics::quantile_of_sorted;
use joulemark_energy::{DeviceState, ThermalGate};

/// Start temperatures of the round so far, and the gate that judges by them.
#[derive(Clone, Debug)]
pub(crate) struct Conditions {
    gate: ThermalGate,
    starts_c: Vec<f64>,
}

impl Conditions {
    pub(crate) fn new(gate: ThermalGate) -> Self {
        Self {
            gate,
            starts_c: Vec::new(),
        }
    }

    /// A new round has a median of its own.
    pub(crate) fn begin_round(&mut self) {
        self.starts_c.clear();
    }

    /// Takes in a window and judges it by the median start temperature of the round so far, itself included.
    pub(crate) fn judge(&mut self, before: &DeviceState, after: &DeviceState) -> Option<String> {
        if let Some(start_c) = before.temperature_c {
            let place = self.starts_c.partition_point(|other_c| *other_c < start_c);
            self.starts_c.insert(place, start_c);
        }
        self.gate.judge(before, after, quantile_of_sorted(&self.starts_c, 0.5))
    }

    /// Seconds to pause before a judged window is run again; `None` if it stays as it is.
    pub(crate) fn pause_s(&self) -> Option<f64> {
        match self.gate {
            ThermalGate::Repeat { pause_s } => Some(pause_s),
            ThermalGate::Off | ThermalGate::Flag => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use joulemark_energy::{DeviceState, ThermalGate};

    use super::Conditions;

    #[test]
    fn windows_are_judged_by_their_round() {
        let state = |temperature_c| DeviceState {
            temperature_c: Some(temperature_c),
            ..DeviceState::default()
        };
        let mut conditions = Conditions::new(ThermalGate::Flag);
        for start_c in [50.0, 51.0, 50.0] {
            assert_eq!(conditions.judge(&state(start_c), &state(60.0)), None);
        }
        let judged = conditions.judge(&state(54.0), &state(60.0)).unwrap();
        assert!(judged.contains("+3.5 °C"), "{judged}");
        conditions.begin_round();
        assert_eq!(conditions.judge(&state(54.0), &state(60.0)), None);
        assert_eq!(conditions.pause_s(), None);
    }
}
