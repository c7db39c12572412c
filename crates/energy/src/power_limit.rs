//! A limit of power. In: a file or a query of the chip. Out: watts, and what they are called there.

/// One limit of power, as its file or query is called.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerLimit {
    /// Watts.
    pub limit_w: f64,
    /// Where it was read, for instance `power1_crit`.
    pub origin: String,
    /// Whether the chip protects itself there, rather than being asked to stay below.
    pub critical: bool,
}

impl PowerLimit {
    /// A limit that the controller keeps to on average.
    #[must_use]
    pub fn in_force(limit_w: f64, origin: impl Into<String>) -> Self {
        Self {
            limit_w,
            origin: origin.into(),
            critical: false,
        }
    }

    /// A limit at which the chip protects itself.
    #[must_use]
    pub fn critical(limit_w: f64, origin: impl Into<String>) -> Self {
        Self {
            critical: true,
            ..Self::in_force(limit_w, origin)
        }
    }
}
