//! What is told without energy, of simulated joules, on the pages.

use joulemark_study::document::{page, terminal};
use joulemark_study::literature::claim::{Answer, Basis};
use joulemark_study::literature::{Assumptions, claims};
use joulemark_study::options::StudyOptions;
use joulemark_study::outcome::Outcome;
use joulemark_study::sections::literature::literature;
use joulemark_study::sections::{self, Depth};
use joulemark_study::study;

use super::kernels::by_gates;
use super::networks::mobilenet;
use super::planted::{Planted, answer, case, claims_of, exactly, networks, read, reason};

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
    let page = include_str!("../../LITERATURE.md");
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
