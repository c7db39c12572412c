//! A closure in, joules out. In: a name and a closure that runs its work as often as it is told. Out: what one iteration
//! takes, over rounds of windows with idle windows between them.

use joulemark_records::Row;

use crate::bench::Bench;
use crate::error::Error;
use crate::folder::SUITE;
use crate::journal::Position;
use crate::logged::Logged;
use crate::measured::Measured;
use crate::pace::Pace;
use crate::seen::Seen;
use crate::warm::Warm;
use crate::work::{Closure, Work};

impl Bench {
    /// Measures what one iteration of a closure takes. The closure gets a number, runs its work so often, and returns when
    /// the last is over: whatever goes on afterwards (a GPU's queue, a task that was spawned) is not in the window. With
    /// wgpu that means to wait, `device.poll(PollType::wait_indefinitely())`, before it returns.
    ///
    /// # Errors
    /// A name that can be no name of a case.
    pub fn measure(&mut self, name: &str, work: impl FnMut(u64)) -> Result<Measured, Error> {
        self.measure_work(name, &mut Closure(work))
    }

    /// The same for work that may break off, or that has a clock of its own.
    ///
    /// # Errors
    /// The work's, or a name that can be no name of a case.
    pub fn measure_work<W>(&mut self, name: &str, work: &mut W) -> Result<Measured, Error>
    where
        W: Work,
        W::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let plain = !name.trim().is_empty() && name.chars().count() <= 200 && !name.chars().any(char::is_control);
        if !plain {
            return Err(Error::Input(format!(
                "{name:?} is no name of a case: it takes 1 to 200 characters, and none that a terminal obeys"
            )));
        }
        let broken = |error: W::Error| Error::Work(error.into());
        let mut warm = self.warm_up(work, Warm::cold(Pace::Full)).map_err(broken)?;
        let settings = self.settings().clone();
        let rule = settings.rule();
        let (mut log, mut seen) = (Vec::new(), Seen::default());
        // What came before this case belongs to no window of it.
        drop(self.meter().drain_ticks());
        self.log_idle(&mut log, Position::default());
        for round in 0..settings.rounds {
            self.begin_round();
            seen.begin_round();
            loop {
                let window = self.run_window(work, &mut warm).map_err(broken)?;
                let position = Position {
                    round,
                    order: 0,
                    window: seen.windows(),
                };
                let row = self.row(&window, position.of(row(name)));
                seen.add(&row);
                log.push(Logged {
                    row,
                    ends: Some((window.start, window.end)),
                });
                if !rule.another(&seen) {
                    break;
                }
            }
            self.log_idle(
                &mut log,
                Position {
                    round,
                    order: 1,
                    window: 0,
                },
            );
        }
        Ok(Measured::new(self, name, log, seen))
    }

    /// An idle window, if there is a source; the rows since the one before are completed by both.
    fn log_idle(&mut self, log: &mut Vec<Logged>, position: Position) {
        let Some((before, idle)) = self.idle() else { return };
        if let Some(before) = &before {
            let since = log.iter_mut().rev().take_while(|logged| logged.row.case_id != "idle");
            since.for_each(|logged| crate::idle::Idle::complete(&mut logged.row, before, &idle));
        }
        log.push(Logged {
            row: Row {
                suite: SUITE.into(),
                ..position.of(idle.row(before.as_ref()))
            },
            ends: Some((idle.start, idle.end)),
        });
    }
}

/// The row of somebody's own code, before it is measured.
pub(crate) fn row(name: &str) -> Row {
    Row {
        case_id: name.into(),
        suite: SUITE.into(),
        op: "custom".into(),
        algorithm: name.into(),
        ..Row::default()
    }
}
