//! The comparison as a gate for regressions: `--fail-on worse:2%`. In: the option's text and a comparison. Out: the cases
//! that fail it, and what keeps it from being a gate at all.

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

/// Of all gates on equal runs at most this share may fail: over all cases, on time and energy together.
const FALSE_ALARMS: f64 = 0.05;

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

    /// The cases that fail, in the order of the comparison: worse by Holm's step-down test (1979) over all cases, time and
    /// energy; with `ambiguous` also those whose interval is not wholly on the good side of the margin.
    #[must_use]
    pub fn regressions(&self, comparison: &Comparison) -> Vec<Regression> {
        let mut tested = Vec::new();
        for other in &comparison.others {
            for case in &other.cases {
                for (of, ratio) in [("time", Some(case.time)), ("energy", case.energy)] {
                    let Some(ratio) = ratio else { continue };
                    tested.push(Regression {
                        label: other.label.clone(),
                        case: case.case.clone(),
                        of,
                        ratio,
                    });
                }
            }
        }
        let rejected = holm(&tested, self.margin);
        let fails = |index: usize, one: &Regression| {
            let change = Change::of(&one.ratio.ratio, self.margin);
            let open = self.ambiguous && matches!(change, Change::Ambiguous | Change::Worse);
            rejected[index] || open
        };
        tested
            .into_iter()
            .enumerate()
            .filter(|(index, one)| fails(*index, one))
            .map(|(_, one)| one)
            .collect()
    }

    /// Why the sets are not what a gate can judge: cases of the baseline that are missing, energy that one side lacks, runs
    /// that hold other rows than their manifests count.
    #[must_use]
    pub fn defects(comparison: &Comparison) -> Vec<String> {
        let mut found = comparison.miscounts.clone();
        for other in &comparison.others {
            if !other.only_in_baseline.is_empty() {
                let missing = other.only_in_baseline.join(", ");
                found.push(format!("{} lacks {}", other.label, missing));
            }
            found.extend(
                other
                    .without_numbers
                    .iter()
                    .map(|case| format!("{case} has no number in {}", other.label)),
            );
        }
        found
    }
}

/// Which of the tests are rejected: the smallest probabilities against an ever larger share of the level.
fn holm(tested: &[Regression], margin: f64) -> Vec<bool> {
    let mut order: Vec<(usize, f64)> = tested
        .iter()
        .enumerate()
        .filter_map(|(index, one)| Some((index, one.ratio.p_worse(margin)?)))
        .collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut rejected = vec![false; tested.len()];
    for (place, (index, probability)) in order.iter().enumerate() {
        if *probability > FALSE_ALARMS / (order.len() - place) as f64 {
            break;
        }
        rejected[*index] = true;
    }
    rejected
}
