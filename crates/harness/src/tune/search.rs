//! The search: listed variants first, then neighbours of the best and random picks in turn, until the budget is spent;
//! then the best beside the default once more. In: cases and a budget. Out: the tuning table, written as it grows.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Instant;

use joulemark_energy::{Meter, SourceChoice};
use joulemark_gpu::Gpu;
use joulemark_kernels::{Distribution, Variant};
use joulemark_records::Status;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::space::Space;
use super::trials::{Trial, Trials};
use super::{Entry, Measured, TunedAdapter, TuningTable, table_path};
use crate::devices;
use crate::prepared::{Verified, plan};
use crate::{Case, Error, Failure, Options, Prepared, Window};
use joulemark_base::objective::Objective;
use joulemark_base::statistics::median;

/// Seconds for a search when nobody says otherwise.
pub const DEFAULT_BUDGET_S: f64 = 300.0;
/// Share of the budget that is kept for measuring the best beside the default.
const CONFIRMATION: f64 = 0.25;
/// Windows per trial; their median counts.
const WINDOWS: usize = 3;
/// Length of a window without an energy source.
const WINDOW_S: f64 = 0.05;
/// Ticks of the slowest source may be this share of a window: smaller differences are not searched for.
const RESOLUTION: f64 = 0.05;
/// A variant this many times slower than the best is not measured to the end, if time is part of what counts.
const HOPELESS: f64 = 3.0;
/// Refused or known picks in a row after which a case has nothing new to offer.
const PATIENCE: usize = 64;
/// How much better than the default an unconfirmed variant must look: the best of many noisy numbers looks too good.
const UNCONFIRMED_GAIN: f64 = 0.9;

/// How to tune.
#[derive(Clone, Debug)]
pub struct TuneOptions {
    /// What a variant is chosen for.
    pub objective: Objective,
    /// Seconds that the whole may take.
    pub budget_s: f64,
    /// Whether to forget earlier trials.
    pub fresh: bool,
}

/// How it goes.
pub trait Progress {
    /// The device is open: the table's path, the cases, trials of earlier searches that still hold, and whether energy is
    /// measured.
    fn begin(&mut self, _table: &Path, _cases: usize, _known: usize, _with_energy: bool) {}
    /// A variant was tried; `is_best` says whether none was better so far.
    fn trial(&mut self, _case: &Case, _trial: &Trial, _is_best: bool, _left_s: f64) {}
    /// The search is over, the best are measured beside their defaults.
    fn confirming(&mut self, _cases: usize) {}
    /// Whether to stop.
    fn stop(&mut self) -> bool {
        false
    }
}

/// What a search came to.
#[derive(Clone, Debug)]
pub struct Tuning {
    /// Where the table was written.
    pub path: PathBuf,
    /// The entries of this search.
    pub entries: Vec<Entry>,
    /// Whether it was told to stop.
    pub stopped: bool,
    /// Variants that gave a wrong result or broke off.
    pub wrong: Vec<Trial>,
}

/// Searches and writes the table of the adapter that the options choose.
///
/// # Errors
/// No adapter, no energy source where energy is the objective, or files that cannot be written.
pub fn tune(
    options: &Options,
    cases: &[Case],
    settings: &TuneOptions,
    progress: &mut dyn Progress,
) -> Result<Tuning, Error> {
    let clock = Instant::now();
    let (gpu, meter) = devices::open(options)?;
    let with_energy = meter.slowest_period_s().is_some();
    if settings.objective != Objective::Time && !with_energy {
        return Err(Error::NoSource(format!(
            "the objective {} needs an energy source, and there is none: `joulemark doctor` says what is missing",
            settings.objective
        )));
    }
    let adapter = TunedAdapter::of(gpu.description());
    let path = table_path(&adapter).ok_or_else(|| {
        Error::Input("there is no folder for caches: set XDG_CACHE_HOME, or HOME, to one that can be written".into())
    })?;
    // Made-up joules may choose made-up winners: they have a table of their own, which nothing uses by itself.
    let path = match options.energy {
        SourceChoice::Simulated(_) | SourceChoice::Replay(_) => path.with_extension("simulated.json"),
        _ => path,
    };
    let table = match path.is_file() {
        true => TuningTable::read(&path)?.0,
        false => TuningTable::new(adapter),
    };
    let trials = Trials::open(&path.with_extension("trials.jsonl"), settings.fresh)?;
    let window_s = options
        .window_s
        .or_else(|| meter.window_s(RESOLUTION))
        .unwrap_or(WINDOW_S);
    let mut search = Search {
        places: places(&gpu, cases, options.seed, &trials.known),
        gpu,
        meter,
        trials,
        window_s,
        seed: options.seed,
        settings,
        clock,
        stopped: false,
    };
    let known = search.places.iter().map(|place| place.trials.len()).sum();
    progress.begin(&path, search.places.len(), known, with_energy);
    search.search(progress)?;
    search.confirm(progress)?;
    search.finish(table, path)
}

/// One case of the search.
struct Place {
    case: Case,
    default: Variant,
    space: Space,
    random: ChaCha8Rng,
    queue: VecDeque<Variant>,
    seen: BTreeSet<Variant>,
    /// What was measured or found wrong, and the variants in the same order.
    trials: Vec<Trial>,
    variants: Vec<Variant>,
    /// Best and default once more, side by side.
    confirmed: Option<[Measured; 2]>,
    turns: usize,
    exhausted: bool,
}

/// The kernels and problems among the cases, each once, with what is known of them.
fn places(gpu: &Gpu, cases: &[Case], seed: u64, known: &[Trial]) -> Vec<Place> {
    let mut ids = BTreeSet::new();
    let plain = |case: &Case| Case {
        workload: case.workload.clone(),
        input: Distribution::described_by(&case.algorithm.default_variant(case.precision, gpu.profile().class)),
        ..Case::new(case.algorithm, case.precision, case.problem)
    };
    cases
        .iter()
        .map(plain)
        .filter(|case| ids.insert(case.id()))
        .map(|case| Place::new(gpu, case, seed, known))
        .collect()
}

impl Place {
    fn new(gpu: &Gpu, case: Case, seed: u64, known: &[Trial]) -> Self {
        let class = gpu.profile().class;
        let default = case.algorithm.default_variant(case.precision, class);
        let space = Space::of(case.algorithm, case.precision, class);
        let mut hasher = DefaultHasher::new();
        (seed, case.id()).hash(&mut hasher);
        let mut random = ChaCha8Rng::seed_from_u64(hasher.finish());
        let mut place = Self {
            queue: space.listed(&mut random).into(),
            seen: BTreeSet::new(),
            trials: Vec::new(),
            variants: Vec::new(),
            confirmed: None,
            turns: 0,
            exhausted: false,
            case,
            default,
            space,
            random,
        };
        let id = place.case.id();
        for trial in known.iter().filter(|trial| trial.case == id) {
            let Ok(variant) = place.default.with(trial.variant.trim_matches('-')) else {
                continue;
            };
            let same = shaders(gpu, &place.case, &variant).is_ok_and(|shaders| shaders == trial.shaders);
            if same && place.seen.insert(variant.clone()) {
                place.trials.push(trial.clone());
                place.variants.push(variant);
            }
        }
        place
    }

    /// The index of the best trial by this objective.
    fn best(&self, objective: Objective) -> Option<usize> {
        let scored = self.trials.iter().enumerate().filter_map(|(index, trial)| {
            let score = objective.of(trial.time_s.filter(|_| trial.status == Status::Ok)?, trial.energy_j)?;
            Some((index, score))
        });
        scored.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index)
    }

    /// A variant that was not tried before; `None` if the space has hardly any left.
    fn next(&mut self, objective: Objective) -> Option<Variant> {
        while let Some(variant) = self.queue.pop_front() {
            if self.seen.insert(variant.clone()) {
                return Some(variant);
            }
        }
        self.turns += 1;
        if !self.turns.is_multiple_of(2)
            && let Some(best) = self.best(objective)
        {
            let around = self.space.neighbours(&self.variants[best], &mut self.random);
            if let Some(variant) = around.into_iter().find(|variant| !self.seen.contains(variant)) {
                self.seen.insert(variant.clone());
                return Some(variant);
            }
        }
        let fresh = (0..PATIENCE)
            .map(|_| self.space.pick(&mut self.random))
            .find(|variant| !self.seen.contains(variant))?;
        self.seen.insert(fresh.clone());
        Some(fresh)
    }

    fn measured(&self, index: usize) -> Option<Measured> {
        let trial = &self.trials[index];
        Some(Measured {
            variant: trial.variant.clone(),
            time_s: trial.time_s?,
            energy_j: trial.energy_j,
        })
    }
}

/// The hashes of a variant's shaders, or why the device cannot run it.
fn shaders(gpu: &Gpu, case: &Case, variant: &Variant) -> Result<String, Failure> {
    let plan = plan(gpu, case, variant)?;
    let hashes: Vec<String> = plan.passes.iter().map(|pass| pass.hash()).collect();
    Ok(hashes.join(" "))
}

struct Search<'a> {
    gpu: Gpu,
    meter: Meter,
    trials: Trials,
    places: Vec<Place>,
    window_s: f64,
    seed: u64,
    settings: &'a TuneOptions,
    clock: Instant,
    stopped: bool,
}

impl Search<'_> {
    fn left_s(&self) -> f64 {
        self.settings.budget_s - self.clock.elapsed().as_secs_f64()
    }

    /// Each case tries one variant in turn.
    fn search(&mut self, progress: &mut dyn Progress) -> Result<(), Error> {
        let reserve_s = CONFIRMATION * self.settings.budget_s;
        while self.places.iter().any(|place| !place.exhausted) {
            for index in 0..self.places.len() {
                if progress.stop() {
                    self.stopped = true;
                    return Ok(());
                }
                if self.left_s() <= reserve_s {
                    return Ok(());
                }
                if !self.places[index].exhausted {
                    self.step(index, progress)?;
                }
            }
        }
        Ok(())
    }

    /// Tries the next variant that the device can run.
    fn step(&mut self, index: usize, progress: &mut dyn Progress) -> Result<(), Error> {
        let objective = self.settings.objective;
        for _ in 0..PATIENCE {
            let Some(variant) = self.places[index].next(objective) else {
                break;
            };
            let Ok(shaders) = shaders(&self.gpu, &self.places[index].case, &variant) else {
                continue;
            };
            let trial = self.measure(index, &variant, shaders);
            self.trials.append(&trial)?;
            self.gpu.usable()?;
            let place = &mut self.places[index];
            place.trials.push(trial);
            place.variants.push(variant);
            let is_best = place.best(objective) == Some(place.trials.len() - 1);
            let left_s = self.left_s();
            let place = &self.places[index];
            progress.trial(&place.case, &place.trials[place.trials.len() - 1], is_best, left_s);
            return Ok(());
        }
        self.places[index].exhausted = true;
        Ok(())
    }

    /// Verifies, warms up and measures a variant.
    fn measure(&self, index: usize, variant: &Variant, shaders: String) -> Trial {
        let place = &self.places[index];
        let trial = |status, reason| Trial {
            case: place.case.id(),
            variant: variant.to_string(),
            shaders: shaders.clone(),
            status,
            reason,
            time_s: None,
            energy_j: None,
        };
        let prepared = match self.prepare(&place.case, variant) {
            Ok(prepared) => prepared,
            Err(failure) => return trial(failure.status, failure.reason),
        };
        let best = place.best(Objective::Time).and_then(|best| place.trials[best].time_s);
        let hopeless = |time_s: f64| best.is_some_and(|best| time_s > HOPELESS * best);
        if self.settings.objective != Objective::Energy && hopeless(prepared.seconds_per_iteration()) {
            return Trial {
                time_s: Some(prepared.seconds_per_iteration()),
                ..trial(Status::Ok, "by the warm-up: too slow to be measured longer".into())
            };
        }
        match self.windows(&prepared) {
            Ok((times, energies)) => Trial {
                time_s: median(&times),
                energy_j: median(&energies),
                ..trial(Status::Ok, String::new())
            },
            Err(reason) => trial(Status::Error, reason),
        }
    }

    fn prepare(&self, case: &Case, variant: &Variant) -> Result<Prepared, Failure> {
        let case = Case {
            variant: Some(variant.clone()),
            ..case.clone()
        };
        let mut prepared = Prepared::new(&self.gpu, &case, self.seed, &mut Verified::default())?;
        prepared.warm_up().map_err(|error| Failure {
            status: Status::Error,
            reason: error.to_string(),
        })?;
        Ok(prepared)
    }

    /// Seconds and joules per iteration of some windows.
    fn windows(&self, prepared: &Prepared) -> Result<(Vec<f64>, Vec<f64>), String> {
        let iterations = prepared.iterations_in(self.window_s);
        let (mut times, mut energies) = (Vec::new(), Vec::new());
        for _ in 0..WINDOWS {
            let window = Window::run(prepared, &self.meter, iterations).map_err(|error| error.to_string())?;
            times.push(window.wall_s() / iterations as f64);
            let energy = self.meter.measure(window.start, window.end);
            energies.extend(energy.device.energy_j.map(|energy_j| energy_j / iterations as f64));
            // Nobody wants the raw ticks here, and they would pile up.
            drop(self.meter.drain_ticks());
        }
        if energies.len() < WINDOWS {
            energies.clear();
        }
        Ok((times, energies))
    }

    /// Measures the best variant of each case and its default in turn, so that both see the same machine.
    fn confirm(&mut self, progress: &mut dyn Progress) -> Result<(), Error> {
        let objective = self.settings.objective;
        let open: Vec<(usize, usize)> = self
            .places
            .iter()
            .enumerate()
            .filter_map(|(index, place)| {
                let best = place.best(objective)?;
                (place.variants[best] != place.default).then_some((index, best))
            })
            .collect();
        progress.confirming(open.len());
        for (index, best) in open {
            if self.stopped || self.left_s() <= 0.0 {
                break;
            }
            if progress.stop() {
                self.stopped = true;
                break;
            }
            let place = &self.places[index];
            let sides = [&place.variants[best], &place.default].map(|variant| self.prepare(&place.case, variant));
            let [Ok(tuned), Ok(default)] = sides else {
                continue;
            };
            let mut seen = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
            for _ in 0..2 {
                for (side, prepared) in seen.iter_mut().zip([&tuned, &default]) {
                    if let Ok((times, energies)) = self.windows(prepared) {
                        side.0.extend(times);
                        side.1.extend(energies);
                    }
                }
            }
            let measured = |(times, energies): (Vec<f64>, Vec<f64>), prepared: &Prepared| {
                Some(Measured {
                    variant: prepared.variant.to_string(),
                    time_s: median(&times)?,
                    energy_j: median(&energies),
                })
            };
            let [a, b] = seen;
            self.places[index].confirmed = measured(a, &tuned).zip(measured(b, &default)).map(|(a, b)| [a, b]);
        }
        Ok(())
    }

    /// Writes the table.
    fn finish(self, mut table: TuningTable, path: PathBuf) -> Result<Tuning, Error> {
        let objective = self.settings.objective;
        let entries: Vec<Entry> = self.places.iter().filter_map(|place| entry(place, objective)).collect();
        table.merge(entries.clone());
        table.write(&path)?;
        let failed = self.places.iter().flat_map(|place| &place.trials);
        let wrong = failed.filter(|trial| matches!(trial.status, Status::WrongResult | Status::Error));
        Ok(Tuning {
            path,
            entries,
            stopped: self.stopped,
            wrong: wrong.cloned().collect(),
        })
    }
}

/// What is known of one case; `None` if nothing was measured.
fn entry(place: &Place, objective: Objective) -> Option<Entry> {
    let best_by = |objective| place.best(objective).and_then(|best| place.measured(best));
    let best = best_by(objective)?;
    let default_name = place.default.to_string();
    let default = place
        .trials
        .iter()
        .position(|trial| trial.variant == default_name && trial.status == Status::Ok)
        .and_then(|index| place.measured(index));
    let score = |measured: &Measured| objective.of(measured.time_s, measured.energy_j);
    let (better, tuned, default) = match &place.confirmed {
        Some([tuned, default]) => (score(tuned) < score(default), tuned.clone(), Some(default.clone())),
        // A default that cannot run, or gives no number, is no choice.
        None => match default.as_ref().and_then(score).zip(score(&best)) {
            Some((usual, found)) => (found < UNCONFIRMED_GAIN * usual, best.clone(), default),
            None => (true, best.clone(), default),
        },
    };
    let case = &place.case;
    Some(Entry {
        kernel: case.algorithm.to_string(),
        precision: case.precision.name().into(),
        problem: case.problem.to_string(),
        objective,
        chosen: if better { best.variant } else { default_name },
        confirmed: place.confirmed.is_some(),
        trials: place.trials.iter().filter(|trial| trial.time_s.is_some()).count(),
        tuned: if better { Some(tuned) } else { default.clone() },
        default,
        fastest: best_by(Objective::Time),
        thriftiest: best_by(Objective::Energy),
        least_energy_delay: best_by(Objective::Edp),
    })
}
