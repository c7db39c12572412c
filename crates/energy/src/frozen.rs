//! Whether a power sensor is alive. In: each reading with its moment. Out: that the reading has not moved for
//! longer than a living sensor's last digit can stand still, or that nobody can tell because its digits are coarse.

use crate::source::Description;
use joulemark_base::timestamp::Timestamp;

/// A reading that stands still for less says nothing.
const LONGEST_STILL_S: f64 = 3.0;
/// The same in periods of the sensor.
const LONGEST_STILL_PERIODS: f64 = 20.0;
/// A last digit worth more of the reading than this may stand still while the load does.
const FINE: f64 = 0.001;

/// What the readings of a power sensor have shown of their own liveliness.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stillness {
    last: Option<(u64, Timestamp)>,
    /// The largest power of ten that divides all readings so far.
    digit: u64,
    has_moved: bool,
}

/// What standing still means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Still {
    /// No living sensor stands still for so long: since when, and the sentence.
    Frozen(Timestamp, String),
    /// It may be frozen, or its digits may be too coarse for a steady load.
    Doubtful(String),
}

impl Stillness {
    /// Takes in a reading.
    pub(crate) fn see(&mut self, raw: u64, now: Timestamp) {
        let mut digit = if self.digit == 0 { 10_u64.pow(12) } else { self.digit };
        while digit > 1 && !raw.is_multiple_of(digit) {
            digit /= 10;
        }
        self.digit = digit;
        match self.last {
            Some((last, _)) if last == raw => {}
            Some(_) => {
                self.has_moved = true;
                self.last = Some((raw, now));
            }
            None => self.last = Some((raw, now)),
        }
    }

    /// What the last digit is worth in watts, as far as the readings tell; one watt at most.
    pub(crate) fn digit_w(&self, description: &Description) -> f64 {
        let one_watt = (1.0 / description.unit.to_base(1)).round() as u64;
        description.unit.to_base(self.digit.clamp(1, one_watt.max(1)))
    }

    /// What can be said of a sensor that was last looked at `now`.
    pub(crate) fn judge(&self, description: &Description, now: Timestamp) -> Option<Still> {
        let (raw, since) = self.last?;
        let still_s = now.seconds_since(since);
        if still_s < (LONGEST_STILL_PERIODS * description.update_period_s).max(LONGEST_STILL_S) {
            return None;
        }
        let power_w = description.unit.to_base(raw);
        let digit_w = self.digit_w(description);
        let shown = format!("the sensor has shown {power_w:.3} W without the least change for {still_s:.1} s");
        if digit_w < FINE * power_w {
            Some(Still::Frozen(since, format!("{shown}: it is frozen")))
        } else {
            (!self.has_moved).then(|| Still::Doubtful(format!("{shown}, and never anything else: it may be frozen")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use joulemark_base::{domain::Domain, role::Role, unit::Unit};

    fn after(readings_mw: &[u64], seconds: f64) -> Option<Still> {
        let board = Description::new("gpu", "gpu", Domain::Board, Unit::Milliwatt, Role::Device);
        let mut stillness = Stillness::default();
        for (index, raw) in readings_mw.iter().enumerate() {
            stillness.see(*raw, Timestamp::from_s(0.1 * index as f64));
        }
        stillness.judge(&board, Timestamp::from_s(seconds))
    }

    #[test]
    fn fine_digits_that_stand_still_are_frozen_at_any_height() {
        for frozen in [[37_214].as_slice(), &[4_127, 4_131], &[699_001]] {
            assert!(matches!(after(frozen, 5.0), Some(Still::Frozen(..))), "{frozen:?}");
            assert_eq!(after(frozen, 1.5), None, "too early to tell");
        }
    }

    #[test]
    fn whole_watts_may_stand_still_once_they_have_moved() {
        assert!(matches!(after(&[45_000], 5.0), Some(Still::Doubtful(_))));
        assert_eq!(after(&[7_000, 45_000], 5.0), None);
        assert!(matches!(after(&[7_003, 45_000], 60.0), Some(Still::Frozen(..))));
    }
}
