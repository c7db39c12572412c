//! Moving and training, and two runs: Qiu, Patterson.

use joulemark_study::literature::account::Site;
use joulemark_study::literature::claim::Way;
use joulemark_study::literature::grid::Grid;
use joulemark_study::literature::qiu::Federation;
use joulemark_study::literature::{Assumptions, claims};

use super::planted::{Planted, answer, answers, case, claims_of, close, exactly, networks, read, reason};

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
fn a_measured_training_step_takes_the_place_of_three_passes() {
    let mut cases = networks();
    cases.extend([
        case("conv2d/direct/f32/n1c8h8w8k8r3s3p1", 1.0, 4.0, 9.0),
        case("gradient/direct/f32/dx-n1c8h8w8k8r3s3p1", 2.0, 6.0, 9.0),
        case("gradient/direct/f32/dw-n1c8h8w8k8r3s3p1", 3.0, 10.0, 9.0),
        // Of another precision, and without its second gradient.
        case("matmul/tiled/f16/2x3x4", 1.0, 1.0, 24.0),
        case("matmul/tiled/f16/2x4x3tb", 1.0, 1.0, 24.0),
    ]);
    let assumptions = Assumptions {
        federation: Some(FEDERATION),
        ..Assumptions::default()
    };
    let found = claims(&read(&[&cases], false), &assumptions);
    exactly(answer(&found, "qiu-training", "joules of a training step"), 5.0);
    exactly(answer(&found, "qiu-training", "time of a training step"), 6.0);
    assert_eq!(answers(&found, "qiu-training").len(), 2, "f16 lacks a pass");
    // A thousand steps of five times 4 J.
    exactly(answer(&found, "qiu-federation", "training steps (b-net"), 20_000.0);
    cases.push(case("matmul/tiled/f16/4x3x2ta", 1.0, 2.0, 24.0));
    let found = claims_of(&cases);
    exactly(
        answer(
            &found,
            "qiu-training",
            "joules of a training step over joules of its forward pass, f16",
        ),
        4.0,
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
