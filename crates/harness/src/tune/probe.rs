//! Variants on the bench. In: a case and a variant. Out: what it takes per iteration, in windows like any other's, or why it
//! cannot be timed.

use joulemark::bench::Bench;
use joulemark_base::statistics::median;
use joulemark_gpu::Gpu;
use joulemark_kernels::Variant;
use joulemark_records::Status;

use crate::verified::Verified;
use crate::{Case, Failure, Prepared};

/// Windows per trial; their median counts.
const WINDOWS: usize = 3;

/// A device and its bench.
pub(super) struct Probe {
    pub(super) gpu: Gpu,
    pub(super) bench: Bench,
    pub(super) seed: u64,
    pub(super) verified: Verified,
}

/// Seconds and joules per iteration, window by window; no joules if one of the windows has none.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    times_s: Vec<f64>,
    energies_j: Vec<f64>,
}

impl Taken {
    /// The median time.
    pub(super) fn time_s(&self) -> Option<f64> {
        median(&self.times_s)
    }

    /// The median energy.
    pub(super) fn energy_j(&self) -> Option<f64> {
        median(&self.energies_j).filter(|_| self.energies_j.len() == self.times_s.len())
    }

    /// Adds windows.
    pub(super) fn extend(&mut self, more: Self) {
        self.times_s.extend(more.times_s);
        self.energies_j.extend(more.energies_j);
    }
}

impl Probe {
    /// Verified and warm.
    pub(super) fn prepare(&mut self, case: &Case, variant: &Variant) -> Result<Prepared, Failure> {
        let case = Case {
            variant: Some(variant.clone()),
            ..case.clone()
        };
        let prepared = Prepared::new(&self.gpu, &case, self.seed, &mut self.verified)?;
        let warm = self.bench.warm_up(&mut &prepared, prepared.warm.get());
        prepared.warm.set(warm.map_err(|error| broke_off(&error))?);
        Ok(prepared)
    }

    /// Some windows.
    pub(super) fn windows(&mut self, prepared: &Prepared) -> Result<Taken, Failure> {
        let mut taken = Taken::default();
        for _ in 0..WINDOWS {
            let mut warm = prepared.warm.get();
            let window = self.bench.run_window(&mut &*prepared, &mut warm);
            prepared.warm.set(warm);
            let window = window.map_err(|error| broke_off(&error))?;
            let iterations = window.iterations;
            taken.times_s.push(window.wall_s() / iterations as f64);
            let energy = self.bench.meter().measure(window.start, window.end);
            taken
                .energies_j
                .extend(energy.device.energy_j.map(|energy_j| energy_j / iterations as f64));
            // Nobody wants the raw ticks here, and they would pile up.
            drop(self.bench.meter().drain_ticks());
        }
        Ok(taken)
    }
}

fn broke_off(error: &joulemark_gpu::GpuError) -> Failure {
    Failure {
        status: Status::Error,
        reason: error.to_string(),
    }
}
