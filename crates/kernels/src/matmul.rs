//! Matrix multiplication: each product body on pitched row-major operands.

use crate::gemm::{self, Body, Gemm, Naive, Operands, RegisterBlocked, RegisterOnly, Tiled};
use crate::layout::Layout;
use crate::plan::{BufferSpec, Role};
use crate::wgsl::shader;
use crate::{Algorithm, Cost, DeviceClass, Matmul, Op, Plan, Precision, Problem, Tuning, Unsupported};

/// All matmul algorithms, in the order of the ladder.
pub(crate) static ALGORITHMS: [&dyn Algorithm; 4] = [
    &ProductAlgorithm(&Naive),
    &ProductAlgorithm(&Tiled),
    &ProductAlgorithm(&RegisterBlocked),
    &ProductAlgorithm(&RegisterOnly),
];

struct ProductAlgorithm(&'static dyn Body);

impl Algorithm for ProductAlgorithm {
    fn op(&self) -> Op {
        Op::Matmul
    }

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn summary(&self) -> &'static str {
        self.0.summary()
    }

    fn variants(&self, precision: Precision) -> Vec<Tuning> {
        self.0.variants(precision)
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Tuning {
        self.0.default_variant(precision, class)
    }

    fn supports(&self, _problem: &Problem, _precision: Precision, tuning: &Tuning) -> Result<(), Unsupported> {
        self.0.supports(tuning)
    }

    fn plan(&self, problem: &Problem, precision: Precision, tuning: &Tuning) -> Plan {
        let problem = matmul(problem);
        let gemm = product(problem, precision);
        let buffers = buffers(problem, precision);
        let operands = operands(&buffers[0].layout, &buffers[1].layout, &buffers[2].layout);
        let pass = gemm::pass(self.0, tuning, precision, &gemm, &operands, vec![0, 1, 2]);
        Plan {
            buffers,
            passes: vec![pass],
        }
    }

    fn cost(&self, problem: &Problem, precision: Precision, tuning: &Tuning) -> Cost {
        let gemm = product(matmul(problem), precision);
        let geometry = self.0.geometry(tuning);
        let ops = gemm::ops_executed(&geometry, precision, &gemm);
        Cost::new(problem, precision, ops, gemm::bytes_model(&geometry, precision, &gemm))
    }
}

fn matmul(problem: &Problem) -> &Matmul {
    match problem {
        Problem::Matmul(problem) => problem,
        Problem::Conv2d(_) => unreachable!("`prepare` matches the problem's kind with the algorithm's"),
    }
}

fn product(problem: &Matmul, precision: Precision) -> Gemm {
    let &Matmul { batch, m, n, k } = problem;
    Gemm {
        batch,
        m,
        n,
        units: k.div_ceil(precision.interleave()),
    }
}

fn buffers(problem: &Matmul, precision: Precision) -> Vec<BufferSpec> {
    let &Matmul { batch, m, n, k } = problem;
    let interleave = precision.interleave();
    let spec = |label, role, element, layout| BufferSpec {
        label,
        role,
        element,
        layout,
    };
    vec![
        spec(
            "A",
            Role::Input(0),
            precision.input(),
            Layout::dense(batch * m, k, 1, interleave).pad_rows(),
        ),
        spec(
            "B",
            Role::Input(1),
            precision.input(),
            Layout::dense(batch, k, n, interleave).pad_spatial(),
        ),
        spec(
            "C",
            Role::Output,
            precision.output(),
            Layout::dense(batch * m, 1, n, 1).pad_spatial(),
        ),
    ]
}

/// Pitched row-major operands.
fn operands(lhs: &Layout, rhs: &Layout, out: &Layout) -> Operands {
    Operands {
        constants: vec![
            ("LHS_PITCH", lhs.row_pitch),
            ("RHS_PITCH", rhs.spatial_pitch),
            ("OUT_PITCH", out.spatial_pitch),
        ],
        scalar: vec![
            shader!("matmul/lhs.wgsl"),
            shader!("matmul/rhs.wgsl"),
            shader!("matmul/out.wgsl"),
        ],
        vector: vec![
            shader!("matmul/lhs_vec4.wgsl"),
            shader!("matmul/rhs_vec4.wgsl"),
            shader!("matmul/out_vec4.wgsl"),
        ],
    }
}
