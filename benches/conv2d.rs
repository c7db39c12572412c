//! `cargo bench --bench conv2d`: the conv2d cases of the suite that `JOULEMARK_SUITE` names.

use std::process::ExitCode;

fn main() -> ExitCode {
    joulemark_harness::bench(joulemark_kernels::Op::Conv2d)
}
