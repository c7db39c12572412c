//! The Criterion driver: `cargo bench` and `cargo test --benches`. In: the suite that the environment names, and
//! Criterion's arguments. Out: Criterion's own reports, a row for each metered window, and a line per case.

mod asked;
mod cut;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, Throughput};
use joulemark::journal::Position;
use joulemark::rule::Rule;
use joulemark::seen::Seen;
use joulemark_gpu::Gpu;
use joulemark_kernels::Op;
use joulemark_records::{Row, RunState, Status};

use self::asked::Asked;
use self::cut::Cut;
use crate::case::Case;
use crate::devices::device;
use crate::error::Error;
use crate::forecast::{Forecast, window_s};
use crate::line::{Lines, Remarks};
use crate::measurement::KernelTime;
use crate::options::Options;
use crate::prepared::{Failure, Prepared};
use crate::session::Session;
use crate::verb::Verb;
use crate::verify::verify;

/// Criterion refuses to work with fewer samples.
const FEWEST_SAMPLES: u32 = 10;
/// Seconds that the whole suite is to be over in.
const PATIENCE_S: f64 = 600.0;
/// What a window is taken to last until the sensors are known: Criterion wants to hear it before anything is opened.
const SUPPOSED_WINDOW_S: f64 = 1.2;

impl Current {
    /// All windows of the case, and their rows: until the precision is reached, and there is a part for each sample.
    fn measure(&mut self, session: &mut Session, rule: &dyn Rule) -> Result<(), Error> {
        let parts = self.cut.parts_per_window(rule.windows()[0]);
        let mut seen = Seen::default();
        while rule.another(&seen) || !self.cut.is_enough() {
            let window = session.run_parts(&self.prepared, parts)?;
            self.cut.add(&window.parts);
            let row = session.record(&self.prepared, &window, self.position)?;
            self.position.window += 1;
            seen.add(&row);
            self.rows.push(row);
        }
        Ok(())
    }
}

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
    asked: Asked,
    /// Those that Criterion will run.
    cases: Vec<Case>,
    /// Cases of all kinds in the suite, each kind of which has a program of its own.
    all: usize,
    lines: Lines,
    session: RefCell<Option<Session>>,
    gpu: RefCell<Option<Gpu>>,
    current: RefCell<Option<Current>>,
    order: Cell<u32>,
    error: RefCell<Option<Error>>,
    wrong: Cell<u32>,
    remarks: RefCell<Remarks>,
}

/// The case that Criterion is at.
struct Current {
    prepared: Rc<Prepared>,
    position: Position,
    /// Whether Criterion has warmed up: it does so with a single call, for ours came before.
    warm: bool,
    rows: Vec<Row>,
    cut: Cut,
}

fn run(op: Op) -> Result<bool, Error> {
    let mut options = Options::from_environment(Verb::Bench)?;
    if options.budget_s.is_some() {
        return Err(Error::Input(
            "JOULEMARK_BUDGET plans the windows of `joulemark run`; here they go on until the precision is reached: use \
             JOULEMARK_UNTIL, JOULEMARK_WINDOW and JOULEMARK_WINDOWS"
                .into(),
        ));
    }
    let cases = options.cases()?;
    let asked = Asked::of(std::env::args().skip(1));
    let mut all = options.share(cases)?;
    all.retain(|case| asked.runs(&case.id()));
    let cases: Vec<_> = all.iter().filter(|case| case.algorithm.op() == op).cloned().collect();
    options.rounds = 1;
    options.patience_s = PATIENCE_S;
    if options.dry_run && !asked.tests && !asked.lists {
        if !cases.is_empty() {
            let window_s = window_s(&options)?;
            let rule = options.rule(all.len(), window_s);
            let forecast = Forecast::planned(&options, rule.as_ref(), cases.len(), window_s);
            println!("{}", forecast.among(all.len(), &options.suite));
        }
        return Ok(true);
    }
    let driver = Rc::new(Driver {
        lines: Lines::of(&cases, options.asked_precision().map(|asked| asked.target)),
        options,
        asked,
        all: all.len(),
        cases: cases.clone(),
        session: RefCell::default(),
        gpu: RefCell::default(),
        current: RefCell::default(),
        order: Cell::new(0),
        error: RefCell::default(),
        wrong: Cell::new(0),
        remarks: RefCell::default(),
    });
    let mut criterion = Criterion::default()
        .with_measurement(KernelTime)
        .nresamples(10_000)
        .configure_from_args();
    for case in &cases {
        let finished = catch_unwind(AssertUnwindSafe(|| {
            if driver.asked.tests {
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
    /// Samples that Criterion wants of a case.
    fn samples(&self) -> u32 {
        self.asked.samples.unwrap_or(FEWEST_SAMPLES).max(FEWEST_SAMPLES)
    }

    /// One benchmark. The session decides how long a window is and how many there are, whatever number of iterations Criterion
    /// asks for: its samples are cut from them, and scaled to that number, which leaves the time per iteration as it is.
    fn measure(&self, criterion: &mut Criterion<KernelTime>, case: &Case) {
        let window_s = match self.session.borrow().as_ref() {
            Some(session) => session.window_s(),
            None => self.options.window_s.unwrap_or(SUPPOSED_WINDOW_S),
        };
        let windows = self.options.rule(self.all, window_s).windows()[0];
        let id = case.id();
        let (group, function) = id.split_once('/').unwrap_or(("", &id));
        let mut group = criterion.benchmark_group(group);
        group
            .sampling_mode(SamplingMode::Flat)
            .sample_size(self.samples() as usize)
            .warm_up_time(Duration::from_nanos(1))
            .measurement_time(Duration::from_secs_f64(f64::from(windows) * window_s))
            .throughput(match case.problem.operations() {
                0 => Throughput::BytesDecimal(case.problem.bytes_min(case.precision)),
                operations => Throughput::Elements(operations),
            });
        group.bench_function(function, |bencher| {
            self.make_ready(case);
            bencher.iter_custom(|iterations| self.sample(iterations));
        });
    }

    /// A sample of so many iterations. The first of a case is Criterion's warm-up and is not metered; with the second all windows
    /// of the case are measured.
    fn sample(&self, iterations: u64) -> Duration {
        let mut current = self.current.borrow_mut();
        let mut session = self.session.borrow_mut();
        let (Some(current), Some(session)) = (current.as_mut(), session.as_mut()) else {
            self.leave()
        };
        if self.asked.profiles || !current.warm {
            current.warm = true;
            let begin = Instant::now();
            if let Err(error) = session.run(&current.prepared, iterations) {
                self.fail(error.into());
            }
            return begin.elapsed();
        }
        if !current.cut.is_enough()
            && let Err(error) = current.measure(session, self.options.rule(self.all, session.window_s()).as_ref())
        {
            self.fail(error);
        }
        Duration::from_secs_f64(current.cut.next() * iterations as f64)
    }

    /// Makes the case ready, once; leaves the benchmark if that fails.
    fn make_ready(&self, case: &Case) {
        let is_ready = |current: &Current| current.prepared.case.id() == case.id();
        if self.current.borrow().as_ref().is_some_and(is_ready) {
            return;
        }
        let position = Position {
            order: self.order.replace(self.order.get() + 1),
            ..Position::default()
        };
        if self.session.borrow().is_none() {
            match Session::open(&self.options, &self.cases) {
                Ok(session) => {
                    let rule = self.options.rule(self.all, session.window_s());
                    let forecast =
                        Forecast::planned(&self.options, rule.as_ref(), self.cases.len(), session.window_s());
                    println!("\n{}", forecast.among(self.all, &self.options.suite));
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
                    prepared,
                    position,
                    warm: self.asked.is_quick,
                    rows: Vec::new(),
                    cut: Cut::of(self.samples()),
                });
            }
            Ok(Err(failure)) => self.give_up(case, &failure),
            Err(error) => self.fail(error),
        }
    }

    /// The line after a benchmark.
    fn report(&self, case: &Case) {
        let Some(current) = self.current.take() else { return };
        if current.rows.is_empty() {
            return;
        }
        println!("{}", self.lines.line(case, &current.rows, true));
        for remark in self.remarks.borrow_mut().of(case, &current.rows) {
            println!("{remark}");
        }
    }

    /// One correctness test in Criterion's test mode.
    fn test(&self, criterion: &mut Criterion<KernelTime>, case: &Case) {
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
            bencher.iter_custom(|_| Duration::ZERO);
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
            println!("results: {}", session.finish(state)?.0.display());
        }
        Ok(())
    }
}
