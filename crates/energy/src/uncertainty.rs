//! Uncertainty by components. In: the ways in which an energy may be off, each with its distribution. Goes
//! out: the half-width of the 95% interval.
//!
//! Variances add. The coverage factor follows from the shape of the sum, because two tick edges are far from
//! normal: with excess kurtosis g it is 1.645 for a lone rectangle (g = -1.2), 1.902 for two equal ones (-0.6), 1.960
//! for the normal distribution (0), a parabola between (exact sums of 3, 4 and 6 rectangles lie within 0.02 of it).

/// The variance and the fourth cumulant of an error's distribution; both add for independent errors.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Uncertainty {
    variance: f64,
    fourth_cumulant: f64,
}

impl Uncertainty {
    /// Anything within ± `half_width`, all equally likely.
    pub(crate) fn rectangle(half_width: f64) -> Self {
        let square = half_width * half_width;
        Self {
            variance: square / 3.0,
            fourth_cumulant: -2.0 / 15.0 * square * square,
        }
    }

    /// A normal error whose variance was itself estimated with so many degrees of freedom: Student's distribution,
    /// with variance s²·ν/(ν−2) and excess kurtosis 6/(ν−4).
    pub(crate) fn estimated(variance: f64, degrees: f64) -> Self {
        let degrees = degrees.max(5.0);
        let variance = variance * degrees / (degrees - 2.0);
        Self {
            variance,
            fourth_cumulant: 6.0 / (degrees - 4.0) * variance * variance,
        }
    }

    /// The error of a sum of independent values.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            variance: self.variance + other.variance,
            fourth_cumulant: self.fourth_cumulant + other.fourth_cumulant,
        }
    }

    /// Half the width of the 95% interval.
    pub(crate) fn expanded(self) -> f64 {
        self.variance.sqrt() * self.coverage_factor()
    }

    /// The k of U = k·u, by the excess kurtosis of the sum.
    pub(crate) fn coverage_factor(self) -> f64 {
        if self.variance <= 0.0 {
            return 1.96;
        }
        let excess = self.fourth_cumulant / (self.variance * self.variance);
        if excess >= 0.0 {
            // Student's distribution with 6 degrees of freedom has excess 3 and needs 2.447·√(4/6) = 1.998.
            1.96 + 0.0127 * excess.min(6.0)
        } else {
            let excess = excess.max(-1.2);
            1.96 - 0.0682 * excess - 0.2753 * excess * excess
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Uncertainty;

    #[test]
    fn a_lone_rectangle_covers_95_percent_of_its_width() {
        assert!((Uncertainty::rectangle(3.0).expanded() - 0.95 * 3.0).abs() < 0.01);
    }

    #[test]
    fn two_rectangles_make_a_triangle() {
        let two = Uncertainty::rectangle(1.0).plus(Uncertainty::rectangle(1.0));
        let exact = 2.0 * (1.0 - 0.05_f64.sqrt());
        assert!((two.expanded() - exact).abs() < 0.005, "{} {exact}", two.expanded());
    }

    #[test]
    fn many_degrees_are_normal_and_few_are_wider() {
        assert!((Uncertainty::estimated(1.0, 1e9).expanded() - 1.96).abs() < 1e-3);
        assert!((Uncertainty::estimated(1.0, 6.0).expanded() - 2.447).abs() < 0.01);
    }

    #[test]
    fn nothing_uncertain_is_zero() {
        assert!(Uncertainty::default().expanded().abs() < f64::EPSILON);
    }
}
