//! The figures: SVG, readable in print, in the dark and by the colour-blind, each with its data as CSV. In: findings. Out: figures,
//! and the reason for each that cannot be drawn. Nothing here computes a statistic.

mod action;
mod axis;
pub(crate) mod canvas;
mod energy;
mod ranges;
mod ratios;
mod roofs;
mod rule;
mod scatter;
mod shares;
mod subject;

use std::path::Path;

pub use roofs::measured_roofline;

use joulemark_base::atomic_file::replace;

use crate::findings::Findings;
use subject::Subject;

/// A drawn figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// File name without extension.
    pub name: &'static str,
    /// One line that says what it shows.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// The picture.
    pub svg: String,
    /// The data in it.
    pub csv: String,
}

/// A figure, or why it cannot be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// File name without extension.
    pub name: &'static str,
    /// The figure, or the reason.
    pub figure: Result<Figure, String>,
}

/// Makes a picture of a title and a caption.
type Draw<'a> = dyn FnOnce(&str, &str) -> Result<String, String> + 'a;

/// A figure's parts before it is finished: title, caption, data, and the picture, which takes both words.
struct Sketch<'a> {
    title: String,
    caption: String,
    csv: String,
    draw: Box<Draw<'a>>,
}

/// Draws all figures that the findings allow.
#[must_use]
pub fn draw(findings: &Findings) -> Vec<Slot> {
    type Plan = for<'a> fn(&'a Subject<'a>) -> Result<Sketch<'a>, String>;
    let all: [(&'static str, Plan); 16] = [
        ("energy_against_flops", energy::against_flops),
        ("energy_roofline", energy::roofline),
        ("machines", ratios::by_machine),
        ("four_numbers", action::four_numbers),
        ("typical_ratios", rule::typical_ratios),
        ("near_pairs", rule::near_pairs),
        ("residuals", rule::residuals),
        ("joules_per_flop", energy::per_flop),
        ("proxy_errors", rule::proxy_errors),
        ("measured_roofline", roofs::measured),
        ("precision_ratios", ratios::by_precision),
        ("input_data", ratios::by_input),
        ("fewer_operations", ratios::by_operations),
        ("layer_shares", shares::by_layer_type),
        ("depthwise_share", shares::depthwise),
        ("drift", rule::drift),
    ];
    let subject = Subject::of(findings);
    all.into_iter()
        .map(|(name, plan)| {
            let subject = subject.as_ref().ok_or_else(|| "no case was measured".to_owned());
            let figure = subject.and_then(|subject| finish(name, plan(subject)?, findings.simulated));
            Slot { name, figure }
        })
        .collect()
}

/// Draws it; marks title, picture and data that rest on simulated energy: each may travel alone.
fn finish(name: &'static str, sketch: Sketch<'_>, simulated: bool) -> Result<Figure, String> {
    let mark = if simulated { " (simulated)" } else { "" };
    let title = format!("{}{mark}", sketch.title);
    let svg = (sketch.draw)(&title, &sketch.caption)?;
    let (svg, csv) = match simulated {
        true => (mark_simulated(&svg), mark_rows(&sketch.csv)),
        false => (svg, sketch.csv),
    };
    Ok(Figure {
        name,
        title,
        caption: sketch.caption,
        svg,
        csv,
    })
}

/// Writes into the corner of a picture that its energy is simulated.
pub(crate) fn mark_simulated(svg: &str) -> String {
    let open = svg.trim_end().trim_end_matches("</svg>");
    format!(
        "{open}<text x=\"99%\" y=\"100%\" dy=\"-6\" text-anchor=\"end\" class=\"warn\">simulated energy</text>\n</svg>\n"
    )
}

/// A last column that says `true` in each row.
fn mark_rows(csv: &str) -> String {
    let lines = csv.lines().enumerate();
    lines
        .map(|(number, line)| format!("{line},{}\n", if number == 0 { "simulated" } else { "true" }))
        .collect()
}

/// Writes each figure's SVG and CSV into a folder, which is created.
///
/// # Errors
/// Whatever the file system refuses.
pub fn write(slots: &[Slot], folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for figure in slots.iter().filter_map(|slot| slot.figure.as_ref().ok()) {
        replace(&folder.join(figure.name).with_extension("svg"), &figure.svg)?;
        replace(&folder.join(figure.name).with_extension("csv"), &figure.csv)?;
    }
    Ok(())
}

/// Rows as CSV: fields with commas or marks are quoted, and no spreadsheet takes one for a formula.
fn csv(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let field = |text: &str| {
        let text = joulemark_base::plain_text::plain(text);
        let text = if text.starts_with(['=', '+', '@']) {
            format!("'{text}")
        } else {
            text
        };
        match text.contains([',', '"']) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text,
        }
    };
    let mut text = header.join(",") + "\n";
    for row in rows {
        text += &(row.iter().map(|cell| field(cell)).collect::<Vec<_>>().join(",") + "\n");
    }
    text
}
