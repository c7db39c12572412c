//! The rule on planted truths, quick enough for every run; `cargo run --example characteristics` prints the whole table.

#[path = "planted/population.rs"]
mod population;

use joulemark_study::findings::{Bounded, Evidence, Judgement, Predictor, Verdict, judge};
use joulemark_study::samples::Samples;
use joulemark_study::{StudyOptions, study};
use population::{AT_THRESHOLD, Catalogue, Law, TYPICALLY_2_5};

const QUICK: StudyOptions = StudyOptions {
    replicates: 300,
    seed: 1,
};

fn judged(samples: &Samples) -> (Evidence, Verdict) {
    let [every, _] = judge(samples, 0, QUICK).unwrap();
    every
}

fn all(catalogue: Catalogue, count: u64) -> Vec<(Evidence, Verdict)> {
    (0..count).map(|seed| judged(&catalogue.draw(seed))).collect()
}

fn shown(found: &[(Evidence, Verdict)]) -> usize {
    found
        .iter()
        .filter(|(_, verdict)| verdict.verdict == Judgement::Shown)
        .count()
}

#[test]
fn nothing_is_shown_where_flops_tell_the_energy_or_nothing_does() {
    for law in [Law::Flops, Law::FlopsByPrecision, Law::ChancePower(0.6)] {
        let found = all(Catalogue::of(law), 12);
        assert_eq!(shown(&found), 0, "{law:?}");
    }
    let exact = all(Catalogue::of(Law::FlopsByPrecision), 1);
    let gap = exact[0].0.models.value().unwrap().gap.value().unwrap().estimate.value;
    assert!(
        gap.abs() < 0.02,
        "one slope per precision leaves FLOPs nothing to err: {gap}"
    );
}

#[test]
fn a_device_that_obeys_a_roofline_is_shown() {
    let found = all(
        Catalogue {
            families: 20,
            ..Catalogue::of(Law::Roofline(1.9))
        },
        12,
    );
    assert!(shown(&found) >= 8, "{} of 12", shown(&found));
    let error = |predictor| found[0].0.lofo_mape(predictor).unwrap();
    assert!(error(Predictor::EnergyRoofline) < 0.03 && error(Predictor::Flops) > 0.2);
}

#[test]
fn at_its_threshold_a_condition_is_rarely_met() {
    type Read = fn(&Evidence) -> Option<Bounded>;
    let reads: [(Read, f64); 3] = [
        (|e| Some(e.iso_flop.value()?.typical_ratio), 1.5),
        (|e| Some(e.near_pairs.value()?.share), 0.1),
        (|e| e.models.value()?.gap.value().copied(), 0.1),
    ];
    for (law, (read, threshold)) in AT_THRESHOLD[0].into_iter().zip(reads) {
        let found = all(Catalogue::of(law), 24);
        let bounded: Vec<Bounded> = found.iter().filter_map(|(evidence, _)| read(evidence)).collect();
        let met = bounded
            .iter()
            .filter(|found| found.lower95.unwrap() > threshold)
            .count();
        let held = |found: &&Bounded| {
            let [low, high] = found.estimate.ci95.unwrap();
            low <= threshold && threshold <= high
        };
        // At 5% of 24, four are met by chance in 3% of all draws of seeds.
        assert!(met <= 3, "{law:?}: {met} of 24");
        assert!(bounded.iter().filter(held).count() >= 20, "{law:?}");
    }
}

#[test]
fn the_fastest_of_each_problem_are_judged_by_their_own_families() {
    let verdicts = |law: Law| {
        let judged = (0..6).map(|seed| {
            let [_, (evidence, verdict)] = judge(&Catalogue::of_shapes(law).draw(seed), 0, QUICK).unwrap();
            assert_eq!((evidence.cases, evidence.families), (108, 18));
            verdict.verdict
        });
        judged.collect::<Vec<_>>()
    };
    assert_eq!(verdicts(Law::Flops), [Judgement::NotShown; 6]);
    let shown = verdicts(TYPICALLY_2_5[1]);
    assert!(
        shown.iter().filter(|verdict| **verdict == Judgement::Shown).count() >= 4,
        "{shown:?}"
    );
}

#[test]
fn where_energy_is_power_times_time_the_sentence_says_that_time_tells_it() {
    let samples = Catalogue::of(Law::ConstantPower(0.9)).draw(1);
    let verdict = &study(&samples, QUICK).scopes[0].verdict;
    let (_, rest) = verdict
        .headline
        .split_once("Time alone predicts the energy of an unseen family to ")
        .unwrap();
    let (percent, _) = rest.split_once('%').unwrap();
    assert!(percent.parse::<f64>().unwrap() < 1.0, "{}", verdict.headline);
}

#[test]
fn controls_and_quotas_decide_whether_anything_can_be_said() {
    let catalogue = Catalogue {
        families: 20,
        ..Catalogue::of(Law::Roofline(1.9))
    };
    let sentence = |change: &dyn Fn(&mut Samples)| {
        let mut samples = catalogue.draw(2);
        change(&mut samples);
        let (_, verdict) = judged(&samples);
        assert_eq!(verdict.verdict, Judgement::CannotBeJudged, "{}", verdict.sentence);
        verdict.sentence
    };
    let control = |samples: &mut Samples, change: &dyn Fn(usize, &mut f64)| {
        let controls = samples.cases.iter_mut().filter(|case| case.facts.is_control());
        for (index, case) in controls.enumerate() {
            for window in &mut case.windows {
                if let Some(active) = &mut window.active_j {
                    change(index, active);
                }
            }
        }
    };
    // The sweep is the first six controls, the second name of the third the last.
    let steep = sentence(&|samples| control(samples, &|index, active| *active *= 1.3_f64.powi(index as i32)));
    assert!(steep.contains("the sweep's slope"), "{steep}");
    let crooked = sentence(&|samples| control(samples, &|index, active| *active *= if index == 3 { 1.2 } else { 1.0 }));
    assert!(crooked.contains("largest residual"), "{crooked}");
    let other = sentence(&|samples| control(samples, &|index, active| *active *= if index == 6 { 1.2 } else { 1.0 }));
    assert!(other.contains("one case under two names"), "{other}");
    let warm = sentence(&|samples| {
        for case in &mut samples.cases {
            for window in &mut case.windows {
                window.active_j = window
                    .active_j
                    .map(|active| active * (1.0 + 0.1 * f64::from(window.round)));
            }
        }
    });
    assert!(warm.contains("the drift over the rounds"), "{warm}");
    let without = sentence(&|samples| samples.cases.retain(|case| !case.facts.is_control()));
    assert!(
        without.contains("no sweep of one kernel") && without.contains("two names"),
        "{without}"
    );
    let two_rounds = sentence(&|samples| {
        samples.cases.iter_mut().for_each(|case| case.windows.truncate(2));
    });
    assert!(two_rounds.contains("the fewest rounds of a case is 2"), "{two_rounds}");
    let few = sentence(&|samples| {
        samples
            .cases
            .retain(|case| case.facts.is_control() || case.facts.algorithm < "k09".into())
    });
    assert!(few.contains("the number of families is 9"), "{few}");
}

#[test]
fn what_does_not_count_changes_nothing() {
    let samples = Catalogue::of(Law::Roofline(1.9)).draw(3);
    let plain = judged(&samples).0;
    let mut more = samples.clone();
    for (index, change) in ["depthwise_dense", "calibration", "pruned", "tag"]
        .into_iter()
        .enumerate()
    {
        let mut case = samples.cases[index].clone();
        case.facts.case_id += change;
        match change {
            "depthwise_dense" => case.facts.algorithm = "depthwise_dense".into(),
            "calibration" => case.facts.op = "calibration".into(),
            "pruned" => case.facts.input = "pruned10".into(),
            _ => case.facts.case_id = format!("{}@8-8", samples.cases[index].facts.case_id),
        }
        for window in &mut case.windows {
            window.active_j = window.active_j.map(|active| 50.0 * active);
        }
        more.cases.push(case);
    }
    assert_eq!(judged(&more).0, plain);
}

#[test]
fn saturated_is_told_from_the_power_limit_or_the_highest_tenth() {
    let samples = Catalogue::of(Law::Roofline(1.9)).draw(4);
    let cases = |samples: &Samples| judged(samples).0.cases;
    let by_percentile = cases(&samples);
    let with_limit = |limit: f64| {
        let mut samples = samples.clone();
        samples
            .cases
            .iter_mut()
            .for_each(|case| case.power_limit_w = Some(limit));
        cases(&samples)
    };
    assert!(with_limit(50.0) >= by_percentile && with_limit(500.0) < by_percentile);
    // One case of absurd power does not push the others out.
    let mut one = samples.clone();
    for window in &mut one.cases[0].windows {
        window.active_j = window.active_j.map(|active| 1000.0 * active);
    }
    assert_eq!(cases(&one), by_percentile);
}

#[test]
fn without_bytes_the_roofline_is_flops_and_time() {
    let mut samples = Catalogue::of(Law::Roofline(1.9)).draw(5);
    for case in &mut samples.cases {
        case.facts.counts[3] = None;
        case.facts.counts[4] = None;
    }
    let (evidence, _) = judged(&samples);
    let models = evidence.models.value().unwrap();
    let roofline = models.score(Predictor::EnergyRoofline).unwrap();
    assert!(
        roofline.note.as_ref().unwrap().contains("FLOPs and time"),
        "{:?}",
        roofline.note
    );
    let both = models.score(Predictor::FlopsAndTime).unwrap();
    assert!((roofline.loo_mape - both.loo_mape).abs() < 1e-9);
    assert!(models.not_fitted.contains_key(&Predictor::Bytes));
}
