//! How fast the iterations of a window follow each other. In: a word of a suite. Out: bursts, and the gaps between them.

use std::fmt;
use std::str::FromStr;

/// Pace of a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// One after the other, many to a command buffer.
    #[default]
    Full,
    /// The device works in bursts and rests between them, so that it is busy for this share of the window, in percent.
    Duty(u8),
    /// Each iteration is submitted alone and waited for.
    Single,
}

impl Pace {
    /// The share of a window in which the device works, 0 to 1.
    #[must_use]
    pub fn busy_share(self) -> f64 {
        match self {
            Self::Duty(percent) => f64::from(percent) / 100.0,
            Self::Full | Self::Single => 1.0,
        }
    }

    /// Iterations per burst, if `batch` of them fill a command buffer.
    #[must_use]
    pub fn burst(self, iterations: u64, batch: u64) -> u64 {
        match self {
            Self::Full => iterations,
            Self::Duty(_) => batch,
            Self::Single => 1,
        }
    }

    /// Seconds of rest after a burst of so many seconds.
    #[must_use]
    pub fn rest_s(self, burst_s: f64) -> f64 {
        burst_s * (1.0 / self.busy_share() - 1.0)
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Duty(percent) => write!(f, "duty{percent}"),
            Self::Single => f.write_str("single"),
        }
    }
}

impl FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let percent = |text: &str| text.parse().ok().filter(|percent| (1..=99).contains(percent));
        match (text, text.strip_prefix("duty").and_then(percent)) {
            ("full", _) => Ok(Self::Full),
            ("single", _) => Ok(Self::Single),
            (_, Some(percent)) => Ok(Self::Duty(percent)),
            _ => Err(format!("`{text}` is no pace: use full, single, or duty1 to duty99")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;

    #[test]
    fn rests_make_the_share() {
        let quarter: Pace = "duty25".parse().unwrap();
        assert_eq!((quarter.to_string().as_str(), quarter.rest_s(0.02)), ("duty25", 0.06));
        assert_eq!(
            [quarter, Pace::Full, Pace::Single].map(|pace| pace.burst(90, 20)),
            [20, 90, 1]
        );
        assert!("duty0".parse::<Pace>().is_err() && "fast".parse::<Pace>().is_err());
    }
}
