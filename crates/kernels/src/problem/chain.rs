//! A chain of operations on each word of an array: what calibrates joules per operation and per byte.

use std::fmt;
use std::str::FromStr;

use half::f16;

use crate::tensor::Tensor;
use crate::unsupported::Unsupported;

/// Y\[i\] = f(f(…f(X\[i\]))), `steps` times. The second input holds two coefficients, a and b, that all words share.
///
/// Id: `w1048576fma64` is 64 steps of `fma` on 2²⁰ words; `w1048576copy` has none and `w1048576srelu` one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chain {
    /// What a step does.
    pub function: Function,
    /// Words: numbers for floats, four packed i8 for `dot`.
    pub words: u32,
    /// Steps per word.
    pub steps: u32,
}

/// One step of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// x, without any step.
    Copy,
    /// a·x + b.
    Fma,
    /// x + the dot product of x's four bytes with a's, in wrapping i32.
    Dot,
    /// x + b.
    Add,
    /// a·x.
    Mul,
    /// x/a.
    Div,
    /// e⁻ˣ, which settles near 0.567 and never overflows.
    Exp,
    /// tanh x.
    Tanh,
    /// max(x, 0)², one step only: Primer's activation.
    SquaredRelu,
    /// Words in tiles of 16×16, the last one filled up with zeros: each step adds the tile's matrix square, from 0 on.
    Coop,
}

impl Function {
    /// All functions.
    pub const ALL: [Self; 10] = [
        Self::Copy,
        Self::Fma,
        Self::Dot,
        Self::Add,
        Self::Mul,
        Self::Div,
        Self::Exp,
        Self::Tanh,
        Self::SquaredRelu,
        Self::Coop,
    ];

    /// The name used in ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Fma => "fma",
            Self::Dot => "dot",
            Self::Add => "add",
            Self::Mul => "mul",
            Self::Div => "div",
            Self::Exp => "exp",
            Self::Tanh => "tanh",
            Self::SquaredRelu => "srelu",
            Self::Coop => "coop",
        }
    }

    /// Arithmetic operations of one step; a function of one argument counts as one, and e⁻ˣ's sign is free.
    pub fn operations(self) -> u64 {
        match self {
            Self::Copy => 0,
            Self::Add | Self::Mul | Self::Div | Self::Exp | Self::Tanh => 1,
            Self::Fma | Self::SquaredRelu => 2,
            Self::Dot => 8,
            Self::Coop => 2 * u64::from(Chain::TILE),
        }
    }

    /// Multiply-accumulates of one step.
    pub fn macs(self) -> u64 {
        match self {
            Self::Fma => 1,
            Self::Dot => 4,
            Self::Coop => u64::from(Chain::TILE),
            _ => 0,
        }
    }

    /// The number of steps where there is no choice.
    fn fixed_steps(self) -> Option<u32> {
        match self {
            Self::Copy => Some(0),
            Self::SquaredRelu => Some(1),
            _ => None,
        }
    }
}

impl Chain {
    /// Rows and columns of a tile of `coop`.
    pub(crate) const TILE: u32 = 16;

    pub(super) fn validate(&self) -> Result<(), Unsupported> {
        if self.words == 0 {
            return Err(Unsupported::new(format!("chain {self}: it has no words")));
        }
        match self.function.fixed_steps() {
            Some(steps) if steps != self.steps => Err(Unsupported::new(format!(
                "chain {self}: {} has {steps} steps, not {}",
                self.function.name(),
                self.steps
            ))),
            _ => Ok(()),
        }
    }

    /// Bytes of a word that are tensor elements of their own: four for `dot`, whose words are packed i8.
    pub(super) fn lanes(&self) -> u32 {
        if self.function == Function::Dot { 4 } else { 1 }
    }

    /// Operations of all steps on all words.
    pub(super) fn operations(&self) -> u64 {
        self.function.operations() * u64::from(self.words) * u64::from(self.steps)
    }

    /// Multiply-accumulates of all steps on all words.
    pub(super) fn macs(&self) -> u64 {
        self.function.macs() * u64::from(self.words) * u64::from(self.steps)
    }

    /// Coefficients under which the words neither vanish nor overflow, from any numbers of at most 1: a becomes
    /// 1 + a/steps, so that a^steps stays between 1/e and e. Integers stay as they are.
    pub fn tame(&self, coefficients: Tensor) -> Tensor {
        let near_one = |a: f32| 1.0 + a / self.steps.max(1) as f32;
        match coefficients {
            Tensor::F32(mut numbers) => {
                numbers[0] = near_one(numbers[0]);
                Tensor::F32(numbers)
            }
            Tensor::F16(mut numbers) => {
                numbers[0] = f16::from_f32(near_one(numbers[0].to_f32()));
                Tensor::F16(numbers)
            }
            integers => integers,
        }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "w{}{}", self.words, self.function.name())?;
        if self.function.fixed_steps() != Some(self.steps) {
            write!(f, "{}", self.steps)?;
        }
        Ok(())
    }
}

impl FromStr for Chain {
    type Err = Unsupported;

    fn from_str(text: &str) -> Result<Self, Unsupported> {
        let wrong = || {
            let names = Function::ALL.map(Function::name).join(", ");
            Unsupported::new(format!(
                "`{text}` is not a chain: write words, function and steps as w1048576fma64; functions are {names}"
            ))
        };
        let rest = text.strip_prefix('w').ok_or_else(wrong)?;
        let (words, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?);
        let (name, steps) = rest.split_at(rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len()));
        let function = Function::ALL
            .into_iter()
            .find(|function| function.name() == name)
            .ok_or_else(wrong)?;
        let steps = match function.fixed_steps() {
            Some(fixed) if steps.is_empty() => fixed,
            _ => steps.parse().map_err(|_| wrong())?,
        };
        Ok(Self {
            function,
            words: words.parse().map_err(|_| wrong())?,
            steps,
        })
    }
}
