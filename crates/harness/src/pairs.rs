//! Two cases side by side, many times, their windows in random order: the way to find a small difference, or none. In: an
//! open session and two cases. Out: their rows, pair by pair.

use std::time::Instant;

use joulemark::journal::Position;
use joulemark_records::Row;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::case::Case;
use crate::error::Error;
use crate::session::Session;

/// The rows of one pair: windows of the first case, and of the second.
pub type Pair = [Vec<Row>; 2];

/// Measures `count` pairs of `windows` windows each, or fewer if the options' budget ends. `done` hears of each pair.
///
/// # Errors
/// If a case fails, the device is lost, or the results cannot be written.
pub fn pairs(
    session: &mut Session,
    cases: [&Case; 2],
    count: u32,
    windows: u32,
    done: &mut dyn FnMut(u32),
) -> Result<Vec<Pair>, Error> {
    let begin = Instant::now();
    let mut prepared = Vec::new();
    for case in cases {
        match session.prepare(case, Position::default())? {
            Ok(ready) => prepared.push(ready),
            Err(failure) => return Err(Error::Input(format!("{}: {}", case.id(), failure.reason))),
        }
    }
    let mut random = ChaCha8Rng::seed_from_u64(session.options().seed);
    let mut pairs = Vec::new();
    for round in 0..count {
        let mut order: Vec<usize> = (0..2 * windows as usize).map(|index| index % 2).collect();
        order.shuffle(&mut random);
        let mut pair = Pair::default();
        for (place, which) in order.into_iter().enumerate() {
            let ready = &prepared[which];
            let window = session.run_window(ready)?;
            let position = Position {
                round,
                order: place as u32,
                window: pair[which].len() as u32,
            };
            pair[which].push(session.record(ready, &window, position)?);
        }
        pairs.push(pair);
        let over = session
            .options()
            .budget_s
            .is_some_and(|budget_s| begin.elapsed().as_secs_f64() > budget_s);
        done(round + 1);
        if over {
            break;
        }
    }
    Ok(pairs)
}
