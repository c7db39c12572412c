//! Comparisons: planted changes are found, nothing is found in nothing, and the gate holds what it must.

mod planted;

use std::path::PathBuf;

use joulemark_base::estimate::Estimate;
use joulemark_base::quality::Quality;
use joulemark_records::{Manifest, Row, RunWriter};
use joulemark_study::compare::{Change, CompareError, Comparison, Gate, Ratio};
use joulemark_study::document::terminal;
use joulemark_study::samples::Samples;
use joulemark_study::sections::compare::comparison as told;
use joulemark_study::{CompareOptions, LoadOptions, StudyOptions, compare, load};
use planted::{campaign, truth};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

fn samples(change: impl Fn(&mut Row), seed: u64) -> Samples {
    let root = tempfile::tempdir().unwrap();
    let mut writer = RunWriter::create(root.path(), "box", "2026-01-01", Manifest::default()).unwrap();
    for mut row in campaign(truth("breaks"), 4, 9, seed) {
        row.device.quality = Some(Quality::Counter);
        change(&mut row);
        writer.append(row).unwrap();
    }
    load(&[PathBuf::from(writer.dir())], LoadOptions::default()).unwrap()
}

fn options() -> CompareOptions {
    CompareOptions {
        margin: 0.03,
        study: StudyOptions {
            replicates: 500,
            seed: 1,
        },
    }
}

fn sets(change: impl Fn(&mut Row)) -> [(String, Samples); 2] {
    [("old".into(), samples(|_| (), 1)), ("new".into(), samples(change, 2))]
}

fn render(found: &Comparison) -> String {
    terminal::text(&told(found), None)
}

#[test]
fn the_same_twice_is_the_same() {
    let found = compare(&sets(|_| ()), &[], options()).unwrap();
    let (other, time) = (&found.others[0], &found.others[0].time);
    assert_eq!(other.cases.len(), 127);
    assert!(time.counts[&Change::Same] > 120, "{:?}", time.counts);
    assert_eq!(time.counts[&Change::Worse] + time.counts[&Change::Better], 0);
    let energy = other.energy.value().unwrap();
    assert!((energy.geometric_mean.value - 1.0).abs() < 0.005);
    assert!(energy.geometric_mean.low() < 1.0 && energy.geometric_mean.high() > 1.0);
    assert!("worse:2%".parse::<Gate>().unwrap().regressions(&found).is_empty());
}

#[test]
fn planted_changes_are_found() {
    let found = compare(
        &sets(|row| {
            row.device.energy_j = row.device.energy_j.map(|energy| energy / 2.0);
            if row.algorithm == "tiled" {
                row.wall_s = row.wall_s.map(|time| time * 1.2);
            }
        }),
        &[],
        options(),
    )
    .unwrap();
    let other = &found.others[0];
    let tiled = other.cases.iter().filter(|case| case.case.contains("/tiled/"));
    assert!(tiled.clone().all(|case| case.time.change == Change::Worse));
    assert_eq!(other.time.counts[&Change::Worse], tiled.count());
    assert!(
        other
            .cases
            .iter()
            .all(|case| case.energy.unwrap().change == Change::Better)
    );
    let factor = other.machine_factor.value().unwrap();
    assert!(
        (factor.value - 2.0).abs() < 0.02 && factor.low() > 1.9 && factor.high() < 2.1,
        "{factor:?}"
    );
    let regressions = "worse:5%".parse::<Gate>().unwrap().regressions(&found);
    assert_eq!(regressions.len(), other.time.counts[&Change::Worse]);
    assert!(regressions.iter().all(|regression| regression.of == "time"));
    assert!("worse:30%".parse::<Gate>().unwrap().regressions(&found).is_empty());
    assert_eq!(
        found.fastest_is_not_thriftiest.len(),
        found
            .fastest_is_not_thriftiest
            .iter()
            .filter(|f| f.fastest == "old")
            .count()
    );
    let rendered = render(&found);
    assert!(
        rendered.contains("WORSE") && rendered.contains("machine factor"),
        "{rendered}"
    );
}

#[test]
fn verdicts_follow_the_interval_and_the_margin() {
    for (ci95, change) in [
        (Some([0.99, 1.01]), Change::Same),
        (Some([0.5, 0.9]), Change::Better),
        (Some([1.05, 1.2]), Change::Worse),
        (Some([0.9, 1.01]), Change::Ambiguous),
        (Some([0.97, 1.2]), Change::Ambiguous),
        (None, Change::Ambiguous),
    ] {
        assert_eq!(Change::of(&Estimate { value: 1.0, ci95 }, 0.02), change, "{ci95:?}");
    }
    assert_eq!(
        Ratio::of(&[1.0, 1.0], &[2.0, 2.0], 0.02, None).unwrap().change,
        Change::Ambiguous,
        "two rounds are too few"
    );
    assert_eq!(Ratio::of(&[], &[2.0], 0.02, None), None);
    assert_eq!(Ratio::of(&[1.0], &[f64::NAN], 0.02, None), None);
}

#[test]
fn gates_are_read_strictly() {
    assert_eq!(
        "worse:2%".parse(),
        Ok(Gate {
            margin: 0.02,
            ambiguous: false
        })
    );
    assert_eq!(
        "worse".parse(),
        Ok(Gate {
            margin: 0.02,
            ambiguous: false
        })
    );
    assert_eq!(
        "ambiguous:0.5%".parse(),
        Ok(Gate {
            margin: 0.005,
            ambiguous: true
        })
    );
    for wrong in ["", "better:2%", "worse:2", "worse:-1%", "worse:x%", "worse:NaN%"] {
        assert!(wrong.parse::<Gate>().is_err(), "{wrong}");
    }
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let mut sets = sets(|_| ());
    assert_eq!(
        compare(&sets[..1], &[], options()).unwrap_err(),
        CompareError::TooFew(1)
    );
    sets[1].1.cases.iter_mut().for_each(|case| case.facts.case_id.push('x'));
    assert!(matches!(
        compare(&sets, &[], options()),
        Err(CompareError::NothingInCommon { .. })
    ));
    let device = sets[1].1.devices[0].clone();
    sets[1].1.devices.push(device);
    assert!(matches!(
        compare(&sets, &[], options()),
        Err(CompareError::SeveralDevices { devices: 2, .. })
    ));
}

/// A run of twenty cases in five rounds of two windows, with shifts of each case in each round, and of each case in the run.
fn equal_run(template: &Samples, random: &mut ChaCha8Rng, round_shift: f64, run_shift: f64) -> Samples {
    let mut samples = template.clone();
    let case = samples.cases.remove(0);
    for index in 0..20 {
        let mut own = case.clone();
        own.facts.case_id = format!("matmul/a{index}/f32/p");
        let window = own.windows[0];
        own.windows.clear();
        let mut normal = |deviation: f64| 1.0 + deviation * Distribution::<f64>::sample(&StandardNormal, random);
        let [time_run, energy_run] = [normal(run_shift), normal(run_shift)];
        for round in 0..5 {
            let [time, energy] = [time_run * normal(round_shift), energy_run * normal(round_shift)];
            for _ in 0..2 {
                own.windows.push(joulemark_study::samples::Window {
                    round,
                    time_s: time * normal(0.002),
                    gross_j: Some(energy * normal(0.002)),
                    ..window
                });
            }
        }
        samples.cases.push(own);
    }
    samples
}

/// Share of gates that fail, and of intervals that hold 1, over equal runs.
fn on_equal_runs(round_shift: f64, run_shift: f64, baselines: usize) -> (f64, f64) {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let gate: Gate = "worse:0%".parse().unwrap();
    let options = gate.options(CompareOptions {
        study: StudyOptions {
            replicates: 10,
            seed: 1,
        },
        ..CompareOptions::default()
    });
    let mut template = samples(|_| (), 1);
    template.cases.truncate(1);
    let (mut alarms, mut held, mut all) = (0.0, 0.0, 0.0);
    for _ in 0..200 {
        let mut run = || {
            (
                "run".to_owned(),
                equal_run(&template, &mut random, round_shift, run_shift),
            )
        };
        let (sets, more) = ([run(), run()], (0..baselines).map(|_| run()).collect::<Vec<_>>());
        let found = compare(&sets, &more, options).unwrap();
        alarms += f64::from(u8::from(!gate.regressions(&found).is_empty()));
        for case in &found.others[0].cases {
            let [low, high] = case.time.ratio.ci95.unwrap();
            held += f64::from(u8::from(low <= 1.0 && 1.0 <= high));
            all += 1.0;
        }
    }
    (alarms / 200.0, held / all)
}

#[test]
fn equal_runs_pass_the_gate_and_intervals_hold_the_truth() {
    for (round_shift, run_shift, baselines) in [(0.01, 0.0, 0), (0.02, 0.0, 0), (0.01, 0.01, 3), (0.02, 0.02, 3)] {
        let (alarms, held) = on_equal_runs(round_shift, run_shift, baselines);
        // 5% of 200, and two standard deviations of that count.
        assert!(alarms <= 0.081, "{round_shift} {run_shift}: {alarms} false alarms");
        assert!(
            (0.93..=0.97).contains(&held),
            "{round_shift} {run_shift}: {held} of the intervals"
        );
    }
    let (alarms, _) = on_equal_runs(0.01, 0.02, 0);
    assert!(
        alarms > 0.3,
        "without runs of the old side their share is not known, and not in the interval: {alarms}"
    );
}

#[test]
fn what_is_missing_is_no_pass() {
    let mut sets = sets(|_| ());
    sets[1].1.cases.remove(3);
    let found = compare(&sets, &[], options()).unwrap();
    let defects = Gate::defects(&found);
    assert!(defects[0].contains("new lacks matmul/naive/"), "{defects:?}");
    sets = self::sets(|row| row.device.quality = Some(Quality::Unavailable));
    let found = compare(&sets, &[], options()).unwrap();
    assert!(
        Gate::defects(&found)[0].contains("has no number in new"),
        "{:?}",
        Gate::defects(&found)
    );
    assert!(render(&found).contains("--baseline-runs"));
}
