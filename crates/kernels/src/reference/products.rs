//! A problem as small matrix products whose outputs lie one after the other: per batch, or per image and group.

use std::borrow::Cow;

use crate::problem::Operand;
use crate::problem::Problem;
use crate::tensor::Tensor;

/// `count` products of m×k by k×n. f32 holds every input type exactly.
pub(super) struct Products {
    problem: Problem,
    lhs: Vec<f32>,
    rhs: Vec<f32>,
    /// Added to the sums, after which negatives become 0: one number per column of a matmul, per filter of a convolution.
    bias: Option<Vec<f32>>,
    pub(super) count: usize,
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) k: usize,
}

/// One row of a product: the sums, and the sums of absolute values that the error bound needs.
pub(super) struct Row {
    pub(super) sums: Vec<f64>,
    pub(super) magnitudes: Vec<f64>,
}

impl Products {
    pub(super) fn new(problem: &Problem, [first, second]: [&Tensor; 2]) -> Self {
        let [mut first, mut second] = [first, second].map(to_f32);
        let mut bias = None;
        let (lhs, rhs, count, [m, n, k]) = match problem {
            Problem::Matmul(p) => {
                if p.transposed[0] {
                    first = transpose(&first, [p.batch, p.k, p.m]);
                }
                if p.transposed[1] {
                    second = transpose(&second, [p.batch, p.n, p.k]);
                }
                if p.bias_relu {
                    bias = Some(second.split_off(p.k as usize * p.n as usize));
                }
                (first, second, p.batch, [p.m, p.n, p.k])
            }
            Problem::Conv2d(p) => {
                let taps = p.taps() as usize;
                if p.bias_relu {
                    let rows = second.chunks_exact(taps + 1);
                    bias = Some(rows.clone().map(|row| row[taps]).collect());
                    second = rows.flat_map(|row| row[..taps].to_vec()).collect();
                }
                (
                    second,
                    first,
                    p.n * p.groups,
                    [p.k / p.groups, p.p() * p.q(), p.c / p.groups * p.r * p.s],
                )
            }
            Problem::Gradient(gradient) => {
                let (count, sizes) = gradient.products();
                let lhs = super::gradient::lhs(gradient, &first, &second);
                let rhs = match gradient.by {
                    Operand::Input => first,
                    Operand::Weights => second,
                };
                (lhs, rhs, count, sizes)
            }
            Problem::Chain(_) | Problem::Other(_) => {
                unreachable!("these are no products: `verify` and `compute` send a chain elsewhere, and take no other")
            }
        };
        let [m, n, k] = [m, n, k].map(|size| size as usize);
        Self {
            problem: *problem,
            lhs,
            rhs,
            bias,
            count: count as usize,
            m,
            n,
            k,
        }
    }

    /// The m×k left operand of a product.
    pub(super) fn lhs(&self, index: usize) -> &[f32] {
        let index = match &self.problem {
            Problem::Conv2d(p) => index % p.groups as usize,
            Problem::Gradient(gradient) => index % gradient.conv.groups as usize,
            _ => index,
        };
        &self.lhs[index * self.m * self.k..][..self.m * self.k]
    }

    /// The k×n right operand of a product; a convolution's patches are written out.
    pub(super) fn rhs(&self, index: usize) -> Cow<'_, [f32]> {
        let conv = match &self.problem {
            Problem::Conv2d(conv) => conv,
            Problem::Gradient(gradient) => return Cow::Owned(super::gradient::rhs(gradient, &self.rhs, index)),
            _ => return Cow::Borrowed(&self.rhs[index * self.k * self.n..][..self.k * self.n]),
        };
        let channels = (conv.c / conv.groups) as usize;
        let plane = (conv.h * conv.w) as usize;
        let image = &self.rhs[index * channels * plane..][..channels * plane];
        let mut patches = Vec::with_capacity(self.k * self.n);
        for channel in 0..channels {
            for (r, s) in (0..conv.r).flat_map(|r| (0..conv.s).map(move |s| (r, s))) {
                for (p, q) in (0..conv.p()).flat_map(|p| (0..conv.q()).map(move |q| (p, q))) {
                    let y = (p * conv.stride[0] + r * conv.dilation[0]).checked_sub(conv.padding[0]);
                    let x = (q * conv.stride[1] + s * conv.dilation[1]).checked_sub(conv.padding[1]);
                    patches.push(match (y, x) {
                        (Some(y), Some(x)) if y < conv.h && x < conv.w => {
                            image[channel * plane + (y * conv.w + x) as usize]
                        }
                        _ => 0.0,
                    });
                }
            }
        }
        Cow::Owned(patches)
    }

    /// Whether the outputs are plain sums of products.
    pub(super) fn linear(&self) -> bool {
        self.bias.is_none()
    }

    /// Where a product's m×n output lies in the problem's output.
    pub(super) fn offset(&self, index: usize) -> usize {
        index * self.m * self.n
    }

    /// One row of a product in f64.
    pub(super) fn row(&self, index: usize, row: usize, rhs: &[f32]) -> Row {
        let mut sums = vec![0.0_f64; self.n];
        let mut magnitudes = vec![0.0_f64; self.n];
        let lhs = &self.lhs(index)[row * self.k..][..self.k];
        for (&a, b) in lhs.iter().zip(rhs.chunks_exact(self.n)) {
            let a = f64::from(a);
            for ((sum, magnitude), &b) in sums.iter_mut().zip(&mut magnitudes).zip(b) {
                let product = a * f64::from(b);
                *sum += product;
                *magnitude += product.abs();
            }
        }
        if let Some(bias) = &self.bias {
            for (column, (sum, magnitude)) in sums.iter_mut().zip(&mut magnitudes).enumerate() {
                let bias = f64::from(match &self.problem {
                    Problem::Matmul(_) | Problem::Gradient(_) | Problem::Chain(_) | Problem::Other(_) => bias[column],
                    Problem::Conv2d(p) => bias[index % p.groups as usize * self.m + row],
                });
                let shifted = *sum + bias;
                // `max` would hide what is not a number.
                *sum = if shifted.is_nan() { shifted } else { shifted.max(0.0) };
                *magnitude += bias.abs();
            }
        }
        Row { sums, magnitudes }
    }
}

fn to_f32(tensor: &Tensor) -> Vec<f32> {
    match tensor {
        Tensor::F32(data) => data.clone(),
        Tensor::F16(data) => data.iter().map(|x| x.to_f32()).collect(),
        Tensor::I8(data) => data.iter().map(|&x| x.into()).collect(),
        Tensor::I32(data) => data.iter().map(|&x| x as f32).collect(),
    }
}

/// Each of `count` matrices of `rows`×`columns`, transposed.
fn transpose(data: &[f32], [count, rows, columns]: [u32; 3]) -> Vec<f32> {
    let [rows, columns] = [rows, columns].map(|size| size as usize);
    let mut transposed = Vec::with_capacity(data.len());
    for matrix in 0..count as usize {
        let matrix = &data[matrix * rows * columns..][..rows * columns];
        transposed.extend((0..columns).flat_map(|column| (0..rows).map(move |row| matrix[row * columns + column])));
    }
    transposed
}
