//! Text with expressions in braces, as in `{kernel}/{M}x{N}`. In: the text. Out: the text of one record.

use std::collections::BTreeSet;

use crate::expression::{Expression, Scope};
use crate::parse::parse;

/// A text with holes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Literal(String),
    Hole(Expression),
}

impl Template {
    /// Reads a template; `{{` and `}}` are braces.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (mut parts, mut literal, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            literal += &rest[..at];
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                literal += brace;
                rest = after;
            } else if brace == "}" {
                return Err(format!("`{text}`: a }} without its {{"));
            } else {
                let end = rest.find('}').ok_or_else(|| format!("`{text}`: a {{ without its }}"))?;
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(Part::Hole(parse(&rest[..end])?));
                rest = &rest[end + 1..];
            }
        }
        literal += rest;
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self(parts))
    }

    pub(crate) fn fields<'a>(&'a self, names: &mut BTreeSet<&'a str>) {
        for part in &self.0 {
            if let Part::Hole(expression) = part {
                expression.fields(names);
            }
        }
    }

    /// The text for one record; `None` if a hole has no value.
    pub(crate) fn fill(&self, scope: &dyn Scope) -> Result<Option<String>, String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(literal) => text += literal,
                Part::Hole(expression) => match expression.evaluate(scope)?.text()? {
                    Some(value) => text += &value,
                    None => return Ok(None),
                },
            }
        }
        Ok(Some(text))
    }
}
