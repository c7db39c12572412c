//! Catalogues whose truth is planted: kernels drawn from a population that obeys a law of energy, in memory, as a campaign of
//! a few rounds would have measured them.

use std::collections::BTreeSet;

use joulemark_study::samples::{Case, CaseFacts, Count, Device, Samples, Shape, Window};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// What makes time and energy above idle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Law {
    /// E = F·e, whatever the precision and the kernel.
    Flops,
    /// E = F·e(precision).
    FlopsByPrecision,
    /// E = F·e·exp(a): a of each kernel, normal with this deviation, and a tenth of it of each case.
    Scatter(f64),
    /// t ∝ F, and the power is drawn for each kernel with this deviation of its logarithm.
    ChancePower(f64),
    /// E = P·t, and the time is drawn for each kernel with this deviation of its logarithm.
    ConstantPower(f64),
    /// E = F·e(precision) + Q·e_byte + P₀·t, the traffic of each kernel with this deviation of its logarithm.
    Roofline(f64),
}

/// Laws under which one condition sits on its threshold, in the order of the rule: among all kernels of [`Catalogue::of`], and
/// among the fastest of [`Catalogue::of_shapes`]. By the point values of 400 catalogues each, with seeds of their own.
pub(crate) const AT_THRESHOLD: [[Law; 3]; 2] = [
    [Law::Scatter(0.35), Law::Scatter(0.3385), Law::Roofline(0.342)],
    [Law::Scatter(0.349), Law::Scatter(0.336), Law::Roofline(0.339)],
];

/// A roofline device with a typical ratio of 2.5, among all kernels and among the fastest.
pub(crate) const TYPICALLY_2_5: [Law; 2] = [Law::Roofline(1.87), Law::Roofline(1.97)];

/// What draws a member of the population: each kernel, or each class of shapes in each precision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Member {
    Kernel,
    Shape,
}

/// A catalogue to be drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Catalogue {
    pub(crate) law: Law,
    pub(crate) member: Member,
    /// Kernels.
    pub(crate) families: usize,
    /// Problems of each of so many classes of shapes; each in three precisions.
    pub(crate) sizes: usize,
    pub(crate) classes: usize,
    pub(crate) rounds: u32,
    /// Relative shift of each case in each round.
    pub(crate) shift: f64,
}

/// Batch, m, n, k of a class of shapes; only what class it is counts.
const SHAPES: [[u64; 4]; 6] = [
    [1, 1000, 1000, 900],
    [1, 8000, 500, 500],
    [1, 4000, 1, 4000],
    [1, 100, 100, 4000],
    [1, 1000, 1000, 100],
    [8, 500, 500, 500],
];

impl Catalogue {
    /// The one that most tests draw: 14 kernels on 12 problems.
    pub(crate) const fn of(law: Law) -> Self {
        Self {
            law,
            member: Member::Kernel,
            families: 14,
            sizes: 6,
            classes: 2,
            rounds: 3,
            shift: 0.01,
        }
    }

    /// One whose fastest kernels are enough to be judged: 36 problems in 18 families.
    pub(crate) const fn of_shapes(law: Law) -> Self {
        Self {
            member: Member::Shape,
            families: 2,
            classes: 6,
            ..Self::of(law)
        }
    }

    /// One draw of it.
    pub(crate) fn draw(&self, seed: u64) -> Samples {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // Even between two ends, of unit variance: the kernels of a catalogue are no worse than its worst.
        let mut even = || 12_f64.sqrt() * (f64::from(random.next_u32()) / 2_f64.powi(32) - 0.5);
        let members = match self.member {
            Member::Kernel => self.families,
            Member::Shape => 3 * self.classes,
        };
        let members: Vec<[f64; 2]> = (0..members).map(|_| [even(), even()]).collect();
        let mut cases = Vec::new();
        for family in 0..self.families {
            for problem in 0..self.sizes * self.classes {
                let own = 0.1 * normal(&mut random);
                for precision in 0..3 {
                    let member = match self.member {
                        Member::Kernel => family,
                        Member::Shape => 3 * (problem % self.classes) + precision,
                    };
                    let kernel = members[member].map(|member| member + own);
                    let case = self.case(&mut random, &format!("k{family:02}"), kernel, problem, precision);
                    cases.push(case);
                }
            }
        }
        for size in 0..6 {
            let mut case = self.case(&mut random, "control", [0.0; 2], size * self.classes, 0);
            case.facts.suites = BTreeSet::from(["controls".to_owned()]);
            cases.push(case);
        }
        let mut again = self.case(&mut random, "control", [0.0; 2], 2 * self.classes, 0);
        again.facts.case_id += "@again";
        again.facts.suites = BTreeSet::from(["controls".to_owned()]);
        cases.push(again);
        Samples {
            devices: vec![Device {
                name: "planted".into(),
                machine: "planted".into(),
            }],
            cases,
            ..Samples::default()
        }
    }

    fn case(&self, random: &mut impl Rng, algorithm: &str, kernel: [f64; 2], problem: usize, precision: usize) -> Case {
        let [kernel, other] = kernel;
        let word = ["f32", "f16", "i8"][precision];
        // Each class of shapes has each operation count; a step of the count is 1.8-fold.
        let flops = 1e9 * 1.8_f64.powi((problem / self.classes) as i32);
        let [batch, m, n, k] = SHAPES[problem % self.classes];
        let (time_s, active_j) = self.costs(flops, kernel, precision, algorithm == "control");
        let mut windows = Vec::new();
        for round in 0..self.rounds {
            let (a, b) = (1.0 + self.shift * normal(random), 1.0 + self.shift * normal(random));
            windows.push(Window {
                run: 0,
                round,
                order: 0,
                offset: 0,
                time_s: time_s * a,
                gpu_s: None,
                clock_mhz: None,
                gross_j: Some((active_j + 40.0 * time_s) * b),
                active_j: Some(active_j * b),
                idle_u_j: 0.0,
                simulated: false,
            });
        }
        let mut counts = [None; 9];
        let traffic = flops / 40.0 * [4.0, 2.0, 1.0][precision] * self.traffic(kernel, other);
        for (count, value) in [
            (Count::FlopsTask, flops),
            (Count::OpsExecuted, flops),
            (Count::BytesMin, flops / 100.0),
            (Count::BytesModel, traffic),
        ] {
            counts[count as usize] = Some(value);
        }
        let dimension = |name: &str| match name {
            "batch" => Some(batch),
            "m" => Some(m),
            "n" => Some(n),
            "k" => Some(k),
            _ => None,
        };
        let facts = CaseFacts {
            device: 0,
            case_id: format!("matmul/{algorithm}/{word}/p{problem}"),
            variant: String::new(),
            has_other_variants: false,
            op: "matmul".into(),
            algorithm: algorithm.into(),
            precision: word.into(),
            input: "uniform".into(),
            shape: Shape(Shape::COLUMNS.map(dimension)),
            counts,
            suites: BTreeSet::from(["standard".to_owned()]),
            workloads: BTreeSet::new(),
        };
        Case {
            facts,
            windows,
            power_limit_w: None,
        }
    }

    /// Bytes of a kernel over those of a middling one: where no law speaks of bytes they have nothing to do with its energy.
    fn traffic(&self, kernel: f64, other: f64) -> f64 {
        match self.law {
            Law::Roofline(deviation) => (deviation * kernel).exp(),
            _ => (0.5 * other).exp(),
        }
    }

    /// Seconds and joules above idle.
    fn costs(&self, flops: f64, kernel: f64, precision: usize, is_control: bool) -> (f64, f64) {
        let per_precision = [10e-12, 5e-12, 2.5e-12][precision];
        let kernel = if is_control { 0.0 } else { kernel };
        match self.law {
            Law::Flops => (flops / 5e12, flops * 10e-12),
            Law::FlopsByPrecision => (flops / 5e12, flops * per_precision),
            Law::Scatter(deviation) => (flops / 5e12, flops * 10e-12 * (deviation * kernel).exp()),
            Law::ChancePower(deviation) => (flops / 5e12, flops / 5e12 * 100.0 * (deviation * kernel).exp()),
            Law::ConstantPower(deviation) => {
                let time = flops / 5e12 * (deviation * kernel).exp();
                (time, 100.0 * time)
            }
            Law::Roofline(deviation) => {
                let bytes = flops / 40.0 * [4.0, 2.0, 1.0][precision] * (deviation * kernel).exp();
                let time = (flops / [8e12, 16e12, 32e12][precision]).max(bytes / 1e12);
                (time, flops * per_precision + bytes * 60e-12 + 20.0 * time)
            }
        }
    }
}

fn normal(random: &mut impl Rng) -> f64 {
    StandardNormal.sample(random)
}
