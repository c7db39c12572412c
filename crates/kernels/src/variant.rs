//! The tuning parameters that make a variant out of an algorithm.

use std::fmt;

use crate::unsupported::Unsupported;

/// Named tuning parameters in the order in which their algorithm declares them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Variant(Vec<(&'static str, u32)>);

impl Variant {
    /// Parameters from name-value pairs.
    pub fn new(parameters: &[(&'static str, u32)]) -> Self {
        Self(parameters.to_vec())
    }

    /// These parameters and one more.
    pub fn and(mut self, name: &'static str, value: u32) -> Self {
        self.0.push((name, value));
        self
    }

    /// The value of a parameter.
    ///
    /// # Panics
    /// If the algorithm that reads it did not declare it: a defect of the catalogue, which a test visits whole.
    pub fn get(&self, name: &str) -> u32 {
        self.0
            .iter()
            .find(|(key, _)| *key == name)
            .unwrap_or_else(|| panic!("tuning parameter `{name}` is not among {self}"))
            .1
    }

    /// Whether none of these parameters is 0.
    pub(crate) fn positive(&self, names: &[&str]) -> Result<(), Unsupported> {
        match names.iter().find(|name| self.get(name) == 0) {
            Some(name) => Err(Unsupported::new(format!("{name} is 0, it must be at least 1"))),
            None => Ok(()),
        }
    }

    /// Name-value pairs in declaration order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u32)> + '_ {
        self.0.iter().copied()
    }

    /// These parameters with the values of `text` (`name=value,name=value`) in place of their own.
    ///
    /// # Errors
    /// If a name is not one of these parameters or a value is not a whole number.
    pub fn with(&self, text: &str) -> Result<Self, Unsupported> {
        let mut variant = self.clone();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| Unsupported::new(format!("`{part}` is not of the form name=value")))?;
            let slot = variant
                .0
                .iter_mut()
                .find(|(key, _)| *key == name)
                .ok_or_else(|| Unsupported::new(format!("no tuning parameter `{name}`; there are: {self}")))?;
            slot.1 = value
                .parse()
                .map_err(|_| Unsupported::new(format!("`{value}` is not a whole number for `{name}`")))?;
        }
        Ok(variant)
    }
}

impl fmt::Display for Variant {
    /// `tile_m=64,tile_n=64`, or `-` where there is nothing to tune.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.pad("-");
        }
        let text: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        f.pad(&text.join(","))
    }
}
