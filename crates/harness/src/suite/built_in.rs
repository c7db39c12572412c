//! The suites that come with the program. In: the TOML files beside the sources. Out: suites, read once.

use std::sync::LazyLock;

use super::Suite;

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../suites/", $name, ".toml")))),*]
    };
}

static SUITES: LazyLock<Vec<Suite>> = LazyLock::new(|| {
    let texts = built_in![
        "default",
        "standard",
        "quick",
        "iso-flop",
        "algorithms",
        "precision",
        "input-data",
        "intensity",
        "op-mix",
        "duty",
        "transfer",
        "training",
        "fusion",
        "sparsity",
        "mobilenet-v1",
        "mobilenet-v2",
        "depthwise-dense",
        "alexnet",
        "vgg-11",
        "vgg-13",
        "vgg-16",
        "vgg-19",
        "resnet-18",
        "resnet-50",
        "squeezenet",
        "shufflenet-v2",
        "densenet-121",
        "googlenet",
        "bert-base",
        "primer",
        "deepbench",
        "controls",
        "peers",
    ];
    let read = |(name, text)| Suite::read(&format!("{name}.toml"), text).unwrap_or_else(|why| panic!("{why}"));
    texts.into_iter().map(read).collect()
});

/// All suites that come with the program.
///
/// # Panics
/// If one of them is not sound: a test reads them all.
pub fn suites() -> &'static [Suite] {
    &SUITES
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use joulemark_kernels::Problem;

    use super::suites;
    use crate::suite::{Scale, Suite};

    #[test]
    fn suites_are_sound() {
        let names: HashSet<_> = suites().iter().map(|suite| &suite.name).collect();
        assert_eq!(names.len(), suites().len());
        for suite in suites() {
            let sentences = |text: &str| text.split_inclusive(". ").count();
            assert!(
                sentences(&suite.description) <= 2,
                "{}: {}",
                suite.name,
                suite.description
            );
            assert!(
                !suite.hypothesis.is_empty() && !suite.direction.is_empty(),
                "{}",
                suite.name
            );
            for scale in Scale::ALL {
                let cases = suite.cases(scale);
                assert!(!cases.is_empty(), "{}", suite.name);
                let ids: HashSet<_> = cases.iter().map(|case| case.id()).collect();
                assert_eq!(ids.len(), cases.len(), "{} lists a case twice", suite.name);
                for case in cases {
                    case.problem.validate().unwrap();
                    assert!(case.id().len() <= 64, "{} is too long for a file name", case.id());
                }
            }
        }
    }

    /// What a problem is grouped by among the fastest kernels: kind, coarse shape and precision.
    fn family(case: &crate::Case) -> String {
        let shape = match case.problem {
            Problem::Conv2d(conv) if conv.groups == conv.c => "depthwise".into(),
            Problem::Conv2d(conv) => format!("{}x{} in {} groups", conv.r, conv.s, conv.groups.min(2)),
            Problem::Matmul(size) => {
                let (side, flat) = (size.m.max(size.n), size.m.min(size.n));
                let shape = match size.k {
                    _ if flat == 1 => "vector",
                    k if k >= 4 * side => "deep",
                    k if side >= 4 * k.max(flat) => "tall",
                    k if flat >= 4 * k => "flat",
                    _ => "square",
                };
                format!("{shape}, batched: {}", size.batch > 1)
            }
            Problem::Gradient(_) | Problem::Chain(_) | Problem::Other(_) => {
                unreachable!("these are no evidence of the standard suite")
            }
        };
        format!("{} {shape} {}", case.problem.op(), case.precision)
    }

    /// What the rule asks for at each scale: 40 cases by 10 algorithms, 40 problems in 14 families, two kernels at least on
    /// each, a sweep of one kernel over a decade, a case under two names and one without operations; and an end in time.
    #[test]
    fn the_standard_suite_serves_the_rule() {
        for scale in Scale::ALL {
            let cases = Suite::find("standard").unwrap().cases(scale);
            assert!((100..=130).contains(&cases.len()), "{} cases", cases.len());
            let (controls, others): (Vec<_>, Vec<_>) =
                cases.iter().partition(|case| case.workload.starts_with("controls/"));
            let evidence: Vec<_> = others.into_iter().filter(|case| case.workload != "peaks").collect();
            let algorithms: HashSet<_> = evidence.iter().map(|case| case.algorithm.to_string()).collect();
            assert!(evidence.len() >= 40 && algorithms.len() >= 10, "{algorithms:?}");
            let mut kernels = HashMap::<_, u32>::new();
            for case in &evidence {
                *kernels.entry(case.problem).or_default() += 1;
            }
            let families: HashSet<_> = evidence.iter().map(|case| family(case)).collect();
            assert!(
                kernels.len() >= 40 && families.len() >= 14,
                "{} problems, {families:?}",
                kernels.len()
            );
            assert!(kernels.values().all(|kernels| *kernels >= 2), "{kernels:?}");
            let sweep: Vec<_> = controls
                .iter()
                .filter(|case| case.workload == "controls/sweep")
                .collect();
            let macs = sweep.iter().map(|case| case.problem.macs());
            assert!(sweep.len() >= 4 && macs.clone().max().unwrap() >= 10 * macs.min().unwrap());
            assert!(
                sweep
                    .iter()
                    .all(|case| case.algorithm.name() == sweep[0].algorithm.name())
            );
            let pair = controls.iter().filter(|case| case.is_again(&cases[0]));
            let copies = controls.iter().filter(|case| case.problem.operations() == 0);
            assert_eq!((pair.count(), copies.count(), cases[0].id()), (1, 1, sweep[0].id()));
        }
    }

    #[test]
    fn iso_flop_cases_have_equal_flops() {
        for (suite, scale, macs) in [
            ("default", Scale::Small, 1 << 24),
            ("iso-flop", Scale::Small, 1 << 24),
            ("iso-flop", Scale::Medium, 1 << 30),
            ("iso-flop", Scale::Large, 1 << 33),
        ] {
            let cases = Suite::find(suite).unwrap().cases(scale);
            let iso: HashSet<_> = cases
                .iter()
                .filter(|case| suite == "iso-flop" || case.workload == "iso-flop")
                .map(|case| case.problem.macs())
                .collect();
            assert_eq!(iso, HashSet::from([macs]), "{suite}");
        }
    }
}
