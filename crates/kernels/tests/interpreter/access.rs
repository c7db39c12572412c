//! How the invocations of a machine reach memory: who touches what, and what it counts.

use naga::TypeInner;

use super::machine::Machine;
use super::memory::{Access, Memory, Place, Pointer, Target};
use super::value::{Num, Value};

impl Machine<'_> {
    /// Who acts, for the check of races: workgroup memory between barriers, buffers in the whole pass.
    pub(crate) fn access(&self, place: Place, lane: usize) -> Access {
        match place {
            Place::Buffer(_) => Access {
                epoch: 0,
                invocation: self.group * self.invocations() as u32 + lane as u32,
            },
            _ => Access {
                epoch: self.epoch,
                invocation: lane as u32,
            },
        }
    }

    /// Writes a value where a pointer points.
    pub(crate) fn store(&mut self, pointer: Pointer, value: &Value, lane: usize) -> Result<(), String> {
        match value {
            Value::Parts(parts) => {
                let Target::Type(ty) = pointer.target else {
                    panic!("a composite is stored into a component")
                };
                for (index, part) in parts.iter().enumerate() {
                    let pointer = self.member(pointer, ty, index)?;
                    self.store(pointer, part, lane)?;
                }
            }
            value => {
                let width = match pointer.target {
                    Target::Component(scalar) => usize::from(scalar.width),
                    Target::Type(ty) => match self.module.types[ty].inner {
                        TypeInner::Scalar(scalar) | TypeInner::Vector { scalar, .. } => usize::from(scalar.width),
                        ref other => panic!("numbers are stored into {other:?}"),
                    },
                };
                for (index, &num) in value.nums().iter().enumerate() {
                    self.write(pointer.place, pointer.offset + index * width, width, num, lane)?;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn write(
        &mut self,
        place: Place,
        offset: usize,
        width: usize,
        num: Num,
        lane: usize,
    ) -> Result<(), String> {
        let access = self.access(place, lane);
        if matches!(place, Place::Buffer(_)) {
            self.counts.bytes += width as u64;
        }
        self.memory(place).write(offset, num, access)
    }

    pub(crate) fn memory(&mut self, place: Place) -> &mut Memory {
        match place {
            Place::Buffer(index) => &mut self.buffers[index],
            Place::Workgroup(index) => &mut self.workgroup[index],
            Place::Function(index) => &mut self.functions[index],
        }
    }
}
