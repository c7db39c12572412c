//! What measuring costs. In: the energy sources at hand, or the simulated one. Out: the share of a core that reading
//! takes, and the kernel's time with the sampler over its time without.

use std::process::ExitCode;
use std::time::Instant;

use joulemark::journal::Position;
use joulemark_base::statistics::t_quantile;
use joulemark_energy::SourceChoice;
use joulemark_kernels::{Op, catalogue};

use crate::{Case, Error, Options, Prepared, Session};

/// Largest share of a core that the sampler's thread may take, its waking and waiting included.
const LARGEST_SAMPLER_SHARE: f64 = 0.005;
/// Largest share of the kernel's time that readings may take: readings per second × cost of a reading.
const LARGEST_READING_SHARE: f64 = 0.001;
const PAIRS: usize = 40;
const WINDOW_S: f64 = 0.25;

/// Measures the overhead and prints it; fails if it is above what this tool promises. Takes Criterion's flags: does
/// nothing if a filter means something else.
pub fn overhead() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if has("--list") {
        println!("overhead: benchmark");
        return ExitCode::SUCCESS;
    }
    let filter = arguments.iter().find(|argument| !argument.starts_with('-'));
    if filter.is_some_and(|filter| !"overhead".contains(filter.as_str())) {
        return ExitCode::SUCCESS;
    }
    match measure(if has("--bench") { PAIRS } else { 2 }) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn measure(pairs: usize) -> Result<bool, Error> {
    let mut options = Options::from_environment(crate::Verb::Bench)?;
    let folder = std::env::temp_dir().join(format!("joulemark-overhead-{}", std::process::id()));
    options.out.clone_from(&folder);
    options.window_s = Some(WINDOW_S);
    let algorithm = catalogue::find(Op::Matmul, "register_only").map_err(|error| Error::Input(error.to_string()))?;
    let problem = "256x256x256".parse().expect("a constant problem");
    let case = Case::new(algorithm, joulemark_kernels::Precision::F32, problem);
    let mut session = Session::open(&options, std::slice::from_ref(&case))?;
    let simulated = session.meter().slowest_period_s().is_none();
    if simulated {
        options.energy = SourceChoice::Simulated("period=1ms".parse().expect("a constant source"));
        session = Session::open(&options, std::slice::from_ref(&case))?;
    }
    let verdict = compare(&mut session, &case, pairs, simulated);
    drop(session);
    // Nobody needs the rows; if the folder stays, the system's own cleaning takes it.
    let _ = std::fs::remove_dir_all(folder);
    verdict
}

fn compare(session: &mut Session, case: &Case, pairs: usize, simulated: bool) -> Result<bool, Error> {
    let prepared = match session.prepare(case, Position::default())? {
        Ok(prepared) => prepared,
        Err(failure) => return Err(Error::Input(failure.reason)),
    };
    let kind = if simulated {
        "no energy source here, so a simulated one stands in"
    } else {
        "real sources"
    };
    println!("overhead of measuring ({kind})");
    let ratios = ratios(session, &prepared, pairs)?;
    let (readings, sampler) = shares(session, &prepared)?;
    let [low, high] = interval(&ratios);
    let promises = [
        (
            readings <= LARGEST_READING_SHARE,
            "readings per second × cost of a reading at most 0.1%",
        ),
        (
            sampler.is_none_or(|share| share <= LARGEST_SAMPLER_SHARE),
            "sampler at most 0.5% of a core",
        ),
        (low <= 1.0 && 1.0 <= high, "the ratio's interval holds 1"),
    ];
    let sampler = sampler.map_or("unknown here".into(), |share| {
        format!("{:.3}% of a core", 100.0 * share)
    });
    println!(
        "readings: {:.4}% of the time; sampler's thread: {sampler}",
        100.0 * readings
    );
    println!("kernel's time with the sampler over without: {pairs} pairs, [{low:.4} {high:.4}] (99%)");
    for (kept, promise) in &promises {
        println!("{}: {promise}", if *kept { "kept" } else { "BROKEN" });
    }
    Ok(promises.iter().all(|(kept, _)| *kept))
}

/// Time per iteration with the sampler over without it, pair by pair, in turns that cancel drift (ABBA).
fn ratios(session: &mut Session, prepared: &Prepared, pairs: usize) -> Result<Vec<f64>, Error> {
    let mut ratios = Vec::new();
    for pair in 0..pairs {
        let mut wall_s = [0.0; 2];
        for turn in 0..2 {
            let paused = (turn + pair) % 2 == 1;
            session.meter().pause(paused);
            let window = session.run_window(prepared)?;
            wall_s[usize::from(paused)] = window.wall_s() / window.iterations as f64;
        }
        ratios.push(wall_s[0] / wall_s[1]);
    }
    session.meter().pause(false);
    Ok(ratios)
}

/// Of one core: what the readings take, and what the sampler's thread takes in all if the system tells.
fn shares(session: &mut Session, prepared: &Prepared) -> Result<(f64, Option<f64>), Error> {
    let state = |session: &Session| (session.meter().reading_costs(), session.meter().sampler_cpu_s());
    let (before, sampler_before_s) = state(session);
    let begin = Instant::now();
    for _ in 0..8 {
        session.run_window(prepared)?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let (after, sampler_after_s) = state(session);
    let mut total = 0.0;
    println!("{:<28} {:>10} {:>16}", "source", "reads/s", "cost of a read");
    for (before, after) in before.iter().zip(&after) {
        let (readings, reading_s) = (after.readings - before.readings, after.reading_s - before.reading_s);
        let cost_us = 1e6 * reading_s / readings.max(1) as f64;
        println!(
            "{:<28} {:>10.1} {cost_us:>13.2} µs",
            after.source,
            readings as f64 / seconds
        );
        total += reading_s;
    }
    let sampler = sampler_after_s
        .zip(sampler_before_s)
        .map(|(after_s, before_s)| (after_s - before_s) / seconds);
    Ok((total / seconds, sampler))
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
