//! A buffer of a kernel that is not ours: its numbers, what they are at first, whether it is the output.

use crate::input::Distribution;
use crate::precision::Element;
use crate::tensor::Tensor;

/// One buffer.
#[derive(Clone, Debug)]
pub struct CustomBuffer {
    /// The shader's name for it.
    pub label: &'static str,
    /// Type of its numbers.
    pub element: Element,
    /// Whether the shader takes them for unsigned.
    pub is_unsigned: bool,
    /// Its shape, outermost first.
    pub shape: Vec<u32>,
    /// What the host writes into it.
    pub content: Content,
    /// Whether it is what is compared with what is expected.
    pub is_output: bool,
}

/// What a buffer holds before the first iteration.
#[derive(Clone, Debug)]
pub enum Content {
    /// Nothing of use: the kernel writes before it reads.
    Nothing,
    /// Seeded numbers.
    Distribution(Distribution),
    /// These numbers.
    Tensor(Tensor),
}

impl CustomBuffer {
    /// Numbers in it.
    pub fn count(&self) -> usize {
        self.shape.iter().map(|&size| size as usize).product()
    }

    /// Whether the host writes it.
    pub(crate) fn is_filled(&self) -> bool {
        !matches!(self.content, Content::Nothing)
    }

    /// What the host writes; `stream` tells the buffers of one kernel apart.
    pub(crate) fn tensor(&self, seed: u64, stream: u64) -> Option<Tensor> {
        let filled = match &self.content {
            Content::Nothing => return None,
            Content::Distribution(distribution) => distribution.fill(self.element, self.count(), seed, stream),
            Content::Tensor(tensor) => return Some(tensor.clone()),
        };
        Some(match filled {
            Tensor::I32(numbers) if self.is_unsigned => {
                Tensor::I32(numbers.into_iter().map(|number| number.saturating_abs()).collect())
            }
            other => other,
        })
    }
}
