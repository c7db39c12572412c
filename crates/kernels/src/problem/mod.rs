//! Problems: the mathematics that a kernel computes, free of any way to compute it.

mod chain;
mod conv2d;
mod gradient;
mod matmul;
mod other;

use std::fmt;
use std::str::FromStr;

pub use chain::{Chain, Function};
pub use conv2d::Conv2d;
pub use gradient::{Gradient, Operand};
pub use matmul::Matmul;
pub use other::Other;

use crate::op::Op;
use crate::precision::Precision;
use crate::unsupported::Unsupported;

/// One problem of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Problem {
    /// Batched matrix product.
    Matmul(Matmul),
    /// Two-dimensional convolution.
    Conv2d(Conv2d),
    /// A backward pass of a convolution.
    Gradient(Gradient),
    /// Operations on each word of an array, for calibration.
    Chain(Chain),
    /// What a shader that is not ours computes.
    Other(Other),
}

/// The size of a matrix product as which a problem can be seen: `batch` times `m×k` by `k×n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductShape {
    /// Independent products.
    pub batch: u64,
    /// Rows of the output.
    pub m: u64,
    /// Columns of the output.
    pub n: u64,
    /// Length of the reduction.
    pub k: u64,
}

impl Problem {
    /// The kind of problem.
    pub fn op(&self) -> Op {
        match self {
            Self::Matmul(_) => Op::Matmul,
            Self::Conv2d(_) => Op::Conv2d,
            Self::Gradient(_) => Op::Gradient,
            Self::Chain(_) => Op::Calibration,
            Self::Other(_) => Op::Custom,
        }
    }

    /// Checks that no dimension is zero and that every tensor can be indexed in 32 bits.
    ///
    /// # Errors
    /// A sentence that names the dimension or the tensor.
    pub fn validate(&self) -> Result<(), Unsupported> {
        match self {
            Self::Matmul(problem) => problem.validate()?,
            Self::Conv2d(problem) => problem.validate()?,
            Self::Gradient(problem) => problem.validate()?,
            Self::Chain(problem) => problem.validate()?,
            Self::Other(_) => return Ok(()),
        }
        let names = self.tensor_names();
        for (name, shape) in
            names
                .into_iter()
                .zip([self.shape_of_input(0), self.shape_of_input(1), self.shape_of_output()])
        {
            let count = shape
                .iter()
                .try_fold(1_u64, |count, &size| count.checked_mul(size.into()));
            if count.is_none_or(|count| count > u64::from(i32::MAX.unsigned_abs())) {
                return Err(Unsupported::new(format!(
                    "{self}: tensor {name} {shape:?} has more than 2^31 - 1 elements and cannot be indexed in 32 bits"
                )));
            }
        }
        Ok(())
    }

    /// Names of the two inputs and the output, as messages use them.
    pub fn tensor_names(&self) -> [&'static str; 3] {
        match self {
            Self::Matmul(_) => ["A", "B", "C"],
            Self::Conv2d(_) => ["X", "W", "Y"],
            Self::Gradient(gradient) => gradient.tensor_names(),
            Self::Chain(_) => ["X", "C", "Y"],
            Self::Other(other) => ["input", "input", other.kernel().output().label],
        }
    }

    /// Shape of input 0 or 1, C order.
    pub fn shape_of_input(&self, index: usize) -> Vec<u32> {
        match self {
            Self::Matmul(p) => {
                let [rows, columns] = if index == 0 {
                    [p.m, p.k]
                } else {
                    [p.k + u32::from(p.bias_relu), p.n]
                };
                if p.transposed[index] {
                    vec![p.batch, columns, rows]
                } else {
                    vec![p.batch, rows, columns]
                }
            }
            Self::Conv2d(p) if index == 0 => vec![p.n, p.c, p.h, p.w],
            Self::Conv2d(p) if p.bias_relu => vec![p.k, p.taps() as u32 + 1],
            Self::Conv2d(p) => vec![p.k, p.c / p.groups, p.r, p.s],
            Self::Gradient(gradient) => gradient.shapes()[index].clone(),
            Self::Other(other) => other.kernel().shape_of_input(index),
            Self::Chain(p) => {
                let words = if index == 0 { p.words } else { 2 };
                if p.lanes() == 1 {
                    vec![words]
                } else {
                    vec![p.lanes(), words]
                }
            }
        }
    }

    /// Shape of the output, C order.
    pub fn shape_of_output(&self) -> Vec<u32> {
        match self {
            Self::Matmul(p) => vec![p.batch, p.m, p.n],
            Self::Conv2d(p) => vec![p.n, p.k, p.p(), p.q()],
            Self::Gradient(gradient) => gradient.shapes()[2].clone(),
            Self::Chain(p) => vec![p.words],
            Self::Other(other) => other.kernel().output().shape.clone(),
        }
    }

    /// `C[0, 3, 5]` for a position in the output.
    pub(crate) fn place_of_output(&self, mut position: usize) -> String {
        let mut indices = Vec::new();
        for size in self.shape_of_output().into_iter().rev() {
            indices.push((position % size as usize).to_string());
            position /= size as usize;
        }
        indices.reverse();
        format!("{}[{}]", self.tensor_names()[2], indices.join(", "))
    }

    /// The problem as a batch of matrix products (a convolution: per group, filters × taps by taps × output pixels; a
    /// chain is none, and gives words × steps; another problem gives its outputs).
    pub fn product_shape(&self) -> ProductShape {
        match self {
            Self::Matmul(p) => ProductShape {
                batch: p.batch.into(),
                m: p.m.into(),
                n: p.n.into(),
                k: p.k.into(),
            },
            Self::Conv2d(p) => ProductShape {
                batch: p.groups.into(),
                m: (p.k / p.groups).into(),
                n: u64::from(p.n) * u64::from(p.p()) * u64::from(p.q()),
                k: p.taps(),
            },
            Self::Gradient(p) => {
                let (batch, [m, n, k]) = p.products();
                let [batch, m, n, k] = [batch, m, n, k].map(u64::from);
                ProductShape { batch, m, n, k }
            }
            Self::Chain(p) => ProductShape {
                batch: 1,
                m: p.words.into(),
                n: 1,
                k: p.steps.into(),
            },
            Self::Other(other) => ProductShape {
                batch: 1,
                m: other.kernel().output().count() as u64,
                n: 1,
                k: 1,
            },
        }
    }

    /// Numbers that one output adds up: the length of the reduction, and the bias as one more.
    pub fn terms(&self) -> u64 {
        let bias = match self {
            Self::Matmul(p) => p.bias_relu,
            Self::Conv2d(p) => p.bias_relu,
            Self::Gradient(_) | Self::Chain(_) | Self::Other(_) => false,
        };
        self.product_shape().k + u64::from(bias)
    }

    /// Multiply-accumulates of the textbook method: batch·m·n·k, or N·K·P·Q·(C/g)·R·S; those of a chain's steps.
    pub fn macs(&self) -> u64 {
        match self {
            Self::Chain(chain) => chain.macs(),
            Self::Other(_) => 0,
            Self::Gradient(gradient) => Self::Conv2d(gradient.conv).macs(),
            Self::Matmul(_) | Self::Conv2d(_) => {
                let shape = self.product_shape();
                shape.batch * shape.m * shape.n * shape.k
            }
        }
    }

    /// Operations of the task: two per multiply-accumulate, or those of a chain's steps.
    pub fn operations(&self) -> u64 {
        match self {
            Self::Chain(chain) => chain.operations(),
            Self::Other(other) => other.kernel().flops,
            _ => 2 * self.macs(),
        }
    }

    /// Compulsory traffic in bytes: each input read once, the output written once.
    pub fn bytes_min(&self, precision: Precision) -> u64 {
        if let Self::Other(other) = self {
            return other.kernel().bytes;
        }
        let count = |shape: Vec<u32>| shape.iter().map(|&size| u64::from(size)).product::<u64>();
        precision.input().bytes() * (count(self.shape_of_input(0)) + count(self.shape_of_input(1)))
            + precision.output().bytes() * count(self.shape_of_output())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Matmul(problem) => problem.fmt(f),
            Self::Conv2d(problem) => problem.fmt(f),
            Self::Gradient(problem) => problem.fmt(f),
            Self::Chain(problem) => problem.fmt(f),
            Self::Other(problem) => problem.fmt(f),
        }
    }
}

impl FromStr for Problem {
    type Err = Unsupported;

    /// Reads the id that `Display` writes, of all but another problem, which only its suite knows.
    fn from_str(text: &str) -> Result<Self, Unsupported> {
        if text.starts_with('n') {
            text.parse().map(Self::Conv2d)
        } else if Gradient::is_named(text) {
            text.parse().map(Self::Gradient)
        } else if text.starts_with('w') {
            text.parse().map(Self::Chain)
        } else {
            text.parse().map(Self::Matmul)
        }
    }
}
