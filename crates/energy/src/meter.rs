//! The meter: everything that knows what a device costs in joules. In: a request, then windows. Out:
//! energies, states, ticks, and the inventory. Opening never fails: what is missing is a value with a reason.

use crate::absence::Absence;
use crate::absence::Lack;
use crate::choice::SourceChoice;
use crate::inventory::SourceEntry;
use crate::inventory::{Inventory, ReadingCost};
use crate::mirror;
use crate::poller::{Poller, SharedTimeline};
use crate::probe::{Probed, probe};
use crate::reading::EnergyReading;
use crate::request::Request;
use crate::sampler::Sampler;
use crate::schedule::{Attention, Pace, Schedule, share};
use crate::source::Description;
use crate::sources::simulated::SimulatedLoad;
use crate::sources::{self, Found};
use crate::state::DeviceState;
use crate::state::StateReader;
use crate::sum::{Part, Sum};
use crate::window_energy::WindowEnergy;
use crate::window_length::{self, TICKS_PER_WINDOW};
use joulemark_base::domain::Domain;
use joulemark_base::role::Role;
use joulemark_base::tick::Tick;
use joulemark_base::timestamp::Clock;
use joulemark_base::timestamp::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long to wait for the first reading of every source.
const FIRST_READINGS: Duration = Duration::from_millis(200);

/// Sources, their sampler and their timelines.
pub struct Meter {
    clock: Clock,
    request: Request,
    inventory: Inventory,
    timelines: Vec<SharedTimeline>,
    /// Until the sampler starts, which takes them over.
    pollers: Mutex<Vec<Poller>>,
    sampler: Option<Sampler>,
    states: Vec<Box<dyn StateReader>>,
    load: Option<SimulatedLoad>,
}

impl Meter {
    /// Finds the sensors of the request's device and measures how often they update, which takes up to 1.2 s.
    #[must_use]
    pub fn open(request: &Request) -> Self {
        Self::with(sources::find(request), request)
    }

    fn with(found: Found, request: &Request) -> Self {
        let clock = Clock::start();
        let Found {
            mut sources,
            absences,
            states,
            load,
            unused,
        } = found;
        let (probed, seen) = probe(&mut sources, clock);
        let descriptions: Vec<_> = sources.iter().map(|source| source.description().clone()).collect();
        let mirrors = mirror::find(&descriptions, &seen);
        let attention = attention(&descriptions, &probed);
        let mut meter = Self {
            clock,
            request: request.clone(),
            inventory: Inventory {
                sources: Vec::new(),
                unavailable: absences,
                unused,
            },
            timelines: Vec::new(),
            pollers: Mutex::default(),
            sampler: None,
            states,
            load,
        };
        let pollers = meter.pollers.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (index, (source, probed)) in sources.into_iter().zip(probed).enumerate() {
            let stated_s = source.description().update_period_s;
            let pace = Pace {
                period_s: probed.period_s.unwrap_or(stated_s),
                wraps_after_s: source.description().wraps_after_s(),
                read_cost_s: probed.read_cost_s,
                share: share(attention[index], &attention),
            };
            let schedule = Schedule::new(&pace, index as u64);
            let poller = Poller::new(source, schedule);
            poller.timeline().lock().set_probed(&probed);
            if let Some(original) = &mirrors[index] {
                poller.timeline().lock().set_mirror_of(original);
            }
            let description = poller.timeline().lock().description().clone();
            meter.inventory.sources.push(SourceEntry {
                description,
                tick_s: poller.step_s(),
                read_cost_s: probed.read_cost_s,
                lives: !probed.stood_still,
            });
            meter.timelines.push(poller.timeline());
            pollers.push(poller);
        }
        meter
    }

    /// What there is to measure with, and what is missing and why.
    #[must_use]
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// Starts the sampler's thread and waits, at most a fifth of a second, for the first reading of every source. Without
    /// sources it still notices when the process or the machine stands still. Starting twice changes nothing.
    pub fn start(&mut self) {
        if self.sampler.is_some() {
            return;
        }
        match Sampler::start(
            std::mem::take(self.pollers.get_mut().unwrap_or_else(PoisonError::into_inner)),
            self.clock,
        ) {
            Ok(sampler) => {
                let has_begun = |timeline: &SharedTimeline| timeline.lock().last_read.is_some();
                sampler.wait_until(FIRST_READINGS, || self.timelines.iter().all(has_begun));
                self.sampler = Some(sampler);
            }
            Err(error) => {
                self.inventory.sources.clear();
                self.timelines.clear();
                self.inventory.unavailable.push(Absence::new(
                    Lack::Forbidden,
                    "sampler",
                    format!("The system gave no thread for reading the sensors ({error})."),
                    "Raise the limit of processes (`ulimit -u`).",
                ));
            }
        }
    }

    /// Stops reading, or goes on: for measuring what the reading itself costs. A window that holds a pause is invalid.
    pub fn pause(&self, paused: bool) {
        if let Some(sampler) = &self.sampler {
            sampler.pause(paused);
        }
    }

    /// The moment now, on the clock of all ticks.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The energy between two moments. Waits until the sensors have been read late enough, at most three periods of the
    /// slowest one and half a second.
    #[must_use]
    pub fn measure(&self, start: Timestamp, end: Timestamp) -> WindowEnergy {
        let counted: Vec<&SharedTimeline> = self.timelines.iter().filter(|timeline| counts(timeline)).collect();
        if !counted.is_empty()
            && let Some(sampler) = &self.sampler
        {
            let longest = Duration::from_secs_f64(0.5 + 3.0 * self.slowest_period_s().unwrap_or(0.0));
            sampler.wait_until(longest, || {
                counted.iter().all(|timeline| timeline.lock().has_seen(start, end))
            });
        }
        let parts: Vec<Part> = self
            .timelines
            .iter()
            .map(|timeline| {
                let timeline = timeline.lock();
                Part {
                    description: timeline.description().clone(),
                    measured: timeline.energy(start, end),
                }
            })
            .collect();
        let of = |role| {
            Sum::of(&parts, role).unwrap_or_else(|| Sum {
                reading: EnergyReading::unavailable(self.why_none(role)),
                suspicions: Vec::new(),
            })
        };
        WindowEnergy::of(of(Role::Device), of(Role::Host), &parts, self.interruption(start, end))
    }

    /// What made the process or the machine stand still between two moments: a window that holds such a halt should be
    /// measured again. `None` if nothing did.
    #[must_use]
    pub fn interruption(&self, start: Timestamp, end: Timestamp) -> Option<String> {
        self.sampler.as_ref()?.interruption(start, end)
    }

    /// Why no source counts towards this role.
    fn why_none(&self, role: Role) -> String {
        if role == Role::Host && self.request.device.is_in_package() {
            return "the kernels run in the CPU package, whose energy is the device energy already".to_owned();
        }
        if role == Role::Host && self.load.is_some() {
            return "the simulated source has no host".to_owned();
        }
        let of_packages = role == Role::Host || self.request.device.is_in_package();
        let concerned: &[&str] = if of_packages {
            &["rapl", "perf", "hwmon"]
        } else {
            &["nvml", "hwmon"]
        };
        // Whoever chose a source by name wants to hear of that one.
        let by_name = self.request.choice != SourceChoice::Auto;
        let about = |absence: &&Absence| {
            let family = absence.source.split(':').next().unwrap_or_default();
            by_name || concerned.contains(&family) || family == "sampler"
        };
        let reasons: Vec<&str> = self
            .inventory
            .unavailable
            .iter()
            .filter(about)
            .map(|absence| absence.reason.as_str())
            .collect();
        if reasons.is_empty() {
            format!(
                "none of the chosen sources (`{}`) tells the {role} energy",
                self.request.choice
            )
        } else {
            reasons.join(" ")
        }
    }

    /// The device's state now, from every reader that knows some of it.
    #[must_use]
    pub fn state(&self) -> DeviceState {
        self.states
            .iter()
            .fold(DeviceState::default(), |state, reader| state.or(reader.state()))
    }

    /// The raw ticks since the last call, for `ticks.csv`, in order of time.
    #[must_use]
    pub fn drain_ticks(&self) -> Vec<Tick> {
        let mut ticks: Vec<Tick> = self
            .timelines
            .iter()
            .flat_map(|timeline| timeline.lock().drain())
            .collect();
        ticks.sort_by_key(|tick| tick.time_ns);
        ticks
    }

    /// What following each source has cost so far.
    #[must_use]
    pub fn reading_costs(&self) -> Vec<ReadingCost> {
        let cost = |timeline: &SharedTimeline| {
            let timeline = timeline.lock();
            let source = timeline.description().id.clone();
            ReadingCost {
                source,
                readings: timeline.readings,
                reading_s: timeline.reading_s,
            }
        };
        self.timelines.iter().map(cost).collect()
    }

    /// CPU seconds that the sampler's thread has spent so far, its waiting and waking included; `None` where it does not
    /// run or the system does not tell.
    #[must_use]
    pub fn sampler_cpu_s(&self) -> Option<f64> {
        self.sampler.as_ref()?.cpu_s()
    }

    /// The period of the slowest source that counts, in seconds; `None` without one.
    #[must_use]
    pub fn slowest_period_s(&self) -> Option<f64> {
        let periods_s = self.counted().map(|entry| entry.description.update_period_s);
        periods_s.max_by(f64::total_cmp)
    }

    /// The seconds that a window lasts: twelve ticks of the slowest source that counts, as often as they are caught, after
    /// the time by which it lags; `None` without a source.
    #[must_use]
    pub fn window_s(&self) -> Option<f64> {
        let needed_s = self.counted().map(|entry| {
            let tick_s = entry.description.update_period_s.max(entry.tick_s);
            TICKS_PER_WINDOW * tick_s + entry.description.lag_s
        });
        needed_s.max_by(f64::total_cmp)
    }

    /// How long to wait before window number `index` for the sake of sensors that look only part of the time.
    #[must_use]
    pub fn start_jitter_s(&self, index: u64) -> f64 {
        window_length::start_jitter_s(self.counted().map(|entry| &entry.description), index)
    }

    /// The sources that count, and those that stand in for the ones that stood still from the beginning.
    fn counted(&self) -> impl Iterator<Item = &SourceEntry> {
        let sources = &self.inventory.sources;
        let counts = |entry: &SourceEntry| matches!(entry.description.role, Role::Device | Role::Host);
        let dead = sources.iter().filter(move |entry| !entry.lives && counts(entry));
        let dead: Vec<&str> = dead.map(|entry| entry.description.id.as_str()).collect();
        let stands_in =
            move |entry: &SourceEntry| entry.lives && dead.iter().any(|id| entry.description.can_stand_in_for(id));
        sources.iter().filter(move |entry| counts(entry) || stands_in(entry))
    }

    /// With a simulated source: the handle that says when the device is busy and tells the true joules.
    #[must_use]
    pub fn simulated_load(&self) -> Option<&SimulatedLoad> {
        self.load.as_ref()
    }
}

/// How closely each source is followed: those whose joules count or that stand in for a dead one, then the wholes of which
/// they are parts and the chips that are parts of them.
fn attention(descriptions: &[Description], probed: &[Probed]) -> Vec<Attention> {
    let listed = |description: &Description| description.role == Role::Listed;
    let dead = |id: &str| {
        let mut both = descriptions.iter().zip(probed);
        both.any(|(other, probed)| other.id == id && !listed(other) && probed.stood_still)
    };
    let of = |description: &Description| {
        let mut others = descriptions.iter();
        if !listed(description) || others.any(|other| dead(&other.id) && description.can_stand_in_for(&other.id)) {
            Attention::Counts
        } else if matches!(description.domain, Domain::Platform | Domain::Chip) {
            Attention::Checks
        } else {
            Attention::Listed
        }
    };
    descriptions.iter().map(of).collect()
}

fn counts(timeline: &SharedTimeline) -> bool {
    timeline.lock().description().role != Role::Listed
}
