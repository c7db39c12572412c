//! `joulemark list`: what there is. In: a topic or none. Out: kernels, precisions, tuning parameters, suites, cases.

use std::collections::BTreeMap;
use std::fmt::Write;

use clap::{Args, ValueEnum};
use joulemark_base::device_class::DeviceClass;
use joulemark_harness::{Scale, Suite, suites};
use joulemark_kernels::{Algorithm, Precision, Variant, catalogue};
use joulemark_study::table::{lines, table};
use serde::{Serialize, Serializer};

use crate::kernel::precisions;
use crate::output::{print, print_json};

/// Show what there is: kernels, precisions, tuning parameters, suites
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark list                          kernels and suites, a line each
  joulemark list --all                    everything but the cases
  joulemark list cases                    the id of each case in each suite
  joulemark list kernels --json | jq -r '.kernels[].name'")]
pub(crate) struct List {
    /// One topic, in full
    topic: Option<Topic>,
    /// All topics in full, cases left out
    #[arg(long, conflicts_with = "topic")]
    all: bool,
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
struct Parameters(Variant);

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter())
    }
}

#[derive(Serialize)]
struct SuiteEntry {
    name: &'static str,
    /// At the smallest scale.
    cases: usize,
    /// By scale.
    cases_at: BTreeMap<&'static str, usize>,
    description: &'static str,
    hypothesis: &'static str,
    direction: &'static str,
}

#[derive(Serialize)]
struct CaseEntry {
    suite: &'static str,
    scale: &'static str,
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
        } else if self.topic.is_some() || self.all {
            print(&listing.text(self.all))
        } else {
            print(&listing.short())
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
            suites: wanted(Topic::Suites).then(|| suites().iter().map(SuiteEntry::of).collect()),
            cases: (topic == Some(Topic::Cases)).then(|| suites().iter().flat_map(CaseEntry::all_of).collect()),
        }
    }

    /// Kernels and suites, a line each.
    fn short(&self) -> String {
        let mut text = "Kernels: joulemark show KERNEL\n\n".to_owned();
        let mut rows = table(&["kernel", "precisions"], 2);
        for kernel in self.kernels.iter().flatten() {
            rows.add_row([kernel.name.clone(), kernel.precisions.join(" ")]);
        }
        text += &lines(&rows, 2);
        text += "\nSuites: joulemark run --suite SUITE\n\n";
        let mut rows = table(&["suite", "cases"], 1);
        for suite in self.suites.iter().flatten() {
            rows.add_row([suite.name.to_owned(), suite.cases.to_string()]);
        }
        text + &lines(&rows, 2)
            + "\n`joulemark list kernels` and `joulemark list suites` say what each is, `list --all` everything\n"
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
        section("Suites", self.suites.as_deref().map(suite_text));
        section("Cases", self.cases.as_deref().map(case_table));
        text
    }
}

impl KernelEntry {
    fn of(algorithm: &'static dyn Algorithm) -> Self {
        Self {
            name: format!("{algorithm}"),
            precisions: precisions(algorithm).into_iter().map(Precision::as_str).collect(),
            summary: algorithm.summary(),
        }
    }
}

impl PrecisionEntry {
    fn of(precision: Precision) -> Self {
        Self {
            name: precision.as_str(),
            input: precision.input().as_str(),
            sums: precision.accumulator().as_str(),
            output: precision.output().as_str(),
        }
    }
}

impl ParameterEntry {
    fn all_of(algorithm: &'static dyn Algorithm) -> Vec<Self> {
        let entry = |precision: Precision| Self {
            kernel: format!("{algorithm}"),
            precision: precision.as_str(),
            defaults: [DeviceClass::Discrete, DeviceClass::Integrated, DeviceClass::Cpu]
                .map(|class| (class.as_str(), Parameters(algorithm.default_variant(precision, class))))
                .into(),
            variants: algorithm.variants(precision).into_iter().map(Parameters).collect(),
        };
        precisions(algorithm).into_iter().map(entry).collect()
    }
}

impl SuiteEntry {
    fn of(suite: &'static Suite) -> Self {
        let cases_at = Scale::ALL.map(|scale| (scale.as_str(), suite.cases(scale).len()));
        Self {
            name: &suite.name,
            cases: cases_at[0].1,
            cases_at: cases_at.into(),
            description: &suite.description,
            hypothesis: &suite.hypothesis,
            direction: &suite.direction,
        }
    }
}

impl CaseEntry {
    /// The cases at each scale, at one only where all are the same.
    fn all_of(suite: &'static Suite) -> Vec<Self> {
        let scales = if suite.varies() {
            &Scale::ALL[..]
        } else {
            &Scale::ALL[..1]
        };
        let at = |&scale: &Scale| {
            suite.cases(scale).into_iter().map(move |case| Self {
                suite: &suite.name,
                scale: if suite.varies() { scale.as_str() } else { "all" },
                id: case.id(),
                workload: case.workload,
            })
        };
        scales.iter().flat_map(at).collect()
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

/// A paragraph per suite: its cases, what it is, what it is to show and how that would look.
fn suite_text(entries: &[SuiteEntry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let counts = Scale::ALL.map(|scale| entry.cases_at[scale.as_str()]);
        let cases = match counts {
            [small, medium, large] if small == medium && medium == large => format!("{small} cases"),
            [small, medium, large] => {
                format!("{small} cases on a CPU, {medium} on an integrated GPU, {large} on a discrete one")
            }
        };
        let _ = writeln!(text, "{}: {cases}", entry.name);
        let expected = format!("Expected: {}.", entry.direction);
        let hypothesis = format!("Hypothesis: {}", entry.hypothesis);
        for paragraph in [entry.description, &hypothesis, &expected] {
            text += &wrapped(paragraph, 4, 110);
        }
        text.push('\n');
    }
    text
}

/// The words in lines of at most `width` characters, each after `indent` blanks.
fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is a line");
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() + indent <= width {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_string());
        }
    }
    lines.iter().map(|line| format!("{:indent$}{line}\n", "")).collect()
}

fn case_table(entries: &[CaseEntry]) -> String {
    let mut rows = table(&["suite", "scale", "workload", "case"], 4);
    for entry in entries {
        rows.add_row([entry.suite, entry.scale, &entry.workload, &entry.id]);
    }
    lines(&rows, 0)
}
