//! The search: listed variants first, then neighbours of the best and random picks in turn, until the budget is spent;
//! then the best beside the default once more. In: cases and a budget. Out: the tuning table, written as it grows.

use std::path::{Path, PathBuf};
use std::time::Instant;

use joulemark_base::objective::Objective;
use joulemark_energy::SourceChoice;
use joulemark_kernels::Variant;
use joulemark_records::Status;

use super::candidates::{PATIENCE, Place, places, shaders};
use super::entry::entry;
use super::trials::{Trial, Trials};
use super::{Entry, Measured, TunedAdapter, TuningTable, table_path};
use crate::case::Case;
use crate::devices;
use crate::error::Error;
use crate::options::Options;
use crate::prepared::Prepared;
use crate::probe::{Probe, Taken};

/// Seconds for a search when nobody says otherwise.
pub const DEFAULT_BUDGET_S: f64 = 300.0;
/// Share of the budget that is kept for measuring the best beside the default.
const CONFIRMATION: f64 = 0.25;
/// A variant this many times slower than the best is not measured to the end, if time is part of what counts.
const HOPELESS: f64 = 3.0;
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
    let mut search = Search {
        places: places(&gpu, cases, options.seed, &trials.known),
        probe: Probe::new(gpu, meter, options),
        trials,
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

struct Search<'a> {
    probe: Probe,
    trials: Trials,
    places: Vec<Place>,
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
            let Ok(shaders) = shaders(&self.probe.gpu, &self.places[index].case, &variant) else {
                continue;
            };
            let trial = self.measure(index, &variant, shaders);
            self.trials.append(&trial)?;
            self.probe.gpu.usable()?;
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
    fn measure(&mut self, index: usize, variant: &Variant, shaders: String) -> Trial {
        let place = &self.places[index];
        let trial = |status, reason| Trial {
            case: place.case.id(),
            variant: variant.to_string(),
            shaders,
            status,
            reason,
            time_s: None,
            energy_j: None,
        };
        let prepared = match self.probe.prepare(&place.case, variant) {
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
        match self.probe.windows(&prepared) {
            Ok(taken) => Trial {
                time_s: taken.time_s(),
                energy_j: taken.energy_j(),
                ..trial(Status::Ok, String::new())
            },
            Err(failure) => trial(failure.status, failure.reason),
        }
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
            let sides = [&place.variants[best], &place.default].map(|variant| self.probe.prepare(&place.case, variant));
            let [Ok(tuned), Ok(default)] = sides else {
                continue;
            };
            let mut seen = [Taken::default(), Taken::default()];
            for _ in 0..2 {
                for (side, prepared) in seen.iter_mut().zip([&tuned, &default]) {
                    if let Ok(taken) = self.probe.windows(prepared) {
                        side.extend(taken);
                    }
                }
            }
            let measured = |taken: &Taken, prepared: &Prepared| {
                Some(Measured {
                    variant: prepared.variant.to_string(),
                    time_s: taken.time_s()?,
                    energy_j: taken.energy_j(),
                })
            };
            let [a, b] = &seen;
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
