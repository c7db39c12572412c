//! The compiler's view of a kernel. In: which adapter, or which AMD GPU that need not be there. Out: what its driver made
//! of each pass, as text.

use std::fmt::Write;
use std::process::Command;

use anyhow::anyhow;
use clap::Args;
use joulemark_base::si::significant;
use joulemark_gpu::{Adapter, Compiled, GpuError};
use joulemark_harness::Error;

/// Whose compiler is asked.
#[derive(Args)]
pub(crate) struct Compiler {
    /// Print what a Vulkan driver made of each pass: registers, spills, occupancy, instructions. Nothing is run
    #[arg(long)]
    pub(crate) compiled: bool,
    /// With --compiled: GPU by number or part of its name, as `joulemark doctor` lists them [default: the first]
    #[arg(long, value_name = "NUMBER|NAME", requires = "compiled")]
    adapter: Option<String>,
    /// With --compiled: an AMD GPU that need not be here, by Mesa's name for its family, as in navi31 (before Mesa 23:
    /// gfx1100); Mesa's driver RADV compiles for it
    #[arg(long, value_name = "FAMILY", requires = "compiled", conflicts_with = "adapter")]
    gpu: Option<String>,
}

/// What Mesa's RADV reads its pretended GPU from.
const FAMILY: &str = "RADV_FORCE_FAMILY";
/// Part of the name of each of RADV's adapters.
const RADV: &str = "RADV";
/// Instructions that are listed; the others are counted together.
const LISTED: usize = 12;

impl Compiler {
    /// The adapter, if the compiler's view is wanted.
    ///
    /// # Errors
    /// If it is not there.
    pub(crate) fn adapter(&self) -> anyhow::Result<Option<Adapter>> {
        if !self.compiled {
            return Ok(None);
        }
        let Some(family) = &self.gpu else {
            return Ok(Some(Adapter::choose(self.adapter.as_deref()).map_err(Error::from)?));
        };
        let missing = || {
            Error::from(GpuError::NoAdapter(format!(
                "Mesa's RADV is not here, or knows no GPU `{family}`: install it (Debian: mesa-vulkan-drivers), or point \
                 VK_DRIVER_FILES to a newer one's radeon_icd.*.json"
            )))
        };
        if std::env::var(FAMILY).as_ref() == Ok(family) {
            return Ok(Some(Adapter::choose(Some(RADV)).map_err(|_| missing())?));
        }
        // In a process of its own: RADV ends the one in which it reads a family that it does not know.
        let status = Command::new(std::env::current_exe()?)
            .args(std::env::args_os().skip(1))
            .env(FAMILY, family)
            .status()?;
        match status.code() {
            Some(code) => std::process::exit(code),
            // It aborts where it does not know the family.
            None if status.to_string().contains("SIGABRT") => Err(missing().into()),
            None => Err(anyhow!(
                "Mesa's RADV crashed while it compiled this kernel ({status}): try again, or with another Mesa"
            )),
        }
    }
}

/// One pass as its driver sees it.
pub(crate) fn text(compiled: &Compiled) -> String {
    let width = compiled
        .statistics
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for (name, value) in &compiled.statistics {
        let value = if value.fract() == 0.0 {
            format!("{value:.0}")
        } else {
            significant(*value)
        };
        let _ = writeln!(text, "  {name:<width$}  {value:>8}");
    }
    let Some(instructions) = &compiled.instructions else {
        return text
            + "\n  This driver shows no assembly that joulemark understands, so instructions are not counted.\n";
    };
    let mut counts: Vec<_> = match &instructions.hot_loop {
        Some(hot) => {
            let share = 100.0 * hot.share();
            let (arithmetic, all) = (hot.arithmetic, hot.instructions);
            let _ = writeln!(
                text,
                "\n  hot loop: {arithmetic} of {all} instructions are arithmetic, {share:.1}%"
            );
            hot.counts.iter().collect()
        }
        None => {
            text += "\n  no loop has arithmetic in it; all instructions:\n";
            instructions.counts.iter().collect()
        }
    };
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    let (listed, others) = counts.split_at(counts.len().min(LISTED));
    for (name, count) in listed {
        let _ = writeln!(text, "  {count:>6}  {name}");
    }
    if !others.is_empty() {
        let sum: u32 = others.iter().map(|(_, count)| **count).sum();
        let _ = writeln!(text, "  {sum:>6}  of {} other kinds", others.len());
    }
    text
}
