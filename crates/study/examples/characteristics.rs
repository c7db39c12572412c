//! The operating characteristics of the rule on planted truths: `characteristics [CATALOGUES]`, 250 by default.

#[path = "../tests/planted/population.rs"]
mod population;

use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::{mean, variance};
use joulemark_study::findings::{Evidence, Judgement, Predictor, Verdict, judge};
use joulemark_study::{StudyOptions, study};
use population::{Catalogue, Law};

/// Version 1 is not part of the rule alone; so many catalogues are studied whole for it.
const FIRST: u64 = 10;

const OPTIONS: StudyOptions = StudyOptions {
    replicates: 1000,
    seed: 1,
};

fn main() {
    let catalogues = std::env::args()
        .nth(1)
        .map_or(250, |count| count.parse().unwrap_or(250));
    let only: Option<usize> = std::env::args().nth(2).and_then(|n| n.parse().ok());
    println!(
        "{catalogues} catalogues each; v2 and v1: shown / not shown / cannot be judged; intervals: true value, coverage, condition met"
    );
    let laws = [
        Law::Flops,
        Law::FlopsByPrecision,
        Law::ChancePower(0.6),
        Law::ConstantPower(0.6),
        Law::Scatter(0.359),
        Law::Scatter(0.9),
        Law::Roofline(0.7),
        Law::Roofline(1.2),
        Law::Roofline(1.6),
        Law::Roofline(1.9),
    ];
    for (index, law) in laws.into_iter().enumerate() {
        if only.is_none_or(|only| only == index) {
            row(law, catalogues);
        }
    }
}

fn row(law: Law, catalogues: u64) {
    let all: Vec<[(Evidence, Verdict); 2]> = (0..catalogues)
        .filter_map(|seed| judge(&Catalogue::of(law).draw(seed), 0, OPTIONS))
        .collect();
    let first: Vec<Judgement> = (0..catalogues.min(FIRST))
        .map(|seed| {
            study(&Catalogue::of(law).draw(seed), OPTIONS).scopes[0]
                .verdict
                .version_1
                .active
                .verdict
        })
        .collect();
    let count = |verdicts: &[Judgement]| {
        let of = |wanted| verdicts.iter().filter(|verdict| **verdict == wanted).count();
        format!(
            "{}/{}/{}",
            of(Judgement::Shown),
            of(Judgement::NotShown),
            of(Judgement::CannotBeJudged)
        )
    };
    let of = |scope: usize| all.iter().map(|judged| judged[scope].1.verdict).collect::<Vec<_>>();
    println!("\n{law:?}");
    println!(
        "  every kernel {}, fastest {}, version 1 {}",
        count(&of(0)),
        count(&of(1)),
        count(&first)
    );
    if let Some(odd) = all
        .iter()
        .find(|judged| judged[0].1.verdict == Judgement::CannotBeJudged)
    {
        println!("  {}", odd[0].1.sentence);
    }
    type Read = fn(&Evidence) -> Option<Estimate>;
    let parts: [(&str, Read, f64); 4] = [
        (
            "typical ratio",
            |e| e.iso_flop.value().map(|found| found.typical_ratio.estimate),
            1.5,
        ),
        (
            "near pairs",
            |e| e.near_pairs.value().map(|found| found.share.estimate),
            0.1,
        ),
        ("gap", |e| Some(e.models.value()?.gap.value()?.estimate), 0.1),
        (
            "time alone",
            |e| e.lofo_mape(Predictor::Time).map(Estimate::point),
            f64::INFINITY,
        ),
    ];
    for (name, read, threshold) in parts {
        let found: Vec<Estimate> = all.iter().filter_map(|judged| read(&judged[0].0)).collect();
        let truth = mean(&found.iter().map(|found| found.value).collect::<Vec<_>>()).unwrap_or(f64::NAN);
        let share = |test: &dyn Fn([f64; 2]) -> bool| {
            let intervals: Vec<[f64; 2]> = found.iter().filter_map(|found| found.ci95).collect();
            100.0 * intervals.iter().filter(|ci95| test(**ci95)).count() as f64 / intervals.len() as f64
        };
        if name == "typical ratio" {
            for t in [1.645, 1.77, 1.96, 2.16] {
                let n = found
                    .iter()
                    .filter(|f| {
                        f.ci95.is_some_and(|[low, high]| {
                            let se = (high / low).ln() / 2.0 / 2.201;
                            f.value * (-t * se).exp() > 1.5
                        })
                    })
                    .count();
                println!("    t {t}: met {n}");
            }
        }
        println!(
            "  {name:<14} mean {truth:.3}, deviation {:.4}, half interval / 1.96 {:.4}, covered {:.1}%, above {threshold} in {:.1}%",
            variance(&found.iter().map(|found| found.value).collect::<Vec<_>>())
                .unwrap_or(0.0)
                .sqrt(),
            mean(
                &found
                    .iter()
                    .filter_map(|found| found.ci95.map(|[low, high]| (high - low) / 2.0 / 1.96))
                    .collect::<Vec<_>>()
            )
            .unwrap_or(0.0),
            share(&|[low, high]| low <= truth && truth <= high),
            share(&|[low, _]| low > threshold)
        );
    }
}
