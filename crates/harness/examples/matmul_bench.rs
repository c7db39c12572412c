//! The matmul benchmark as a program: what `benches/matmul.rs` is, for the tests of the driver.

use std::process::ExitCode;

fn main() -> ExitCode {
    joulemark_harness::bench(joulemark_kernels::Op::Matmul)
}
