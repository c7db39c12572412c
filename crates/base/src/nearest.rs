//! The word that was meant. In: a word that nobody knows, and the known ones. Out: the nearest of them, if one is near.

/// The known word with the fewest typing errors (a symbol too many, missing, wrong, or two swapped) in `word`; `None` if
/// each would need more than one in three symbols.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let count = word.chars().count();
    // Nobody's typing error is a kilobyte long, and distances take the square of the length.
    if count > 100 {
        return None;
    }
    known
        .into_iter()
        .map(|known| (distance(&word, &known.to_lowercase()), known))
        .filter(|(distance, known)| *distance <= (count.max(known.chars().count()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// ` (did you mean …?)` behind the unknown word in a sentence; empty if no known word is near.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |known| format!(" (did you mean `{known}`?)"))
}

/// Insertions, deletions, substitutions and swaps of neighbours that lead from one word to the other (optimal string
/// alignment).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<_>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let changed = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, nearest};

    #[test]
    fn typing_errors_are_forgiven_and_other_words_are_not() {
        let known = ["default", "standard", "quick", "iso-flop"];
        for (word, meant) in [
            ("quik", Some("quick")),
            ("qucik", Some("quick")),
            ("Standart", Some("standard")),
            ("isoflop", Some("iso-flop")),
            ("resnet", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000), known), None);
        assert_eq!(did_you_mean("quik", known), " (did you mean `quick`?)");
        assert_eq!(did_you_mean("resnet", known), "");
    }
}
