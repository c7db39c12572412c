//! The straight line through the powers of a window's ticks. In: powers at moments. Out: the power at an
//! edge as a weighted sum of them, and their spread about the line.

/// An ordinary least-squares line.
#[derive(Debug)]
pub(crate) struct Line {
    mean_x: f64,
    sum_xx: f64,
    count: f64,
}

impl Line {
    /// The design of a line through values at these places (at least three different ones).
    pub(crate) fn through(places: &[f64]) -> Self {
        let count = places.len() as f64;
        let mean_x = places.iter().sum::<f64>() / count;
        let sum_xx = places.iter().map(|x| (x - mean_x).powi(2)).sum();
        Self { mean_x, sum_xx, count }
    }

    /// The weight of the value at `place` in the line's value at `target`.
    pub(crate) fn weight(&self, place: f64, target: f64) -> f64 {
        1.0 / self.count + (target - self.mean_x) * (place - self.mean_x) / self.sum_xx
    }

    /// The line's value at `target`.
    pub(crate) fn at(&self, places: &[f64], values: &[f64], target: f64) -> f64 {
        places
            .iter()
            .zip(values)
            .map(|(place, value)| self.weight(*place, target) * value)
            .sum()
    }

    /// The variance of the values about the line, with n − 2 degrees of freedom.
    pub(crate) fn residual_variance(&self, places: &[f64], values: &[f64]) -> f64 {
        let mean = values.iter().sum::<f64>() / self.count;
        let slope = places
            .iter()
            .zip(values)
            .map(|(x, y)| (x - self.mean_x) * (y - mean))
            .sum::<f64>()
            / self.sum_xx;
        let squares = places
            .iter()
            .zip(values)
            .map(|(x, y)| (y - mean - slope * (x - self.mean_x)).powi(2));
        squares.sum::<f64>() / (self.count - 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn a_straight_line_is_found_and_has_no_spread() {
        let places = [0.0, 1.0, 2.0, 4.0];
        let values = places.map(|x| 3.0 + 2.0 * x);
        let line = Line::through(&places);
        assert!((line.at(&places, &values, 5.0) - 13.0).abs() < 1e-12);
        assert!(line.residual_variance(&places, &values) < 1e-20);
    }
}
