//! The operating characteristics of the rule on planted truths: `characteristics [CATALOGUES [LAW]]`, 250 by default,
//! of the law of that number alone.

#[path = "../tests/planted/population.rs"]
mod population;

use joulemark_base::statistics::mean;
use joulemark_study::findings::{Bounded, Evidence, Judgement, Predictor, Verdict, judge};
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
        "{catalogues} catalogues of 14 kernels on 12 problems in 3 precisions; shown / not shown / cannot be judged"
    );
    let laws = [
        Law::Flops,
        Law::FlopsByPrecision,
        Law::ChancePower(0.6),
        Law::ConstantPower(0.6),
        Law::Scatter(0.351),
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
    type Read = fn(&Evidence) -> Option<Bounded>;
    let parts: [(&str, Read, f64); 3] = [
        (
            "typical ratio",
            |e| e.iso_flop.value().map(|found| found.typical_ratio),
            1.5,
        ),
        ("near pairs", |e| e.near_pairs.value().map(|found| found.share), 0.1),
        ("gap", |e| e.models.value()?.gap.value().copied(), 0.1),
    ];
    for (name, read, threshold) in parts {
        let bounded: Vec<Bounded> = all.iter().filter_map(|judged| read(&judged[0].0)).collect();
        let values: Vec<f64> = bounded.iter().map(|found| found.estimate.value).collect();
        let truth = mean(&values).unwrap_or(f64::NAN);
        let count = |test: &dyn Fn(&Bounded) -> Option<bool>| {
            let met = bounded.iter().filter(|found| test(found) == Some(true)).count();
            100.0 * met as f64 / bounded.len() as f64
        };
        println!(
            "  {name:<14} {truth:>6.3}, interval holds it in {:>5.1}%, lower bound above {threshold} in {:>5.1}%",
            count(&|found| found.estimate.ci95.map(|[low, high]| low <= truth && truth <= high)),
            count(&|found| found.lower95.map(|low| low > threshold))
        );
    }
    let errors: Vec<f64> = all
        .iter()
        .filter_map(|judged| judged[0].0.lofo_mape(Predictor::Time))
        .collect();
    println!("  time alone errs by {:.1}%", 100.0 * mean(&errors).unwrap_or(f64::NAN));
}
