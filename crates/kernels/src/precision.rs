//! The precisions in which kernels compute, and the types of stored elements.

use joulemark_base::nearest::did_you_mean;
use std::fmt;
use std::str::FromStr;

/// How a kernel stores and accumulates its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// f32 in, f32 accumulation, f32 out.
    F32,
    /// f16 in, f32 accumulation, f16 out.
    F16,
    /// f16 in, f16 accumulation, f16 out: faster where f16 runs at double rate, and far less exact.
    F16Acc,
    /// i8 in, i32 accumulation, i32 out; exact.
    I8,
}

/// The type of one stored number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary16.
    F16,
    /// Two's complement, 8 bits.
    I8,
    /// Two's complement, 32 bits.
    I32,
}

impl Precision {
    /// All precisions, widest first.
    pub const ALL: [Self; 4] = [Self::F32, Self::F16, Self::F16Acc, Self::I8];

    /// The name used in ids, CSVs and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::F16Acc => "f16acc",
            Self::I8 => "i8",
        }
    }

    /// Type of the input elements.
    pub fn input(self) -> Element {
        match self {
            Self::F32 => Element::F32,
            Self::F16 | Self::F16Acc => Element::F16,
            Self::I8 => Element::I8,
        }
    }

    /// Type of the output elements.
    pub fn output(self) -> Element {
        match self {
            Self::F32 => Element::F32,
            Self::F16 | Self::F16Acc => Element::F16,
            Self::I8 => Element::I32,
        }
    }

    /// Type of the sums.
    pub fn accumulator(self) -> Element {
        match self {
            Self::F32 | Self::F16 => Element::F32,
            Self::F16Acc => Element::F16,
            Self::I8 => Element::I32,
        }
    }

    /// How many neighbours along the reduction share one storage unit: 4 for i8 (one `u32` for `dot4I8Packed`), else 1.
    pub fn interleave(self) -> u32 {
        if self == Self::I8 { 4 } else { 1 }
    }
}

impl Element {
    /// Size in bytes.
    pub fn bytes(self) -> u64 {
        match self {
            Self::F32 | Self::I32 => 4,
            Self::F16 => 2,
            Self::I8 => 1,
        }
    }

    /// The name as in npy and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::I8 => "i8",
            Self::I32 => "i32",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|precision| precision.name() == text)
            .ok_or_else(|| {
                let meant = did_you_mean(text, Self::ALL.map(Self::name));
                format!("unknown precision `{text}`{meant}: use one of f32, f16, f16acc, i8")
            })
    }
}
