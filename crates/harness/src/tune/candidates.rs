//! One kernel on one problem, and the variants of it that a search has tried and may try next. In: trials of earlier searches
//! that still hold. Out: a variant that is new, and the best so far.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use joulemark_base::objective::Objective;
use joulemark_gpu::Gpu;
use joulemark_kernels::{Distribution, Variant};
use joulemark_records::Status;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::Measured;
use super::space::Space;
use super::trials::Trial;
use crate::case::Case;
use crate::prepared::Failure;
use crate::prepared::plan;

/// Refused or known picks in a row after which a case has nothing new to offer.
pub(super) const PATIENCE: usize = 64;

/// One case of the search.
pub(super) struct Place {
    pub(super) case: Case,
    pub(super) default: Variant,
    space: Space,
    random: ChaCha8Rng,
    queue: VecDeque<Variant>,
    seen: BTreeSet<Variant>,
    /// What was measured or found wrong, and the variants in the same order.
    pub(super) trials: Vec<Trial>,
    pub(super) variants: Vec<Variant>,
    /// Best and default once more, side by side.
    pub(super) confirmed: Option<[Measured; 2]>,
    turns: usize,
    pub(super) exhausted: bool,
}

/// The kernels and problems among the cases, each once, with what is known of them.
pub(super) fn places(gpu: &Gpu, cases: &[Case], seed: u64, known: &[Trial]) -> Vec<Place> {
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
    pub(super) fn best(&self, objective: Objective) -> Option<usize> {
        let scored = self.trials.iter().enumerate().filter_map(|(index, trial)| {
            let score = objective.of(trial.time_s.filter(|_| trial.status == Status::Ok)?, trial.energy_j)?;
            Some((index, score))
        });
        scored.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index)
    }

    /// A variant that was not tried before; `None` if the space has hardly any left.
    pub(super) fn next(&mut self, objective: Objective) -> Option<Variant> {
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

    pub(super) fn measured(&self, index: usize) -> Option<Measured> {
        let trial = &self.trials[index];
        Some(Measured {
            variant: trial.variant.clone(),
            time_s: trial.time_s?,
            energy_j: trial.energy_j,
        })
    }
}

/// The hashes of a variant's shaders, or why the device cannot run it.
pub(super) fn shaders(gpu: &Gpu, case: &Case, variant: &Variant) -> Result<String, Failure> {
    let plan = plan(gpu, case, variant)?;
    let hashes: Vec<String> = plan.passes.iter().map(|pass| pass.hash()).collect();
    Ok(hashes.join(" "))
}
