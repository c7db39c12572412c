//! Gradients of convolutions as products. By the input, per image and group: Wᵀ (channels × filters·taps) times the outputs that
//! each pixel reached. By the weights, per group: dY (filters × pixels of all images) times the patches.

use crate::problem::{Conv2d, Gradient, Operand};

/// The left operands of all groups.
pub(super) fn lhs(gradient: &Gradient, dy: &[f32], second: &[f32]) -> Vec<f32> {
    let c = &gradient.conv;
    let [channels, filters, taps, pixels] =
        [c.c / c.groups, c.k / c.groups, c.r * c.s, c.p() * c.q()].map(|size| size as usize);
    let mut lhs = Vec::new();
    for group in 0..c.groups as usize {
        match gradient.by {
            Operand::Input => {
                for channel in 0..channels {
                    for filter in group * filters..(group + 1) * filters {
                        lhs.extend_from_slice(&second[(filter * channels + channel) * taps..][..taps]);
                    }
                }
            }
            Operand::Weights => {
                for filter in group * filters..(group + 1) * filters {
                    for image in 0..c.n as usize {
                        lhs.extend_from_slice(&dy[(image * c.k as usize + filter) * pixels..][..pixels]);
                    }
                }
            }
        }
    }
    lhs
}

/// The right operand of one product.
pub(super) fn rhs(gradient: &Gradient, data: &[f32], index: usize) -> Vec<f32> {
    match gradient.by {
        Operand::Input => reached(&gradient.conv, data, index),
        Operand::Weights => patches(&gradient.conv, data, index),
    }
}

/// filters·r·s × pixels of the input: dY where a tap takes this pixel to it.
fn reached(c: &Conv2d, dy: &[f32], index: usize) -> Vec<f32> {
    let filters = c.k / c.groups;
    let plane = (c.p() * c.q()) as usize;
    let of = |position: u32, tap: u32, axis: usize, outputs: u32| {
        let shifted = (position + c.padding[axis]).checked_sub(tap * c.dilation[axis])?;
        let output = shifted / c.stride[axis];
        (shifted.is_multiple_of(c.stride[axis]) && output < outputs).then_some(output)
    };
    let mut numbers = Vec::new();
    for filter in 0..filters as usize {
        let image = &dy[(index * filters as usize + filter) * plane..][..plane];
        for (r, s) in (0..c.r).flat_map(|r| (0..c.s).map(move |s| (r, s))) {
            for (y, x) in (0..c.h).flat_map(|y| (0..c.w).map(move |x| (y, x))) {
                let place = of(y, r, 0, c.p()).zip(of(x, s, 1, c.q()));
                numbers.push(place.map_or(0.0, |(p, q)| image[(p * c.q() + q) as usize]));
            }
        }
    }
    numbers
}

/// Pixels of the output of all images × channels·r·s: what each tap read of X.
fn patches(c: &Conv2d, x: &[f32], group: usize) -> Vec<f32> {
    let channels = (c.c / c.groups) as usize;
    let plane = (c.h * c.w) as usize;
    let mut numbers = Vec::new();
    for image in 0..c.n as usize {
        for (p, q) in (0..c.p()).flat_map(|p| (0..c.q()).map(move |q| (p, q))) {
            for channel in 0..channels {
                let data = &x[(image * c.c as usize + group * channels + channel) * plane..][..plane];
                for (r, s) in (0..c.r).flat_map(|r| (0..c.s).map(move |s| (r, s))) {
                    let row = (p * c.stride[0] + r * c.dilation[0]).checked_sub(c.padding[0]);
                    let column = (q * c.stride[1] + s * c.dilation[1]).checked_sub(c.padding[1]);
                    numbers.push(match (row, column) {
                        (Some(row), Some(column)) if row < c.h && column < c.w => data[(row * c.w + column) as usize],
                        _ => 0.0,
                    });
                }
            }
        }
    }
    numbers
}
