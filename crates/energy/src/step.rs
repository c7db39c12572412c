//! What happened between two readings of a counter. In: both readings, the time between them, the counter's
//! range and the power that its domain can draw. Out: the energy of the step, or which fault it is.

use crate::limit::Bound;
use crate::source::Description;
use joulemark_base::tick::Flag;

/// A step of a counter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// Raw units to add, and whether the counter wrapped.
    Energy(u64, Flag),
    /// Energy unknown: the flag and a sentence.
    Unknown(Flag, String),
}

/// Judges the step between two raw readings, which took at most `longest_s` seconds.
///
/// A wrap is accepted only where it implies plausible power, and only where the counter cannot have wrapped twice
/// unseen: `longest_s` must be shorter than the time that the largest plausible power needs for a whole range.
pub(crate) fn judge(description: &Description, bound: &Bound, (previous, next): (u64, u64), longest_s: f64) -> Step {
    let unit = description.unit;
    let limit_w = bound.power_w;
    let joules = |raw: u64| unit.to_base(raw);
    let plausible = |raw: u64| joules(raw) <= limit_w * longest_s;

    if let Some(range) = description.wrap_range
        && limit_w * longest_s >= joules(range)
    {
        return Step::Unknown(
            Flag::Gap,
            format!(
                "the counter was not read for {}, in which it may have wrapped unseen (it holds {:.0} J)",
                seconds(longest_s),
                joules(range)
            ),
        );
    }
    if next >= previous {
        let step = next - previous;
        return if plausible(step) {
            Step::Energy(step, Flag::Ok)
        } else {
            Step::Unknown(
                Flag::Implausible,
                format!(
                    "the counter rose by {:.3} J within {:.1} ms, {:.0} W, where at most {bound} is plausible",
                    joules(step),
                    longest_s * 1e3,
                    joules(step) / longest_s
                ),
            )
        };
    }
    if let Some(range) = description.wrap_range
        && previous <= range
        && plausible(range - previous + next)
    {
        return Step::Energy(range - previous + next, Flag::Wrap);
    }
    let fall = format!(
        "the counter fell from {:.3} J to {:.3} J",
        joules(previous),
        joules(next)
    );
    if plausible(next) {
        Step::Unknown(
            Flag::Reset,
            format!("{fall}: it started again at zero, as after a driver reload or a suspend"),
        )
    } else {
        Step::Unknown(
            Flag::NegativeStep,
            format!("{fall}, which is neither a wrap nor a restart at zero"),
        )
    }
}

/// What is wrong with a power reading that comes `waited_s` after the last tick, if anything.
pub(crate) fn judge_power(description: &Description, bound: &Bound, raw: u64, waited_s: f64) -> Option<(Flag, String)> {
    let power_w = description.unit.to_base(raw);
    if raw == 0 {
        Some((
            Flag::Implausible,
            "the sensor shows 0 W, which a powered device never draws".to_owned(),
        ))
    } else if power_w > bound.power_w {
        let text = format!("the sensor shows {power_w:.0} W, where at most {bound} is plausible");
        Some((Flag::Implausible, text))
    } else if waited_s > (5.0 * description.update_period_s).max(1.0) {
        let text = format!(
            "the sensor was not read for {}, so the power in between is unknown",
            seconds(waited_s)
        );
        Some((Flag::Gap, text))
    } else {
        None
    }
}

/// A length of time with the digits that tell it: `2.5 s`, `37 ms`.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        0.95.. => format!("{seconds:.1} s"),
        0.0095.. => format!("{:.0} ms", 1e3 * seconds),
        _ => format!("{:.2} ms", 1e3 * seconds),
    }
}
