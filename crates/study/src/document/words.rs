//! Text that is safe to show. In: any text, names from outside included. Out: the same without a character that a terminal or a
//! browser obeys; each back end escapes the marks of its own language besides.

use std::fmt;
use std::ops::Deref;

use joulemark_base::plain_text::plain;

/// Text in which control characters and marks that reorder text are written out.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Words(String);

impl<T: AsRef<str>> From<T> for Words {
    fn from(text: T) -> Self {
        Self(plain(text.as_ref()))
    }
}

impl Deref for Words {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
