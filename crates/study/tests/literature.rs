//! The literature's claims on planted rows, whose answers are known in closed form.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use joulemark_base::quality::Quality;
use joulemark_records::{Energy, Manifest, Row, RunWriter, Status};
use joulemark_study::document::{page, terminal};
use joulemark_study::literature::account::{Account, Site};
use joulemark_study::literature::claim::{Answer, Basis, Claim, Way};
use joulemark_study::literature::embodied::Embodied;
use joulemark_study::literature::grid::Grid;
use joulemark_study::literature::qiu::Federation;
use joulemark_study::literature::{Assumptions, claims, spent};
use joulemark_study::options::StudyOptions;
use joulemark_study::outcome::Outcome;
use joulemark_study::samples::Samples;
use joulemark_study::sections::literature::literature;
use joulemark_study::sections::{self, Depth};
use joulemark_study::{LoadOptions, load, study};

/// A case of a planted table; numbers are per iteration.
#[derive(Clone)]
struct Planted {
    id: String,
    suite: &'static str,
    workload: String,
    input: &'static str,
    /// Input channels and groups, if it is a convolution.
    channels: Option<(u64, u64)>,
    seconds: f64,
    /// In each round; none without energy.
    joules: Vec<f64>,
    macs: f64,
    ops_executed: f64,
    bytes: f64,
    gate_ops: f64,
    quality: &'static str,
    status: &'static str,
}

/// A case of an id that takes so many seconds, joules (in three rounds alike) and MACs.
fn case(id: &str, seconds: f64, joules: f64, macs: f64) -> Planted {
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
fn layer(workload: &str, id: &str, seconds: f64, joules: f64, macs: f64) -> Planted {
    Planted {
        workload: workload.into(),
        ..case(id, seconds, joules, macs)
    }
}

const HEADER: &str = "round,case_id,suite,workload,op,algorithm,precision,input,c,groups,iterations,wall_s,device_energy_j,\
                      device_quality,flops_task,ops_executed,macs,bytes_min,bytes_model,gate_ops,utilisation,status\n";

/// Windows of ten iterations.
fn write(path: &Path, cases: &[Planted]) {
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

fn read(tables: &[&[Planted]], include_simulated: bool) -> Samples {
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

fn claims_of(cases: &[Planted]) -> Vec<Claim> {
    let samples = read(&[cases], false);
    claims(&samples, &Assumptions::default())
}

fn find<'a>(claims: &'a [Claim], name: &str) -> &'a Claim {
    claims
        .iter()
        .find(|claim| claim.name == name)
        .unwrap_or_else(|| panic!("no claim {name}"))
}

fn answers<'a>(claims: &'a [Claim], name: &str) -> &'a [Answer] {
    match &find(claims, name).ours {
        Outcome::Available(answers) => answers,
        Outcome::Unavailable { unavailable } => panic!("{name}: {unavailable}"),
    }
}

/// The one answer whose words hold this.
fn answer<'a>(claims: &'a [Claim], name: &str, words: &str) -> &'a Answer {
    let own: Vec<&Answer> = answers(claims, name)
        .iter()
        .filter(|answer| answer.what.contains(words))
        .collect();
    assert_eq!(own.len(), 1, "{name}, {words}: {:#?}", answers(claims, name));
    own[0]
}

fn reason<'a>(claims: &'a [Claim], name: &str) -> &'a str {
    find(claims, name)
        .ours
        .reason()
        .unwrap_or_else(|| panic!("{name} has answers"))
}

fn close(found: f64, truth: f64) {
    assert!(
        (found - truth).abs() <= 1e-9 * truth.abs().max(1e-9),
        "{found} instead of {truth}"
    );
}

/// The value, whose interval collapses where all rounds say the same.
fn exactly(answer: &Answer, truth: f64) {
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
fn networks() -> Vec<Planted> {
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

#[test]
fn networks_are_sums_of_their_layers() {
    let claims = claims_of(&networks());
    exactly(
        answer(&claims, "henderson-joules", "of b-net, batch 1, f32, fastest"),
        4.0,
    );
    // By hand: x = 1 2 4 8, y = 1 4 2 8; means 3.75 both; Sxx = Syy = 28.75, Sxy = 81 − 4·3.75² = 24.75.
    let pearson = 24.75 / 28.75;
    exactly(
        answer(
            &claims,
            "henderson-networks",
            "Pearson's correlation of FLOPs and joules (batch 1, f32, fastest",
        ),
        pearson,
    );
    exactly(
        answer(
            &claims,
            "henderson-networks",
            "R² of joules by FLOPs (batch 1, f32, fastest",
        ),
        pearson * pearson,
    );
    exactly(
        answer(
            &claims,
            "henderson-networks",
            "Spearman's correlation of FLOPs and joules (batch 1, f32, thriftiest",
        ),
        0.8,
    );
    exactly(
        answer(
            &claims,
            "henderson-networks",
            "order otherwise than joules (batch 1, f32, fastest",
        ),
        1.0 / 6.0,
    );
    // Joules per MAC: 1, 2, 1/2, 1.
    exactly(
        answer(&claims, "henderson-networks", "joules per MAC (batch 1, f32, fastest"),
        4.0,
    );
    assert!(reason(&claims, "henderson-family").contains("no family has three networks"));
}

#[test]
fn the_best_kernel_per_objective_stands_for_a_layer() {
    let mut cases = networks();
    // Slower, and thriftier by all it has.
    cases.push(layer("b-net/1", "conv2d/winograd_f2/f32/b-net-1", 2e-3, 0.5, 2.0));
    let claims = claims_of(&cases);
    exactly(
        answer(&claims, "henderson-joules", "of b-net, batch 1, f32, fastest"),
        4.0,
    );
    exactly(
        answer(&claims, "henderson-joules", "of b-net, batch 1, f32, thriftiest"),
        3.5,
    );
}

#[test]
fn a_batch_counts_per_inference_and_families_are_kin_by_name() {
    let vgg: Vec<Planted> = [("11", 1.0), ("16", 2.0), ("19", 3.0)]
        .into_iter()
        .flat_map(|(size, macs)| {
            ["1", "2"].map(|number| {
                let id = format!("conv2d/direct/f32/vgg{size}-{number}");
                layer(&format!("vgg-{size}-n8/{number}"), &id, 1.0, 10.0 + 5.0 * macs, macs)
            })
        })
        .collect();
    let claims = claims_of(&vgg);
    exactly(
        answer(&claims, "henderson-family", "vgg family, batch 8, f32, fastest"),
        1.0,
    );
    // Two layers of 15 J for eight images.
    exactly(
        answer(&claims, "henderson-joules", "of vgg-11, batch 8, f32, fastest"),
        30.0 / 8.0,
    );
    assert!(reason(&claims, "henderson-shufflenet").contains("not both measured"));
}

#[test]
fn shufflenet_against_vgg() {
    let net = |name: &str, joules: f64, macs: f64| {
        ["1", "2"].map(|number| {
            let id = format!("conv2d/direct/f32/{name}-{number}");
            layer(&format!("{name}/{number}"), &id, 1e-3, joules / 2.0, macs)
        })
    };
    let claims = claims_of(&[net("shufflenet-v2", 1.1, 1.0), net("vgg-11", 1.0, 50.0)].concat());
    close(
        answer(
            &claims,
            "henderson-shufflenet",
            "MACs of VGG-11 over those of ShuffleNet v2 (batch 1, f32, fastest",
        )
        .value
        .value,
        50.0,
    );
    exactly(
        answer(
            &claims,
            "henderson-shufflenet",
            "joules of ShuffleNet v2 over those of VGG-11 (batch 1, f32, thriftiest",
        ),
        1.1,
    );
}

fn mobilenet() -> Vec<Planted> {
    let depthwise = |id: &str, seconds, joules, macs| Planted {
        channels: Some((8, 8)),
        bytes: 3.0,
        ..layer("mobilenet-v1/1", id, seconds, joules, macs)
    };
    vec![
        depthwise("conv2d/direct/f32/dw", 3.0, 6.0, 2.0),
        Planted {
            ops_executed: 32.0,
            ..depthwise("conv2d/depthwise_dense/f32/dw", 2.0, 3.0, 2.0)
        },
        Planted {
            channels: Some((8, 1)),
            ..layer("mobilenet-v1/2-x2", "conv2d/direct/f32/pw", 0.5, 1.0, 19.0)
        },
    ]
}

#[test]
fn depthwise_shares_and_the_dense_form() {
    let claims = claims_of(&mobilenet());
    for (what, truth) in [
        ("MACs", 1.0 / 20.0),
        ("compulsory bytes", 3.0 / 5.0),
        ("time", 3.0 / 4.0),
        ("joules", 6.0 / 8.0),
    ] {
        exactly(answer(&claims, "qin-shares", &format!("share of the {what} (")), truth);
    }
    for (what, truth) in [
        ("executed operations of", 2.0 / 16.0),
        ("time of", 1.5),
        ("joules of", 2.0),
    ] {
        exactly(answer(&claims, "qin-dense", what), truth);
    }
}

#[test]
fn narrow_numbers_and_fused_operators() {
    let claims = claims_of(&[
        case("matmul/tiled/f32/8x8x8", 4.0, 6.0, 512.0),
        case("matmul/naive/f32/8x8x8", 5.0, 5.0, 512.0),
        case("matmul/tiled/f16/8x8x8", 2.0, 2.0, 512.0),
        case("matmul/tiled/f32/9x9x9", 4.0, 8.0, 729.0),
        case("matmul/tiled/f16/9x9x9", 1.0, 0.8, 729.0),
        case("matmul/unfused/f32/8x8x8relu", 6.0, 9.0, 512.0),
        case("matmul/tiled/f32/8x8x8relu", 2.0, 3.0, 512.0),
    ]);
    // The thriftiest of f32 is `naive`: √(5/2 · 8/0.8) and, by the fastest, √(4/2 · 4/1).
    exactly(
        answer(&claims, "wu-precision", "joules in f32 over joules in f16,"),
        5.0,
    );
    exactly(
        answer(&claims, "wu-precision", "time in f32 over time in f16,"),
        8_f64.sqrt(),
    );
    exactly(answer(&claims, "wu-fusion", "joules unfused"), 3.0);
    exactly(answer(&claims, "wu-fusion", "time unfused"), 3.0);
}

#[test]
fn an_interval_is_students_over_the_rounds() {
    let claims = claims_of(&[
        Planted {
            joules: vec![2.0, 3.0, 4.0],
            ..case("matmul/unfused/f32/8x8x8relu", 1.0, 0.0, 512.0)
        },
        case("matmul/tiled/f32/8x8x8relu", 1.0, 1.0, 512.0),
    ]);
    let fused = answer(&claims, "wu-fusion", "joules unfused");
    // On logarithms, since it is a ratio: of ln 2, ln 3, ln 4, with t(0.975, 2) = 4.302652729911275.
    let logs = [2_f64, 3.0, 4.0].map(f64::ln);
    let centre = logs.iter().sum::<f64>() / 3.0;
    let deviation = (logs.iter().map(|log| (log - centre).powi(2)).sum::<f64>() / 2.0).sqrt();
    let half = 4.302_652_729_911_275 * deviation / 3_f64.sqrt();
    close(fused.value.value, 24_f64.cbrt());
    close(fused.value.ci95.unwrap()[0], (centre - half).exp());
    close(fused.value.ci95.unwrap()[1], (centre + half).exp());
    let two = claims_of(&[
        Planted {
            joules: vec![2.0, 4.0],
            ..case("matmul/unfused/f32/8x8x8relu", 1.0, 0.0, 512.0)
        },
        case("matmul/tiled/f32/8x8x8relu", 1.0, 1.0, 512.0),
    ]);
    let fused = answer(&two, "wu-fusion", "joules unfused");
    close(fused.value.value, 3.0);
    assert_eq!(fused.value.ci95, None);
}

#[test]
fn a_missing_window_does_not_cost_the_round() {
    let claims = claims_of(&[
        Planted {
            joules: vec![2.0, 3.0, 4.0, f64::NAN],
            ..case("matmul/unfused/f32/8x8x8relu", 1.0, 0.0, 512.0)
        },
        Planted {
            joules: vec![1.0; 4],
            ..case("matmul/tiled/f32/8x8x8relu", 1.0, 1.0, 512.0)
        },
    ]);
    // The mean of the others, 3 J, stands in for the fourth round.
    let fused = answer(&claims, "wu-fusion", "joules unfused");
    close(fused.value.value, 72_f64.powf(0.25));
    assert!(fused.value.ci95.is_some());
}

#[test]
fn pruning_and_low_rank_against_dense() {
    let kernel = |id: &str, input, ops_executed, joules| Planted {
        input,
        ops_executed,
        ..case(id, joules, joules, 512.0)
    };
    let claims = claims_of(&[
        kernel("matmul/tiled/f32/8x8x8/pruned25", "pruned25", 1024.0, 2.0),
        kernel("matmul/csr/f32/8x8x8/pruned25", "pruned25", 256.0, 3.0),
        kernel("matmul/tiled/f32/8x8x8/pruned5", "pruned5", 1024.0, 2.0),
        kernel("matmul/csr/f32/8x8x8/pruned5", "pruned5", 64.0, 1.0),
        kernel("matmul/tiled/f32/8x8x8/rank2", "rank2", 1024.0, 2.0),
        kernel("matmul/low_rank/f32/8x8x8/rank2", "rank2", 512.0, 1.0),
    ]);
    exactly(
        answer(
            &claims,
            "xu-pruning",
            "operations of csr over those of the best dense kernel, f32, 25%",
        ),
        0.25,
    );
    exactly(
        answer(
            &claims,
            "xu-pruning",
            "joules of csr over those of the best dense kernel, f32, 25%",
        ),
        1.5,
    );
    exactly(
        answer(
            &claims,
            "xu-pruning",
            "joules of csr over those of the best dense kernel, f32, 5%",
        ),
        0.5,
    );
    exactly(answer(&claims, "xu-low-rank", "joules of low_rank"), 0.5);
}

#[test]
fn primers_changes_have_their_shares() {
    let claims = claims_of(&[
        Planted {
            channels: Some((8, 8)),
            ..layer("primer/depthwise-x3", "conv2d/depthwise/f32/dw", 1.0, 2.0, 1.0)
        },
        layer("primer/projection-x4", "matmul/tiled/f32/8x8x8", 1.0, 3.0, 24.0),
        layer(
            "primer/squared-relu",
            "calibration/squared_relu/f32/w8srelu",
            1.0,
            2.0,
            1.0,
        ),
    ]);
    exactly(
        answer(&claims, "so-primer", "depthwise convolutions in the FLOPs"),
        3.0 / 100.0,
    );
    exactly(
        answer(&claims, "so-primer", "depthwise convolutions in the joules"),
        6.0 / 20.0,
    );
    exactly(answer(&claims, "so-primer", "squared ReLU in the joules"), 2.0 / 20.0);
    exactly(answer(&claims, "so-primer", "squared ReLU in the time"), 1.0 / 8.0);
}

#[test]
fn layers_of_two_sizes_are_two_networks() {
    let both = |workload: &str, id: &str, joules, macs: f64| {
        [1.0, 4.0].map(|batch| layer(workload, &format!("{id}-{batch}"), 1.0, batch * joules, batch * macs))
    };
    let cases = [
        both("primer/projection-x2", "matmul/tiled/f32/8x8x8", 1.0, 8.0),
        both("primer/squared-relu", "calibration/squared_relu/f32/w8srelu", 2.0, 4.0),
    ];
    let claims = claims_of(&cases.concat());
    exactly(
        answer(
            &claims,
            "so-primer",
            "squared ReLU in the joules (primer, batch 1, f32)",
        ),
        0.5,
    );
    exactly(
        answer(
            &claims,
            "so-primer",
            "squared ReLU in the joules (primer, batch 4, f32)",
        ),
        0.5,
    );
    exactly(
        answer(&claims, "henderson-joules", "of primer, batch 4, f32, fastest"),
        4.0,
    );
}

/// Twelve cases in three families with E = 2·gate_ops.
fn by_gates() -> Vec<Planted> {
    ["naive", "tiled", "split_k"]
        .into_iter()
        .enumerate()
        .flat_map(|(family, algorithm)| {
            (1..5).map(move |size| {
                let (size, family) = (f64::from(size), family as f64);
                let macs = 10.0 * size;
                let gate_ops = macs * (1.0 + family);
                Planted {
                    bytes: 7.0 + size * size * (3.0 - family),
                    gate_ops,
                    ..case(&format!("matmul/{algorithm}/f32/{size}"), 1.0, 2.0 * gate_ops, macs)
                }
            })
        })
        .collect()
}

#[test]
fn what_tells_the_joules_exactly_has_precision_one() {
    let claims = claims_of(&by_gates());
    exactly(answer(&claims, "li-proxies", "by gate_ops"), 1.0);
    // Joules per operation are 1, 2, 3 in the three families, and least squares on rows divided by the joules fit a slope b to the two
    // kept: b = Σ(1/e) / Σ(1/e²). Kept 2 and 3: b = (5/6)/(13/36), error on 1: |b − 1|; and so on.
    let slope = |a: f64, b: f64| (1.0 / a + 1.0 / b) / (1.0 / (a * a) + 1.0 / (b * b));
    let error = ((slope(2.0, 3.0) / 1.0 - 1.0).abs()
        + (slope(1.0, 3.0) / 2.0 - 1.0).abs()
        + (slope(1.0, 2.0) / 3.0 - 1.0).abs())
        / 3.0;
    exactly(answer(&claims, "li-proxies", "by FLOPs"), 1.0 - error);
}

#[test]
fn data_movement_is_the_bytes_part_of_the_roofline() {
    let cases: Vec<Planted> = ["naive", "tiled", "split_k"]
        .into_iter()
        .enumerate()
        .flat_map(|(family, algorithm)| {
            (1..5).map(move |size| {
                let (size, family) = (f64::from(size), family as f64);
                let (ops, bytes, seconds) = (
                    4.0 * size,
                    (size - 2.0 * family).powi(2) + family + 1.0,
                    1.0 + family * size,
                );
                Planted {
                    bytes,
                    ops_executed: ops,
                    ..case(
                        &format!("matmul/{algorithm}/f32/{size}"),
                        seconds,
                        ops + 3.0 * bytes + 2.0 * seconds,
                        ops / 2.0,
                    )
                }
            })
        })
        .collect();
    let all: f64 = cases.iter().map(|case| case.joules[0]).sum();
    let moved: f64 = cases.iter().map(|case| 3.0 * case.bytes).sum();
    let claims = claims_of(&cases);
    let found = answer(&claims, "li-movement", "data movement's share");
    assert!(
        (found.value.value - moved / all).abs() < 1e-6,
        "{found:?} instead of {}",
        moved / all
    );
    assert_eq!(found.way, Way::Fitted);
}

#[test]
fn hardware_burden_and_half_the_error() {
    // Rates 2, 4 and 1 operations per second: the peak is 4, so burden over FLOPs is 2, 1 and 4.
    let claims = claims_of(&[
        case("matmul/naive/f32/1", 10.0, 4.0, 10.0),
        case("matmul/tiled/f32/2", 10.0, 2.0, 20.0),
        case("matmul/split_k/f32/3", 60.0, 9.0, 30.0),
    ]);
    exactly(answer(&claims, "thompson-burden", "FLOPs, median"), 2.0);
    exactly(answer(&claims, "thompson-burden", "FLOPs, largest"), 4.0);
    // Burdens 40, 40, 240 beside FLOPs 20, 40, 60: ranks 1.5, 1.5, 3 and 1, 2, 3.
    exactly(answer(&claims, "thompson-burden", "Spearman"), 0.75_f64.sqrt());
    // The thriftiest takes 2 J for 40 operations.
    exactly(answer(&claims, "thompson-error", "joules of 10¹⁵"), 5e13);
    let half = answer(&claims, "thompson-error", "halves the error");
    close(half.value.value, 5e13 * 12.1_f64.exp2());
    close(half.value.ci95.unwrap()[0], 5e13 * 10.6_f64.exp2());
    close(half.value.ci95.unwrap()[1], 5e13 * 14.1_f64.exp2());
    assert_eq!((half.way, half.basis), (Way::Extrapolated, Basis::Measured));
}

#[test]
fn transfers_cost_what_they_take_beyond_the_copy() {
    let transfer = |id: &str, bytes, joules| Planted {
        bytes,
        ..case(id, 1.0, joules, 0.0)
    };
    let cases = [
        transfer("calibration/copy/f32/w8copy", 64.0, 1.0),
        transfer("calibration/upload/f32/w8copy", 96.0, 9.0),
        transfer("calibration/copy/f32/w16copy", 128.0, 2.0),
        transfer("calibration/upload/f32/w16copy", 192.0, 10.0),
        transfer("calibration/download/f32/w16copy", 192.0, 18.0),
    ];
    let claims = claims_of(&cases);
    exactly(answer(&claims, "qiu-transfer", "of upload"), 8.0 / 64.0);
    exactly(answer(&claims, "qiu-transfer", "of download"), 16.0 / 64.0);
    assert!(reason(&claims, "qiu-federation").contains("--federation"));
}

const FEDERATION: Federation = Federation {
    rounds: 10.0,
    clients: 5.0,
    steps: 20.0,
    model_bytes: 1e6,
    download_bytes_per_s: 1e6,
    upload_bytes_per_s: 5e5,
    router_w: 8.0,
    idle_w: 2.0,
};

#[test]
fn a_federation_pays_for_its_links() {
    // 50 visits of 1 s + 2 s at 10 W.
    close(FEDERATION.communication_j(), 1500.0);
    let assumptions = Assumptions {
        federation: Some(FEDERATION),
        ..Assumptions::default()
    };
    let claims = claims(&read(&[&networks()], false), &assumptions);
    close(
        answer(&claims, "qiu-federation", "federation's communication")
            .value
            .value,
        1500.0,
    );
    // A thousand steps of three passes of 4 J each.
    exactly(answer(&claims, "qiu-federation", "training steps (b-net"), 12_000.0);
    exactly(
        answer(&claims, "qiu-federation", "communication over computation (b-net"),
        0.125,
    );
}

#[test]
fn four_factors_between_two_runs() {
    let first = [
        case("matmul/naive/f32/8x8x8", 1.0, 24.0, 512.0),
        case("matmul/tiled/f32/8x8x8", 1.0, 30.0, 512.0),
    ];
    let second = [
        case("matmul/naive/f32/8x8x8", 1.0, 8.0, 512.0),
        case("matmul/tiled/f32/8x8x8", 1.0, 2.0, 512.0),
    ];
    let samples = read(&[&first, &second], false);
    let site = |pue, grams: f64| Site {
        pue,
        grid: Grid::of_caller(grams).unwrap(),
    };
    let assumptions = Assumptions {
        sites: vec![site(1.5, 500.0), site(1.2, 50.0)],
        ..Assumptions::default()
    };
    let claims = claims(&samples, &assumptions);
    let factor = |what: &str| answer(&claims, "patterson-factors", what);
    exactly(factor("machine:"), 3.0);
    exactly(factor("model:"), 4.0);
    close(factor("mechanisation:").value.value, 1.25);
    close(factor("map:").value.value, 10.0);
    close(factor("all four:").value.value, 150.0);
    assert_eq!(factor("map:").way, Way::Derived);
}

#[test]
fn accounts_are_derived_and_carry_the_interval() {
    let samples = read(
        &[&[Planted {
            joules: vec![2.0, 3.0, 4.0],
            ..case("matmul/tiled/f32/8x8x8", 0.5, 0.0, 512.0)
        }]],
        false,
    );
    let site = Site {
        pue: 1.2,
        grid: Grid::find("FR").unwrap(),
    };
    let embodied = Embodied {
        kg_co2e: 150.0,
        life_years: 4.0,
    };
    let spent_by = spent::of_cases(&samples, 1e9, |id| id == "matmul/tiled/f32/8x8x8").remove(0);
    let account = Account::of(spent_by, site.clone(), Some(embodied));
    close(account.kwh.value, 3e9 * 1.2 / 3.6e6);
    close(account.kg_co2e.value, 1000.0 * site.grid.g_co2e_per_kwh / 1e3);
    let half = 4.302_652_729_911_275 / 3_f64.sqrt();
    close(account.kwh.ci95.unwrap()[1], (3.0 + half) * 1e9 * 1.2 / 3.6e6);
    close(
        account.kg_co2e.ci95.unwrap()[0],
        (3.0 - half) / 3.0 * site.grid.g_co2e_per_kwh,
    );
    close(
        account.embodied_kg_co2e.unwrap(),
        150.0 * 5e8 / (4.0 * 365.25 * 86_400.0),
    );
    assert!(account.derived);
    // The rows themselves: 90 J in three windows, at Strubell's site.
    let claims = claims(&samples, &Assumptions::default());
    close(
        answer(&claims, "strubell-account", "joules of the run").value.value,
        90.0,
    );
    let emissions = answer(&claims, "strubell-account", "emissions");
    close(emissions.value.value, 90.0 * 1.58 / 3.6e6 * 0.954 * 0.453_592_37);
    assert_eq!((emissions.way, emissions.basis), (Way::Derived, Basis::Measured));
    assert!(reason(&claims, "wu-embodied").contains("--embodied"));
}

#[test]
fn a_study_tells_its_own_cost() {
    let claims = claims_of(&[
        case("matmul/tiled/f32/8x8x8", 0.5, 2.0, 512.0),
        case("matmul/naive/f32/8x8x8", 0.5, 4.0, 512.0),
        Planted {
            status: "suspect",
            ..case("matmul/split_k/f32/8x8x8", 0.5, 4.0, 512.0)
        },
    ]);
    close(answer(&claims, "schwartz-cost", "D: executions").value.value, 10.0);
    close(answer(&claims, "schwartz-cost", "H: windows").value.value, 6.0);
    close(answer(&claims, "schwartz-cost", "E: joules").value.value, 3.0);
    close(answer(&claims, "schwartz-cost", "E · D · H").value.value, 180.0);
    close(answer(&claims, "schwartz-cost", "FPO").value.value, 60.0 * 1024.0);
    assert!(reason(&claims, "schwartz-overhead").contains("manifest"));
}

#[test]
fn what_a_run_spends_beside_its_windows_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = RunWriter::create(folder.path(), "box", "2026-01-01", Manifest::default()).unwrap();
    let row = |case_id: &str, status, joules| Row {
        case_id: case_id.into(),
        op: "matmul".into(),
        algorithm: "tiled".into(),
        precision: "f32".into(),
        iterations: Some(1),
        wall_s: Some(1.0),
        flops_task: Some(8),
        device: Energy {
            energy_j: Some(joules),
            quality: Some(Quality::Counter),
            ..Energy::default()
        },
        status,
        reason: if status == Status::Suspect {
            "planted".into()
        } else {
            String::new()
        },
        ..Row::default()
    };
    for (case_id, status, joules) in [
        ("a", Status::Ok, 50.0),
        ("idle", Status::Idle, 20.0),
        ("b", Status::Suspect, 10.0),
    ] {
        writer.append(row(case_id, status, joules)).unwrap();
    }
    writer
        .update(|manifest| manifest.totals.device_energy_j = Some(100.0))
        .unwrap();
    let samples = load(&[folder.path().to_owned()], LoadOptions::default()).unwrap();
    let claims = claims(&samples, &Assumptions::default());
    close(
        answer(&claims, "schwartz-overhead", "over the whole run").value.value,
        100.0,
    );
    for (words, share) in [
        ("that count", 0.5),
        ("discarded", 0.1),
        ("idle windows", 0.2),
        ("tuning", 0.2),
    ] {
        close(answer(&claims, "schwartz-overhead", words).value.value, share);
    }
    close(
        answer(&claims, "strubell-account", "joules of the run box/2026-01-01-1")
            .value
            .value,
        100.0,
    );
}

#[test]
fn methods_are_told_and_never_joined() {
    let cases = [
        case("matmul/tiled/f32/8x8x8", 1.0, 2.0, 512.0),
        Planted {
            quality: "simulated",
            ..case("matmul/naive/f32/8x8x8", 1.0, 1.0, 512.0)
        },
        Planted {
            quality: "estimated",
            ..case("matmul/split_k/f32/8x8x8", 1.0, 0.1, 512.0)
        },
        Planted {
            quality: "simulated",
            ..case("matmul/tiled/f16/8x8x8", 1.0, 0.5, 512.0)
        },
    ];
    let claims = claims_of(&cases);
    for (word, rows) in [("counter", 3.0), ("simulated", 6.0), ("estimated", 3.0)] {
        close(
            answer(&claims, "garcia-martin-methods", &format!("energy is {word}"))
                .value
                .value,
            rows,
        );
    }
    close(
        answer(&claims, "garcia-martin-methods", "more than one method")
            .value
            .value,
        0.0,
    );
    let integrated = Planted {
        quality: "integrated",
        ..cases[0].clone()
    };
    let mixed = claims_of(&[cases[0].clone(), integrated]);
    close(
        answer(&mixed, "garcia-martin-methods", "more than one method")
            .value
            .value,
        1.0,
    );
    // The only f16 kernel is simulated, so there is no ratio of joules, but one of time.
    assert!(
        answers(&claims, "wu-precision")
            .iter()
            .all(|answer| answer.what.starts_with("time"))
    );
    close(
        answer(&claims, "strubell-account", "joules of the run").value.value,
        60.0,
    );
    let tracked = answer(&claims, "henderson-tracker", "columns of 6");
    close(tracked.value.value, 1.0);
    assert!(
        tracked.rests_on.starts_with("utilisation in 100.0%, clock_mhz in 0.0%"),
        "{tracked:?}"
    );
}

#[test]
fn without_energy_only_counts_and_times_are_told() {
    let without: Vec<Planted> = [mobilenet(), networks(), by_gates()]
        .concat()
        .into_iter()
        .map(|case| Planted {
            joules: vec![f64::NAN; 3],
            quality: "unavailable",
            ..case
        })
        .collect();
    let claims = claims_of(&without);
    for claim in &claims {
        if let Outcome::Available(answers) = &claim.ours {
            let with_energy = |answer: &&Answer| matches!(answer.basis, Basis::Measured | Basis::Simulated);
            assert_eq!(answers.iter().find(with_energy), None, "{}", claim.name);
        }
    }
    exactly(answer(&claims, "qin-shares", "share of the time"), 0.75);
    let page = terminal::text(&literature(&claims, false), None);
    assert!(page.contains("Not measured here, because"), "{page}");
    assert!(!page.contains("NaN") && !page.contains("inf "), "{page}");
}

#[test]
fn simulated_joules_are_marked_in_every_answer() {
    let simulated: Vec<Planted> = networks()
        .into_iter()
        .map(|case| Planted {
            quality: "simulated",
            ..case
        })
        .collect();
    let samples = read(&[&simulated], true);
    let claims = claims(&samples, &Assumptions::default());
    assert_eq!(
        answer(&claims, "henderson-joules", "of b-net, batch 1, f32, fastest").basis,
        Basis::Simulated
    );
    assert_eq!(answer(&claims, "strubell-account", "emissions").basis, Basis::Simulated);
    assert!(terminal::text(&literature(&claims, true), None).contains("derived from SIMULATED joules"));
    // Beside measured ones they enter no number, even where they were asked for.
    let beside = [&simulated[..], &[case("matmul/tiled/f32/8x8x8", 1.0, 2.0, 512.0)]].concat();
    for include_simulated in [false, true] {
        let samples = read(&[&beside], include_simulated);
        let claims = joulemark_study::literature::claims(&samples, &Assumptions::default());
        assert!(reason(&claims, "henderson-joules").contains("run a suite"));
        let run = answer(&claims, "strubell-account", "joules of the run");
        assert_eq!((run.value.value, run.basis), (60.0, Basis::Measured));
    }
}

#[test]
fn every_claim_has_its_own_name_and_says_where_it_stands() {
    let claims = claims_of(&networks());
    let mut names: Vec<&str> = claims.iter().map(|claim| claim.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), claims.len());
    let page = include_str!("../LITERATURE.md");
    for claim in &claims {
        assert!(
            page.contains(&format!("`{}`", claim.name)),
            "{} is not documented",
            claim.name
        );
        assert!(
            claim.source.contains(" et al. ") || claim.source.contains("Li, Tsourdos, Guo"),
            "{}",
            claim.source
        );
        assert!(!claim.claim.is_empty() && !claim.theirs.is_empty());
        assert_ne!(claim.ours.reason(), Some(""), "{} says no reason", claim.name);
    }
}

#[test]
fn the_report_has_the_section_whatever_was_measured() {
    let options = StudyOptions {
        replicates: 50,
        ..StudyOptions::default()
    };
    let page = |quality: &'static str| {
        let joules = |case: Planted| match quality {
            "unavailable" => vec![f64::NAN; 3],
            _ => case.joules,
        };
        let cases: Vec<Planted> = networks()
            .into_iter()
            .map(|case| Planted {
                quality,
                joules: joules(case.clone()),
                ..case
            })
            .collect();
        let findings = study(&read(&[&cases], false), options);
        page::html(&sections::study(&findings, Depth::Page)).unwrap()
    };
    for (quality, says) in [
        (
            "counter",
            vec![
                "joules per inference of b-net, batch 1, f32, fastest kernels",
                "measured joules;",
            ],
        ),
        (
            "simulated",
            vec![
                "joules per inference of b-net, batch 1, f32, fastest kernels",
                "SIMULATED joules;",
            ],
        ),
        (
            "unavailable",
            vec![
                "Not measured here, because no network was measured with its joules",
                "measured time;",
            ],
        ),
    ] {
        let page = page(quality);
        for words in [
            &says[..],
            &["s claims on this machine</h2>", "82.86% of the training time"],
        ]
        .concat()
        {
            assert!(page.contains(words), "{quality}: no `{words}`");
        }
    }
}
