//! A ranking as a picture: a row per kernel, a panel per measure. In: rankings. Out: SVG text.

use joulemark_base::objective::Objective;
use joulemark_base::si::si;

use super::{Ranked, Ranking, Rankings};
use crate::figures::canvas::{Anchor, Canvas, text_width};
use crate::figures::mark_simulated;

const WIDTH: f64 = 960.0;
const ROW: f64 = 22.0;
/// Room for a bar's value.
const VALUE: f64 = 80.0;

/// Draws all rankings, one below the other: bars from zero, with 95% intervals; the best of each panel is dark.
///
/// # Errors
/// There is nothing to draw.
pub fn draw(rankings: &Rankings) -> Result<String, String> {
    if rankings.rankings.is_empty() {
        return Err("no problem was computed by two kernels".into());
    }
    let mut canvas = Canvas::new(WIDTH);
    let mut top = 8.0;
    for ranking in &rankings.rankings {
        top = one(&mut canvas, ranking, top) + 16.0;
    }
    let description = "Bars from zero with 95% intervals; the best of each measure is dark.";
    let picture = canvas.finish(top + 8.0, "Kernels on one problem against each other", description);
    Ok(match rankings.simulated {
        true => mark_simulated(&picture),
        false => picture,
    })
}

/// Draws one from a height on, and gives where it ends.
fn one(canvas: &mut Canvas, ranking: &Ranking, top: f64) -> f64 {
    canvas.text((8.0, top + 8.0), &ranking.name(), Anchor::Start);
    let names = ranking.kernels.iter().map(|kernel| text_width(&kernel.kernel));
    let left = 16.0 + names.fold(0.0, f64::max).min(WIDTH / 3.0);
    let measures: Vec<Objective> = Objective::ALL
        .into_iter()
        .filter(|measure| ranking.best_by(*measure).is_some())
        .collect();
    let panel = (WIDTH - left) / measures.len().max(1) as f64;
    let first = top + 44.0;
    let bottom = first + ROW * ranking.kernels.len() as f64;
    for (row, kernel) in ranking.kernels.iter().enumerate() {
        let y = first + ROW * (row as f64 + 0.5);
        canvas.text((left - 8.0, y), &kernel.kernel, Anchor::End);
        for (index, measure) in measures.iter().enumerate() {
            bar(
                canvas,
                ranking,
                kernel,
                *measure,
                (left + panel * index as f64, y),
                panel - VALUE - 16.0,
            );
        }
    }
    for (index, measure) in measures.iter().enumerate() {
        let x = left + panel * index as f64;
        canvas.text((x, top + 30.0), measure.words(), Anchor::Start);
        canvas.line(&[(x, first), (x, bottom)], "axis", 1.0, "");
    }
    bottom
}

/// One bar of at most `length` pixels, its interval and its value.
fn bar(canvas: &mut Canvas, ranking: &Ranking, kernel: &Ranked, measure: Objective, (x, y): (f64, f64), length: f64) {
    let Some(value) = kernel.value(measure) else { return };
    let values = ranking
        .kernels
        .iter()
        .filter_map(|other| Some(other.value(measure)?.value));
    let highest = values.fold(0.0, f64::max);
    // An interval may reach further than the longest bar; it is cut off at the panel's end.
    let at = |value: f64| x + length * (value / highest).clamp(0.0, 1.05);
    let is_best = ranking
        .best_by(measure)
        .is_some_and(|best| best.kernel == kernel.kernel);
    let words = si(value.value, measure.unit());
    let title = format!("{}: {words}", kernel.kernel);
    canvas.bar(
        (x, y - 7.0),
        (at(value.value) - x, 14.0),
        if is_best { "s0" } else { "s5" },
        &title,
    );
    if let Some([low, high]) = value.ci95 {
        canvas.line(&[(at(low), y), (at(high), y)], "ink", 1.0, "");
    }
    canvas.text((at(value.high()).max(at(value.value)) + 6.0, y), &words, Anchor::Start);
}
