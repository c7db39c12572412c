//! One invocation per element, straight from global memory.

use super::{Body, Gemm, Geometry};
use crate::wgsl::shader;
use crate::{Precision, Unsupported, Variant};

pub(crate) struct Naive;

impl Body for Naive {
    fn name(&self) -> &'static str {
        "naive"
    }

    fn summary(&self) -> &'static str {
        "one invocation per output element, operands straight from global memory"
    }

    fn vectors(&self) -> bool {
        false
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [[16, 16], [32, 8], [64, 1]]
            .into_iter()
            .map(|[x, y]| Variant::new(&[("workgroup_x", x), ("workgroup_y", y)]))
            .collect()
    }

    fn supports(&self, variant: &Variant) -> Result<(), Unsupported> {
        variant.positive(&["workgroup_x", "workgroup_y"])
    }

    fn geometry(&self, variant: &Variant) -> Geometry {
        let workgroup = [variant.get("workgroup_x"), variant.get("workgroup_y")];
        Geometry {
            block: [workgroup[1], workgroup[0], 1],
            reuse: [1, 1],
            workgroup,
            workgroup_units: 0,
            padded: [1, 1, 1],
        }
    }

    fn generate(&self, _tuning: &Variant, _gemm: &Gemm) -> String {
        String::new()
    }

    fn shader(&self) -> &'static str {
        shader!("matmul/naive.wgsl")
    }
}
