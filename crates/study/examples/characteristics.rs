//! The operating characteristics of the rule on planted truths: `characteristics [CATALOGUES [ROW [FIRST_SEED]]]`, 250 by
//! default, of the row of that number alone, from the first seed on; no seed served any choice.

#[path = "../tests/planted/population.rs"]
mod population;

use joulemark_base::statistics::mean;
use joulemark_study::findings::{Bounded, Evidence, Judgement, Predictor, Verdict, judge};
use joulemark_study::{StudyOptions, study};
use population::{AT_THRESHOLD, Catalogue, Law, TYPICALLY_2_5};

/// Version 1 is not part of the rule alone; so many catalogues are studied whole for it.
const FIRST: u64 = 10;
/// Catalogues that the laws' deviations were chosen by have other seeds.
const FRESH: u64 = 50_000;

const OPTIONS: StudyOptions = StudyOptions {
    replicates: 1000,
    seed: 1,
};

fn main() {
    let argument = |index: usize| std::env::args().nth(index).and_then(|text| text.parse::<u64>().ok());
    let count = argument(1).unwrap_or(250);
    let first = argument(3).unwrap_or(FRESH);
    let laws = [
        Law::Flops,
        Law::FlopsByPrecision,
        Law::ChancePower(0.6),
        Law::ConstantPower(0.6),
    ];
    let of = |scope: usize| {
        let laws = laws
            .into_iter()
            .chain(AT_THRESHOLD[scope])
            .chain([TYPICALLY_2_5[scope]]);
        laws.map(move |law| (scope, [Catalogue::of, Catalogue::of_shapes][scope](law)))
    };
    for (row, (scope, catalogue)) in of(0).chain(of(1)).enumerate() {
        if argument(2).is_none_or(|only| only == row as u64) {
            tell(row, scope, catalogue, first..first + count);
        }
    }
}

fn tell(row: usize, scope: usize, catalogue: Catalogue, seeds: std::ops::Range<u64>) {
    let all: Vec<(Evidence, Verdict)> = seeds
        .clone()
        .filter_map(|seed| judge(&catalogue.draw(seed), 0, OPTIONS)?.into_iter().nth(scope))
        .collect();
    let judgements = |verdicts: &[Judgement]| {
        let of = |wanted| verdicts.iter().filter(|verdict| **verdict == wanted).count();
        let counts = [Judgement::Shown, Judgement::NotShown, Judgement::CannotBeJudged].map(of);
        counts.map(|count| count.to_string()).join("/")
    };
    let verdicts: Vec<Judgement> = all.iter().map(|(_, verdict)| verdict.verdict).collect();
    let first = seeds.take(FIRST as usize).map(|seed| {
        let found = study(&catalogue.draw(seed), OPTIONS);
        found.scopes[0].verdict.version_1.active.verdict
    });
    println!(
        "{row} {}, {:?}: shown/not shown/cannot be judged {}; version 1 {}",
        ["every kernel", "each problem's fastest"][scope],
        catalogue.law,
        judgements(&verdicts),
        judgements(&first.collect::<Vec<_>>())
    );
    let odd = |(_, verdict): &&(Evidence, Verdict)| verdict.verdict == Judgement::CannotBeJudged;
    if let Some((_, verdict)) = all.iter().find(odd) {
        println!("  {}", verdict.sentence);
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
        let bounded: Vec<Bounded> = all.iter().filter_map(|(evidence, _)| read(evidence)).collect();
        let truth = mean(&bounded.iter().map(|found| found.estimate.value).collect::<Vec<_>>());
        let truth = truth.unwrap_or(f64::NAN);
        let share = |test: &dyn Fn(&Bounded) -> Option<bool>| {
            let met = bounded.iter().filter(|found| test(found) == Some(true)).count();
            100.0 * met as f64 / bounded.len() as f64
        };
        println!(
            "  {name:<14} {truth:>6.3}, interval holds it in {:>5.1}%, lower bound above {threshold} in {:>5.1}%, above it in {:>5.1}%",
            share(&|found| found.estimate.ci95.map(|[low, high]| low <= truth && truth <= high)),
            share(&|found| found.lower95.map(|low| low > threshold)),
            share(&|found| found.lower95.map(|low| low > truth))
        );
    }
    let errors: Vec<f64> = all
        .iter()
        .filter_map(|(evidence, _)| evidence.lofo_mape(Predictor::Time))
        .collect();
    println!("  time alone errs by {:.1}%", 100.0 * mean(&errors).unwrap_or(f64::NAN));
}
