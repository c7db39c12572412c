//! A timeline from what was recorded. In: the ticks of `ticks.csv`, in order of time. Out: the same timeline as
//! then, with the judgements of then.

use crate::source::Fault;
use crate::timeline::Timeline;
use joulemark_base::source_kind::SourceKind;
use joulemark_base::tick::{Flag, Tick};

impl Timeline {
    /// Takes in a tick as it was recorded, with the judgement of then: its flag.
    pub(crate) fn recall(&mut self, tick: &Tick) {
        self.last_read = Some((tick.after_ns, tick.time_ns));
        let recorded = || format!("recorded as {}", tick.flag);
        let Some(raw) = tick.raw else {
            let fault = if tick.flag == Flag::Vanished {
                Fault::Vanished
            } else {
                Fault::Read
            };
            self.fail(tick.time_ns, &fault(recorded()));
            return;
        };
        self.errors_in_a_row = 0;
        if self.description.kind == SourceKind::Power {
            self.stillness.see(raw, tick.time_ns);
        }
        if let Some(last) = self.ticks.back().copied() {
            if tick.flag == Flag::Stall {
                self.stalled = Some(self.incidents.len());
                self.spoil(last.earliest.min(tick.after_ns), tick.time_ns, Flag::Stall, recorded());
                return;
            }
            if let Some((_, text)) = self.gone.take() {
                self.spoil(last.earliest, tick.time_ns, Flag::Vanished, text);
            } else if tick.flag.spoils() {
                self.spoil(last.earliest, tick.time_ns, tick.flag, recorded());
            }
            self.end_stall(tick.time_ns);
            self.total += match (self.description.kind, tick.flag) {
                (_, flag) if flag.spoils() => 0,
                (SourceKind::Power, _) => self.power_step_nj(last, tick.after_ns, tick.time_ns, raw),
                (SourceKind::Counter, Flag::Wrap) => {
                    self.wraps.push(tick.time_ns);
                    tick.range.unwrap_or(0).saturating_sub(self.last_raw) + raw
                }
                (SourceKind::Counter, _) => raw.saturating_sub(self.last_raw),
            };
        }
        self.push(tick.after_ns, tick.time_ns, raw, tick.flag);
    }
}
