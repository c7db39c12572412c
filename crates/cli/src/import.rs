//! `joulemark import`: a table from elsewhere as a joulemark table. In: a map and files. Out: the table, and what was left
//! out or not used.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;
use joulemark_base::plain_text::shown;
use joulemark_base::si::plural;
use joulemark_import::{Imported, Map, SHIPPED, import};

use crate::output::print;
use crate::safe_output;

/// Turn a table from elsewhere into one that can be studied
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark import my-map.toml measured.csv -o table.csv
  joulemark import kernel-tuner cache.json --set problem=\"matmul 4096x4096x4096\" --set precision=f16 -o t.csv
  joulemark import --show-map hyperfine     what a map looks like, to copy and change

Maps that come with joulemark: criterion, hyperfine, kernel-tuner, kernel-tuner-t4, nvbench, power-log, zeus.
How a map is written: results/README.md, \"Your own table in five minutes\".

Each row keeps the file and line it came from (column origin). Columns that the map does not use are named.")]
pub(crate) struct Import {
    /// A map (TOML), or the name of one that comes with joulemark
    #[arg(value_name = "MAP", required_unless_present = "show_map")]
    map: Option<String>,
    /// CSV or JSON files
    #[arg(value_name = "FILE", required_unless_present = "show_map")]
    files: Vec<PathBuf>,
    /// The table to write
    #[arg(short, long, value_name = "CSV", required_unless_present = "show_map")]
    out: Option<PathBuf>,
    /// A constant for the map's expressions
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Print a map that comes with joulemark
    #[arg(long, value_name = "NAME", exclusive = true)]
    show_map: Option<String>,
}

impl Import {
    /// Imports.
    ///
    /// # Errors
    /// What is wrong with the map or a file, and where.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        if let Some(name) = &self.show_map {
            let shipped = SHIPPED.iter().find(|(shipped, _)| shipped == name);
            let names = || SHIPPED.map(|(name, _)| name).join(", ");
            let (_, text) =
                shipped.with_context(|| format!("there is no map `{}`; there are {}", shown(name), names()))?;
            return print(text);
        }
        let (name, out) = self
            .map
            .as_deref()
            .zip(self.out.as_deref())
            .context("give a map, files and -o TABLE")?;
        let mut map = Map::open(name)?;
        for constant in &self.set {
            let (name, value) = constant.split_once('=').unwrap_or_default();
            ensure!(
                !name.is_empty() && !value.is_empty(),
                "--set {}: write NAME=VALUE",
                shown(constant)
            );
            map.set(name, value);
        }
        let inputs: Vec<PathBuf> = self.files.iter().cloned().chain([name.into()]).collect();
        safe_output::guard(out, &inputs)?;
        print(&text(out, &import(&map, &self.files, out)?))
    }
}

fn text(out: &Path, imported: &Imported) -> String {
    let Imported {
        rows,
        cases,
        with_energy,
        left_out,
        unused,
    } = imported;
    let mut text = format!(
        "{}: {} of {}, {with_energy} with energy\n",
        out.display(),
        plural(rows, "row"),
        plural(cases, "case")
    );
    for (why, count) in left_out {
        text += &format!("left out: {} {why}\n", plural(count, "record"));
    }
    if !unused.is_empty() {
        let names: Vec<_> = unused.iter().map(|name| shown(name)).collect();
        text += &format!("not used: {}\n", names.join(", "));
    }
    text + &format!("next: joulemark analyze {}\n", out.display())
}
