//! A program that prints readings. In: its command line. Out: the last reading that it printed. Its garbage, its
//! silence and its death are faults like any sensor's; it is started again after its death, and ended with the meter.

use super::Refusal;
use super::line;
use super::spec::WattmeterSpec;
use crate::absence::Lack;
use crate::source::{Description, Fault, Source};
use crate::step::seconds;
use joulemark_base::timestamp::Timestamp;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// So many readings over so long a time tell the period; the first may come in a burst.
const FIRST_READINGS: usize = 4;
const FIRST_TIME: Duration = Duration::from_millis(400);
/// So many arrivals are remembered.
const ARRIVALS: usize = 1024;
/// The first readings are awaited for so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// After its death the program is started again so much later.
const RESTART: Duration = Duration::from_secs(1);
/// A reading is a shorter line.
const LONGEST_LINE: u64 = 1 << 16;
/// The program has fallen silent after so many of its periods, and a second.
const SILENT_PERIODS: f64 = 5.0;

/// What the thread that reads the program has seen.
#[derive(Default)]
struct State {
    child: Option<Child>,
    raw: Option<u64>,
    readings: u64,
    arrived: Vec<Instant>,
    garbage: Option<String>,
    ended: Option<String>,
    stop: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The running program.
pub(super) struct Program {
    description: Description,
    period_s: f64,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the program and waits for its first readings.
pub(super) fn open(description: Description, command: &str, spec: &WattmeterSpec) -> Result<Program, Refusal> {
    let shared = Arc::new(Shared::default());
    let thread = {
        let (shared, command, spec) = (Arc::clone(&shared), command.to_owned(), spec.clone());
        std::thread::Builder::new()
            .name("joulemark-wattmeter".into())
            .spawn(move || follow(&shared, &command, &spec))
    };
    let thread = thread.map_err(|error| {
        let reason = format!("The system gave no thread for the program ({error}).");
        (
            Lack::Forbidden,
            reason,
            "Raise the limit of processes (`ulimit -u`).".to_owned(),
        )
    })?;
    let mut program = Program {
        description,
        period_s: 0.1,
        shared,
        thread: Some(thread),
    };
    program.await_first(command)?;
    Ok(program)
}

impl Program {
    fn await_first(&mut self, command: &str) -> Result<(), Refusal> {
        let shared = Arc::clone(&self.shared);
        let (state, _) = shared
            .changed
            .wait_timeout_while(shared.lock(), PATIENCE, |state| {
                let is_old = state.arrived.first().is_some_and(|first| first.elapsed() >= FIRST_TIME);
                state.ended.is_none() && !(is_old && state.arrived.len() >= FIRST_READINGS)
            })
            .unwrap_or_else(PoisonError::into_inner);
        if state.raw.is_none() {
            let (lack, what) = match (&state.ended, &state.garbage) {
                (_, Some(garbage)) => (Lack::Broken, format!("prints no readings: {garbage}")),
                (Some(ended), None) => (Lack::Missing, format!("gave no reading and {ended}")),
                (None, None) => (
                    Lack::NotYet,
                    format!("printed no reading within {}", seconds(PATIENCE.as_secs_f64())),
                ),
            };
            let fix = "Run it in a terminal: it must print one reading a line, VALUE, TIME VALUE or JSON with field=NAME, and \
                       flush each (`stdbuf -oL`, `fflush()` in awk).";
            return Err((lack, format!("The program `{command}` {what}."), fix.to_owned()));
        }
        let period_s = match state.arrived[..] {
            [first, .., last] => {
                let steps = (state.arrived.len() - 1) as f64;
                Some(((last - first).as_secs_f64() / steps).clamp(1e-3, 60.0))
            }
            _ => None,
        };
        drop(state);
        self.description.period_measured = period_s.is_some();
        // A lone reading within the patience comes from a slow meter.
        self.period_s = period_s.unwrap_or(PATIENCE.as_secs_f64());
        self.description.update_period_s = self.period_s;
        Ok(())
    }
}

impl Source for Program {
    fn description(&self) -> &Description {
        &self.description
    }

    fn read(&mut self, _now: Timestamp) -> Result<u64, Fault> {
        let mut state = self.shared.lock();
        if let Some(ended) = &state.ended {
            return Err(Fault::Vanished(format!("the program {ended}")));
        }
        if let Some(garbage) = state.garbage.take() {
            return Err(Fault::Read(garbage));
        }
        let silent_s = state.arrived.last().map_or(0.0, |last| last.elapsed().as_secs_f64());
        if silent_s > 1.0 + SILENT_PERIODS * self.period_s {
            return Err(Fault::Vanished(format!(
                "the program has printed nothing for {}",
                seconds(silent_s)
            )));
        }
        state
            .raw
            .ok_or_else(|| Fault::Read("the program has printed no reading so far".to_owned()))
    }

    fn updates(&self) -> Option<u64> {
        Some(self.shared.lock().readings)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.stop = true;
        if let Some(child) = &mut state.child {
            end(child);
        }
        drop(state);
        self.shared.changed.notify_all();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the thread that read the wattmeter's program panicked");
        }
    }
}

/// Runs the program until the meter is dropped, again and again if it ends.
fn follow(shared: &Shared, command: &str, spec: &WattmeterSpec) {
    loop {
        let ended = match start(shared, command) {
            Ok(Some(stdout)) => {
                read_lines(shared, stdout, spec);
                let child = shared.lock().child.take();
                match child.map(|mut child| child.wait()) {
                    Some(Ok(status)) => format!("ended ({status})"),
                    _ => "ended".to_owned(),
                }
            }
            Ok(None) => return,
            Err(error) => format!("could not be started ({error})"),
        };
        let mut state = shared.lock();
        state.ended = Some(ended);
        state.arrived.clear();
        shared.changed.notify_all();
        let (state, _) = shared
            .changed
            .wait_timeout_while(state, RESTART, |state| !state.stop)
            .unwrap_or_else(PoisonError::into_inner);
        if state.stop {
            return;
        }
    }
}

/// Starts the program; `None` if the meter is being dropped.
fn start(shared: &Shared, command: &str) -> io::Result<Option<ChildStdout>> {
    let mut state = shared.lock();
    if state.stop {
        return Ok(None);
    }
    let mut child = shell(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let stdout = child.stdout.take();
    state.child = Some(child);
    Ok(stdout)
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    use std::os::unix::process::CommandExt;
    let mut shell = Command::new("sh");
    // A group of its own: Ctrl-C shall end the last window, not its meter, and dropping ends all that the line started.
    shell.args(["-c", command]).process_group(0);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]);
    shell
}

fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Ok(group) = libc::pid_t::try_from(child.id()) {
        // SAFETY: the group is that of our own child, which has not been waited for, so its number is not another's.
        unsafe { libc::killpg(group, libc::SIGKILL) };
    }
    // What has ended already cannot be killed.
    drop(child.kill());
}

fn read_lines(shared: &Shared, stdout: ChildStdout, spec: &WattmeterSpec) {
    let mut lines = BufReader::new(stdout);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        // A line without an end is read in pieces, each of which is garbage.
        match lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let read = line::read(&String::from_utf8_lossy(&bytes), spec.reading, spec.field.as_deref());
        let mut state = shared.lock();
        match read {
            Some(Ok(raw)) => {
                state.raw = Some(raw);
                state.readings += 1;
                state.ended = None;
                state.arrived.push(Instant::now());
                if state.arrived.len() > ARRIVALS {
                    state.arrived.drain(..ARRIVALS / 2);
                }
            }
            Some(Err(garbage)) => state.garbage = Some(garbage),
            None => {}
        }
        drop(state);
        shared.changed.notify_all();
    }
}
