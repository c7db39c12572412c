//! A session: a device, a [`Bench`] and a run folder, opened together. In: cases, made ready one by one. Out: their rows.

mod open;

pub(crate) use open::bench;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

use joulemark::bench::Bench;
use joulemark::journal::{Journal, Position};
use joulemark::window::Window;
use joulemark::work::Work;
use joulemark_base::device_class::DeviceClass;
use joulemark_energy::{EnergyEstimate, Meter};
use joulemark_gpu::{Gpu, GpuError};
use joulemark_records::{Row, RunState, Status, Totals};

use crate::case::Case;
use crate::error::Error;
use crate::options::Options;
use crate::prepared::{Failure, Prepared};
use crate::spent::{Part, Spent};
use crate::tune::Tuned;
use crate::verified::Verified;

/// Buffers of cases that stay ready, in all.
const KEPT_BYTES: u64 = 512 << 20;

/// An open measurement.
pub struct Session {
    gpu: Gpu,
    bench: Bench,
    journal: Journal,
    options: Options,
    verified: Verified,
    tuned: Option<Tuned>,
    failures: HashMap<String, Failure>,
    /// Cases of more than one round stay ready, as long as their buffers are small.
    kept: HashMap<String, Rc<Prepared>>,
    spent: Spent,
    /// Where the last row stands.
    last: Position,
}

impl Session {
    /// The options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What the run has cost so far.
    pub(crate) fn spent(&mut self) -> &mut Spent {
        &mut self.spent
    }

    /// Whether a case was refused, wrong or broken in this session.
    pub(crate) fn has_failed(&self, case: &Case) -> bool {
        self.failures.contains_key(&case.id())
    }

    /// The device.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// The meter.
    pub fn meter(&self) -> &Meter {
        self.bench.meter()
    }

    /// Seconds that a window should last.
    pub fn window_s(&self) -> f64 {
        self.bench.window_s()
    }

    /// The run folder.
    pub fn folder(&self) -> &Path {
        self.journal.writer().dir()
    }

    /// Measures the idle power, if there is a source to measure it with, and writes the row.
    ///
    /// # Errors
    /// If the results cannot be written.
    pub fn idle(&mut self, position: Position) -> Result<(), Error> {
        let begin = Instant::now();
        self.journal.idle(&mut self.bench, position)?;
        self.spent.add(Part::Idle, begin.elapsed().as_secs_f64());
        Ok(())
    }

    /// Makes a case ready. A failure gets a row, and its reason is given back.
    ///
    /// # Errors
    /// If the device was lost or hangs, or the results cannot be written.
    pub fn prepare(&mut self, case: &Case, position: Position) -> Result<Result<Rc<Prepared>, Failure>, Error> {
        let prepared = match (self.failures.get(&case.id()), self.kept.get(&case.id())) {
            (Some(failure), _) => Err(failure.clone()),
            (None, Some(kept)) => {
                let kept = Rc::clone(kept);
                self.warm_up(&kept).map(|()| kept)
            }
            (None, None) => self.make_ready(case).map(Rc::new),
        };
        match &prepared {
            Ok(prepared) => {
                if !self.keeps(case) {
                    self.keep(prepared);
                }
            }
            Err(failure) => {
                self.failures.insert(case.id(), failure.clone());
                self.record_unmeasured(case, position, failure.status, failure.reason.clone())?;
                // The other cases would fail too, for no fault of theirs.
                self.gpu.usable()?;
            }
        }
        Ok(prepared)
    }

    /// Compiled, verified and warm.
    fn make_ready(&mut self, case: &Case) -> Result<Prepared, Failure> {
        let case = self.tuned(case);
        let prepared = Prepared::new(&self.gpu, &case, self.options.seed, &mut self.verified)?;
        self.spent.add_all(&prepared.parts);
        self.warm_up(&prepared)?;
        Ok(prepared)
    }

    /// Whether a case stays ready from round to round.
    pub(crate) fn keeps(&self, case: &Case) -> bool {
        self.kept.contains_key(&case.id())
    }

    fn keep(&mut self, prepared: &Rc<Prepared>) {
        let bytes: u64 = self.kept.values().map(|kept| kept.bytes).sum();
        if self.options.rounds > 1 && bytes + prepared.bytes <= KEPT_BYTES {
            self.kept.insert(prepared.case.id(), Rc::clone(prepared));
        }
    }

    /// Runs a case that was verified until its time per iteration is steady.
    ///
    /// # Errors
    /// If it broke off.
    pub fn warm_up(&mut self, prepared: &Prepared) -> Result<(), Failure> {
        let mut work = prepared;
        let begin = Instant::now();
        let warm = self.bench.warm_up(&mut work, prepared.warm.get());
        self.spent.add(Part::WarmUp, begin.elapsed().as_secs_f64());
        prepared.warm.set(warm.map_err(|error| Failure {
            status: Status::Error,
            reason: error.to_string(),
        })?);
        Ok(())
    }

    /// A round begins: its windows are compared with each other.
    pub fn begin_round(&mut self) {
        self.bench.begin_round();
    }

    /// Runs a case that is ready outside any window.
    ///
    /// # Errors
    /// If the device was lost or hangs.
    pub(crate) fn run(&self, prepared: &Prepared, iterations: u64) -> Result<(), GpuError> {
        let mut work = prepared;
        work.run(iterations, prepared.warm.get().batch())
    }

    /// Runs a window of a case that is ready.
    ///
    /// # Errors
    /// If the device was lost or hangs.
    pub fn run_window(&mut self, prepared: &Prepared) -> Result<Window, GpuError> {
        self.run_parts(prepared, 1)
    }

    /// The same, with the time of so many parts of it too.
    pub(crate) fn run_parts(&mut self, prepared: &Prepared, parts: u32) -> Result<Window, GpuError> {
        let begin = Instant::now();
        let mut warm = prepared.warm.get();
        let window = self.bench.run_parts(&mut &*prepared, &mut warm, parts);
        prepared.warm.set(warm);
        let window_s = window.as_ref().map_or(0.0, Window::wall_s);
        self.spent.add(Part::Windows, window_s);
        self.spent.add(Part::Waiting, begin.elapsed().as_secs_f64() - window_s);
        window
    }

    /// Reads the energy of a window and writes its row, which is given back.
    ///
    /// # Errors
    /// If the results cannot be written.
    pub fn record(&mut self, prepared: &Prepared, window: &Window, position: Position) -> Result<Row, Error> {
        let row = self.row(prepared, window, position);
        self.append(row, window)
    }

    /// Reads the energy of a window; its row is not written yet.
    pub(crate) fn row(&mut self, prepared: &Prepared, window: &Window, position: Position) -> Row {
        let mut row = self.case_row(&prepared.case, position);
        prepared.case.count(&mut row, &prepared.variant);
        let is_verified = prepared.check.is_verified();
        row.relative_error = Some(prepared.check.relative_error).filter(|_| is_verified);
        let begin = Instant::now();
        let mut row = self.bench.row(window, row);
        self.spent.add(Part::Waiting, begin.elapsed().as_secs_f64());
        if !is_verified && row.status == Status::Ok {
            row.status = Status::Unverified;
            row.reason = "the suite says nothing of what this kernel's output should be".into();
        }
        if self.options.allow_estimates && self.gpu.profile().class == DeviceClass::Cpu {
            let estimate = window.cpu_s.map(EnergyEstimate::of_cpu_seconds);
            row.est_energy_low_j = estimate.map(|estimate| estimate.low_j);
            row.est_energy_mid_j = estimate.map(|estimate| estimate.mid_j);
            row.est_energy_high_j = estimate.map(|estimate| estimate.high_j);
        }
        row
    }

    /// Writes the row of a window.
    pub(crate) fn append(&mut self, row: Row, window: &Window) -> Result<Row, Error> {
        self.last = Position {
            round: row.round,
            order: row.order,
            window: row.window,
        };
        let begin = Instant::now();
        let row = self
            .journal
            .append(&self.bench, row, Some((window.start, window.end)))?;
        self.spent.add(Part::Writing, begin.elapsed().as_secs_f64());
        Ok(row)
    }

    /// Writes the row of a case that was not measured there: it failed, broke off, or is left out.
    ///
    /// # Errors
    /// If the results cannot be written.
    pub fn record_unmeasured(
        &mut self,
        case: &Case,
        position: Position,
        status: Status,
        reason: String,
    ) -> Result<(), Error> {
        let row = Row {
            status,
            reason,
            ..self.case_row(case, position)
        };
        self.journal.append(&self.bench, row, None)?;
        Ok(())
    }

    /// Ends the run: a last idle window, in the round of the last row; totals; state. Gives the folder and the totals.
    ///
    /// # Errors
    /// If the results cannot be written.
    pub fn finish(mut self, state: RunState) -> Result<(PathBuf, Totals), Error> {
        let after = Position {
            order: self.last.order + 1,
            window: 0,
            ..self.last
        };
        let last_idle = self.idle(after);
        let Totals {
            wall_s,
            device_energy_j,
            host_energy_j,
            parts,
            ..
        } = self.spent.totals(self.bench.meter());
        self.journal.writer_mut().update(|manifest| {
            manifest.totals = Totals {
                wall_s,
                device_energy_j,
                host_energy_j,
                parts,
                ..manifest.totals.clone()
            };
            manifest.state = state;
        })?;
        last_idle?;
        Ok((
            self.folder().to_path_buf(),
            self.journal.writer().manifest().totals.clone(),
        ))
    }

    /// The case with the variant that the tuning table has for it.
    fn tuned(&self, case: &Case) -> Case {
        let tuned = self.tuned.as_ref();
        tuned.map_or_else(|| case.clone(), |tuned| tuned.apply(case, self.gpu.profile()))
    }

    fn case_row(&self, case: &Case, position: Position) -> Row {
        let class = self.gpu.profile().class;
        position.of(self.tuned(case).row(&self.options.suite, self.options.seed, class))
    }
}
