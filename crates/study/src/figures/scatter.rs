//! Points on two axes, by series, with helping lines. In: series and lines. Out: SVG text.

use std::ops::Range;

use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::canvas::{GREY, INK, axis_font, colour, legend, log_range, mark, small_font, svg, text_width};

/// Points of one series.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// A line through points: in a series' colour, or grey.
pub(super) struct Line {
    pub(super) points: Vec<(f64, f64)>,
    pub(super) series: Option<usize>,
    pub(super) width: u32,
}

/// A line between two ringed points; one of them has words at the top of the figure and is drawn bold.
pub(super) struct Arrow {
    pub(super) from: (f64, f64),
    pub(super) to: (f64, f64),
    pub(super) words: Option<String>,
}

/// A scatter plot, on logarithmic axes unless told otherwise.
#[derive(Default)]
pub(super) struct Scatter {
    pub(super) x_label: String,
    pub(super) y_label: String,
    pub(super) x_format: Option<fn(f64) -> String>,
    pub(super) y_format: Option<fn(f64) -> String>,
    pub(super) series: Vec<Series>,
    pub(super) lines: Vec<Line>,
    pub(super) arrows: Vec<Arrow>,
    /// Axes from zero, for ranges below a decade.
    pub(super) linear: bool,
}

impl Scatter {
    pub(super) fn draw(&self) -> Result<String, String> {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let drawable = |value: f64| value.is_finite() && (self.linear || value > 0.0);
        if !points().any(|(x, y)| drawable(*x) && drawable(*y)) {
            return Err("there are no points to draw".into());
        }
        let lines = || self.lines.iter().flat_map(|line| &line.points);
        let all = || points().chain(lines());
        if self.linear {
            let highest = |values: &mut dyn Iterator<Item = f64>| 0.0..1.06 * values.fold(0.0, f64::max);
            let (x, y) = (highest(&mut all().map(|p| p.0)), highest(&mut all().map(|p| p.1)));
            self.draw_on::<RangedCoordf64, RangedCoordf64>(x.clone().into(), y.clone().into(), &x, &y)
        } else {
            let (x, y) = (log_range(all().map(|p| p.0)), log_range(all().map(|p| p.1)));
            let axis = |range: &Range<f64>| LogCoord::<f64>::from(range.clone().log_scale());
            self.draw_on(axis(&x), axis(&y), &x, &y)
        }
    }

    fn draw_on<X, Y>(&self, x_axis: X, y_axis: Y, x: &Range<f64>, y: &Range<f64>) -> Result<String, String>
    where
        X: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let plain = |value: f64| joulemark_base::si::significant(value);
        let names: Vec<String> = self.series.iter().map(|series| series.name.clone()).collect();
        svg((880, 540), |area| {
            let longest = names.iter().map(|name| text_width(name)).max().unwrap_or(0);
            let (left, right) = area.split_horizontally(880 - 30 - longest.min(300));
            legend(&right, &names)?;
            let mut chart = ChartBuilder::on(&left)
                .margin(12)
                .x_label_area_size(50)
                .y_label_area_size(78)
                .build_cartesian_2d(x_axis, y_axis)?;
            let format_x = |value: &f64| self.x_format.map_or_else(|| plain(*value), |format| format(*value));
            let format_y = |value: &f64| self.y_format.map_or_else(|| plain(*value), |format| format(*value));
            chart
                .configure_mesh()
                .light_line_style(TRANSPARENT)
                .bold_line_style(GREY.mix(0.25))
                .axis_style(GREY)
                .x_labels(7)
                .y_labels(8)
                .x_label_formatter(&format_x)
                .y_label_formatter(&format_y)
                .x_desc(&self.x_label)
                .y_desc(&self.y_label)
                .label_style(small_font())
                .axis_desc_style(axis_font())
                .draw()?;
            for line in &self.lines {
                let style = line.series.map_or(GREY.mix(0.6), |series| colour(series).mix(0.9));
                let inside = line
                    .points
                    .iter()
                    .copied()
                    .filter(|(px, py)| x.contains(px) && y.contains(py));
                chart.draw_series(LineSeries::new(inside, style.stroke_width(line.width)))?;
            }
            for (index, series) in self.series.iter().enumerate() {
                let inside = series.points.iter().filter(|(px, py)| x.contains(px) && y.contains(py));
                chart.draw_series(inside.map(|point| mark(index, *point)))?;
            }
            for arrow in &self.arrows {
                let style = INK.stroke_width(if arrow.words.is_some() { 2 } else { 1 });
                chart.draw_series(LineSeries::new([arrow.from, arrow.to], style))?;
                for end in [arrow.from, arrow.to] {
                    chart.draw_series([Circle::new(end, 8, style)])?;
                }
                if let Some(words) = &arrow.words {
                    left.draw(&Text::new(words.clone(), (104, 18), small_font()))?;
                }
            }
            Ok(())
        })
    }
}
