//! Henderson's networks from public figures: the sceptic's FLOPs and time predict their energy to 8.4%.
//!
//! kWh (at the PUE of 1.58 that their tracker assumes) and hours of 50,000 inferences on one TITAN V, means of four runs in
//! three decimals: the summary of the ImageNet experiments in the repository
//! Breakend/ClimateChangeFromMachineLearningResearch. 10⁹ MACs: the table of thop, the counter that they used; those of HarDNet
//! from its authors' repository.

use joulemark_study::findings::Predictor;
use joulemark_study::{LoadOptions, StudyOptions, load, study};

const NETWORKS: [(&str, &str, f64, f64, f64); 20] = [
    ("densenet", "densenet161", 0.060, 0.405, 7.85),
    ("densenet", "densenet201", 0.052, 0.490, 4.39),
    ("densenet", "densenet169", 0.042, 0.423, 3.44),
    ("wide_resnet", "wide_resnet101_2", 0.041, 0.214, 22.84),
    ("hardnet", "hardnet85", 0.029, 0.211, 9.1),
    ("densenet", "densenet121", 0.029, 0.294, 2.90),
    ("hardnet", "hardnet68ds", 0.023, 0.245, 0.8),
    ("wide_resnet", "wide_resnet50_2", 0.022, 0.113, 11.46),
    ("hardnet", "hardnet68", 0.020, 0.169, 4.3),
    ("vgg", "vgg19", 0.019, 0.060, 19.77),
    ("vgg", "vgg16", 0.016, 0.051, 15.61),
    ("googlenet", "googlenet", 0.013, 0.133, 1.50),
    ("hardnet", "hardnet39ds", 0.013, 0.139, 0.44),
    ("vgg", "vgg13", 0.013, 0.042, 11.44),
    ("shufflenet", "shufflenet_v2_x1_0", 0.011, 0.119, 0.15),
    ("vgg", "vgg11", 0.010, 0.035, 7.74),
    ("mobilenet", "mobilenet_v2", 0.009, 0.093, 0.33),
    ("squeezenet", "squeezenet1_1", 0.005, 0.046, 0.35),
    ("squeezenet", "squeezenet1_0", 0.005, 0.046, 0.82),
    ("alexnet", "alexnet", 0.003, 0.014, 0.77),
];

const PUE: f64 = 1.58;

#[test]
fn flops_and_time_predict_what_flops_alone_do_not() {
    let mut table = "case_id,op,algorithm,precision,iterations,wall_s,device_energy_j,flops_task\n".to_owned();
    for (family, name, kwh, hours, gmacs) in NETWORKS {
        let (joules, seconds) = (3.6e6 * kwh / PUE, 3600.0 * hours);
        table += &format!(
            "{name},network,{family},f32,50000,{seconds},{joules},{:.0}\n",
            2e9 * gmacs
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("titan-v.csv");
    std::fs::write(&path, table).unwrap();
    let findings = study(&load(&[path], LoadOptions::default()).unwrap(), StudyOptions::default());
    let gross = findings.scopes[0].gross.value().unwrap();
    let models = gross.evidence.models.value().unwrap();
    let error = |predictor| models.score(predictor).unwrap().loo_mape;
    // Three decimals leave the error uncertain by some tenths of a point: AlexNet's 0.003 kWh alone by 17%.
    assert!(
        (error(Predictor::FlopsAndTime) - 0.084).abs() < 0.003,
        "{}",
        error(Predictor::FlopsAndTime)
    );
    assert_eq!(
        error(Predictor::EnergyRoofline),
        error(Predictor::FlopsAndTime),
        "bytes are not known"
    );
    assert!(error(Predictor::Flops) > 0.5 && error(Predictor::Time) > 0.25);
    let roofline = gross.energy_roofline.value().unwrap();
    // Picojoules per FLOP, two of which are a MAC.
    assert!((2.0 * roofline.e_flop_pj["f32"].value - 36.5).abs() < 1.0 && (roofline.p0_w.value - 61.3).abs() < 1.0);
}
