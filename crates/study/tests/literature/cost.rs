//! From joules to cost: Strubell, Schwartz, García-Martín.

use joulemark_base::quality::Quality;
use joulemark_records::{Energy, Manifest, Row, RunWriter, Status};
use joulemark_study::literature::account::{Account, Site};
use joulemark_study::literature::claim::{Basis, Way};
use joulemark_study::literature::embodied::Embodied;
use joulemark_study::literature::grid::Grid;
use joulemark_study::literature::{Assumptions, claims, spent};
use joulemark_study::{LoadOptions, load};

use super::planted::{Planted, answer, answers, case, claims_of, close, read, reason};

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
