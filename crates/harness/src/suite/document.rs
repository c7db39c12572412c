//! A TOML document that answers with places: what is wrong is told with file, line and column.

use std::ops::Range;

use joulemark_base::plain_text::is_plain;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::scale::{Scale, Scaled};
use crate::error::Error;

/// Longest reason that is told, in characters.
const LONGEST_WHY: usize = 800;

/// A value and where it stands.
pub(super) type Value<'a> = &'a Spanned<DeValue<'a>>;

/// The file, for messages.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Document<'a> {
    /// The tables of the file.
    pub(super) fn parse(&self) -> Result<Spanned<DeTable<'a>>, Error> {
        DeTable::parse(self.text)
            .map_err(|error| self.error(error.span().unwrap_or_default(), error.message().trim_end()))
    }

    /// `path:line:column: why`, the form that editors jump to; what a file brings in is not told at any length.
    pub(super) fn error(&self, at: Range<usize>, why: impl std::fmt::Display) -> Error {
        let mut why = why.to_string();
        if let Some((end, _)) = why.char_indices().nth(LONGEST_WHY) {
            why.truncate(end);
            why.push('…');
        }
        let before = &self.text[..self.text.floor_char_boundary(at.start)];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Error::Input(format!("{}:{line}:{column}: {why}", self.path))
    }

    pub(super) fn error_at(&self, value: Value, why: impl std::fmt::Display) -> Error {
        self.error(value.span(), why)
    }

    pub(super) fn string<'v>(&self, value: Value<'v>) -> Result<&'v str, Error> {
        let text = value.get_ref().as_str();
        let text = text.ok_or_else(|| self.error_at(value, "here must be a text in quotes"))?;
        match is_plain(&text.replace('\n', " ")) {
            true => Ok(text),
            false => Err(self.error_at(value, "control characters, or marks that reorder text: leave them out")),
        }
    }

    /// A whole number of at least 1; `1e8` is one too.
    pub(super) fn count(&self, value: Value) -> Result<u64, Error> {
        let number = match value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            DeValue::Float(number) => number
                .as_str()
                .parse()
                .ok()
                .filter(|number: &f64| number.fract() == 0.0 && (1.0..1e18).contains(number))
                .map(|number| number as u64),
            _ => None,
        };
        number
            .filter(|number| *number > 0)
            .ok_or_else(|| self.error_at(value, "here must be a whole number of at least 1"))
    }

    /// A list, each element read by `read`; a lone value counts as a list of one.
    pub(super) fn list<'v, T>(
        &self,
        value: Value<'v>,
        read: impl Fn(Value<'v>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        match value.get_ref() {
            DeValue::Array(values) if values.is_empty() => Err(self.error_at(value, "this list is empty")),
            DeValue::Array(values) => values.iter().map(read).collect(),
            _ => Ok(vec![read(value)?]),
        }
    }

    /// One value for all scales, or a table with `small`, `large` and perhaps `medium`, which is `large` otherwise.
    pub(super) fn scaled<'v, T: Clone>(
        &self,
        value: Value<'v>,
        read: impl Fn(Value<'v>) -> Result<T, Error>,
    ) -> Result<Scaled<T>, Error> {
        let DeValue::Table(table) = value.get_ref() else {
            let all = read(value)?;
            return Ok(Scaled::new([all.clone(), all.clone(), all]));
        };
        self.known(table, &Scale::ALL.map(Scale::as_str))?;
        let of = |scale: Scale| table.get(scale.as_str());
        let needed = |scale: Scale| of(scale).ok_or_else(|| self.error_at(value, format!("`{scale}` is missing")));
        let large = read(needed(Scale::Large)?)?;
        let medium = of(Scale::Medium).map(&read).transpose()?;
        Ok(Scaled::new([
            read(needed(Scale::Small)?)?,
            medium.unwrap_or_else(|| large.clone()),
            large,
        ]))
    }

    /// Refuses keys that nobody reads.
    pub(super) fn known(&self, table: &DeTable, keys: &[&str]) -> Result<(), Error> {
        match table.keys().find(|key| !keys.contains(&key.get_ref().as_ref())) {
            Some(key) => Err(self.error(
                key.span(),
                format!(
                    "there is no key `{}` here; there are {}",
                    key.get_ref(),
                    keys.join(", ")
                ),
            )),
            None => Ok(()),
        }
    }
}
