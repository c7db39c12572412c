//! What a field holds or an expression comes to.

/// A value; `Missing` goes through every operation, and leaves its field empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Missing,
    Number(f64),
    Text(String),
    List(Vec<Self>),
}

/// What people write where nothing was measured.
const MISSING: [&str; 8] = ["", "nan", "na", "n/a", "null", "none", "-", "[n/a]"];

impl Value {
    /// The field of a table: a text, or nothing.
    pub(crate) fn of_text(text: &str) -> Self {
        let text = text.trim();
        match MISSING.contains(&text.to_ascii_lowercase().as_str()) {
            true => Self::Missing,
            false => Self::Text(text.to_owned()),
        }
    }

    /// The value as a number; `None` if it is missing.
    pub(crate) fn number(&self) -> Result<Option<f64>, String> {
        match self {
            Self::Missing => Ok(None),
            Self::Number(number) => Ok(Some(*number)),
            Self::Text(text) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Some(number)),
                _ => Err(format!("`{}` is not a number", joulemark_base::plain_text::shown(text))),
            },
            Self::List(_) => Err("it is a list; take mean(…), median(…), sum(…), min(…) or max(…) of it".into()),
        }
    }

    /// The value as text: whole numbers without a point.
    pub(crate) fn text(&self) -> Result<Option<String>, String> {
        match self {
            Self::Missing => Ok(None),
            Self::Number(number) => Ok(Some(number.to_string())),
            Self::Text(text) => Ok(Some(text.clone())),
            Self::List(_) => Err("it is a list, which cannot be a part of a text".into()),
        }
    }
}
