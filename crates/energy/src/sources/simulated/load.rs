//! The true power of the simulated device. In: from when on it is busy or idle. Out: the true joules of any
//! stretch of time, exactly, which the sensor shows only in its own coarse way.

use super::SimulatedSpec;
use joulemark_base::timestamp::Timestamp;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Noise cells between two remembered sums.
const CELLS_PER_SUM: usize = 64;

/// A handle on the simulated device: whoever makes it work says so here, and can ask for the true joules.
#[derive(Debug, Clone)]
pub struct SimulatedLoad {
    device: Arc<Mutex<Device>>,
    busy_w: f64,
    idle_w: f64,
}

#[derive(Debug)]
struct Device {
    /// Moments from which on the power has a new base value: (seconds, watts, joules up to there).
    changes: Vec<(f64, f64, f64)>,
    noise: Noise,
    noise_share: f64,
    drift_per_s: f64,
}

impl SimulatedLoad {
    pub(crate) fn new(spec: &SimulatedSpec) -> Self {
        let noise = Noise::new(spec.period_s / 20.0, spec.seed);
        let device = Device {
            changes: vec![(0.0, spec.idle_w, 0.0)],
            noise,
            noise_share: spec.noise,
            drift_per_s: spec.drift_per_s,
        };
        Self {
            device: Arc::new(Mutex::new(device)),
            busy_w: spec.power_w,
            idle_w: spec.idle_w,
        }
    }

    /// From `at` on the device is busy and draws the `power` of its settings.
    pub fn set_busy(&self, at: Timestamp) {
        self.set_power_w(at, self.busy_w);
    }

    /// From `at` on the device is idle.
    pub fn set_idle(&self, at: Timestamp) {
        self.set_power_w(at, self.idle_w);
    }

    /// From `at` on the device draws `power_w`, until the next change. Changes must come in order of time; one that
    /// comes late takes effect at the last change before it.
    pub fn set_power_w(&self, at: Timestamp, power_w: f64) {
        let mut device = self.lock();
        let last_s = device.changes[device.changes.len() - 1].0;
        let at_s = at.seconds().max(last_s);
        let energy_j = device.energy_until_j(at_s);
        device.changes.push((at_s, power_w, energy_j));
    }

    /// The joules that the device really took between two moments, noise and drift included.
    #[must_use]
    pub fn true_energy_j(&self, start: Timestamp, end: Timestamp) -> f64 {
        let mut device = self.lock();
        device.energy_until_j(end.seconds()) - device.energy_until_j(start.seconds())
    }

    /// Joules from the opening of the meter to a moment in seconds.
    pub(crate) fn energy_until_j(&self, at_s: f64) -> f64 {
        self.lock().energy_until_j(at_s)
    }

    fn lock(&self) -> MutexGuard<'_, Device> {
        self.device.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Device {
    /// ∫ base·(1 + drift·t + share·noise(t)) dt, piece by piece of constant base.
    fn energy_until_j(&mut self, at_s: f64) -> f64 {
        let index = self
            .changes
            .partition_point(|(since_s, _, _)| *since_s <= at_s)
            .saturating_sub(1);
        let (since_s, base_w, energy_j) = self.changes[index];
        let drift_s = 0.5 * self.drift_per_s * (at_s * at_s - since_s * since_s);
        let noise_s = if self.noise_share > 0.0 {
            self.noise_share * (self.noise.integral_s(at_s) - self.noise.integral_s(since_s))
        } else {
            0.0
        };
        energy_j + base_w * (at_s - since_s + drift_s + noise_s)
    }
}

/// White noise of unit variance, constant within cells of equal length.
#[derive(Debug)]
struct Noise {
    cell_s: f64,
    seed: u64,
    /// The sum of all cells before each block.
    sums: Vec<f64>,
    /// The block read last, with the sum of its cells before each one and after the last.
    block: (usize, Vec<f64>),
}

impl Noise {
    fn new(cell_s: f64, seed: u64) -> Self {
        let block = (0, running_sums(seed, 0));
        Self {
            cell_s,
            seed,
            sums: vec![0.0],
            block,
        }
    }

    /// ∫ noise dt from zero to a moment.
    fn integral_s(&mut self, at_s: f64) -> f64 {
        let cells = (at_s / self.cell_s).max(0.0);
        let block = cells as usize / CELLS_PER_SUM;
        while self.sums.len() <= block {
            let last = self.sums.len() - 1;
            self.sums
                .push(self.sums[last] + running_sums(self.seed, last)[CELLS_PER_SUM]);
        }
        if self.block.0 != block {
            self.block = (block, running_sums(self.seed, block));
        }
        let within = cells - (block * CELLS_PER_SUM) as f64;
        let whole = (within as usize).min(CELLS_PER_SUM - 1);
        let (before, after) = (self.block.1[whole], self.block.1[whole + 1]);
        (self.sums[block] + before + (within - whole as f64) * (after - before)) * self.cell_s
    }
}

/// The sums of a block's cells before each cell and after the last.
fn running_sums(seed: u64, block: usize) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(block as u64);
    let cells = StandardNormal
        .sample_iter(random)
        .take(CELLS_PER_SUM)
        .map(|value: f64| value.clamp(-4.0, 4.0));
    let sums = cells.scan(0.0, |sum, cell| {
        *sum += cell;
        Some(*sum)
    });
    std::iter::once(0.0).chain(sums).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn true_joules_are_power_times_time() {
        let load = SimulatedLoad::new(&SimulatedSpec::default());
        load.set_busy(Timestamp::from_s(2.0));
        load.set_idle(Timestamp::from_s(5.0));
        assert!((load.true_energy_j(Timestamp::from_s(1.0), Timestamp::from_s(6.0)) - 380.0).abs() < 1e-9);
    }

    #[test]
    fn drift_is_integrated() {
        let load = SimulatedLoad::new(&"idle=100,drift=0.01".parse().expect("settings"));
        assert!((load.true_energy_j(Timestamp::from_s(0.0), Timestamp::from_s(10.0)) - 1_050.0).abs() < 1e-9);
    }

    #[test]
    fn noise_is_the_same_in_any_order_and_has_the_stated_spread() {
        let spec: SimulatedSpec = "idle=100,noise=0.1,period=20ms,seed=3".parse().expect("settings");
        let (forward, backward) = (SimulatedLoad::new(&spec), SimulatedLoad::new(&spec));
        let late = backward.energy_until_j(9.9);
        assert!((forward.energy_until_j(0.5) - backward.energy_until_j(0.5)).abs() < 1e-9);
        assert!((forward.energy_until_j(9.9) - late).abs() < 1e-9);
        let cells: Vec<f64> = (0..5_000)
            .map(|cell| {
                let at = f64::from(cell) * 1e-3;
                (forward.energy_until_j(at + 1e-3) - forward.energy_until_j(at)) / 1e-3
            })
            .collect();
        let mean = cells.iter().sum::<f64>() / 5_000.0;
        let spread = (cells.iter().map(|cell| (cell - mean).powi(2)).sum::<f64>() / 5_000.0).sqrt();
        assert!(
            (mean - 100.0).abs() < 0.6 && (spread - 10.0).abs() < 0.4,
            "{mean} {spread}"
        );
    }
}
