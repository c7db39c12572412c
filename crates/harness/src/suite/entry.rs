//! One entry of a suite: algorithms × precisions × input distributions × variants on problems. An algorithm that does
//! not support a problem is left out; so is, unless it is named, one that is made for other inputs.

use joulemark::pace::Pace;
use joulemark_base::device_class::DeviceClass;
use joulemark_kernels::{Algorithm, Distribution, Precision, catalogue};
use toml::de::DeTable;

use super::document::{Document, Value};
use super::scale::{Scale, Scaled};
use super::source::Source;
use super::variants::{Variants, tag};
use crate::case::Case;
use crate::error::Error;

/// Algorithms × precisions × inputs × variants on problems.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    workload: String,
    /// The scales at which the entry is there.
    scales: Vec<Scale>,
    algorithms: Scaled<Algorithms>,
    precisions: Scaled<Vec<Precision>>,
    source: Source,
    inputs: Vec<Distribution>,
    variants: Variants,
    paces: Vec<Pace>,
    tag: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Algorithms {
    All,
    Named(Vec<String>),
}

const KEYS: [&str; 14] = [
    "workload",
    "scales",
    "algorithms",
    "precisions",
    "problems",
    "layers",
    "kind",
    "batch",
    "shrink",
    "max_macs",
    "inputs",
    "variants",
    "paces",
    "tag",
];

impl Entry {
    pub(super) fn read(document: &Document, whole: Value, table: &DeTable) -> Result<Self, Error> {
        document.known(table, &KEYS)?;
        let missing = |key: &str| document.error_at(whole, format!("this entry has no `{key}`"));
        let workload = document.string(table.get("workload").ok_or_else(|| missing("workload"))?)?;
        let source = Source::read(document, table)?.ok_or_else(|| missing("problems` and no `layers"))?;
        let algorithms = |value: Value| match document.list(value, |name| Ok((document.string(name)?, name)))? {
            names if names.len() == 1 && names[0].0 == "all" => Ok(Algorithms::All),
            names => {
                for (name, value) in &names {
                    if !source.ops().iter().any(|op| catalogue::find(*op, name).is_ok()) {
                        let error = catalogue::find(source.ops()[0], name)
                            .err()
                            .map(|error| error.to_string());
                        return Err(document.error_at(value, error.unwrap_or_default()));
                    }
                }
                Ok(Algorithms::Named(
                    names.iter().map(|(name, _)| name.to_string()).collect(),
                ))
            }
        };
        let precisions = |value: Value| match value.get_ref().as_str() {
            Some("all") => Ok(Precision::ALL.to_vec()),
            _ => document.list(value, |name| {
                let precision: Result<Precision, String> = document.string(name)?.parse();
                precision.map_err(|why| document.error_at(name, why))
            }),
        };
        let inputs = |value: Value| {
            let distribution: Result<Distribution, String> = document.string(value)?.parse();
            distribution.map_err(|why| document.error_at(value, why))
        };
        let all = || Scaled::new([Algorithms::All, Algorithms::All, Algorithms::All]);
        let f32_only = || Scaled::new([const { &[Precision::F32] }; 3].map(|precisions| precisions.to_vec()));
        let scales = |value: Value| {
            let scale: Result<Scale, String> = document.string(value)?.parse();
            scale.map_err(|why| document.error_at(value, why))
        };
        let paces = |value: Value| {
            let pace: Result<Pace, String> = document.string(value)?.parse();
            pace.map_err(|why| document.error_at(value, why))
        };
        let tag_of = |value: Value| {
            let tag = document.string(value)?;
            let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            match tag.is_empty() || !tag.chars().all(is_part) {
                true => Err(document.error_at(
                    value,
                    "a tag ends the cases' ids: letters, digits, `-`, `_` and `.` only",
                )),
                false => Ok(tag.to_string()),
            }
        };
        let entry = Self {
            workload: workload.into(),
            scales: table
                .get("scales")
                .map_or_else(|| Ok(Scale::ALL.to_vec()), |value| document.list(value, scales))?,
            algorithms: table
                .get("algorithms")
                .map_or_else(|| Ok(all()), |value| document.scaled(value, algorithms))?,
            precisions: table
                .get("precisions")
                .map_or_else(|| Ok(f32_only()), |value| document.scaled(value, precisions))?,
            source,
            inputs: table.get("inputs").map_or_else(
                || Ok(vec![Distribution::default()]),
                |value| document.list(value, inputs),
            )?,
            variants: Variants::read(document, table)?,
            paces: table
                .get("paces")
                .map_or_else(|| Ok(vec![Pace::Full]), |value| document.list(value, paces))?,
            tag: table.get("tag").map(tag_of).transpose()?,
        };
        for &scale in &entry.scales {
            entry.check(scale).map_err(|why| document.error_at(whole, why))?;
        }
        Ok(entry)
    }

    /// What can only be seen when everything is known.
    fn check(&self, scale: Scale) -> Result<(), String> {
        for (_, problem) in self.source.problems(scale) {
            problem.validate().map_err(|why| why.to_string())?;
        }
        let cases = self.cases(scale)?;
        if let Some(case) = cases.iter().find(|case| case.id().len() > 64) {
            return Err(format!("the id {} has more than 64 characters", case.id()));
        }
        if cases.is_empty() {
            return Err(format!(
                "no algorithm supports a problem of this entry at scale {scale}"
            ));
        }
        Ok(())
    }

    /// Whether the scale makes a difference.
    pub(super) fn varies(&self) -> bool {
        self.scales.len() < Scale::ALL.len()
            || self.algorithms.varies()
            || self.precisions.varies()
            || self.source.varies()
    }

    /// Its cases at a scale.
    ///
    /// # Errors
    /// A variant that names parameters which an algorithm does not have.
    pub(super) fn cases(&self, scale: Scale) -> Result<Vec<Case>, String> {
        let mut cases = Vec::new();
        if !self.scales.contains(&scale) {
            return Ok(cases);
        }
        for (workload, problem) in self.source.problems(scale) {
            let wanted = |algorithm: &&dyn Algorithm| {
                algorithm.op() == problem.op()
                    && match self.algorithms.at(scale) {
                        Algorithms::All => true,
                        Algorithms::Named(names) => names.iter().any(|name| name == algorithm.name()),
                    }
            };
            for algorithm in catalogue::all().filter(wanted) {
                for &precision in self.precisions.at(scale) {
                    let variants = self.variants.of(algorithm, precision, class(scale))?;
                    let own = self.tag.as_ref().filter(|_| variants.len() == 1);
                    for variant in variants {
                        for &input in &self.inputs {
                            let variant = variant.clone().map(|variant| input.describe(variant));
                            let tag = own.cloned().or_else(|| variant.as_ref().map(tag));
                            let case = Case {
                                workload: format!("{}{workload}", self.workload),
                                input,
                                variant,
                                ..Case::new(algorithm, precision, problem)
                            };
                            let left_out =
                                *self.algorithms.at(scale) == Algorithms::All && is_misplaced(&case, class(scale));
                            if left_out || !supported(&case, class(scale)) {
                                continue;
                            }
                            cases.extend(self.paces.iter().map(|&pace| Case {
                                tag: joined(tag.clone(), pace),
                                pace,
                                ..case.clone()
                            }));
                        }
                    }
                }
            }
        }
        Ok(cases)
    }
}

/// Whether there are such inputs and the algorithm takes them.
fn supported(case: &Case, class: DeviceClass) -> bool {
    let Case { problem, precision, .. } = case;
    let variant = case.variant(class);
    case.input.suits(problem, *precision).is_ok() && case.algorithm.supports(problem, *precision, &variant).is_ok()
}

/// Whether the algorithm is made for inputs of a structure that these have not: then it is run only where it is named.
fn is_misplaced(case: &Case, class: DeviceClass) -> bool {
    let made_for = case.algorithm.default_variant(case.precision, class);
    Distribution::described_by(&made_for) != Distribution::default()
        && Distribution::described_by(&case.variant(class)) == Distribution::default()
}

/// The class of device that a scale is made for.
fn class(scale: Scale) -> DeviceClass {
    match scale {
        Scale::Small => DeviceClass::Cpu,
        Scale::Medium => DeviceClass::Integrated,
        Scale::Large => DeviceClass::Discrete,
    }
}

/// The tag of a case at this pace.
fn joined(tag: Option<String>, pace: Pace) -> Option<String> {
    match (tag, pace) {
        (tag, Pace::Full) => tag,
        (None, pace) => Some(pace.to_string()),
        (Some(tag), pace) => Some(format!("{tag}-{pace}")),
    }
}
