//! A device and its bench without a run folder, for tuning and for what measuring itself costs. In: a case and a variant. Out:
//! what it takes per iteration, in windows like any other's, or why it cannot be timed.

use joulemark::bench::Bench;
use joulemark::window::Window;
use joulemark_base::statistics::median;
use joulemark_energy::Meter;
use joulemark_gpu::Gpu;
use joulemark_kernels::Variant;
use joulemark_records::Status;

use crate::case::Case;
use crate::options::Options;
use crate::prepared::{Failure, Prepared};
use crate::session;
use crate::verified::Verified;

/// Windows per trial; their median counts.
const WINDOWS: usize = 3;

/// A device and its bench.
pub(crate) struct Probe {
    pub(crate) gpu: Gpu,
    pub(crate) bench: Bench,
    pub(crate) seed: u64,
    pub(crate) verified: Verified,
}

/// Seconds and joules per iteration, window by window; no joules if one of the windows has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    times_s: Vec<f64>,
    energies_j: Vec<f64>,
}

impl Taken {
    /// The median time.
    pub(crate) fn time_s(&self) -> Option<f64> {
        median(&self.times_s)
    }

    /// The median energy.
    pub(crate) fn energy_j(&self) -> Option<f64> {
        median(&self.energies_j).filter(|_| self.energies_j.len() == self.times_s.len())
    }

    /// Adds windows.
    pub(crate) fn extend(&mut self, more: Self) {
        self.times_s.extend(more.times_s);
        self.energies_j.extend(more.energies_j);
    }
}

impl Probe {
    pub(crate) fn new(gpu: Gpu, meter: Meter, options: &Options) -> Self {
        Self {
            bench: session::bench(meter, options),
            gpu,
            seed: options.seed,
            verified: Verified::kept(),
        }
    }

    /// Verified and warm.
    pub(crate) fn prepare(&mut self, case: &Case, variant: &Variant) -> Result<Prepared, Failure> {
        let case = Case {
            variant: Some(variant.clone()),
            ..case.clone()
        };
        let prepared = Prepared::new(&self.gpu, &case, self.seed, &mut self.verified)?;
        let warm = self.bench.warm_up(&mut &prepared, prepared.warm.get());
        prepared.warm.set(warm.map_err(|error| broke_off(&error))?);
        Ok(prepared)
    }

    /// A window.
    pub(crate) fn window(&mut self, prepared: &Prepared) -> Result<Window, Failure> {
        let mut warm = prepared.warm.get();
        let window = self.bench.run_window(&mut &*prepared, &mut warm);
        prepared.warm.set(warm);
        window.map_err(|error| broke_off(&error))
    }

    /// Some windows.
    pub(crate) fn windows(&mut self, prepared: &Prepared) -> Result<Taken, Failure> {
        let mut taken = Taken::default();
        for _ in 0..WINDOWS {
            let window = self.window(prepared)?;
            let per_iteration = |amount: f64| amount / window.iterations as f64;
            taken.times_s.push(per_iteration(window.wall_s()));
            let energy = self.bench.meter().measure(window.start, window.end);
            taken.energies_j.extend(energy.device.energy_j.map(per_iteration));
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

#[cfg(test)]
mod tests {
    use joulemark_base::statistics::mean_ci95;

    use super::{Probe, Taken};
    use crate::campaign::{self, Progress};
    use crate::devices;
    use crate::options::Options;
    use crate::suite::{Scale, Suite};

    struct Silent;

    impl Progress for Silent {
        fn stop(&mut self) -> Option<String> {
            None
        }
    }

    /// Tuning and a campaign measure by one path: a sensor that looks a quarter of the time locks to neither.
    #[test]
    fn tuning_and_a_campaign_give_the_same_watts() {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::default();
        for (name, value) in [
            ("output", folder.path().to_str().unwrap()),
            ("energy", "simulated:period=20ms,power=200,idle=60,noise=0.05,duty=0.25"),
            ("windows", "4"),
        ] {
            options.set(name, value).unwrap();
        }
        let case = Suite::find("quick").unwrap().cases(Scale::Small).remove(1);
        let (gpu, meter) = devices::open(&options).unwrap();
        let mut probe = Probe::new(gpu, meter, &options);
        let variant = case.variant(probe.gpu.profile().class);
        let prepared = probe.prepare(&case, &variant).unwrap();
        let mut taken = Taken::default();
        for _ in 0..4 {
            taken.extend(probe.windows(&prepared).unwrap());
        }
        drop(probe);
        let watts = |energies: &[f64], times: &[f64]| {
            let each: Vec<f64> = energies
                .iter()
                .zip(times)
                .map(|(energy_j, time_s)| energy_j / time_s)
                .collect();
            assert_eq!(each.len(), 12);
            mean_ci95(&each).unwrap()
        };
        let tuning = watts(&taken.energies_j, &taken.times_s);
        let ending = campaign::run(&options, &[case], &mut Silent).unwrap();
        let rows = joulemark_records::read_run(&ending.folder).unwrap().rows;
        let (energies, times): (Vec<f64>, Vec<f64>) = rows
            .iter()
            .filter(|row| row.iterations.is_some())
            .map(|row| (row.device.energy_j.unwrap(), row.wall_s.unwrap()))
            .unzip();
        let campaign = watts(&energies, &times);
        let both = |estimate: &joulemark_base::estimate::Estimate| {
            let [low, high] = estimate.ci95.unwrap();
            0.5 * (high - low)
        };
        assert!(
            (tuning.value - campaign.value).abs() < both(&tuning) + both(&campaign),
            "{tuning:?} and {campaign:?} W"
        );
        assert!((tuning.value / 200.0 - 1.0).abs() < 0.03, "{tuning:?} W");
    }
}
