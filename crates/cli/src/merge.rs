//! `joulemark merge`: the shards of one campaign as one run.

use std::path::PathBuf;

use clap::Args;
use joulemark_base::si::plural;
use joulemark_records::merge;

use crate::output::print;

/// Join the shards of one campaign to one run
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark run --suite standard --shard 1/2 -o a      and 2/2 elsewhere
  joulemark merge a/my-gpu/2026-01-31-1 b/my-gpu/2026-01-31-1 -o results

All shards have to be there, complete, of the same suite, seed, options, adapter, driver and version of
joulemark, each with the rows and ticks that its manifest counts. The shards stay as they are.")]
pub(crate) struct Merge {
    /// The shards' run folders
    #[arg(required = true, value_name = "RUN")]
    shards: Vec<PathBuf>,
    /// Folder that gets a fresh run folder
    #[arg(short, long, alias = "out", value_name = "FOLDER")]
    output: PathBuf,
}

impl Merge {
    /// Joins the shards.
    ///
    /// # Errors
    /// Shards that do not belong together, or that cannot be read.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let merged = merge(&self.shards, &self.output)?;
        let (shards, rows) = (plural(self.shards.len(), "shard"), plural(merged.rows, "row"));
        print(&format!("{}: {shards}, {rows}\n", merged.dir.display()))
    }
}
