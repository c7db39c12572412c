//! Which cases keep their device busy: by the power above idle that they draw. In: cases. Out: the least power per device,
//! from its power limit where that is known, otherwise from the 90th percentile of what its cases draw.

use std::collections::BTreeMap;

use super::extent::out_of_scope;
use super::material::Material;
use crate::cases::Measured;
use joulemark_base::statistics::{median, quantile_of_sorted};

/// A case saturates its device from this share on. The rule names it: a quarter leaves out nearly idle devices (half of
/// Henderson's nets drew 2 to 11 W above idle on a board of 250 W) and keeps kernels bound by memory.
pub(crate) const SHARE: f64 = 0.25;
/// Other shares that could be defended: what the verdict would be with them is told beside it.
pub(crate) const OTHER_SHARES: [f64; 2] = [0.1, 0.5];
/// What stands in for a limit that is not known: the active power that so many of the cases do not pass.
const HIGH: f64 = 0.9;

/// The least active power per device, in watts.
#[derive(Clone, Debug)]
pub(crate) struct Saturation {
    least_w: BTreeMap<usize, f64>,
}

impl Saturation {
    pub(crate) fn of(material: &Material<'_>, cases: &[usize]) -> Self {
        Self::with_share(material, cases, SHARE)
    }

    pub(crate) fn with_share(material: &Material<'_>, cases: &[usize], share: f64) -> Self {
        let mut by_device: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for case in out_of_scope(material, cases).0 {
            by_device
                .entry(material.samples.cases[case].facts.device)
                .or_default()
                .push(case);
        }
        let least = |cases: Vec<usize>| Some(share * highest(material, &cases)?);
        let devices = by_device.into_iter();
        Self {
            least_w: devices
                .filter_map(|(device, cases)| Some((device, least(cases)?)))
                .collect(),
        }
    }

    /// # Errors
    /// Why the case does not count.
    pub(crate) fn check(&self, device: usize, measured: &Measured) -> Result<(), &'static str> {
        let power = active_power(measured).ok_or("its energy was not measured")?;
        match self.least_w.get(&device) {
            Some(least) if power < *least => Err(
                "it does not saturate the device: its active power is too small a share of what the device can draw",
            ),
            _ => Ok(()),
        }
    }
}

/// What a device can draw above idle.
fn highest(material: &Material<'_>, cases: &[usize]) -> Option<f64> {
    let limits = cases
        .iter()
        .filter_map(|case| material.samples.cases[*case].power_limit_w);
    let idle: Vec<f64> = cases
        .iter()
        .filter_map(|case| {
            let measured = &material.measured[*case];
            Some(measured.gross_j?.value / measured.time_s?.value - active_power(measured)?)
        })
        .collect();
    if let Some(limit) = limits.reduce(f64::max) {
        return Some(limit - median(&idle)?).filter(|room| *room > 0.0);
    }
    let mut powers: Vec<f64> = cases
        .iter()
        .filter_map(|case| active_power(&material.measured[*case]))
        .collect();
    powers.sort_unstable_by(f64::total_cmp);
    quantile_of_sorted(&powers, HIGH)
}

/// Joules above idle over seconds.
fn active_power(measured: &Measured) -> Option<f64> {
    Some(measured.active_j?.value / measured.time_s?.value)
}
