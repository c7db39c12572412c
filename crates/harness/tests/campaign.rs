//! Campaigns on the adapter at hand: order, resuming, budgets, and joules that can be derived again from the ticks.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use joulemark_base::quality::Quality;
use joulemark_base::timestamp::Timestamp;
use joulemark_energy::Recording;
use joulemark_harness::campaign::{self, Ending, Outline, Progress};
use joulemark_harness::{Case, Failure, Options, Scale, Session, Suite};
use joulemark_records::{Row, Run, RunState, Status, TickLine, read_run, read_ticks};

/// Counts windows, and stops after so many of them.
#[derive(Default)]
struct Watcher {
    windows: u64,
    stop_after: Option<u64>,
    outline: Option<Outline>,
    /// The manifest, and when it was written.
    manifest: Option<(PathBuf, SystemTime)>,
}

fn written(path: &Path) -> SystemTime {
    std::fs::metadata(path).unwrap().modified().unwrap()
}

impl Progress for Watcher {
    fn begin(&mut self, session: &Session, outline: &Outline) {
        self.outline = Some(outline.clone());
        let path = session.folder().join(joulemark_records::MANIFEST_FILE);
        self.manifest = Some((path.clone(), written(&path)));
    }

    fn survey(&mut self, _case: &Case, left: usize) {
        assert!(left > 0);
    }

    fn planned(&mut self, outline: &Outline) {
        self.outline = Some(outline.clone());
    }

    fn failed(&mut self, case: &Case, failure: &Failure) {
        assert_eq!(failure.status, Status::Refused, "{}: {}", case.id(), failure.reason);
    }

    fn window(&mut self, _case: &Case, _row: &Row) {
        self.windows += 1;
        let (path, then) = self.manifest.as_ref().unwrap();
        assert_eq!(written(path), *then, "the manifest is written between windows");
    }

    fn visited(&mut self, _case: &Case, rows: &[Row]) {
        assert!(!rows.is_empty());
    }

    fn stop(&mut self) -> Option<String> {
        (Some(self.windows) == self.stop_after).then(|| "enough".into())
    }
}

fn options(out: &Path, more: &[(&str, &str)]) -> Options {
    let mut options = Options::default();
    let usual = [
        ("out", out.to_str().unwrap()),
        ("suite", "quick"),
        ("window", "0.005"),
        ("windows", "2"),
        ("rounds", "3"),
        ("energy", "none"),
    ];
    for (name, value) in usual.iter().chain(more) {
        options.set(name, value).unwrap();
    }
    options
}

fn quick(count: usize) -> Vec<Case> {
    Suite::find("quick")
        .unwrap()
        .cases(Scale::Small)
        .into_iter()
        .take(count)
        .collect()
}

fn measured(run: &Run) -> Vec<&Row> {
    // On a busy machine the sampler may come late, which a row says and which does not make it less measured.
    let measured = |row: &&Row| matches!(row.status, Status::Ok | Status::Suspect);
    run.rows.iter().filter(measured).collect()
}

#[test]
fn a_campaign_shuffles_by_seed_and_says_why_there_is_no_energy() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, seed: &str| {
        let mut watcher = Watcher::default();
        let options = options(&folder.path().join(name), &[("seed", seed)]);
        let ending = campaign::run(&options, &quick(2), &mut watcher).unwrap();
        assert_eq!((watcher.windows, ending.stopped), (2 * 3 * 2, None));
        assert_eq!(watcher.outline.unwrap().windows_left, 2 * 3 * 2);
        read_run(&ending.folder).unwrap()
    };
    let [first, again, other] = [run("a", "1"), run("b", "1"), run("c", "12")];
    let order = |run: &Run| run.rows.iter().map(|row| row.case_id.clone()).collect::<Vec<_>>();
    assert_eq!(order(&first), order(&again));
    assert_ne!(order(&first), order(&other));
    assert_eq!(first.manifest.shaders, again.manifest.shaders);
    assert_eq!(first.manifest.shaders.len(), 2);
    assert_eq!(first.manifest.state, RunState::Complete);
    for row in &first.rows {
        assert_eq!(
            (row.device.energy_j, row.device.quality),
            (None, Some(Quality::Unavailable))
        );
        assert!(!row.reason.is_empty() && row.wall_s.unwrap() > 0.0);
        assert!(row.relative_error.unwrap() < 1e-5);
    }
}

#[test]
fn a_stopped_campaign_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let whole = options(&folder.path().join("whole"), &[]);
    let cases = quick(4);
    let whole = read_run(&campaign::run(&whole, &cases, &mut Watcher::default()).unwrap().folder).unwrap();
    let mut broken = options(&folder.path().join("broken"), &[]);
    broken.seed = whole.manifest.seed;
    let mut ending: Ending = campaign::run(
        &broken,
        &cases,
        &mut Watcher {
            stop_after: Some(3),
            ..Watcher::default()
        },
    )
    .unwrap();
    let mut parts = 1;
    while ending.stopped.is_some() {
        let state = read_run(&ending.folder).unwrap().manifest.state;
        assert!(
            matches!(&state, RunState::Interrupted { reason } if reason == "enough"),
            "{state:?}"
        );
        let resumable = campaign::resumable(&ending.folder).unwrap();
        let mut watcher = Watcher {
            stop_after: Some(7),
            ..Watcher::default()
        };
        ending = campaign::resume(&resumable, &mut watcher).unwrap();
        parts += 1;
    }
    assert_eq!(parts, 4, "24 windows in parts of 3, 7, 7 and 7");
    let broken = read_run(&ending.folder).unwrap();
    assert_eq!(broken.manifest.state, RunState::Complete);
    let places = |run: &Run| -> Vec<_> {
        let place = |row: &&Row| (row.round, row.order, row.window, row.case_id.clone());
        measured(run).iter().map(place).collect()
    };
    assert_eq!(places(&broken), places(&whole));
    assert!(broken.manifest.totals.wall_s.unwrap() > 0.005 * 24.0);
    let complete = campaign::resumable(&ending.folder).unwrap_err().to_string();
    assert!(complete.contains("it is complete"), "{complete}");
}

#[test]
fn a_budget_is_met_and_what_it_has_no_time_for_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(
        folder.path(),
        &[("suite", "default"), ("budget", "12s"), ("window", "0.05")],
    );
    let cases = Suite::find("default").unwrap().cases(Scale::Small);
    let mut watcher = Watcher::default();
    let begin = Instant::now();
    let ending = campaign::run(&options, &cases, &mut watcher).unwrap();
    let seconds = begin.elapsed().as_secs_f64();
    // Within 5% on a quiet machine; here others may be at work.
    assert!((10.0..15.0).contains(&seconds), "{seconds} s");
    let run = read_run(&ending.folder).unwrap();
    let kept: HashSet<_> = measured(&run).iter().map(|row| row.case_id.clone()).collect();
    let with = |status| -> HashSet<_> {
        let rows = run.rows.iter().filter(|row| row.status == status);
        rows.map(|row| row.case_id.clone()).collect()
    };
    let (skipped, refused) = (with(Status::Skipped), with(Status::Refused));
    let outline = watcher.outline.unwrap();
    assert_eq!(outline.skipped.iter().cloned().collect::<HashSet<_>>(), skipped);
    assert!(kept.is_disjoint(&skipped) && kept.len() + skipped.len() + refused.len() == cases.len());
    assert_eq!(
        (outline.forecast.cases, outline.forecast.seconds),
        (kept.len(), [12.0; 2])
    );
}

#[test]
fn energies_can_be_derived_again_from_the_ticks() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(
        folder.path(),
        &[
            ("window", "0.4"),
            ("windows", "1"),
            ("rounds", "2"),
            ("energy", "simulated:period=5ms,power=80,idle=30"),
        ],
    );
    let ending = campaign::run(&options, &quick(2), &mut Watcher::default()).unwrap();
    let run = read_run(&ending.folder).unwrap();
    let path = ending.folder.join(joulemark_records::TICKS_FILE);
    let recording = Recording::open(&path).unwrap();
    let mut ends: HashMap<u64, Vec<u64>> = HashMap::new();
    for line in read_ticks(&path).unwrap() {
        if let TickLine::Mark(mark) = line {
            ends.entry(mark.row).or_default().push(mark.at.nanos());
        }
    }
    let totals = &run.manifest.totals;
    assert_eq!(totals.parts, ending.totals.parts);
    let (wall_s, windows_s) = (totals.wall_s.unwrap(), totals.parts["windows_s"]);
    let known_s: f64 = totals
        .parts
        .iter()
        .filter(|(name, _)| name.ends_with("_s"))
        .map(|(_, seconds)| seconds)
        .sum();
    assert!(
        windows_s >= 4.0 * 0.36 && known_s <= wall_s && known_s > 0.8 * wall_s,
        "{totals:?}"
    );
    let rows = measured(&run);
    assert_eq!(rows.len(), 4);
    for row in rows {
        let [start, end] = ends[&row.row][..] else {
            panic!("two marks per row")
        };
        let again = recording.energy("simulated", Timestamp::from_nanos(start), Timestamp::from_nanos(end));
        let (then_j, now_j) = (row.device.energy_j.unwrap(), again.energy_j.unwrap());
        let u_j = row.device.u_j.unwrap();
        // The recording does not know the sensor's period, and so may weigh a badly caught tick otherwise.
        assert!((now_j - then_j).abs() < u_j, "{then_j} ± {u_j} J then, {now_j} J now");
        assert_eq!(row.device.quality, Some(Quality::Simulated));
        // 80 W while it is busy, of which 50 W are beyond idling.
        let seconds = row.wall_s.unwrap();
        assert!(
            (then_j - 80.0 * seconds).abs() < 2.0 * u_j,
            "{then_j} ± {u_j} J in {seconds} s"
        );
        let (active_j, idle_w) = (row.device.active_j.unwrap(), row.device.idle_w.unwrap());
        assert!((active_j - (then_j - idle_w * seconds)).abs() < 1e-9 && (25.0..35.0).contains(&idle_w));
    }
    let idle: Vec<&Row> = run.rows.iter().filter(|row| row.status == Status::Idle).collect();
    let rounds: Vec<u32> = idle.iter().map(|row| row.round).collect();
    assert_eq!(rounds, [0, 1, 1], "before, between and after the rounds");
    let watts: Vec<f64> = idle
        .iter()
        .map(|row| row.device.energy_j.unwrap() / row.wall_s.unwrap())
        .collect();
    for row in measured(&run) {
        let (before_w, after_w) = (watts[row.round as usize], watts[row.round as usize + 1]);
        assert_eq!((row.idle_before_w, row.idle_after_w), (Some(before_w), Some(after_w)));
        assert!((row.device.idle_w.unwrap() - 0.5 * (before_w + after_w)).abs() < 1e-9);
    }
}
