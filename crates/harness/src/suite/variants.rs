//! Which variants of each kernel an entry lists: the device's own, all, or named ones. In: a table. Out: variants of an algorithm, and
//! their names in ids.

use joulemark_base::device_class::DeviceClass;
use joulemark_kernels::{Algorithm, Precision, Variant};
use toml::de::DeTable;

use super::document::Document;
use crate::error::Error;

/// Variants of each kernel.
#[derive(Clone, Debug)]
pub(super) enum Variants {
    Default,
    Listed,
    Given(Vec<String>),
}

impl Variants {
    pub(super) fn read(document: &Document, table: &DeTable) -> Result<Self, Error> {
        let Some(value) = table.get("variants") else {
            return Ok(Self::Default);
        };
        Ok(match value.get_ref().as_str() {
            Some("default") => Self::Default,
            Some("listed") => Self::Listed,
            _ => Self::Given(document.list(value, |text| Ok(document.string(text)?.to_string()))?),
        })
    }

    /// The variants of an algorithm; `None` is the device class's default, from which the given ones differ.
    pub(super) fn of(
        &self,
        algorithm: &dyn Algorithm,
        precision: Precision,
        class: DeviceClass,
    ) -> Result<Vec<Option<Variant>>, String> {
        match self {
            Self::Default => Ok(vec![None]),
            Self::Listed => Ok(algorithm.variants(precision).into_iter().map(Some).collect()),
            Self::Given(texts) => texts
                .iter()
                .map(|text| {
                    // Bodies have parameters of their own: where the default lacks one of these, a listed variant has them.
                    let default = algorithm.default_variant(precision, class).with(text);
                    let fitting = || {
                        algorithm
                            .variants(precision)
                            .iter()
                            .find_map(|variant| variant.with(text).ok())
                    };
                    default
                        .or_else(|why| fitting().ok_or(why))
                        .map(Some)
                        .map_err(|why| format!("{algorithm}: {why}"))
                })
                .collect(),
        }
    }
}

/// A variant in an id: the values of its parameters.
pub(super) fn tag(variant: &Variant) -> String {
    variant
        .iter()
        .map(|(_, value)| value.to_string())
        .collect::<Vec<_>>()
        .join("-")
}
