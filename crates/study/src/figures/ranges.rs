//! One line per name: a dot with its range, on a shared axis. In: rows. Out: SVG text.

use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::element::IntoDynElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{GREY, INK, axis_font, colour, log_range, small_font, svg, text_width};

/// One dot with its range.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) range: Option<[f64; 2]>,
    /// Decides colour and shape.
    pub(super) group: usize,
}

/// Dots with ranges, one below the other, the first on top.
pub(super) struct Ranges {
    pub(super) label: String,
    pub(super) format: fn(f64) -> String,
    pub(super) entries: Vec<Entry>,
    /// Where a vertical line stands.
    pub(super) reference: Option<f64>,
    pub(super) logarithmic: bool,
    /// Names of the groups, for a line on top; empty if they need none.
    pub(super) groups: Vec<String>,
}

const ROW_HEIGHT: u32 = 24;
const LEGEND_HEIGHT: u32 = 30;
const LONGEST_NAME: usize = 44;

impl Ranges {
    pub(super) fn draw(&self) -> Result<String, String> {
        if self.entries.is_empty() {
            return Err("there is nothing to draw".into());
        }
        let ends = self.entries.iter().flat_map(|entry| {
            let [low, high] = entry.range.unwrap_or([entry.value; 2]);
            [low, entry.value, high]
        });
        let ends: Vec<f64> = ends.chain(self.reference).filter(|value| *value > 0.0).collect();
        if ends.is_empty() {
            return Err("there is nothing above zero to draw".into());
        }
        let (low, high) = ends
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
        // Ticks of a logarithmic axis stand at powers of ten: a shorter range would have one or none.
        if self.logarithmic && high > 10.0 * low {
            let range = log_range(ends);
            self.draw_on(Into::<LogCoord<f64>>::into(range.clone().log_scale()), range)
        } else {
            let room = (0.06 * (high - low)).max(0.005 * high);
            let start = if self.logarithmic && low > 0.5 * high {
                low - room
            } else {
                0.0
            };
            let range = start..high + room;
            self.draw_on(
                Into::<plotters::coord::types::RangedCoordf64>::into(range.clone()),
                range,
            )
        }
    }

    fn draw_on<X>(&self, axis: X, range: std::ops::Range<f64>) -> Result<String, String>
    where
        X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let count = self.entries.len();
        let legend_height = if self.groups.is_empty() { 0 } else { LEGEND_HEIGHT };
        let height = 86 + ROW_HEIGHT * count as u32 + legend_height;
        let shown: Vec<String> = self
            .entries
            .iter()
            .map(|entry| shorten(&entry.name, LONGEST_NAME))
            .collect();
        let name_width = 16 + shown.iter().map(|name| text_width(name)).max().unwrap_or(0);
        svg((880, height), |area| {
            let (top, area) = area.split_vertically(legend_height);
            let mut at = 8;
            for (group, name) in self.groups.iter().enumerate() {
                let words = format!("{} {name}", if group % 2 == 0 { "●" } else { "▲" });
                at += 24 + text_width(&words) as i32;
                let place = (at - text_width(&words) as i32 - 24, 8);
                top.draw(&Text::new(words, place, small_font().color(&colour(group))))?;
            }
            let (names, plot) = area.split_horizontally(name_width);
            let mut chart = ChartBuilder::on(&plot)
                .margin(10)
                .x_label_area_size(50)
                .y_label_area_size(2)
                .build_cartesian_2d(axis, 0.0..count as f64)?;
            let format = |value: &f64| (self.format)(*value);
            chart
                .configure_mesh()
                .disable_y_mesh()
                .disable_y_axis()
                .light_line_style(TRANSPARENT)
                .bold_line_style(GREY.mix(0.25))
                .axis_style(GREY)
                .x_labels(7)
                .x_label_formatter(&format)
                .x_desc(&self.label)
                .label_style(small_font())
                .axis_desc_style(axis_font())
                .draw()?;
            if let Some(reference) = self.reference {
                let line = [(reference, 0.0), (reference, count as f64)];
                chart.draw_series(LineSeries::new(line, INK.stroke_width(1)))?;
            }
            for (index, entry) in self.entries.iter().enumerate() {
                let y = count as f64 - index as f64 - 0.5;
                let inside = |value: f64| value.clamp(range.start, range.end);
                if let Some([low, high]) = entry.range {
                    let line = [(inside(low), y), (inside(high), y)];
                    chart.draw_series(LineSeries::new(line, colour(entry.group).stroke_width(3)))?;
                }
                let dot = match entry.group % 2 {
                    0 => Circle::new((inside(entry.value), y), 5, colour(entry.group).filled()).into_dyn(),
                    _ => TriangleMarker::new((inside(entry.value), y), 6, colour(entry.group).filled()).into_dyn(),
                };
                chart.draw_series([dot])?;
                let (_, row) = chart.backend_coord(&(inside(entry.value), y));
                let at = (name_width as i32 - 4, row - legend_height as i32);
                let right = small_font().pos(Pos::new(HPos::Right, VPos::Center));
                names.draw(&Text::new(shown[index].clone(), at, right))?;
            }
            Ok(())
        })
    }
}

/// The end of a name says more than its middle.
fn shorten(name: &str, longest: usize) -> String {
    let count = name.chars().count();
    if count <= longest {
        return name.to_owned();
    }
    let head: String = name.chars().take(longest / 3).collect();
    let tail: String = name.chars().skip(count - (longest - longest / 3 - 1)).collect();
    format!("{head}…{tail}")
}
