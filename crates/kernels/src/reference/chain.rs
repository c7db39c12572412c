//! Chains of operations, step by step, with a running bound on the error of each word.
//!
//! With x the exact value and e what a device may be off before a step, the bound after it follows from the step's
//! derivative and the accuracy that WGSL prescribes (its table "Accuracy of built-in functions"): one spacing ε per
//! addition or multiplication, 2.5 per division, 3 + 2|x| for f32's exp and 1 + 2|x| for f16's. tanh is inherited from
//! sinh/cosh of two exps each, which gives (10.5 + 4|x|)·ε for f32 and (6.5 + 4|x|)·ε for f16, or 1e-5 for f32. Results
//! that are subnormal may be flushed. Running error analysis: Higham 2002, section 3.3.

use std::collections::HashSet;

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;

use super::check::{Check, Compared, Mismatch, Tally};
use crate::precision::{Element, Precision};
use crate::problem::{Chain, Function};
use crate::tensor::Tensor;

/// Up to this many steps are recomputed; of longer arrays a random sample of words.
const STEPS: u64 = 1 << 25;

/// A value and how far a right result may be from it.
#[derive(Clone, Copy, Debug)]
struct Bounded {
    exact: f64,
    error: f64,
}

/// What the arithmetic of a precision is like.
#[derive(Clone, Copy)]
struct Arithmetic {
    epsilon: f64,
    least: f64,
    half: bool,
}

impl Arithmetic {
    fn of(precision: Precision) -> Self {
        match precision.accumulator() {
            Element::F16 => Self {
                epsilon: half::f16::EPSILON.into(),
                least: half::f16::MIN_POSITIVE.into(),
                half: true,
            },
            _ => Self {
                epsilon: f32::EPSILON.into(),
                least: f32::MIN_POSITIVE.into(),
                half: false,
            },
        }
    }

    fn step(self, function: Function, Bounded { exact: x, error: e }: Bounded, [a, b]: [f64; 2]) -> Bounded {
        let Self { epsilon, least, half } = self;
        let size = x.abs() + e;
        let (exact, error) = match function {
            Function::Copy | Function::Dot | Function::Coop => (x, e),
            Function::Fma => {
                let product = a.abs() * size;
                (
                    a * x + b,
                    a.abs() * e + epsilon * (product + product * (1.0 + epsilon) + b.abs()),
                )
            }
            Function::Add => (x + b, e + epsilon * (size + b.abs())),
            Function::Mul => (a * x, a.abs() * (e + epsilon * size)),
            Function::Div => (x / a, (e + 2.5 * epsilon * size) / a.abs()),
            Function::Exp => {
                let ulps = if half { 1.0 } else { 3.0 } + 2.0 * size;
                let exact = (-x).exp();
                (exact, exact * e.exp_m1() + exact * e.exp() * epsilon * ulps)
            }
            Function::Tanh if half => (x.tanh(), e + epsilon * (6.5 + 4.0 * size)),
            Function::Tanh => (x.tanh(), e + (epsilon * (10.5 + 4.0 * size)).max(1e-5)),
            Function::SquaredRelu => {
                let positive = x.max(0.0);
                let error = e * (2.0 * positive + e);
                (positive * positive, error + epsilon * (positive + e).powi(2))
            }
        };
        // A copy is no arithmetic and flushes nothing.
        let flushed = if function == Function::Copy { 0.0 } else { least };
        Bounded {
            exact,
            error: error + flushed,
        }
    }
}

/// One word after all steps: exactly in wrapping i32, or with its bound.
fn word(chain: &Chain, precision: Precision, [words, coefficients]: [&Tensor; 2], index: usize) -> Bounded {
    if let (Tensor::I8(words), Tensor::I8(coefficients)) = (words, coefficients) {
        let bytes = |data: &[i8], count: usize, index: usize| [0, 1, 2, 3].map(|lane| data[lane * count + index]);
        let a = bytes(coefficients, 2, 0).map(i32::from);
        let mut x = i32::from_le_bytes(bytes(words, chain.words as usize, index).map(|byte| byte as u8));
        for _ in 0..chain.steps {
            let products = x
                .to_le_bytes()
                .into_iter()
                .zip(a)
                .map(|(byte, a)| i32::from(byte as i8) * a);
            x = x.wrapping_add(products.sum());
        }
        return Bounded {
            exact: x.into(),
            error: 0.0,
        };
    }
    if chain.function == Function::Coop {
        return squares(chain, precision, words, index);
    }
    let arithmetic = Arithmetic::of(precision);
    let coefficients = [coefficients.at(0), coefficients.at(1)];
    let mut value = Bounded {
        exact: words.at(index),
        error: 0.0,
    };
    for _ in 0..chain.steps {
        value = arithmetic.step(chain.function, value, coefficients);
    }
    // Stored sums of another format are rounded to it.
    if precision == Precision::F16 && chain.function != Function::Copy {
        let (epsilon, least) = (half::f16::EPSILON.to_f64(), half::f16::MIN_POSITIVE.to_f64());
        value.error += epsilon * (value.exact.abs() + value.error) + least;
    }
    value
}

/// A word of a tile's square, `steps` times. Each of 16·steps sums is off by one spacing of f32 at most, by two where the
/// hardware cuts off, and the result is rounded once more: Higham's bound on dot products, section 3.1.
fn squares(chain: &Chain, precision: Precision, words: &Tensor, index: usize) -> Bounded {
    let side = Chain::TILE as usize;
    let first = index / (side * side) * (side * side);
    let (row, column) = (index % (side * side) / side, index % side);
    let at = |row: usize, column: usize| {
        let place = first + row * side + column;
        if place < words.len() { words.at(place) } else { 0.0 }
    };
    let products = (0..side).map(|k| at(row, k) * at(k, column));
    let (sum, size) = products.fold((0.0, 0.0), |(sum, size), product: f64| {
        (sum + product, size + product.abs())
    });
    let steps = f64::from(chain.steps);
    let (exact, size) = (steps * sum, steps * size);
    let sums = 2.0 * side as f64 * steps * f64::from(f32::EPSILON);
    let mut error = size * sums / (1.0 - sums);
    if precision == Precision::F16 {
        error += half::f16::EPSILON.to_f64() * (exact.abs() + error) + half::f16::MIN_POSITIVE.to_f64();
    }
    Bounded { exact, error }
}

/// All words in f64.
pub(super) fn compute(chain: &Chain, inputs: [&Tensor; 2]) -> Vec<f64> {
    (0..chain.words as usize)
        .map(|index| word(chain, Precision::F32, inputs, index).exact)
        .collect()
}

/// Compares every word, or so many random ones that a wrong share s of them escapes with probability (1 − s)^count.
pub(super) fn verify(
    chain: &Chain,
    precision: Precision,
    inputs: [&Tensor; 2],
    output: &Tensor,
    seed: u64,
) -> Result<Check, Mismatch> {
    let words = chain.words as usize;
    let count = words.min((STEPS / u64::from(chain.steps + 1)).max(4096) as usize);
    let whole = count == words;
    let indices: Vec<usize> = match whole {
        true => (0..words).collect(),
        false => sample(&mut ChaCha8Rng::seed_from_u64(seed), words, count).into_vec(),
    };
    let largest = match precision.output() {
        Element::F16 => half::f16::MAX.into(),
        _ => f32::MAX.into(),
    };
    let mut tally = Tally::default();
    let compare = |index: usize, tally: &mut Tally| {
        let (got, Bounded { exact: want, error }) = (output.at(index), word(chain, precision, inputs, index));
        let overflowed = got.is_infinite() && want.abs() + error >= largest;
        tally.add(Compared {
            place: index,
            got,
            want,
            bound: error,
            right: (got - want).abs() <= error || overflowed || !want.is_finite() && !got.is_finite(),
            overflow: None,
        });
    };
    let drawn: HashSet<usize> = indices.iter().copied().collect();
    indices.iter().for_each(|&index| compare(index, &mut tally));
    for index in (0..words).filter(|index| !drawn.contains(index) && !output.at(*index).is_finite()) {
        if !tally.is_decided(count as u64) {
            compare(index, &mut tally);
        }
    }
    tally.finish(whole, |index| format!("Y[{index}]"))
}
