//! `cargo bench --bench custom`: the kernels of the user's own in the suite that `JOULEMARK_SUITE` names.

use std::process::ExitCode;

fn main() -> ExitCode {
    joulemark_harness::bench(joulemark_kernels::Op::Custom)
}
