//! Estimated energy of the CPU, for machines without a counter, opt-in. In: CPU seconds. Out: three numbers
//! of joules that are a model, live in columns of their own, and are refused by the study: energy that is time times a
//! constant makes any finding circular.

use serde::Serialize;

/// Watts per busy core.
///
/// The thermal design power of today's CPUs, divided by their cores, spans about 2 W (a many-core server chip at its base
/// clock) to 15 W (a desktop chip at its turbo clock), shared parts included; the middle is their geometric mean. The
/// width is the message: without a counter nobody knows better.
const WATTS_PER_CORE: (f64, f64, f64) = (2.0, 5.5, 15.0);

/// An estimate with its range, in joules.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EnergyEstimate {
    /// At 2 W per busy core.
    pub low_j: f64,
    /// At 5.5 W per busy core.
    pub mid_j: f64,
    /// At 15 W per busy core.
    pub high_j: f64,
}

impl EnergyEstimate {
    /// From the CPU seconds (all cores together) that the process spent in a window.
    #[must_use]
    pub fn of_cpu_seconds(cpu_s: f64) -> Self {
        let (low_w, mid_w, high_w) = WATTS_PER_CORE;
        Self {
            low_j: low_w * cpu_s,
            mid_j: mid_w * cpu_s,
            high_j: high_w * cpu_s,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_the_geometric_mean_of_the_ends() {
        let estimate = EnergyEstimate::of_cpu_seconds(10.0);
        assert!(estimate.low_j < estimate.mid_j && estimate.mid_j < estimate.high_j);
        assert!(((estimate.low_j * estimate.high_j).sqrt() / estimate.mid_j - 1.0).abs() < 0.01);
    }
}
