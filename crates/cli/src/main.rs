//! The command `joulemark`: one file per verb. In: arguments and `JOULEMARK_*`. Out: text or JSON on standard output,
//! progress and errors on standard error, and an exit status that scripts can tell apart.

mod analyze;
mod best;
mod best_ranking;
mod check;
mod compare;
mod compiler;
mod doctor;
mod exec;
mod failure;
mod filter;
mod flags;
mod kernel;
mod list;
mod merge;
mod output;
mod rank;
mod report;
mod run;
mod selftest;
mod shapes;
mod show;
mod signal;
mod tune;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  joulemark doctor                        what this machine can run and measure
  joulemark run --suite quick             measure a few kernels in half a minute
  joulemark analyze results               what the numbers say
  joulemark exec matmul/naive A.npy B.npy -o C.npy

Exit status: 0 done, 1 bad input or a wrong result, 2 wrong usage, 3 something needed is missing.";

/// Measures what GPU kernels cost in joules.
#[derive(Parser)]
#[command(name = "joulemark", version, after_help = EXAMPLES, max_term_width = 120)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Doctor(doctor::Doctor),
    List(list::List),
    Show(show::Show),
    Verify(verify::Verify),
    Run(run::Run),
    Exec(exec::Exec),
    Analyze(analyze::Analyze),
    Report(report::Report),
    Compare(compare::Compare),
    Check(check::Check),
    Merge(merge::Merge),
    Rank(rank::Rank),
    Selftest(selftest::Selftest),
    Best(best::Best),
    Tune(tune::Tune),
}

fn main() -> ExitCode {
    quiet_driver();
    // Drivers' chatter is of no use to a person who measures; RUST_LOG brings it back.
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("off,joulemark=warn")).init();
    let result = match Cli::parse().verb {
        Verb::Doctor(verb) => verb.run(),
        Verb::List(verb) => verb.run(),
        Verb::Show(verb) => verb.run(),
        Verb::Verify(verb) => verb.run(),
        Verb::Run(verb) => verb.run(),
        Verb::Exec(verb) => verb.run(),
        Verb::Analyze(verb) => verb.run(),
        Verb::Report(verb) => verb.run(),
        Verb::Compare(verb) => verb.run(),
        Verb::Check(verb) => verb.run(),
        Verb::Merge(verb) => verb.run(),
        Verb::Rank(verb) => verb.run(),
        Verb::Selftest(verb) => verb.run(),
        Verb::Best(verb) => verb.run(),
        Verb::Tune(verb) => verb.run(),
    };
    failure::exit(result)
}

/// Mesa's device-selection layer complains on standard error where there is no Wayland; joulemark chooses for itself.
fn quiet_driver() {
    #[cfg(target_os = "linux")]
    if std::env::var_os("NODEVICE_SELECT").is_none() {
        // SAFETY: no other thread runs yet.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}
