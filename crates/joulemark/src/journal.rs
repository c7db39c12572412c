//! A run folder that grows with the measurement. In: windows, idle windows and rows of one bench. Out: rows with the ticks
//! that they follow from, each flushed before the next window begins.

use joulemark_base::timestamp::Timestamp;
use joulemark_records::{Error, Place, Row, RunWriter, TickLine};

use crate::bench::Bench;
use crate::idle::Idle;

/// Where a window stands in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Round, from 0.
    pub round: u32,
    /// Place of the case in its round, from 0.
    pub order: u32,
    /// Window of the case in this round, from 0.
    pub window: u32,
}

impl Position {
    /// The row at this place.
    #[must_use]
    pub fn of(self, row: Row) -> Row {
        Row {
            round: self.round,
            order: self.order,
            window: self.window,
            ..row
        }
    }
}

/// The writer of a run, and what it needs to know of the bench.
pub struct Journal {
    writer: RunWriter,
    /// Where the clock of `ticks.csv` stands when this bench begins, in nanoseconds.
    offset_ns: u64,
    suite: String,
    /// Where the rows since the last idle window begin, and these rows as they were written.
    since_idle: (Place, Vec<Row>),
}

impl Journal {
    /// Writes through this writer; the clock of `ticks.csv` stood at `offset_ns` when the bench began.
    #[must_use]
    pub fn new(writer: RunWriter, offset_ns: u64) -> Self {
        Self {
            suite: writer.manifest().suite.clone(),
            since_idle: (writer.place(), Vec::new()),
            writer,
            offset_ns,
        }
    }

    /// The writer.
    #[must_use]
    pub fn writer(&self) -> &RunWriter {
        &self.writer
    }

    /// The writer, to change the manifest.
    pub fn writer_mut(&mut self) -> &mut RunWriter {
        &mut self.writer
    }

    /// Measures the idle power, if there is a source to measure it with, writes its row, and completes the rows since the
    /// idle window before.
    ///
    /// # Errors
    /// If the results cannot be written.
    pub fn idle(&mut self, bench: &mut Bench, position: Position) -> Result<(), Error> {
        let Some((before, idle)) = bench.idle() else {
            return Ok(());
        };
        let row = Row {
            suite: self.suite.clone(),
            ..position.of(idle.row(before.as_ref()))
        };
        let (place, mut rows) = std::mem::replace(&mut self.since_idle, (self.writer.place(), Vec::new()));
        if let Some(before) = before
            && !rows.is_empty()
        {
            for row in &mut rows {
                Idle::complete(row, &before, &idle);
            }
            self.writer.rewrite_since(place, &rows)?;
        }
        self.append(bench, row, Some((idle.start, idle.end)))?;
        self.since_idle = (self.writer.place(), Vec::new());
        Ok(())
    }

    /// Writes the ticks so far, the marks of the window, and the row, which is given back with its number.
    ///
    /// # Errors
    /// If the results cannot be written.
    pub fn append(&mut self, bench: &Bench, row: Row, window: Option<(Timestamp, Timestamp)>) -> Result<Row, Error> {
        let mut lines: Vec<TickLine> = bench.meter().drain_ticks().into_iter().map(TickLine::Tick).collect();
        if let Some((begin, end)) = window {
            lines.extend(TickLine::marks(self.writer.next_row(), begin, end));
        }
        let lines: Vec<TickLine> = lines.into_iter().map(|line| line.shifted(self.offset_ns)).collect();
        self.writer.append_ticks(&lines)?;
        let row = self.writer.append(row)?;
        self.since_idle.1.push(row.clone());
        Ok(row)
    }
}
