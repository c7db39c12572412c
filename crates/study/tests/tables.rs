//! Tables from elsewhere, as people have them: read right, left out with a count, or refused by file, line and column.

use std::fs;

use joulemark_study::document::terminal;
use joulemark_study::findings::{Findings, Found, Judged};
use joulemark_study::sections::{self, Depth};
use joulemark_study::{LoadOptions, StudyOptions, load, study};

const HEADER: &str = "case_id,op,algorithm,precision,iterations,wall_s,device_energy_j,flops_task";

/// What `analyze` says of a table, or the error.
fn analyse(table: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gpu.csv");
    fs::write(&path, table).unwrap();
    let samples = load(&[path], LoadOptions::default()).map_err(|error| error.to_string())?;
    let findings = study(&samples, StudyOptions::default());
    let text = terminal::text(&sections::study(&findings, Depth::Front), None);
    assert!(!text.contains("NaN") && !text.contains("inf "), "{text}");
    // But for the folder, which has another name each time.
    Ok(text.replace(&folder.path().display().to_string(), "."))
}

/// Rows of two cases, each with this energy.
fn rows(energy: &str) -> String {
    let row = |case: &str, time: f64| format!("matmul/{case}/f32/64,matmul,{case},f32,10,{time},{energy},524288\n");
    (0..10)
        .map(|index| row(["a", "b"][index % 2], 1.0 + 0.01 * index as f64))
        .collect()
}

#[test]
fn energies_that_no_device_takes_are_left_out_with_a_count() {
    for (energy, why) in [
        ("0", "0 J"),
        ("0.0", "0 J"),
        ("1e-9", "microwatt"),
        ("1e9", "10 kW"),
        ("1e20", "10 kW"),
    ] {
        let text = analyse(&format!("{HEADER}\n{}", rows(energy))).unwrap();
        assert!(text.contains(why) && text.contains("no energy"), "{text}");
    }
    let error = analyse(&format!("{HEADER}\n{}", rows("1e308"))).unwrap_err();
    assert!(error.contains("gpu.csv, line 2, column `device_energy_j`"), "{error}");
}

#[test]
fn spreadsheets_of_other_countries_are_read() {
    let plain = format!("{HEADER}\n{}", rows("50.5"));
    let reference = analyse(&plain).unwrap();
    let semicolons = plain.replace(',', ";").replace('.', ",");
    for table in [
        semicolons.clone(),
        format!("sep=;\n{semicolons}"),
        format!("\u{feff}{semicolons}"),
        plain.replace(',', "\t"),
        plain.replace('\n', "\r\n"),
        semicolons.replace('\n', "\r\n"),
    ] {
        assert_eq!(analyse(&table).unwrap(), reference);
    }
    let error = analyse(&format!("sep=:\n{}", plain.replace(',', ":"))).unwrap_err();
    assert!(error.contains("use comma, semicolon or tab"), "{error}");
}

#[test]
fn power_stands_for_energy() {
    let by_energy = analyse(&format!("{HEADER}\n{}", rows("50"))).unwrap();
    let by_power = analyse(&format!(
        "{}\n{}",
        HEADER.replace("device_energy_j", "power_w"),
        rows("50")
    ))
    .unwrap();
    assert!(by_power.contains("10 integrated"), "{by_power}");
    assert!(by_energy.contains("10 unstated"), "{by_energy}");
}

#[test]
fn a_row_that_does_not_count_may_hold_what_it_likes() {
    let table = format!("{HEADER},status,note\n{}", rows("50").replace('\n', ",ok,x\n"));
    let flawed = "matmul/a/f32/64,matmul,a,f32,-1,-1,-1,524288,suspect,x\n";
    let text = analyse(&format!("{table}{flawed}")).unwrap();
    assert!(
        text.contains("1 row of no account left out: a number there cannot be"),
        "{text}"
    );
    assert!(text.contains("columns that are not read: note"), "{text}");
    let error = analyse(&format!("{table}{}", flawed.replace("suspect", "ok"))).unwrap_err();
    assert!(error.contains("line 12, column `iterations`"), "{error}");
}

#[test]
fn large_counts_and_words_of_other_meters_are_read() {
    let table = format!("{HEADER},device_quality\n{}", rows("50").replace('\n', ",external\n"));
    for count in ["36893488147419103232", "1.2e20", "9007199254740993"] {
        let text = analyse(&table.replace("524288", count)).unwrap();
        assert!(text.contains("10 external"), "{text}");
    }
    let error = analyse(&table.replace("external", "wattmeter")).unwrap_err();
    assert!(error.contains("counter, integrated, external"), "{error}");
}

/// A table of kernels on one problem: rows of kernel, round and what else stands in it.
fn table(extra: &str, rows: impl Iterator<Item = (usize, usize, f64, String)>) -> String {
    let mut table = format!("{HEADER},round,{extra}\n");
    for (kernel, round, energy, rest) in rows {
        let energy = energy * (1.0 + 0.001 * round as f64);
        table += &format!(
            "matmul-k{kernel}-f32-512-{rest},matmul,k{kernel},f32,10,1.0{kernel},{energy},268435456,{round},{rest}\n"
        );
    }
    table
}

/// The findings, and what one experiment came to.
fn experiment(table: &str, name: &str) -> (Findings, Found) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gpu.csv");
    fs::write(&path, table).unwrap();
    let findings = study(&load(&[path], LoadOptions::default()).unwrap(), StudyOptions::default());
    let mut hypotheses = findings.hypotheses.iter();
    let hypothesis = hypotheses.find(|hypothesis| hypothesis.experiment == name).unwrap();
    let found = hypothesis.found.value().unwrap().clone();
    (findings, found)
}

#[test]
fn any_name_of_an_input_is_a_factor() {
    let inputs = ["cats", "dogs", "noise"];
    let rows = (0..36).map(|index| {
        let input = index % 3;
        (
            index / 3 % 4,
            index / 12,
            50.0 * [1.0, 1.1, 1.5][input],
            inputs[input].to_owned(),
        )
    });
    let (findings, found) = experiment(&table("input", rows), "any-input");
    assert!(
        (found.ratio.value - 1.5).abs() < 1e-3 && found.outcome == Judged::AsExpected,
        "{found:?}"
    );
    // Of the kinds of data one stands for each kernel, so data make no spread at equal FLOPs.
    let gross = findings.scopes[0].gross.value().unwrap();
    assert_eq!((gross.evidence.cases, gross.evidence.families), (4, 4));
    assert!(gross.evidence.iso_flop.value().unwrap().max_spread < 1.01);
}

#[test]
fn the_clock_is_a_factor_where_its_column_stands() {
    let rows = (0..36).map(|index| {
        let clock = [900, 1200, 1500][index % 3];
        (
            index / 3 % 4,
            index / 12,
            40.0 + clock as f64 / 100.0,
            clock.to_string(),
        )
    });
    let (_, found) = experiment(&table("clock_mhz", rows), "clock");
    assert!(
        (found.ratio.value - 55.0 / 49.0).abs() < 1e-3 && found.groups == 4,
        "{found:?}"
    );
}

#[test]
fn what_spans_nothing_predicts_nothing() {
    let row = |index: usize| {
        format!(
            "matmul/k{}/f32/64,matmul,k{},f32,10,1,{},524288,{}\n",
            index % 4,
            index % 4,
            50 + index % 4,
            index / 4
        )
    };
    let text = analyse(&format!("{HEADER},round\n{}", (0..12).map(row).collect::<String>())).unwrap();
    assert!(!text.contains("ime alone predicts"), "{text}");
    assert!(text.contains("the power of the idle device was not measured"), "{text}");
}

#[test]
fn small_devices_are_saturated_by_their_own_measure() {
    let mut table = format!("run_id,row,{HEADER},device_idle_w,round\n");
    for index in 0..144 {
        let (device, kernel, size, round) = (index % 2, index / 2 % 6, index / 12 % 4, index / 48);
        let (name, scale) = [("big", 300.0), ("small", 5.0)][device];
        let (flops, energy) = (
            (2 * 64_u64.pow(3)) << (3 * size),
            scale * (1.0 + 0.2 * kernel as f64 + 0.01 * round as f64),
        );
        table += &format!(
            "{name}/1,{index},matmul/k{kernel}/f32/{size},matmul,k{kernel},f32,100,1.{round},{energy},{flops},{},{round}\n",
            0.2 * scale
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.csv");
    fs::write(&path, table).unwrap();
    let findings = study(&load(&[path], LoadOptions::default()).unwrap(), StudyOptions::default());
    let cases: Vec<usize> = findings
        .scopes
        .iter()
        .map(|scope| scope.active.value().unwrap().evidence.cases)
        .collect();
    assert_eq!(cases, [48, 24, 24], "all devices, big, small");
}
