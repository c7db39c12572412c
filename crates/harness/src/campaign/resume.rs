//! What a run that broke off has already. In: its folder. Out: its options and cases, and which windows are done.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use joulemark_records::{Manifest, Row, Status, read_unfinished};

use super::order::Visit;
use crate::case::Case;
use crate::error::Error;
use crate::options::Options;

/// A run that can go on.
#[derive(Debug)]
pub struct Resumable {
    /// Its folder.
    pub folder: PathBuf,
    /// The options that it was begun with.
    pub options: Options,
    /// Its cases, in the suite's order.
    pub cases: Vec<Case>,
    pub(crate) manifest: Manifest,
    pub(crate) done: Done,
}

/// Windows that need not be measured again.
#[derive(Debug, Default)]
pub(crate) struct Done {
    windows: HashMap<(u32, u32, String), u32>,
    rows: HashMap<(u32, u32, String), Vec<Row>>,
    errors: HashMap<String, (u32, String)>,
}

/// A case that broke off so often is not tried again: it may hang, or lose the device, each time.
const TRIES: u32 = 2;

impl Done {
    fn of(rows: &[Row]) -> Self {
        let mut done = Self::default();
        for row in rows {
            let windows = match row.status {
                Status::Ok | Status::Unverified | Status::Suspect => row.window + 1,
                // It would be refused, or wrong, again.
                Status::Refused | Status::WrongResult => u32::MAX,
                Status::Error => {
                    let (count, reason) = done.errors.entry(row.case_id.clone()).or_default();
                    *count += 1;
                    reason.clone_from(&row.reason);
                    continue;
                }
                Status::Idle | Status::Skipped => continue,
            };
            let visit = (row.round, row.order, row.case_id.clone());
            if windows < u32::MAX {
                done.rows.entry(visit.clone()).or_default().push(row.clone());
            }
            let seen = done.windows.entry(visit).or_default();
            *seen = windows.max(*seen);
        }
        done
    }

    /// Cases that are not worth another try, and why.
    pub(crate) fn hopeless(&self) -> impl Iterator<Item = (&String, &String)> {
        let often = self.errors.iter().filter(|(_, (count, _))| *count >= TRIES);
        often.map(|(case, (_, reason))| (case, reason))
    }

    /// Windows of a visit that are done; the largest number if it needs none.
    pub(super) fn windows(&self, cases: &[Case], visit: &Visit) -> u32 {
        self.windows.get(&key(cases, visit)).copied().unwrap_or(0)
    }

    /// The rows of these windows.
    pub(super) fn rows(&self, cases: &[Case], visit: &Visit) -> &[Row] {
        self.rows.get(&key(cases, visit)).map_or(&[], Vec::as_slice)
    }
}

fn key(cases: &[Case], visit: &Visit) -> (u32, u32, String) {
    (visit.round, visit.order, cases[visit.case].id())
}

/// Reads a run that broke off.
///
/// # Errors
/// If there is no run, it is complete, or this joulemark does not know its suite or one of its cases.
pub fn resumable(folder: &Path) -> Result<Resumable, Error> {
    let run = read_unfinished(folder)?;
    let complete = run.is_complete();
    let (manifest, rows) = (run.manifest, run.rows);
    let refuse = |why: String| Error::Input(format!("{} cannot be resumed: {why}", folder.display()));
    if complete {
        return Err(refuse("it is complete".into()));
    }
    let mut options = Options::from_manifest(&manifest.options).map_err(|error| refuse(error.to_string()))?;
    let mut by_id: HashMap<String, Case> = options.cases()?.into_iter().map(|case| (case.id(), case)).collect();
    let cases: Vec<Case> = manifest
        .cases
        .iter()
        .map(|id| {
            by_id
                .remove(id)
                .ok_or_else(|| refuse(format!("suite `{}` has no case {id} any more", options.suite)))
        })
        .collect::<Result<_, _>>()?;
    Ok(Resumable {
        folder: folder.to_owned(),
        done: Done::of(&rows),
        options,
        cases,
        manifest,
    })
}

#[cfg(test)]
mod tests {
    use joulemark_records::{Row, Status};

    use super::super::order::Visit;
    use super::Done;
    use crate::suite::{Scale, Suite};

    #[test]
    fn measured_and_hopeless_windows_are_done() {
        let cases = Suite::find("quick").unwrap().cases(Scale::Small);
        let row = |order: u32, window, status| Row {
            case_id: cases[order as usize].id(),
            order,
            window,
            status,
            ..Row::default()
        };
        let rows = [
            row(0, 0, Status::Ok),
            row(0, 1, Status::Suspect),
            row(1, 0, Status::Refused),
            row(2, 0, Status::Error),
        ];
        let done = Done::of(&rows);
        let windows = [0, 1, 2, 3].map(|order: u32| {
            let visit = Visit {
                round: 0,
                order,
                case: order as usize,
                sentinel: false,
            };
            done.windows(&cases, &visit)
        });
        assert_eq!(windows, [2, u32::MAX, 0, 0]);
        assert_eq!(done.hopeless().count(), 0);
        let twice = [row(2, 0, Status::Error), row(2, 0, Status::Error)];
        let hopeless: Vec<_> = Done::of(&twice).hopeless().map(|(case, _)| case.clone()).collect();
        assert_eq!(hopeless, [cases[2].id()]);
    }
}
