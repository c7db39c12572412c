//! Kernels that are not ours: a WGSL file with its buffers, constants and counts, as a suite tells them. In: what the suite
//! says. Out: an [`Algorithm`](crate::Algorithm) like the catalogue's, whose swept constants are its tuning parameters.

mod algorithm;
mod buffer;
mod expression;
pub(crate) mod kernel;
mod source;

pub use buffer::{Content, CustomBuffer};
pub use expression::evaluate;
pub use kernel::{Custom, Expected};
pub use source::{Fault, Source};

use crate::precision::Element;

/// A number type as suites write it, and whether its numbers are never negative.
pub fn element(name: &str) -> Option<(Element, bool)> {
    match name {
        "f32" => Some((Element::F32, false)),
        "f16" => Some((Element::F16, false)),
        "i8" => Some((Element::I8, false)),
        "i32" => Some((Element::I32, false)),
        "u32" => Some((Element::I32, true)),
        _ => None,
    }
}
