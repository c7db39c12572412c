//! Networks as sums of their layers: Henderson, Qin, So.

use super::planted::{Planted, answer, claims_of, close, exactly, layer, networks, reason};

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

pub(crate) fn mobilenet() -> Vec<Planted> {
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
