//! `joulemark list`: what there is. In: a topic or none. Out: kernels, precisions, tuning parameters, suites, cases.

use std::collections::BTreeMap;
use std::fmt::Write;

use clap::{Args, ValueEnum};
use joulemark_harness::{Case, suites};
use joulemark_kernels::{Algorithm, DeviceClass, Precision, Tuning, catalogue};
use serde::{Serialize, Serializer};

use crate::kernel::precisions;
use crate::output::{print, print_json};
use crate::table::{lines, table};

/// Show what there is: kernels, precisions, tuning parameters, suites
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark list                          all but the cases
  joulemark list cases                    the id of each case in each suite
  joulemark list kernels --json | jq -r '.kernels[].name'")]
pub(crate) struct List {
    /// One topic; without it all of them, cases left out
    topic: Option<Topic>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Topic {
    /// Each algorithm, the precisions that it computes in, and what it does
    Kernels,
    /// What is stored and in what sums are kept
    Precisions,
    /// The tuning parameters of each kernel: defaults and listed variants
    Parameters,
    /// Named lists of cases
    Suites,
    /// The ids of the cases in each suite
    Cases,
}

/// Everything, by topic; topics that were not asked for are left out.
#[derive(Default, Serialize)]
struct Listing {
    #[serde(skip_serializing_if = "Option::is_none")]
    kernels: Option<Vec<KernelEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precisions: Option<Vec<PrecisionEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Vec<ParameterEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suites: Option<Vec<SuiteEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cases: Option<Vec<CaseEntry>>,
}

#[derive(Serialize)]
struct KernelEntry {
    name: String,
    precisions: Vec<&'static str>,
    summary: &'static str,
}

#[derive(Serialize)]
struct PrecisionEntry {
    name: &'static str,
    input: &'static str,
    sums: &'static str,
    output: &'static str,
}

#[derive(Serialize)]
struct ParameterEntry {
    kernel: String,
    precision: &'static str,
    /// By class of device.
    defaults: BTreeMap<&'static str, Parameters>,
    variants: Vec<Parameters>,
}

/// Tuning parameters as a map in the order of their declaration.
#[derive(Clone, PartialEq)]
struct Parameters(Tuning);

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter())
    }
}

#[derive(Serialize)]
struct SuiteEntry {
    name: &'static str,
    cases: usize,
    description: &'static str,
}

#[derive(Serialize)]
struct CaseEntry {
    suite: &'static str,
    workload: String,
    id: String,
}

impl List {
    /// Prints the listing.
    ///
    /// # Errors
    /// If standard output is closed.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let listing = Listing::of(self.topic);
        if self.json {
            print_json(&listing)
        } else {
            print(&listing.text(self.topic.is_none()))
        }
    }
}

impl Listing {
    fn of(topic: Option<Topic>) -> Self {
        let wanted = |one| topic.is_none_or(|topic| topic == one);
        Self {
            kernels: wanted(Topic::Kernels).then(|| catalogue::all().map(KernelEntry::of).collect()),
            precisions: wanted(Topic::Precisions).then(|| Precision::ALL.map(PrecisionEntry::of).into()),
            parameters: wanted(Topic::Parameters).then(|| catalogue::all().flat_map(ParameterEntry::all_of).collect()),
            suites: wanted(Topic::Suites).then(|| {
                let entry = |suite: &joulemark_harness::Suite| SuiteEntry {
                    name: suite.name,
                    cases: suite.cases().len(),
                    description: suite.description,
                };
                suites().iter().map(entry).collect()
            }),
            cases: (topic == Some(Topic::Cases)).then(|| {
                let entry = |suite: &'static joulemark_harness::Suite| {
                    suite.cases().into_iter().map(|case: Case| CaseEntry {
                        suite: suite.name,
                        id: case.id(),
                        workload: case.workload,
                    })
                };
                suites().iter().flat_map(entry).collect()
            }),
        }
    }

    fn text(&self, headings: bool) -> String {
        let mut text = String::new();
        let mut section = |name: &str, body: Option<String>| {
            let Some(body) = body else { return };
            if headings {
                let gap = if text.is_empty() { "" } else { "\n" };
                let _ = writeln!(text, "{gap}{name}\n");
            }
            text += &body;
        };
        section("Kernels", self.kernels.as_deref().map(kernels));
        section("Precisions", self.precisions.as_deref().map(precision_table));
        section("Tuning parameters", self.parameters.as_deref().map(parameters));
        section("Suites", self.suites.as_deref().map(suite_table));
        section("Cases", self.cases.as_deref().map(case_table));
        text
    }
}

impl KernelEntry {
    fn of(algorithm: &'static dyn Algorithm) -> Self {
        Self {
            name: format!("{algorithm:?}"),
            precisions: precisions(algorithm).into_iter().map(Precision::name).collect(),
            summary: algorithm.summary(),
        }
    }
}

impl PrecisionEntry {
    fn of(precision: Precision) -> Self {
        Self {
            name: precision.name(),
            input: precision.input().name(),
            sums: precision.accumulator().name(),
            output: precision.output().name(),
        }
    }
}

impl ParameterEntry {
    fn all_of(algorithm: &'static dyn Algorithm) -> Vec<Self> {
        let entry = |precision: Precision| Self {
            kernel: format!("{algorithm:?}"),
            precision: precision.name(),
            defaults: [DeviceClass::Discrete, DeviceClass::Integrated, DeviceClass::Cpu]
                .map(|class| (class.name(), Parameters(algorithm.default_variant(precision, class))))
                .into(),
            variants: algorithm.variants(precision).into_iter().map(Parameters).collect(),
        };
        precisions(algorithm).into_iter().map(entry).collect()
    }
}

fn kernels(entries: &[KernelEntry]) -> String {
    let mut rows = table(&["kernel", "precisions", "what it does"], 3);
    for entry in entries {
        rows.add_row([&entry.name, &entry.precisions.join(" "), entry.summary]);
    }
    lines(&rows, 0)
}

fn precision_table(entries: &[PrecisionEntry]) -> String {
    let mut rows = table(&["precision", "inputs", "sums", "output"], 4);
    for entry in entries {
        rows.add_row([entry.name, entry.input, entry.sums, entry.output]);
    }
    lines(&rows, 0)
}

/// One line per kernel, precision and variant; equal lists of several precisions are told once.
fn parameters(entries: &[ParameterEntry]) -> String {
    let mut rows = table(&["kernel", "precision", "variant", "default for"], 4);
    let mut first = 0;
    while let Some(entry) = entries.get(first) {
        let same = |other: &&ParameterEntry| {
            other.kernel == entry.kernel && other.defaults == entry.defaults && other.variants == entry.variants
        };
        let group: Vec<_> = entries[first..].iter().take_while(same).collect();
        let precisions: Vec<_> = group.iter().map(|entry| entry.precision).collect();
        let mut variants = entry.variants.clone();
        // A class may have a default of its own that is not listed for tuning.
        let unlisted = entry
            .defaults
            .values()
            .filter(|default| !entry.variants.contains(default));
        for default in unlisted {
            if !variants.contains(default) {
                variants.push(default.clone());
            }
        }
        for (number, variant) in variants.iter().enumerate() {
            let classes: Vec<_> = entry
                .defaults
                .iter()
                .filter(|(_, default)| *default == variant)
                .map(|(class, _)| *class)
                .collect();
            let name = |text: String| if number == 0 { text } else { String::new() };
            rows.add_row([
                name(entry.kernel.clone()),
                name(precisions.join(" ")),
                variant.0.to_string(),
                if classes.len() == entry.defaults.len() {
                    "all".into()
                } else {
                    classes.join(" ")
                },
            ]);
        }
        first += group.len();
    }
    lines(&rows, 0)
}

fn suite_table(entries: &[SuiteEntry]) -> String {
    let mut rows = table(&["suite", "cases", "what it is"], 1);
    rows.column_mut(2)
        .expect("three columns")
        .set_cell_alignment(comfy_table::CellAlignment::Left);
    for entry in entries {
        rows.add_row([entry.name, &entry.cases.to_string(), entry.description]);
    }
    lines(&rows, 0)
}

fn case_table(entries: &[CaseEntry]) -> String {
    let mut rows = table(&["suite", "workload", "case"], 3);
    for entry in entries {
        rows.add_row([entry.suite, &entry.workload, &entry.id]);
    }
    lines(&rows, 0)
}
