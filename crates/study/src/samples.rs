//! What was measured, compact: cases with their counts, each with its windows per iteration. The loader fills it, the
//! statistics read it; a million windows take about 100 MB.

use std::collections::{BTreeMap, BTreeSet};

use joulemark_base::quality::Quality;
use joulemark_records::{Manifest, Status};
use serde::{Deserialize, Serialize};

use crate::ledger::Ledger;
use joulemark_base::si::si;

/// A column of counts: something that is known before anything is measured, and may or may not tell the energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Operations of the task.
    FlopsTask,
    /// Operations that the algorithm executes.
    OpsExecuted,
    /// Multiply-accumulates of the task.
    Macs,
    /// Compulsory bytes.
    BytesMin,
    /// Bytes by the algorithm's model.
    BytesModel,
    /// Output elements.
    Activations,
    /// Weights.
    Parameters,
    /// Gate-count proxy.
    GateOps,
    /// Joules by Horowitz's table.
    HorowitzJ,
}

impl Count {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 9] = [
        Self::FlopsTask,
        Self::OpsExecuted,
        Self::Macs,
        Self::BytesMin,
        Self::BytesModel,
        Self::Activations,
        Self::Parameters,
        Self::GateOps,
        Self::HorowitzJ,
    ];

    /// Its column, which is also its name in the findings.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::FlopsTask => "flops_task",
            Self::OpsExecuted => "ops_executed",
            Self::Macs => "macs",
            Self::BytesMin => "bytes_min",
            Self::BytesModel => "bytes_model",
            Self::Activations => "activations",
            Self::Parameters => "parameters",
            Self::GateOps => "gate_ops",
            Self::HorowitzJ => "horowitz_j",
        }
    }
}

/// The dimensions that say what shape a problem has, in the order of [`Shape::COLUMNS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape(pub [Option<u64>; 10]);

impl Shape {
    /// Their columns.
    pub const COLUMNS: [&'static str; 10] = ["batch", "m", "n", "k", "c", "h", "w", "r", "s", "groups"];

    /// One dimension by its column's name.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<u64> {
        Self::COLUMNS
            .iter()
            .position(|name| *name == column)
            .and_then(|index| self.0[index])
    }

    /// Whether every channel is a group of its own.
    #[must_use]
    pub fn is_depthwise(&self) -> bool {
        self.get("groups")
            .is_some_and(|groups| groups > 1 && Some(groups) == self.get("c"))
    }
}

/// What stays the same in all windows of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseFacts {
    /// Index into [`Samples::devices`].
    pub device: usize,
    /// The case's id.
    pub case_id: String,
    /// Tuning parameters; two variants of one case are two entries.
    pub variant: String,
    /// Whether another variant of the same case was measured on the same device.
    pub has_other_variants: bool,
    /// Problem kind.
    pub op: String,
    /// The named way to compute it.
    pub algorithm: String,
    /// Precision.
    pub precision: String,
    /// Distribution of the input values; empty if unknown.
    pub input: String,
    /// Dimensions.
    pub shape: Shape,
    /// Counts per iteration, in the order of [`Count::ALL`].
    pub counts: [Option<f64>; 9],
    /// Suites that it was run for.
    pub suites: BTreeSet<String>,
    /// Network layers that it stands for.
    pub workloads: BTreeSet<String>,
}

impl CaseFacts {
    /// One count, per iteration.
    #[must_use]
    pub fn count(&self, count: Count) -> Option<f64> {
        self.counts[count as usize]
    }

    /// Whether its inputs have a structure that lets a kernel leave out operations of the task: `pruned10`, `rank16`.
    #[must_use]
    pub fn has_structured_input(&self) -> bool {
        let number = |prefix| self.input.strip_prefix(prefix).map(str::parse::<u8>);
        ["pruned", "rank"]
            .into_iter()
            .filter_map(number)
            .any(|number| number.is_ok())
    }

    /// The family that leave-one-family-out leaves out: problem kind and algorithm, whatever the precision, with
    /// depthwise convolutions apart, because their operations and bytes stand in another ratio.
    #[must_use]
    pub fn family(&self) -> String {
        let depthwise = if self.shape.is_depthwise() && !self.algorithm.contains("depthwise") {
            "/depthwise"
        } else {
            ""
        };
        format!("{}/{}{depthwise}", self.op, self.algorithm)
    }

    /// A name for people: the id, and the variant where the id alone does not tell which case it is.
    #[must_use]
    pub fn label(&self) -> String {
        if self.has_other_variants {
            format!("{} [{}]", self.case_id, self.variant)
        } else {
            self.case_id.clone()
        }
    }

    /// What tells the case apart from one that is otherwise the same: what follows `@` in its id.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.case_id.rsplit_once('@').map(|(_, tag)| tag)
    }

    /// What is computed, on which data: the same for all kernels and precisions that do.
    #[must_use]
    pub fn work(&self) -> String {
        format!("{} {}", self.task(), self.input)
    }

    /// What is computed, whatever the data. Ids of ours say it; of a table from elsewhere the shape and the operations do,
    /// where it has a shape.
    #[must_use]
    pub fn task(&self) -> String {
        match self.shape_text().filter(|_| !self.is_ours()) {
            Some(shape) => format!("{} {shape} {}", self.op, self.count(Count::FlopsTask).unwrap_or(0.0)),
            None => format!("{} {}", self.op, without(&self.stripped_id(), &self.input)),
        }
    }

    fn is_ours(&self) -> bool {
        let [op, algorithm, precision] = [&self.op, &self.algorithm, &self.precision];
        self.case_id.starts_with(&format!("{op}/{algorithm}/{precision}/"))
    }

    /// The dimensions, `1024x1024x1024` of a product; `None` of a table that has none.
    fn shape_text(&self) -> Option<String> {
        let get = |name| self.shape.get(name);
        if let (Some(m), Some(n), Some(k), None) = (get("m"), get("n"), get("k"), get("r")) {
            let batch = get("batch")
                .filter(|batch| *batch > 1)
                .map_or_else(String::new, |batch| format!("{batch}b"));
            return Some(format!("{batch}{m}x{n}x{k}"));
        }
        let sizes = Shape::COLUMNS.iter().zip(self.shape.0);
        let sizes: String = sizes
            .filter_map(|(name, size)| Some(format!("{name}{}", size?)))
            .collect();
        Some(sizes).filter(|sizes| !sizes.is_empty())
    }

    /// Whether it is there to try the harness: its suites and workloads name nothing but controls.
    #[must_use]
    pub fn is_control(&self) -> bool {
        let names_control = |workload: &String| workload == "controls" || workload.starts_with("controls/");
        let by_workload = !self.workloads.is_empty() && self.workloads.iter().all(names_control);
        let by_suite = !self.suites.is_empty() && self.suites.iter().all(|suite| suite == "controls");
        by_suite || by_workload
    }

    /// Whether a suite or workload that tries the harness holds it, whatever else does.
    #[must_use]
    pub fn serves_as_control(&self) -> bool {
        let names_control = |workload: &String| workload == "controls" || workload.starts_with("controls/");
        self.suites.contains("controls") || self.workloads.iter().any(names_control)
    }

    /// What shape the problem has, coarsely: what the fastest kernels are grouped by.
    #[must_use]
    pub fn shape_class(&self) -> String {
        let get = |name| self.shape.get(name);
        match (get("m"), get("n"), get("k"), get("r"), get("s")) {
            _ if self.shape.is_depthwise() => "depthwise".into(),
            (_, _, _, Some(r), Some(s)) => {
                let grouped = if get("groups").is_some_and(|groups| groups > 1) {
                    " grouped"
                } else {
                    ""
                };
                format!("{r}x{s}{grouped}")
            }
            (Some(m), Some(n), Some(k), ..) => {
                let (side, flat) = (m.max(n), m.min(n));
                let batched = if get("batch").is_some_and(|batch| batch > 1) {
                    "batched "
                } else {
                    ""
                };
                let class = match () {
                    () if flat == 1 => "vector",
                    () if k >= 4 * side => "deep",
                    () if side >= 4 * k.max(flat) => "tall",
                    () if flat >= 4 * k => "flat",
                    () => "square",
                };
                format!("{batched}{class}")
            }
            _ => "any shape".into(),
        }
    }

    /// The problem for people: the id without kind, algorithm, precision and tag, `256x256x256` of
    /// `matmul/tiled/f32/256x256x256@8-8`; of a table from elsewhere the shape, where it has one.
    #[must_use]
    pub fn problem(&self) -> String {
        match self.shape_text().filter(|_| !self.is_ours()) {
            Some(shape) => {
                let flops = self.count(Count::FlopsTask).filter(|_| self.shape.get("r").is_some());
                let flops = flops.map(|flops| si(flops, "FLOP"));
                let words = [Some(shape), flops, Some(self.input.clone())];
                let words: Vec<String> = words.into_iter().flatten().filter(|word| !word.is_empty()).collect();
                words.join(" ")
            }
            None => self.stripped_id(),
        }
    }

    fn stripped_id(&self) -> String {
        let id = self
            .case_id
            .rsplit_once('@')
            .map_or(self.case_id.as_str(), |(id, _)| id);
        let names = [&self.algorithm, &self.op, &self.precision];
        names.into_iter().fold(id.to_owned(), |rest, name| without(&rest, name))
    }
}

/// A name without one of its words: where words are parted by strokes a whole one, otherwise one that stands for itself.
fn without(name: &str, word: &str) -> String {
    let by_strokes = name.contains('/');
    let is_part = |side: Option<char>| side.is_none_or(|side| side == '/' || !by_strokes && !side.is_alphanumeric());
    let mut places = name.match_indices(word).filter(|(start, _)| {
        is_part(name[..*start].chars().next_back()) && is_part(name[start + word.len()..].chars().next())
    });
    let Some((start, _)) = places.next().filter(|_| !word.is_empty()) else {
        return name.to_owned();
    };
    let is_separator = |character: char| matches!(character, '/' | '-' | '_' | ' ' | ':' | ';' | ',');
    let before = name[..start].trim_end_matches(is_separator);
    let after = name[start + word.len()..].trim_start_matches(is_separator);
    let separator = if before.is_empty() || after.is_empty() { "" } else { "/" };
    format!("{before}{separator}{after}")
}

/// How often a layer occurs in its network: five times if its name ends in `-x5` (or is `14x5`), otherwise once.
#[must_use]
pub fn recurrence(layer: &str) -> f64 {
    let number = |text: &str| text.parse::<u32>().ok().filter(|count| *count > 0);
    let named = layer.rsplit_once("-x").and_then(|(_, times)| number(times));
    let numbered = || {
        layer
            .split_once('x')
            .and_then(|(which, times)| number(which).and(number(times)))
    };
    named.or_else(numbered).map_or(1.0, f64::from)
}

/// One window, per iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Which run, in the order of reading.
    pub run: u32,
    /// Which round of that run.
    pub round: u32,
    /// Place of the visit in its round: a case that is visited twice in one round is the sentinel.
    pub order: u32,
    /// Where its line begins in its table, in bytes: what says which idle windows stand before and after it.
    pub offset: u64,
    /// Wall time per iteration, in seconds.
    pub time_s: f64,
    /// Device time per iteration, in seconds.
    pub gpu_s: Option<f64>,
    /// The clock at its end, in MHz.
    pub clock_mhz: Option<f32>,
    /// Gross energy per iteration, in joules.
    pub gross_j: Option<f64>,
    /// Energy above idle per iteration, in joules: idle is the mean of before and after.
    pub active_j: Option<f64>,
    /// Standard uncertainty of the idle energy taken off, per iteration, in joules: from the drift of the idle power.
    pub idle_u_j: f64,
    /// Whether the simulated source said so.
    pub simulated: bool,
}

/// A case and its windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What stays the same.
    pub facts: CaseFacts,
    /// One entry per usable row.
    pub windows: Vec<Window>,
    /// The device's power limit, in watts, where the rows say it: the lowest that was in force.
    pub power_limit_w: Option<f64>,
}

impl Case {
    /// The mean of each round that has the value: the replicates of a case, since what shifts a visit shifts all its windows.
    #[must_use]
    pub fn rounds(&self, value: impl Fn(&Window) -> Option<f64>) -> Vec<f64> {
        self.by_round(value).into_iter().map(|(_, mean)| mean).collect()
    }

    /// The same with run and round that each belongs to, in their order.
    #[must_use]
    pub fn by_round(&self, value: impl Fn(&Window) -> Option<f64>) -> Vec<((u32, u32), f64)> {
        let mut sums: Vec<((u32, u32), f64, f64)> = Vec::new();
        for window in &self.windows {
            if let Some(value) = value(window) {
                let round = (window.run, window.round);
                // Mostly the round of the window before.
                match sums.iter_mut().rev().find(|(own, ..)| *own == round) {
                    Some((_, sum, count)) => (*sum, *count) = (*sum + value, *count + 1.0),
                    None => sums.push((round, value, 1.0)),
                }
            }
        }
        sums.sort_unstable_by_key(|(round, ..)| *round);
        sums.into_iter()
            .map(|(round, sum, count)| (round, sum / count))
            .collect()
    }
}

/// A device that was measured.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Device {
    /// Adapter and machine, or the table's file name.
    pub name: String,
    /// Name of its folder; the table's file name for a CSV from elsewhere.
    pub machine: String,
}

/// One table that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFacts {
    /// Where it lies.
    pub path: String,
    /// Its manifest; `None` for a CSV from elsewhere.
    pub manifest: Option<Manifest>,
    /// Rows in it.
    pub rows: u64,
    /// What is to be known of it: a run that did not come to its end, rows that are missing, columns that are not read.
    pub notes: Vec<String>,
    /// What they cost.
    pub ledger: Ledger,
}

/// The power of the idle device, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IdleWindow {
    /// Which run.
    pub run: u32,
    /// Where its line begins, as [`Window::offset`].
    pub offset: u64,
    /// In watts.
    pub power_w: f64,
}

/// What became of the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Census {
    /// Rows by status.
    pub by_status: BTreeMap<Status, u64>,
    /// Rows of status `ok` by the quality of their energy; `None`: the column is missing or the field is empty.
    pub by_quality: BTreeMap<Option<Quality>, u64>,
    /// Reasons in the rows, and how often.
    pub reasons: BTreeMap<String, u64>,
    /// Rows whose device throttled.
    pub throttled: u64,
    /// Why rows have energy that no device takes, and how many do: it was left out.
    pub implausible: BTreeMap<String, u64>,
    /// Rows of simulated energy that were left out since there is measured energy beside them.
    pub simulated_left_out: u64,
    /// Idle windows that were measured.
    pub idle: Vec<IdleWindow>,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// The tables.
    pub runs: Vec<RunFacts>,
    /// The devices.
    pub devices: Vec<Device>,
    /// The cases, in order of first appearance.
    pub cases: Vec<Case>,
    /// What became of the rows.
    pub census: Census,
    /// Columns that no table has.
    pub missing_columns: BTreeSet<String>,
    /// Whether simulated energy is among it: then nothing made of it is about a device.
    pub includes_simulated: bool,
}

impl Samples {
    /// Windows in all cases.
    #[must_use]
    pub fn window_count(&self) -> usize {
        self.cases.iter().map(|case| case.windows.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{recurrence, without};

    #[test]
    fn a_word_is_taken_out_of_a_name() {
        for (name, word, rest) in [
            ("matmul/tiled/f32/64x64", "tiled", "matmul/f32/64x64"),
            ("matmul/f32_tiled/f32/64", "f32", "matmul/f32_tiled/64"),
            ("gemm-tiled-f32-1024", "f32", "gemm-tiled/1024"),
            ("tiled_1024", "tiled", "1024"),
            ("untiled_1024", "tiled", "untiled_1024"),
            ("matmul/64/zeros", "zeros", "matmul/64"),
            ("zeros", "zeros", ""),
            ("a/b", "", "a/b"),
            ("größe-f32", "f32", "größe"),
        ] {
            assert_eq!(without(name, word), rest, "{name} without {word}");
        }
    }

    #[test]
    fn a_layer_counts_as_often_as_it_recurs() {
        let names = ["14-x5", "14x5", "projection-x4", "conv5_dw", "a-xylophone", "03", "fc"];
        assert_eq!(names.map(recurrence), [5.0, 5.0, 4.0, 1.0, 1.0, 1.0, 1.0]);
    }
}
