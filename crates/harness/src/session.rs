//! A session: device, meter and results, opened together. Everything that is measured goes through here.

use std::time::Duration;

use joulemark_energy::{DeviceIdentity, Meter, Request, SourceChoice};
use joulemark_gpu::{Adapter, Gpu, GpuError};
use joulemark_kernels::DeviceClass;
use joulemark_records::{Mark, Row, RunState, RunWriter, Status, Tick};

use crate::conditions::Conditions;
use crate::idle::Idle;
use crate::options::WINDOW_WITHOUT_SOURCE_S;
use crate::row::{put_energy, put_estimate, put_window, remark};
use crate::{Case, Error, Failure, Options, Prepared, Window, manifest};

/// An open measurement.
pub struct Session {
    gpu: Gpu,
    meter: Meter,
    writer: RunWriter,
    options: Options,
    window_s: f64,
    idle: Option<Idle>,
    conditions: Conditions,
    windows: u64,
    began: joulemark_energy::Timestamp,
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
    pub fn open(options: &Options) -> Result<Self, Error> {
        let adapter = Adapter::choose(options.adapter.as_deref())?;
        let gpu = adapter.open()?;
        let mut meter = Meter::open(&Request::new(identity(&adapter), options.energy.clone()));
        expect_source(&meter, &options.energy)?;
        meter.start();
        let began = meter.now();
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
        let manifest = manifest::manifest(options, host, gpu.description(), meter.inventory(), settings);
        let date = jiff::Zoned::now().strftime("%Y-%m-%d").to_string();
        let writer = RunWriter::create(&options.out, &machine, &date, manifest)?;
        let mut session = Self {
            gpu,
            meter,
            writer,
            options: options.clone(),
            window_s,
            idle: None,
            conditions: Conditions::new(options.thermal_gate),
            windows: 0,
            began,
        };
        session.idle(Position::default())?;
        Ok(session)
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
    /// If the results cannot be written.
    pub fn prepare(&mut self, case: &Case, position: Position) -> Result<Result<Prepared, Failure>, Error> {
        let prepared =
            Prepared::new(&self.gpu, case, self.options.seed).and_then(|mut prepared| match prepared.warm_up() {
                Ok(()) => Ok(prepared),
                Err(error) => Err(Failure {
                    status: Status::Error,
                    reason: error.to_string(),
                }),
            });
        match &prepared {
            Ok(prepared) => {
                let (id, hashes) = (case.id(), prepared.hashes.clone());
                self.writer.update(|manifest| {
                    manifest.shaders.insert(id, hashes);
                })?;
            }
            Err(failure) => {
                let mut row = self.case_row(case, position);
                row.status = failure.status;
                row.reason = failure.reason.clone();
                self.append(row, None)?;
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
        prepared.case.count(&mut row, &prepared.tuning);
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

    /// Writes the row of a window that broke off.
    ///
    /// # Errors
    /// If the results cannot be written.
    pub fn record_error(&mut self, case: &Case, position: Position, reason: String) -> Result<(), Error> {
        let row = Row {
            status: Status::Error,
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
        self.idle(Position::default())?;
        let end = self.meter.now();
        let total = self.meter.measure(self.began, end);
        let wall_s = end.seconds_since(self.began);
        self.writer.update(|manifest| {
            manifest.totals.wall_s = Some(wall_s);
            manifest.totals.device_energy_j = total.device.energy_j;
            manifest.totals.host_energy_j = total.host.energy_j;
            manifest.state = state;
        })?;
        Ok(self.writer.dir().to_path_buf())
    }

    fn case_row(&self, case: &Case, position: Position) -> Row {
        let Row {
            round, order, window, ..
        } = at(position);
        let row = case.row(&self.options.suite, self.options.seed, self.gpu.profile().class);
        Row {
            round,
            order,
            window,
            ..row
        }
    }

    /// Writes the ticks so far, the marks of the window, and the row.
    fn append(
        &mut self,
        row: Row,
        window: Option<(joulemark_energy::Timestamp, joulemark_energy::Timestamp)>,
    ) -> Result<(), Error> {
        let mut ticks: Vec<Tick> = self.meter.drain_ticks().into_iter().map(tick).collect();
        if let Some((start, end)) = window {
            let number = self.writer.next_row();
            ticks.push(Tick::mark(number, start.nanos(), Mark::Begin));
            ticks.push(Tick::mark(number, end.nanos(), Mark::End));
        }
        self.writer.append_ticks(&ticks)?;
        self.writer.append(row)?;
        Ok(())
    }
}

/// Whoever names a source wants its joules, or the reason before minutes of measuring without it.
fn expect_source(meter: &Meter, choice: &SourceChoice) -> Result<(), Error> {
    if matches!(choice, SourceChoice::Auto | SourceChoice::None) || meter.slowest_period_s().is_some() {
        return Ok(());
    }
    let absences: Vec<_> = meter
        .inventory()
        .unavailable
        .iter()
        .map(|absence| absence.to_string())
        .collect();
    let why = if absences.is_empty() {
        "it tells nothing of this device".to_string()
    } else {
        absences.join(" ")
    };
    Err(Error::NoSource(format!(
        "no energy can be measured with `{choice}`: {why}"
    )))
}

fn at(position: Position) -> Row {
    Row {
        round: position.round,
        order: position.order,
        window: position.window,
        ..Row::default()
    }
}

fn tick(tick: joulemark_energy::RawTick) -> Tick {
    Tick {
        source: tick.source,
        after_ns: tick.after_ns.nanos(),
        time_ns: tick.time_ns.nanos(),
        raw: tick.raw,
        unit: tick.unit.to_string(),
        range: tick.range,
        flag: tick.flag.to_string(),
    }
}

/// The device whose joules are wanted.
pub fn identity(adapter: &Adapter) -> DeviceIdentity {
    let description = adapter.describe();
    DeviceIdentity {
        class: match adapter.class() {
            DeviceClass::Discrete => joulemark_energy::DeviceClass::Discrete,
            DeviceClass::Integrated => joulemark_energy::DeviceClass::Integrated,
            DeviceClass::Cpu => joulemark_energy::DeviceClass::Cpu,
            DeviceClass::Other => joulemark_energy::DeviceClass::Other,
        },
        pci_bus_id: description.pci_bus_id,
        name: description.name,
    }
}
