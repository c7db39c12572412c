//! The one path that measures. In: a meter, and work of any kind. Out: windows, idle windows, and rows.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use joulemark_base::device_class::DeviceClass;
use joulemark_energy::{DeviceIdentity, Meter};
use joulemark_records::{Row, Status};

use crate::conditions::Conditions;
use crate::folder::Folder;
use crate::idle::Idle;
use crate::row::{put_energy, put_window};
use crate::settings::Settings;
use crate::span::Spans;
use crate::warm::Warm;
use crate::window::{Length, Window};
use crate::work::Work;

/// Length of a window without an energy source: long enough for the clock, short enough for a suite of minutes.
pub const WINDOW_WITHOUT_SOURCE_S: f64 = 0.1;
/// A window that stood still is repeated so often; then its row says so.
const TRIES: u32 = 3;

/// A meter and the way to use it: every window of this project is measured here.
pub struct Bench {
    meter: Arc<Meter>,
    settings: Settings,
    window_s: f64,
    conditions: Conditions,
    /// Windows so far: each begins at another phase of part-time sensors.
    windows: u64,
    idle: Option<Idle>,
    spans: Arc<Spans>,
    folder: Arc<Mutex<Folder>>,
}

impl Bench {
    /// Measures with this meter, whose sampler is started.
    #[must_use]
    pub fn new(meter: Meter, settings: &Settings) -> Self {
        Self::of(meter, settings, DeviceIdentity::named(DeviceClass::Other, "device"))
    }

    /// The same, for results that say which device this is.
    pub(crate) fn of(mut meter: Meter, settings: &Settings, device: DeviceIdentity) -> Self {
        meter.start();
        let window_s = settings.window_s.or_else(|| meter.window_s());
        Self {
            window_s: window_s.unwrap_or(WINDOW_WITHOUT_SOURCE_S),
            conditions: Conditions::new(settings.thermal_gate),
            windows: 0,
            idle: None,
            spans: Arc::default(),
            folder: Arc::new(Mutex::new(Folder::new(device, meter.inventory().clone(), settings))),
            settings: settings.clone(),
            meter: Arc::new(meter),
        }
    }

    /// The meter.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    pub(crate) fn shared_meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    pub(crate) fn spans(&self) -> Arc<Spans> {
        Arc::clone(&self.spans)
    }

    pub(crate) fn folder(&self) -> Arc<Mutex<Folder>> {
        Arc::clone(&self.folder)
    }

    /// What steers it.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Seconds that a window should last.
    #[must_use]
    pub fn window_s(&self) -> f64 {
        self.window_s
    }

    /// The last idle window.
    #[must_use]
    pub fn last_idle(&self) -> Option<&Idle> {
        self.idle.as_ref()
    }

    /// Measures the idle power, again if the process or the machine stood still; `None` without a source to measure it with. The idle window before it is given back beside
    /// the new one: rows between the two can be [completed](Idle::complete).
    pub fn idle(&mut self) -> Option<(Option<Idle>, Idle)> {
        self.meter.slowest_period_s()?;
        let measure = || Idle::measure(&self.meter, self.window_s);
        let stood_still = |idle: &Idle| self.meter.interruption(idle.start, idle.end).is_some();
        let mut idle = measure();
        for _ in 1..TRIES {
            if stood_still(&idle) {
                idle = measure();
            }
        }
        Some((self.idle.replace(idle.clone()), idle))
    }

    /// A round begins: start temperatures are compared within it.
    pub fn begin_round(&mut self) {
        self.conditions.begin_round();
    }

    /// Runs work until its time per iteration is steady; `before` is what is known of it, [`Warm::cold`] if nothing.
    ///
    /// # Errors
    /// The work's.
    pub fn warm_up<W: Work>(&self, work: &mut W, before: Warm) -> Result<Warm, W::Error> {
        before.up(work)
    }

    /// Runs a window of [`window_s`](Self::window_s): begun at another phase of part-time sensors each time; run again if the
    /// process or the machine stood still in it, and once more after a pause if the thermal gate asks for that. Its time
    /// corrects `warm`, from which the number of iterations in the next one follows.
    ///
    /// # Errors
    /// The work's.
    pub fn run_window<W: Work>(&mut self, work: &mut W, warm: &mut Warm) -> Result<Window, W::Error> {
        self.run_parts(work, warm, 1)
    }

    /// The same, with the time of so many parts of it too, each of one iteration at least.
    ///
    /// # Errors
    /// The work's.
    pub fn run_parts<W: Work>(&mut self, work: &mut W, warm: &mut Warm, parts: u32) -> Result<Window, W::Error> {
        self.gated(work, warm, Length::Seconds(self.window_s, parts))
    }

    /// The same with so many iterations, however long they take.
    ///
    /// # Errors
    /// The work's.
    pub fn run_iterations<W: Work>(
        &mut self,
        work: &mut W,
        warm: &mut Warm,
        iterations: u64,
    ) -> Result<Window, W::Error> {
        self.gated(work, warm, Length::Iterations(iterations))
    }

    fn gated<W: Work>(&mut self, work: &mut W, warm: &mut Warm, length: Length) -> Result<Window, W::Error> {
        let first = self.awake(work, warm, length)?;
        let (Some(why), Some(pause_s)) = (&first.conditions, self.conditions.pause_s()) else {
            return Ok(first);
        };
        std::thread::sleep(Duration::from_secs_f64(pause_s));
        let second = self.awake(work, warm, length)?;
        Ok(Window {
            repeated: Some(why.clone()),
            ..second
        })
    }

    fn awake<W: Work>(&mut self, work: &mut W, warm: &mut Warm, length: Length) -> Result<Window, W::Error> {
        let mut repeated = None;
        let mut tries = 0;
        loop {
            std::thread::sleep(Duration::from_secs_f64(self.meter.start_jitter_s(self.windows)));
            self.windows += 1;
            tries += 1;
            let mut window = Window::run(work, warm, &self.meter, length)?;
            let still = self.meter.interruption(window.start, window.end);
            window.conditions = self.conditions.judge(&window.before, &window.after);
            window.repeated = repeated;
            match still {
                Some(why) if tries < TRIES => repeated = Some(why),
                Some(why) => {
                    window.conditions = Some(why);
                    return Ok(window);
                }
                None => {
                    *warm = warm.corrected(window.wall_s(), window.iterations);
                    return Ok(window);
                }
            }
        }
    }

    /// Asks for the energy of a window and completes its row: times, energies, the device's state, and what speaks against
    /// them. The row brings what the work is.
    #[must_use]
    pub fn row(&self, window: &Window, row: Row) -> Row {
        let mut row = Row {
            status: Status::Ok,
            ..row
        };
        put_window(&mut row, window);
        put_energy(
            &mut row,
            &self.meter.measure(window.start, window.end),
            Idle::watts(self.idle.as_ref()),
        );
        row
    }
}
