//! A kernel as a person names it. In: `matmul/naive` or `matmul/naive/f16`. Out: algorithm and, if named, precision.

use std::str::FromStr;

use anyhow::{anyhow, bail};
use joulemark_kernels::{Algorithm, Op, Precision, Problem, catalogue};

/// An algorithm, and perhaps a precision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel {
    pub(crate) algorithm: &'static dyn Algorithm,
    pub(crate) precision: Option<Precision>,
}

impl Kernel {
    /// The precision in the name or the one of the flag; an error if both are there and differ.
    pub(crate) fn precision(&self, flag: Option<Precision>) -> anyhow::Result<Option<Precision>> {
        match (self.precision, flag) {
            (Some(named), Some(flag)) if named != flag => {
                bail!("the kernel's name says {named} and --precision says {flag}: leave one of them out",)
            }
            (named, flag) => Ok(named.or(flag)),
        }
    }
}

impl FromStr for Kernel {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let parts: Vec<_> = text.split('/').collect();
        let (op, name, precision) = match parts[..] {
            [op, name] => (op, name, None),
            [op, name, precision] => (op, name, Some(precision)),
            _ => bail!(
                "`{text}` is no kernel: write operation/algorithm or operation/algorithm/precision, as in \
                 matmul/naive/f32; `joulemark list kernels` shows them"
            ),
        };
        let op: Op = op.parse().map_err(|error| anyhow!("`{text}` is no kernel: {error}"))?;
        let precision = precision.map(str::parse).transpose();
        Ok(Self {
            algorithm: catalogue::find(op, name)?,
            precision: precision.map_err(|error: String| anyhow!("`{text}` is no kernel: {error}"))?,
        })
    }
}

/// Problems of each shape that some algorithm is made for: what stands for all where none is named.
const SAMPLES: [&str; 20] = [
    "256x256x256",
    "1024x4x1024",
    "256x256x256relu",
    "n1c32h28w28k32r3s3p1",
    "n1c32h28w28k32r3s3p1relu",
    "n1c32h28w28k32r1s1",
    "n1c32h28w28k32r3s3p1g32",
    "n1c32h28w28k32r3s3p1g4",
    "dx-n1c32h28w28k32r3s3p1",
    "dw-n1c32h28w28k32r3s3p1",
    "w1048576copy",
    "w1048576fma64",
    "w1048576dot64",
    "w1048576add64",
    "w1048576mul64",
    "w1048576div16",
    "w1048576exp16",
    "w1048576tanh16",
    "w1048576srelu",
    "w1048576coop64",
];

/// The first sample that an algorithm computes, in the precision that it does this in.
pub(crate) fn sample(algorithm: &dyn Algorithm, precision: Precision) -> Option<Problem> {
    let variant = algorithm.variants(precision).into_iter().next()?;
    let problems = SAMPLES.iter().filter_map(|text| text.parse().ok());
    let mut fitting = problems.filter(|problem: &Problem| {
        problem.op() == algorithm.op() && algorithm.supports(problem, precision, &variant).is_ok()
    });
    fitting.next()
}

/// The precisions in which an algorithm computes one of the samples.
pub(crate) fn precisions(algorithm: &dyn Algorithm) -> Vec<Precision> {
    Precision::ALL
        .into_iter()
        .filter(|precision| sample(algorithm, *precision).is_some())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{SAMPLES, precisions};
    use joulemark_kernels::{Problem, catalogue};

    #[test]
    fn every_algorithm_computes_a_sample() {
        for text in SAMPLES {
            text.parse::<Problem>().unwrap().validate().unwrap();
        }
        for algorithm in catalogue::all() {
            assert!(!precisions(algorithm).is_empty(), "{algorithm}");
        }
    }
}
