//! One line per name: a dot with its range, on a shared axis. In: rows. Out: SVG text.

use super::axis::{Axis, Format};
use super::canvas::{Anchor, Canvas, colour, text_width};

/// One dot with its range.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) range: Option<[f64; 2]>,
    /// Decides colour and shape.
    pub(super) group: usize,
    /// What a mouse shows beside the value.
    pub(super) title: String,
    /// What it is a summary of: a small mark each, with its title.
    pub(super) points: Vec<(f64, String)>,
}

/// Dots with ranges, one below the other, the first on top.
pub(super) struct Ranges {
    pub(super) label: String,
    pub(super) format: Format,
    pub(super) entries: Vec<Entry>,
    /// Where vertical lines stand, each with its name.
    pub(super) references: Vec<(f64, &'static str)>,
    pub(super) is_logarithmic: bool,
    /// Names of the groups; empty if they need none.
    pub(super) groups: Vec<String>,
}

const WIDTH: f64 = 760.0;
const ROW: f64 = 22.0;
const LONGEST_NAME: usize = 44;

impl Ranges {
    pub(super) fn draw(&self, title: &str, description: &str) -> Result<String, String> {
        if self.entries.is_empty() {
            return Err("there is nothing to draw".into());
        }
        let ends = self.entries.iter().flat_map(|entry| {
            let range = entry.range.unwrap_or([entry.value; 2]);
            let points = entry.points.iter().map(|(value, _)| *value);
            range.into_iter().chain([entry.value]).chain(points)
        });
        let ends = ends.chain(self.references.iter().map(|(value, _)| *value));
        let names: Vec<String> = self.entries.iter().map(|entry| shorten(&entry.name)).collect();
        let left = 16.0 + names.iter().map(|name| text_width(name)).fold(0.0, f64::max);
        let span = (left, WIDTH - 24.0);
        let axis = match self.is_logarithmic {
            true => Axis::logarithmic(ends, span),
            false => Axis::from_zero(ends, span),
        };
        let axis = axis.ok_or("there is nothing above zero to draw")?;
        let mut canvas = Canvas::new(WIDTH);
        let groups: Vec<(usize, &str)> = self.groups.iter().map(String::as_str).enumerate().collect();
        let named = self.references.iter().any(|(_, name)| !name.is_empty());
        let top = 8.0 + canvas.legend((left, 6.0), span.1 - left, &groups) + if named { 18.0 } else { 0.0 };
        let bottom = top + ROW * self.entries.len() as f64;
        axis.draw_below(&mut canvas, (top, bottom), self.format);
        for (value, name) in &self.references {
            let x = axis.at(*value);
            canvas.line(&[(x, top), (x, bottom)], "ink", 1.0, name);
            canvas.text((x, top - 9.0), name, Anchor::Middle);
        }
        for (row, entry) in self.entries.iter().enumerate() {
            let y = top + ROW * (row as f64 + 0.5);
            canvas.text((left - 8.0, y), &names[row], Anchor::End);
            let class = colour(entry.group);
            let format = self.format;
            let reach = entry.range.map_or_else(String::new, |[low, high]| {
                format!(" [{}, {}]", format(low), format(high))
            });
            let title = format!("{}: {}{reach}{}", entry.name, format(entry.value), entry.title);
            if let Some([low, high]) = entry.range {
                canvas.line(&[(axis.at(low), y), (axis.at(high), y)], &class, 3.0, &title);
            }
            for (value, title) in &entry.points {
                canvas.line(
                    &[(axis.at(*value), y - 6.0), (axis.at(*value), y + 6.0)],
                    "pale",
                    1.5,
                    title,
                );
            }
            canvas.mark(entry.group, (axis.at(entry.value), y), &title);
        }
        canvas.text(
            (f64::midpoint(span.0, span.1), bottom + 34.0),
            &self.label,
            Anchor::Middle,
        );
        Ok(canvas.finish(bottom + 58.0, title, description))
    }
}

/// The end of a name says more than its middle.
pub(super) fn shorten(name: &str) -> String {
    let count = name.chars().count();
    if count <= LONGEST_NAME {
        return name.to_owned();
    }
    let head: String = name.chars().take(LONGEST_NAME / 3).collect();
    let tail: String = name
        .chars()
        .skip(count - (LONGEST_NAME - LONGEST_NAME / 3 - 1))
        .collect();
    format!("{head}…{tail}")
}
