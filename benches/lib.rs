//! The package at the root owns the Criterion benchmarks in this folder and nothing else.
