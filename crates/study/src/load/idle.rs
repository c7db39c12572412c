//! What is done once all windows are read: idle power is taken off, and simulated energy is kept apart from measured. In: samples.
//! Out: the same, with energy above idle.

use std::collections::HashMap;

use super::LoadOptions;
use crate::samples::{IdleWindow, Samples};

/// Takes the idle power off each window's energy: the mean of the idle windows before and after it in its run. A table
/// without idle windows keeps what its rows say.
pub(super) fn take_idle_off(samples: &mut Samples) {
    let mut idle: HashMap<u32, Vec<IdleWindow>> = HashMap::new();
    for window in &samples.census.idle {
        idle.entry(window.run).or_default().push(*window);
    }
    idle.values_mut()
        .for_each(|windows| windows.sort_by_key(|window| window.offset));
    for window in samples.cases.iter_mut().flat_map(|case| &mut case.windows) {
        let (Some(own), Some(gross)) = (idle.get(&window.run), window.gross_j) else {
            continue;
        };
        let next = own.partition_point(|idle| idle.offset < window.offset);
        let before = next.checked_sub(1).map(|index| own[index].power_w);
        let after = own.get(next).map(|idle| idle.power_w);
        if let (Some(before), Some(after)) = (before, after) {
            window.active_j = Some(gross - 0.5 * (before + after) * window.time_s);
            window.idle_u_j = drift(before, after) * window.time_s;
        } else if window.active_j.is_none()
            && let Some(power) = before.or(after)
        {
            window.active_j = Some(gross - power * window.time_s);
        }
    }
}

/// Standard uncertainty of an idle power between two that were measured: it may have been anywhere, a rectangle.
pub(super) fn drift(before: f64, after: f64) -> f64 {
    (after - before).abs() / 12_f64.sqrt()
}

/// Simulated energy beside measured energy is left out, unless mixing was asked for.
pub(super) fn keep_kinds_apart(samples: &mut Samples, options: LoadOptions) {
    let has = |simulated: bool| {
        let mut windows = samples.cases.iter().flat_map(|case| &case.windows);
        windows.any(|window| window.gross_j.is_some() && window.simulated == simulated)
    };
    samples.includes_simulated = has(true);
    if has(true) && has(false) && !options.include_simulated {
        for window in samples.cases.iter_mut().flat_map(|case| &mut case.windows) {
            if window.simulated && window.gross_j.is_some() {
                (window.gross_j, window.active_j) = (None, None);
                samples.census.simulated_left_out += 1;
            }
        }
        samples.includes_simulated = false;
    }
}
