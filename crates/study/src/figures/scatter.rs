//! Points on two axes, by series and in panels side by side, with helping lines. In: panels. Out: SVG text.

use std::collections::BTreeSet;

use super::axis::{Axis, Format};
use super::canvas::{Anchor, Canvas, MOST_SERIES, colour, text_width};

/// A case.
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    /// What a mouse shows.
    pub(super) title: String,
}

/// A line through points: in a series' colour, or grey; its name stands at its last point.
#[derive(Default)]
pub(super) struct Line {
    pub(super) points: Vec<(f64, f64)>,
    pub(super) series: Option<String>,
    pub(super) width: f64,
    pub(super) name: String,
}

/// A line between two ringed points.
pub(super) struct Arrow {
    pub(super) from: (f64, f64),
    pub(super) to: (f64, f64),
    pub(super) title: String,
}

/// One plot of several that share their axes.
#[derive(Default)]
pub(super) struct Panel {
    /// Its heading; empty where it needs none.
    pub(super) name: String,
    /// The name of each point's series, and the point.
    pub(super) points: Vec<(String, Point)>,
    pub(super) lines: Vec<Line>,
    pub(super) arrows: Vec<Arrow>,
}

/// A scatter plot, on logarithmic axes unless told otherwise.
pub(super) struct Scatter {
    pub(super) x_label: &'static str,
    pub(super) y_label: String,
    pub(super) x_format: Format,
    pub(super) y_format: Format,
    pub(super) panels: Vec<Panel>,
    /// Axes from zero, for ranges below a decade.
    pub(super) is_linear: bool,
}

const WIDTH: f64 = 760.0;
const LEFT: f64 = 84.0;
const GAP: f64 = 24.0;
/// More points than this make a picture that no browser likes: every so many-th is drawn.
const MOST_POINTS: usize = 4000;
const OTHERS: &str = "others";

impl Scatter {
    pub(super) fn draw(&self, title: &str, description: &str) -> Result<String, String> {
        let columns = if self.panels.len() > 1 { 2 } else { 1 };
        let plot = (
            (WIDTH - LEFT - 16.0 - GAP * (columns as f64 - 1.0)) / columns as f64,
            if columns == 1 { 400.0 } else { 280.0 },
        );
        let all = || {
            let points = self
                .panels
                .iter()
                .flat_map(|panel| panel.points.iter().map(|(_, point)| (point.x, point.y)));
            points.chain(
                self.panels
                    .iter()
                    .flat_map(|panel| panel.lines.iter().flat_map(|line| line.points.iter().copied())),
            )
        };
        let axis: fn(&mut dyn Iterator<Item = f64>) -> Option<Axis> = match self.is_linear {
            true => |values| Axis::from_zero(values, (0.0, 0.0)),
            false => |values| Axis::logarithmic(values, (0.0, 0.0)),
        };
        let has_points = self.panels.iter().any(|panel| !panel.points.is_empty());
        let axes = axis(&mut all().map(|point| point.0)).zip(axis(&mut all().map(|point| point.1)));
        let (x_axis, y_axis) = axes.filter(|_| has_points).ok_or("there are no points to draw")?;
        let names = self.names();
        let mut canvas = Canvas::new(WIDTH);
        let mut top = 8.0;
        for row in self.panels.chunks(columns) {
            let mut height = 0.0_f64;
            for (place, panel) in row.iter().enumerate() {
                let left = LEFT + place as f64 * (plot.0 + GAP);
                let heading = if panel.name.is_empty() { 0.0 } else { 22.0 };
                let (from, to) = (top + heading, top + heading + plot.1);
                if heading > 0.0 {
                    canvas.text((left, top + 10.0), &panel.name, Anchor::Start);
                }
                let x = x_axis.over((left, left + plot.0));
                let y = y_axis.over((to, from));
                x.draw_below(&mut canvas, (from, to), self.x_format);
                let format: Format = if place == 0 { self.y_format } else { |_| String::new() };
                y.draw_left(&mut canvas, (left, left + plot.0), format);
                panel.draw(&mut canvas, &x, &y, &names);
                let own: BTreeSet<&str> = panel.points.iter().map(|(name, _)| known(&names, name)).collect();
                let own: Vec<(usize, &str)> = own.into_iter().map(|name| (index(&names, name), name)).collect();
                let legend = if names.len() > 1 {
                    canvas.legend((left, to + 26.0), plot.0, &own)
                } else {
                    0.0
                };
                height = height.max(heading + plot.1 + 30.0 + legend);
            }
            top += height + 6.0;
        }
        canvas.text((LEFT + (WIDTH - LEFT) / 2.0, top + 6.0), self.x_label, Anchor::Middle);
        canvas.upright((14.0, 30.0 + plot.1 / 2.0), &self.y_label);
        Ok(canvas.finish(top + 34.0, title, description))
    }

    /// The series that have a mark of their own, the largest where not all can.
    fn names(&self) -> Vec<&str> {
        let all = || {
            self.panels
                .iter()
                .flat_map(|panel| panel.points.iter().map(|(name, _)| name.as_str()))
        };
        let names: BTreeSet<&str> = all().collect();
        let mut names: Vec<&str> = names.into_iter().collect();
        if names.len() > MOST_SERIES {
            names.sort_by_cached_key(|name| std::cmp::Reverse(all().filter(|other| other == name).count()));
            names.truncate(MOST_SERIES - 1);
            names.push(OTHERS);
        }
        names
    }
}

fn known<'a>(names: &[&str], name: &'a str) -> &'a str {
    if names.contains(&name) { name } else { OTHERS }
}

fn index(names: &[&str], name: &str) -> usize {
    names
        .iter()
        .position(|known| *known == name)
        .unwrap_or(names.len().saturating_sub(1))
}

impl Panel {
    fn draw(&self, canvas: &mut Canvas, x: &Axis, y: &Axis, names: &[&str]) {
        let place = |(px, py): (f64, f64)| (x.at(px), y.at(py));
        let mut taken: Vec<f64> = Vec::new();
        for line in &self.lines {
            let class = line
                .series
                .as_ref()
                .map_or_else(|| "pale".into(), |name| colour(index(names, name)));
            let inside = line
                .points
                .iter()
                .copied()
                .filter(|(px, py)| x.holds(*px) && y.holds(*py));
            let places: Vec<(f64, f64)> = inside.map(place).collect();
            canvas.line(&places, &class, line.width, &line.name);
            if let (Some((end, height)), false) = (places.last(), line.name.is_empty()) {
                let end = end.max(x.at(0.0) + text_width(&line.name));
                let mut height = height - 10.0;
                // No name is written over another.
                while taken.iter().any(|other| (other - height).abs() < 15.0) {
                    height += 5.0;
                }
                taken.push(height);
                canvas.text((end, height), &line.name, Anchor::End);
            }
        }
        let stride = self.points.len().div_ceil(MOST_POINTS).max(1);
        for (name, point) in self.points.iter().step_by(stride) {
            if x.holds(point.x) && y.holds(point.y) {
                canvas.mark(
                    index(names, known(names, name)),
                    place((point.x, point.y)),
                    &point.title,
                );
            }
        }
        for arrow in &self.arrows {
            let ends = [place(arrow.from), place(arrow.to)];
            canvas.line(&ends, "ink", 1.0, &arrow.title);
            ends.into_iter().for_each(|end| canvas.ring(end, &arrow.title));
        }
    }
}
