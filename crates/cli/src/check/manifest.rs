//! The manifest against the folder and the tables.

use std::collections::BTreeSet;
use std::path::Path;

use joulemark_records::{Manifest, RunState, Status};

use super::Line;

pub(super) fn check(folder: &Path, manifest: &Manifest, lines: &[Line], ticks: usize, defects: &mut Vec<String>) {
    let mut defect = |text: String| defects.push(format!("manifest.json: {text}"));
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_string();
    let name = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    if name.file_name().is_some_and(|name| *name != *last(&manifest.run_id)) {
        defect(format!(
            "run_id is {}, and the folder is called otherwise",
            manifest.run_id
        ));
    }
    if manifest.versions.joulemark.is_empty() || manifest.adapter.name.is_empty() || manifest.created.is_empty() {
        defect("version, adapter or time of creation is empty".into());
    }
    if let Some(line) = lines.iter().find(|line| line.row.run_id != manifest.run_id) {
        defect(format!(
            "run_id is {}, line {} of samples.csv says {}",
            manifest.run_id, line.number, line.row.run_id
        ));
    }
    let known: BTreeSet<&str> = manifest.sources.iter().map(|source| source.name.as_str()).collect();
    let used: BTreeSet<&str> = lines
        .iter()
        .flat_map(|line| [&line.row.device.source, &line.row.host.source])
        .flat_map(|names| names.split('+'))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    for name in used.difference(&known) {
        defect(format!(
            "samples.csv names the source `{name}`, which is not among the sources"
        ));
    }
    let measured: BTreeSet<&str> = lines.iter().map(|line| line.row.case_id.as_str()).collect();
    let planned: BTreeSet<&str> = manifest.cases.iter().map(String::as_str).collect();
    if planned.len() < manifest.cases.len() {
        defect("a case is planned twice".into());
    }
    if !planned.is_empty() {
        for id in measured.iter().filter(|id| **id != "idle" && !planned.contains(*id)) {
            defect(format!("{id} was measured and is not among the planned cases"));
        }
    }
    if manifest.state == RunState::Complete {
        for id in planned.iter().filter(|id| !measured.contains(*id)) {
            defect(format!("the run is complete, and {id} has no row"));
        }
        let ok = lines.iter().filter(|line| line.row.status == Status::Ok).count();
        let totals = &manifest.totals;
        for (what, said, found) in [
            ("rows", totals.rows, lines.len()),
            ("rows of status ok", totals.rows_ok, ok),
            ("ticks", totals.ticks, ticks),
        ] {
            if said != found as u64 {
                defect(format!("it counts {said} {what}, there are {found}"));
            }
        }
    }
    let totals = [
        manifest.totals.wall_s,
        manifest.totals.device_energy_j,
        manifest.totals.host_energy_j,
    ];
    if totals.into_iter().flatten().any(|total| total < 0.0) {
        defect("a total is negative".into());
    }
}
