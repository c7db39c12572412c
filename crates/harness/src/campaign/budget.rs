//! A campaign within a time. In: seconds, and what each case costs to make ready. Out: which cases, how many rounds and
//! windows.
//!
//! The rule. First every case is made ready once and verified, the algorithms in turn, for at most 40% of the budget;
//! cases that it does not reach are skipped. Then as many rounds as asked for are planned with one window per case and
//! round; if they do not fit, there are fewer rounds, and if one round does not fit, the cases that cost most
//! are skipped. What time is left goes into more windows, shared out anew before each case; when it has run out, the
//! visits that are left fall away, but for those of the first round.

use std::collections::BTreeMap;
use std::time::Instant;

use joulemark::journal::Position;
use joulemark_base::duration::duration_text;
use joulemark_records::Status;

use super::order::Visit;
use super::resume::Done;
use super::{Outline, Progress};
use crate::case::Case;
use crate::error::Error;
use crate::forecast::Forecast;
use crate::options::BETWEEN_WINDOWS;
use crate::session::Session;
use crate::spent::Part;

/// Share of the budget that the first preparation may take.
const SURVEY_SHARE: f64 = 0.4;
/// Windows' worth of time that is kept free at the end, for the last idle window and for closing.
const CLOSING_WINDOWS: f64 = 2.0;
/// Seconds to warm up a case that was kept ready.
const READY_AGAIN_S: f64 = 0.1;

/// What a budget allows.
#[derive(Debug)]
pub(super) struct Budget {
    /// Cases that are measured.
    pub(super) kept: Vec<usize>,
    /// Cases for which there is no time.
    skipped: Vec<usize>,
    /// Rounds.
    pub(super) rounds: u32,
    /// Windows per case and round, at the beginning.
    windows: u32,
    /// Seconds to make each case ready again.
    ready_s: Vec<f64>,
    /// Seconds that one more window of each case takes: at least one iteration.
    window_s: Vec<f64>,
    deadline: Instant,
    seconds: f64,
    /// Seconds that would do for everything, where these do not.
    would_do_s: Option<f64>,
}

impl Budget {
    /// Makes each case ready once, and plans. `Err` is the reason why it was stopped.
    pub(super) fn plan(
        session: &mut Session,
        cases: &[Case],
        done: &Done,
        seconds: f64,
        progress: &mut dyn Progress,
    ) -> Result<Result<Self, String>, Error> {
        let asked_s = seconds;
        let seconds = asked_s - session.spent().before_s();
        let begin = Instant::now();
        let opening_s = session.spent().elapsed_s();
        let spent_s = || opening_s + begin.elapsed().as_secs_f64();
        let mut ready_s = vec![f64::INFINITY; cases.len()];
        let order = in_turn(cases);
        let mut window_s = vec![BETWEEN_WINDOWS * session.window_s(); cases.len()];
        for (place, &index) in order.iter().enumerate() {
            if let Some(reason) = progress.stop() {
                return Ok(Err(reason));
            }
            if place > 0 && spent_s() > SURVEY_SHARE * seconds {
                break;
            }
            progress.survey(&cases[index], order.len() - place);
            let hopeless = Visit {
                round: 0,
                order: 0,
                case: index,
                sentinel: false,
            };
            if done.windows(cases, &hopeless) == u32::MAX {
                continue;
            }
            let prepare = Instant::now();
            if let Ok(prepared) = session.prepare(&cases[index], Position::default())? {
                ready_s[index] = match session.keeps(&cases[index]) {
                    true => READY_AGAIN_S,
                    false => prepare.elapsed().as_secs_f64() - prepared.parts.of(Part::Verification),
                };
                window_s[index] = f64::max(window_s[index], BETWEEN_WINDOWS * prepared.seconds_per_iteration());
            } else {
                // Its row says why; in each round it would take no time to say so again.
                ready_s[index] = f64::INFINITY;
            }
        }
        let survey_s = begin.elapsed().as_secs_f64();
        let closing_s = CLOSING_WINDOWS * session.window_s();
        let free_s = seconds - spent_s() - closing_s;
        // A fresh run measures something, however short its budget is; a run that goes on has had its chance.
        if seconds <= 0.0 {
            return Ok(Err(format!(
                "the budget of {} is used up, time in which the run stood still included",
                duration_text(asked_s)
            )));
        }
        let (kept, rounds) = choose(&ready_s, &window_s, session.options().rounds, free_s);
        let sum = |of: &[f64]| f64::from(rounds) * kept.iter().map(|&case| of[case]).sum::<f64>();
        let skipped: Vec<usize> = (0..cases.len())
            .filter(|index| !kept.contains(index) && !session.has_failed(&cases[*index]))
            .collect();
        for &index in &skipped {
            let reason = format!("the budget of {seconds:.0} s has no time for it");
            session.record_unmeasured(&cases[index], Position::default(), Status::Skipped, reason)?;
        }
        let too_short = rounds < session.options().rounds || !skipped.is_empty();
        let would_do_s = too_short.then(|| {
            let known = ready_s.iter().filter(|seconds| seconds.is_finite()).count().max(1) as f64;
            let scale = cases.len() as f64 / known;
            let all_s = |of: &[f64]| {
                scale
                    * (0..cases.len())
                        .filter(|case| ready_s[*case].is_finite())
                        .map(|case| of[case])
                        .sum::<f64>()
            };
            let rounds_s = f64::from(session.options().rounds) * (all_s(&ready_s) + all_s(&window_s));
            let first_s = scale * survey_s;
            f64::max(opening_s + first_s + rounds_s + closing_s, first_s / SURVEY_SHARE)
        });
        Ok(Ok(Self {
            skipped,
            windows: (((free_s - sum(&ready_s)) / sum(&window_s)) as u32).max(1),
            rounds,
            window_s,
            would_do_s,
            deadline: begin + std::time::Duration::from_secs_f64((seconds - opening_s - closing_s).max(0.0)),
            seconds,
            ready_s,
            kept,
        }))
    }

    /// How many windows this visit gets: as many as each of the visits `ahead` can have too in the time that is left.
    /// None if no time is left.
    pub(super) fn windows(&self, visit: &Visit, ahead: &[Visit]) -> u32 {
        let remaining_s = self.deadline.saturating_duration_since(Instant::now()).as_secs_f64();
        if visit.round > 0 && remaining_s < self.ready_s[visit.case] + self.window_s[visit.case] {
            return 0;
        }
        if visit.sentinel {
            return 1;
        }
        let (mut again_s, mut each_s) = (self.ready_s[visit.case], self.window_s[visit.case]);
        for other in ahead {
            again_s += self.ready_s[other.case];
            if other.sentinel {
                again_s += self.window_s[other.case];
            } else {
                each_s += self.window_s[other.case];
            }
        }
        (((remaining_s - again_s) / each_s).round() as u32).max(1)
    }

    pub(super) fn outline(&self, cases: &[Case], forecast: &Forecast) -> Outline {
        let visits_left = u64::from(self.rounds) * self.kept.len() as u64;
        Outline {
            forecast: Forecast {
                cases: self.kept.len(),
                rounds: self.rounds,
                windows: [self.windows; 2],
                seconds: [self.seconds; 2],
                ..forecast.clone()
            },
            visits_left,
            windows_left: visits_left * u64::from(self.windows),
            skipped: self.skipped.iter().map(|&index| cases[index].id()).collect(),
            would_do_s: self.would_do_s,
        }
    }
}

/// The cases and rounds that fit into `free_s`.
fn choose(ready_s: &[f64], window_s: &[f64], rounds: u32, free_s: f64) -> (Vec<usize>, u32) {
    let mut kept: Vec<usize> = (0..ready_s.len()).filter(|&case| ready_s[case].is_finite()).collect();
    let case_s = |case: usize| ready_s[case] + window_s[case];
    let round_s = |kept: &[usize]| kept.iter().map(|&case| case_s(case)).sum::<f64>();
    while kept.len() > 1 && round_s(&kept) > free_s {
        let dearest = (0..kept.len()).max_by(|&a, &b| case_s(kept[a]).total_cmp(&case_s(kept[b])));
        kept.remove(dearest.unwrap_or(0));
    }
    let fitting = (free_s / round_s(&kept)) as u32;
    (kept, rounds.min(fitting).max(1))
}

/// One case of each algorithm after the other, so that a budget that ends early has some of each.
fn in_turn(cases: &[Case]) -> Vec<usize> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut order: Vec<(usize, usize)> = cases
        .iter()
        .enumerate()
        .map(|(index, case)| {
            let count = seen.entry(case.algorithm.to_string()).or_default();
            *count += 1;
            (*count, index)
        })
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::{choose, in_turn};
    use crate::suite::{Scale, Suite};

    #[test]
    fn rounds_go_first_and_then_the_dearest_cases() {
        let ready_s = [0.1, 2.0, 0.1, f64::INFINITY];
        let window_s = [0.4; 4];
        assert_eq!(choose(&ready_s, &window_s, 3, 100.0), (vec![0, 1, 2], 3));
        assert_eq!(choose(&ready_s, &window_s, 3, 7.0), (vec![0, 1, 2], 2));
        assert_eq!(choose(&ready_s, &window_s, 3, 1.5), (vec![0, 2], 1));
        assert_eq!(choose(&ready_s, &window_s, 3, 0.1), (vec![0], 1));
    }

    #[test]
    fn algorithms_take_turns() {
        let cases = Suite::find("default").unwrap().cases(Scale::Small);
        let order = in_turn(&cases);
        let kernels: std::collections::HashSet<_> = cases.iter().map(|case| case.algorithm.to_string()).collect();
        let first: std::collections::HashSet<_> = order[..kernels.len()]
            .iter()
            .map(|&index| cases[index].algorithm.to_string())
            .collect();
        assert_eq!((first, order.len()), (kernels, cases.len()));
    }
}
