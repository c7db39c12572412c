//! `cargo bench --bench gradient`: the backward passes of the suite that `JOULEMARK_SUITE` names.

use std::process::ExitCode;

fn main() -> ExitCode {
    joulemark_harness::bench(joulemark_kernels::Op::Gradient)
}
