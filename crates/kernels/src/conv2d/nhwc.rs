//! Channels last: the image lies as n·h·w·c, the weights as r·s·c·k, the output as n·p·q·k. The convolution is then a
//! product of pixels × taps by taps × filters, and four channels, or filters, are one vector in memory.
//!
//! The problem's tensors stay what they are: they are laid out at upload and collected at download.

use crate::gemm::Operands;
use crate::layout::Layout;
use crate::plan::BufferSpec;
use crate::precision::Precision;
use crate::problem::Conv2d;
use crate::unsupported::Unsupported;
use crate::wgsl::shader;

/// Units of a vector.
const VECTOR: u32 = 4;

/// Several groups must not share a vector.
pub(super) fn supports(conv: &Conv2d, precision: Precision) -> Result<(), Unsupported> {
    let whole = [VECTOR * precision.interleave(), VECTOR];
    let [channels, filters] = [conv.c, conv.k].map(|count| count / conv.groups);
    if conv.groups > 1 && !(channels.is_multiple_of(whole[0]) && filters.is_multiple_of(whole[1])) {
        return Err(Unsupported::new(format!(
            "nhwc reads {} channels and stores {} filters at once, which the groups of {channels} channels and {filters} \
             filters must not share: use nhwc=0",
            whole[0], whole[1]
        )));
    }
    Ok(())
}

/// The usual buffers with channels and filters innermost, a vector of zeros behind each image. `tap_pitch` is the units of a
/// tap's channels, padding included.
pub(super) fn buffers(conv: &Conv2d, precision: Precision, tap_pitch: u32) -> Vec<BufferSpec> {
    let interleave = precision.interleave();
    let mut buffers = super::buffers(conv, precision);
    let weights = Layout::dense(conv.k, conv.c / conv.groups, conv.r * conv.s, interleave).channels_last(tap_pitch);
    let weights = if conv.bias_relu { weights.with_tail() } else { weights };
    buffers[0].layout = weights.rows_last(conv.k.next_multiple_of(VECTOR));
    let pitch = conv.c.div_ceil(interleave).next_multiple_of(VECTOR);
    let image = Layout::dense(conv.n, conv.c, conv.h * conv.w, interleave);
    buffers[1].layout = image.channels_last(pitch).with_zero().pad_rows();
    buffers[2].layout = output(conv);
    buffers
}

/// n·p·q·k, the filters padded to whole vectors.
pub(super) fn output(conv: &Conv2d) -> Layout {
    Layout::dense(conv.n, conv.k, conv.p() * conv.q(), 1).channels_last(conv.k.next_multiple_of(VECTOR))
}

/// What the fragments need beyond the convolution's usual constants; places in the image are counted in vectors.
pub(super) fn operands(
    conv: &Conv2d,
    precision: Precision,
    buffers: &[BufferSpec],
    mut constants: Vec<(&'static str, u32)>,
) -> Operands {
    let [weights, image, output] = [0, 1, 2].map(|index| &buffers[index].layout);
    let quads = |units: u32| units / VECTOR;
    let group = super::channel_units(conv, precision);
    constants.extend([
        ("CHANNEL_QUADS", group.div_ceil(VECTOR)),
        ("PIXEL_PITCH", quads(image.spatial_step)),
        ("GROUP_PITCH", quads(group)),
        ("IMAGE_PITCH", quads(image.row_pitch)),
        ("ZERO", quads(image.rows * image.row_pitch) - 1),
        ("RHS_QUADS", conv.k.div_ceil(VECTOR)),
        ("BIAS_QUAD", quads(weights.tail.unwrap_or(0))),
        ("OUT_QUADS", quads(output.spatial_step)),
    ]);
    Operands {
        constants,
        scalar: Vec::new(),
        vector: vec![
            shader!("conv2d/columns.wgsl"),
            shader!("conv2d/patches_nhwc.wgsl"),
            shader!("conv2d/weights_rsck.wgsl"),
            shader!("conv2d/finish_nhwc.wgsl"),
            shader!("conv2d/store_nhwc.wgsl"),
        ],
    }
}
