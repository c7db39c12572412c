//! The ticks of an earlier run as a sensor. Comes in: a `ticks.csv`. Goes out: one source per recorded source, which
//! shows what that one showed as long after the meter opened. Used only when asked for by name.

use super::Found;
use crate::recording::Recording;
use crate::{Absence, Description, Fault, Quality, RawTick, Source, Timestamp};
use std::path::Path;

/// Makes a source of every recorded one.
pub(crate) fn find(path: &Path) -> Found {
    match Recording::open(path) {
        Ok(recording) => {
            let (offset, end) = (recording.first_ns(), recording.last_ns());
            let sources = recording.into_sources().into_iter().map(|(description, ticks)| {
                let replayed = Replayed {
                    description: relabel(description),
                    ticks,
                    at: 0,
                    offset,
                    end,
                };
                Box::new(replayed) as Box<dyn Source>
            });
            Found {
                sources: sources.collect(),
                ..Found::default()
            }
        }
        Err(error) => Found::absent(Absence::new(
            "replay",
            format!("{error}."),
            "Give the path of a `ticks.csv`.",
        )),
    }
}

/// What is read back from a file was not measured by this run, whatever it once was.
fn relabel(description: Description) -> Description {
    Description {
        id: format!("replay:{}", description.id),
        quality: Quality::Simulated,
        note: "read back from a recording: nothing was measured".into(),
        ..description
    }
}

struct Replayed {
    description: Description,
    ticks: Vec<RawTick>,
    at: usize,
    offset: Timestamp,
    end: Timestamp,
}

impl Source for Replayed {
    fn description(&self) -> &Description {
        &self.description
    }

    fn read(&mut self, now: Timestamp) -> Result<u64, Fault> {
        let then = Timestamp::from_nanos(self.offset.nanos() + now.nanos());
        if then > self.end {
            return Err(Fault::Vanished("the recording has ended".to_owned()));
        }
        while self.ticks.get(self.at + 1).is_some_and(|next| next.time_ns <= then) {
            self.at += 1;
        }
        let tick = self.ticks.get(self.at).filter(|tick| tick.time_ns <= then);
        tick.and_then(|tick| tick.raw)
            .ok_or_else(|| Fault::Read("recorded as failed, or not yet begun".to_owned()))
    }
}
