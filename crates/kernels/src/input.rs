//! Seeded inputs: the distribution is part of the case, since the data set the switching activity and so the joules.
//!
//! No number is infinite, not a number or subnormal (WGSL lets a device flush those), and none is so large or small that
//! sums of products overflow or vanish; so the bounds of the reference hold for each distribution as they are.

use std::fmt;
use std::str::FromStr;

use half::f16;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use crate::precision::Element;
use crate::tensor::Tensor;

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
    /// Normal with mean 0 and standard deviation 1; 32 for i8, cut off at its ends.
    Normal,
    /// The uniform numbers in ascending order over the whole tensor: neighbours have most bits in common.
    Sorted,
    /// The uniform numbers with their low bits cleared: three bits of mantissa are left, or the high four of an i8.
    FewBits,
    /// Each number is uniform with this probability in percent, and 0 otherwise.
    Sparse(u8),
    /// Every sign and mantissa bit random, and as many exponent bits as keep sums of products finite and normal: six for
    /// f32 (2⁻³² … 2³¹), three for f16 (2⁻⁸ … 2⁻¹). For i8 the same as uniform.
    RandomBits,
    /// Uniform, and of each row of a product's first operand, the weights, only this percentage is not 0.
    Pruned(u8),
    /// Uniform, and the second operand of a product has this rank.
    Rank(u8),
}

/// How sparse inputs are written: this and the percentage of numbers that are not 0.
const SPARSE: &str = "sparse";
/// How pruned weights are written: this and the percentage of numbers that are kept.
const PRUNED: &str = "pruned";
/// How operands of low rank are written: this and the rank.
const RANK: &str = "rank";
/// Largest rank whose products f16 holds exactly.
const MOST_RANK: u8 = 128;

impl Distribution {
    /// All distributions; of those with a number an example.
    pub const ALL: [Self; 10] = [
        Self::Uniform,
        Self::Zeros,
        Self::Ones,
        Self::Normal,
        Self::Sorted,
        Self::FewBits,
        Self::Sparse(10),
        Self::RandomBits,
        Self::Pruned(10),
        Self::Rank(16),
    ];

    /// `count` numbers of type `element`; `stream` tells the tensors of one case apart. What lies in the shape of a
    /// problem and not in single numbers, [`inputs`](Self::inputs) adds.
    pub fn fill(self, element: Element, count: usize, seed: u64, stream: u64) -> Tensor {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        let numbers = (0..count).map(|_| ());
        match element {
            Element::F32 => {
                let mut numbers: Vec<f32> = numbers.map(|()| self.float(&mut rng)).collect();
                if self == Self::Sorted {
                    numbers.sort_unstable_by(f32::total_cmp);
                }
                Tensor::F32(numbers)
            }
            Element::F16 => {
                let mut numbers: Vec<f16> = numbers.map(|()| self.half(&mut rng)).collect();
                if self == Self::Sorted {
                    numbers.sort_unstable_by(f16::total_cmp);
                }
                Tensor::F16(numbers)
            }
            Element::I8 => {
                let mut numbers: Vec<i8> = numbers.map(|()| self.integer(&mut rng, 128.0) as i8).collect();
                if self == Self::Sorted {
                    numbers.sort_unstable();
                }
                Tensor::I8(numbers)
            }
            Element::I32 => {
                let mut numbers: Vec<i32> = numbers.map(|()| self.integer(&mut rng, 32768.0) as i32).collect();
                if self == Self::Sorted {
                    numbers.sort_unstable();
                }
                Tensor::I32(numbers)
            }
        }
    }

    fn float(self, rng: &mut impl Rng) -> f32 {
        match self {
            Self::RandomBits => {
                let bits: u32 = rng.random();
                let exponent = 127 - 32 + (bits >> 23 & 63);
                f32::from_bits(bits & 0x807f_ffff | exponent << 23)
            }
            Self::FewBits => f32::from_bits(self.real(rng).to_bits() & 0xfff0_0000),
            _ => self.real(rng),
        }
    }

    fn half(self, rng: &mut impl Rng) -> f16 {
        let number = match self {
            Self::RandomBits => {
                let bits: u16 = rng.random();
                let exponent = 15 - 8 + (bits >> 10 & 7);
                f16::from_bits(bits & 0x83ff | exponent << 10)
            }
            _ => f16::from_f32(self.float(rng)),
        };
        Some(number).filter(|number| number.is_normal()).unwrap_or(f16::ZERO)
    }

    /// A whole number from −`range` to `range` − 1.
    fn integer(self, rng: &mut impl Rng, range: f32) -> f32 {
        match self {
            Self::Zeros | Self::Ones => self.real(rng),
            Self::Normal => (range / 4.0 * self.real(rng)).round().clamp(-range, range - 1.0),
            Self::FewBits => {
                let step = range / 8.0;
                (self.real(rng) * range / step).floor() * step
            }
            _ => (self.real(rng) * range).floor(),
        }
    }

    fn real(self, rng: &mut impl Rng) -> f32 {
        match self {
            Self::Zeros => 0.0,
            Self::Ones => 1.0,
            Self::Normal => rng.sample(StandardNormal),
            Self::Sparse(percent) if rng.random_range(0..100) >= percent => 0.0,
            Self::Uniform
            | Self::Sorted
            | Self::FewBits
            | Self::Sparse(_)
            | Self::RandomBits
            | Self::Pruned(_)
            | Self::Rank(_) => rng.random_range(-1.0_f32..1.0),
        }
    }
}

impl fmt::Display for Distribution {
    /// The name used in ids and CSVs: `uniform`, `sparse10` …
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => f.pad("uniform"),
            Self::Zeros => f.pad("zeros"),
            Self::Ones => f.pad("ones"),
            Self::Normal => f.pad("normal"),
            Self::Sorted => f.pad("sorted"),
            Self::FewBits => f.pad("few_bits"),
            Self::Sparse(percent) => f.pad(&format!("{SPARSE}{percent}")),
            Self::RandomBits => f.pad("random_bits"),
            Self::Pruned(percent) => f.pad(&format!("{PRUNED}{percent}")),
            Self::Rank(rank) => f.pad(&format!("{RANK}{rank}")),
        }
    }
}

impl FromStr for Distribution {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(percent) = numbered(text, SPARSE, 100, "percent of all numbers that are not 0") {
            return percent.map(Self::Sparse);
        }
        if let Some(percent) = numbered(
            text,
            PRUNED,
            100,
            "percent of each row of the first operand that are not 0",
        ) {
            return percent.map(Self::Pruned);
        }
        if let Some(rank) = numbered(text, RANK, MOST_RANK, "the rank of the second operand") {
            return rank.map(Self::Rank);
        }
        Self::ALL
            .into_iter()
            .find(|distribution| distribution.to_string() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(|distribution| distribution.to_string());
                format!("unknown input distribution `{text}`: use one of {}", names.join(", "))
            })
    }
}

/// The number after a prefix, 1 to `most`; `None` if the text begins otherwise.
fn numbered(text: &str, prefix: &str, most: u8, meaning: &str) -> Option<Result<u8, String>> {
    let number = text.strip_prefix(prefix)?.parse().ok();
    let wrong = || format!("`{text}`: write {prefix}1 to {prefix}{most}, {meaning}");
    Some(number.filter(|number| (1..=most).contains(number)).ok_or_else(wrong))
}

#[cfg(test)]
mod tests {
    use super::Distribution;
    use crate::precision::Element;
    use crate::tensor::Tensor;

    fn values(distribution: Distribution, element: Element) -> Vec<f64> {
        distribution.fill(element, 20_000, 1, 0).to_f64()
    }

    #[test]
    fn names_read_back() {
        for distribution in Distribution::ALL {
            assert_eq!(distribution.to_string().parse(), Ok(distribution));
        }
        for text in [
            "sparse",
            "sparse0",
            "sparse101",
            "pruned0",
            "pruned101",
            "rank",
            "rank0",
            "rank129",
            "gaussian",
            "",
        ] {
            assert!(text.parse::<Distribution>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_number_is_finite_and_normal() {
        for distribution in Distribution::ALL {
            let Tensor::F32(floats) = distribution.fill(Element::F32, 20_000, 1, 0) else {
                unreachable!()
            };
            assert!(floats.iter().all(|x| x.is_normal() || *x == 0.0), "{distribution}");
            let Tensor::F16(halves) = distribution.fill(Element::F16, 20_000, 1, 0) else {
                unreachable!()
            };
            assert!(
                halves.iter().all(|x| x.is_normal() || x.to_bits() == 0),
                "{distribution}"
            );
        }
    }

    #[test]
    fn distributions_are_what_they_are_called() {
        use Distribution::{FewBits, Normal, Ones, RandomBits, Sorted, Sparse, Uniform, Zeros};
        for element in [Element::F32, Element::F16, Element::I8] {
            let unit = if element == Element::I8 { 32.0 } else { 1.0 };
            assert!(values(Zeros, element).iter().all(|x| *x == 0.0));
            assert!(values(Ones, element).iter().all(|x| *x == 1.0));
            let normal = values(Normal, element);
            let variance = normal.iter().map(|x| x * x).sum::<f64>() / normal.len() as f64;
            assert!((variance / (unit * unit) - 1.0).abs() < 0.05, "{variance}");
            let mut uniform = values(Uniform, element);
            uniform.sort_by(f64::total_cmp);
            assert_eq!(values(Sorted, element), uniform);
            let dense = values(Sparse(25), element).iter().filter(|x| **x != 0.0).count();
            assert!((4800..5200).contains(&dense), "{dense}");
            let mut few = values(FewBits, element);
            few.sort_by(f64::total_cmp);
            few.dedup();
            assert!(few.len() <= 512, "{} different numbers", few.len());
        }
        let bits = values(RandomBits, Element::F32);
        let largest = bits.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        let least = bits.iter().fold(f64::MAX, |a, b| a.min(b.abs()));
        assert!(largest < 2_f64.powi(32) && largest > 2_f64.powi(31) && least >= 2_f64.powi(-32));
        // Each of the lowest mantissa's bits is set in half of the numbers.
        let Tensor::F32(floats) = RandomBits.fill(Element::F32, 20_000, 1, 0) else {
            unreachable!()
        };
        for bit in (0..23).chain([31]) {
            let set = floats.iter().filter(|x| x.to_bits() >> bit & 1 == 1).count();
            assert!((9_500..10_500).contains(&set), "bit {bit} is set in {set}");
        }
    }
}
