//! `joulemark completions`: what a shell needs to complete words, and man pages, both from the command's own description.

use clap::{Args, ValueEnum};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::output::print;

/// Print a shell's completions, or a man page
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark completions bash > ~/.local/share/bash-completion/completions/joulemark
  joulemark completions zsh > ~/.zfunc/_joulemark
  joulemark completions fish > ~/.config/fish/completions/joulemark.fish
  joulemark completions man > joulemark.1
  joulemark completions man run | man -l -")]
pub(crate) struct Completions {
    /// The shell, or man
    #[arg(value_name = "SHELL")]
    format: Format,
    /// With man: the verb whose page it is [default: the page of the whole command]
    #[arg(value_name = "VERB")]
    verb: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
    Man,
}

impl Completions {
    /// Prints the text.
    ///
    /// # Errors
    /// A verb that does not exist, or standard output that cannot be written.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut command = crate::command();
        let shell = match self.format {
            Format::Bash => Shell::Bash,
            Format::Elvish => Shell::Elvish,
            Format::Fish => Shell::Fish,
            Format::Powershell => Shell::PowerShell,
            Format::Zsh => Shell::Zsh,
            Format::Man => return self.man(command),
        };
        anyhow::ensure!(
            self.verb.is_none(),
            "only man pages are of single verbs: leave `VERB` out"
        );
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command, "joulemark", &mut text);
        print(&String::from_utf8_lossy(&text))
    }

    fn man(&self, mut command: clap::Command) -> anyhow::Result<()> {
        command.build();
        if let Some(verb) = &self.verb {
            let verbs: Vec<_> = command
                .get_subcommands()
                .map(|verb| verb.get_name().to_owned())
                .collect();
            let page = command.find_subcommand(verb).cloned();
            command =
                page.ok_or_else(|| anyhow::anyhow!("there is no verb `{verb}`; there are {}", verbs.join(", ")))?;
        }
        let mut text = Vec::new();
        Man::new(command).render(&mut text)?;
        print(&String::from_utf8_lossy(&text))
    }
}
