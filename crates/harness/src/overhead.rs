//! What measuring costs. In: the energy sources at hand, and a case. Out: the share of a core that reading takes, and the
//! kernel's time with the sampler over its time without.

use std::fmt;
use std::time::Instant;

use joulemark_base::statistics::t_quantile;

use crate::case::Case;
use crate::devices;
use crate::error::Error;
use crate::options::Options;
use crate::prepared::{Failure, Prepared};
use crate::probe::Probe;

/// Largest share of a core that the sampler's thread may take, its waking and waiting included.
const LARGEST_SAMPLER_SHARE: f64 = 0.005;
/// Largest share of the kernel's time that readings may take: readings per second × cost of a reading.
const LARGEST_READING_SHARE: f64 = 0.001;
/// Seconds of a window here: nobody needs its joules.
pub const OVERHEAD_WINDOW_S: f64 = 0.25;

/// What measuring costs.
#[derive(Clone, Debug)]
pub struct Overhead {
    /// Each source with its readings per second, and the microseconds that one takes.
    sources: Vec<(String, f64, f64)>,
    /// Share of the time that the readings take.
    readings: f64,
    /// Share of a core that the sampler's thread takes in all, if the system tells.
    sampler: Option<f64>,
    pairs: u32,
    /// The kernel's time with the sampler over its time without, 99% interval.
    ratio: [f64; 2],
}

/// Measures it in pairs of windows with the sampler and without.
///
/// # Errors
/// If there is no adapter, or the case breaks off.
pub fn overhead(options: &Options, case: &Case, pairs: u32) -> Result<Overhead, Error> {
    let options = Options {
        window_s: Some(OVERHEAD_WINDOW_S),
        ..options.clone()
    };
    let (gpu, meter) = devices::open(&options)?;
    let mut probe = Probe::new(gpu, meter, &options);
    let variant = case.variant(probe.gpu.profile().class);
    let input = |failure: Failure| Error::Input(format!("{}: {}", case.id(), failure.reason));
    let prepared = probe.prepare(case, &variant).map_err(input)?;
    let ratio = interval(&ratios(&mut probe, &prepared, pairs).map_err(input)?);
    let (sources, readings, sampler) = shares(&mut probe, &prepared).map_err(input)?;
    Ok(Overhead {
        sources,
        readings,
        sampler,
        pairs,
        ratio,
    })
}

impl Overhead {
    /// What this tool promises, and whether that was kept here.
    #[must_use]
    pub fn promises(&self) -> [(bool, &'static str); 3] {
        let [low, high] = self.ratio;
        [
            (
                self.readings <= LARGEST_READING_SHARE,
                "readings per second × cost of a reading at most 0.1%",
            ),
            (
                self.sampler.is_none_or(|share| share <= LARGEST_SAMPLER_SHARE),
                "sampler at most 0.5% of a core",
            ),
            (
                low <= 1.0 && 1.0 <= high,
                "the time with the sampler over that without: its interval holds 1",
            ),
        ]
    }
}

impl fmt::Display for Overhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, high] = self.ratio;
        let sampler = self.sampler.map_or("unknown here".into(), |share| {
            format!("{:.3}% of a core", 100.0 * share)
        });
        for (source, per_second, cost_us) in &self.sources {
            writeln!(f, "overhead: {source}: {per_second:.1} readings/s of {cost_us:.2} µs")?;
        }
        writeln!(
            f,
            "overhead: readings {:.4}% of the time; sampler's thread {sampler}; kernel's time with the sampler over without, \
             {} pairs: [{low:.4} {high:.4}] (99%)",
            100.0 * self.readings,
            self.pairs
        )
    }
}

/// Time per iteration with the sampler over without it, pair by pair, in turns that cancel drift (ABBA).
fn ratios(probe: &mut Probe, prepared: &Prepared, pairs: u32) -> Result<Vec<f64>, Failure> {
    let mut ratios = Vec::new();
    for pair in 0..pairs {
        let mut each_s = [0.0; 2];
        for turn in 0..2 {
            let paused = (turn + pair) % 2 == 1;
            probe.bench.meter().pause(paused);
            let window = probe.window(prepared)?;
            each_s[usize::from(paused)] = window.wall_s() / window.iterations as f64;
        }
        ratios.push(each_s[0] / each_s[1]);
    }
    probe.bench.meter().pause(false);
    Ok(ratios)
}

type Shares = (Vec<(String, f64, f64)>, f64, Option<f64>);

/// The sources; of one core, what the readings take, and what the sampler's thread takes in all if the system tells.
fn shares(probe: &mut Probe, prepared: &Prepared) -> Result<Shares, Failure> {
    let state = |probe: &Probe| (probe.bench.meter().reading_costs(), probe.bench.meter().sampler_cpu_s());
    let (before, sampler_before_s) = state(probe);
    let begin = Instant::now();
    for _ in 0..8 {
        probe.window(prepared)?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let (after, sampler_after_s) = state(probe);
    let mut total_s = 0.0;
    let mut sources = Vec::new();
    for (before, after) in before.iter().zip(&after) {
        let (readings, reading_s) = (after.readings - before.readings, after.reading_s - before.reading_s);
        let cost_us = 1e6 * reading_s / readings.max(1) as f64;
        sources.push((after.source.clone(), readings as f64 / seconds, cost_us));
        total_s += reading_s;
    }
    let sampler = sampler_after_s
        .zip(sampler_before_s)
        .map(|(after_s, before_s)| (after_s - before_s) / seconds);
    Ok((sources, total_s / seconds, sampler))
}

/// The 99% interval of the geometric mean.
fn interval(ratios: &[f64]) -> [f64; 2] {
    let count = ratios.len() as f64;
    let mean = ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / count;
    let variance = ratios.iter().map(|ratio| (ratio.ln() - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let t = t_quantile(0.995, count - 1.0);
    let reach = t * (variance / count).sqrt();
    [(mean - reach).exp(), (mean + reach).exp()]
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn the_interval_is_students() {
        // Logarithms ±0.01: standard error 0.01, t(0.995, 1) = 63.657.
        let [low, high] = interval(&[0.01_f64.exp(), (-0.01_f64).exp()]);
        assert!((high.ln() - 0.636_567).abs() < 1e-5 && (low.ln() + 0.636_567).abs() < 1e-5);
    }
}
