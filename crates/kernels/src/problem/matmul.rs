//! The batched matrix product C = A·B.

use std::fmt;
use std::str::FromStr;

use crate::Unsupported;

/// `batch` products of A (`m`×`k`) and B (`k`×`n`), row-major. Id: `m×n×k`, with `8b` before it for batch 8.
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
}

impl Matmul {
    /// One product of `m`×`k` and `k`×`n`.
    pub fn new(m: u32, n: u32, k: u32) -> Self {
        Self { batch: 1, m, n, k }
    }

    pub(super) fn validate(&self) -> Result<(), Unsupported> {
        for (name, size) in [("batch", self.batch), ("m", self.m), ("n", self.n), ("k", self.k)] {
            if size == 0 {
                return Err(Unsupported::new(format!(
                    "matmul {self}: {name} is 0, every dimension must be at least 1"
                )));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Matmul {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.batch != 1 {
            write!(f, "{}b", self.batch)?;
        }
        write!(f, "{}x{}x{}", self.m, self.n, self.k)
    }
}

impl FromStr for Matmul {
    type Err = Unsupported;

    fn from_str(text: &str) -> Result<Self, Unsupported> {
        let wrong = || {
            Unsupported::new(format!(
                "`{text}` is not a matmul problem: write m×n×k as 512x256x128, batch 8 as 8b512x…"
            ))
        };
        let (batch, sizes) = text.split_once('b').unwrap_or(("1", text));
        let sizes: Vec<u32> = sizes
            .split('x')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|_| wrong())?;
        let [m, n, k] = sizes[..] else { return Err(wrong()) };
        Ok(Self {
            batch: batch.parse().map_err(|_| wrong())?,
            m,
            n,
            k,
        })
    }
}
