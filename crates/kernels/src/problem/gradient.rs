//! The backward passes of a convolution: what its input and its weights have to change by, given the change of its output.

use std::fmt;
use std::str::FromStr;

use super::Conv2d;
use crate::unsupported::Unsupported;

/// A gradient of Y = X∗W: dX from dY and W, or dW from dY and X.
///
/// Id: `dx-` or `dw-` and the convolution's own, `dx-n1c64h56w56k64r3s3p1`. (The gradients of C = A·B are products themselves:
/// dA = dC·Bᵀ is `m×k×n tb`, dB = Aᵀ·dC is `k×n×m ta`.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gradient {
    /// The convolution.
    pub conv: Conv2d,
    /// By which operand.
    pub by: Operand,
}

/// An operand of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operand {
    /// X.
    Input,
    /// W.
    Weights,
}

impl Operand {
    fn prefix(self) -> &'static str {
        match self {
            Self::Input => "dx-",
            Self::Weights => "dw-",
        }
    }
}

impl Gradient {
    /// Whether a text begins as an id of a gradient does.
    pub(super) fn is_named(text: &str) -> bool {
        text.starts_with("dx-") || text.starts_with("dw-")
    }

    pub(super) fn validate(&self) -> Result<(), Unsupported> {
        if self.conv.bias_relu {
            return Err(Unsupported::new(format!(
                "gradient {self}: of a convolution without bias and ReLU only"
            )));
        }
        self.conv.validate()
    }

    pub(super) fn tensor_names(&self) -> [&'static str; 3] {
        match self.by {
            Operand::Input => ["dY", "W", "dX"],
            Operand::Weights => ["dY", "X", "dW"],
        }
    }

    /// Matrix products as which it can be seen: how many, and their m, n and k. By the input, per image and group; by the weights,
    /// per group over all images.
    pub(crate) fn products(&self) -> (u32, [u32; 3]) {
        let c = &self.conv;
        let [channels, filters] = [c.c / c.groups, c.k / c.groups];
        match self.by {
            Operand::Input => (c.n * c.groups, [channels, c.h * c.w, filters * c.r * c.s]),
            Operand::Weights => (c.groups, [filters, channels * c.r * c.s, c.n * c.p() * c.q()]),
        }
    }

    /// Shapes of both inputs and the output.
    pub(super) fn shapes(&self) -> [Vec<u32>; 3] {
        let c = &self.conv;
        let y = vec![c.n, c.k, c.p(), c.q()];
        let x = vec![c.n, c.c, c.h, c.w];
        let w = vec![c.k, c.c / c.groups, c.r, c.s];
        match self.by {
            Operand::Input => [y, w, x],
            Operand::Weights => [y, x, w],
        }
    }
}

impl fmt::Display for Gradient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.by.prefix(), self.conv)
    }
}

impl FromStr for Gradient {
    type Err = Unsupported;

    fn from_str(text: &str) -> Result<Self, Unsupported> {
        let by = [Operand::Input, Operand::Weights]
            .into_iter()
            .find_map(|by| Some((by, text.strip_prefix(by.prefix())?)));
        let (by, conv) = by
            .ok_or_else(|| Unsupported::new(format!("`{text}` is no gradient: write it as dx-n1c64h56w56k64r3s3p1")))?;
        Ok(Self {
            conv: conv.parse()?,
            by,
        })
    }
}
