//! A campaign: rounds over the cases in a fresh seeded order, a sentinel that recurs, idle windows before and after each
//! round. In: options, cases, and what a broken-off run has already. Out: the run folder.

mod budget;
mod order;
mod resume;

use std::path::PathBuf;

use joulemark_records::{Row, RunState, Status};

use self::budget::Budget;
use self::order::{Visit, visits};
use self::resume::Done;
use crate::{Case, Error, Failure, Options, Session};

pub use self::resume::{Resumable, resumable};

/// What a campaign tells while it runs, and what it is told.
pub trait Progress {
    /// The run folder is open.
    fn begin(&mut self, session: &Session, plan: &Outline);
    /// A case is made ready for the first time, to learn what it costs; so many are left.
    fn survey(&mut self, case: &Case, left: usize);
    /// With a budget, what it allows.
    fn planned(&mut self, plan: &Outline);
    /// A case begins, in this round from 0.
    fn case(&mut self, case: &Case, round: u32);
    /// A case cannot be timed in this round: so many windows fall away.
    fn failed(&mut self, case: &Case, failure: &Failure, windows: u64);
    /// A window ended.
    fn window(&mut self, case: &Case, row: &Row);
    /// All windows of a case in this round have ended; a sentinel's extra visits are not told.
    fn visited(&mut self, case: &Case, rows: &[Row]);
    /// Why to stop now, if there is a reason. Asked before each case and each window.
    fn stop(&mut self) -> Option<String>;
}

/// What lies ahead.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Cases to measure.
    pub cases: usize,
    /// Rounds over them.
    pub rounds: u32,
    /// Windows per case and round; with a budget, about so many.
    pub windows: u32,
    /// Windows that are still to be measured in all.
    pub windows_left: u64,
    /// Seconds until the end, where a budget is given.
    pub seconds_left: Option<f64>,
    /// Cases for which the budget has no time.
    pub skipped: Vec<String>,
}

/// How a campaign ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// The run folder.
    pub folder: PathBuf,
    /// Why it was stopped, if it was.
    pub stopped: Option<String>,
    /// Largest over smallest seconds per iteration of the sentinel, minus 1; `None` with less than two visits.
    pub sentinel_time_drift: Option<f64>,
}

/// Runs the cases: `rounds` times in a fresh order, `windows` windows each.
///
/// # Errors
/// If there is no adapter, the device is lost, or the results cannot be written. What was measured is kept.
pub fn run(options: &Options, cases: &[Case], progress: &mut dyn Progress) -> Result<Ending, Error> {
    let session = Session::open(options, cases)?;
    measure(session, cases, &Done::default(), progress)
}

/// Goes on with a run that broke off: what it has is not measured again.
///
/// # Errors
/// If it was measured on another adapter or driver, or as [`run()`].
pub fn resume(run: &Resumable, progress: &mut dyn Progress) -> Result<Ending, Error> {
    let session = Session::resume(run)?;
    measure(session, &run.cases, &run.done, progress)
}

fn measure(mut session: Session, cases: &[Case], done: &Done, progress: &mut dyn Progress) -> Result<Ending, Error> {
    let mut campaign = Campaign {
        cases,
        done,
        sentinel_s: Vec::new(),
    };
    let outcome = campaign.rounds(&mut session, progress);
    let state = match &outcome {
        Ok(None) => RunState::Complete,
        Ok(Some(reason)) => RunState::Interrupted { reason: reason.clone() },
        Err(error) => RunState::Failed {
            reason: error.to_string(),
        },
    };
    let drift = campaign.sentinel_time_drift();
    if let Some(drift) = drift {
        session.spent().note("sentinel_time_drift", drift);
    }
    let folder = session.finish(state);
    // A full disk ends both; what broke first is what the user has to hear.
    let stopped = outcome?;
    Ok(Ending {
        folder: folder?,
        stopped,
        sentinel_time_drift: drift,
    })
}

struct Campaign<'a> {
    cases: &'a [Case],
    done: &'a Done,
    /// Seconds per iteration of the sentinel, visit by visit.
    sentinel_s: Vec<f64>,
}

impl Campaign<'_> {
    /// All rounds; `Some` reason if they were stopped.
    fn rounds(&mut self, session: &mut Session, progress: &mut dyn Progress) -> Result<Option<String>, Error> {
        let options = session.options().clone();
        let mut outline = self.outline(&options, &visits(self.cases.len(), options.rounds, options.seed));
        progress.begin(session, &outline);
        let mut budget = None;
        let mut kept: Vec<usize> = (0..self.cases.len()).collect();
        if let Some(seconds) = options.budget_s {
            let planned = match Budget::plan(session, self.cases, self.done, seconds, progress)? {
                Ok(planned) => planned,
                Err(stopped) => return Ok(Some(stopped)),
            };
            kept = planned.kept.clone();
            outline = planned.outline(self.cases);
            progress.planned(&outline);
            budget = Some(planned);
        }
        let rounds = budget.as_ref().map_or(options.rounds, |budget| budget.rounds);
        let visits = visits(self.cases.len(), rounds, options.seed);
        let mut left: Vec<_> = visits
            .into_iter()
            .filter(|visit| kept.contains(&visit.case))
            .filter(|visit| self.done.windows(self.cases, visit) < target(visit, &options))
            .collect();
        left.reverse();
        let mut round = None;
        while let Some(visit) = left.pop() {
            if round != Some(visit.round) {
                if round.is_some() {
                    session.idle(visit.position(0))?;
                }
                round = Some(visit.round);
                session.begin_round();
            }
            let windows = budget.as_ref().map_or_else(
                || target(&visit, &options) - self.done.windows(self.cases, &visit),
                |budget| budget.windows(&visit, &left),
            );
            if windows == 0 {
                continue;
            }
            if let Some(reason) = self.visit(session, &visit, windows, progress)? {
                return Ok(Some(reason));
            }
        }
        Ok(None)
    }

    fn visit(
        &mut self,
        session: &mut Session,
        visit: &Visit,
        windows: u32,
        progress: &mut dyn Progress,
    ) -> Result<Option<String>, Error> {
        if let Some(reason) = progress.stop() {
            return Ok(Some(reason));
        }
        let case = &self.cases[visit.case];
        let begin = self.done.windows(self.cases, visit);
        progress.case(case, visit.round);
        let prepared = match session.prepare(case, visit.position(begin))? {
            Ok(prepared) => prepared,
            Err(failure) => {
                progress.failed(case, &failure, windows.into());
                return Ok(None);
            }
        };
        let mut rows = Vec::new();
        for window in begin..begin + windows {
            if let Some(reason) = progress.stop() {
                return Ok(Some(reason));
            }
            let position = visit.position(window);
            let iterations = prepared.iterations_in(session.window_s());
            match session.run_window(&prepared, iterations) {
                Ok(measured) => {
                    let row = session.record(&prepared, &measured, position)?;
                    progress.window(case, &row);
                    rows.push(row);
                }
                Err(error) => {
                    session.record_unmeasured(case, position, Status::Error, error.to_string())?;
                    return Err(error.into());
                }
            }
        }
        if visit.case == order::SENTINEL {
            let seconds = rows.iter().filter_map(|row| Some(row.wall_s? / row.iterations? as f64));
            self.sentinel_s.push(seconds.sum::<f64>() / rows.len() as f64);
        }
        if !visit.sentinel {
            progress.visited(case, &rows);
        }
        Ok(None)
    }

    fn outline(&self, options: &Options, visits: &[Visit]) -> Outline {
        let left = visits
            .iter()
            .map(|visit| u64::from(target(visit, options).saturating_sub(self.done.windows(self.cases, visit))));
        Outline {
            cases: self.cases.len(),
            rounds: options.rounds,
            windows: options.windows,
            windows_left: left.sum(),
            seconds_left: None,
            skipped: Vec::new(),
        }
    }

    fn sentinel_time_drift(&self) -> Option<f64> {
        if self.sentinel_s.len() < 2 {
            return None;
        }
        let largest = self.sentinel_s.iter().copied().fold(0.0, f64::max);
        let smallest = self.sentinel_s.iter().copied().fold(f64::INFINITY, f64::min);
        Some(largest / smallest - 1.0)
    }
}

/// Windows that a visit needs before it is done: with a budget one will do, and more come as time allows.
fn target(visit: &Visit, options: &Options) -> u32 {
    if visit.sentinel || options.budget_s.is_some() {
        1
    } else {
        options.windows
    }
}
