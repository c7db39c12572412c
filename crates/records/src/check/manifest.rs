//! The manifest against the folder and the tables.

use std::collections::BTreeSet;
use std::path::Path;

use super::Defects;
use super::rows::Rows;
use crate::manifest::{Manifest, RunState};
use crate::run_folder::folder_name;

pub(super) fn check(folder: &Path, manifest: &Manifest, rows: &Rows, ticks: u64, defects: &mut Defects) {
    let mut defect = |text: String| defects.push(|| format!("manifest.json: {text}"));
    let name = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    if name
        .file_name()
        .is_some_and(|name| *name != *folder_name(&manifest.run_id))
    {
        defect(format!(
            "run_id is {}, and the folder is called otherwise",
            manifest.run_id
        ));
    }
    if manifest.versions.joulemark.is_empty() || manifest.adapter.name.is_empty() || manifest.created.is_empty() {
        defect("version, adapter or time of creation is empty".into());
    }
    if let Some((line, other)) = &rows.foreign {
        defect(format!(
            "run_id is {}, line {line} of samples.csv says {other}",
            manifest.run_id
        ));
    }
    let known: BTreeSet<&str> = manifest.sources.iter().map(|source| source.name.as_str()).collect();
    for (name, line) in rows.sources.iter().filter(|(name, _)| !known.contains(name.as_str())) {
        defect(format!(
            "samples.csv names the source `{name}` in line {line}, which is not among the sources"
        ));
    }
    let planned: BTreeSet<&str> = manifest.cases.iter().map(String::as_str).collect();
    if planned.len() < manifest.cases.len() {
        defect("a case is planned twice".into());
    }
    if !planned.is_empty() {
        for id in rows
            .measured
            .iter()
            .filter(|id| *id != "idle" && !planned.contains(id.as_str()))
        {
            defect(format!("{id} was measured and is not among the planned cases"));
        }
    }
    if manifest.state == RunState::Complete {
        for id in planned.iter().filter(|id| !rows.measured.contains(**id)) {
            defect(format!("the run is complete, and {id} has no row"));
        }
    }
    if let Some(miscount) = manifest.miscount(rows.count, Some(rows.ok), Some(ticks)) {
        defect(miscount);
    }
}
