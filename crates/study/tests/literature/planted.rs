//! Planted tables for the literature's claims: cases with their joules. In: cases. Out: samples, claims, and what they say.

use joulemark_study::literature::claim::{Answer, Basis, Claim};
use joulemark_study::literature::{Assumptions, claims};
use joulemark_study::outcome::Outcome;
use joulemark_study::samples::Samples;
use joulemark_study::{LoadOptions, load};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A case of a planted table; numbers are per iteration.
#[derive(Clone)]
pub(crate) struct Planted {
    pub(crate) id: String,
    pub(crate) suite: &'static str,
    pub(crate) workload: String,
    pub(crate) input: &'static str,
    /// Input channels and groups, if it is a convolution.
    pub(crate) channels: Option<(u64, u64)>,
    pub(crate) seconds: f64,
    /// In each round; none without energy.
    pub(crate) joules: Vec<f64>,
    pub(crate) macs: f64,
    pub(crate) ops_executed: f64,
    pub(crate) bytes: f64,
    pub(crate) gate_ops: f64,
    pub(crate) quality: &'static str,
    pub(crate) status: &'static str,
}

/// A case of an id that takes so many seconds, joules (in three rounds alike) and MACs.
pub(crate) fn case(id: &str, seconds: f64, joules: f64, macs: f64) -> Planted {
    Planted {
        id: id.into(),
        suite: "planted",
        workload: String::new(),
        input: "uniform",
        channels: None,
        seconds,
        joules: vec![joules; 3],
        macs,
        ops_executed: 2.0 * macs,
        bytes: 1.0,
        gate_ops: macs,
        quality: "counter",
        status: "ok",
    }
}

/// The same as a layer of a network.
pub(crate) fn layer(workload: &str, id: &str, seconds: f64, joules: f64, macs: f64) -> Planted {
    Planted {
        workload: workload.into(),
        ..case(id, seconds, joules, macs)
    }
}

pub(crate) const HEADER: &str = "round,case_id,suite,workload,op,algorithm,precision,input,c,groups,iterations,wall_s,device_energy_j,\
                      device_quality,flops_task,ops_executed,macs,bytes_min,bytes_model,gate_ops,utilisation,status\n";

/// Windows of ten iterations.
pub(crate) fn write(path: &Path, cases: &[Planted]) {
    let mut table = HEADER.to_owned();
    for case in cases {
        let words: Vec<&str> = case.id.split('/').collect();
        for (round, joules) in case.joules.iter().enumerate() {
            let (c, groups) = case
                .channels
                .map_or_else(Default::default, |(c, groups)| (c.to_string(), groups.to_string()));
            let joules = if joules.is_nan() {
                String::new()
            } else {
                (10.0 * joules).to_string()
            };
            writeln!(
                table,
                "{round},{},{},{},{},{},{},{},{c},{groups},10,{},{joules},{},{},{},{},{},{},{},0.5,{}",
                case.id,
                case.suite,
                case.workload,
                words[0],
                words[1],
                words[2],
                case.input,
                10.0 * case.seconds,
                case.quality,
                2.0 * case.macs,
                case.ops_executed,
                case.macs,
                case.bytes,
                case.bytes,
                case.gate_ops,
                case.status,
            )
            .unwrap();
        }
    }
    fs::write(path, table).unwrap();
}

pub(crate) fn read(tables: &[&[Planted]], include_simulated: bool) -> Samples {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = tables
        .iter()
        .enumerate()
        .map(|(index, cases)| {
            let path = folder.path().join(format!("device{index}.csv"));
            write(&path, cases);
            path
        })
        .collect();
    load(&paths, LoadOptions { include_simulated }).unwrap()
}

pub(crate) fn claims_of(cases: &[Planted]) -> Vec<Claim> {
    let samples = read(&[cases], false);
    claims(&samples, &Assumptions::default())
}

pub(crate) fn find<'a>(claims: &'a [Claim], name: &str) -> &'a Claim {
    claims
        .iter()
        .find(|claim| claim.name == name)
        .unwrap_or_else(|| panic!("no claim {name}"))
}

pub(crate) fn answers<'a>(claims: &'a [Claim], name: &str) -> &'a [Answer] {
    match &find(claims, name).ours {
        Outcome::Available(answers) => answers,
        Outcome::Unavailable { unavailable } => panic!("{name}: {unavailable}"),
    }
}

/// The one answer whose words hold this.
pub(crate) fn answer<'a>(claims: &'a [Claim], name: &str, words: &str) -> &'a Answer {
    let own: Vec<&Answer> = answers(claims, name)
        .iter()
        .filter(|answer| answer.what.contains(words))
        .collect();
    assert_eq!(own.len(), 1, "{name}, {words}: {:#?}", answers(claims, name));
    own[0]
}

pub(crate) fn reason<'a>(claims: &'a [Claim], name: &str) -> &'a str {
    find(claims, name)
        .ours
        .reason()
        .unwrap_or_else(|| panic!("{name} has answers"))
}

pub(crate) fn close(found: f64, truth: f64) {
    assert!(
        (found - truth).abs() <= 1e-9 * truth.abs().max(1e-9),
        "{found} instead of {truth}"
    );
}

/// The value, whose interval collapses where all rounds say the same.
pub(crate) fn exactly(answer: &Answer, truth: f64) {
    close(answer.value.value, truth);
    if answer.basis == Basis::Counted {
        assert_eq!(answer.value.ci95, None, "counts are not in doubt");
        return;
    }
    let [low, high] = answer.value.ci95.expect("three rounds give an interval");
    close(low, truth);
    close(high, truth);
}

/// Four networks of two layers, one kernel each: MACs 1, 2, 4, 8 and joules 1, 4, 2, 8.
pub(crate) fn networks() -> Vec<Planted> {
    [
        ("a-net", 1.0, 1.0),
        ("b-net", 2.0, 4.0),
        ("c-net", 4.0, 2.0),
        ("d-net", 8.0, 8.0),
    ]
    .into_iter()
    .flat_map(|(name, macs, joules)| {
        ["1", "2-x3"].map(|number| {
            // A quarter in the first layer, and a quarter in each of the three that the second stands for.
            let id = format!("conv2d/direct/f32/{name}-{number}");
            layer(&format!("{name}/{number}"), &id, 1e-3, joules / 4.0, macs)
        })
    })
    .collect()
}
