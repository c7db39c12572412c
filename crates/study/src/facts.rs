//! What stays the same in all windows of a case: its kernel, problem, data and counts, as its rows say them. Out: the names
//! that findings group by.

use std::collections::BTreeSet;

use joulemark_base::si::si;
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
    /// Index into [`Samples::devices`](crate::samples::Samples::devices).
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
pub(crate) fn without(name: &str, word: &str) -> String {
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
