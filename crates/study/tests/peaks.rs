//! Shares of measured peaks, by hand, and the roofline that is drawn of them.

use joulemark_study::document::terminal;
use joulemark_study::sections::{self, Depth};
use joulemark_study::{Findings, LoadOptions, StudyOptions, figures, load, study};

/// Findings of a table of cases: id, operations, bytes and seconds, three windows each.
fn findings(cases: &[(&str, f64, f64, f64)]) -> Findings {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases.csv");
    let mut csv =
        String::from("case_id,op,algorithm,precision,iterations,wall_s,device_energy_j,flops_task,bytes_min,window\n");
    for (id, flops, bytes, seconds) in cases {
        let words: Vec<&str> = id.split('/').collect();
        for window in 0..3 {
            let wall_s = 10.0 * seconds;
            csv += &format!(
                "{id},{},{},{},10,{wall_s},,{flops},{bytes},{window}\n",
                words[0], words[1], words[2]
            );
        }
    }
    std::fs::write(&path, csv).unwrap();
    let options = StudyOptions {
        replicates: 100,
        seed: 1,
    };
    study(&load(&[path], LoadOptions::default()).unwrap(), options)
}

/// All that a terminal is told.
fn printed(findings: &Findings) -> String {
    terminal::text(&sections::study(findings, Depth::All), None)
}

#[test]
fn kernels_are_shares_of_the_fastest_chain_and_copy() {
    let findings = findings(&[
        ("calibration/fma_chain/f32/w1fma512", 1e9, 1e6, 0.01),
        ("calibration/fma_chain/f32/w1fma8", 1e7, 1e6, 0.01),
        ("calibration/copy/f32/w1copy", 0.0, 1e8, 0.01),
        ("calibration/copy/f32/w2copy", 0.0, 1e8, 0.02),
        ("matmul/tiled/f32/8x8x8", 1e9, 1e6, 0.02),
        ("conv2d/depthwise/f32/n1", 1e6, 1e8, 0.0125),
        ("matmul/tiled/i8/8x8x8", 1e9, 1e6, 0.02),
        ("calibration/fma_chain/f16/w1fma512", 1e9, 1e6, 0.01),
        ("calibration/coop_chain/f16/w1coop8", 1e10, 1e6, 0.01),
        ("matmul/cooperative/f16/8x8x8", 1e9, 1e6, 0.005),
    ]);
    let [device] = &findings.peaks[..] else {
        panic!("{:?}", findings.peaks)
    };
    assert_eq!(device.arithmetic["f32"].case, "calibration/fma_chain/f32/w1fma512");
    let near = |value: f64, expected: f64| assert!((value / expected - 1.0).abs() < 1e-9, "{value}, not {expected}");
    near(device.arithmetic["f32"].per_second, 1e11);
    near(device.traffic.as_ref().unwrap().per_second, 1e10);
    let share = |family: &str| {
        device
            .kernels
            .iter()
            .find(|kernel| kernel.case.contains(family))
            .unwrap()
    };
    near(share("tiled").of_peak, 0.5);
    near(share("tiled").of_roofline.unwrap(), 0.5);
    assert!(!share("tiled").by_traffic);
    near(share("cooperative").of_peak, 0.2);
    near(share("depthwise").of_peak, 8e-4);
    near(share("depthwise").of_roofline.unwrap(), 0.8);
    assert!(share("depthwise").by_traffic);
    assert_eq!(
        device.kernels.len(),
        3,
        "i8 has no peak here, and calibration is no kernel"
    );

    let text = printed(&findings);
    assert!(
        text.contains("Measured peaks") && text.contains("of roofline"),
        "{text}"
    );
    let svg = figures::measured_roofline(&findings).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("Measured roofline"), "{svg}");
}

#[test]
fn without_calibration_nothing_is_claimed() {
    let findings = findings(&[("matmul/tiled/f32/8x8x8", 1e9, 1e6, 0.02)]);
    assert!(findings.peaks.is_empty() && !printed(&findings).contains("Measured peaks"));
    let why = figures::measured_roofline(&findings).unwrap_err();
    assert!(why.contains("calibration/fma_chain"), "{why}");
}
