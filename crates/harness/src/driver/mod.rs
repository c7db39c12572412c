//! The Criterion driver: `cargo bench` and `cargo test --benches`. In: the suite that the environment names, and
//! Criterion's arguments. Out: Criterion's own reports, a row for each of its samples, and a line per case.

mod asked;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput};
use joulemark::journal::Position;
use joulemark::window::Window;
use joulemark_gpu::Gpu;
use joulemark_kernels::Op;
use joulemark_records::{Row, RunState, Status};

use self::asked::Asked;
use crate::devices::device;
use crate::forecast::Forecast;
use crate::line::{Lines, no_joules_because, suspected};
use crate::measurement::{EnergyAndTime, Sample, Sink};
use crate::{Case, Error, Failure, Options, Prepared, Session, Verb, verify};

/// Criterion refuses to work with fewer samples.
const FEWEST_SAMPLES: u32 = 10;
/// What a window is taken to last until the sensors are known: Criterion wants to hear it before anything is opened.
const SUPPOSED_WINDOW_S: f64 = 1.2;

/// Benchmarks the cases of one kind in the suite that the environment names. Under `cargo test --benches` each case is
/// verified instead and nothing is written. Nothing is touched before a benchmark's own closure runs.
pub fn bench(op: Op) -> ExitCode {
    match run(op) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// Thrown through Criterion, which has no other way to leave a benchmark without a number.
struct Left;

/// What the benchmarks of one process share.
struct Driver {
    options: Options,
    /// Those that Criterion will run.
    cases: Vec<Case>,
    lines: Lines,
    session: RefCell<Option<Session>>,
    gpu: RefCell<Option<Gpu>>,
    current: RefCell<Option<Current>>,
    order: Cell<u32>,
    error: RefCell<Option<Error>>,
    wrong: Cell<u32>,
    /// What was said once already.
    said: RefCell<Vec<String>>,
}

/// The case that Criterion is at.
struct Current {
    prepared: Rc<Prepared>,
    position: Position,
    /// Whether Criterion has warmed up: it does so with a single call, for ours came before.
    warm: Cell<bool>,
    rows: Vec<Row>,
}

fn run(op: Op) -> Result<bool, Error> {
    let mut options = Options::from_environment(Verb::Bench)?;
    if options.budget_s.is_some() {
        return Err(Error::Input(
            "JOULEMARK_BUDGET plans the windows of `joulemark run`; Criterion plans its own: use JOULEMARK_WINDOW and \
             JOULEMARK_WINDOWS"
                .into(),
        ));
    }
    let cases = options.cases()?;
    let cases = options.share(cases)?;
    let mut cases: Vec<_> = cases.into_iter().filter(|case| case.algorithm.op() == op).collect();
    let asked = Asked::of(std::env::args().skip(1));
    cases.retain(|case| asked.runs(&case.id()));
    options.windows = Some(
        asked
            .samples
            .or(options.windows)
            .unwrap_or(FEWEST_SAMPLES)
            .max(FEWEST_SAMPLES),
    );
    options.rounds = 1;
    if options.dry_run && !asked.tests {
        println!("{}", Forecast::of(&options, cases.len())?);
        return Ok(true);
    }
    let driver = Rc::new(Driver {
        lines: Lines::of(&cases, options.until),
        options,
        cases: cases.clone(),
        session: RefCell::default(),
        gpu: RefCell::default(),
        current: RefCell::default(),
        order: Cell::new(0),
        error: RefCell::default(),
        wrong: Cell::new(0),
        said: RefCell::default(),
    });
    let sink: Sink = {
        let driver = Rc::clone(&driver);
        Rc::new(RefCell::new(move |window: &Window| driver.record(window)))
    };
    let mut criterion = Criterion::default()
        .with_measurement(EnergyAndTime::new(sink))
        .nresamples(10_000)
        .configure_from_args();
    for case in &cases {
        let finished = catch_unwind(AssertUnwindSafe(|| {
            if asked.tests {
                driver.test(&mut criterion, case)
            } else {
                driver.measure(&mut criterion, case)
            }
        }));
        if let Err(panic) = finished
            && !panic.is::<Left>()
        {
            resume_unwind(panic);
        }
        if let Some(error) = driver.error.take() {
            driver.close(RunState::Failed {
                reason: error.to_string(),
            })?;
            return Err(error);
        }
        driver.report(case);
    }
    criterion.final_summary();
    driver.close(RunState::Complete)?;
    Ok(driver.wrong.get() == 0)
}

impl Driver {
    /// One benchmark. The session decides how long a window is, whatever number of iterations Criterion asks for: its
    /// samples are scaled to that number, which leaves the time per iteration as it is.
    fn measure(&self, criterion: &mut Criterion<EnergyAndTime>, case: &Case) {
        let window_s = match self.session.borrow().as_ref() {
            Some(session) => session.window_s(),
            None => self.options.window_s.unwrap_or(SUPPOSED_WINDOW_S),
        };
        let windows = self.options.windows.unwrap_or(FEWEST_SAMPLES);
        let id = case.id();
        let (group, function) = id.split_once('/').unwrap_or(("", &id));
        let mut group = criterion.benchmark_group(group);
        group
            .sampling_mode(SamplingMode::Flat)
            .sample_size(windows as usize)
            .warm_up_time(Duration::from_nanos(1))
            .measurement_time(Duration::from_secs_f64(f64::from(windows) * window_s))
            .throughput(match case.problem.operations() {
                0 => Throughput::BytesDecimal(case.problem.bytes_min(case.precision)),
                operations => Throughput::Elements(operations),
            });
        group.bench_function(function, |bencher| {
            let prepared = self.prepared(case);
            bencher.iter_custom(|iterations| self.sample(&prepared, iterations));
        });
    }

    /// A window as a sample of so many iterations; the first of a case is Criterion's warm-up and no window.
    fn sample(&self, prepared: &Prepared, iterations: u64) -> Sample {
        let mut session = self.session.borrow_mut();
        let Some(open) = session.as_mut() else { self.leave() };
        let cold = self
            .current
            .borrow()
            .as_ref()
            .is_some_and(|current| !current.warm.replace(true));
        let window = if cold {
            open.run(prepared, iterations).map(|()| None)
        } else {
            open.run_window(prepared, prepared.iterations_in(open.window_s()))
                .map(Some)
        };
        match window {
            Ok(window) => Sample { window, iterations },
            Err(error) => {
                drop(session);
                self.fail(error.into());
            }
        }
    }

    /// The case made ready, once; leaves the benchmark if that fails.
    fn prepared(&self, case: &Case) -> Rc<Prepared> {
        let same = |current: &&Current| current.prepared.case.id() == case.id();
        if let Some(current) = self.current.borrow().as_ref().filter(same) {
            return Rc::clone(&current.prepared);
        }
        let position = Position {
            order: self.order.replace(self.order.get() + 1),
            ..Position::default()
        };
        if self.session.borrow().is_none() {
            match Session::open(&self.options, &self.cases) {
                Ok(session) => {
                    println!("\n{}", Forecast::in_session(&session, self.cases.len()));
                    *self.session.borrow_mut() = Some(session);
                }
                Err(error) => self.fail(error),
            }
        }
        let prepared = match self.session.borrow_mut().as_mut() {
            Some(session) => session.prepare(case, position),
            None => self.leave(),
        };
        match prepared {
            Ok(Ok(prepared)) => {
                *self.current.borrow_mut() = Some(Current {
                    prepared: Rc::clone(&prepared),
                    position,
                    warm: Cell::new(false),
                    rows: Vec::new(),
                });
                prepared
            }
            Ok(Err(failure)) => self.give_up(case, &failure),
            Err(error) => self.fail(error),
        }
    }

    /// Writes a measured window; Criterion calls it through `to_f64`.
    fn record(&self, window: &Window) {
        let mut current = self.current.borrow_mut();
        let (Some(current), Some(session)) = (current.as_mut(), &mut *self.session.borrow_mut()) else {
            return;
        };
        match session.record(&current.prepared, window, current.position) {
            Ok(row) => current.rows.push(row),
            Err(error) => self.fail(error),
        }
        current.position.window += 1;
    }

    /// The line after a benchmark.
    fn report(&self, case: &Case) {
        let Some(current) = self.current.take() else { return };
        if current.rows.is_empty() {
            return;
        }
        println!("{}", self.lines.line(case, &current.rows));
        if let Some(reason) = no_joules_because(&current.rows) {
            self.say_once(&format!("joules are not measured: {reason}"));
        }
        if let Some(reason) = suspected(&current.rows) {
            self.say_once(&format!("suspect: {reason}"));
        }
    }

    fn say_once(&self, text: &str) {
        let mut said = self.said.borrow_mut();
        if !said.iter().any(|earlier| earlier == text) {
            println!("{text}");
            said.push(text.into());
        }
    }

    /// One correctness test in Criterion's test mode.
    fn test(&self, criterion: &mut Criterion<EnergyAndTime>, case: &Case) {
        criterion.bench_function(&case.id(), |bencher| {
            if self.gpu.borrow().is_none() {
                match device(&self.options) {
                    Ok(gpu) => *self.gpu.borrow_mut() = Some(gpu),
                    Err(error) => self.fail(error),
                }
            }
            let outcome = self
                .gpu
                .borrow()
                .as_ref()
                .map(|gpu| verify(gpu, case, self.options.seed).result);
            if let Some(Err(failure)) = outcome {
                self.give_up(case, &failure);
            }
            bencher.iter_custom(|_| Sample::default());
        });
    }

    /// A refusal is no fault; a wrong result and an error are.
    fn give_up(&self, case: &Case, failure: &Failure) -> ! {
        println!("{} {}: {}", case.id(), failure.status, failure.reason);
        if failure.status != Status::Refused {
            self.wrong.set(self.wrong.get() + 1);
        }
        self.leave()
    }

    /// Ends the whole run.
    fn fail(&self, error: Error) -> ! {
        *self.error.borrow_mut() = Some(error);
        self.leave()
    }

    fn leave(&self) -> ! {
        // Unlike a panic this prints nothing; `run` catches it.
        resume_unwind(Box::new(Left))
    }

    fn close(&self, state: RunState) -> Result<(), Error> {
        if let Some(session) = self.session.take() {
            println!("results: {}", session.finish(state)?.display());
        }
        Ok(())
    }
}
