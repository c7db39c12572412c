//! Enums that are words in files, options and tables. In: a value and its word, pair by pair. Out: the same four answers for
//! each such enum.

use crate::nearest::did_you_mean;

/// Gives an enum `ALL`, `as_str`, `from_word`, `Display` (which pads) and `FromStr`, whose error names the words there are:
/// `words! { Colour, "colour" { Red => "red", Green => "green" } }`.
#[macro_export]
macro_rules! words {
    ($kind:ident, $what:literal { $($value:ident => $word:literal),+ $(,)? }) => {
        impl $kind {
            /// All of them, in order.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$value),+];

            /// The word in files, options and tables.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word),+
                }
            }

            /// The value that a word names.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|known| known.as_str() == word)
            }
        }

        impl ::std::fmt::Display for $kind {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $kind {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                Self::from_word(word).ok_or_else(|| $crate::words::unknown($what, word, &[$($word),+]))
            }
        }
    };
}

/// The sentence for a word that is none of the known ones.
#[must_use]
pub fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let meant = did_you_mean(word, known.iter().copied());
    let (last, others) = known.split_last().unwrap_or((&"", &[]));
    format!(
        "there is no {what} `{word}`{meant}: use {} or {last}",
        others.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use crate::objective::Objective;

    #[test]
    fn each_word_is_read_as_it_is_written() {
        for objective in Objective::ALL {
            assert_eq!(objective.to_string().parse(), Ok(objective));
        }
        assert_eq!(format!("{:>5}|", Objective::Edp), "  edp|");
        assert_eq!(
            "enrgy".parse::<Objective>(),
            Err("there is no objective `enrgy` (did you mean `energy`?): use time, energy or edp".into())
        );
    }
}
