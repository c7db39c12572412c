//! The figures: SVG, readable in print and by the colour-blind, each with its data as CSV. In: findings. Out: figures, and
//! the reason for each that cannot be drawn. Nothing here computes a statistic.

pub(crate) mod canvas;
mod energy;
mod peaks;
mod proxies;
mod ranges;
mod ratios;
mod rounds;
mod scatter;
mod shares;

use std::path::Path;

pub use peaks::measured_roofline;

use crate::cases::CaseSummary;
use crate::findings::{Estimands, Findings, Response};
use crate::outcome::Outcome;
use joulemark_base::atomic_file::replace;
use joulemark_base::estimate::Estimate;

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

/// Draws all figures that the findings allow.
#[must_use]
pub fn draw(findings: &Findings) -> Vec<Slot> {
    type Draw = fn(&Subject<'_>) -> Result<Figure, String>;
    let all: [(&'static str, Draw); 9] = [
        ("energy_against_flops", energy::against_flops),
        ("joules_per_flop", energy::per_flop),
        ("proxy_errors", proxies::errors),
        ("energy_roofline", energy::roofline),
        ("precision_ratios", ratios::by_precision),
        ("input_data", ratios::by_input),
        ("layer_shares", shares::by_layer_type),
        ("fewer_operations", ratios::by_operations),
        ("drift", rounds::drift),
    ];
    let subject = Subject::of(findings);
    all.into_iter()
        .map(|(name, draw)| {
            let subject = subject.as_ref().ok_or_else(|| "no case was measured".to_owned());
            let figure = subject.and_then(|subject| Ok(finish(draw(subject)?, findings.simulated)));
            Slot { name, figure }
        })
        .collect()
}

/// Gives the picture its title, and marks picture and data that rest on simulated energy: each may travel alone.
fn finish(mut figure: Figure, simulated: bool) -> Figure {
    let escaped = figure.title.replace('&', "&amp;").replace('<', "&lt;");
    if simulated {
        figure.csv = mark_rows(&figure.csv);
    }
    let picture = match simulated {
        true => mark_simulated(&figure.svg),
        false => figure.svg,
    };
    figure.svg = picture.replacen('>', &format!("><title>{escaped}</title>"), 1);
    figure
}

/// Writes into the corner of a picture that its energy is simulated.
pub(crate) fn mark_simulated(svg: &str) -> String {
    let open = svg.trim_end().trim_end_matches("</svg>");
    format!("{open}{SIMULATED_MARK}</svg>\n")
}

/// Drawn into the corner of pictures of simulated energy.
const SIMULATED_MARK: &str = "<text x=\"99%\" y=\"100%\" dy=\"-6\" text-anchor=\"end\" font-family=\"sans-serif\" \
                              font-size=\"13\" fill=\"#D55E00\">simulated energy</text>\n";

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

/// What the figures are about: the widest scope, on gross energy or, where there is none, on time.
struct Subject<'a> {
    findings: &'a Findings,
    estimands: &'a Estimands,
}

impl<'a> Subject<'a> {
    fn of(findings: &'a Findings) -> Option<Self> {
        let scope = findings.scopes.first()?;
        let estimands = scope.gross.value().or(scope.time.value())?;
        Some(Self { findings, estimands })
    }

    fn response(&self) -> Response {
        self.estimands.response
    }

    /// The unit of the response.
    fn unit(&self) -> &'static str {
        if self.response() == Response::Time { "s" } else { "J" }
    }

    fn word(&self) -> &'static str {
        if self.response() == Response::Time {
            "time"
        } else {
            "energy"
        }
    }

    /// The response of a case.
    fn of_case(&self, case: &CaseSummary) -> Option<Estimate> {
        let value = if self.response() == Response::Time {
            Some(case.time_s)
        } else {
            case.gross_j
        };
        value.filter(|value| value.value > 0.0)
    }

    /// Cases with response and operations, each with both.
    fn with_flops(&self) -> Vec<(&'a CaseSummary, f64, Estimate)> {
        let cases = self.findings.cases.iter();
        cases
            .filter_map(|case| Some((case, count(case, "flops_task")?, self.of_case(case)?)))
            .collect()
    }

    /// What stands in a title for simulated data.
    fn mark(&self) -> &'static str {
        if self.findings.simulated { " (simulated)" } else { "" }
    }
}

/// A count of a case that is above zero.
fn count(case: &CaseSummary, column: &str) -> Option<f64> {
    case.counts.get(column).copied().filter(|value| *value > 0.0)
}

/// Rows of text as CSV; fields with commas or marks are quoted.
fn csv(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let field = |text: &str| match text.contains([',', '"', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    };
    let mut text = header.join(",") + "\n";
    for row in rows {
        text += &(row.iter().map(|cell| field(cell)).collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

/// Value and bounds as CSV fields; empty where there is no interval.
fn estimate_fields(estimate: &Estimate) -> [String; 3] {
    let [low, high] = estimate
        .ci95
        .map_or_else(Default::default, |ci95| ci95.map(|bound| bound.to_string()));
    [estimate.value.to_string(), low, high]
}

/// The reason of an outcome that has no value.
fn reason<T>(outcome: &Outcome<T>) -> String {
    outcome.reason().unwrap_or("there is nothing to draw").to_owned()
}
