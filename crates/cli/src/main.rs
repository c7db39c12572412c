//! The command `joulemark`: one file per verb. In: arguments and `JOULEMARK_*`. Out: text or JSON on standard output,
//! progress and errors on standard error, and an exit status that scripts can tell apart.

mod account;
mod analyze;
mod bar;
mod best;
mod check;
mod compare;
mod compiler;
mod completions;
mod console;
mod doctor;
mod exec;
mod failure;
mod filter;
mod flags;
mod import;
mod kernel;
mod list;
mod literature;
mod measure;
mod merge;
mod metered;
mod output;
mod rank;
mod report;
mod run;
mod safe_output;
mod selftest;
mod shapes;
mod show;
mod signal;
mod tune;
mod verify;
mod watch;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use joulemark_base::plain_text::shown;

const EXAMPLES: &str = "\
Examples:
  joulemark doctor                        what this machine can run and measure
  joulemark measure -- ./prog args        the joules of any command
  joulemark run --suite quick             measure a few kernels in half a minute
  joulemark analyze results               what the numbers say
  joulemark exec matmul/naive A.npy B.npy -o C.npy

Exit status: 0 done, 1 bad input or a wrong result, 2 wrong usage, 3 something needed is missing, 130 stopped by a signal.";

/// Measures what GPU kernels, and any other programs, cost in joules.
#[derive(Parser)]
#[command(name = "joulemark", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

/// Declares the verbs, each with the file of its name.
macro_rules! verbs {
    ($($file:ident::$verb:ident),* $(,)?) => {
        #[derive(Subcommand)]
        enum Verb {
            $($verb($file::$verb)),*
        }

        impl Verb {
            fn run(&self) -> anyhow::Result<()> {
                match self {
                    $(Self::$verb(verb) => verb.run()),*
                }
            }
        }
    };
}

verbs! {
    doctor::Doctor,
    measure::Measure,
    watch::Watch,
    run::Run,
    analyze::Analyze,
    report::Report,
    compare::Compare,
    rank::Rank,
    literature::Literature,
    account::Account,
    best::Best,
    tune::Tune,
    verify::Verify,
    selftest::Selftest,
    check::Check,
    merge::Merge,
    import::Import,
    list::List,
    show::Show,
    exec::Exec,
    completions::Completions,
}

fn main() -> ExitCode {
    quiet_driver();
    // Drivers' chatter is of no use to a person who measures; RUST_LOG brings it back.
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("off,joulemark=warn")).init();
    let matches = command().try_get_matches();
    match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => failure::exit(cli.verb.run()),
        Err(error) if error.kind() == ErrorKind::InvalidUtf8 => {
            let foreign = std::env::args_os().filter(|word| word.to_str().is_none());
            let words: Vec<_> = foreign
                .map(|word| format!("`{}`", shown(&word.to_string_lossy())))
                .collect();
            eprintln!("error: {}: only paths may be other than UTF-8 text", words.join(", "));
            ExitCode::from(2)
        }
        // A value that makes no sense is told in one sentence; the usage, of whatever verb, says nothing about it.
        Err(error) if error.kind() == ErrorKind::ValueValidation => {
            let text = error.to_string();
            eprintln!("error: {}", text.trim_start_matches("error: ").trim_end());
            ExitCode::from(2)
        }
        Err(error) => error.format(&mut command()).exit(),
    }
}

/// The command with all its verbs: `-h` is short, `--help` has the examples and every option.
fn command() -> clap::Command {
    let long = |command: clap::Command| {
        let examples = command.get_after_help().cloned().unwrap_or_default();
        command
            .after_long_help(examples)
            .after_help("`--help` shows more: every option, and examples")
    };
    let command = Cli::command();
    let names: Vec<_> = command
        .get_subcommands()
        .map(|verb| verb.get_name().to_owned())
        .collect();
    names
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, long))
}

/// Mesa's device-selection layer complains on standard error where there is no Wayland; joulemark chooses for itself.
fn quiet_driver() {
    #[cfg(target_os = "linux")]
    if std::env::var_os("NODEVICE_SELECT").is_none() {
        // SAFETY: no other thread runs yet.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}
