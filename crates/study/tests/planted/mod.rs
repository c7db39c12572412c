//! Simulated devices whose truth is planted: rows as a campaign would write them. Shared by the tests and examples.

use joulemark_base::quality::Quality;
use joulemark_records::{Energy, Row, Status};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// What makes the energy on a planted device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Truth {
    /// Joules per operation in f32, f16, i8.
    pub(crate) e_flop_j: [f64; 3],
    /// Joules per byte.
    pub(crate) e_byte_j: f64,
    /// Watts above idle whenever a kernel runs.
    pub(crate) p0_w: f64,
    /// Watts of the idle device.
    pub(crate) idle_w: f64,
    /// Whether moving bytes takes energy and time: without it everything follows the operations.
    pub(crate) traffic: bool,
}

/// The planted truths: `tracks` (FLOPs are all that matters), `breaks` (bytes, precision and time matter too), `static`
/// (running costs no more than idling).
pub(crate) fn truth(name: &str) -> Truth {
    let breaks = Truth {
        e_flop_j: [8e-12, 3e-12, 1e-12],
        e_byte_j: 400e-12,
        p0_w: 25.0,
        idle_w: 40.0,
        traffic: true,
    };
    match name {
        "tracks" => Truth {
            e_flop_j: [20e-12; 3],
            e_byte_j: 0.0,
            p0_w: 0.0,
            traffic: false,
            ..breaks
        },
        "breaks" => breaks,
        "static" => Truth {
            e_flop_j: [0.0; 3],
            e_byte_j: 0.0,
            p0_w: 0.0,
            ..breaks
        },
        _ => panic!("no truth is named {name}"),
    }
}

/// Problem kind, algorithm, bytes per compulsory byte, share of peak rate.
const KERNELS: [(&str, &str, f64, f64); 10] = [
    ("matmul", "naive", 90.0, 0.05),
    ("matmul", "tiled", 24.0, 0.2),
    ("matmul", "register_blocked", 6.0, 0.7),
    ("matmul", "vectorized", 9.0, 0.5),
    ("matmul", "split_k", 4.0, 0.35),
    ("conv2d", "direct", 14.0, 0.25),
    ("conv2d", "im2col", 30.0, 0.3),
    ("conv2d", "implicit_gemm", 5.0, 0.55),
    ("conv2d", "winograd_f2", 18.0, 0.6),
    ("conv2d", "depthwise", 2.0, 0.4),
];

/// The seed decides all noise. `windows` per case; `sizes` per kernel and precision.
pub(crate) fn campaign(truth: Truth, sizes: usize, windows: u32, seed: u64) -> Vec<Row> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut rows = Vec::new();
    for (precision, word) in ["f32", "f16", "i8"].into_iter().enumerate() {
        for (op, algorithm, traffic, efficiency) in KERNELS {
            for size in 0..sizes {
                let exponent = 7.5 + 2.0 * size as f64 / (sizes.max(2) - 1) as f64;
                let side = 2_f64.powf(exponent).round();
                // Depthwise layers have few operations for their bytes.
                let macs = if algorithm == "depthwise" {
                    9.0 * side * side
                } else {
                    side * side * side
                };
                let width = [4.0, 2.0, 1.0][precision];
                let bytes = width * 3.0 * side * side;
                let facts = Row {
                    case_id: format!("{op}/{algorithm}/{word}/{side}"),
                    suite: "standard".into(),
                    op: op.into(),
                    algorithm: algorithm.into(),
                    precision: word.into(),
                    macs: Some(macs as u64),
                    flops_task: Some(2 * macs as u64),
                    ops_executed: Some(2 * macs as u64),
                    bytes_min: Some(bytes as u64),
                    bytes_model: Some((bytes * traffic) as u64),
                    activations: Some((side * side) as u64),
                    parameters: Some((side * side) as u64),
                    gate_ops: Some(macs * [4593.0, 1193.0, 480.0][precision]),
                    horowitz_j: Some(macs * [4.6e-12, 1.5e-12, 0.23e-12][precision]),
                    input: "uniform".into(),
                    ..Row::default()
                };
                measure(&mut rows, &facts, truth, precision, efficiency, windows, &mut random);
            }
        }
    }
    for size in 0..6 {
        let side = 64_u64 << size;
        let facts = Row {
            case_id: format!("matmul/register_blocked/f32/{side}x{side}x{side}"),
            suite: "controls".into(),
            op: "matmul".into(),
            algorithm: "register_blocked".into(),
            precision: "f32".into(),
            variant: "control".into(),
            m: Some(side),
            n: Some(side),
            k: Some(side),
            macs: Some(side.pow(3)),
            flops_task: Some(2 * side.pow(3)),
            ops_executed: Some(2 * side.pow(3)),
            bytes_min: Some(12 * side.pow(2)),
            // Traffic of 64-wide tiles grows with the operations, so the sweep follows them.
            bytes_model: Some(4 * side.pow(3) / 32),
            input: "uniform".into(),
            ..Row::default()
        };
        measure(&mut rows, &facts, truth, 0, 0.7, windows, &mut random);
        if size == 2 {
            let again = Row {
                case_id: format!("{}@again", facts.case_id),
                ..facts
            };
            measure(&mut rows, &again, truth, 0, 0.7, windows, &mut random);
        }
    }
    rows
}

fn measure(
    rows: &mut Vec<Row>,
    facts: &Row,
    truth: Truth,
    precision: usize,
    efficiency: f64,
    windows: u32,
    random: &mut impl Rng,
) {
    let (flops, bytes) = (facts.flops_task.unwrap() as f64, facts.bytes_model.unwrap() as f64);
    let efficiency = if truth.traffic { efficiency } else { 0.5 };
    let peak = if truth.traffic {
        [10e12, 20e12, 40e12][precision]
    } else {
        10e12
    };
    let by_flops = flops / (peak * efficiency);
    let time_s = if truth.traffic {
        by_flops.max(bytes / 1e12)
    } else {
        by_flops
    };
    let active_j = flops * truth.e_flop_j[precision] + bytes * truth.e_byte_j + truth.p0_w * time_s;
    for window in 0..windows {
        let mut noise = |deviation: f64| {
            let normal: f64 = StandardNormal.sample(random);
            1.0 + deviation * normal
        };
        let wall = time_s * noise(0.005);
        let iterations = (0.5 / wall).ceil();
        let gross = (active_j + truth.idle_w * wall) * noise(0.01);
        rows.push(Row {
            round: window % 3,
            window: window / 3,
            iterations: Some(iterations as u64),
            wall_s: Some(wall * iterations),
            device: Energy {
                energy_j: Some(gross * iterations),
                idle_w: Some(truth.idle_w),
                active_j: Some((gross - truth.idle_w * wall) * iterations),
                source: "planted".into(),
                quality: Some(Quality::Simulated),
                ..Energy::default()
            },
            status: Status::Ok,
            ..facts.clone()
        });
    }
}
