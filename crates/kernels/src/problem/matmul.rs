//! The batched matrix product C = A·B.

use std::fmt;
use std::str::FromStr;

use crate::unsupported::Unsupported;

/// `batch` products of A (`m`×`k`) and B (`k`×`n`), row-major. Id: `m×n×k`, with `8b` before it for batch 8, `ta` or `tb`
/// after it where A or B is stored transposed, and `relu` where the output is max(0, A·B + bias).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Matmul {
    /// Independent products.
    pub batch: u32,
    /// Rows of A and C.
    pub m: u32,
    /// Columns of B and C.
    pub n: u32,
    /// Columns of A, rows of B.
    pub k: u32,
    /// Whether A is stored as `k`×`m`, and B as `n`×`k`.
    pub transposed: [bool; 2],
    /// Whether a bias of `n` numbers is added to each row and negatives become 0. The bias is B's row after the last,
    /// so that a problem has two inputs.
    pub bias_relu: bool,
}

/// What follows the sizes in an id: A transposed, B transposed, bias and ReLU.
const SUFFIXES: [&str; 3] = ["ta", "tb", "relu"];

impl Matmul {
    /// One product of `m`×`k` and `k`×`n`.
    pub fn new(m: u32, n: u32, k: u32) -> Self {
        Self {
            batch: 1,
            m,
            n,
            k,
            transposed: [false; 2],
            bias_relu: false,
        }
    }

    /// Where A's number in this row, of all products together, and column lies.
    pub(crate) fn lhs_index(&self, row: usize, column: usize) -> usize {
        let [m, k] = [self.m, self.k].map(|size| size as usize);
        match self.transposed[0] {
            true => (row / m * k + column) * m + row % m,
            false => row * k + column,
        }
    }

    /// Where B's number of this product in this row and column lies.
    pub(crate) fn rhs_index(&self, product: usize, row: usize, column: usize) -> usize {
        let [n, k] = [self.n, self.k].map(|size| size as usize);
        match self.transposed[1] {
            true => (product * n + column) * k + row,
            false => (product * k + row) * n + column,
        }
    }

    pub(super) fn validate(&self) -> Result<(), Unsupported> {
        for (name, size) in [("batch", self.batch), ("m", self.m), ("n", self.n), ("k", self.k)] {
            if size == 0 {
                return Err(Unsupported::new(format!(
                    "matmul {self}: {name} is 0, every dimension must be at least 1"
                )));
            }
        }
        if self.bias_relu && (self.batch != 1 || self.transposed[1]) {
            return Err(Unsupported::new(format!(
                "matmul {self}: bias and ReLU go with batch 1 and a B that is not transposed"
            )));
        }
        Ok(())
    }
}

impl fmt::Display for Matmul {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.batch != 1 {
            write!(f, "{}b", self.batch)?;
        }
        write!(f, "{}x{}x{}", self.m, self.n, self.k)?;
        let options = [self.transposed[0], self.transposed[1], self.bias_relu];
        for (_, suffix) in options.into_iter().zip(SUFFIXES).filter(|(set, _)| *set) {
            f.write_str(suffix)?;
        }
        Ok(())
    }
}

impl FromStr for Matmul {
    type Err = Unsupported;

    fn from_str(text: &str) -> Result<Self, Unsupported> {
        let wrong = || {
            Unsupported::new(format!(
                "`{text}` is not a matmul problem: write m×n×k as 512x256x128, batch 8 as 8b512x…, \
                 a transposed A as …128ta, bias and ReLU as …128relu"
            ))
        };
        let end = text.find(['t', 'r']).unwrap_or(text.len());
        let (sizes, mut options) = text.split_at(end);
        let [ta, tb, bias_relu] = SUFFIXES.map(|suffix| match options.strip_prefix(suffix) {
            Some(rest) => {
                options = rest;
                true
            }
            None => false,
        });
        if !options.is_empty() {
            return Err(wrong());
        }
        let (batch, sizes) = sizes.split_once('b').unwrap_or(("1", sizes));
        let sizes: Vec<u32> = sizes
            .split('x')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|_| wrong())?;
        let [m, n, k] = sizes[..] else { return Err(wrong()) };
        Ok(Self {
            batch: batch.parse().map_err(|_| wrong())?,
            transposed: [ta, tb],
            bias_relu,
            ..Self::new(m, n, k)
        })
    }
}
