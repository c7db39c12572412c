//! Watts over time. In: the readings of a log. Out: joules between two moments, by the trapezoidal rule.

use crate::value::Value;

/// A power log, in the order of time.
#[derive(Debug, Default)]
pub(crate) struct PowerLog {
    readings: Vec<(f64, f64)>,
}

impl PowerLog {
    pub(crate) fn of(mut readings: Vec<(f64, f64)>) -> Self {
        readings.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { readings }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.readings.is_empty()
    }

    /// Joules between two moments; missing unless readings stand on both sides of the window.
    pub(crate) fn joules(&self, begin_s: f64, end_s: f64) -> Value {
        let (Some(first), Some(last)) = (self.readings.first(), self.readings.last()) else {
            return Value::Missing;
        };
        if begin_s < first.0 || end_s > last.0 {
            return Value::Missing;
        }
        let from = self.readings.partition_point(|(time_s, _)| *time_s <= begin_s);
        let to = self.readings.partition_point(|(time_s, _)| *time_s < end_s);
        let inside = self.readings[from..to].iter().copied();
        let ends = [(begin_s, self.watts_at(begin_s)), (end_s, self.watts_at(end_s))];
        let points: Vec<(f64, f64)> = std::iter::once(ends[0]).chain(inside).chain([ends[1]]).collect();
        let areas = points
            .windows(2)
            .map(|pair| (pair[1].0 - pair[0].0) * 0.5 * (pair[0].1 + pair[1].1));
        Value::Number(areas.sum())
    }

    /// Watts at a moment within the log, on the line between its neighbours.
    fn watts_at(&self, time_s: f64) -> f64 {
        let after = self
            .readings
            .partition_point(|(other_s, _)| *other_s < time_s)
            .min(self.readings.len() - 1);
        let (b_s, b_w) = self.readings[after];
        let (a_s, a_w) = self.readings[after.saturating_sub(1)];
        match b_s > a_s {
            true => a_w + (b_w - a_w) * ((time_s - a_s) / (b_s - a_s)).clamp(0.0, 1.0),
            false => b_w,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PowerLog;
    use crate::value::Value;

    #[test]
    fn joules_are_the_area_under_the_line() {
        // 100 W for 2 s, then a ramp to 200 W within 1 s.
        let log = PowerLog::of(vec![(3.0, 200.0), (0.0, 100.0), (2.0, 100.0)]);
        for (begin, end, joules) in [
            (0.0, 2.0, 100.0 * 2.0),
            (0.5, 1.0, 50.0),
            (2.0, 3.0, 150.0),
            (1.0, 2.5, 100.0 + 62.5),
        ] {
            assert_eq!(log.joules(begin, end), Value::Number(joules), "{begin} to {end}");
        }
        assert_eq!(log.joules(-0.1, 1.0), Value::Missing);
        assert_eq!(log.joules(2.0, 3.1), Value::Missing);
    }
}
