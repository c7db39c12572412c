//! Plain statistics on slices of numbers. No files, no columns, no energy: each is tested against SciPy or statsmodels.

pub mod bootstrap;
mod cholesky;
pub mod correlation;
pub mod equivalence;
pub mod icc;
pub mod linear;
pub mod normal;
pub mod rank;
