//! What runs: problems, precisions, the catalogue of algorithms, their WGSL, operation counts and the CPU reference.
//!
//! Pure: no GPU, no files, no clock. In goes a problem and a device profile, out comes a [`Plan`].

pub mod algorithm;
pub mod calibration;
pub mod catalogue;
pub mod conv2d;
pub mod cost;
pub mod custom;
pub mod derived;
pub mod device;
pub mod gemm;
mod gradient;
pub mod input;
pub mod interface;
pub mod layout;
pub mod matmul;
pub mod op;
pub mod plan;
pub mod precision;
pub mod problem;
pub mod reference;
pub mod structure;
pub mod tensor;
pub mod unsupported;
pub mod variant;
pub mod wgsl;

pub use algorithm::{Algorithm, prepare};
pub use cost::Cost;
pub use custom::Custom;
pub use device::{Cooperative, DeviceProfile};
pub use input::Distribution;
pub use op::Op;
pub use plan::{Plan, Transfer};
pub use precision::{Element, Precision};
pub use problem::{Chain, Conv2d, Function, Gradient, Matmul, Other, Problem};
pub use tensor::Tensor;
pub use unsupported::Unsupported;
pub use variant::Variant;
