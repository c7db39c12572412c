//! Suites: named lists of cases, as data.

use joulemark_kernels::{Algorithm, Distribution, Op, Precision, Problem, catalogue};

use crate::{Case, Error};

/// A named list of cases.
pub struct Suite {
    /// Its name.
    pub name: &'static str,
    /// What it is and what it shows, in at most two sentences.
    pub description: &'static str,
    entries: &'static [Entry],
}

/// Algorithms × precisions on problems. An algorithm that does not support a problem is left out.
struct Entry {
    workload: &'static str,
    op: Op,
    algorithms: Algorithms,
    precisions: &'static [Precision],
    problems: &'static [&'static str],
}

enum Algorithms {
    All,
    Named(&'static [&'static str]),
}

const F32: &[Precision] = &[Precision::F32];

static SUITES: &[Suite] = &[
    Suite {
        name: "default",
        description: "Every kernel in every precision at one size, a second size in f32, and matrix products of equal \
                      FLOPs and different shapes. About five minutes on two CPU cores.",
        entries: &[
            Entry {
                workload: "square",
                op: Op::Matmul,
                algorithms: Algorithms::All,
                precisions: &Precision::ALL,
                problems: &["256x256x256"],
            },
            Entry {
                workload: "skinny",
                op: Op::Matmul,
                algorithms: Algorithms::All,
                precisions: F32,
                problems: &["96x384x512"],
            },
            Entry {
                workload: "iso-flop",
                op: Op::Matmul,
                algorithms: Algorithms::Named(&["naive", "register_only"]),
                precisions: F32,
                problems: &["1024x128x128", "64x64x4096", "16x1024x1024", "1x4096x4096"],
            },
            Entry {
                workload: "3x3",
                op: Op::Conv2d,
                algorithms: Algorithms::All,
                precisions: &Precision::ALL,
                problems: &["n1c32h28w28k32r3s3p1"],
            },
            Entry {
                workload: "pointwise",
                op: Op::Conv2d,
                algorithms: Algorithms::All,
                precisions: F32,
                problems: &["n1c64h28w28k64r1s1"],
            },
            Entry {
                workload: "depthwise",
                op: Op::Conv2d,
                algorithms: Algorithms::All,
                precisions: F32,
                problems: &["n1c64h28w28k64r3s3p1g64"],
            },
        ],
    },
    Suite {
        name: "quick",
        description: "Two kernels of each kind in f32: a taste in half a minute.",
        entries: &[
            Entry {
                workload: "square",
                op: Op::Matmul,
                algorithms: Algorithms::Named(&["naive", "register_only"]),
                precisions: F32,
                problems: &["128x128x128"],
            },
            Entry {
                workload: "3x3",
                op: Op::Conv2d,
                algorithms: Algorithms::Named(&["direct", "implicit_gemm"]),
                precisions: F32,
                problems: &["n1c16h28w28k16r3s3p1"],
            },
        ],
    },
];

/// All suites.
pub fn suites() -> &'static [Suite] {
    SUITES
}

impl Suite {
    /// The suite with this name.
    ///
    /// # Errors
    /// A sentence that lists the names there are.
    pub fn find(name: &str) -> Result<&'static Self, Error> {
        SUITES.iter().find(|suite| suite.name == name).ok_or_else(|| {
            let names: Vec<_> = SUITES.iter().map(|suite| suite.name).collect();
            Error::Input(format!("there is no suite `{name}`; there are {}", names.join(", ")))
        })
    }

    /// Its cases, in the order of the table.
    pub fn cases(&self) -> Vec<Case> {
        self.entries.iter().flat_map(Entry::cases).collect()
    }
}

impl Entry {
    fn cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for text in self.problems {
            let problem: Problem = text.parse().expect("a test reads every suite");
            for algorithm in catalogue::all().filter(|algorithm| self.wants(*algorithm)) {
                for &precision in self.precisions {
                    let tuning = algorithm.variants(precision).swap_remove(0);
                    if algorithm.supports(&problem, precision, &tuning).is_ok() {
                        cases.push(Case {
                            workload: self.workload.into(),
                            algorithm,
                            precision,
                            problem,
                            input: Distribution::default(),
                            tuning: None,
                        });
                    }
                }
            }
        }
        cases
    }

    fn wants(&self, algorithm: &dyn Algorithm) -> bool {
        algorithm.op() == self.op
            && match self.algorithms {
                Algorithms::All => true,
                Algorithms::Named(names) => names.contains(&algorithm.name()),
            }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::suites;

    #[test]
    fn suites_are_sound() {
        for suite in suites() {
            let cases = suite.cases();
            assert!(!cases.is_empty(), "{}", suite.name);
            let ids: HashSet<_> = cases.iter().map(|case| case.id()).collect();
            assert_eq!(ids.len(), cases.len(), "{} lists a case twice", suite.name);
            for case in cases {
                case.problem.validate().unwrap();
                assert!(case.id().len() <= 64, "{} is too long for a file name", case.id());
            }
        }
    }

    #[test]
    fn iso_flop_cases_have_equal_flops() {
        let cases = super::Suite::find("default").unwrap().cases();
        let iso: HashSet<_> = cases
            .iter()
            .filter(|case| case.workload == "iso-flop")
            .map(|case| case.problem.macs())
            .collect();
        assert_eq!(iso, HashSet::from([1 << 24]));
    }
}
