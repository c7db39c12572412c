//! Comparisons: planted changes are found, nothing is found in nothing, and the gate holds what it must.

mod planted;

use std::path::PathBuf;

use joulemark_base::estimate::Estimate;
use joulemark_base::quality::Quality;
use joulemark_records::{Manifest, Row, RunWriter};
use joulemark_study::compare::{Change, CompareError, Gate, Ratio, render};
use joulemark_study::samples::Samples;
use joulemark_study::{CompareOptions, LoadOptions, StudyOptions, compare, load};
use planted::{campaign, truth};

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

#[test]
fn the_same_twice_is_the_same() {
    let found = compare(&sets(|_| ()), options()).unwrap();
    let (other, time) = (&found.others[0], &found.others[0].time);
    assert_eq!(other.cases.len(), 126);
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
    assert_eq!(Ratio::of(&[1.0], &[2.0], 0.02).unwrap().change, Change::Ambiguous);
    assert_eq!(Ratio::of(&[], &[2.0], 0.02), None);
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
    assert_eq!(compare(&sets[..1], options()).unwrap_err(), CompareError::TooFew(1));
    sets[1].1.cases.iter_mut().for_each(|case| case.facts.case_id.push('x'));
    assert!(matches!(
        compare(&sets, options()),
        Err(CompareError::NothingInCommon { .. })
    ));
    let device = sets[1].1.devices[0].clone();
    sets[1].1.devices.push(device);
    assert!(matches!(
        compare(&sets, options()),
        Err(CompareError::SeveralDevices { devices: 2, .. })
    ));
}
