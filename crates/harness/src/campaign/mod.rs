//! A campaign: rounds over the cases in a fresh seeded order, a sentinel that recurs, idle windows before and after each
//! round. In: options, cases, and what a broken-off run has already. Out: the run folder.

mod budget;
mod order;
mod resume;

use std::path::PathBuf;
use std::rc::Rc;

use joulemark::row::remark;
use joulemark::rule::Rule;
use joulemark::rule::budget::Budget as WithinBudget;
use joulemark::rule::windows::Windows;
use joulemark::seen::Seen;
use joulemark_base::si::percent;
use joulemark_records::{Row, RunState, Status, Totals};

use self::budget::Budget;
use self::order::{Visit, visits};
use self::resume::Done;
use crate::case::Case;
use crate::error::Error;
use crate::forecast::Forecast;
use crate::options::Options;
use crate::prepared::{Failure, Prepared};
use crate::session::Session;

pub use self::resume::{Resumable, resumable};

/// What a campaign tells while it runs, and what it is told.
pub trait Progress {
    /// The run folder is open.
    fn begin(&mut self, _session: &Session, _plan: &Outline) {}
    /// A case is made ready for the first time, to learn what it costs; so many are left.
    fn survey(&mut self, _case: &Case, _left: usize) {}
    /// With a budget, what it allows.
    fn planned(&mut self, _plan: &Outline) {}
    /// A case begins, in this round from 0.
    fn case(&mut self, _case: &Case, _round: u32) {}
    /// A case cannot be timed in this round.
    fn failed(&mut self, _case: &Case, _failure: &Failure) {}
    /// A window ended.
    fn window(&mut self, _case: &Case, _row: &Row) {}
    /// All windows of a case in this round have ended; a sentinel's extra visits are not told.
    fn visited(&mut self, _case: &Case, _rows: &[Row]) {}
    /// Why to stop now, if there is a reason. Asked before each case and each window.
    fn stop(&mut self) -> Option<String>;
}

/// What lies ahead.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Cases, rounds, windows and how long they take.
    pub forecast: Forecast,
    /// Visits to a case that are still to be made, each of a few windows.
    pub visits_left: u64,
    /// Windows that are still to be measured in all, if no case needs more than the fewest.
    pub windows_left: u64,
    /// Cases for which the budget has no time.
    pub skipped: Vec<String>,
    /// Seconds that would do for all cases in all rounds, where the budget does not.
    pub would_do_s: Option<f64>,
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
    /// Cases whose interval is wider than was asked for.
    pub not_reached: Vec<String>,
    /// What it cost.
    pub totals: Totals,
}

/// What these options would measure of the cases, without measuring it.
///
/// # Errors
/// If there is no adapter, or an energy source that was named is not there.
pub fn forecast(options: &Options, cases: &[Case]) -> Result<Forecast, Error> {
    Forecast::of(&options.of_suite(), cases.len())
}

/// Runs the cases: in so many rounds in a fresh order, as many windows each as the options' rule asks for.
///
/// # Errors
/// If there is no adapter, the device is lost, or the results cannot be written. What was measured is kept.
pub fn run(options: &Options, cases: &[Case], progress: &mut dyn Progress) -> Result<Ending, Error> {
    let session = Session::open(&options.of_suite(), cases)?;
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
        seen: vec![Seen::default(); cases.len()],
        sentinel_s: Vec::new(),
        not_reached: Vec::new(),
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
    session
        .spent()
        .note("cases_outside_precision", campaign.not_reached.len() as f64);
    let finished = session.finish(state);
    // A full disk ends both; what broke first is what the user has to hear.
    let stopped = outcome?;
    let (folder, totals) = finished?;
    Ok(Ending {
        folder,
        totals,
        stopped,
        sentinel_time_drift: drift,
        not_reached: campaign.not_reached,
    })
}

struct Campaign<'a> {
    cases: &'a [Case],
    done: &'a Done,
    /// What was measured of each case.
    seen: Vec<Seen>,
    /// Seconds per iteration of the sentinel, visit by visit.
    sentinel_s: Vec<f64>,
    not_reached: Vec<String>,
}

impl Campaign<'_> {
    /// All rounds; `Some` reason if they were stopped.
    fn rounds(&mut self, session: &mut Session, progress: &mut dyn Progress) -> Result<Option<String>, Error> {
        let options = session.options().clone();
        let (cases, window_s) = (self.cases.len(), session.window_s());
        let mut outline = self.outline(session, options.rule(cases, window_s).as_ref());
        progress.begin(session, &outline);
        let mut budget = None;
        let mut kept: Vec<usize> = (0..self.cases.len()).collect();
        if let Some(seconds) = options.budget_s {
            let planned = match Budget::plan(session, self.cases, self.done, seconds, progress)? {
                Ok(planned) => planned,
                Err(stopped) => return Ok(Some(stopped)),
            };
            kept = planned.kept.clone();
            outline = planned.outline(self.cases, &outline.forecast);
            progress.planned(&outline);
            budget = Some(planned);
        }
        let rounds = budget.as_ref().map_or(options.rounds, |budget| budget.rounds);
        let mut left: Vec<_> = visits(self.cases.len(), rounds, options.seed)
            .into_iter()
            .filter(|visit| kept.contains(&visit.case))
            .collect();
        left.reverse();
        let mut round = None;
        while let Some(visit) = left.pop() {
            let rule: Box<dyn Rule> = match &budget {
                _ if visit.sentinel => Box::new(Windows(1)),
                Some(budget) => Box::new(WithinBudget {
                    most: budget.windows(&visit, &left),
                    precision: options.until.map(|_| options.precision()),
                }),
                None => options.rule(cases, window_s),
            };
            if !self.is_open(&visit, rule.as_ref()) {
                continue;
            }
            if round != Some(visit.round) {
                if round.is_some() {
                    session.idle(visit.position(0))?;
                }
                round = Some(visit.round);
                session.begin_round();
            }
            let is_last = visit.round + 1 == rounds;
            if let Some(reason) = self.visit(session, &visit, rule.as_ref(), is_last, progress)? {
                return Ok(Some(reason));
            }
        }
        Ok(None)
    }

    /// Whether a visit needs windows that an earlier part of the run has not measured.
    fn is_open(&mut self, visit: &Visit, rule: &dyn Rule) -> bool {
        let windows = self.done.windows(self.cases, visit);
        if visit.sentinel {
            return windows < 1;
        }
        let seen = &mut self.seen[visit.case];
        seen.begin_round();
        for row in self.done.rows(self.cases, visit) {
            seen.add(row);
        }
        windows < u32::MAX && rule.another(seen)
    }

    fn visit(
        &mut self,
        session: &mut Session,
        visit: &Visit,
        rule: &dyn Rule,
        is_last: bool,
        progress: &mut dyn Progress,
    ) -> Result<Option<String>, Error> {
        if let Some(reason) = progress.stop() {
            return Ok(Some(reason));
        }
        let case = &self.cases[visit.case];
        let mut window = self.done.windows(self.cases, visit);
        progress.case(case, visit.round);
        let prepared = match session.prepare(case, visit.position(window))? {
            Ok(prepared) => prepared,
            Err(failure) => {
                progress.failed(case, &failure);
                return Ok(None);
            }
        };
        let mut rows = Vec::new();
        loop {
            if let Some(reason) = progress.stop() {
                return Ok(Some(reason));
            }
            let row = self.window(session, visit, &prepared, window, rule, is_last)?;
            progress.window(case, &row);
            rows.push(row);
            window += 1;
            if visit.sentinel || !rule.another(&self.seen[visit.case]) {
                break;
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

    /// Measures one window and writes its row.
    fn window(
        &mut self,
        session: &mut Session,
        visit: &Visit,
        prepared: &Rc<Prepared>,
        window: u32,
        rule: &dyn Rule,
        is_last: bool,
    ) -> Result<Row, Error> {
        let position = visit.position(window);
        let measured = match session.run_window(prepared) {
            Ok(measured) => measured,
            Err(error) => {
                session.record_unmeasured(&prepared.case, position, Status::Error, error.to_string())?;
                return Err(error.into());
            }
        };
        let mut row = session.row(prepared, &measured, position);
        if !visit.sentinel {
            let seen = &mut self.seen[visit.case];
            seen.add(&row);
            if is_last && !rule.another(seen) {
                let asked = session.options().asked_precision();
                if let Some(sentence) = asked.and_then(|asked| not_reached(seen, asked.target)) {
                    self.not_reached.push(prepared.case.id());
                    remark(&mut row, &sentence);
                }
            }
        }
        session.append(row, &measured)
    }

    fn outline(&self, session: &Session, rule: &dyn Rule) -> Outline {
        let options = session.options();
        let fewest = rule.windows()[0];
        let all = visits(self.cases.len(), options.rounds, options.seed);
        let target = |visit: &Visit| if visit.sentinel { 1 } else { fewest };
        let windows = |visit: &Visit| target(visit).saturating_sub(self.done.windows(self.cases, visit));
        let is_open = |visit: &&Visit| !visit.sentinel && self.done.windows(self.cases, visit) < u32::MAX;
        Outline {
            forecast: Forecast::in_session(session, self.cases.len()),
            visits_left: all.iter().filter(is_open).count() as u64,
            windows_left: all.iter().map(|visit| u64::from(windows(visit))).sum(),
            skipped: Vec::new(),
            would_do_s: None,
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

/// A sentence if the interval of what was seen is wider than the target.
pub(crate) fn not_reached(seen: &Seen, target: f64) -> Option<String> {
    let what = if seen.has_joules() { "joules" } else { "time" };
    match seen.reach() {
        Some(reach) if reach <= target => None,
        Some(reach) => Some(format!(
            "the {what} per iteration are known to ±{}, not to ±{} as asked",
            percent(reach),
            percent(target)
        )),
        None => Some(format!("a single window tells no interval of the {what} per iteration")),
    }
}
