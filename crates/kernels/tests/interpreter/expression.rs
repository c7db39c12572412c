//! Expressions: what one invocation computes, or a subgroup together.

use std::rc::Rc;

use naga::{
    Arena, ArraySize, BinaryOperator, CooperativeData, Expression, Handle, MathFunction, Scalar, Type, TypeInner,
};

use super::machine::{Frame, Machine};
use super::memory::{Place, Pointer, Target};
use super::value::{Num, Value, bytes};

impl<'a> Machine<'a> {
    /// Computes an expression for these invocations.
    pub(crate) fn emit(
        &mut self,
        frame: &mut Frame<'a>,
        handle: Handle<Expression>,
        live: &[usize],
    ) -> Result<(), String> {
        match frame.function.expressions[handle] {
            Expression::CooperativeLoad { .. } | Expression::CooperativeMultiplyAdd { .. } => {
                for leader in self.leaders(live)? {
                    let value = self.evaluate(frame, handle, leader)?;
                    let together: Vec<_> = (leader..leader + self.subgroup).collect();
                    frame.set(handle, &together, |_| Some(value.clone()));
                }
            }
            _ => {
                for &lane in live {
                    let value = self.evaluate(frame, handle, lane)?;
                    frame.set(handle, &[lane], |_| Some(value.clone()));
                }
            }
        }
        Ok(())
    }

    /// An expression's value: computed before, or one that needs no computing.
    pub(crate) fn get(&mut self, frame: &Frame<'a>, handle: Handle<Expression>, lane: usize) -> Result<Value, String> {
        if let Some(Some(value)) = frame.values[handle.index()].get(lane) {
            return Ok(value.clone());
        }
        let expression = &frame.function.expressions[handle];
        Ok(match *expression {
            Expression::FunctionArgument(index) => frame.arguments[index as usize][lane].clone().expect("a call"),
            Expression::GlobalVariable(variable) => Value::Pointer(Pointer {
                place: match self.globals[variable.index()] {
                    Place::Function(first) => Place::Function(first + lane),
                    shared => shared,
                },
                offset: 0,
                target: Target::Type(self.module.global_variables[variable].ty),
            }),
            Expression::LocalVariable(variable) => Value::Pointer(Pointer {
                place: Place::Function(frame.locals[variable.index()] + lane),
                offset: 0,
                target: Target::Type(frame.function.local_variables[variable].ty),
            }),
            _ => self.constant(&frame.function.expressions, handle),
        })
    }

    /// A constant expression of a function or of the module.
    fn constant(&self, arena: &Arena<Expression>, handle: Handle<Expression>) -> Value {
        match arena[handle] {
            Expression::Literal(literal) => Value::of(&[Num::literal(literal)]),
            Expression::Constant(constant) => {
                self.constant(&self.module.global_expressions, self.module.constants[constant].init)
            }
            Expression::ZeroValue(ty) => self.zero(ty),
            Expression::Splat { size, value } => spread(size as usize, &self.constant(arena, value)),
            Expression::Compose { ty, ref components } => {
                let parts = components.iter().map(|&part| self.constant(arena, part)).collect();
                self.compose(ty, parts)
            }
            ref other => panic!("{other:?} was not computed before"),
        }
    }

    fn zero(&self, ty: Handle<Type>) -> Value {
        let number = |scalar: Scalar| Num::zero(scalar.kind, scalar.width);
        match self.module.types[ty].inner {
            TypeInner::Scalar(scalar) => Value::of(&[number(scalar)]),
            TypeInner::Vector { size, scalar } => Value::of(&vec![number(scalar); size as usize]),
            TypeInner::Array {
                base,
                size: ArraySize::Constant(count),
                ..
            } => Value::Parts(Rc::new(vec![self.zero(base); count.get() as usize])),
            TypeInner::Struct { ref members, .. } => {
                Value::Parts(Rc::new(members.iter().map(|member| self.zero(member.ty)).collect()))
            }
            TypeInner::CooperativeMatrix { rows, scalar, .. } => {
                let size = rows as usize;
                Value::Parts(Rc::new(vec![Value::of(&[number(scalar)]); size * size]))
            }
            ref other => panic!("no kernel has values like {other:?}"),
        }
    }

    fn compose(&self, ty: Handle<Type>, parts: Vec<Value>) -> Value {
        match self.module.types[ty].inner {
            TypeInner::Vector { .. } => {
                let nums: Vec<Num> = parts.iter().flat_map(|part| part.nums().to_vec()).collect();
                Value::of(&nums)
            }
            _ => Value::Parts(Rc::new(parts)),
        }
    }

    fn evaluate(&mut self, frame: &Frame<'a>, handle: Handle<Expression>, lane: usize) -> Result<Value, String> {
        Ok(match frame.function.expressions[handle] {
            Expression::Access { base, index } => {
                let index = self.get(frame, index, lane)?.index();
                self.part(frame, base, index, lane)?
            }
            Expression::AccessIndex { base, index } => self.part(frame, base, index as usize, lane)?,
            Expression::Splat { size, value } => spread(size as usize, &self.get(frame, value, lane)?),
            Expression::Swizzle {
                size,
                vector,
                ref pattern,
            } => {
                let vector = self.get(frame, vector, lane)?;
                let nums: Vec<_> = pattern[..size as usize]
                    .iter()
                    .map(|&component| vector.nums()[component as usize])
                    .collect();
                Value::of(&nums)
            }
            Expression::Compose { ty, ref components } => {
                let parts: Result<Vec<_>, _> = components.iter().map(|&part| self.get(frame, part, lane)).collect();
                self.compose(ty, parts?)
            }
            Expression::Load { pointer } => {
                let pointer = self.get(frame, pointer, lane)?.pointer();
                self.load(pointer, lane)?
            }
            Expression::Unary { op, expr } => {
                let value = self.get(frame, expr, lane)?;
                Value::of(&value.nums().iter().map(|num| num.unary(op)).collect::<Vec<_>>())
            }
            Expression::Binary { op, left, right } => {
                let (left, right) = (self.get(frame, left, lane)?, self.get(frame, right, lane)?);
                let value = left.zip(&right, |left, right| left.binary(op, right));
                use BinaryOperator as Op;
                if matches!(op, Op::Add | Op::Subtract | Op::Multiply | Op::Divide) {
                    self.count(value.nums()[0], value.nums().len());
                }
                value
            }
            Expression::Select {
                condition,
                accept,
                reject,
            } => {
                let condition = self.get(frame, condition, lane)?;
                let (accept, reject) = (self.get(frame, accept, lane)?, self.get(frame, reject, lane)?);
                if let [Num::Bool(condition)] = condition.nums() {
                    if *condition { accept } else { reject }
                } else {
                    let choose = |(i, choice): (usize, &Num)| match choice {
                        Num::Bool(true) => accept.nums()[i],
                        _ => reject.nums()[i],
                    };
                    Value::of(&condition.nums().iter().enumerate().map(choose).collect::<Vec<_>>())
                }
            }
            Expression::Math {
                fun, arg, arg1, arg2, ..
            } => {
                let handles = [Some(arg), arg1, arg2];
                let arguments: Result<Vec<_>, _> = handles
                    .into_iter()
                    .flatten()
                    .map(|argument| self.get(frame, argument, lane))
                    .collect();
                self.math(fun, &arguments?)
            }
            Expression::As { expr, kind, convert } => {
                let width = convert.expect("no kernel casts bits");
                let value = self.get(frame, expr, lane)?;
                Value::of(
                    &value
                        .nums()
                        .iter()
                        .map(|num| num.convert(kind, width))
                        .collect::<Vec<_>>(),
                )
            }
            Expression::CooperativeLoad { ref data, rows, .. } => self.load_matrix(frame, data, rows as usize, lane)?,
            Expression::CooperativeMultiplyAdd { a, b, c } => {
                let [a, b, c] = [a, b, c].map(|matrix| self.get(frame, matrix, lane));
                self.multiply(&a?, &b?, &c?)
            }
            _ => self.get(frame, handle, lane)?,
        })
    }

    fn math(&mut self, fun: MathFunction, arguments: &[Value]) -> Value {
        if fun == MathFunction::Unpack4xI8 {
            let [Num::U32(unit)] = arguments[0].nums() else {
                panic!("only words can be unpacked")
            };
            return Value::of(&bytes(*unit).map(Num::I32));
        }
        let components = arguments[0].nums().len();
        let nums: Vec<_> = (0..components)
            .map(|i| {
                let of_component: Vec<_> = arguments.iter().map(|argument| argument.nums()[i]).collect();
                Num::math(fun, &of_component)
            })
            .collect();
        let each = match fun {
            MathFunction::Fma => 2,
            MathFunction::Dot4I8Packed => 7,
            _ => 1,
        };
        self.count(nums[0], each * components);
        Value::of(&nums)
    }

    /// An element, member or component of a value, or a pointer to one.
    fn part(
        &mut self,
        frame: &Frame<'a>,
        base: Handle<Expression>,
        index: usize,
        lane: usize,
    ) -> Result<Value, String> {
        match self.get(frame, base, lane)? {
            Value::Parts(parts) => parts.get(index).cloned().ok_or("an index past an array's end".into()),
            Value::Pointer(pointer) => {
                let Target::Type(ty) = pointer.target else {
                    panic!("a component has no parts")
                };
                self.member(pointer, ty, index).map(Value::Pointer)
            }
            vector => {
                let num = vector.nums().get(index).ok_or("an index past a vector's end")?;
                Ok(Value::of(&[*num]))
            }
        }
    }

    /// A pointer to an element, member or component.
    pub(crate) fn member(&self, pointer: Pointer, ty: Handle<Type>, index: usize) -> Result<Pointer, String> {
        let (offset, target, count) = match self.module.types[ty].inner {
            TypeInner::Array { base, size, stride } => {
                let count = match size {
                    ArraySize::Constant(count) => count.get() as usize,
                    _ => usize::MAX,
                };
                (index * stride as usize, Target::Type(base), count)
            }
            TypeInner::Struct { ref members, .. } => {
                let member = &members[index];
                (member.offset as usize, Target::Type(member.ty), members.len())
            }
            TypeInner::Vector { size, scalar } => (
                index * usize::from(scalar.width),
                Target::Component(scalar),
                size as usize,
            ),
            TypeInner::CooperativeMatrix { rows, scalar, .. } => (
                index * usize::from(scalar.width),
                Target::Component(scalar),
                rows as usize * rows as usize,
            ),
            ref other => panic!("{other:?} has no parts"),
        };
        if index >= count {
            return Err(format!("index {index} in an array of {count}"));
        }
        let offset = pointer.offset + offset;
        Ok(Pointer {
            offset,
            target,
            ..pointer
        })
    }

    fn load(&mut self, pointer: Pointer, lane: usize) -> Result<Value, String> {
        let scalars = |count, scalar| (count, scalar, false);
        let (count, scalar, matrix) = match pointer.target {
            Target::Component(scalar) => scalars(1, scalar),
            Target::Type(ty) => match self.module.types[ty].inner {
                TypeInner::Scalar(scalar) => scalars(1, scalar),
                TypeInner::Vector { size, scalar } => scalars(size as usize, scalar),
                TypeInner::CooperativeMatrix { rows, scalar, .. } => (rows as usize * rows as usize, scalar, true),
                TypeInner::Struct { ref members, .. } => return self.load_parts(pointer, ty, members.len(), lane),
                TypeInner::Array {
                    size: ArraySize::Constant(count),
                    ..
                } => return self.load_parts(pointer, ty, count.get() as usize, lane),
                ref other => panic!("no kernel loads {other:?} whole"),
            },
        };
        let nums = (0..count).map(|i| self.read(pointer, i * usize::from(scalar.width), scalar, lane));
        let nums = nums.collect::<Result<Vec<_>, _>>()?;
        Ok(if matrix {
            Value::Parts(Rc::new(nums.into_iter().map(|num| Value::of(&[num])).collect()))
        } else {
            Value::of(&nums)
        })
    }

    fn load_parts(&mut self, pointer: Pointer, ty: Handle<Type>, count: usize, lane: usize) -> Result<Value, String> {
        let parts = (0..count).map(|index| {
            let part = self.member(pointer, ty, index)?;
            self.load(part, lane)
        });
        Ok(Value::Parts(Rc::new(parts.collect::<Result<_, _>>()?)))
    }

    fn read(&mut self, pointer: Pointer, offset: usize, scalar: Scalar, lane: usize) -> Result<Num, String> {
        let access = self.access(pointer.place, lane);
        if matches!(pointer.place, Place::Buffer(_)) {
            self.counts.bytes += u64::from(scalar.width);
        }
        self.memory(pointer.place).read(pointer.offset + offset, scalar, access)
    }

    /// Where the elements of a matrix of this size lie, row by row, from the pointer.
    fn places(
        &mut self,
        frame: &Frame<'a>,
        data: &CooperativeData,
        size: usize,
        lane: usize,
    ) -> Result<(Pointer, Scalar, Vec<usize>), String> {
        let pointer = self.get(frame, data.pointer, lane)?.pointer();
        let stride = self.get(frame, data.stride, lane)?.index();
        let Target::Type(ty) = pointer.target else {
            panic!("a matrix lies in an array of scalars")
        };
        let TypeInner::Scalar(scalar) = self.module.types[ty].inner else {
            panic!("a matrix lies in an array of scalars")
        };
        let steps = if data.row_major { [stride, 1] } else { [1, stride] };
        let elements = (0..size).flat_map(|row| (0..size).map(move |column| row * steps[0] + column * steps[1]));
        Ok((
            pointer,
            scalar,
            elements.map(|element| element * usize::from(scalar.width)).collect(),
        ))
    }

    fn load_matrix(
        &mut self,
        frame: &Frame<'a>,
        data: &CooperativeData,
        size: usize,
        lane: usize,
    ) -> Result<Value, String> {
        let (pointer, scalar, places) = self.places(frame, data, size, lane)?;
        let nums: Result<Vec<_>, String> = places
            .into_iter()
            .map(|offset| Ok(Value::of(&[self.read(pointer, offset, scalar, lane)?])))
            .collect();
        Ok(Value::Parts(Rc::new(nums?)))
    }

    pub(crate) fn store_matrix(
        &mut self,
        frame: &Frame<'a>,
        target: Handle<Expression>,
        data: &CooperativeData,
        lane: usize,
    ) -> Result<(), String> {
        let matrix = self.get(frame, target, lane)?;
        let size = matrix.parts().len().isqrt();
        let (pointer, scalar, places) = self.places(frame, data, size, lane)?;
        for (part, offset) in matrix.parts().iter().zip(places) {
            let num = part.nums()[0];
            self.write(
                pointer.place,
                pointer.offset + offset,
                usize::from(scalar.width),
                num,
                lane,
            )?;
        }
        Ok(())
    }

    /// a·b + c, each sum in its own format from product to product.
    fn multiply(&mut self, a: &Value, b: &Value, c: &Value) -> Value {
        let size = c.parts().len().isqrt();
        let at = |matrix: &Value, row: usize, column: usize| matrix.parts()[row * size + column].nums()[0];
        let mut sums = Vec::with_capacity(size * size);
        for row in 0..size {
            for column in 0..size {
                let sum = (0..size).fold(at(c, row, column), |sum, k| {
                    Num::math(MathFunction::Fma, &[at(a, row, k), at(b, k, column), sum])
                });
                sums.push(Value::of(&[sum]));
            }
        }
        self.count(at(c, 0, 0), 2 * size * size * size);
        Value::Parts(Rc::new(sums))
    }
}

fn spread(size: usize, value: &Value) -> Value {
    Value::of(&vec![value.nums()[0]; size])
}
