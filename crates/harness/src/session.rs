//! A session: device, meter and results, opened together. Everything that is measured goes through here.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use joulemark_base::device_class::DeviceClass;
use joulemark_base::timestamp::Timestamp;
use joulemark_energy::Meter;
use joulemark_gpu::{Gpu, GpuError};
use joulemark_records::{Mark, Row, RunState, RunWriter, Status, Tick};

use crate::campaign::Resumable;
use crate::conditions::Conditions;
use crate::idle::Idle;
use crate::options::WINDOW_WITHOUT_SOURCE_S;
use crate::prepared::Verified;
use crate::row::{put_energy, put_estimate, put_window, remark};
use crate::spent::Spent;
use crate::tune::Tuned;
use crate::{Case, Error, Failure, Options, Prepared, Window, devices, manifest};

/// An open measurement.
pub struct Session {
    gpu: Gpu,
    meter: Meter,
    writer: RunWriter,
    options: Options,
    window_s: f64,
    idle: Option<Idle>,
    conditions: Conditions,
    verified: Verified,
    tuned: Option<Tuned>,
    failures: HashMap<String, Failure>,
    windows: u64,
    spent: Spent,
    /// Where the clock of `ticks.csv` stands when this session begins, in nanoseconds.
    offset_ns: u64,
}

/// Where a window stands in a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Position {
    /// Round, from 0.
    pub round: u32,
    /// Place of the case in its round, from 0.
    pub order: u32,
    /// Window of the case in this round, from 0.
    pub window: u32,
}

impl Session {
    /// Opens the adapter, the meter and a fresh run folder, and measures the idle power.
    ///
    /// # Errors
    /// If there is no adapter, an energy source that was named is not there, or the results cannot be written.
    pub fn open(options: &Options, cases: &[Case]) -> Result<Self, Error> {
        let clock = Instant::now();
        let (gpu, meter) = devices::open(options)?;
        let tuned = Tuned::find(&options.tuning, &gpu)?;
        let window_s = options
            .window_s
            .or_else(|| meter.window_s(options.energy_resolution))
            .unwrap_or(WINDOW_WITHOUT_SOURCE_S);
        let host = manifest::host();
        let machine = manifest::machine(&host, gpu.description());
        let mut settings: std::collections::BTreeMap<_, serde_json::Value> = options
            .given
            .iter()
            .chain(&options.notes)
            .map(|(name, value)| (name.to_string(), value.as_str().into()))
            .collect();
        settings.insert("window_s".into(), window_s.into());
        settings.insert("windows".into(), options.windows.into());
        settings.insert("rounds".into(), options.rounds.into());
        settings.insert("seed".into(), options.seed.into());
        if let Some(tuned) = &tuned {
            settings.insert("tuning_table".into(), tuned.file_name().into());
            settings.insert("tuning_sha256".into(), tuned.sha256().into());
        }
        let mut manifest = manifest::manifest(options, host, gpu.description(), meter.inventory(), settings);
        manifest.cases = cases.iter().map(Case::id).collect();
        let date = jiff::Zoned::now().strftime("%Y-%m-%d").to_string();
        let writer = RunWriter::create(&options.out, &machine, &date, manifest)?;
        Self::begin(clock, (gpu, tuned), meter, writer, options, window_s, 0)
    }

    /// Opens a run folder again to go on with it, and measures the idle power anew.
    ///
    /// # Errors
    /// If the adapter or its driver is another one, or as [`open`](Self::open).
    pub fn resume(run: &Resumable) -> Result<Self, Error> {
        let clock = Instant::now();
        let (gpu, meter) = devices::open(&run.options)?;
        let (then, now) = (&run.manifest.adapter, manifest::describe(gpu.description()));
        if (&then.name, &then.driver, &then.driver_info) != (&now.name, &now.driver, &now.driver_info) {
            return Err(Error::Input(format!(
                "{} cannot be resumed: it was measured on {} ({} {}), and this is {} ({} {})",
                run.folder.display(),
                then.name,
                then.driver,
                then.driver_info,
                now.name,
                now.driver,
                now.driver_info
            )));
        }
        let window_s = run.options.window_s.unwrap_or(WINDOW_WITHOUT_SOURCE_S);
        let writer = RunWriter::resume(&run.folder)?;
        let ticks = joulemark_records::read_ticks(&run.folder.join(joulemark_records::TICKS_FILE))?;
        // A second between the two parts: no tick of one can be taken for one of the other.
        let offset_ns = ticks.iter().map(|tick| tick.time_ns + 1_000_000_000).max().unwrap_or(0);
        let tuned = Tuned::find(&run.options.tuning, &gpu)?;
        let mut session = Self::begin(clock, (gpu, tuned), meter, writer, &run.options, window_s, offset_ns)?;
        let hopeless = run.done.hopeless().map(|(case, reason)| {
            let failure = Failure {
                status: Status::Error,
                reason: reason.clone(),
            };
            (case.clone(), failure)
        });
        session.failures.extend(hopeless);
        if run.manifest.state == RunState::Running {
            // It was killed before it could add up: its time is known from its marks, its joules are not.
            session.spent.was_killed_after(1e-9 * offset_ns as f64);
        }
        Ok(session)
    }

    fn begin(
        clock: Instant,
        (gpu, tuned): (Gpu, Option<Tuned>),
        meter: Meter,
        writer: RunWriter,
        options: &Options,
        window_s: f64,
        offset_ns: u64,
    ) -> Result<Self, Error> {
        let mut session = Self {
            spent: Spent::new(clock, meter.now(), writer.manifest().totals.clone()),
            gpu,
            meter,
            writer,
            options: options.clone(),
            window_s,
            idle: None,
            conditions: Conditions::new(options.thermal_gate),
            verified: Verified::default(),
            tuned,
            failures: HashMap::new(),
            windows: 0,
            offset_ns,
        };
        session.idle(Position::default())?;
        Ok(session)
    }

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
        &self.meter
    }

    /// Seconds that a window should last.
    pub fn window_s(&self) -> f64 {
        self.window_s
    }

    /// The run folder.
    pub fn folder(&self) -> &std::path::Path {
        self.writer.dir()
    }

    /// Measures the idle power, if there is a source to measure it with, and writes the row.
    ///
    /// # Errors
    /// If the results cannot be written.
    pub fn idle(&mut self, position: Position) -> Result<(), Error> {
        if self.meter.slowest_period_s().is_none() {
            return Ok(());
        }
        let idle = Idle::measure(&self.meter, self.window_s);
        let mut row = Row {
            case_id: "idle".into(),
            suite: self.options.suite.clone(),
            wall_s: Some(idle.wall_s()),
            ..at(position)
        };
        row.status = Status::Idle;
        put_energy(&mut row, &idle.energy, None);
        if let Some(drift) = self.idle.as_ref().and_then(|before| idle.drift_since(before)) {
            remark(&mut row, &drift);
        }
        self.append(row, Some((idle.start, idle.end)))?;
        self.idle = Some(idle);
        Ok(())
    }

    /// Makes a case ready. A failure gets a row, and its reason is given back.
    ///
    /// # Errors
    /// If the device was lost or hangs, or the results cannot be written.
    pub fn prepare(&mut self, case: &Case, position: Position) -> Result<Result<Prepared, Failure>, Error> {
        let begin = Instant::now();
        let prepared = match self.failures.get(&case.id()) {
            Some(failure) => Err(failure.clone()),
            None => Prepared::new(&self.gpu, &self.tuned(case), self.options.seed, &mut self.verified).and_then(
                |mut prepared| {
                    prepared.warm_up().map_err(|error| Failure {
                        status: Status::Error,
                        reason: error.to_string(),
                    })?;
                    Ok(prepared)
                },
            ),
        };
        self.spent.add("preparation_s", begin.elapsed().as_secs_f64());
        match &prepared {
            Ok(prepared) => {
                self.spent.add("verification_s", prepared.verification_s);
                let (id, hashes) = (case.id(), prepared.hashes.clone());
                if let Some(then) = self.writer.manifest().shaders.get(&id)
                    && *then != hashes
                {
                    return Err(Error::Input(format!(
                        "the shaders of {id} have changed since this run began; begin a new run"
                    )));
                }
                self.writer.update(|manifest| {
                    manifest.shaders.insert(id, hashes);
                })?;
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

    /// A round begins: its windows are compared with each other.
    pub fn begin_round(&mut self) {
        self.conditions.begin_round();
    }

    /// Runs a window: begun at another phase of part-time sensors each time, and run a second time after a pause if it
    /// was throttled or began too warm and the thermal gate asks for that.
    ///
    /// # Errors
    /// If the device was lost or hangs.
    pub fn run_window(&mut self, prepared: &Prepared, iterations: u64) -> Result<Window, GpuError> {
        let first = self.attempt(prepared, iterations)?;
        let (Some(why), Some(pause_s)) = (&first.conditions, self.conditions.pause_s()) else {
            return Ok(first);
        };
        std::thread::sleep(Duration::from_secs_f64(pause_s));
        let second = self.attempt(prepared, iterations)?;
        Ok(Window {
            repeated: Some(why.clone()),
            ..second
        })
    }

    fn attempt(&mut self, prepared: &Prepared, iterations: u64) -> Result<Window, GpuError> {
        std::thread::sleep(Duration::from_secs_f64(self.meter.start_jitter_s(self.windows)));
        self.windows += 1;
        let mut window = Window::run(prepared, &self.meter, iterations)?;
        window.conditions = self.conditions.judge(&window.before, &window.after);
        Ok(window)
    }

    /// Reads the energy of a window and writes its row, which is given back.
    ///
    /// # Errors
    /// If the results cannot be written.
    pub fn record(&mut self, prepared: &Prepared, window: &Window, position: Position) -> Result<Row, Error> {
        let energy = self.meter.measure(window.start, window.end);
        let mut row = self.case_row(&prepared.case, position);
        prepared.case.count(&mut row, &prepared.variant);
        row.relative_error = Some(prepared.check.relative_error);
        row.status = Status::Ok;
        put_window(&mut row, window);
        put_energy(&mut row, &energy, self.idle.as_ref());
        if self.options.allow_estimates && self.gpu.profile().class == DeviceClass::Cpu {
            put_estimate(&mut row, window);
        }
        self.append(row.clone(), Some((window.start, window.end)))?;
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
        self.append(row, None)
    }

    /// Ends the run: a last idle window, totals, state.
    ///
    /// # Errors
    /// If the results cannot be written.
    pub fn finish(mut self, state: RunState) -> Result<std::path::PathBuf, Error> {
        let last_idle = self.idle(Position::default());
        let totals = self.spent.totals(&self.meter);
        self.writer.update(|manifest| {
            manifest.totals.wall_s = totals.wall_s;
            manifest.totals.device_energy_j = totals.device_energy_j;
            manifest.totals.host_energy_j = totals.host_energy_j;
            manifest.totals.parts = totals.parts;
            manifest.state = state;
        })?;
        last_idle?;
        Ok(self.writer.dir().to_path_buf())
    }

    /// The case with the variant that the tuning table has for it.
    fn tuned(&self, case: &Case) -> Case {
        let tuned = self.tuned.as_ref();
        tuned.map_or_else(|| case.clone(), |tuned| tuned.apply(case, self.gpu.profile()))
    }

    fn case_row(&self, case: &Case, position: Position) -> Row {
        let Row {
            round, order, window, ..
        } = at(position);
        let row = self
            .tuned(case)
            .row(&self.options.suite, self.options.seed, self.gpu.profile().class);
        Row {
            round,
            order,
            window,
            ..row
        }
    }

    /// Writes the ticks so far, the marks of the window, and the row.
    fn append(&mut self, row: Row, window: Option<(Timestamp, Timestamp)>) -> Result<(), Error> {
        let mut ticks: Vec<Tick> = self
            .meter
            .drain_ticks()
            .into_iter()
            .map(|raw| tick(raw, self.offset_ns))
            .collect();
        if let Some((start, end)) = window {
            let number = self.writer.next_row();
            ticks.push(Tick::mark(number, self.offset_ns + start.nanos(), Mark::Begin));
            ticks.push(Tick::mark(number, self.offset_ns + end.nanos(), Mark::End));
        }
        self.writer.append_ticks(&ticks)?;
        self.writer.append(row)?;
        Ok(())
    }
}

fn at(position: Position) -> Row {
    Row {
        round: position.round,
        order: position.order,
        window: position.window,
        ..Row::default()
    }
}

fn tick(tick: joulemark_base::tick::Tick, offset_ns: u64) -> Tick {
    Tick {
        source: tick.source,
        after_ns: offset_ns + tick.after_ns.nanos(),
        time_ns: offset_ns + tick.time_ns.nanos(),
        raw: tick.raw,
        unit: tick.unit.to_string(),
        range: tick.range,
        flag: tick.flag.to_string(),
    }
}
