//! The three questions that every algorithm answers, and the one way to get a checked plan.

use std::fmt;

use crate::cost::Cost;
use crate::device::{Cooperative, DeviceProfile};
use crate::op::Op;
use crate::plan::{Plan, Transfer};
use crate::precision::{Element, Precision};
use crate::problem::Problem;
use crate::reference::{ErrorBound, Magnitudes};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use joulemark_base::device_class::DeviceClass;

/// What an algorithm, or the loop nest of a product, is called and does, as methods of its trait.
macro_rules! called {
    ($op:expr, $name:literal, $summary:literal) => {
        fn op(&self) -> $crate::Op {
            $op
        }

        $crate::algorithm::called!($name, $summary);
    };
    ($name:literal, $summary:literal) => {
        fn name(&self) -> &'static str {
            $name
        }

        fn summary(&self) -> &'static str {
            $summary
        }
    };
}
pub(crate) use called;

/// A named way to compute one kind of problem.
pub trait Algorithm: Sync {
    /// The kind of problem it computes.
    fn op(&self) -> Op;

    /// Its name, which is its shader's name.
    fn name(&self) -> &'static str;

    /// What it does, in one sentence.
    fn summary(&self) -> &'static str;

    /// The listed variants; the first is the default for discrete GPUs.
    fn variants(&self, precision: Precision) -> Vec<Variant>;

    /// The variant to use on this class of device when nothing was tuned.
    fn default_variant(&self, precision: Precision, _class: DeviceClass) -> Variant {
        self.variants(precision).swap_remove(0)
    }

    /// Whether this variant can compute the problem.
    ///
    /// # Errors
    /// The reason why not.
    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported>;

    /// The cooperative matrices that this variant multiplies, if any.
    fn cooperative(&self, _precision: Precision, _tuning: &Variant) -> Option<Cooperative> {
        None
    }

    /// Whether it may run without runtime checks: whether somebody vouches that its indices stay inside its buffers and that
    /// its loops end. Tests of the catalogue do for what is in it.
    fn is_vouched_for(&self) -> bool {
        true
    }

    /// What crosses between host and device in each iteration.
    fn transfer(&self) -> Transfer {
        Transfer::None
    }

    /// Passes and buffers; only for what [`supports`](Self::supports) accepts.
    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan;

    /// Counts per iteration; only for what [`supports`](Self::supports) accepts.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost;

    /// How far a right result may be from the exact one, for inputs of these magnitudes: a dot product's bound unless
    /// the algorithm computes something else.
    fn error_bound(
        &self,
        problem: &Problem,
        precision: Precision,
        _tuning: &Variant,
        inputs: &Magnitudes,
    ) -> ErrorBound {
        ErrorBound::dot_product(precision, problem.terms() as usize, inputs)
    }
}

/// The checked way to a plan: the problem is sound, the variant supports it, the device can hold and run it.
///
/// # Errors
/// The first reason why not.
pub fn prepare(
    algorithm: &dyn Algorithm,
    problem: &Problem,
    precision: Precision,
    variant: &Variant,
    device: &DeviceProfile,
) -> Result<Plan, Unsupported> {
    problem.validate()?;
    if problem.op() != algorithm.op() {
        return Err(Unsupported::new(format!(
            "{}/{} does not compute a {}",
            algorithm.op(),
            algorithm.name(),
            problem.op()
        )));
    }
    if precision.input() == Element::F16 && !device.f16 {
        return Err(Unsupported::new(
            "this adapter has no 16-bit floats in shaders (wgpu feature SHADER_F16)",
        ));
    }
    algorithm.supports(problem, precision, variant)?;
    if let Some(matrix) = algorithm.cooperative(precision, variant) {
        device.check_cooperative(matrix)?;
    }
    let plan = algorithm.plan(problem, precision, variant);
    plan.check(device)?;
    Ok(plan)
}

/// `matmul/tiled`: what ids begin with.
impl fmt::Display for dyn Algorithm + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.op(), self.name())
    }
}

impl fmt::Debug for dyn Algorithm + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
