//! A picture under way: shapes and words as SVG, each mark with a title that a mouse shows; colours and shapes that the colour-blind
//! can tell apart, on light ground and on dark. In: drawing calls. Out: SVG text.

use std::fmt::Write;

use joulemark_base::plain_text::plain;

/// Okabe and Ito's palette (2008), grey last: told apart by all common kinds of colour vision; lighter on dark ground.
const STYLE: &str = "\
.jm text{font:13px sans-serif;fill:#222}.jm .ground{fill:#fff}.jm .grid{stroke:#999;stroke-opacity:.3}.jm .axis{stroke:#999;fill:none}\
.jm .ink{stroke:#222;fill:none}.jm .pale{stroke:#999;stroke-opacity:.7;fill:none}\
.jm .s0{fill:#0072b2;stroke:#0072b2}.jm .s1{fill:#d55e00;stroke:#d55e00}.jm .s2{fill:#009e73;stroke:#009e73}\
.jm .s3{fill:#cc79a7;stroke:#cc79a7}.jm .s4{fill:#e69f00;stroke:#e69f00}.jm .s5{fill:#56b4e9;stroke:#56b4e9}\
.jm .s6{fill:#666;stroke:#666}.jm .open{fill:none;stroke-width:2}.jm .warn{fill:#d55e00}.jm .onbar{fill:#fff}\
@media (prefers-color-scheme:dark){.jm text{fill:#e4e4e4}.jm .ground{fill:#16181b}.jm .ink{stroke:#e4e4e4}\
.jm .s0{fill:#3b9edb;stroke:#3b9edb}.jm .s6{fill:#bbb;stroke:#bbb}.jm .open{fill:none}.jm .onbar{fill:#111}}";

const COLOURS: usize = 7;
const SHAPES: usize = 6;

/// As many series as have marks of their own.
pub(crate) const MOST_SERIES: usize = COLOURS * SHAPES;

/// Where a text begins, is centred or ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture of a width; its height is known at the end.
pub(crate) struct Canvas {
    pub(crate) width: f64,
    body: String,
}

/// Text as SVG and HTML may hold it.
pub(crate) fn escape(text: &str) -> String {
    plain(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The class that colours a series.
pub(crate) fn colour(series: usize) -> String {
    format!("s{}", series % COLOURS)
}

/// Width of a text in pixels: never less than it takes, as sans-serif faces differ.
pub(crate) fn text_width(text: &str) -> f64 {
    (text.chars().count() as f64 * 7.1).ceil()
}

impl Canvas {
    pub(crate) fn new(width: f64) -> Self {
        Self {
            width,
            body: String::new(),
        }
    }

    fn push(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.body.write_fmt(arguments);
    }

    fn titled(&mut self, element: &str, title: &str) {
        let name = element[1..].split(' ').next().unwrap_or_default().to_owned();
        match title {
            "" => self.push(format_args!("{element}/>\n")),
            _ => self.push(format_args!("{element}><title>{}</title></{name}>\n", escape(title))),
        }
    }

    /// Words, their middle at this height.
    pub(crate) fn text(&mut self, (x, y): (f64, f64), words: &str, anchor: Anchor) {
        self.text_as((x, y), words, anchor, "");
    }

    /// Words of a class.
    pub(crate) fn text_as(&mut self, (x, y): (f64, f64), words: &str, anchor: Anchor, class: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let y = y + 4.5;
        let words = escape(words);
        self.push(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{words}</text>\n"
        ));
    }

    /// Words from the bottom to the top, around this place.
    pub(crate) fn upright(&mut self, (x, y): (f64, f64), words: &str) {
        let words = escape(words);
        self.push(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 {x:.1} {y:.1})\">{words}</text>\n"
        ));
    }

    /// A line through points.
    pub(crate) fn line(&mut self, points: &[(f64, f64)], class: &str, width: f64, title: &str) {
        let places: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let places = places.join(" ");
        let element = format!(
            "<polyline points=\"{places}\" class=\"{class}\" fill=\"none\" style=\"fill:none;stroke-width:{width}\""
        );
        self.titled(&element, title);
    }

    /// A bar between two corners.
    pub(crate) fn bar(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), class: &str, title: &str) {
        let element = format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\" class=\"{class}\"",
            width.max(0.0)
        );
        self.titled(&element, title);
    }

    /// An open circle around a mark.
    pub(crate) fn ring(&mut self, (x, y): (f64, f64), title: &str) {
        self.titled(
            &format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"8\" class=\"ink\""),
            title,
        );
    }

    /// The mark of a series: seven colours, and another shape after each seven.
    pub(crate) fn mark(&mut self, series: usize, (x, y): (f64, f64), title: &str) {
        let class = colour(series);
        let path = |points: &[(f64, f64)]| -> String {
            let places = points.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy));
            places.collect::<Vec<_>>().join(" ")
        };
        let element = match series / COLOURS % SHAPES {
            0 => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" class=\"{class}\""),
            1 => format!(
                "<polygon points=\"{}\" class=\"{class}\"",
                path(&[(-4.5, 4.0), (4.5, 4.0), (0.0, -4.5)])
            ),
            2 => format!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"7\" height=\"7\" class=\"{class}\"",
                x - 3.5,
                y - 3.5
            ),
            3 => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" class=\"{class} open\""),
            4 => format!(
                "<path d=\"M{} {}\" class=\"{class} open\"",
                path(&[(-4.0, -4.0), (4.0, 4.0)]),
                format_args!("M{}", path(&[(-4.0, 4.0), (4.0, -4.0)]))
            ),
            _ => format!(
                "<polygon points=\"{}\" class=\"{class} open\"",
                path(&[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)])
            ),
        };
        self.titled(&element, title);
    }

    /// Names with their marks, in rows of this width; gives the height that they took.
    pub(crate) fn legend(&mut self, (x, y): (f64, f64), width: f64, names: &[(usize, &str)]) -> f64 {
        let (mut across, mut down) = (0.0, 0.0);
        for (series, name) in names {
            let own = 18.0 + text_width(name) + 14.0;
            if across > 0.0 && across + own > width {
                (across, down) = (0.0, down + 19.0);
            }
            let at = (x + across + 6.0, y + down + 9.0);
            self.mark(*series, at, "");
            self.text((at.0 + 10.0, at.1), name, Anchor::Start);
            across += own;
        }
        if names.is_empty() { 0.0 } else { down + 22.0 }
    }

    /// The picture, with what it is for those who do not see it.
    pub(crate) fn finish(self, height: f64, title: &str, description: &str) -> String {
        let Self { width, body } = self;
        let [title, description] = [title, description].map(escape);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"jm\" role=\"img\" aria-label=\"{title}. {description}\" \
             width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\n<style>{STYLE}</style>\n\
             <title>{title}</title>\n<rect class=\"ground\" width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{body}</svg>\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Canvas, MOST_SERIES};

    #[test]
    fn no_two_series_look_alike() {
        let looks = |series| {
            let mut canvas = Canvas::new(10.0);
            canvas.mark(series, (5.0, 5.0), "");
            canvas.body
        };
        let all: BTreeSet<String> = (0..MOST_SERIES).map(looks).collect();
        assert_eq!(all.len(), MOST_SERIES);
    }

    #[test]
    fn nothing_from_outside_is_obeyed() {
        let mut canvas = Canvas::new(10.0);
        canvas.mark(0, (1.0, 1.0), "<script>\"&\u{1b}\u{202e}");
        let svg = canvas.finish(5.0, "</svg><script>", "\"onload=\"");
        assert!(
            !svg.contains("<script") && !svg.contains(['\u{1b}', '\u{202e}']) && !svg.contains("\"onload"),
            "{svg}"
        );
        assert!(
            svg.contains("<title>&lt;script&gt;&quot;&amp;\\u{1b}\\u{202e}</title>"),
            "{svg}"
        );
    }
}
