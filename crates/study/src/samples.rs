//! What was measured, compact: cases with their counts, each with its windows per iteration. The loader fills it, the
//! statistics read it; a million windows take about 100 MB.

use std::collections::{BTreeMap, BTreeSet};

use joulemark_base::quality::Quality;
use joulemark_records::{Manifest, Status};
use serde::{Deserialize, Serialize};

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

    /// The problem: the id without kind, algorithm, precision and tag, `256x256x256` of `matmul/tiled/f32/256x256x256@8-8`.
    #[must_use]
    pub fn problem(&self) -> String {
        let mut names = vec![&self.op, &self.algorithm, &self.precision];
        let id = self
            .case_id
            .rsplit_once('@')
            .map_or(self.case_id.as_str(), |(id, _)| id);
        let rest = id.split('/').filter(|word| {
            let name = names.iter().position(|name| name == word);
            name.is_none_or(|index| {
                names.remove(index);
                false
            })
        });
        rest.collect::<Vec<_>>().join("/")
    }
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
    /// Wall time per iteration, in seconds.
    pub time_s: f64,
    /// Device time per iteration, in seconds.
    pub gpu_s: Option<f64>,
    /// Gross energy per iteration, in joules.
    pub gross_j: Option<f64>,
    /// Energy above idle per iteration, in joules.
    pub active_j: Option<f64>,
    /// Standard uncertainty of the energy per iteration, in joules.
    pub u_j: Option<f64>,
    /// Utilisation, 0 to 1.
    pub utilisation: Option<f32>,
    /// Temperature at the start, in °C.
    pub temperature_c: Option<f32>,
}

/// A case and its windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What stays the same.
    pub facts: CaseFacts,
    /// One entry per usable row.
    pub windows: Vec<Window>,
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
    /// Power of idle windows, in watts, in the order of reading.
    pub idle_w: Vec<f64>,
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
    /// Whether simulated energy was let in.
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
    use super::recurrence;

    #[test]
    fn a_layer_counts_as_often_as_it_recurs() {
        let names = ["14-x5", "14x5", "projection-x4", "conv5_dw", "a-xylophone", "03", "fc"];
        assert_eq!(names.map(recurrence), [5.0, 5.0, 4.0, 1.0, 1.0, 1.0, 1.0]);
    }
}
