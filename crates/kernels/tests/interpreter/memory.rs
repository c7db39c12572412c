//! Byte memory that knows what was written, and by which invocation between which barriers.

use half::f16;
use naga::{Handle, Scalar, ScalarKind, Type};

use super::value::Num;

/// Smallest scalar in memory that invocations share, in bytes: what is told apart.
const GRAIN: usize = 2;

/// A block of memory: a buffer, a workgroup's variable or a function's.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub(crate) bytes: Vec<u8>,
    written: Vec<bool>,
    touches: Vec<Touch>,
}

/// Which invocation last wrote and read a grain, and in which epoch: between two barriers, or in which pass.
#[derive(Clone, Copy, Debug, Default)]
struct Touch {
    write: Option<(u32, u32)>,
    /// The reader is `None` if there were several.
    read: Option<(u32, Option<u32>)>,
}

/// Who touches memory, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    pub(crate) epoch: u32,
    pub(crate) invocation: u32,
}

/// Which block of memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    Buffer(usize),
    Workgroup(usize),
    Function(usize),
}

/// What a pointer points to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Type(Handle<Type>),
    Component(Scalar),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Pointer {
    pub(crate) place: Place,
    pub(crate) offset: usize,
    pub(crate) target: Target,
}

impl Memory {
    /// Memory that nobody wrote; what is zeroed counts as written.
    pub(crate) fn new(size: usize, zeroed: bool, shared: bool) -> Self {
        let grains = size.div_ceil(GRAIN);
        Self {
            bytes: vec![0; size],
            written: vec![zeroed; grains],
            touches: vec![Touch::default(); if shared { grains } else { 0 }],
        }
    }

    /// Memory that the host filled.
    pub(crate) fn filled(bytes: Vec<u8>) -> Self {
        Self {
            written: vec![true; bytes.len().div_ceil(GRAIN)],
            touches: vec![Touch::default(); bytes.len().div_ceil(GRAIN)],
            bytes,
        }
    }

    /// Forgets who touched what: the host, or a whole pass, lies between.
    pub(crate) fn settle(&mut self) {
        self.touches.fill(Touch::default());
    }

    pub(crate) fn read(&mut self, offset: usize, scalar: Scalar, access: Access) -> Result<Num, String> {
        let width = usize::from(scalar.width);
        let bytes = self.bytes.get(offset..offset + width).ok_or("a read past the end")?;
        let bytes: [u8; 4] = std::array::from_fn(|i| bytes.get(i).copied().unwrap_or(0));
        for grain in offset / GRAIN..(offset + width).div_ceil(GRAIN) {
            if !self.written[grain] {
                return Err("a read of what nobody wrote".into());
            }
            let Some(touch) = self.touches.get_mut(grain) else {
                continue;
            };
            if touch
                .write
                .is_some_and(|(epoch, writer)| epoch == access.epoch && writer != access.invocation)
            {
                return Err("a read that races with another invocation's write".into());
            }
            touch.read = match touch.read {
                Some((epoch, reader)) if epoch == access.epoch && reader != Some(access.invocation) => {
                    Some((epoch, None))
                }
                _ => Some((access.epoch, Some(access.invocation))),
            };
        }
        let word = u32::from_le_bytes(bytes);
        Ok(match (scalar.kind, scalar.width) {
            (ScalarKind::Float, 2) => Num::F16(f16::from_bits(word as u16)),
            (ScalarKind::Float, _) => Num::F32(f32::from_bits(word)),
            (ScalarKind::Sint, _) => Num::I32(word as i32),
            (ScalarKind::Bool, _) => Num::Bool(word != 0),
            _ => Num::U32(word),
        })
    }

    pub(crate) fn write(&mut self, offset: usize, num: Num, access: Access) -> Result<(), String> {
        let bytes: Vec<u8> = match num {
            Num::F32(x) => x.to_le_bytes().to_vec(),
            Num::F16(x) => x.to_le_bytes().to_vec(),
            Num::I32(x) => x.to_le_bytes().to_vec(),
            Num::U32(x) => x.to_le_bytes().to_vec(),
            Num::Bool(x) => vec![x.into()],
        };
        let place = self.bytes.get_mut(offset..offset + bytes.len());
        place.ok_or("a write past the end")?.copy_from_slice(&bytes);
        for grain in offset / GRAIN..(offset + bytes.len()).div_ceil(GRAIN) {
            self.written[grain] = true;
            let Some(touch) = self.touches.get_mut(grain) else {
                continue;
            };
            let other_write = touch
                .write
                .is_some_and(|(epoch, writer)| epoch == access.epoch && writer != access.invocation);
            let other_read = touch
                .read
                .is_some_and(|(epoch, reader)| epoch == access.epoch && reader != Some(access.invocation));
            if other_write || other_read {
                return Err("a write that races with another invocation".into());
            }
            touch.write = Some((access.epoch, access.invocation));
        }
        Ok(())
    }
}
