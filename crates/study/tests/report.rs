//! Figures and report: drawn from what there is, silent about nothing, whole without a network.

mod planted;

use joulemark_base::quality::Quality;
use joulemark_records::{Adapter, Manifest, Row, RunWriter, UnavailableSource};
use joulemark_study::document::markdown::splice;
use joulemark_study::document::{page, terminal};
use joulemark_study::findings::Findings;
use joulemark_study::sections::{self, Depth, summary as markdown};
use joulemark_study::{LoadOptions, StudyOptions, figures, load, study};
use planted::{campaign, truth};

const QUICK: StudyOptions = StudyOptions {
    replicates: 300,
    seed: 1,
};

fn findings(change: impl Fn(&mut Row), include_simulated: bool) -> Findings {
    let root = tempfile::tempdir().unwrap();
    let adapter = Adapter {
        name: "planted <device> & co".into(),
        ..Adapter::default()
    };
    let reason = "permission denied".to_owned();
    let unavailable = UnavailableSource {
        name: "rapl".into(),
        reason,
        fix: Some("sudo chmod".into()),
    };
    let manifest = Manifest {
        adapter,
        unavailable_sources: vec![unavailable],
        ..Manifest::default()
    };
    let mut writer = RunWriter::create(root.path(), "box", "2026-01-01", manifest).unwrap();
    for mut row in campaign(truth("breaks"), 4, 3, 1) {
        change(&mut row);
        writer.append(row).unwrap();
    }
    study(
        &load(&[writer.dir().to_owned()], LoadOptions { include_simulated }).unwrap(),
        QUICK,
    )
}

/// The page of the findings.
fn html(findings: &Findings) -> String {
    page::html(&sections::study(findings, Depth::Page)).unwrap()
}

/// Layers of a network, random and zero data, and an algorithm that saves operations.
fn enriched(row: &mut Row) {
    row.device.quality = Some(Quality::Counter);
    if row.op == "conv2d" {
        row.workload = format!("net/{}", row.case_id);
        (row.c, row.r, row.s) = (Some(8), Some(3), Some(3));
        row.groups = Some(if row.algorithm == "depthwise" { 8 } else { 1 });
    }
    if row.algorithm == "winograd_f2" {
        row.ops_executed = row.ops_executed.map(|operations| operations * 4 / 9);
    }
    if row.algorithm == "vectorized" {
        row.algorithm = "tiled".into();
        row.input = "zeros".into();
    }
}

#[test]
fn every_figure_is_drawn_when_its_data_is_there() {
    let slots = figures::draw(&findings(enriched, false));
    assert_eq!(slots.len(), 16);
    let absent = ["machines", "measured_roofline", "depthwise_share"];
    let folder = tempfile::tempdir().unwrap();
    figures::write(&slots, folder.path()).unwrap();
    for slot in slots.into_iter().filter(|slot| !absent.contains(&slot.name)) {
        let figure = slot.figure.unwrap_or_else(|reason| panic!("{}: {reason}", slot.name));
        assert!(figure.svg.starts_with("<svg") && figure.svg.trim_end().ends_with("</svg>"));
        assert!(
            !figure.svg.contains("NaN") && !figure.svg.contains("inf"),
            "{}",
            slot.name
        );
        let mut table = csv::Reader::from_reader(figure.csv.as_bytes());
        let rows: Vec<csv::StringRecord> = table.records().collect::<Result<_, _>>().unwrap();
        assert!(!rows.is_empty(), "{} has no data", slot.name);
        let written = std::fs::read_to_string(folder.path().join(slot.name).with_extension("csv")).unwrap();
        assert_eq!(written, figure.csv);
    }
}

/// Only power costs anything: neither operations nor bytes do, so there is no roofline to draw.
#[test]
fn a_device_of_constant_power_can_be_drawn() {
    let constant = |row: &mut Row| {
        row.device.quality = Some(Quality::Counter);
        row.device.energy_j = row.wall_s.map(|duration| 100.0 * duration);
        row.device.active_j = row.wall_s.map(|duration| 60.0 * duration);
    };
    let findings = findings(constant, false);
    let roofline = findings.scopes[0]
        .gross
        .value()
        .unwrap()
        .energy_roofline
        .value()
        .unwrap();
    assert!((roofline.p0_w.value - 100.0).abs() < 1.0);
    for slot in figures::draw(&findings) {
        if let Ok(figure) = slot.figure {
            assert!(
                !figure.svg.contains("NaN") && !figure.svg.contains("inf"),
                "{}",
                figure.name
            );
        }
    }
}

#[test]
fn a_figure_without_data_says_why() {
    let slots = figures::draw(&findings(|_| (), true));
    let reason = |name: &str| {
        slots
            .iter()
            .find(|slot| slot.name == name)
            .unwrap()
            .figure
            .clone()
            .unwrap_err()
    };
    assert!(reason("input_data").contains("random data"));
    assert!(reason("layer_shares").contains("workload"));
    assert!(reason("fewer_operations").contains("operations"));
}

#[test]
fn the_report_is_one_file_that_says_what_was_found() {
    let page = html(&findings(enriched, false));
    assert!(page.contains("“FLOPs do not track energy” on planted "));
    assert!(!page.contains("Simulated energy"));
    assert!(page.contains("planted &#60;device&#62; &#38; co"), "text is escaped");
    assert!(page.contains("permission denied. Fix: sudo chmod"));
    assert_eq!(page.matches("<svg").count(), 13);
    for heading in [
        "The rule",
        "Expected and found",
        "Evidence",
        "Threats to validity",
        "Methods",
        "The machine",
        "what the study cost",
    ] {
        assert!(page.contains(heading), "{heading}");
    }
    for outside in ["<script src", "<link", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside} needs something outside the file");
    }
    assert!(!page.contains("NaN"));
}

#[test]
fn without_energy_the_report_cannot_judge_and_shows_time() {
    let page = html(&findings(
        |row| {
            row.device.quality = Some(Quality::Unavailable);
            row.reason = "no energy source".into();
        },
        false,
    ));
    assert!(page.contains(", all devices: cannot be judged.") || page.contains(": cannot be judged.</strong>"));
    assert!(page.contains("no window has measured energy: no energy source"));
    assert!(page.contains("Time against operations") && !page.contains("idle power included"));
}

#[test]
fn simulated_energy_is_marked_everywhere() {
    let findings = findings(|_| (), true);
    assert!(html(&findings).contains("<strong>Simulated energy is included.</strong>"));
    assert!(markdown(&findings).starts_with("**Simulated energy"));
    for slot in figures::draw(&findings) {
        let Ok(figure) = slot.figure else { continue };
        assert!(figure.title.ends_with("(simulated)"));
        assert!(figure.svg.contains(">simulated energy</text>"), "{}", figure.name);
        let mut lines = figure.csv.lines();
        assert!(lines.next().unwrap().ends_with(",simulated"));
        assert!(lines.all(|line| line.ends_with(",true")), "{}", figure.name);
    }
}

#[test]
fn all_that_is_told_fits_the_terminal() {
    let findings = findings(enriched, false);
    for width in [80, 120] {
        let text = terminal::text(&sections::study(&findings, Depth::All), Some(width));
        let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(widest.chars().count() <= width, "{width}: {widest}");
    }
}

/// What somebody might call a card, a file, a kernel.
const HOSTILE: &str =
    "<script>alert(1)</script>&\"'`|<img src=x onerror=alert(1)>\u{1b}[2J\u{202e}x<!-- /joulemark:results -->";

#[test]
fn no_name_from_outside_is_obeyed() {
    let mut findings = findings(enriched, false);
    let name = HOSTILE.to_owned();
    findings.inputs[0].manifest.as_mut().unwrap().adapter.name = name.clone();
    findings.inputs[0].path = name.clone();
    findings.reasons.insert(name.clone(), 3);
    let renamed = findings.devices[0].name.clone();
    findings.devices[0].name = name.clone();
    for scope in findings
        .scopes
        .iter_mut()
        .filter(|scope| scope.device.as_ref() == Some(&renamed))
    {
        scope.device = Some(name.clone());
    }
    for case in &mut findings.cases {
        case.device = name.clone();
        case.label += &name;
        case.family += &name;
        case.algorithm += &name;
    }
    let page = html(&findings);
    let text = terminal::text(&sections::study(&findings, Depth::All), Some(80));
    let summary = markdown(&findings);
    let pictures: String = figures::draw(&findings)
        .into_iter()
        .filter_map(|slot| Some(slot.figure.ok()?.svg))
        .collect();
    for told in [&page, &text, &summary, &pictures] {
        assert!(!told.contains(['\u{1b}', '\u{202e}']) && told.contains("\\u{1b}"));
    }
    for told in [&page, &pictures] {
        assert!(!told.contains("<script>alert") && !told.contains("<img") && !told.contains("alert(1)\""));
    }
    assert_eq!(page.matches("<script>").count(), 1, "the page's own");
    assert!(
        !summary.contains("<script") && !summary.contains("<!--") && summary.contains("\\|"),
        "{summary}"
    );
    let document = format!(
        "{}\n{}\nrest",
        "<!-- joulemark:results -->", "<!-- /joulemark:results -->"
    );
    let once = splice(&document, &summary).unwrap();
    assert_eq!(
        splice(&once, &summary).unwrap(),
        once,
        "no name ends the place of results"
    );
}

#[test]
fn results_are_spliced_between_markers_and_nowhere_else() {
    let results = markdown(&findings(enriched, false));
    let text = "before\n<!-- joulemark:results -->\nold\n<!-- /joulemark:results -->\nafter\n";
    let once = splice(text, &results).unwrap();
    assert!(once.starts_with("before\n") && once.ends_with("\nafter\n") && !once.contains("old\n"));
    assert_eq!(splice(&once, &results).unwrap(), once, "again changes nothing");
    assert!(splice("no markers", &results).is_err());
    assert!(splice("<!-- /joulemark:results --> <!-- joulemark:results -->", &results).is_err());
}

#[test]
fn what_a_suite_stated_before_its_run_stands_in_the_report() {
    let mut findings = findings(enriched, false);
    let manifest = findings.inputs[0].manifest.as_mut().unwrap();
    manifest.suite = "iso-flop".into();
    manifest.options.insert("hypothesis".into(), "Shapes matter.".into());
    manifest.options.insert("direction".into(), "square < flat".into());
    let page = html(&findings);
    assert!(page.contains("The suite iso-flop said before it ran: Shapes matter."));
    assert!(terminal::text(&sections::study(&findings, Depth::All), None).contains("Expected: square < flat"));
}
