//! What the rule weighs in one scope: the typical ratio at equal FLOPs, the near pairs, the five predictors. In: a view. Out:
//! the evidence, each part a value with its interval or a reason.

use serde::{Deserialize, Serialize};

use super::draws::Draws;
use super::inversions::{self, Inversions};
use super::iso_flop::{self, IsoFlop};
use super::material::Material;
use super::models::{self, Models, Predictor};
use super::view::View;
use crate::options::StudyOptions;
use crate::outcome::Outcome;

/// The evidence of one scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Cases.
    pub cases: usize,
    /// Families.
    pub families: usize,
    /// Rounds of the case that has fewest.
    pub fewest_rounds: usize,
    /// Equal operations, other energy.
    pub iso_flop: Outcome<IsoFlop>,
    /// Fewer operations, more energy, among pairs whose operations differ 1.5 to 3 times.
    pub near_pairs: Outcome<Inversions>,
    /// Five predictors in one form.
    pub models: Outcome<Models>,
}

impl Evidence {
    pub(crate) fn of(material: &Material<'_>, view: &View, draws: &Draws, options: StudyOptions) -> Self {
        let rounds = |case: usize| view.response.measured(&material.measured[case]).1;
        Self {
            cases: view.points.len(),
            families: view.families.len(),
            fewest_rounds: view.points.iter().map(|point| rounds(point.case)).min().unwrap_or(0),
            iso_flop: iso_flop::find(view, draws),
            near_pairs: inversions::find(view, draws, inversions::NEAR, options),
            models: models::fit(view, draws),
        }
    }

    /// The evidence with as many replicates as its points allow.
    pub(crate) fn drawn(material: &Material<'_>, view: &View, options: StudyOptions) -> Self {
        Self::of(material, view, &Draws::for_rule(view, options), options)
    }

    /// The leave-one-family-out error of one predictor.
    #[must_use]
    pub fn lofo_mape(&self, predictor: Predictor) -> Option<f64> {
        self.models.value()?.score(predictor)?.lofo_mape
    }
}
