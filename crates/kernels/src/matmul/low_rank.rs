//! B of low rank: C = (A·U)·V with B's first columns and rows as factors, two thin products in place of a thick one.

use super::{buffers, epilogue, gemm, matmul, operands};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::derived::{Derived, Part};
use crate::gemm::{self, body, body_default, body_supports, body_variants};
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{BufferSpec, Role};
use crate::precision::Precision;
use crate::problem::{Matmul, Problem};
use crate::reference::{ErrorBound, Magnitudes};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use joulemark_base::device_class::DeviceClass;

pub(super) struct LowRank;

/// Rank of the listed variants: a case takes that of its inputs.
const RANK: u32 = 16;

/// A·U and the rest, as problems.
fn products(problem: &Matmul, rank: u32) -> [Matmul; 2] {
    let [ta, _] = problem.transposed;
    [
        Matmul {
            n: rank,
            transposed: [ta, false],
            bias_relu: false,
            ..*problem
        },
        Matmul {
            k: rank,
            transposed: [false; 2],
            ..*problem
        },
    ]
}

impl Algorithm for LowRank {
    called!(
        Op::Matmul,
        "low_rank",
        "a B of known rank as two factors, which are its first columns and rows: two thin products, one after the other"
    );

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        let bodies = body_variants(precision).into_iter();
        bodies.map(|variant| variant.and("rank", RANK)).collect()
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        body_default(precision, class).and("rank", RANK)
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let (problem, rank) = (matmul(problem), variant.get("rank"));
        match precision {
            Precision::F32 | Precision::F16 => {}
            Precision::I8 => {
                return Err(Unsupported::new(
                    "the product in between is i32, which is no i8 operand: low_rank computes f32 and f16",
                ));
            }
            Precision::F16Acc => {
                return Err(Unsupported::new(
                    "f16 sums of f16 sums may be off by more than their size: low_rank computes f32 and f16",
                ));
            }
        }
        if rank == 0 {
            return Err(Unsupported::new(
                "low_rank needs a B of known rank: inputs `rank1` to `rank128`, or --tuning rank=16",
            ));
        }
        if rank > problem.n.min(problem.k) {
            return Err(Unsupported::new(format!(
                "a B of {}×{} has no rank {rank}",
                problem.k, problem.n
            )));
        }
        body_supports(variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let size = matmul(problem);
        let rank = variant.get("rank");
        let products = products(size, rank);
        let [first, second] = products.map(|product| buffers(&product, precision));
        let derived = |part| Role::Derived(Derived { part, problem: *size });
        let factor =
            |label, part, of: &[BufferSpec]| BufferSpec::new(label, derived(part), precision.input(), of[1].layout);
        let between = Layout::dense(size.batch * size.m, 1, rank, 1).pad_spatial();
        let all = vec![
            first[0].clone(),
            factor("B's first columns", Part::LeftFactor(rank), &first),
            BufferSpec::new("A times them", Role::Scratch, precision.output(), between),
            factor("B's first rows", Part::RightFactor(rank), &second),
            second[2].clone(),
        ];
        let passes = [(0, &products[0]), (2, &products[1])].map(|(first, product)| {
            let operands = operands(product, &all[first..first + 3]);
            let bindings = vec![first, first + 1, first + 2];
            gemm::pass(
                body(variant),
                variant,
                precision,
                &gemm(product, precision),
                &operands,
                bindings,
            )
        });
        Plan {
            buffers: all,
            passes: passes.into(),
        }
    }

    /// Both products.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let size = matmul(problem);
        let geometry = body(variant).geometry(variant);
        let [mut ops, mut bytes] = epilogue(size, precision);
        for product in products(size, variant.get("rank")) {
            let product = gemm(&product, precision);
            ops += gemm::ops_executed(&geometry, precision, &product);
            bytes += gemm::bytes_model(&geometry, precision, &product);
        }
        Cost::new(problem, precision, ops, bytes)
    }

    /// B = U·V exactly, |u|, |v| ≤ 1 (both checked at upload). With T = A·U, of k terms, stored with relative error ε_o,
    /// and T·V of r terms, all errors multiply terms a·u·v, of which an element has k·r, each at most max|A|:
    /// E = (1 + γ_k)(1 + ε_o)(1 + γ_r) − 1 of k·r·max|A|. What flushing takes from T, stored and loaded, enters r times.
    fn error_bound(
        &self,
        problem: &Problem,
        precision: Precision,
        variant: &Variant,
        inputs: &Magnitudes,
    ) -> ErrorBound {
        let size = matmul(problem);
        let rank = variant.get("rank") as usize;
        let first = ErrorBound::dot_product(precision, size.k as usize, inputs);
        let between = Magnitudes {
            largest: [f64::from(size.k) * inputs.largest[0], 1.0],
            ..*inputs
        };
        let second = ErrorBound::dot_product(precision, rank + usize::from(size.bias_relu), &between);
        let growth = (1.0 + first.gamma) * (1.0 + first.output_epsilon) * (1.0 + second.gamma) - 1.0;
        let terms = f64::from(size.k) * rank as f64;
        ErrorBound {
            // Of the bias, which is a term of the magnitudes that this multiplies.
            gamma: if size.bias_relu { second.gamma } else { 0.0 },
            normwise: growth * terms * inputs.largest[0],
            floor: 2.0 * rank as f64 * first.floor * (1.0 + second.gamma) + second.floor,
            ..second
        }
    }
}
