//! The ticks of an earlier run as a sensor. In: a `ticks.csv`. Out: one source per recorded source, which
//! shows what that one showed as long after the meter opened. Used only when asked for by name.

use super::Found;
use crate::absence::Absence;
use crate::absence::Lack;
use crate::recording::Recording;
use crate::source::{Description, Fault, Source};
use joulemark_base::quality::Quality;
use joulemark_base::tick::Flag;
use joulemark_base::tick::Tick;
use joulemark_base::timestamp::Timestamp;
use std::path::Path;

/// Makes a source of every recorded one.
pub(crate) fn find(path: &Path) -> Found {
    match Recording::open(path) {
        Ok(recording) => {
            let (offset, end) = (recording.first_ns(), recording.last_ns());
            let sources = recording.into_sources().map(|(description, ticks)| {
                let replayed = Replayed {
                    description: relabel(description),
                    readings: unrolled(&ticks),
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
            Lack::Missing,
            "replay",
            format!("{error}."),
            "Give the folder of a run, or the path of a `ticks.csv`.",
        )),
    }
}

/// What is read back from a file was not measured by this run, whatever it once was. What was plausible has been judged
/// when it was recorded.
fn relabel(description: Description) -> Description {
    Description {
        id: format!("replay:{}", description.id),
        twin_of: description.twin_of.map(|twin| format!("replay:{twin}")),
        part_of: description.part_of.map(|whole| format!("replay:{whole}")),
        quality: Quality::Simulated,
        wrap_range: None,
        power_limit_w: Some(f64::MAX / 2.0),
        note: "read back from a recording: nothing was measured".into(),
        ..description
    }
}

/// The moments of the ticks, each with the reading: of a counter the sum of its steps, wraps undone.
fn unrolled(ticks: &[Tick]) -> Vec<(Timestamp, Result<u64, Fault>)> {
    let (mut total, mut last) = (0_u64, None);
    let mut readings = Vec::with_capacity(ticks.len());
    for tick in ticks {
        let reading = match tick.raw {
            None => Err(Fault::Read(format!("recorded as {}", tick.flag))),
            Some(_) if tick.flag.spoils() => Err(Fault::Vanished(format!("recorded as {}", tick.flag))),
            Some(raw) if !tick.unit.is_energy() => Ok(raw),
            Some(raw) => {
                let (range, last) = (tick.range.unwrap_or(0), last.unwrap_or(raw));
                total += if tick.flag == Flag::Wrap {
                    range.saturating_sub(last) + raw
                } else {
                    raw.saturating_sub(last)
                };
                Ok(total)
            }
        };
        last = tick.raw.or(last);
        readings.push((tick.time_ns, reading));
    }
    readings
}

struct Replayed {
    description: Description,
    readings: Vec<(Timestamp, Result<u64, Fault>)>,
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
        while self.readings.get(self.at + 1).is_some_and(|(at, _)| *at <= then) {
            self.at += 1;
        }
        match self.readings.get(self.at) {
            Some((at, reading)) if *at <= then => reading.clone(),
            _ => Err(Fault::Read("the recording begins later".to_owned())),
        }
    }
}
