//! Winograd's minimal filtering F(m×m, 3×3): filters and image tiles are transformed, multiplied as t² independent
//! matrix products over the channels, and transformed back. m²·9 multiplications become t² = (m + 2)².
//!
//! Transforms and workspaces are f32 for f16 too: in f16 the transformed numbers' own rounding, amplified by the inverse
//! transform, would be as large as the results (64 times max|g|·max|d| per channel for F2, 2304 times for F4).

mod fused;
mod linear;
mod matrices;

use super::transformed::{FILTERS, INPUT, OUTPUT, PRODUCTS, TILES, WEIGHTS, multiply, workspace};
use super::{body, buffers, conv2d, product_default, product_supports, product_variants};
use crate::algorithm::Algorithm;
use crate::cost::Cost;
use crate::gemm::{self, Gemm};
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{BufferSpec, Pass, fold_grid};
use crate::precision::Precision;
use crate::problem::{Conv2d, Problem};
use crate::reference::{ErrorBound, Magnitudes};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, compose, shader};
pub(super) use fused::Fused;
use joulemark_base::device_class::DeviceClass;
use linear::Linear;
use matrices::{Matrices, cook_toom};

/// F(m×m, 3×3) with this m.
pub(super) struct Winograd(pub(super) u32);

/// Workgroup of the transforms.
const WORKGROUP: u32 = 64;

/// The three transforms.
#[derive(Clone, Copy)]
enum Transform {
    Filter,
    Data,
    Inverse,
}

impl Algorithm for Winograd {
    fn op(&self) -> Op {
        Op::Conv2d
    }

    fn name(&self) -> &'static str {
        if self.0 == 2 { "winograd_f2" } else { "winograd_f4" }
    }

    fn summary(&self) -> &'static str {
        if self.0 == 2 {
            "minimal filtering F(2×2, 3×3): 2.25 times fewer multiplications, three transforms in passes of their own"
        } else {
            "minimal filtering F(4×4, 3×3): 4 times fewer multiplications, three transforms in passes of their own"
        }
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        product_variants(Precision::F32)
    }

    fn default_variant(&self, _precision: Precision, class: DeviceClass) -> Variant {
        product_default(Precision::F32, class)
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        self.computes(self.name(), problem, precision)?;
        product_supports(variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let conv = conv2d(problem);
        let mut buffers = buffers(conv, precision);
        buffers.extend(self.workspaces(conv));
        let transform = |kind| self.transform(kind, conv, precision, &buffers);
        let passes = vec![
            transform(Transform::Filter),
            transform(Transform::Data),
            multiply(&self.product(conv), variant, &buffers),
            transform(Transform::Inverse),
        ];
        Plan { buffers, passes }
    }

    /// The t² products with the padding of image tiles and of register tiles, the three transforms as they are
    /// generated, and every workspace written once and read as its reader does.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let conv = conv2d(problem);
        let gemm = self.product(conv);
        let geometry = body(variant).geometry(variant);
        let tiles = u64::from(self.tiles(conv).iter().product::<u32>());
        let (filters, channels) = (u64::from(conv.k), u64::from(conv.c));
        let kernels = filters * u64::from(conv.c / conv.groups);
        let transforms = [
            // A row of channels is padded to whole vectors, and the padding transformed too.
            (
                Transform::Filter,
                filters * u64::from(conv.c / conv.groups).next_multiple_of(4),
            ),
            (Transform::Data, channels * tiles),
            (Transform::Inverse, filters * tiles),
        ];
        let transforms: u64 = transforms
            .map(|(kind, count)| self.linear(kind).operations * count)
            .iter()
            .sum();
        let square = u64::from(self.square());
        let input = precision.input().bytes();
        let outputs = u64::from(conv.n) * filters * u64::from(conv.p()) * u64::from(conv.q());
        let traffic = kernels * (9 * input + 4 * square)
            + channels * tiles * square * (input + 4)
            + filters * tiles * square * 4
            + precision.output().bytes() * outputs
            + super::epilogue_bytes(problem, precision, 1);
        Cost::new(
            problem,
            precision,
            gemm::ops_executed(&geometry, Precision::F32, &gemm) + transforms + super::epilogue_ops(problem),
            traffic + gemm::bytes_model(&geometry, Precision::F32, &gemm),
        )
    }

    /// |ΔY| ≤ γ_n · κ · C · max|g|·max|d|, where κ is the amplification of the matrices and n the roundings of one term:
    /// those of the transforms and the C of the sum over channels (Higham's γ; Barabasz et al., arXiv 1803.10986). A bias
    /// is one more rounding of a sum that |Y| ≤ κ·C·max|g|·max|d| and max|g|, which the bias counts in, limit.
    fn error_bound(
        &self,
        problem: &Problem,
        precision: Precision,
        _tuning: &Variant,
        inputs: &Magnitudes,
    ) -> ErrorBound {
        let conv = conv2d(problem);
        let matrices = self.matrices();
        let channels = f64::from(conv.c / conv.groups);
        let steps = channels + matrices.roundings() + f64::from(u8::from(conv.bias_relu));
        let gamma = ErrorBound::dot_product(Precision::F32, steps as usize, inputs).gamma;
        let bias = if conv.bias_relu { inputs.largest[1] } else { 0.0 };
        let dot = ErrorBound::dot_product(precision, conv.taps() as usize, inputs);
        ErrorBound {
            gamma: 0.0,
            normwise: gamma * (matrices.amplification() * channels * inputs.largest[0] * inputs.largest[1] + bias),
            floor: dot.floor * matrices.amplification(),
            ..dot
        }
    }
}

impl Winograd {
    /// Whether minimal filtering computes this at all.
    fn computes(&self, name: &str, problem: &Problem, precision: Precision) -> Result<(), Unsupported> {
        let conv = conv2d(problem);
        super::supports_epilogue(conv, precision)?;
        let refuse = |why: String| Err(Unsupported::new(format!("{name} {why}")));
        if [conv.r, conv.s] != [3, 3] {
            return refuse(format!("computes 3×3 filters, not {}×{}", conv.r, conv.s));
        }
        if conv.stride != [1, 1] || conv.dilation != [1, 1] {
            return refuse("needs stride 1 and dilation 1: its tiles overlap by neighbouring inputs".into());
        }
        match precision {
            Precision::I8 => refuse(
                "has no i8: transformed operands need 10 bits and more, and the packed dot product takes 8".into(),
            ),
            Precision::F16Acc => refuse("sums in f32 only: f16 sums would not survive the inverse transform".into()),
            _ => Ok(()),
        }
    }

    /// Numbers of a transformed tile.
    fn square(&self) -> u32 {
        (self.0 + 2).pow(2)
    }

    fn matrices(&self) -> Matrices {
        cook_toom(self.0 as usize)
    }

    /// Images, and tiles along height and width.
    fn tiles(&self, conv: &Conv2d) -> [u32; 3] {
        [conv.n, conv.p().div_ceil(self.0), conv.q().div_ceil(self.0)]
    }

    /// One product of filters × channels by channels × tiles for each of the t² positions and each group.
    fn product(&self, conv: &Conv2d) -> Gemm {
        Gemm {
            batch: self.square() * conv.groups,
            m: conv.k / conv.groups,
            n: self.tiles(conv).iter().product(),
            units: conv.c / conv.groups,
        }
    }

    fn workspaces(&self, conv: &Conv2d) -> [BufferSpec; 3] {
        let square = self.square();
        let tiles = self.tiles(conv).iter().product();
        [
            workspace(
                "transformed filters",
                Layout::dense(square * conv.k, conv.c / conv.groups, 1, 1).pad_rows(),
            ),
            workspace(
                "transformed tiles",
                Layout::dense(square * conv.c, 1, tiles, 1).pad_spatial(),
            ),
            workspace("products", Layout::dense(square * conv.k, 1, tiles, 1).pad_spatial()),
        ]
    }

    /// The pass of one transform; one invocation transforms one filter or one tile of one channel.
    fn transform(&self, kind: Transform, conv: &Conv2d, precision: Precision, buffers: &[BufferSpec]) -> Pass {
        let tiles = self.tiles(conv).iter().product::<u32>();
        let (label, count, bindings, file) = match kind {
            Transform::Filter => {
                let channels = buffers[FILTERS].layout.row_pitch;
                let steps = [channels, 1, conv.k * channels];
                return self.filter_pass(conv, precision, buffers, channels, steps);
            }
            Transform::Data => (
                "data transform",
                u64::from(conv.c) * u64::from(tiles),
                vec![INPUT, TILES],
                shader!("conv2d/winograd_data.wgsl"),
            ),
            Transform::Inverse => (
                "inverse transform",
                u64::from(conv.k) * u64::from(tiles),
                vec![PRODUCTS, WEIGHTS, OUTPUT],
                concat!(
                    shader!("conv2d/finish.wgsl"),
                    "\n",
                    shader!("conv2d/winograd_inverse.wgsl")
                ),
            ),
        };
        let prelude = self
            .prelude(conv, precision, buffers)
            .number("TILE_PITCH", buffers[TILES].layout.spatial_pitch);
        one_each(label, count, prelude, &[&self.linear(kind).text, file], bindings)
    }

    /// The pass that transforms the filters, each padded to so many channels; `steps` are the numbers from a filter, a
    /// channel and a position of the square to the next.
    fn filter_pass(
        &self,
        conv: &Conv2d,
        precision: Precision,
        buffers: &[BufferSpec],
        channels: u32,
        [filter, channel, position]: [u32; 3],
    ) -> Pass {
        let prelude = self.prelude(conv, precision, buffers).numbers(&[
            ("FILTER_CHANNELS", channels),
            ("FILTER_STEP", filter),
            ("CHANNEL_STEP", channel),
            ("POSITION_STEP", position),
        ]);
        let text = self.linear(Transform::Filter).text;
        let fragments = [&text, shader!("conv2d/winograd_filter.wgsl")];
        let count = u64::from(conv.k) * u64::from(channels);
        one_each("filter transform", count, prelude, &fragments, vec![WEIGHTS, FILTERS])
    }

    /// What all passes may use.
    fn prelude(&self, conv: &Conv2d, precision: Precision, buffers: &[BufferSpec]) -> Prelude {
        let [_, tiles_y, tiles_x] = self.tiles(conv);
        Prelude::new(precision).numbers(&[
            ("OUTPUTS", self.0),
            ("SIDE", self.0 + 2),
            ("FILTERS", conv.k),
            ("CHANNELS", conv.c),
            ("GROUP_CHANNELS", conv.c / conv.groups),
            ("TILES_Y", tiles_y),
            ("TILES_X", tiles_x),
            ("TILES", self.tiles(conv).iter().product()),
            ("LHS_PITCH", buffers[WEIGHTS].layout.row_pitch),
            ("BIAS_AT", buffers[WEIGHTS].layout.tail.unwrap_or(0)),
            ("BIAS_RELU", conv.bias_relu.into()),
            ("IN_H", conv.h),
            ("IN_W", conv.w),
            ("OUT_H", conv.p()),
            ("OUT_W", conv.q()),
            ("PAD_TOP", conv.padding[0]),
            ("PAD_LEFT", conv.padding[1]),
        ])
    }

    fn matrix(&self, kind: Transform) -> Vec<Vec<f64>> {
        let matrices = self.matrices();
        match kind {
            Transform::Filter => matrices.filter,
            Transform::Data => matrices.data,
            Transform::Inverse => matrices.inverse,
        }
    }

    /// `fn transform(at: Place)`, which loads a square by `load_at`, transforms both axes and stores by `store_at`.
    fn linear(&self, kind: Transform) -> Linear {
        let store = |results: &[Vec<String>]| {
            let rows = results.iter().enumerate();
            rows.flat_map(|(i, row)| {
                let names = row.iter().enumerate();
                names.map(move |(j, name)| format!("store_at(at, {i}u, {j}u, {name});"))
            })
            .collect()
        };
        let load = |i, j| format!("load_at(at, {i}u, {j}u)");
        Linear::function("fn transform(at: Place)", &self.matrix(kind), load, store)
    }
}

/// A pass with an invocation for each of `count` jobs.
fn one_each(label: &'static str, count: u64, prelude: Prelude, fragments: &[&str], bindings: Vec<usize>) -> Pass {
    let grid = fold_grid(count.div_ceil(WORKGROUP.into()));
    let prelude = prelude.numbers(&[
        ("INVOCATIONS", count as u32),
        ("WORKGROUP_X", WORKGROUP),
        ("GRID_X", grid[0]),
    ]);
    Pass::new(label, compose(&prelude, fragments), grid, bindings)
}
