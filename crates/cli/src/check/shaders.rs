//! Hashes of shaders: each measured case has them, and this version composes the same text.

use std::collections::{BTreeMap, BTreeSet};

use joulemark_kernels::{Op, Precision, Problem, catalogue};
use joulemark_records::{Manifest, Report, Row};

pub(super) fn check(manifest: &Manifest, cases: &BTreeMap<String, Row>, report: &mut Report) {
    let mut defect = |text: String| report.defects.push(|| format!("manifest.json: {text}"));
    for (id, hashes) in &manifest.shaders {
        let hexadecimal = |hash: &String| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hashes.is_empty() || !hashes.iter().all(hexadecimal) {
            defect(format!("the shaders of {id} are not SHA-256 hashes"));
        }
    }
    let same_version = manifest.versions.joulemark == env!("CARGO_PKG_VERSION");
    let mut others = BTreeSet::new();
    for (id, row) in cases {
        match manifest.shaders.get(id) {
            // Another library's kernel, measured beside ours by `crates/peers`, has no shaders of ours.
            None if !in_catalogue(row) => {}
            None => defect(format!("{id} was measured and has no shader hashes")),
            Some(hashes) => {
                if composed(row).is_some_and(|now| now != *hashes) {
                    others.insert(id.as_str());
                }
            }
        }
    }
    // Another revision may compose other text by right; what it measured is then not what this one would measure.
    if !others.is_empty() {
        let ids: Vec<_> = others.into_iter().collect();
        let revision = manifest.versions.git_revision.as_deref().unwrap_or("unknown");
        let text = format!("this program composes other shaders for {}", ids.join(", "));
        if same_version && joulemark_harness::revision() == Some(revision) && !revision.ends_with("-dirty") {
            defect(text);
        } else {
            report
                .notes
                .push(format!("{text}; the run was made by revision {revision}"));
        }
    }
}

/// The hashes that this program would write; `None` if it does not know the case.
fn composed(row: &Row) -> Option<Vec<String>> {
    let op: Op = row.op.parse().ok()?;
    let precision: Precision = row.precision.parse().ok()?;
    let algorithm = catalogue::find(op, &row.algorithm).ok()?;
    let id = row.case_id.split('@').next()?;
    let problem: Problem = id.split('/').nth(3)?.parse().ok()?;
    let listed = algorithm.variants(precision).into_iter().next()?;
    let variant = match row.variant.as_str() {
        "-" => listed,
        text => listed.with(text).ok()?,
    };
    algorithm.supports(&problem, precision, &variant).ok()?;
    let plan = algorithm.plan(&problem, precision, &variant);
    Some(plan.passes.iter().map(|pass| pass.hash()).collect())
}

fn in_catalogue(row: &Row) -> bool {
    let op: Result<Op, _> = row.op.parse();
    op.is_ok_and(|op| catalogue::find(op, &row.algorithm).is_ok())
}
