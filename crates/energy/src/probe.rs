//! Finding out how often each sensor really updates and what a reading costs. In: sources just opened. Out:
//! their measured periods and costs, before the first window.

use crate::cpu_time::thread_cpu_s;
use crate::source::Source;
use joulemark_base::quality::Quality;
use joulemark_base::timestamp::Clock;
use std::time::{Duration, Instant};

/// The whole probe of all sources together lasts at most so long.
const LONGEST: Duration = Duration::from_millis(1_200);
/// This many changes make a median that can be trusted.
const CHANGES: usize = 9;
const PAUSE: Duration = Duration::from_micros(200);

/// What was found out about one source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Probed {
    /// The median time between changes, if there were enough.
    pub(crate) period_s: Option<f64>,
    /// Whether it was read, and never changed.
    pub(crate) stood_still: bool,
    /// The mean time of a core that a reading costs.
    pub(crate) read_cost_s: f64,
}

/// What each look at a source showed: the number of the look at all sources, and the reading.
pub(crate) type Seen = Vec<(u32, u64)>;

#[derive(Default)]
struct Watch {
    seen: Seen,
    last: Option<u64>,
    changed_s: Vec<f64>,
    readings: u32,
    reading_s: f64,
}

/// Watches all sources side by side. Sources that know their period, as made-up ones do, are not watched.
pub(crate) fn probe(sources: &mut [Box<dyn Source>], clock: Clock) -> (Vec<Probed>, Vec<Seen>) {
    let mut watches: Vec<Watch> = sources.iter().map(|_| Watch::default()).collect();
    let real: Vec<bool> = sources
        .iter()
        .map(|source| source.description().quality != Quality::Simulated && !source.description().period_measured)
        .collect();
    let begin = Instant::now();
    let waiting = |watches: &[Watch]| {
        watches
            .iter()
            .zip(&real)
            .any(|(watch, real)| *real && watch.changed_s.len() <= CHANGES)
    };
    let mut round = 0;
    while waiting(&watches) && begin.elapsed() < LONGEST {
        for ((source, watch), real) in sources.iter_mut().zip(&mut watches).zip(&real) {
            if *real && watch.changed_s.len() <= CHANGES {
                watch.look(source.as_mut(), clock, round);
            }
        }
        round += 1;
        std::thread::sleep(PAUSE);
    }
    let probed = watches.iter().map(Watch::result).collect();
    (probed, watches.into_iter().map(|watch| watch.seen).collect())
}

impl Watch {
    fn look(&mut self, source: &mut dyn Source, clock: Clock, round: u32) {
        let (begin_cpu_s, now) = (thread_cpu_s(), clock.now());
        let reading = source.read(now);
        self.reading_s += match (begin_cpu_s, thread_cpu_s()) {
            (Some(begin_s), Some(end_s)) => end_s - begin_s,
            _ => clock.now().seconds_since(now),
        };
        self.readings += 1;
        if let Ok(raw) = reading {
            self.seen.push((round, raw));
            if self.last.is_some_and(|last| last != raw) {
                self.changed_s.push(now.seconds());
            }
            self.last = Some(raw);
        }
    }

    fn result(&self) -> Probed {
        let mut steps_s: Vec<f64> = self.changed_s.windows(2).map(|pair| pair[1] - pair[0]).collect();
        steps_s.sort_by(f64::total_cmp);
        let period_s = (steps_s.len() >= 3).then(|| steps_s[steps_s.len() / 2]);
        let read_cost_s = if self.readings == 0 {
            0.0
        } else {
            self.reading_s / f64::from(self.readings)
        };
        let stood_still = self.last.is_some() && self.changed_s.is_empty();
        Probed {
            stood_still,
            period_s,
            read_cost_s,
        }
    }
}
