//! From files to findings: planted devices get the right verdict, anyone's table can be studied, and what is missing,
//! simulated or impossible is said.

mod planted;

use std::fs;
use std::path::{Path, PathBuf};

use joulemark_base::quality::Quality;
use joulemark_records::{Adapter, Energy, Manifest, Row, RunWriter, Status};
use joulemark_study::document::terminal;
use joulemark_study::findings::{Findings, Judged, Judgement, Predictor, Response};
use joulemark_study::outcome::Outcome;
use joulemark_study::sections::{self, Depth};
use joulemark_study::{LoadOptions, StudyOptions, load, study};
use planted::{campaign, truth};

const QUICK: StudyOptions = StudyOptions {
    replicates: 600,
    seed: 1,
};

fn write(root: &Path, machine: &str, rows: &[Row]) -> PathBuf {
    let adapter = Adapter {
        name: "planted device".into(),
        ..Adapter::default()
    };
    let manifest = Manifest {
        adapter,
        ..Manifest::default()
    };
    let mut writer = RunWriter::create(root, machine, "2026-01-01", manifest).unwrap();
    for row in rows {
        writer.append(row.clone()).unwrap();
    }
    writer.dir().to_owned()
}

fn analyse(path: &Path, include_simulated: bool) -> Result<Findings, joulemark_records::Error> {
    Ok(study(
        &load(&[path.to_owned()], LoadOptions { include_simulated })?,
        QUICK,
    ))
}

/// A planted campaign as if it had been measured.
fn planted(name: &str, quality: Quality) -> Findings {
    let root = tempfile::tempdir().unwrap();
    let mut rows = campaign(truth(name), 8, 6, 1);
    rows.iter_mut().for_each(|row| row.device.quality = Some(quality));
    analyse(&write(root.path(), "box", &rows), quality == Quality::Simulated).unwrap()
}

#[test]
fn planted_devices_get_the_right_verdict() {
    for (name, active) in [
        ("breaks", Judgement::Shown),
        ("tracks", Judgement::NotShown),
        ("static", Judgement::CannotBeJudged),
    ] {
        let findings = planted(name, Quality::Counter);
        let scope = &findings.scopes[0];
        assert_eq!((scope.precision.as_deref(), findings.scopes.len()), (None, 4));
        assert_eq!(
            scope.verdict.active.verdict, active,
            "{name}: {}",
            scope.verdict.active.sentence
        );
        assert_eq!(scope.verdict.gross.conditions.len(), 11);
        assert_eq!(scope.verdict.version_1.gross.conditions.len(), 6);
    }
}

#[test]
fn planted_parameters_are_recovered() {
    let findings = planted("breaks", Quality::Counter);
    let gross = findings.scopes[0].gross.value().unwrap();
    let roofline = gross.energy_roofline.value().unwrap();
    let close = |found: f64, truth: f64| assert!((found / truth - 1.0).abs() < 0.1, "{found} instead of {truth}");
    for (precision, truth) in ["f32", "f16", "i8"].into_iter().zip([8.0, 3.0, 1.0]) {
        close(roofline.e_flop_pj[precision].value, truth);
    }
    close(roofline.e_byte_pj.unwrap().value, 400.0);
    close(roofline.p0_w.value, 25.0 + 40.0);
    let error = |predictor| gross.evidence.lofo_mape(predictor).unwrap();
    assert!(error(Predictor::EnergyRoofline) < 0.02);
    assert!(error(Predictor::Flops) > 0.5);
    let gap = gross.evidence.models.value().unwrap().gap.value().unwrap();
    assert!(gap.lower95.unwrap() > 0.2, "{gap:?}");
    assert_eq!(
        (gross.evidence.cases, gross.evidence.families),
        (240, 10),
        "controls are no cases"
    );
    let out: Vec<_> = gross
        .excluded
        .iter()
        .map(|out| (out.reason.as_str(), out.cases))
        .collect();
    assert_eq!(out, [("it is a control", 7)]);
    let names: Vec<&str> = gross.proxies.iter().map(|proxy| proxy.name.as_str()).collect();
    for name in [
        "flops_task",
        "ops_executed",
        "macs",
        "bytes_min",
        "bytes_model",
        "activations",
        "parameters",
        "gate_ops",
        "horowitz_j",
        "time",
        "hardware_burden",
        "flops+time",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    let found = gross.evidence.iso_flop.value().unwrap();
    assert!(
        found.cells.len() >= 8 && found.typical_ratio.estimate.value > 1.5 && found.spread.value > 5.0,
        "{found:?}"
    );
    let controls = &gross.controls;
    let drift = controls.drift.value().unwrap();
    assert!(drift.rounds.len() == 3 && drift.largest < 0.01 && drift.of == "the controls");
    let sweep = controls.sweep.value().unwrap();
    assert!(
        (sweep.slope - 1.0).abs() < 0.01 && sweep.largest_residual < 0.03,
        "{sweep:?}"
    );
    assert!((controls.a_a.value().unwrap().ratio.value - 1.0).abs() < 0.02);
}

#[test]
fn where_flops_track_they_are_found_to() {
    let findings = planted("tracks", Quality::Counter);
    let active = findings.scopes[0].active.value().unwrap();
    assert!(active.r2_loglog.value().unwrap().low() > 0.99);
    // Eight sizes are ties of thirty cases each; a resample of four of them can reach no more than √(1 − 1/16).
    let spearman = active.spearman.value().unwrap();
    assert!(spearman.value > 0.985 && spearman.low() > 0.95, "{spearman:?}");
    assert_eq!(active.evidence.near_pairs.value().unwrap().inverted, 0);
    assert!(active.evidence.iso_flop.value().unwrap().typical_ratio.estimate.value < 1.05);
    let within = active.within_family.value().unwrap();
    assert!((within.slope_within.unwrap() - 1.0).abs() < 0.01 && (within.slope_between.unwrap() - 1.0).abs() < 0.01);
}

#[test]
fn simulated_energy_is_marked_and_mixed_with_measured_energy_only_when_asked_for() {
    let root = tempfile::tempdir().unwrap();
    let run = write(root.path(), "box", &campaign(truth("breaks"), 4, 3, 1));
    let marked = analyse(&run, false).unwrap();
    assert!(marked.simulated && marked.scopes[0].gross.value().is_some());
    assert!(terminal::text(&sections::study(&marked, Depth::Front), None).starts_with("SIMULATED ENERGY IS INCLUDED"));

    let mut rows = campaign(truth("breaks"), 4, 3, 1);
    rows.iter_mut()
        .for_each(|row| row.device.quality = Some(Quality::Counter));
    write(root.path(), "meter", &rows);
    let apart = analyse(root.path(), false).unwrap();
    assert!(!apart.simulated && apart.simulated_left_out > 0);
    let scope = |name: &str| apart.scopes.iter().find(|scope| scope.name().contains(name)).unwrap();
    let time = scope("on box, all precisions").time.value().unwrap();
    assert_eq!(time.response, Response::Time);
    assert!(time.spearman.value().is_some() && time.evidence.iso_flop.value().is_some());
    assert!(
        time.proxies.iter().all(|proxy| proxy.name != "time"),
        "time does not predict itself"
    );
    assert!(scope("on meter, all precisions").gross.value().is_some());
    let mixed = analyse(root.path(), true).unwrap();
    assert!(mixed.simulated && mixed.simulated_left_out == 0);
}

#[test]
fn without_energy_the_reason_in_the_rows_is_told() {
    for quality in [Quality::Unavailable, Quality::Invalid, Quality::Estimated] {
        let root = tempfile::tempdir().unwrap();
        let mut rows = campaign(truth("breaks"), 4, 3, 1);
        for row in &mut rows {
            row.device.quality = Some(quality);
            row.reason = "powercap needs root".into();
        }
        rows.push(Row {
            case_id: "x".into(),
            status: Status::Refused,
            reason: "no f16".into(),
            ..Row::default()
        });
        let findings = analyse(&write(root.path(), "box", &rows), true).unwrap();
        assert!(findings.energy.reason().unwrap().contains("powercap needs root"));
        let rendered = terminal::text(&sections::study(&findings, Depth::All), None);
        assert!(
            rendered.contains("no energy: no window has measured energy: powercap needs root"),
            "{rendered}"
        );
        assert!(
            rendered.contains("said of 1 row: no f16") && rendered.contains("1 refused"),
            "{rendered}"
        );
        assert!(
            findings
                .cases
                .iter()
                .all(|case| case.gross_j.is_none() && case.gflops.is_some())
        );
        assert!(findings.scopes[0].gross.value().is_none());
    }
}

const HEADER: &str = "case_id,op,algorithm,precision,iterations,wall_s,device_energy_j,flops_task\n";

/// 24 cases in 4 families, one row each.
fn minimal() -> String {
    let mut text = HEADER.to_owned();
    for (family, algorithm) in ["a", "b", "c", "d"].into_iter().enumerate() {
        for size in 1..=6 {
            let flops = 10_u64.pow(size);
            let energy = 1e-3 * (flops as f64).powf(0.9) * (1.0 + 2.0 * family as f64);
            text += &format!("{algorithm}/{size},matmul,{algorithm},f32,10,0.5,{energy},{flops}\n");
        }
    }
    text
}

fn analyse_table(text: &str) -> Result<Findings, joulemark_records::Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theirs.csv");
    fs::write(&path, text).unwrap();
    analyse(&path, false)
}

#[test]
fn anyones_table_can_be_studied() {
    let findings = analyse_table(&minimal()).unwrap();
    assert_eq!(findings.devices[0].name, "theirs");
    let scope = &findings.scopes[0];
    let gross = scope.gross.value().unwrap();
    assert_eq!((gross.evidence.cases, gross.evidence.families), (24, 4));
    assert!(gross.spearman.value().unwrap().value > 0.7);
    let found = gross.evidence.iso_flop.value().unwrap();
    assert!(
        (found.spread.value - 7.0).abs() < 1e-9 && found.typical_ratio.estimate.ci95.is_none(),
        "one window has no interval"
    );
    assert!((gross.within_family.value().unwrap().slope_within.unwrap() - 0.9).abs() < 1e-9);
    assert!(gross.evidence.near_pairs.reason().unwrap().contains("three rounds"));
    assert_eq!(scope.verdict.gross.verdict, Judgement::CannotBeJudged);
    assert!(scope.active.reason().is_some() && gross.partial.reason().is_some());
    let missing: Vec<&str> = findings.missing.iter().map(|missing| missing.column.as_str()).collect();
    for column in ["device_quality", "suite", "bytes_min", "device_idle_w", "round"] {
        assert!(missing.contains(&column), "{column}");
    }
    assert!(!missing.contains(&"flops_task"));
}

#[test]
fn a_few_rows_do_not_break_anything() {
    for rows in 0..4 {
        let text: String = minimal()
            .lines()
            .take(rows + 1)
            .map(|line| format!("{line}\n"))
            .collect();
        let findings = analyse_table(&text).unwrap();
        assert_eq!(findings.cases.len(), rows);
        assert!(
            findings
                .scopes
                .iter()
                .all(|scope| scope.verdict.active.verdict == Judgement::CannotBeJudged)
        );
        assert!(!terminal::text(&sections::study(&findings, Depth::Front), None).contains("NaN"));
    }
}

#[test]
fn equal_columns_give_reasons_and_not_numbers() {
    let mut text = HEADER.to_owned();
    for index in 0..8 {
        text += &format!("case{index},matmul,a{},f32,10,0.5,2.5,1000\n", index % 2);
    }
    let findings = analyse_table(&text).unwrap();
    let gross = findings.scopes[0].gross.value().unwrap();
    assert!(gross.spearman.reason().unwrap().contains("the same in all cases"));
    assert!(gross.r2_loglog.reason().is_some() && gross.all_pairs.reason().is_some());
    let json = serde_json::to_string(&findings).unwrap();
    assert!(!json.contains("NaN"));
    assert_eq!(serde_json::from_str::<Findings>(&json).unwrap(), findings);
}

#[test]
fn contradictions_are_refused_by_file_line_and_column() {
    let conflict = format!("{}a/1,matmul,a,f32,10,0.5,3.0,11\n", minimal());
    let error = analyse_table(&conflict).unwrap_err().to_string();
    assert!(error.contains("theirs.csv, line 26, column `flops_task`"), "{error}");
    let error = analyse_table(&format!("{}a/9,matmul,a,f32,,0.5,3.0,10\n", minimal()))
        .unwrap_err()
        .to_string();
    assert!(error.contains("line 26, column `iterations`"), "{error}");
    let repeated = format!("{0}{1}\n{1}\n", HEADER, "a/1,matmul,a,f32,10,0.5,3.0,10");
    let error = analyse_table(&repeated).unwrap_err().to_string();
    assert!(error.contains("line 3, column `case_id`"), "{error}");
    let same = analyse_table(&format!("{}a/1,matmul,a,f32,10,0.5,3.0,1e1\n", minimal())).unwrap();
    assert_eq!(same.cases[0].windows, 2, "1e1 is 10");

    let root = tempfile::tempdir().unwrap();
    let run = write(root.path(), "box", &campaign(truth("tracks"), 2, 1, 1));
    let twice = [run.clone(), run.join("samples.csv")];
    let error = load(
        &twice,
        LoadOptions {
            include_simulated: true,
        },
    )
    .unwrap_err()
    .to_string();
    assert!(error.contains("column `row`"), "{error}");
}

#[test]
fn devices_are_kept_apart_and_pooled() {
    let root = tempfile::tempdir().unwrap();
    for (machine, seed) in [("left", 1), ("right", 2)] {
        write(root.path(), machine, &campaign(truth("breaks"), 4, 3, seed));
    }
    let findings = analyse(root.path(), true).unwrap();
    assert_eq!(findings.devices.len(), 2);
    assert_eq!(findings.scopes.len(), 1 + 2 * 4);
    assert_eq!(findings.scopes[0].device, None);
    let pooled = findings.scopes[0].gross.value().unwrap();
    assert_eq!(
        pooled.evidence.cases,
        2 * findings.scopes[1].gross.value().unwrap().evidence.cases
    );
    assert!(
        pooled
            .evidence
            .iso_flop
            .value()
            .unwrap()
            .cells
            .iter()
            .all(|cell| cell.cases < 20),
        "a cell is of one device"
    );
    assert!(
        pooled
            .evidence
            .models
            .reason()
            .unwrap()
            .contains("one device at a time")
    );
    let verdict = &findings.scopes[0].verdict.active;
    assert!(
        verdict.sentence.contains("one device at a time"),
        "{}",
        verdict.sentence
    );
}

#[test]
fn the_same_input_gives_the_same_findings() {
    let root = tempfile::tempdir().unwrap();
    let run = write(root.path(), "box", &campaign(truth("breaks"), 4, 3, 1));
    let json = || serde_json::to_string(&analyse(&run, true).unwrap()).unwrap();
    assert_eq!(json(), json());
}

#[test]
fn the_order_of_files_does_not_matter() {
    let root = tempfile::tempdir().unwrap();
    let [left, right] = [("left", 1), ("right", 2)]
        .map(|(machine, seed)| write(root.path(), machine, &campaign(truth("breaks"), 2, 3, seed)));
    let json = |paths: &[PathBuf]| {
        let samples = load(paths, LoadOptions::default()).unwrap();
        serde_json::to_string(&study(&samples, QUICK)).unwrap()
    };
    assert_eq!(json(&[left.clone(), right.clone()]), json(&[right, left]));
}

#[test]
fn layers_share_work_and_joules_differently() {
    let root = tempfile::tempdir().unwrap();
    let layer = |name: &str, groups: u64, side: u64, flops: u64, energy: f64| Row {
        case_id: format!("conv2d/direct/f32/{name}"),
        workload: format!("net/{name}"),
        op: "conv2d".into(),
        algorithm: "direct".into(),
        precision: "f32".into(),
        c: Some(8),
        r: Some(side),
        s: Some(side),
        groups: Some(groups),
        iterations: Some(1),
        wall_s: Some(1.0),
        device: Energy {
            energy_j: Some(energy),
            quality: Some(Quality::Counter),
            ..Energy::default()
        },
        flops_task: Some(flops),
        status: Status::Ok,
        ..Row::default()
    };
    let rows = [
        layer("a", 8, 3, 10, 6.0),
        layer("b", 1, 1, 80, 3.0),
        layer("c", 1, 3, 10, 1.0),
    ];
    let findings = analyse(&write(root.path(), "box", &rows), false).unwrap();
    let Outcome::Available(networks) = &findings.networks else {
        panic!("{:?}", findings.networks)
    };
    let shares: Vec<_> = networks[0]
        .types
        .iter()
        .map(|s| (s.layer_type.as_str(), s.flops, s.energy, s.bytes))
        .collect();
    assert_eq!(
        shares,
        [
            ("conv 3x3", Some(0.1), Some(0.1), None),
            ("depthwise", Some(0.1), Some(0.6), None),
            ("pointwise", Some(0.8), Some(0.3), None)
        ]
    );
}

/// Keys of maps whose keys are data, and the manifest, which results/README.md describes.
const OPEN_MAPS: [&str; 10] = [
    "manifest",
    "rows_by_status",
    "rows_by_quality",
    "reasons",
    "counts",
    "predictors",
    "e_flop_pj",
    "implausible",
    "residuals",
    "not_fitted",
];

fn keys(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                found.insert(key.clone());
                if !OPEN_MAPS.contains(&key.as_str()) {
                    keys(value, found);
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_json_is_documented() {
    let page = include_str!("../FINDINGS.md");
    let mut found = std::collections::BTreeSet::new();
    keys(
        &serde_json::to_value(planted("breaks", Quality::Counter)).unwrap(),
        &mut found,
    );
    assert!(found.len() > 80, "{found:?}");
    for key in &found {
        let written = page.contains(&format!("`{key}`")) || page.contains(&format!("\"{key}\""));
        assert!(written, "{key} is not in FINDINGS.md");
    }
    let version = joulemark_study::findings::FINDINGS_VERSION;
    assert!(page.starts_with(&format!("# findings.json (version {version})")));
}

#[test]
fn experiments_are_judged_against_what_was_expected() {
    let outcome = |findings: &Findings, name: &str| {
        let found = findings
            .hypotheses
            .iter()
            .find(|found| found.experiment == name)
            .unwrap();
        found.found.value().map(|found| (found.ratio.value, found.outcome))
    };
    let breaks = planted("breaks", Quality::Counter);
    let (spread, judged) = outcome(&breaks, "iso-flop").unwrap();
    assert!(spread > 5.0 && judged == Judged::AsExpected);
    let (narrow, judged) = outcome(&breaks, "precision").unwrap();
    assert!(narrow < 0.5 && judged == Judged::AsExpected);
    assert_eq!(outcome(&breaks, "input-data"), None, "no case ran on zeros");
    let tracks = planted("tracks", Quality::Counter);
    let (spread, judged) = outcome(&tracks, "iso-flop").unwrap();
    assert!(spread < 1.1 && judged == Judged::Otherwise);
    assert_eq!(
        outcome(&tracks, "precision").unwrap().1,
        Judged::Open,
        "no precision is cheaper there"
    );
}

/// Kernels that leave out zeros: a tenth of the operations for a third of the joules.
#[test]
fn structured_inputs_enter_their_own_experiment_and_no_spread_at_equal_flops() {
    let root = tempfile::tempdir().unwrap();
    let mut rows = campaign(truth("tracks"), 8, 6, 1);
    rows.iter_mut()
        .for_each(|row| row.device.quality = Some(Quality::Counter));
    let plain = analyse(&write(root.path(), "plain", &rows), false).unwrap();
    let dense: Vec<Row> = rows.iter().filter(|row| row.algorithm == "naive").cloned().collect();
    for (input, operations, joules) in [("pruned100", 1.0, 1.0), ("pruned10", 0.1, 0.3)] {
        rows.extend(dense.iter().map(|row| Row {
            case_id: format!("{}/{input}", row.case_id.replace("naive", "csr")),
            suite: "sparsity".into(),
            algorithm: "csr".into(),
            input: input.into(),
            ops_executed: row.ops_executed.map(|count| (count as f64 * operations) as u64),
            device: Energy {
                energy_j: row.device.energy_j.map(|energy| energy * joules),
                active_j: row.device.active_j.map(|energy| energy * joules),
                ..row.device.clone()
            },
            ..row.clone()
        }));
    }
    let findings = analyse(&write(root.path(), "sparse", &rows), false).unwrap();
    let gross = |findings: &Findings| findings.scopes[0].gross.value().unwrap().clone();
    let (with, without) = (gross(&findings), gross(&plain));
    assert_eq!(
        (with.evidence.cases, &with.evidence.iso_flop),
        (without.evidence.cases, &without.evidence.iso_flop)
    );
    let left_out = |text: &str| {
        with.excluded
            .iter()
            .find(|out| out.reason.contains(text))
            .unwrap()
            .cases
    };
    assert_eq!(left_out("leave out operations"), 2 * 3 * 8);
    let sparsity = findings
        .hypotheses
        .iter()
        .find(|found| found.experiment == "sparsity")
        .unwrap();
    let found = sparsity.found.value().unwrap();
    assert!((found.ratio.value - 3.0).abs() < 0.1, "{}", found.ratio.value);
    assert_eq!(found.outcome, Judged::AsExpected);
}

#[test]
fn other_meanings_of_saturated_are_told() {
    let others = &planted("breaks", Quality::Counter).scopes[0]
        .verdict
        .active_if_saturated_meant;
    let shares: Vec<f64> = others.iter().map(|other| other.power_share).collect();
    assert_eq!(shares, [0.1, 0.5]);
    assert!(others[0].cases > others[1].cases, "a stricter limit leaves fewer");
}
