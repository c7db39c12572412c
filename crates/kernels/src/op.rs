//! The kinds of problem. In: a word of an id. Out: what it stands for.

/// Kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// Batched matrix product.
    Matmul,
    /// Two-dimensional convolution.
    Conv2d,
    /// Backward passes of convolutions.
    Gradient,
    /// Chains of one operation, for calibration.
    Calibration,
    /// Whatever a shader that is not ours computes.
    Custom,
}

joulemark_base::words! { Op, "operation" {
    Matmul => "matmul",
    Conv2d => "conv2d",
    Gradient => "gradient",
    Calibration => "calibration",
    Custom => "custom",
} }
