//! Numbers for people: three significant digits, an SI prefix, an interval. In: values in SI units. Out: short text.

use crate::estimate::Estimate;

/// A value with an SI prefix and its unit: `12.3 mJ`, `4.56 ms`.
#[must_use]
pub fn si(value: f64, unit: &str) -> String {
    const PREFIXES: [(f64, &str); 9] = [
        (1e12, "T"),
        (1e9, "G"),
        (1e6, "M"),
        (1e3, "k"),
        (1.0, ""),
        (1e-3, "m"),
        (1e-6, "µ"),
        (1e-9, "n"),
        (1e-12, "p"),
    ];
    let (scale, prefix) = PREFIXES
        .into_iter()
        .find(|(scale, _)| value.abs() >= 0.9995 * scale)
        .unwrap_or(if value == 0.0 { (1.0, "") } else { (1e-12, "p") });
    format!("{} {prefix}{unit}", significant(value / scale))
        .trim_end()
        .to_owned()
}

/// Three significant digits, without an exponent from a thousandth to a million.
#[must_use]
pub fn significant(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".into();
    }
    if !(0.000_999_5..999_999.5).contains(&size) {
        return format!("{value:.2e}");
    }
    // Rounded first, so that 9.996 becomes 10.0 and not 10.00.
    let rounded: f64 = format!("{size:.2e}").parse().unwrap_or(size);
    let decimals = (2 - rounded.log10().floor() as i32).max(0) as usize;
    format!("{value:.decimals$}")
}

/// So many of a thing: `1 case`, `2 families`, `0 indexes`.
#[must_use]
pub fn plural(count: impl std::fmt::Display, thing: &str) -> String {
    let count = count.to_string();
    if count == "1" {
        return format!("1 {thing}");
    }
    let one_sound = thing
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']));
    match one_sound {
        Some(stem) => format!("{count} {stem}ies"),
        None if thing.ends_with(['s', 'x', 'h']) => format!("{count} {thing}es"),
        None => format!("{count} {thing}s"),
    }
}

/// A share in percent: `12.3%`.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// How far the interval reaches on its wider side, relative to the value: `±1.2%`; empty without an interval.
#[must_use]
pub fn reach(estimate: &Estimate) -> String {
    estimate.ci95.map_or_else(String::new, |[low, high]| {
        let reach = (high - estimate.value).max(estimate.value - low) / estimate.value.abs();
        if reach >= 9.995 {
            "±>999%".into()
        } else {
            format!("±{}%", significant_percent(100.0 * reach))
        }
    })
}

fn significant_percent(percent: f64) -> String {
    if percent >= 9.95 {
        format!("{percent:.0}")
    } else {
        format!("{percent:.1}")
    }
}

/// `value [low, high]` with a format for each of the three.
#[must_use]
pub fn with_interval(estimate: &Estimate, format: impl Fn(f64) -> String) -> String {
    match estimate.ci95 {
        Some([low, high]) => format!("{} [{}, {}]", format(estimate.value), format(low), format(high)),
        None => format(estimate.value),
    }
}
