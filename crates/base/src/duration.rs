//! Durations as people write them. In: `500us`, `50ms`, `5`, `90s`, `9m`, `1.5h`. Out: seconds, and back.

/// Seconds of `500us`, `50ms`, `5` (seconds), `90s`, `9m` or `1.5h`.
///
/// # Errors
/// A sentence that begins with "it must be", where the text is no positive finite duration.
pub fn parse_duration_s(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let split = text.find(|c: char| c.is_ascii_alphabetic() && c != 'e' && c != 'E');
    let (number, unit) = text.split_at(split.unwrap_or(text.len()));
    let unit_s = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(refusal()),
    };
    let seconds = number.trim_end().parse().map(|number: f64| unit_s * number);
    seconds
        .ok()
        .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
        .ok_or_else(refusal)
}

fn refusal() -> String {
    "it must be a duration above 0, such as 50ms, 5 (seconds), 90s, 9m or 1.5h".into()
}

/// A duration for people: `0.8 s`, `47 s`, `9 min 30 s`, `2 h 5 min`.
#[must_use]
pub fn duration_text(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "unknown".into();
    }
    let seconds = seconds.max(0.0);
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::{duration_text, parse_duration_s};

    #[test]
    fn every_unit_is_read() {
        for (text, seconds) in [
            ("500us", 5e-4),
            ("50ms", 0.05),
            ("5", 5.0),
            ("90s", 90.0),
            ("9m", 540.0),
            ("1.5h", 5400.0),
            ("1e2", 100.0),
        ] {
            assert!(
                (parse_duration_s(text).unwrap() / seconds - 1.0).abs() < 1e-12,
                "{text}"
            );
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "s", "-1", "0", "nan", "inf", "5 parsecs", "5d", "1e999", "m5"] {
            assert!(parse_duration_s(text).unwrap_err().starts_with("it must be"), "{text}");
        }
    }

    #[test]
    fn people_read_the_largest_two_units() {
        for (seconds, text) in [
            (0.84, "0.8 s"),
            (9.97, "10 s"),
            (570.0, "9 min 30 s"),
            (7500.0, "2 h 5 min"),
            (-1.0, "0.0 s"),
        ] {
            assert_eq!(duration_text(seconds), text);
        }
    }
}
