//! One line of a wattmeter. In: `VALUE`, `VALUE UNIT`, `TIME VALUE` or a JSON object with a named field. Out: the
//! reading in millionths, or what is wrong with the line.

use super::spec::Reading;
use serde_json::Value;

/// A message shows so much of a line that is no reading.
const SHOWN: usize = 40;

/// Reads a line; `None` for an empty one.
pub(super) fn read(line: &str, reading: Reading, field: Option<&str>) -> Option<Result<u64, String>> {
    let line = line.trim();
    if line.is_empty() {
        return None;
    }
    Some(value(line, reading, field).and_then(|(value, reading)| {
        let raw = value * reading.in_millionths();
        if (0.0..9e18).contains(&raw) {
            Ok(raw.round() as u64)
        } else {
            Err(format!("`{}` is no reading of power or energy", shown(line)))
        }
    }))
}

fn value(line: &str, reading: Reading, field: Option<&str>) -> Result<(f64, Reading), String> {
    if line.starts_with('{') || line.starts_with('[') {
        let json: Value = serde_json::from_str(line).map_err(|_| format!("`{}` is no JSON", shown(line)))?;
        let field = field.ok_or("the lines are JSON: name the number with field=NAME, as in field=gpu_power")?;
        let value = find(&json, field).ok_or_else(|| format!("`{}` has no field `{field}`", shown(line)))?;
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.split_whitespace().next().and_then(|text| text.parse().ok()),
            _ => None,
        };
        let number = number.ok_or_else(|| format!("the field `{field}` of `{}` is no number", shown(line)))?;
        return Ok((number, reading));
    }
    let words: Vec<&str> = line
        .split_whitespace()
        .map(|word| word.trim_end_matches([',', ';']))
        .collect();
    let number = |word: &str| word.parse::<f64>().ok();
    let read = match words[..] {
        [value] => number(value).map(|value| (value, reading)),
        [first, second] => match (number(first), number(second), Reading::from_word(second)) {
            (Some(_), Some(value), _) => Some((value, reading)),
            // A unit in the line is the better word, as long as it is of the same kind.
            (Some(value), None, Some(told)) if told.unit() == reading.unit() => Some((value, told)),
            _ => None,
        },
        _ => None,
    };
    read.ok_or_else(|| format!("`{}` is neither VALUE nor TIME VALUE", shown(line)))
}

/// The value at a path of names or numbers with dots between them; names may hold dots themselves.
fn find<'a>(json: &'a Value, path: &str) -> Option<&'a Value> {
    let at = |name: &str| json.get(name).or_else(|| json.get(name.parse::<usize>().ok()?));
    if let Some(value) = at(path) {
        return Some(value);
    }
    let dots = path.match_indices('.').map(|(dot, _)| dot);
    dots.into_iter()
        .find_map(|dot| find(at(&path[..dot])?, &path[dot + 1..]))
}

fn shown(line: &str) -> String {
    let plain: String = line.chars().filter(|letter| !letter.is_control()).take(SHOWN).collect();
    if plain.len() < line.len() {
        format!("{plain}…")
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_gives_millionths() {
        for (line, reading, field, raw) in [
            ("37.21", Reading::Watt, None, 37_210_000),
            ("37.21 W", Reading::Watt, None, 37_210_000),
            ("412 mW", Reading::Watt, None, 412_000),
            ("1764081234.5 37.21", Reading::Watt, None, 37_210_000),
            ("  19,", Reading::Milliwatt, None, 19_000),
            ("3.185", Reading::WattHour, None, 11_466_000_000),
            (r#"{"gpu_power": 0.0187}"#, Reading::Watt, Some("gpu_power"), 18_700),
            (
                r#"{"a": {"b.c": [1, "35.0 W"]}}"#,
                Reading::Watt,
                Some("a.b.c.1"),
                35_000_000,
            ),
        ] {
            assert_eq!(read(line, reading, field), Some(Ok(raw)), "{line}");
        }
        assert_eq!(read("  ", Reading::Watt, None), None);
    }

    #[test]
    fn garbage_is_named_and_cut() {
        let long = "x".repeat(500);
        for (line, field, word) in [
            ("[N/A]", None, "no JSON"),
            ("power", None, "neither VALUE"),
            ("-3", None, "no reading"),
            ("nan", None, "no reading"),
            ("inf", None, "no reading"),
            ("1e300", None, "no reading"),
            ("5 J", None, "neither VALUE"),
            ("{\"a\": 1}", None, "field=NAME"),
            ("{\"a\": 1}", Some("b"), "no field `b`"),
            ("{\"a\": {}}", Some("a"), "is no number"),
            ("{\"a\": 1", Some("a"), "no JSON"),
            ("\u{1b}[31mred", None, "`[31mred"),
            (long.as_str(), None, "x…"),
        ] {
            let error = read(line, Reading::Watt, field).expect("not empty").expect_err(line);
            assert!(error.contains(word) && error.chars().count() < 120, "{error}");
        }
    }
}
