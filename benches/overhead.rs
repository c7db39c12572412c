//! `cargo bench --bench overhead`: what measuring costs, in CPU time and in the kernel's time.

use std::process::ExitCode;

fn main() -> ExitCode {
    joulemark_harness::overhead()
}
