//! Where an entry's problems come from: a list, or a table of layers at a batch and size. In: a table. Out: problems with what follows
//! the workload's name for each.

use joulemark_kernels::{Op, Problem};
use toml::de::DeTable;

use super::document::{Document, Value};
use super::layers::{TABLES, Table};
use super::scale::{Scale, Scaled};
use crate::error::Error;

/// Problems, by scale.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Problems(Scaled<Vec<Problem>>),
    Layers {
        table: Table,
        kind: Option<Kind>,
        batch: Scaled<Vec<u32>>,
        shrink: Scaled<u32>,
        max_macs: Scaled<u64>,
    },
}

/// Types of layers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Depthwise,
    Pointwise,
    Dense,
}

impl Kind {
    fn of(problem: &Problem) -> Self {
        match problem {
            Problem::Conv2d(conv) if conv.groups > 1 => Self::Depthwise,
            Problem::Conv2d(conv) if [conv.r, conv.s] == [1, 1] => Self::Pointwise,
            _ => Self::Dense,
        }
    }

    fn named(text: &str) -> Option<Self> {
        match text {
            "depthwise" => Some(Self::Depthwise),
            "pointwise" => Some(Self::Pointwise),
            "dense" => Some(Self::Dense),
            _ => None,
        }
    }
}

impl Source {
    pub(super) fn read(document: &Document, table: &DeTable) -> Result<Option<Self>, Error> {
        let problem = |value: Value| {
            let problem: Problem = document
                .string(value)?
                .parse()
                .map_err(|why| document.error_at(value, why))?;
            problem.validate().map_err(|why| document.error_at(value, why))?;
            Ok(problem)
        };
        let only_with_layers = ["kind", "batch", "shrink", "max_macs"];
        match (table.get("problems"), table.get("layers")) {
            (Some(_), Some(layers)) => Err(document.error_at(layers, "an entry has `problems` or `layers`, not both")),
            (Some(problems), None) => {
                if let Some((key, _)) = table
                    .iter()
                    .find(|(key, _)| only_with_layers.contains(&key.get_ref().as_ref()))
                {
                    return Err(document.error(key.span(), format!("`{}` goes with `layers`", key.get_ref())));
                }
                let problems = document.scaled(problems, |value| document.list(value, problem))?;
                Ok(Some(Self::Problems(problems)))
            }
            (None, Some(layers)) => {
                let name = document.string(layers)?;
                let table_of_layers = TABLES.iter().find(|table| table.name == name).ok_or_else(|| {
                    let names = TABLES.map(|table| table.name).join(", ");
                    document.error_at(layers, format!("there is no table `{name}`; there are {names}"))
                })?;
                let kind = |value: Value| {
                    Kind::named(document.string(value)?)
                        .ok_or_else(|| document.error_at(value, "use depthwise, pointwise or dense"))
                };
                let small = |value: Value| {
                    u32::try_from(document.count(value)?)
                        .ok()
                        .filter(|number| *number <= 1 << 16)
                        .ok_or_else(|| document.error_at(value, "this number is larger than 65536"))
                };
                let ones = || Scaled::new([1; 3]);
                Ok(Some(Self::Layers {
                    table: *table_of_layers,
                    kind: table.get("kind").map(kind).transpose()?,
                    batch: table.get("batch").map_or_else(
                        || Ok(Scaled::new([vec![1], vec![1], vec![1]])),
                        |value| document.scaled(value, |value| document.list(value, small)),
                    )?,
                    shrink: table
                        .get("shrink")
                        .map_or_else(|| Ok(ones()), |value| document.scaled(value, small))?,
                    max_macs: table.get("max_macs").map_or_else(
                        || Ok(Scaled::new([u64::MAX; 3])),
                        |value| document.scaled(value, |value| document.count(value)),
                    )?,
                }))
            }
            (None, None) => Ok(None),
        }
    }

    /// The kinds of problem, at least one.
    pub(super) fn ops(&self) -> Vec<Op> {
        Scale::ALL
            .into_iter()
            .flat_map(|scale| self.problems(scale))
            .map(|(_, problem)| problem.op())
            .collect()
    }

    pub(super) fn varies(&self) -> bool {
        match self {
            Self::Problems(problems) => problems.varies(),
            Self::Layers {
                batch,
                shrink,
                max_macs,
                ..
            } => batch.varies() || shrink.varies() || max_macs.varies(),
        }
    }

    /// The problems at a scale, and what follows the workload's name for each: `-n32-s2/04-x5` is layer 4, which recurs
    /// five times, of 32 images of half the sides.
    pub(super) fn problems(&self, scale: Scale) -> Vec<(String, Problem)> {
        match self {
            Self::Problems(problems) => problems
                .at(scale)
                .iter()
                .map(|problem| (String::new(), *problem))
                .collect(),
            Self::Layers {
                table,
                kind,
                batch,
                shrink,
                max_macs,
            } => {
                let mut problems = Vec::new();
                for &batch in batch.at(scale) {
                    for layer in table.layers() {
                        let (shrink, max_macs) = (*shrink.at(scale), *max_macs.at(scale));
                        let problem = layer.resized(batch, shrink);
                        let fits = problem.macs() <= max_macs;
                        if fits && kind.is_none_or(|kind| kind == Kind::of(&problem)) {
                            let mut name = String::new();
                            for (letter, factor) in [('n', batch), ('s', shrink)].into_iter().filter(|(_, x)| *x != 1) {
                                name += &format!("-{letter}{factor}");
                            }
                            problems.push((format!("{name}/{}", layer.name), problem));
                        }
                    }
                }
                problems
            }
        }
    }
}
