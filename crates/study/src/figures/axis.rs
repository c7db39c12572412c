//! A linear or logarithmic axis. In: the values that it has to hold and the pixels that it spans. Out: places, ticks, their lines and
//! numbers.

use joulemark_base::si::si;

use super::canvas::{Anchor, Canvas, text_width};

/// Writes a number at a tick or in a title.
pub(crate) type Format = fn(f64) -> String;

/// An axis.
#[derive(Clone, Copy)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    is_logarithmic: bool,
    /// Pixels of both ends.
    ends: (f64, f64),
}

/// A number of the axis in as few characters as it needs: `2 mJ`, `500 M`.
pub(crate) fn short(value: f64, unit: &str) -> String {
    let text = si(value, unit);
    let (number, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let number = if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    };
    format!("{number} {unit}").trim_end().to_owned()
}

impl Axis {
    /// A logarithmic axis with a little room at both ends; what such an axis cannot hold is passed over. `None` where that is all.
    pub(crate) fn logarithmic(values: impl IntoIterator<Item = f64>, ends: (f64, f64)) -> Option<Self> {
        let fits = values.into_iter().filter(|value| *value > 0.0 && value.is_finite());
        let (low, high) = fits.fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
        let room = ((high / low).ln() * 0.05).max(0.1).exp();
        (low <= high).then(|| Self {
            low: low / room,
            high: high * room,
            is_logarithmic: true,
            ends,
        })
    }

    /// A linear axis from zero.
    pub(crate) fn from_zero(values: impl IntoIterator<Item = f64>, ends: (f64, f64)) -> Option<Self> {
        let high = values.into_iter().filter(|value| value.is_finite()).fold(0.0, f64::max);
        (high > 0.0).then_some(Self {
            low: 0.0,
            high: 1.05 * high,
            is_logarithmic: false,
            ends,
        })
    }

    /// The same range over other pixels.
    pub(crate) fn over(self, ends: (f64, f64)) -> Self {
        Self { ends, ..self }
    }

    /// Where a value stands, in pixels; values beyond an end stand there.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        let share = if self.is_logarithmic {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.ends.0 + share * (self.ends.1 - self.ends.0)
    }

    /// Whether the axis can show a value.
    pub(crate) fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Round values, about as many as asked for: powers of ten, with their twos and fives below two decades.
    pub(crate) fn ticks(&self, about: usize) -> Vec<f64> {
        let decades = (self.high / self.low).log10();
        if !self.is_logarithmic || decades < 0.5 {
            return self.even_ticks(about);
        }
        let steps: &[f64] = if decades < 3.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let stride = (decades / about as f64).ceil().max(1.0) as usize;
        let exponents = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let ticks = exponents.step_by(stride).flat_map(|exponent| {
            let power = 10_f64.powi(exponent);
            steps.iter().map(move |step| step * power)
        });
        ticks.filter(|tick| self.holds(*tick)).collect()
    }

    fn even_ticks(&self, about: usize) -> Vec<f64> {
        let rough = (self.high - self.low) / about as f64;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
        let step = step.into_iter().find(|step| *step >= rough).unwrap_or(10.0 * power);
        let first = (self.low / step).ceil() as i64;
        let ticks = (first..=first + 2 * about as i64).map(|count| count as f64 * step);
        ticks.filter(|tick| self.holds(*tick)).collect()
    }

    /// The axis below a plot whose top and bottom stand here; numbers that have no room are left out.
    pub(crate) fn draw_below(&self, canvas: &mut Canvas, (top, bottom): (f64, f64), format: Format) {
        let mut free_from = f64::NEG_INFINITY;
        for tick in self.ticks(7) {
            let x = self.at(tick);
            canvas.line(&[(x, top), (x, bottom)], "grid", 1.0, "");
            let words = format(tick);
            let half = text_width(&words) / 2.0;
            if x - half >= free_from && x + half <= canvas.width {
                canvas.text((x, bottom + 13.0), &words, Anchor::Middle);
                free_from = x + half + 6.0;
            }
        }
        canvas.line(&[(self.ends.0, bottom), (self.ends.1, bottom)], "axis", 1.0, "");
    }

    /// The axis to the left of a plot whose sides stand here.
    pub(crate) fn draw_left(&self, canvas: &mut Canvas, (left, right): (f64, f64), format: Format) {
        for tick in self.ticks(7) {
            let y = self.at(tick);
            canvas.line(&[(left, y), (right, y)], "grid", 1.0, "");
            canvas.text((left - 6.0, y), &format(tick), Anchor::End);
        }
        canvas.line(&[(left, self.ends.0), (left, self.ends.1)], "axis", 1.0, "");
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, short};

    #[test]
    fn every_axis_has_numbers() {
        for (low, high) in [
            (1.0, 1.05),
            (1.0, 3.0),
            (0.3, 2.0),
            (1.0, 9.0),
            (1.0, 80.0),
            (1e-9, 1e9),
            (7.0, 7.0),
        ] {
            let axis = Axis::logarithmic([low, high], (0.0, 100.0)).unwrap();
            let ticks = axis.ticks(7);
            assert!((2..=15).contains(&ticks.len()), "{low} to {high}: {ticks:?}");
        }
        let axis = Axis::logarithmic([1.0, 9.0], (0.0, 100.0)).unwrap();
        assert_eq!(axis.ticks(7), [1.0, 2.0, 5.0, 10.0], "twos and fives below a decade");
        assert!(Axis::logarithmic([0.0, f64::NAN], (0.0, 1.0)).is_none());
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [short(2e-3, "J"), short(5e8, ""), short(1.0, "s"), short(2.5, "")],
            ["2 mJ", "500 M", "1 s", "2.5"]
        );
        assert_eq!(short(0.0, ""), "0");
    }
}
