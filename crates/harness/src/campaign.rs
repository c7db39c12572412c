//! A campaign: rounds over the cases in a fresh seeded order, idle windows before and after each.

use joulemark_records::{Row, RunState};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::session::Position;
use crate::{Case, Error, Failure, Options, Session};

/// What a campaign tells while it runs.
pub trait Progress {
    /// The run folder is open; this many windows lie ahead.
    fn begin(&mut self, session: &Session, windows: u64);
    /// A case begins, in this round from 0.
    fn case(&mut self, case: &Case, round: u32);
    /// A case cannot be timed in this round: so many windows fall away.
    fn failed(&mut self, case: &Case, failure: &Failure, windows: u64);
    /// A window ended.
    fn window(&mut self, case: &Case, row: &Row);
}

/// Runs the cases: `rounds` times in a fresh order, `windows` windows each. Returns the run folder.
///
/// # Errors
/// If there is no adapter, the device is lost, or the results cannot be written. What was measured is kept.
pub fn run(options: &Options, cases: &[Case], progress: &mut dyn Progress) -> Result<std::path::PathBuf, Error> {
    let mut session = Session::open(options)?;
    progress.begin(
        &session,
        u64::from(options.rounds) * u64::from(options.windows) * cases.len() as u64,
    );
    match rounds(options, cases, progress, &mut session) {
        Ok(()) => session.finish(RunState::Complete),
        Err(error) => {
            session.finish(RunState::Failed {
                reason: error.to_string(),
            })?;
            Err(error)
        }
    }
}

fn rounds(options: &Options, cases: &[Case], progress: &mut dyn Progress, session: &mut Session) -> Result<(), Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut order: Vec<usize> = (0..cases.len()).collect();
    for round in 0..options.rounds {
        order.shuffle(&mut rng);
        session.begin_round();
        for (place, &index) in order.iter().enumerate() {
            let case = &cases[index];
            progress.case(case, round);
            let mut position = Position {
                round,
                order: place as u32,
                window: 0,
            };
            let prepared = match session.prepare(case, position)? {
                Ok(prepared) => prepared,
                Err(failure) => {
                    progress.failed(case, &failure, options.windows.into());
                    continue;
                }
            };
            for window in 0..options.windows {
                position.window = window;
                let iterations = prepared.iterations_in(session.window_s());
                match session.run_window(&prepared, iterations) {
                    Ok(measured) => {
                        let row = session.record(&prepared, &measured, position)?;
                        progress.window(case, &row);
                    }
                    Err(error) => {
                        session.record_error(case, position, error.to_string())?;
                        return Err(error.into());
                    }
                }
            }
        }
        session.idle(Position {
            round,
            order: cases.len() as u32,
            window: 0,
        })?;
    }
    Ok(())
}
