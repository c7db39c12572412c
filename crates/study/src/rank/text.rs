//! Rankings for a terminal. In: rankings. Out: what `joulemark rank` prints.

use super::{Best, Measure, Ranked, Ranking, Rankings};
use crate::table::table;
use crate::text::push_table;
use joulemark_base::si::reach;
use joulemark_base::si::si;
use joulemark_base::si::significant;

const SIMULATED: &str = "SIMULATED ENERGY IS INCLUDED: nothing below is about a real device.\n\n";

/// Every ranking in full: a line per kernel, the fastest first.
#[must_use]
pub fn render(rankings: &Rankings) -> String {
    let mut text = preamble(rankings);
    for (index, ranking) in rankings.rankings.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        one(&mut text, ranking);
    }
    text
}

/// A line per problem: who is best by each measure.
#[must_use]
pub fn render_overview(rankings: &Rankings) -> String {
    let mut text = preamble(rankings);
    let with_energy = rankings.no_energy.is_none();
    let header = [
        "problem",
        "precision",
        "kernels",
        "fastest",
        "least energy",
        "least energy × delay",
    ];
    let mut rows = table(&header[..if with_energy { 6 } else { 4 }], 6);
    for ranking in &rankings.rankings {
        let best = |measure| {
            let name = |best: &Best| match best.not_told_apart.len() {
                0 => best.kernel.clone(),
                others => format!("{} (or {others} more)", best.kernel),
            };
            ranking.best_by(measure).map_or_else(|| "–".into(), name)
        };
        let mut row = vec![
            format!("{} {}", ranking.op, ranking.problem),
            ranking.precision.clone(),
            ranking.kernels.len().to_string(),
            best(Measure::Time),
        ];
        if with_energy {
            row.extend([best(Measure::Energy), best(Measure::EnergyDelay)]);
        }
        rows.add_row(row);
    }
    push_table(&mut text, &rows);
    text.push_str("\n(or n more): that many others have a 95% interval that overlaps the best one's.\n");
    text
}

fn preamble(rankings: &Rankings) -> String {
    let mut text = String::new();
    if rankings.simulated {
        text.push_str(SIMULATED);
    }
    if let Some(reason) = &rankings.no_energy {
        text.push_str(&format!("by time only: {}.\n\n", reason.trim_end_matches('.')));
    }
    text
}

fn one(text: &mut String, ranking: &Ranking) {
    text.push_str(&format!("{}\n", ranking.name()));
    let measures: Vec<Measure> = Measure::ALL
        .into_iter()
        .filter(|measure| ranking.best_by(*measure).is_some())
        .collect();
    let mut header = vec!["  kernel"];
    for measure in &measures {
        header.extend([measure.words(), "", "× best", "place"]);
    }
    let mut rows = table(&header, 1);
    for kernel in &ranking.kernels {
        let mut row = vec![format!("  {}", kernel.kernel)];
        for measure in &measures {
            row.extend(cells(*measure, kernel, ranking));
        }
        rows.add_row(row);
    }
    push_table(text, &rows);
    for best in &ranking.best {
        let others = match best.not_told_apart.as_slice() {
            [] => String::new(),
            others => format!(" (the data does not tell it from {})", others.join(", ")),
        };
        text.push_str(&format!("  least {}: {}{others}\n", best.measure.words(), best.kernel));
    }
    if ranking.fastest_is_not_thriftiest() {
        text.push_str("  The fastest kernel is not the thriftiest.\n");
    }
}

fn cells(measure: Measure, kernel: &Ranked, ranking: &Ranking) -> [String; 4] {
    let Some(value) = measure.of(kernel) else {
        return ["–".into(), String::new(), String::new(), String::new()];
    };
    let least = ranking
        .kernels
        .iter()
        .filter_map(|other| Some(measure.of(other)?.value))
        .fold(f64::INFINITY, f64::min);
    let place = Measure::ALL
        .iter()
        .position(|other| *other == measure)
        .and_then(|index| kernel.places[index]);
    [
        si(value.value, measure.unit()),
        reach(&value),
        significant(value.value / least),
        place.map_or_else(String::new, |place| place.to_string()),
    ]
}
