//! A ranking as a picture: a row per kernel, a panel per measure. In: rankings. Out: SVG text.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Measure, Ranked, Ranking, Rankings};
use crate::figures::canvas::{Area, GREY, INK, axis_font, colour, small_font, svg, text_width};
use crate::figures::mark_simulated;
use joulemark_base::si::si;

const WIDTH: u32 = 1000;
const ROW: u32 = 24;
const HEADER: u32 = 64;
const LABEL: i32 = 76;

/// Draws all rankings, one below the other: bars from zero, with 95% intervals; the best of each panel is dark.
///
/// # Errors
/// There is nothing to draw.
pub fn draw(rankings: &Rankings) -> Result<String, String> {
    let heights = rankings
        .rankings
        .iter()
        .map(|ranking| HEADER + ROW * ranking.kernels.len() as u32 + 16);
    let height: u32 = heights.clone().sum();
    if height == 0 {
        return Err("no problem was computed by two kernels".into());
    }
    let picture = svg((WIDTH, height), |area| {
        let mut rest = area.clone();
        for (ranking, height) in rankings.rankings.iter().zip(heights) {
            let (own, below) = rest.split_vertically(height);
            one(&own, ranking)?;
            rest = below;
        }
        Ok(())
    })?;
    Ok(match rankings.simulated {
        true => mark_simulated(&picture),
        false => picture,
    })
}

fn one(area: &Area<'_>, ranking: &Ranking) -> Result<(), Box<dyn std::error::Error>> {
    area.draw(&Text::new(ranking.name(), (8, 8), axis_font()))?;
    let names = ranking.kernels.iter().map(|kernel| text_width(&kernel.kernel)).max();
    let left = 16 + names.unwrap_or(0).min(WIDTH / 3) as i32;
    let measures: Vec<Measure> = Measure::ALL
        .into_iter()
        .filter(|measure| ranking.best_by(*measure).is_some())
        .collect();
    let panel = (WIDTH as i32 - left) / measures.len().max(1) as i32;
    for (row, kernel) in ranking.kernels.iter().enumerate() {
        let middle = HEADER as i32 + ROW as i32 * row as i32 + ROW as i32 / 2;
        let right = small_font().pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(kernel.kernel.clone(), (left - 8, middle), right))?;
        for (index, measure) in measures.iter().enumerate() {
            let x = left + panel * index as i32;
            bar(area, ranking, kernel, *measure, (x, middle), panel - LABEL - 16)?;
        }
    }
    for (index, measure) in measures.iter().enumerate() {
        let x = left + panel * index as i32;
        area.draw(&Text::new(measure.words(), (x, 38), small_font()))?;
        let bottom = HEADER as i32 + ROW as i32 * ranking.kernels.len() as i32;
        area.draw(&PathElement::new(vec![(x, HEADER as i32), (x, bottom)], GREY))?;
    }
    Ok(())
}

/// One bar of at most `length` pixels, its interval and its value.
fn bar(
    area: &Area<'_>,
    ranking: &Ranking,
    kernel: &Ranked,
    measure: Measure,
    (x, middle): (i32, i32),
    length: i32,
) -> Result<(), Box<dyn std::error::Error>> {
    let Some(value) = measure.of(kernel) else {
        return Ok(());
    };
    let highest = ranking
        .kernels
        .iter()
        .filter_map(|other| Some(measure.of(other)?.value))
        .fold(0.0, f64::max);
    // An interval may reach further than the longest bar; it is cut off at the panel's end.
    let at = |value: f64| x + (f64::from(length) * (value / highest).clamp(0.0, 1.05)) as i32;
    let best = ranking
        .best_by(measure)
        .is_some_and(|best| best.kernel == kernel.kernel);
    let style = if best { colour(0).filled() } else { colour(5).filled() };
    area.draw(&Rectangle::new([(x, middle - 7), (at(value.value), middle + 7)], style))?;
    if let Some([low, high]) = value.ci95 {
        area.draw(&PathElement::new(
            vec![(at(low), middle), (at(high), middle)],
            INK.stroke_width(1),
        ))?;
    }
    let end = at(value.high()).max(at(value.value)) + 6;
    let left = small_font().pos(Pos::new(HPos::Left, VPos::Center));
    area.draw(&Text::new(si(value.value, measure.unit()), (end, middle), left))?;
    Ok(())
}
