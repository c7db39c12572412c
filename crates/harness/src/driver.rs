//! The Criterion driver: `cargo bench` and `cargo test --benches`.

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

use crate::devices::device;
use crate::measurement::{EnergyAndTime, Sample, Sink};
use crate::options::WINDOW_WITHOUT_SOURCE_S;
use crate::{Case, EnergySummary, Error, Failure, Options, Prepared, Session, verify};

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
    cases: Vec<Case>,
    session: RefCell<Option<Session>>,
    gpu: RefCell<Option<Gpu>>,
    current: RefCell<Option<Current>>,
    order: Cell<u32>,
    error: RefCell<Option<Error>>,
    wrong: Cell<u32>,
}

/// The case that Criterion is at.
struct Current {
    prepared: Rc<Prepared>,
    position: Position,
    rows: Vec<Row>,
}

fn run(op: Op) -> Result<bool, Error> {
    let mut options = Options::from_environment(crate::Verb::Bench)?;
    if options.budget_s.is_some() {
        return Err(Error::Input(
            "JOULEMARK_BUDGET plans the windows of `joulemark run`; Criterion plans its own: use JOULEMARK_WINDOW and \
             JOULEMARK_WINDOWS"
                .into(),
        ));
    }
    let cases = options.cases()?;
    let cases = options.share(cases)?;
    let cases: Vec<_> = cases.into_iter().filter(|c| c.algorithm.op() == op).collect();
    let arguments: Vec<_> = std::env::args().collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let testing = has("--test") || !has("--bench");
    let driver = Rc::new(Driver {
        options,
        cases: cases.clone(),
        session: RefCell::default(),
        gpu: RefCell::default(),
        current: RefCell::default(),
        order: Cell::new(0),
        error: RefCell::default(),
        wrong: Cell::new(0),
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
            if testing {
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
    /// One benchmark. Criterion's warm-up comes after ours: it finds how many iterations fill a sample.
    fn measure(&self, criterion: &mut Criterion<EnergyAndTime>, case: &Case) {
        let window_s = Cell::new(self.options.window_s.unwrap_or(WINDOW_WITHOUT_SOURCE_S));
        if let Some(session) = self.session.borrow().as_ref() {
            window_s.set(session.window_s());
        }
        let windows = self.options.windows.max(10);
        let id = case.id();
        let (group, function) = id.split_once('/').unwrap_or(("", &id));
        let mut group = criterion.benchmark_group(group);
        group
            .sampling_mode(SamplingMode::Flat)
            .sample_size(windows as usize)
            .warm_up_time(Duration::from_secs_f64((0.5 * window_s.get()).max(0.05)))
            .measurement_time(Duration::from_secs_f64(f64::from(windows) * window_s.get()))
            .throughput(match case.problem.operations() {
                0 => Throughput::BytesDecimal(case.problem.bytes_min(case.precision)),
                operations => Throughput::Elements(operations),
            });
        group.bench_function(function, |bencher| {
            let prepared = self.prepared(case);
            bencher.iter_custom(|iterations| {
                let mut session = self.session.borrow_mut();
                let Some(open) = session.as_mut() else { self.leave() };
                match open.run_window(&prepared, iterations) {
                    Ok(window) => Sample(Some(window)),
                    Err(error) => {
                        drop(session);
                        self.fail(error.into());
                    }
                }
            });
        });
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
                Ok(session) => *self.session.borrow_mut() = Some(session),
                Err(error) => self.fail(error),
            }
        }
        let prepared = match self.session.borrow_mut().as_mut() {
            Some(session) => session.prepare(case, position),
            None => self.leave(),
        };
        match prepared {
            Ok(Ok(prepared)) => {
                let prepared = Rc::new(prepared);
                let current = Current {
                    prepared: Rc::clone(&prepared),
                    position,
                    rows: Vec::new(),
                };
                *self.current.borrow_mut() = Some(current);
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
        if let Some(summary) = self.current.take().and_then(|current| EnergySummary::of(&current.rows)) {
            println!("{} energy: {summary}", case.id());
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
