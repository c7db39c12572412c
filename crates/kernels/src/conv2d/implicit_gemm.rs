//! Implicit GEMM: a matrix product whose right operand is gathered from the image while it is loaded.
//!
//! `staged` = 2 and 0 walk the reduction tap by tap (see `by_taps`); 1 walks it channel by channel with the plain product
//! body, which wastes nothing where a filter has few channels. `nhwc` = 1 has all tensors with their channels last.

use super::by_taps::{self, Registers, Staged, is_nhwc};
use super::{buffers, constants, conv2d, nhwc, operands, product, variants_of};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::gemm::{self, Body, RegisterBlocked, RegisterOnly};
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{BufferSpec, Pass};
use crate::precision::Precision;
use crate::problem::{Conv2d, Problem};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::shader;
use joulemark_base::device_class::DeviceClass;

pub(super) struct ImplicitGemm;

/// Filter rows and columns up to which their places inside the image fit into a word of bits.
const MAX_SIDE: u32 = 32;

impl Algorithm for ImplicitGemm {
    called!(
        Op::Conv2d,
        "implicit_gemm",
        "a matrix product of filters and image patches, the patches gathered while they are loaded"
    );

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        let planar = variants_of(&[(&Staged, 2), (&RegisterBlocked, 1), (&Registers, 0)], precision);
        let last = variants_of(&[(&Staged, 2), (&Registers, 0)], precision);
        // A row of the tile is a pixel there, and four pixels' places are worked out at once.
        let last = last.into_iter().filter(|variant| variant.get("tile_m") % 4 == 0);
        // Neighbouring invocations on neighbouring pixels, for few filters.
        let last = last.chain([RegisterOnly::variant([8, 8, 1, 8]).and("staged", 0)]);
        let planar = planar.into_iter().map(|variant| variant.and("nhwc", 0));
        planar.chain(last.map(|variant| variant.and("nhwc", 1))).collect()
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        match class {
            DeviceClass::Cpu => super::product_default(precision, class).and("nhwc", 0),
            DeviceClass::Integrated => self.variants(precision).swap_remove(1),
            _ => self.variants(precision).swap_remove(0),
        }
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let conv = conv2d(problem);
        super::supports_epilogue(conv, precision)?;
        if by_taps(variant) && conv.r.max(conv.s) > MAX_SIDE {
            return Err(Unsupported::new(format!(
                "filters of {}×{} taps: this variant takes at most {MAX_SIDE} per side, staged=1 takes any",
                conv.r, conv.s
            )));
        }
        match (variant.get("nhwc"), by_taps(variant)) {
            (0, _) => {}
            (1, true) => nhwc::supports(conv, precision)?,
            (1, false) => {
                return Err(Unsupported::new(
                    "nhwc=1 walks the reduction tap by tap: it takes staged=2 or staged=0",
                ));
            }
            (other, _) => return Err(Unsupported::new(format!("nhwc is 0 or 1, not {other}"))),
        }
        gemm::supports(body(variant), variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let conv = conv2d(problem);
        let buffers = buffers_of(conv, precision, variant);
        let passes = vec![pass(conv, precision, variant, &buffers)];
        Plan { buffers, passes }
    }

    /// By taps, each tap's channels are padded to whole steps; what is padded is multiplied and not fetched. In NHWC the
    /// epilogue takes four filters at once, whole vectors of them.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let conv = conv2d(problem);
        let geometry = body(variant).geometry(variant);
        let executed = gemm_of(conv, precision, variant);
        let mut epilogue = super::epilogue_ops(problem);
        if is_nhwc(variant) {
            epilogue = epilogue / u64::from(conv.k) * u64::from(conv.k.next_multiple_of(4));
        }
        Cost::new(
            problem,
            precision,
            gemm::ops_executed(&geometry, precision, &executed) + epilogue,
            gemm::bytes_model(&geometry, precision, &by_taps::unpadded(conv, precision, variant))
                + super::epilogue_bytes(problem, precision, 1),
        )
    }
}

fn by_taps(variant: &Variant) -> bool {
    variant.get("staged") != 1
}

fn body(variant: &Variant) -> &'static dyn Body {
    match variant.get("staged") {
        2 => &Staged,
        1 => &RegisterBlocked,
        _ => &Registers,
    }
}

fn gemm_of(conv: &Conv2d, precision: Precision, variant: &Variant) -> gemm::Gemm {
    if by_taps(variant) {
        by_taps::product(conv, precision, variant)
    } else {
        product(conv, precision)
    }
}

/// The buffers as the variant's body wants them.
pub(super) fn buffers_of(conv: &Conv2d, precision: Precision, variant: &Variant) -> Vec<BufferSpec> {
    if by_taps(variant) {
        by_taps::buffers(conv, precision, variant)
    } else {
        buffers(conv, precision)
    }
}

/// The product over these buffers.
pub(super) fn pass(conv: &Conv2d, precision: Precision, variant: &Variant, buffers: &[BufferSpec]) -> Pass {
    let operands = if by_taps(variant) {
        by_taps::operands(conv, precision, variant, buffers)
    } else {
        let gather = [shader!("conv2d/gather.wgsl"), shader!("conv2d/gather_rhs.wgsl")];
        operands(constants(conv, precision, &buffers[0].layout), &gather, &gather)
    };
    let gemm = gemm_of(conv, precision, variant);
    let bindings = if is_nhwc(variant) { vec![1, 0, 2] } else { vec![0, 1, 2] };
    gemm::pass(body(variant), variant, precision, &gemm, &operands, bindings)
}
