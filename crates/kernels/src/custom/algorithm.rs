//! A kernel of a suite as an [`Algorithm`] like the catalogue's: its swept constants are its tuning parameters.

use super::kernel::Custom;
use crate::algorithm::Algorithm;
use crate::cost::Cost;
use crate::op::Op;
use crate::plan::Plan;
use crate::precision::Precision;
use crate::problem::Problem;
use crate::unsupported::Unsupported;
use crate::variant::Variant;

impl Algorithm for Custom {
    fn op(&self) -> Op {
        Op::Custom
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        "a kernel of a suite"
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        self.swept()
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let is_own = matches!(problem, Problem::Other(other) if std::ptr::eq(other.kernel(), self));
        if !is_own || precision != self.precision {
            return Err(Unsupported::new(format!(
                "custom/{} computes {} in {} only",
                self.name, self.problem, self.precision
            )));
        }
        self.plan_of(&self.source, self.name, variant).map(drop)
    }

    fn is_vouched_for(&self) -> bool {
        self.is_vouched_for
    }

    fn plan(&self, _problem: &Problem, _precision: Precision, variant: &Variant) -> Plan {
        let plan = self.plan_of(&self.source, self.name, variant);
        plan.expect("`supports` has made the same plan")
    }

    fn cost(&self, problem: &Problem, precision: Precision, _variant: &Variant) -> Cost {
        Cost::new(problem, precision, self.flops, self.bytes)
    }
}
