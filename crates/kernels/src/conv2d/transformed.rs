//! What convolutions by transforms share: filters and image tiles are transformed into workspaces, multiplied as one
//! product per position of the transformed tile, and transformed back.

use super::body;
use crate::gemm::{self, Gemm, Operands};
use crate::layout::Layout;
use crate::plan::{BufferSpec, Pass, Role};
use crate::precision::{Element, Precision};
use crate::variant::Variant;
use crate::wgsl::shader;

/// Indices into [`Plan::buffers`](crate::Plan::buffers).
pub(super) const WEIGHTS: usize = 0;
pub(super) const INPUT: usize = 1;
pub(super) const OUTPUT: usize = 2;
pub(super) const FILTERS: usize = 3;
pub(super) const TILES: usize = 4;
pub(super) const PRODUCTS: usize = 5;

/// A workspace, which is f32 for f16 too.
pub(super) fn workspace(label: &'static str, layout: Layout) -> BufferSpec {
    BufferSpec::new(label, Role::Scratch, Element::F32, layout)
}

/// Transformed filters × transformed tiles.
pub(super) fn multiply(gemm: &Gemm, variant: &Variant, buffers: &[BufferSpec]) -> Pass {
    let operands = Operands {
        constants: vec![
            ("LHS_PITCH", buffers[FILTERS].layout.row_pitch),
            ("RHS_PITCH", buffers[TILES].layout.spatial_pitch),
            ("OUT_PITCH", buffers[PRODUCTS].layout.spatial_pitch),
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
    };
    let bindings = vec![FILTERS, TILES, PRODUCTS];
    gemm::pass(body(variant), variant, Precision::F32, gemm, &operands, bindings)
}
