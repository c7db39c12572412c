//! A recorded run, replayed. In: a run's folder with two GPUs and a host. Out: the device's joules by the facts of
//! the manifest, whatever the ids look like.

use joulemark_base::quality::Quality;
use joulemark_base::timestamp::Timestamp;
use joulemark_energy::{Recording, RecordingError};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A source of the recording: name, role, duty, lag, watts.
type Source = (&'static str, &'static str, f64, f64, f64);

/// The neighbour's counter comes first in the alphabet and is called like a device's.
const SOURCES: [Source; 4] = [
    ("hwmon:0000:03:00.0:xe:energy1_input", "listed only", 1.0, 0.0, 60.0),
    ("nvml:0000:65:00.0:energy", "device", 0.25, 0.0, 250.0),
    ("nvml:0000:65:00.0:power", "cross-check", 0.25, 0.0, 251.0),
    ("wall", "host", 1.0, 0.0, 90.0),
];

fn record(folder: &Path, sources: &[Source], with_manifest: bool) {
    let mut ticks = String::from("source,after_ns,time_ns,raw,unit,range,flag\n");
    for step in 0..120_u64 {
        for (name, _, _, _, power_w) in sources {
            let at_ns = step * 100_000_000 + 50_000_000;
            let (raw, unit) = if name.ends_with("power") {
                ((power_w * 1e3) as u64 + step % 3, "mW")
            } else {
                ((power_w * 1e3 * step as f64 * 0.1) as u64, "mJ")
            };
            let flag = if step == 0 { "start" } else { "ok" };
            writeln!(ticks, "{name},{},{at_ns},{raw},{unit},,{flag}", at_ns - 2_000_000).expect("memory");
        }
    }
    fs::write(folder.join("ticks.csv"), ticks).expect("writable");
    if !with_manifest {
        return;
    }
    let sources = sources.iter().map(|(name, role, duty, lag_s, _)| {
        let kind = if name.ends_with("power") { "power" } else { "counter" };
        let quality = if kind == "power" { "integrated" } else { "counter" };
        let twin = if kind == "power" { "\"nvml:0000:65:00.0:energy\"" } else { "null" };
        format!(
            r#"{{"name": "{name}", "domain": "board", "kind": "{kind}", "quality": "{quality}", "unit": "mJ", "period_s": 0.1,
            "wraps_at": null, "pci_bus_id": null,
            "details": {{"role": "{role}", "duty": {duty}, "lag_s": {lag_s}, "twin_of": {twin}, "note": ""}}}}"#
        )
    });
    let manifest = format!(
        r#"{{"schema_version": 1, "sources": [{}]}}"#,
        sources.collect::<Vec<_>>().join(",")
    );
    fs::write(folder.join("manifest.json"), manifest).expect("writable");
}

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_s(seconds)
}

#[test]
fn the_manifest_says_which_gpu_is_the_device() {
    let folder = TempDir::new().expect("a temporary folder");
    record(folder.path(), &SOURCES, true);
    for path in [folder.path().to_owned(), folder.path().join("ticks.csv")] {
        let recording = Recording::open(&path).expect("just written");
        let energy = recording.window(at(2.0), at(6.0));
        let (device_j, host_j) = (
            energy.device.energy_j.expect("counts"),
            energy.host.energy_j.expect("counts"),
        );
        assert!((device_j - 1000.0).abs() < 2.0, "{device_j} J");
        assert!((host_j - 360.0).abs() < 1.0, "{host_j} J");
        assert_eq!(energy.device.quality, Quality::Counter);
        assert_eq!(
            (energy.device.source.as_str(), energy.suspect),
            ("nvml:0000:65:00.0:energy", None)
        );
    }
}

#[test]
fn a_lag_of_the_manifest_is_kept() {
    let folder = TempDir::new().expect("a temporary folder");
    let mut sources = SOURCES;
    sources[1].3 = 3.9;
    record(folder.path(), &sources, true);
    let energy = Recording::open(folder.path())
        .expect("just written")
        .window(at(2.0), at(6.0));
    // Nothing in the window is surely its own, so the twin stands in.
    assert!(energy.device.reason.contains("stands in"), "{energy:?}");
    assert_eq!(energy.device.quality, Quality::Integrated);
}

#[test]
fn without_a_manifest_only_a_lone_source_counts() {
    let folder = TempDir::new().expect("a temporary folder");
    record(folder.path(), &SOURCES, false);
    let recording = Recording::open(folder.path()).expect("just written");
    let energy = recording.window(at(2.0), at(6.0));
    assert_eq!(
        (energy.device.energy_j, energy.device.quality),
        (None, Quality::Unavailable)
    );
    let alone = recording.energy("nvml:0000:65:00.0:energy", at(2.0), at(6.0));
    assert!((alone.energy_j.expect("asked for by name") - 1000.0).abs() < 2.0);
    record(folder.path(), &SOURCES[1..2], false);
    let energy = Recording::open(folder.path())
        .expect("just written")
        .window(at(2.0), at(6.0));
    assert!((energy.device.energy_j.expect("alone") - 1000.0).abs() < 2.0);
}

#[test]
fn a_torn_manifest_is_an_error_that_names_it() {
    let folder = TempDir::new().expect("a temporary folder");
    record(folder.path(), &SOURCES, true);
    fs::write(folder.path().join("manifest.json"), "{\"sources\": [").expect("writable");
    let error = Recording::open(folder.path()).expect_err("torn");
    assert!(
        matches!(error, RecordingError::Manifest { .. }) && error.to_string().contains("manifest.json"),
        "{error}"
    );
}
