//! The precisions in which kernels compute, and the types of stored elements.

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

joulemark_base::words! { Precision, "precision" {
    F32 => "f32",
    F16 => "f16",
    F16Acc => "f16acc",
    I8 => "i8",
} }

impl Precision {
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

joulemark_base::words! { Element, "element type" {
    F32 => "f32",
    F16 => "f16",
    I8 => "i8",
    I32 => "i32",
} }

impl Element {
    /// Size in bytes.
    pub fn bytes(self) -> u64 {
        match self {
            Self::F32 | Self::I32 => 4,
            Self::F16 => 2,
            Self::I8 => 1,
        }
    }
}
