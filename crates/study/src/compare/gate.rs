//! The comparison as a gate for regressions: `--fail-on worse:2%`. In: the option's text and a comparison. Out: the cases
//! that fail it.

use super::{Change, CompareOptions, Comparison, Ratio};

/// What makes a comparison fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// The margin to compare with.
    pub margin: f64,
    /// Whether ambiguous cases fail too.
    pub ambiguous: bool,
}

/// A case that fails the gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// The set.
    pub label: String,
    /// The case.
    pub case: String,
    /// `time` or `energy`.
    pub of: &'static str,
    /// The ratio.
    pub ratio: Ratio,
}

/// A gate that is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a gate; write worse:2% (or ambiguous:2%, which fails on ambiguous cases too)")]
pub struct GateError(String);

impl std::str::FromStr for Gate {
    type Err = GateError;

    fn from_str(text: &str) -> Result<Self, GateError> {
        let wrong = || GateError(text.to_owned());
        let (word, margin) = text.split_once(':').unwrap_or((text, "2%"));
        let percent: f64 = margin
            .strip_suffix('%')
            .and_then(|number| number.parse().ok())
            .ok_or_else(wrong)?;
        if !(0.0..100.0).contains(&percent) {
            return Err(wrong());
        }
        let ambiguous = match word {
            "worse" => false,
            "ambiguous" => true,
            _ => return Err(wrong()),
        };
        Ok(Self {
            margin: percent / 100.0,
            ambiguous,
        })
    }
}

impl Gate {
    /// The options to compare with, so that verdicts and gate agree.
    #[must_use]
    pub fn options(&self, options: CompareOptions) -> CompareOptions {
        CompareOptions {
            margin: self.margin,
            ..options
        }
    }

    /// The cases that fail, in the order of the comparison.
    #[must_use]
    pub fn regressions(&self, comparison: &Comparison) -> Vec<Regression> {
        let mut found = Vec::new();
        for other in &comparison.others {
            for case in &other.cases {
                for (of, ratio) in [("time", Some(case.time)), ("energy", case.energy)] {
                    let Some(ratio) = ratio else { continue };
                    let change = Change::of(&ratio.ratio, self.margin);
                    if change == Change::Worse || (self.ambiguous && change == Change::Ambiguous) {
                        found.push(Regression {
                            label: other.label.clone(),
                            case: case.case.clone(),
                            of,
                            ratio,
                        });
                    }
                }
            }
        }
        found
    }
}
