//! Numbers and values of WGSL, and the arithmetic on them, counted.

use std::rc::Rc;

use half::f16;
use naga::{BinaryOperator, Literal, MathFunction, ScalarKind, UnaryOperator};

use super::memory::Pointer;

/// One scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Num {
    F32(f32),
    F16(f16),
    I32(i32),
    U32(u32),
    Bool(bool),
}

/// What an expression gives.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A scalar or a vector: so many of the four.
    Nums(usize, [Num; 4]),
    /// An array, a structure or a cooperative matrix.
    Parts(Rc<Vec<Value>>),
    Pointer(Pointer),
}

impl Value {
    pub(crate) fn of(nums: &[Num]) -> Self {
        let mut four = [Num::Bool(false); 4];
        four[..nums.len()].copy_from_slice(nums);
        Self::Nums(nums.len(), four)
    }

    pub(crate) fn nums(&self) -> &[Num] {
        match self {
            Self::Nums(count, four) => &four[..*count],
            other => panic!("{other:?} is no scalar or vector"),
        }
    }

    pub(crate) fn bool(&self) -> bool {
        match self.nums() {
            [Num::Bool(value)] => *value,
            other => panic!("{other:?} is no condition"),
        }
    }

    pub(crate) fn index(&self) -> usize {
        match self.nums() {
            [Num::U32(value)] => *value as usize,
            [Num::I32(value)] => usize::try_from(*value).expect("an index below zero"),
            other => panic!("{other:?} is no index"),
        }
    }

    pub(crate) fn pointer(&self) -> Pointer {
        match self {
            Self::Pointer(pointer) => *pointer,
            other => panic!("{other:?} is no pointer"),
        }
    }

    pub(crate) fn parts(&self) -> &[Value] {
        match self {
            Self::Parts(parts) => parts,
            other => panic!("{other:?} has no parts"),
        }
    }

    /// The scalar operation on each component; single numbers are spread.
    pub(crate) fn zip(&self, other: &Self, mut operation: impl FnMut(Num, Num) -> Num) -> Self {
        let (left, right) = (self.nums(), other.nums());
        let pick = |nums: &[Num], i: usize| nums[if nums.len() == 1 { 0 } else { i }];
        let results: Vec<_> = (0..left.len().max(right.len()))
            .map(|i| operation(pick(left, i), pick(right, i)))
            .collect();
        Self::of(&results)
    }
}

impl Num {
    pub(crate) fn zero(kind: ScalarKind, width: u8) -> Self {
        match (kind, width) {
            (ScalarKind::Float, 2) => Self::F16(f16::ZERO),
            (ScalarKind::Float, 4) => Self::F32(0.0),
            (ScalarKind::Sint, 4) => Self::I32(0),
            (ScalarKind::Uint, 4) => Self::U32(0),
            (ScalarKind::Bool, _) => Self::Bool(false),
            other => panic!("no kernel uses scalars like {other:?}"),
        }
    }

    pub(crate) fn literal(literal: Literal) -> Self {
        match literal {
            Literal::F32(x) => Self::F32(x),
            Literal::F16(x) => Self::F16(x),
            Literal::U32(x) => Self::U32(x),
            Literal::I32(x) => Self::I32(x),
            Literal::Bool(x) => Self::Bool(x),
            other => panic!("no kernel uses literals like {other:?}"),
        }
    }

    /// The value in f64, which holds each kind exactly.
    fn real(self) -> f64 {
        match self {
            Self::F32(x) => x.into(),
            Self::F16(x) => x.into(),
            Self::I32(x) => x.into(),
            Self::U32(x) => x.into(),
            Self::Bool(x) => u8::from(x).into(),
        }
    }

    /// `value(x)` of WGSL: a conversion to this number's kind.
    pub(crate) fn convert(self, kind: ScalarKind, width: u8) -> Self {
        match (Self::zero(kind, width), self) {
            (Self::U32(_), Self::I32(x)) => Self::U32(x as u32),
            (Self::I32(_), Self::U32(x)) => Self::I32(x as i32),
            (like, _) => like.with(self.real()),
        }
    }

    /// This kind of number with another value, rounded once.
    fn with(self, value: f64) -> Self {
        match self {
            Self::F32(_) => Self::F32(value as f32),
            Self::F16(_) => Self::F16(f16::from_f64(value)),
            Self::I32(_) => Self::I32(value as i32),
            Self::U32(_) => Self::U32(value as u32),
            Self::Bool(_) => Self::Bool(value != 0.0),
        }
    }

    pub(crate) fn unary(self, op: UnaryOperator) -> Self {
        match (op, self) {
            (UnaryOperator::Negate, Self::I32(x)) => Self::I32(x.wrapping_neg()),
            (UnaryOperator::Negate, x) => x.with(-x.real()),
            (UnaryOperator::LogicalNot, Self::Bool(x)) => Self::Bool(!x),
            (UnaryOperator::BitwiseNot, Self::U32(x)) => Self::U32(!x),
            other => panic!("no kernel computes {other:?}"),
        }
    }

    /// A binary operation. f64 holds the exact sum and product of two f32 well enough to be rounded once.
    pub(crate) fn binary(self, op: BinaryOperator, other: Self) -> Self {
        use BinaryOperator as Op;
        let order = || self.real().partial_cmp(&other.real());
        match (op, self, other) {
            (Op::Equal, ..) => Self::Bool(self == other),
            (Op::NotEqual, ..) => Self::Bool(self != other),
            (Op::Less, ..) => Self::Bool(order().is_some_and(|order| order.is_lt())),
            (Op::LessEqual, ..) => Self::Bool(order().is_some_and(|order| order.is_le())),
            (Op::Greater, ..) => Self::Bool(order().is_some_and(|order| order.is_gt())),
            (Op::GreaterEqual, ..) => Self::Bool(order().is_some_and(|order| order.is_ge())),
            (Op::LogicalAnd | Op::And, Self::Bool(x), Self::Bool(y)) => Self::Bool(x & y),
            (Op::LogicalOr | Op::InclusiveOr, Self::Bool(x), Self::Bool(y)) => Self::Bool(x | y),
            (_, Self::U32(x), Self::U32(y)) => Self::U32(match op {
                Op::Add => x.wrapping_add(y),
                Op::Subtract => x.wrapping_sub(y),
                Op::Multiply => x.wrapping_mul(y),
                Op::Divide => x.checked_div(y).expect("a division by zero"),
                Op::Modulo => x.checked_rem(y).expect("a remainder by zero"),
                Op::And => x & y,
                Op::InclusiveOr => x | y,
                Op::ExclusiveOr => x ^ y,
                Op::ShiftLeft => x << y,
                Op::ShiftRight => x >> y,
                other => panic!("no kernel computes {other:?}"),
            }),
            (_, Self::I32(x), Self::I32(y)) => Self::I32(match op {
                Op::Add => x.wrapping_add(y),
                Op::Subtract => x.wrapping_sub(y),
                Op::Multiply => x.wrapping_mul(y),
                Op::Divide => x.checked_div(y).expect("a division by zero"),
                Op::Modulo => x.checked_rem(y).expect("a remainder by zero"),
                other => panic!("no kernel computes {other:?}"),
            }),
            (_, Self::F32(_) | Self::F16(_), _) => self.with(match op {
                Op::Add => self.real() + other.real(),
                Op::Subtract => self.real() - other.real(),
                Op::Multiply => self.real() * other.real(),
                Op::Divide => self.real() / other.real(),
                other => panic!("no kernel computes {other:?}"),
            }),
            other => panic!("no kernel computes {other:?}"),
        }
    }

    /// A function of scalars.
    pub(crate) fn math(fun: MathFunction, arguments: &[Self]) -> Self {
        match (fun, arguments) {
            (MathFunction::Fma, [a, b, c]) => c.with(a.real().mul_add(b.real(), c.real())),
            (MathFunction::Min, [a, b]) => a.with(a.real().min(b.real())),
            (MathFunction::Max, [a, b]) => a.with(a.real().max(b.real())),
            (MathFunction::Clamp, [x, low, high]) => x.with(x.real().max(low.real()).min(high.real())),
            (MathFunction::Abs, [x]) => x.with(x.real().abs()),
            (MathFunction::Dot4I8Packed, [Self::U32(a), Self::U32(b)]) => {
                let products = bytes(*a).into_iter().zip(bytes(*b)).map(|(a, b)| a * b);
                Self::I32(products.sum())
            }
            other => panic!("no kernel computes {other:?}"),
        }
    }
}

/// The four signed bytes of a packed unit, lowest first.
pub(crate) fn bytes(unit: u32) -> [i32; 4] {
    unit.to_le_bytes().map(|byte| i32::from(byte as i8))
}
