//! What all figures share: the drawing area, colours and shapes that the colour-blind can tell apart, legends, ticks. In:
//! a drawing function. Out: SVG text.

use plotters::coord::Shift;
use plotters::element::{DynElement, IntoDynElement};
use plotters::prelude::*;

/// A drawing area in pixels.
pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Okabe and Ito's palette (2008), black last: told apart by all common kinds of colour vision.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(60, 60, 60),
];

/// Grey for axes and helping lines.
pub(crate) const GREY: RGBColor = RGBColor(150, 150, 150);
/// Almost black, for text and marks.
pub(crate) const INK: RGBColor = RGBColor(40, 40, 40);

/// The colour of a series.
pub(crate) const fn colour(series: usize) -> RGBColor {
    PALETTE[series % PALETTE.len()]
}

/// Draws on a white canvas and returns the SVG.
pub(crate) fn svg(
    (width, height): (u32, u32),
    draw: impl FnOnce(&Area<'_>) -> Result<(), Box<dyn std::error::Error>>,
) -> Result<String, String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (width, height)).into_drawing_area();
        let drawn = area.fill(&WHITE).map_err(Into::into).and_then(|()| draw(&area));
        drawn
            .and_then(|()| area.present().map_err(Into::into))
            .map_err(|error| format!("it could not be drawn: {error}"))?;
    }
    Ok(text)
}

/// The mark of a series: seven colours, and another shape after each seven; 28 can be told apart.
pub(crate) fn mark<'a, C: Clone + 'static>(series: usize, at: C) -> DynElement<'static, SVGBackend<'a>, C> {
    let style = colour(series).filled();
    let line = colour(series).stroke_width(2);
    match series / PALETTE.len() % 4 {
        0 => Circle::new(at, 4, style).into_dyn(),
        1 => TriangleMarker::new(at, 5, style).into_dyn(),
        2 => Cross::new(at, 4, line).into_dyn(),
        _ => Circle::new(at, 4, line).into_dyn(),
    }
}

/// Font of ticks, legends and notes; the SVG backend divides sizes by 1.24.
pub(crate) fn small_font<'a>() -> TextStyle<'a> {
    ("sans-serif", 16).into_font().color(&INK)
}

/// Font of axis names.
pub(crate) fn axis_font<'a>() -> TextStyle<'a> {
    ("sans-serif", 18).into_font().color(&INK)
}

/// Width of a text in the small font, in pixels: never less than it takes, as sans-serif faces differ.
pub(crate) fn text_width(text: &str) -> u32 {
    (text.chars().count() as f64 * 7.3).ceil() as u32
}

/// A list of series names with their marks.
pub(crate) fn legend(area: &Area<'_>, names: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let spacing = (area.dim_in_pixel().1.saturating_sub(30) / (names.len().max(1) as u32)).clamp(12, 22) as i32;
    for (series, name) in names.iter().enumerate() {
        let y = 20 + series as i32 * spacing;
        area.draw(&mark(series, (12, y)))?;
        area.draw(&Text::new(name.clone(), (24, y - 7), small_font()))?;
    }
    Ok(())
}

/// A value's range on a logarithmic axis, with a little room at both ends; what such an axis cannot hold is passed over.
pub(crate) fn log_range(values: impl IntoIterator<Item = f64>) -> std::ops::Range<f64> {
    let (low, high) = values
        .into_iter()
        .filter(|value| *value > 0.0 && value.is_finite())
        .fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
    let room = ((high / low).ln() * 0.06).max(0.12).exp();
    low / room..high * room
}
