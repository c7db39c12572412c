//! A prediction's error for people. In: a share. Out: short text.

/// A prediction's error in percent; beyond ten times the value the number says nothing more.
#[must_use]
pub fn error(share: f64) -> String {
    if share.abs() >= 10.0 {
        return "over 10×".into();
    }
    joulemark_base::si::percent(share)
}
