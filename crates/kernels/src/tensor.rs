//! Host tensors: dense, row-major numbers of one type.

use half::f16;

use crate::layout::Layout;
use crate::precision::Element;

/// Dense numbers in C order; the shape is the problem's.
#[derive(Clone, Debug, PartialEq)]
pub enum Tensor {
    /// IEEE 754 binary32.
    F32(Vec<f32>),
    /// IEEE 754 binary16.
    F16(Vec<f16>),
    /// Two's complement, 8 bits.
    I8(Vec<i8>),
    /// Two's complement, 32 bits.
    I32(Vec<i32>),
}

impl Tensor {
    /// Type of the elements.
    pub fn element(&self) -> Element {
        match self {
            Self::F32(_) => Element::F32,
            Self::F16(_) => Element::F16,
            Self::I8(_) => Element::I8,
            Self::I32(_) => Element::I32,
        }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(data) => data.len(),
            Self::F16(data) => data.len(),
            Self::I8(data) => data.len(),
            Self::I32(data) => data.len(),
        }
    }

    /// Feeds the bits of all elements to a hasher: equal bits, equal hashes.
    pub fn hash_bits(&self, hasher: &mut impl std::hash::Hasher) {
        hasher.write(match self {
            Self::F32(data) => bytemuck::cast_slice(data),
            Self::F16(data) => bytemuck::cast_slice(data),
            Self::I8(data) => bytemuck::cast_slice(data),
            Self::I32(data) => bytemuck::cast_slice(data),
        });
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers as f64, which holds each of the types exactly.
    pub fn to_f64(&self) -> Vec<f64> {
        match self {
            Self::F32(data) => data.iter().map(|&x| x.into()).collect(),
            Self::F16(data) => data.iter().map(|&x| x.into()).collect(),
            Self::I8(data) => data.iter().map(|&x| x.into()).collect(),
            Self::I32(data) => data.iter().map(|&x| x.into()).collect(),
        }
    }

    /// The numbers at these positions.
    pub(crate) fn gather(&self, indices: &[usize]) -> Self {
        match self {
            Self::F32(data) => Self::F32(indices.iter().map(|&index| data[index]).collect()),
            Self::F16(data) => Self::F16(indices.iter().map(|&index| data[index]).collect()),
            Self::I8(data) => Self::I8(indices.iter().map(|&index| data[index]).collect()),
            Self::I32(data) => Self::I32(indices.iter().map(|&index| data[index]).collect()),
        }
    }

    /// The number at a position, as f64.
    pub(crate) fn at(&self, index: usize) -> f64 {
        match self {
            Self::F32(data) => data[index].into(),
            Self::F16(data) => data[index].into(),
            Self::I8(data) => data[index].into(),
            Self::I32(data) => data[index].into(),
        }
    }

    /// The bytes of a buffer that holds this tensor in `layout`, padded to whole 32-bit words.
    pub fn pack(&self, layout: &Layout) -> Vec<u8> {
        let mut bytes = match self {
            Self::F32(data) => bytemuck::cast_slice(&layout.pack(data)).to_vec(),
            Self::F16(data) => bytemuck::cast_slice(&layout.pack(data)).to_vec(),
            Self::I8(data) => bytemuck::cast_slice(&layout.pack(data)).to_vec(),
            Self::I32(data) => bytemuck::cast_slice(&layout.pack(data)).to_vec(),
        };
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    /// The tensor that `bytes` hold in `layout`.
    pub fn unpack(element: Element, layout: &Layout, bytes: &[u8]) -> Self {
        let bytes = &bytes[..(layout.slots() * element.bytes()) as usize];
        match element {
            Element::F32 => Self::F32(layout.unpack(&bytemuck::allocation::pod_collect_to_vec::<u8, f32>(bytes))),
            Element::F16 => Self::F16(layout.unpack(&bytemuck::allocation::pod_collect_to_vec::<u8, f16>(bytes))),
            Element::I8 => Self::I8(layout.unpack(&bytemuck::allocation::pod_collect_to_vec::<u8, i8>(bytes))),
            Element::I32 => Self::I32(layout.unpack(&bytemuck::allocation::pod_collect_to_vec::<u8, i32>(bytes))),
        }
    }
}
