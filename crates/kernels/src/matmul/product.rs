//! A product body on the problem's own operands: one pass.

use super::{buffers, error_bound, gemm, matmul, operands, supports_epilogue};
use crate::algorithm::Algorithm;
use crate::cost::Cost;
use crate::device::Cooperative;
use crate::gemm::{self, Body};
use crate::op::Op;
use crate::plan::Plan;
use crate::precision::Precision;
use crate::problem::Problem;
use crate::reference::{ErrorBound, Magnitudes};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use joulemark_base::device_class::DeviceClass;

pub(super) struct Product(pub(super) &'static dyn Body);

impl Algorithm for Product {
    fn op(&self) -> Op {
        Op::Matmul
    }

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn summary(&self) -> &'static str {
        self.0.summary()
    }

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        self.0.variants(precision)
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        self.0.default_variant(precision, class)
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        supports_epilogue(matmul(problem), precision)?;
        self.0.supports_precision(precision)?;
        self.0.supports(variant)
    }

    fn cooperative(&self, precision: Precision, variant: &Variant) -> Option<Cooperative> {
        self.0.cooperative(precision, variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let problem = matmul(problem);
        let buffers = buffers(problem, precision);
        let operands = operands(problem, &buffers);
        let gemm = gemm(problem, precision);
        let pass = gemm::pass(self.0, variant, precision, &gemm, &operands, vec![0, 1, 2]);
        Plan::of(buffers, pass)
    }

    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let matmul = matmul(problem);
        let gemm = gemm(matmul, precision);
        let geometry = self.0.geometry(variant);
        let outputs = |columns: u32| u64::from(matmul.m) * u64::from(columns);
        let (epilogue, bias_bytes) = if matmul.bias_relu {
            let columns = matmul.n.next_multiple_of(if self.0.vectors() { 4 } else { 1 });
            (2 * outputs(columns), outputs(matmul.n) * precision.input().bytes())
        } else {
            (0, 0)
        };
        Cost::new(
            problem,
            precision,
            gemm::ops_executed(&geometry, precision, &gemm) + epilogue,
            gemm::bytes_model(&geometry, precision, &gemm) + bias_bytes,
        )
    }

    fn error_bound(
        &self,
        problem: &Problem,
        precision: Precision,
        _tuning: &Variant,
        inputs: &Magnitudes,
    ) -> ErrorBound {
        error_bound(problem, precision, inputs)
    }
}
