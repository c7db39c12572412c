//! Kernels against each other: Wu, Xu, Li, Thompson.

use joulemark_study::literature::claim::{Basis, Way};

use super::planted::{Planted, answer, case, claims_of, close, exactly, reason};

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

/// Twelve cases in three families with E = 2·gate_ops.
pub(crate) fn by_gates() -> Vec<Planted> {
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
fn no_fit_joins_joules_of_two_methods() {
    let mut cases = by_gates();
    let half = cases.len() / 2;
    cases.iter_mut().skip(half).for_each(|case| case.quality = "integrated");
    let together = claims_of(&by_gates());
    assert!(
        answer(&together, "li-proxies", "by gate_ops")
            .rests_on
            .contains("joules by counter")
    );
    let apart = claims_of(&cases);
    // Either half has too few cases for a fit; together they had enough.
    assert!(reason(&apart, "li-proxies").contains("fewer than eight cases"));
    assert!(reason(&apart, "li-movement").contains("fewer than eight cases"));
}
