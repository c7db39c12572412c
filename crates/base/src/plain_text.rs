//! Text from outside, made fit to be shown. In: names and fields that anybody may have written. Out: text that cannot
//! move a cursor, hide or reorder what stands beside it, or fill a screen.

use std::fmt::Write;

/// Most characters of a foreign text that a message shows.
const MOST_SHOWN: usize = 80;

/// Whether a text holds no character that a terminal obeys instead of showing it: control characters but for the tab,
/// marks that reorder text, separators of lines and paragraphs.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') || !text.chars().any(obeyed)
}

/// The text with such characters written out, `\u{1b}` for an escape.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if obeyed(character) {
            // Writing to a String cannot fail.
            let _ = write!(plain, "\\u{{{:x}}}", u32::from(character));
        } else {
            plain.push(character);
        }
    }
    plain
}

/// The text as [`plain`] gives it, cut to 80 characters: for messages.
#[must_use]
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => plain(&text[..end]) + "…",
        None => plain(text),
    }
}

fn obeyed(character: char) -> bool {
    character.is_control() && character != '\t'
        || matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::{is_plain, plain, shown};

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        for (text, written) in [
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("a\nb\r", "a\\u{a}b\\u{d}"),
            ("x\u{202e}y", "x\\u{202e}y"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{2028}", "\\u{2028}"),
        ] {
            assert_eq!(plain(text), written);
            assert!(!is_plain(text) && is_plain(&plain(text)), "{written}");
        }
        for text in ["", "matmul/tiled/f32/1x1x1", "Größe µ 東京", "tab\there"] {
            assert!(is_plain(text) && plain(text) == text);
        }
    }

    #[test]
    fn messages_stay_short() {
        let cut = shown(&"é".repeat(1 << 20));
        assert_eq!(cut.chars().count(), 81);
        assert_eq!(shown(&"é".repeat(80)), "é".repeat(80));
    }
}
