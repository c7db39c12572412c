//! Kernels ranked on one problem: places, ties, energy-delay, what cannot be ranked, and the picture.

use std::fs;

use joulemark_base::objective::Objective;
use joulemark_study::document::terminal;
use joulemark_study::rank::{Rankings, draw, rank};
use joulemark_study::sections::rank::{overview, rankings as in_full};
use joulemark_study::{LoadOptions, load};

const HEADER: &str = "case_id,op,algorithm,precision,iterations,wall_s,device_energy_j,flops_task,round\n";

/// Rows of case, algorithm, seconds, joules; the three rounds of a case differ by 1%.
fn rankings(rows: &[(&str, &str, f64, f64)]) -> Rankings {
    let mut table = HEADER.to_owned();
    for (case, algorithm, time, energy) in rows {
        for (round, factor) in [0.995, 1.0, 1.005].into_iter().enumerate() {
            let (time, energy) = (time * factor, energy * factor);
            table += &format!(
                "{case},matmul,{algorithm},f32,10,{},{},1000,{round}\n",
                10.0 * time,
                10.0 * energy
            );
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theirs.csv");
    fs::write(&path, table).unwrap();
    rank(&load(&[path], LoadOptions::default()).unwrap())
}

fn render(found: &Rankings) -> String {
    terminal::text(&in_full(found, Objective::Time), None)
}

#[test]
fn kernels_are_ranked_by_each_measure_on_its_own() {
    let found = rankings(&[
        ("matmul/a/f32/8x8x8", "a", 1.0, 30.0),
        ("matmul/b/f32/8x8x8", "b", 2.0, 10.0),
        ("matmul/c/f32/8x8x8", "c", 4.0, 20.0),
        ("matmul/a/f32/9x9x9", "a", 4.0, 20.0),
    ]);
    let [ranking] = found.rankings.as_slice() else {
        panic!("a problem of one kernel is no contest: {found:?}")
    };
    assert_eq!((ranking.problem.as_str(), ranking.op.as_str()), ("8x8x8", "matmul"));
    let places: Vec<_> = ranking.kernels.iter().map(|k| (k.kernel.as_str(), k.places)).collect();
    assert_eq!(
        places,
        [
            ("a", [Some(1), Some(3), Some(2)]),
            ("b", [Some(2), Some(1), Some(1)]),
            ("c", [Some(3), Some(2), Some(3)])
        ]
    );
    let delay = ranking.kernels[1].energy_delay_js.unwrap().value;
    assert!((delay - 20.0).abs() < 0.01, "{delay}");
    assert_eq!(ranking.best_by(Objective::Energy).unwrap().kernel, "b");
    assert!(ranking.fastest_is_not_thriftiest());
    let text = render(&found);
    assert!(text.contains("The fastest kernel is not the thriftiest."), "{text}");
    assert!(terminal::text(&overview(&found), None).contains("8x8x8"));
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Rankings>(&json).unwrap(), found);
}

#[test]
fn what_the_data_does_not_tell_apart_is_said() {
    let found = rankings(&[("a/x", "a", 1.0, 10.0), ("b/x", "b", 1.001, 9.99)]);
    let ranking = &found.rankings[0];
    assert_eq!(ranking.best_by(Objective::Time).unwrap().not_told_apart, ["b"]);
    assert!(
        !ranking.fastest_is_not_thriftiest(),
        "a difference within noise is none"
    );
    assert!(render(&found).contains("does not tell it from b"));
}

#[test]
fn one_round_tells_nothing_apart() {
    let mut found = rankings(&[("a/x", "a", 1.0, 30.0), ("b/x", "b", 2.0, 10.0)]);
    assert!(found.rankings[0].fastest_is_not_thriftiest());
    let mut table = HEADER.to_owned();
    for (algorithm, time, energy) in [("a", 1.0, 30.0), ("b", 2.0, 10.0)] {
        table += &format!("{algorithm}/x,matmul,{algorithm},f32,10,{time},{energy},1000,0\n");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("once.csv");
    fs::write(&path, table).unwrap();
    found = rank(&load(&[path], LoadOptions::default()).unwrap());
    let ranking = &found.rankings[0];
    assert_eq!(ranking.best_by(Objective::Time).unwrap().not_told_apart, ["b"]);
    assert!(!ranking.fastest_is_not_thriftiest());
}

#[test]
fn variants_of_one_kernel_are_told_apart() {
    let mut table = "variant,".to_owned() + HEADER;
    for (variant, time) in [("tile=8", 1.0), ("tile=16", 2.0)] {
        table += &format!("{variant},matmul/a/f32/8x8x8,matmul,a,f32,10,{time},1.0,1000,0\n");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    fs::write(&path, table).unwrap();
    let found = rank(&load(&[path], LoadOptions::default()).unwrap());
    let names: Vec<&str> = found.rankings[0].kernels.iter().map(|k| k.kernel.as_str()).collect();
    assert_eq!(names, ["a [tile=8]", "a [tile=16]"]);
    let tagged = rankings(&[
        ("matmul/a/f32/8x8x8@8-8", "a", 1.0, 1.0),
        ("matmul/a/f32/8x8x8@16-8", "a", 2.0, 1.0),
    ]);
    assert_eq!(tagged.rankings[0].problem, "8x8x8");
    assert_eq!(tagged.rankings[0].kernels[1].kernel, "a@16-8");
}

#[test]
fn the_picture_has_a_panel_per_measure_and_says_what_is_simulated() {
    let mut found = rankings(&[("a/x", "a", 1.0, 10.0), ("b/x", "b", 2.0, 5.0)]);
    let picture = draw(&found).unwrap();
    for word in ["time", "energy", "energy × delay", "1.00 s", "10.0 J·s"] {
        assert!(picture.contains(word), "{word}");
    }
    assert!(!picture.contains("simulated"));
    found.simulated = true;
    assert!(draw(&found).unwrap().contains("simulated energy") && render(&found).starts_with("SIMULATED"));
    found.rankings.clear();
    assert!(draw(&found).is_err());
}
