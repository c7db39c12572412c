//! `joulemark report`: the findings as a page, or inside a README. In: run folders or CSVs. Out: one HTML file that opens
//! offline, and the text between two markers.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use joulemark_records::read_text;
use joulemark_study::document::markdown::splice;
use joulemark_study::document::page::html;
use joulemark_study::figures;
use joulemark_study::sections::{self, Depth};

use crate::analyze::Runs;
use crate::output::print;

/// Write the findings as one HTML page, and into a README
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark report results -o report.html
  joulemark report results --splice README.md   the results between <!-- joulemark:results --> and
                                                <!-- /joulemark:results -->, as well as the page
  joulemark report results --figures figures    each figure as SVG, its data beside it as CSV")]
pub(crate) struct Report {
    #[command(flatten)]
    runs: Runs,
    /// The page; a file of that name is replaced, in one step
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    output: PathBuf,
    /// A Markdown file whose results are brought up to date between their markers
    #[arg(long, value_name = "FILE")]
    splice: Option<PathBuf>,
    /// A folder for the figures as SVG, each with its data as CSV; it is created
    #[arg(long, value_name = "FOLDER")]
    figures: Option<PathBuf>,
}

/// Longest document that results are put into.
const LONGEST: u64 = 64 << 20;

impl Report {
    /// Writes the report.
    ///
    /// # Errors
    /// What cannot be read or written.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let findings = self.runs.study()?;
        self.runs
            .write(&self.output, &html(&sections::study(&findings, Depth::Page))?)?;
        print(&format!("wrote {}\n", self.output.display()))?;
        if let Some(document) = &self.splice {
            let name = || document.display().to_string();
            let old = read_text(document, LONGEST)?;
            let new = splice(&old, &sections::summary(&findings)).with_context(name)?;
            self.runs.write(document, &new)?;
            print(&format!("wrote the results into {}\n", name()))?;
        }
        if let Some(folder) = &self.figures {
            let slots = figures::draw(&findings);
            for slot in &slots {
                self.runs.guard(&folder.join(slot.name).with_extension("svg"))?;
                self.runs.guard(&folder.join(slot.name).with_extension("csv"))?;
            }
            figures::write(&slots, folder).with_context(|| format!("cannot write into {}", folder.display()))?;
            for slot in &slots {
                let place = folder.join(slot.name);
                print(&match &slot.figure {
                    Ok(_) => format!("wrote {}.svg and .csv\n", place.display()),
                    Err(reason) => format!("not drawn: {}: {reason}\n", slot.name),
                })?;
            }
        }
        Ok(())
    }
}
