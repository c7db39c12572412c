//! The catalogue of all algorithms.

use crate::algorithm::Algorithm;
use crate::calibration;
use crate::conv2d;
use crate::gradient;
use crate::matmul;
use crate::op::Op;
use crate::unsupported::Unsupported;
use joulemark_base::nearest::did_you_mean;

/// Every algorithm, matmul first, calibration last.
pub fn all() -> impl Iterator<Item = &'static dyn Algorithm> {
    matmul::ALGORITHMS
        .into_iter()
        .chain(conv2d::ALGORITHMS)
        .chain(gradient::ALGORITHMS)
        .chain(calibration::ALGORITHMS)
}

/// The algorithm called `op/name`.
///
/// # Errors
/// A sentence that lists the names there are.
pub fn find(op: Op, name: &str) -> Result<&'static dyn Algorithm, Unsupported> {
    all()
        .find(|algorithm| algorithm.op() == op && algorithm.name() == name)
        .ok_or_else(|| {
            if op == Op::Custom {
                return Unsupported::new(format!(
                    "{op}/{name} is not in the catalogue: kernels of your own are entries [[kernel]] of a suite, as in joulemark \
                     run --suite FILE.toml"
                ));
            }
            let names: Vec<_> = all().filter(|a| a.op() == op).map(Algorithm::name).collect();
            let meant = did_you_mean(name, names.iter().copied());
            Unsupported::new(format!(
                "no algorithm {op}/{name}{meant}; there are {}",
                names.join(", ")
            ))
        })
}
