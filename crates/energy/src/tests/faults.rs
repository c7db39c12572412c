//! Faults, injected into a sensor of a device that draws 100 W, in virtual time. In: what goes wrong and when.
//! Out: what the row says; the table stands in the README. Most are bugs that other tools had.

use crate::poller::Poller;
use crate::reading::EnergyReading;
use crate::schedule::{Attention, Pace, Schedule, share};
use crate::source::{Description, Fault, Source};
use crate::sum::{Part, Sum};
use crate::window_energy::WindowEnergy;
use joulemark_base::domain::Domain;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_base::timestamp::Timestamp;
use joulemark_base::unit::Unit;
use std::fmt::Write;

/// A sensor that shows what a function of time says.
struct Script {
    description: Description,
    shows: fn(f64) -> Result<u64, Fault>,
}

impl Source for Script {
    fn description(&self) -> &Description {
        &self.description
    }

    fn read(&mut self, now: Timestamp) -> Result<u64, Fault> {
        // An update every 20 ms.
        (self.shows)((now.seconds() / PERIOD_S).floor() * PERIOD_S)
    }
}

const PERIOD_S: f64 = 0.02;
/// The counter wraps after 300 J, every three seconds.
const RANGE_UJ: u64 = 300_000_000;
/// The window in question.
const WINDOW_S: (f64, f64) = (4.0, 8.0);

fn counter(shows: fn(f64) -> Result<u64, Fault>) -> Script {
    scripted("gpu:energy", Unit::Microjoule, shows)
}

fn scripted(id: &str, unit: Unit, shows: fn(f64) -> Result<u64, Fault>) -> Script {
    let description = Description {
        update_period_s: PERIOD_S,
        period_measured: true,
        power_limit_w: Some(200.0),
        ..Description::new(id, "scripted", Domain::Board, unit, Role::Device)
    };
    Script { description, shows }
}

fn wrapping(shows: fn(f64) -> Result<u64, Fault>) -> Script {
    let mut script = counter(shows);
    script.description.wrap_range = Some(RANGE_UJ);
    script
}

fn power(shows: fn(f64) -> Result<u64, Fault>) -> Script {
    scripted("gpu:power", Unit::Microwatt, shows)
}

/// Microjoules after so many seconds at 100 W.
fn true_uj(at_s: f64) -> u64 {
    (at_s * 1e8).round() as u64
}

/// Reads the sensor by its plan up to the tenth second, but not while `asleep`.
fn run(script: Script, asleep_s: (f64, f64)) -> Poller {
    let pace = Pace {
        period_s: PERIOD_S,
        wraps_after_s: script.description.wraps_after_s(),
        read_cost_s: 5e-6,
        share: share(Attention::Counts, &[Attention::Counts]),
    };
    let schedule = Schedule::new(&pace, 1);
    let mut poller = Poller::new(Box::new(script), schedule);
    while poller.due().seconds() < 10.0 {
        let due_s = poller.due().seconds();
        let at_s = if due_s >= asleep_s.0 && due_s < asleep_s.1 {
            asleep_s.1
        } else {
            due_s
        };
        poller.poll(|| Timestamp::from_s(at_s));
    }
    poller
}

const AWAKE: (f64, f64) = (f64::INFINITY, f64::INFINITY);

fn part(poller: &Poller, window_s: (f64, f64)) -> Part {
    let timeline = poller.timeline();
    let timeline = timeline.lock();
    Part {
        description: timeline.description().clone(),
        measured: timeline.energy(Timestamp::from_s(window_s.0), Timestamp::from_s(window_s.1)),
    }
}

/// The row of a window of these sources.
fn window(parts: &[Part]) -> WindowEnergy {
    let device = Sum::of(parts, Role::Device).expect("a device");
    let host = Sum {
        reading: EnergyReading::unavailable("no host"),
        suspicions: Vec::new(),
    };
    WindowEnergy::of(device, host, parts, None)
}

fn row(poller: &Poller, window_s: (f64, f64)) -> EnergyReading {
    window(&[part(poller, window_s)]).device
}

fn text(energy: &WindowEnergy) -> String {
    let reading = &energy.device;
    let reason = if reading.reason.is_empty() {
        String::new()
    } else {
        format!(": {}", reading.reason)
    };
    let suspect = energy
        .suspect
        .as_ref()
        .map_or_else(String::new, |text| format!(", suspect: {text}"));
    match (reading.energy_j, reading.u_j) {
        (Some(energy_j), Some(u_j)) => format!("{}, {energy_j:.0} ± {u_j:.1} J{reason}{suspect}", reading.quality),
        _ => format!("{}{reason}", reading.quality),
    }
}

/// What is expected of a row.
#[derive(Clone, Copy)]
enum Expect {
    /// The true 400 J, and this word in the reason.
    Known(&'static str),
    /// A number, and this word in what makes it suspect.
    Suspect(&'static str),
    /// No number, and this word in the reason.
    Unknown(&'static str),
}

/// The fault, where it is injected, the sensor, when nobody reads it, and what is expected.
type Case = (&'static str, &'static str, Script, (f64, f64), Expect);

#[test]
fn every_fault_has_its_own_row_and_no_number_where_nothing_is_known() {
    use Expect::{Known, Suspect, Unknown};
    let cases: [Case; 23] = [
        ("none", "nowhere", counter(|at| Ok(true_uj(at))), AWAKE, Known("")),
        (
            "wrap",
            "the counter holds 300 J",
            wrapping(|at| Ok(true_uj(at) % RANGE_UJ)),
            AWAKE,
            Known("wrapped"),
        ),
        (
            "wraps unseen",
            "nobody reads from 5.0 to 7.5 s, time for more than one wrap",
            wrapping(|at| Ok(true_uj(at) % RANGE_UJ)),
            (5.0, 7.5),
            Unknown("gap"),
        ),
        (
            "sampler asleep",
            "nobody reads from 5.0 to 7.5 s, the counter does not wrap",
            counter(|at| Ok(true_uj(at))),
            (5.0, 7.5),
            Known(""),
        ),
        (
            "reset",
            "the counter starts again at zero at 5 s",
            counter(|at| Ok(if at < 5.0 { true_uj(at) } else { true_uj(at - 5.0) })),
            AWAKE,
            Unknown("reset"),
        ),
        (
            "negative step",
            "the counter falls by 200 J at 5 s",
            counter(|at| Ok(if at < 5.0 { true_uj(at) } else { true_uj(at - 2.0) })),
            AWAKE,
            Unknown("negative_step"),
        ),
        (
            "jump",
            "the counter rises by 5 kJ at 5 s",
            counter(|at| Ok(if at < 5.0 { true_uj(at) } else { true_uj(at + 50.0) })),
            AWAKE,
            Unknown("implausible"),
        ),
        (
            "stall",
            "the counter stands still from 5 to 7 s",
            counter(|at| {
                Ok(if at < 5.0 {
                    true_uj(at)
                } else {
                    true_uj(at.max(7.0) - 2.0)
                })
            }),
            AWAKE,
            Unknown("stall"),
        ),
        (
            "dead counter",
            "the counter always shows 0",
            counter(|_| Ok(0)),
            AWAKE,
            Unknown("stall"),
        ),
        (
            "read error",
            "every seventh value cannot be read",
            counter(|at| {
                let failed = (at / PERIOD_S).round() as u64 % 7 == 3;
                if failed {
                    Err(Fault::Read("I/O error".into()))
                } else {
                    Ok(true_uj(at))
                }
            }),
            AWAKE,
            Known("failed"),
        ),
        (
            "permission lost",
            "every reading fails from 5 s on",
            counter(|at| {
                if at < 5.0 {
                    Ok(true_uj(at))
                } else {
                    Err(Fault::Read("permission denied".into()))
                }
            }),
            AWAKE,
            Unknown("vanished"),
        ),
        (
            "vanished device",
            "the sensor is gone from 5 s on",
            counter(|at| {
                if at < 5.0 {
                    Ok(true_uj(at))
                } else {
                    Err(Fault::Vanished("its file is gone".into()))
                }
            }),
            AWAKE,
            Unknown("vanished"),
        ),
        (
            "vanished and back",
            "the sensor is gone from 5 to 6 s",
            counter(|at| {
                if (5.0..6.0).contains(&at) {
                    Err(Fault::Vanished("its file is gone".into()))
                } else {
                    Ok(true_uj(at))
                }
            }),
            AWAKE,
            Unknown("vanished"),
        ),
        (
            "hidden fall",
            "the counter falls by 3 J at 5 s, while nobody reads from 4.96 to 5.04 s",
            counter(|at| Ok(if at < 5.0 { true_uj(at) } else { true_uj(at - 0.03) })),
            (4.96, 5.04),
            Suspect("-3.000 J off the line"),
        ),
        (
            "slip of units",
            "the counter counts millijoules as microjoules",
            counter(|at| Ok(true_uj(at) / 1000)),
            AWAKE,
            Suspect("is its unit another"),
        ),
        (
            "over the limit",
            "the counter rises by 260 W, the limit is 200 W",
            counter(|at| Ok(true_uj(2.6 * at))),
            AWAKE,
            Suspect("at most 240 W (1.2 times the 200 W of its power limit)"),
        ),
        (
            "steady power",
            "the power reads 100 W once a second for 20 ms, else 101 W",
            power(|at| Ok(if at.fract() < 0.015 { 100_000_000 } else { 101_000_000 })),
            AWAKE,
            Known(""),
        ),
        (
            "whole watts, never moving",
            "the power reads 100 W and never changes",
            power(|_| Ok(100_000_000)),
            AWAKE,
            Suspect("it may be frozen"),
        ),
        (
            "frozen power",
            "the power reads 97.214 W from 2 s on",
            power(|at| Ok(97_214_000 + if at < 2.0 { (at * 1e6) as u64 } else { 0 })),
            AWAKE,
            Unknown("frozen"),
        ),
        (
            "falling power",
            "the power falls evenly from 120 W at 4 s to 80 W at 8 s",
            power(|at| Ok(((120.0 - 10.0 * (at - 4.0)) * 1e6) as u64)),
            AWAKE,
            Known(""),
        ),
        (
            "zero power",
            "the power reads 0 W at 5 s",
            power(|at| Ok(if (5.0..5.1).contains(&at) { 0 } else { 100_000_000 })),
            AWAKE,
            Unknown("0 W"),
        ),
        (
            "absurd power",
            "the power reads 3.69 TW at 5 s",
            power(|at| {
                Ok(if (5.0..5.1).contains(&at) {
                    3_690_000_000_000_000_000
                } else {
                    100_000_000
                })
            }),
            AWAKE,
            Unknown("implausible"),
        ),
        (
            "power unread",
            "nobody reads from 5.0 to 7.5 s",
            power(|at| Ok(100_000_000 + (at * 1e3) as u64)),
            (5.0, 7.5),
            Unknown("gap"),
        ),
    ];
    let mut table = String::from("| fault | where injected | what the row says |\n| --- | --- | --- |\n");
    for (name, place, script, asleep_s, expect) in cases {
        let energy = window(&[part(&run(script, asleep_s), WINDOW_S)]);
        let reading = &energy.device;
        let _ = writeln!(table, "| {name} | {place} | {} |", text(&energy));
        match expect {
            Known(word) => {
                let (energy_j, u_j) = (reading.energy_j.expect(name), reading.u_j.expect(name));
                assert!((energy_j - 400.0).abs() <= u_j.max(4.0), "{name}: {energy_j} ± {u_j}");
                assert!(u_j < 8.0, "{name}: {u_j}");
                assert!(reading.reason.contains(word), "{name}: {}", reading.reason);
                assert_eq!(word.is_empty(), reading.reason.is_empty(), "{name}: {}", reading.reason);
                assert_eq!(energy.suspect, None, "{name}");
            }
            Suspect(word) => {
                let suspect = energy.suspect.as_deref().expect(name);
                assert!(
                    reading.energy_j.is_some() && suspect.contains(word),
                    "{name}: {suspect}"
                );
            }
            Unknown(word) => {
                assert_eq!((reading.energy_j, reading.u_j), (None, None), "{name}");
                assert_eq!(reading.quality, Quality::Invalid, "{name}");
                assert!(reading.reason.contains(word), "{name}: {}", reading.reason);
            }
        }
    }
    add_window_faults(&mut table);
    println!("{table}");
    assert!(
        include_str!("../../README.md").contains(&table),
        "crates/energy/README.md has another fault table"
    );
}

/// Faults of the window, not of the sensor.
fn add_window_faults(table: &mut String) {
    let steady = run(counter(|at| Ok(true_uj(at))), AWAKE);
    for (name, place, window_s, word) in [
        (
            "too short",
            "a window of 5 ms, the counter updates every 20 ms",
            (4.0, 4.005),
            "not once",
        ),
        (
            "empty window",
            "a window that ends when it starts",
            (4.0, 4.0),
            "after it starts",
        ),
        (
            "sampler dead",
            "a window that ends 2 s after the last reading",
            (9.0, 12.0),
            "last read",
        ),
    ] {
        let energy = window(&[part(&steady, window_s)]);
        let reading = &energy.device;
        assert_eq!((reading.energy_j, reading.quality), (None, Quality::Invalid), "{name}");
        assert!(reading.reason.contains(word), "{name}: {}", reading.reason);
        let _ = writeln!(table, "| {name} | {place} | {} |", text(&energy));
    }
    let short = window(&[part(&steady, (4.005, 4.215))]);
    let (energy_j, u_j) = (short.device.energy_j.expect("ticks"), short.device.u_j.expect("ticks"));
    assert!((energy_j - 21.0).abs() < u_j && u_j > 1.0, "{energy_j} ± {u_j}");
    assert!(
        short
            .suspect
            .as_ref()
            .is_some_and(|text| text.contains("longer window")),
        "{short:?}"
    );
    let _ = writeln!(
        table,
        "| few ticks | a window of 210 ms, a few ticks | {} |",
        text(&short)
    );
    for (name, place, parts, word) in beside(&steady) {
        let energy = window(&parts);
        let all = text(&energy);
        assert!(all.contains(word), "{name}: {all}");
        let _ = writeln!(table, "| {name} | {place} | {all} |");
    }
}

/// Sources beside each other: twins, parts and stand-ins.
fn beside(steady: &Poller) -> Vec<(&'static str, &'static str, Vec<Part>, &'static str)> {
    let with = |mut part: Part, id: &str, change: &dyn Fn(&mut Description)| {
        part.description.id = id.to_owned();
        change(&mut part.description);
        part
    };
    let twin = |part, id: &str| {
        with(part, id, &|description| {
            description.role = Role::CrossCheck;
            description.twin_of = Some("gpu:energy".into());
        })
    };
    let chip = |part| {
        with(part, "gpu:chip", &|description| {
            (description.role, description.domain) = (Role::Listed, Domain::Chip);
            description.part_of = Some("gpu:energy".into());
        })
    };
    let whole = || part(steady, WINDOW_S);
    let of = |script| part(&run(script, AWAKE), WINDOW_S);
    let lively = |at: f64| Ok(99_900_000 + (at * 50.0).round() as u64 % 5 * 50_000);
    vec![
        (
            "disagreement",
            "power reads 108 W beside a counter at 100 W",
            vec![
                whole(),
                twin(
                    of(power(|at| Ok(108_000_000 + (at * 50.0).round() as u64 % 2))),
                    "gpu:power",
                ),
            ],
            "gpu:energy says",
        ),
        (
            "dead counter, living power",
            "the counter always shows 0, the power beside it about 100 W",
            vec![of(counter(|_| Ok(0))), twin(of(power(lively)), "gpu:power")],
            "gpu:power stands in",
        ),
        (
            "living counter, frozen power",
            "the counter rises by 100 W, the power beside it always reads 97.214 W",
            vec![whole(), twin(of(power(|_| Ok(97_214_000))), "gpu:power")],
            "frozen",
        ),
        (
            "dead card, living chip",
            "the card's counter always shows 0, the chip's rises by 100 W",
            vec![of(counter(|_| Ok(0))), chip(whole())],
            "sees the chip only",
        ),
        (
            "part over whole",
            "the chip's counter rises by 110 W, its card's by 100 W",
            vec![whole(), chip(of(counter(|at| Ok(true_uj(1.1 * at)))))],
            "of which it is a part",
        ),
    ]
}

#[test]
fn a_fault_spoils_only_the_windows_that_touch_it() {
    let poller = run(
        counter(|at| Ok(if at < 5.0 { true_uj(at) } else { true_uj(at - 5.0) })),
        AWAKE,
    );
    assert!((row(&poller, (1.0, 4.5)).energy_j.expect("before the reset") - 350.0).abs() < 1.0);
    assert!((row(&poller, (5.5, 9.0)).energy_j.expect("after the reset") - 350.0).abs() < 1.0);
    assert_eq!(row(&poller, (4.5, 5.5)).energy_j, None);
}

#[test]
fn every_fault_is_in_the_raw_ticks() {
    let poller = run(
        counter(|at| Ok(if at < 5.0 { true_uj(at) } else { true_uj(at - 5.0) })),
        AWAKE,
    );
    let ticks = poller.timeline().lock().drain();
    let flags: Vec<&str> = ticks
        .iter()
        .map(|tick| tick.flag.as_str())
        .filter(|flag| *flag != "ok")
        .collect();
    assert_eq!(flags, ["start", "reset"]);
}

#[test]
fn a_stall_keeps_its_end_when_the_sensor_vanishes_after_it() {
    let poller = run(
        counter(|at| match at {
            3.0..5.0 => Ok(true_uj(3.0)),
            5.0..6.0 => Err(Fault::Vanished("its file is gone".into())),
            _ => Ok(true_uj(at)),
        }),
        AWAKE,
    );
    assert!(row(&poller, (1.0, 2.8)).energy_j.is_some());
    for (window_s, word) in [((3.2, 4.8), "did not move"), ((5.2, 5.8), "its file is gone")] {
        let reading = row(&poller, window_s);
        assert!(
            reading.energy_j.is_none() && reading.reason.contains(word),
            "{}",
            reading.reason
        );
    }
    assert!((row(&poller, (6.5, 9.0)).energy_j.expect("back") - 250.0).abs() < 1.0);
}

#[test]
fn forgotten_ticks_are_unknown() {
    let description = counter(|_| Ok(0)).description;
    let mut timeline = crate::Timeline::new(description);
    // An hour of ticks of 2 ms, more than are kept.
    for tick in 0..1_200_000_u64 {
        let at = Timestamp::from_nanos(tick * 2_000_000);
        timeline.observe(at, at, Ok(tick * 200_000));
    }
    let energy = |from: f64, to: f64| timeline.energy(Timestamp::from_s(from), Timestamp::from_s(to));
    let unknown = energy(10.0, 2000.0).expect_err("its first ticks are forgotten");
    assert!(unknown.text.contains("no longer remembered"), "{unknown}");
    assert!((energy(2000.0, 2100.0).expect("remembered").energy_j - 10_000.0).abs() < 1.0);
}
