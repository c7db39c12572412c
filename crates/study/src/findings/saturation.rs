//! Which cases keep their device busy: by the power above idle that they draw. In: cases. Out: what each device can draw,
//! from its power limit where that is known, otherwise from the 90th percentile of what its cases draw.

use crate::cases::Measured;
use crate::samples::Samples;
use joulemark_base::statistics::{median, quantile_of_sorted};

/// A case saturates its device from this share on. The rule names it: a quarter leaves out nearly idle devices (half of
/// Henderson's nets drew 2 to 11 W above idle on a board of 250 W) and keeps kernels bound by memory.
pub(crate) const SHARE: f64 = 0.25;
/// Other shares that could be defended: what the verdict would be with them is told beside it.
pub(crate) const OTHER_SHARES: [f64; 2] = [0.1, 0.5];
/// What stands in for a limit that is not known: the active power that so many of the cases do not pass.
const HIGH: f64 = 0.9;

/// What each device can draw above idle, in watts, from the cases that are evidence.
pub(crate) fn highest_powers(samples: &Samples, measured: &[Measured], why_out: &[Option<&str>]) -> Vec<Option<f64>> {
    let highest = |device: usize| {
        let is_here = |case: &usize| samples.cases[*case].facts.device == device && why_out[*case].is_none();
        let cases: Vec<usize> = (0..samples.cases.len()).filter(is_here).collect();
        let limit = cases.iter().filter_map(|case| samples.cases[*case].power_limit_w);
        let idle = cases.iter().filter_map(|case| {
            let gross = measured[*case].gross_j?.value / measured[*case].time_s?.value;
            Some(gross - active_power(&measured[*case])?)
        });
        // A limit that leaves no room above idle is none.
        let room = limit.reduce(f64::max).zip(median(&idle.collect::<Vec<_>>()));
        let room = room.map(|(limit, idle)| limit - idle).filter(|room| *room > 0.0);
        let mut powers: Vec<f64> = cases.iter().filter_map(|case| active_power(&measured[*case])).collect();
        powers.sort_unstable_by(f64::total_cmp);
        room.or_else(|| quantile_of_sorted(&powers, HIGH))
    };
    (0..samples.devices.len()).map(highest).collect()
}

/// Joules above idle over seconds.
pub(crate) fn active_power(measured: &Measured) -> Option<f64> {
    Some(measured.active_j?.value / measured.time_s?.value)
}
