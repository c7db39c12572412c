//! A comparison for a terminal. In: a comparison. Out: what `joulemark compare` prints.

use super::{Comparison, Other, Ratio, RunToRun, Summary};
use crate::outcome::Outcome;
use crate::table::table;
use crate::text::push_table;
use joulemark_base::si::{plural, significant, with_interval};

/// Renders a table of cases per set, the geometric means, and where rankings disagree.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    let mut text = String::new();
    if comparison.simulated {
        text.push_str("SIMULATED ENERGY IS INCLUDED: nothing below is about a real device.\n\n");
    }
    let margin = significant(100.0 * comparison.options.margin);
    text.push_str(&format!(
        "ratios to {}: below 1 is better, changes up to {margin}% are none\n",
        comparison.baseline
    ));
    text.push_str(&match &comparison.run_to_run {
        [Some(time), _] => {
            let deviation = |found: &RunToRun| significant(100.0 * found.deviation);
            let energy = comparison.run_to_run[1].as_ref();
            let energy = energy.map_or_else(String::new, |found| format!(", in energy by {}%", deviation(found)));
            format!(
                "{} runs of the baseline differ in time by {}%{energy}: that is in the intervals\n",
                time.runs,
                deviation(time)
            )
        }
        _ => {
            "what runs of one thing differ by is not known (--baseline-runs adds it): intervals are over rounds only\n"
                .into()
        }
    });
    for other in &comparison.others {
        other_text(&mut text, other);
    }
    text.push_str("\nKendall's tau-b between rankings of the cases\n");
    let mut rows = table(&["set", "time and energy", "FLOPs and energy", "FLOPs and time"], 1);
    let number = |value: Option<f64>| value.map_or_else(|| "–".into(), |value| format!("{value:.2}"));
    for ranking in &comparison.rankings {
        rows.add_row(vec![
            ranking.label.clone(),
            number(ranking.time_energy),
            number(ranking.flops_energy),
            number(ranking.flops_time),
        ]);
    }
    push_table(&mut text, &rows);
    for ranking in &comparison.rankings {
        for found in &ranking.fastest_is_not_thriftiest {
            text.push_str(&format!(
                "{}, {}, {}: {} is fastest, {} takes the least energy\n",
                ranking.label, found.problem, found.precision, found.fastest, found.thriftiest
            ));
        }
    }
    for found in &comparison.fastest_is_not_thriftiest {
        let (fastest, thriftiest) = (&found.fastest, &found.thriftiest);
        text.push_str(&format!(
            "{}: {fastest} is fastest, {thriftiest} takes the least energy\n",
            found.case
        ));
    }
    text
}

fn other_text(text: &mut String, other: &Other) {
    text.push_str(&format!(
        "\n{}: {}\n",
        other.label,
        plural(other.cases.len(), "common case")
    ));
    let mut rows = table(&["case", "time", "", "energy", ""], 1);
    let number = |value: f64| format!("{value:.3}");
    let cells = |ratio: &Ratio| [with_interval(&ratio.ratio, number), ratio.change.word().to_owned()];
    for case in &other.cases {
        let mut row = vec![case.case.clone()];
        row.extend(cells(&case.time));
        row.extend(
            case.energy
                .as_ref()
                .map_or_else(|| ["–".to_owned(), String::new()], cells),
        );
        rows.add_row(row);
    }
    push_table(text, &rows);
    let summary = |summary: &Summary| {
        let counts: Vec<String> = summary
            .counts
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(change, count)| format!("{count} {}", change.word()))
            .collect();
        format!(
            "{} ({})",
            with_interval(&summary.geometric_mean, number),
            counts.join(", ")
        )
    };
    text.push_str(&format!("time, geometric mean: {}\n", summary(&other.time)));
    match &other.energy {
        Outcome::Available(energy) => {
            text.push_str(&format!("energy, geometric mean: {}\n", summary(energy)));
            if let Outcome::Available(factor) = &other.machine_factor {
                text.push_str(&format!(
                    "machine factor (energy of the baseline over this; Patterson et al. 2021 saw 2 to 5 between machines): {}\n",
                    with_interval(factor, number)
                ));
            }
        }
        Outcome::Unavailable { unavailable } => text.push_str(&format!("energy: {unavailable}\n")),
    }
    for (words, cases) in [
        ("only in the baseline", &other.only_in_baseline),
        ("only here", &other.only_here),
    ] {
        if !cases.is_empty() {
            text.push_str(&format!("{words}: {}\n", cases.join(", ")));
        }
    }
}
