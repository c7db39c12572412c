//! Copies whose words come from the host, or go back to it, in each iteration: what moving data costs beyond the
//! device's own memory.

use super::{Kernel, chain};
use crate::algorithm::Algorithm;
use crate::cost::Cost;
use crate::op::Op;
use crate::plan::{Plan, Transfer};
use crate::precision::Precision;
use crate::problem::Function;
use crate::problem::Problem;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use joulemark_base::device_class::DeviceClass;

/// The kernel `copy` with a transfer before or after it.
pub(super) struct Copied(pub(super) Transfer);

const COPY: Kernel = Kernel(Function::Copy);

impl Algorithm for Copied {
    fn op(&self) -> Op {
        Op::Calibration
    }

    fn name(&self) -> &'static str {
        match self.0 {
            Transfer::Download => "download",
            Transfer::Upload | Transfer::None => "upload",
        }
    }

    fn summary(&self) -> &'static str {
        match self.0 {
            Transfer::Download => "copies each word as `copy` does, and the host reads the result back",
            Transfer::Upload | Transfer::None => {
                "the host writes each word to the device, which copies it as `copy` does"
            }
        }
    }

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        COPY.variants(precision)
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        COPY.default_variant(precision, class)
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        COPY.supports(problem, precision, variant)
    }

    fn transfer(&self) -> Transfer {
        self.0
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        COPY.plan(problem, precision, variant)
    }

    /// The bytes that cross are added to the copy's.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let mut cost = COPY.cost(problem, precision, variant);
        cost.bytes_model += u64::from(chain(problem).words) * precision.output().bytes();
        cost
    }
}
