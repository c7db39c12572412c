//! Seeded inputs: the distribution is part of the case, since the data set the switching activity and so the joules.

use std::fmt;
use std::str::FromStr;

use half::f16;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{Element, Tensor};

/// Where the numbers of the inputs come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Distribution {
    /// Uniform in [−1, 1) for floats; every i8 with the same probability.
    #[default]
    Uniform,
    /// All zeros: draws less power than real data, so it is an experiment and never a default.
    Zeros,
    /// All ones.
    Ones,
}

impl Distribution {
    /// All distributions.
    pub const ALL: [Self; 3] = [Self::Uniform, Self::Zeros, Self::Ones];

    /// The name used in ids and CSVs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Zeros => "zeros",
            Self::Ones => "ones",
        }
    }

    /// `count` numbers of type `element`; `stream` tells the tensors of one case apart. Never subnormal, because WGSL
    /// lets a device flush subnormals.
    pub fn fill(self, element: Element, count: usize, seed: u64, stream: u64) -> Tensor {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        let mut real = || match self {
            Self::Uniform => rng.random_range(-1.0_f32..1.0),
            Self::Zeros => 0.0,
            Self::Ones => 1.0,
        };
        match element {
            Element::F32 => Tensor::F32((0..count).map(|_| real()).collect()),
            Element::F16 => Tensor::F16(
                (0..count)
                    .map(|_| {
                        Some(f16::from_f32(real()))
                            .filter(|x| x.is_normal())
                            .unwrap_or(f16::ZERO)
                    })
                    .collect(),
            ),
            Element::I8 => Tensor::I8(
                (0..count)
                    .map(|_| (real() * scale(self, 128.0)).floor() as i8)
                    .collect(),
            ),
            Element::I32 => Tensor::I32(
                (0..count)
                    .map(|_| (real() * scale(self, 32768.0)).floor() as i32)
                    .collect(),
            ),
        }
    }
}

/// Uniform reals are stretched to the integers' range; constants stay what they are.
fn scale(distribution: Distribution, range: f32) -> f32 {
    if distribution == Distribution::Uniform {
        range
    } else {
        1.0
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Distribution {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|distribution| distribution.name() == text)
            .ok_or_else(|| {
                let names: Vec<_> = Self::ALL.iter().map(|distribution| distribution.name()).collect();
                format!("unknown input distribution `{text}`: use one of {}", names.join(", "))
            })
    }
}
