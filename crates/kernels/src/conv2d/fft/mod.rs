//! Convolution by the Fourier transform: tiles of the image, which overlap by the filter less one, and the filters are
//! transformed, multiplied frequency by frequency as complex matrix products over the channels, and transformed back
//! (Mathieu, Henaff and LeCun, arXiv 1312.5851; overlap-save). What a filter costs does not grow with its taps.
//!
//! Correlation is the product with the conjugate. A complex product of K×C by C×tiles is a real one of 2K×2C by 2C×tiles:
//! the filter a + ib, conjugated, is the block (a b; −b a). The spectrum of real numbers is symmetric: half of it is kept.
//! Transforms and workspaces are f32 for f16 too.

mod radix2;
mod transforms;

use super::transformed::{FILTERS, INPUT, OUTPUT, PRODUCTS, TILES, WEIGHTS, multiply, workspace};
use super::{body, buffers, conv2d, product_default, product_supports, product_variants};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
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
use joulemark_base::device_class::DeviceClass;
use transforms::{Sizes, Transform};

pub(super) struct Fft;

/// Invocations per workgroup of the transforms: several tiles, one row or column each.
const WORKGROUP: u32 = 64;

impl Algorithm for Fft {
    called!(
        Op::Conv2d,
        "fft",
        "overlapping tiles and filters by Fourier transforms, multiplied frequency by frequency; for large filters"
    );

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        let with = |side: u32| {
            let variants = product_variants(Precision::F32).into_iter();
            variants
                .map(move |variant| variant.and("side", side))
                .collect::<Vec<_>>()
        };
        let mut variants = with(16);
        variants.extend(
            [DeviceClass::Discrete, DeviceClass::Cpu]
                .map(|class| product_default(Precision::F32, class).and("side", 32)),
        );
        variants
    }

    fn default_variant(&self, _precision: Precision, class: DeviceClass) -> Variant {
        product_default(Precision::F32, class).and("side", 16)
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let conv = conv2d(problem);
        let side = variant.get("side");
        let refuse = |why: String| Err(Unsupported::new(format!("fft {why}")));
        if ![8, 16, 32].contains(&side) {
            return refuse(format!("transforms tiles of side 8, 16 or 32, not {side}"));
        }
        if conv.stride != [1, 1] || conv.dilation != [1, 1] {
            return refuse("needs stride 1 and dilation 1: it computes every output of a tile".into());
        }
        if conv.r.max(conv.s) > side {
            return refuse(format!(
                "with tiles of side {side} takes filters of at most {side}×{side}, not {}×{}",
                conv.r, conv.s
            ));
        }
        if conv.bias_relu {
            return refuse("has no bias and ReLU".into());
        }
        match precision {
            Precision::I8 => refuse("has no i8: a spectrum is not made of whole numbers".into()),
            Precision::F16Acc => refuse("sums in f32 only: f16 sums would not survive the inverse transform".into()),
            _ => product_supports(variant),
        }
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let conv = conv2d(problem);
        let shape = Shape::new(conv, variant);
        let mut buffers = buffers(conv, precision);
        buffers.extend(shape.workspaces(conv));
        let pass = |label, bindings, file, transform: &Transform, tiles| {
            shape.pass(
                label,
                bindings,
                &[&transform.text, file],
                tiles,
                conv,
                precision,
                &buffers,
            )
        };
        let [filter, data, inverse] = shape.transforms();
        let [filters, tiles, outputs] = shape.counts(conv);
        let passes = vec![
            pass(
                "filter transform",
                vec![WEIGHTS, FILTERS],
                shader!("conv2d/fft_filter.wgsl"),
                &filter,
                filters,
            ),
            pass(
                "data transform",
                vec![INPUT, TILES],
                shader!("conv2d/fft_data.wgsl"),
                &data,
                tiles,
            ),
            multiply(&shape.product(conv), variant, &buffers),
            pass(
                "inverse transform",
                vec![PRODUCTS, OUTPUT],
                shader!("conv2d/fft_inverse.wgsl"),
                &inverse,
                outputs,
            ),
        ];
        Plan { buffers, passes }
    }

    /// The complex products with the padding of tiles, the three transforms as they are generated, and every workspace
    /// written once and read as its reader does.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let conv = conv2d(problem);
        let shape = Shape::new(conv, variant);
        let gemm = shape.product(conv);
        let geometry = body(variant).geometry(variant);
        let counts = shape.counts(conv);
        let transforms: u64 = shape
            .transforms()
            .iter()
            .zip(counts)
            .map(|(transform, count)| transform.operations * count)
            .sum();
        let square = u64::from(shape.side()).pow(2);
        let spectrum = 8 * u64::from(shape.frequencies());
        let input = precision.input().bytes();
        let kernels = u64::from(conv.k) * u64::from(conv.c / conv.groups);
        let [filters, tiles, outputs] = counts;
        let traffic = kernels * conv_taps(conv) * input
            + filters * 2 * spectrum
            + tiles * (square * input + spectrum)
            + outputs * spectrum
            + precision.output().bytes() * super::outputs(problem);
        Cost::new(
            problem,
            precision,
            gemm::ops_executed(&geometry, Precision::F32, &gemm) + transforms,
            traffic + gemm::bytes_model(&geometry, Precision::F32, &gemm),
        )
    }

    /// A radix-2 transform of 2^t numbers errs by at most t·η in the 2-norm, relatively, η = μ + γ₄(√2 + μ) < 7ε (Higham
    /// 2002, theorem 24.2; μ is the error of the roots of unity). By Cauchy–Schwarz and Parseval the errors of both
    /// spectra and of the products (√2·γ for 2C real terms) reach an output as γ·Σ_c ‖g_c‖₂‖d_c‖₂ ≤ γ·C·√(RS)·T·max|g|·max|d|,
    /// those of the inverse transform as γ·‖Y‖₂ ≤ γ·Σ_c ‖g_c‖₁‖d_c‖₂ ≤ γ·C·RS·T·max|g|·max|d| for tiles of side T. The
    /// second, with all roundings, holds for both.
    fn error_bound(
        &self,
        problem: &Problem,
        precision: Precision,
        variant: &Variant,
        inputs: &Magnitudes,
    ) -> ErrorBound {
        let conv = conv2d(problem);
        let side = variant.get("side");
        let channels = conv.c / conv.groups;
        let stages = 3 * 2 * side.ilog2();
        let roundings = 7 * stages + 3 * channels + 1;
        let gamma = ErrorBound::dot_product(Precision::F32, roundings as usize, inputs).gamma;
        let dot = ErrorBound::dot_product(precision, conv.taps() as usize, inputs);
        let reach = f64::from(side) * conv.taps() as f64;
        ErrorBound {
            gamma: 0.0,
            normwise: gamma * reach * inputs.largest[0] * inputs.largest[1],
            floor: dot.floor * f64::from(side).powi(2),
            ..dot
        }
    }
}

fn conv_taps(conv: &Conv2d) -> u64 {
    u64::from(conv.r) * u64::from(conv.s)
}

/// A convolution cut into tiles.
#[derive(Clone, Copy)]
struct Shape {
    sizes: Sizes,
    /// Images, and tiles along height and width.
    tiles: [u32; 3],
    /// Channels of a transformed filter: those of a group, padded so that a row is whole vectors.
    channels: u32,
}

impl Shape {
    fn new(conv: &Conv2d, variant: &Variant) -> Self {
        let sizes = Sizes {
            side: variant.get("side") as usize,
            filter: [conv.r as usize, conv.s as usize],
        };
        let [outputs_y, outputs_x] = sizes.outputs().map(|size| size as u32);
        Self {
            sizes,
            tiles: [conv.n, conv.p().div_ceil(outputs_y), conv.q().div_ceil(outputs_x)],
            channels: (conv.c / conv.groups).next_multiple_of(2),
        }
    }

    fn side(&self) -> u32 {
        self.sizes.side as u32
    }

    fn frequencies(&self) -> u32 {
        (self.sizes.side * self.sizes.half()) as u32
    }

    /// Of filters, image tiles, and back.
    fn transforms(&self) -> [Transform; 3] {
        [
            self.sizes.forward(self.sizes.filter),
            self.sizes.forward([self.sizes.side; 2]),
            self.sizes.inverse(),
        ]
    }

    /// Tiles that these transform.
    fn counts(&self, conv: &Conv2d) -> [u64; 3] {
        let tiles = u64::from(self.tiles.iter().product::<u32>());
        [
            u64::from(conv.k) * u64::from(self.channels),
            u64::from(conv.c) * tiles,
            u64::from(conv.k) * tiles,
        ]
    }

    fn product(&self, conv: &Conv2d) -> Gemm {
        Gemm {
            batch: self.frequencies() * conv.groups,
            m: 2 * (conv.k / conv.groups),
            n: self.tiles.iter().product(),
            units: 2 * (conv.c / conv.groups),
        }
    }

    fn workspaces(&self, conv: &Conv2d) -> [BufferSpec; 3] {
        let rows = |count: u32| 2 * self.frequencies() * count;
        let tiles = self.tiles.iter().product();
        [
            workspace("filter spectra", Layout::dense(rows(conv.k), 2 * self.channels, 1, 1)),
            workspace("tile spectra", Layout::dense(rows(conv.c), 1, tiles, 1).pad_spatial()),
            workspace("products", Layout::dense(rows(conv.k), 1, tiles, 1).pad_spatial()),
        ]
    }

    #[expect(clippy::too_many_arguments, reason = "what tells the three transforms apart")]
    fn pass(
        &self,
        label: &'static str,
        bindings: Vec<usize>,
        fragments: &[&str],
        tiles: u64,
        conv: &Conv2d,
        precision: Precision,
        buffers: &[BufferSpec],
    ) -> Pass {
        let slots = WORKGROUP / self.side();
        let groups = tiles.div_ceil(slots.into());
        let grid = fold_grid(groups);
        let [outputs_y, outputs_x] = self.sizes.outputs().map(|size| size as u32);
        let prelude = Prelude::new(precision).numbers(&[
            ("SIDE", self.side()),
            ("HALF", self.sizes.half() as u32),
            ("SLOTS", slots),
            ("FILTER_R", conv.r),
            ("FILTER_S", conv.s),
            ("OUTPUTS_Y", outputs_y),
            ("OUTPUTS_X", outputs_x),
            ("COUNT", tiles as u32),
            ("FILTERS", conv.k),
            ("CHANNELS", conv.c),
            ("GROUP_CHANNELS", conv.c / conv.groups),
            ("FILTER_CHANNELS", self.channels),
            ("TILES_Y", self.tiles[1]),
            ("TILES_X", self.tiles[2]),
            ("TILES", self.tiles.iter().product()),
            ("LHS_PITCH", buffers[WEIGHTS].layout.row_pitch),
            ("TILE_PITCH", buffers[TILES].layout.spatial_pitch),
            ("IN_H", conv.h),
            ("IN_W", conv.w),
            ("OUT_H", conv.p()),
            ("OUT_W", conv.q()),
            ("PAD_TOP", conv.padding[0]),
            ("PAD_LEFT", conv.padding[1]),
            ("GRID_X", grid[0]),
        ]);
        let fragments = [&[shader!("conv2d/fft_spectrum.wgsl")], fragments].concat();
        Pass::new(label, compose(&prelude, &fragments), grid, bindings)
    }
}
