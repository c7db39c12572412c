//! A document as text. In: a document or a table, and how many columns the terminal has. Out: lines that fit it: paragraphs are
//! broken between words, columns that may go go, and it is said which.

use unicode_width::UnicodeWidthStr;

use super::table::Table;
use super::{Block, Document};

/// Said ahead of everything that rests on simulated energy.
pub const SIMULATED: &str = "SIMULATED ENERGY IS INCLUDED: nothing below is about a real device.";

/// The whole document; as wide as it needs where `width` is `None`.
#[must_use]
pub fn text(document: &Document, width: Option<usize>) -> String {
    let width = width.unwrap_or(usize::MAX);
    let mut text = String::new();
    if document.simulated {
        paragraph(&mut text, SIMULATED, "", width);
    }
    for section in &document.sections {
        gap(&mut text);
        if !section.title.is_empty() {
            paragraph(&mut text, &section.title, "", width);
        }
        for block in &section.blocks {
            self::block(&mut text, block, width);
        }
    }
    text
}

fn gap(text: &mut String) {
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
}

fn block(text: &mut String, block: &Block, width: usize) {
    match block {
        Block::Heading(words) => {
            gap(text);
            paragraph(text, words, "", width);
        }
        Block::Verdict([words, more]) => paragraph(text, &format!("{words} {more}"), "", width),
        Block::Text(words) | Block::Note(words) => paragraph(text, words, "", width),
        Block::List(lines) => lines.iter().for_each(|line| paragraph(text, line, "  ", width)),
        Block::Pairs(pairs) => {
            for [name, words] in pairs {
                paragraph(text, &format!("  {name}  {words}"), "    ", width);
            }
        }
        Block::Table(own) => *text += &table(own, Some(width), 0),
        Block::Figure(_) => {}
    }
}

/// Breaks a text between words; later lines begin with `indent`.
fn paragraph(text: &mut String, words: &str, indent: &str, width: usize) {
    let lead = &words[..words.len() - words.trim_start().len()];
    let mut line = lead.to_owned();
    for word in words.trim_start().split(' ') {
        if !line.trim().is_empty() && line.width() + word.width() + 1 > width {
            *text += line.trim_end();
            text.push('\n');
            line = indent.to_owned();
        } else if !line.trim().is_empty() {
            line.push(' ');
        }
        line += word;
    }
    *text += line.trim_end();
    text.push('\n');
}

/// One column as it is printed.
struct Lane {
    head: String,
    is_number: bool,
    spare: u8,
    /// What is lost with it.
    what: String,
    cells: Vec<String>,
    width: usize,
    /// What its cells need: a heading may be broken.
    least: usize,
}

/// Fewer characters than this tell no name.
const LEAST_WORDS: usize = 12;
const LEAST_NUMBER: usize = 5;
const BETWEEN: usize = 2;

/// A table with its caption and notes, indented by so many spaces.
#[must_use]
pub fn table(table: &Table, width: Option<usize>, indent: usize) -> String {
    let indent = if table.grouped > 0 { indent + 2 } else { indent };
    let room = width.unwrap_or(usize::MAX).saturating_sub(indent);
    let mut lanes = lanes(table);
    let mut gone = fit(&mut lanes, room);
    let mut text = String::new();
    if !table.caption.is_empty() {
        paragraph(&mut text, &table.caption, "", width.unwrap_or(usize::MAX));
    }
    let heads: Vec<&str> = lanes.iter().map(|lane| lane.head.as_str()).collect();
    line(&mut text, &lanes, &heads, indent);
    for (index, row) in table.rows.iter().enumerate() {
        if table.grouped > 0 && !table.repeats(index, table.grouped - 1) {
            let group: Vec<&str> = row[..table.grouped].iter().map(|cell| &*cell.text).collect();
            let name = format!("{:1$}{2}", "", indent - 2, group.join(", "));
            paragraph(&mut text, &name, "", width.unwrap_or(usize::MAX));
        }
        let cells: Vec<&str> = lanes.iter().map(|lane| lane.cells[index].as_str()).collect();
        line(&mut text, &lanes, &cells, indent);
    }
    if !gone.is_empty() {
        gone.reverse();
        let words = format!("no room for: {}", gone.join(", "));
        paragraph(&mut text, &words, "", width.unwrap_or(usize::MAX));
    }
    for note in &table.notes {
        paragraph(&mut text, note, "", width.unwrap_or(usize::MAX));
    }
    text
}

/// Makes lanes fit: headings of numbers are broken first, then what may go goes, then words are broken. Gives what went.
fn fit(lanes: &mut Vec<Lane>, room: usize) -> Vec<String> {
    for index in 0..lanes.len() {
        let excess = total(lanes).saturating_sub(room);
        let lane = &mut lanes[index];
        if lane.is_number {
            lane.width = lane.width.saturating_sub(excess).max(lane.least);
        }
    }
    let mut gone: Vec<String> = Vec::new();
    while total(lanes) > room {
        let Some(spare) = lanes.iter().map(|lane| lane.spare).max().filter(|spare| *spare > 0) else {
            break;
        };
        let last = lanes.iter().rposition(|lane| lane.spare == spare).unwrap_or(0);
        let what = lanes.remove(last).what;
        // What stands behind a number goes with it.
        lanes.retain(|lane| lane.what != format!("± of {what}"));
        gone.retain(|other| *other != format!("± of {what}"));
        if !gone.contains(&what) {
            gone.push(what);
        }
    }
    while total(lanes) > room {
        let words = lanes
            .iter_mut()
            .filter(|lane| !lane.is_number && lane.width > LEAST_WORDS);
        let Some(widest) = words.max_by_key(|lane| lane.width) else {
            break;
        };
        widest.width -= 1;
    }
    gone
}

fn lanes(table: &Table) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for (index, column) in table.columns.iter().enumerate().skip(table.grouped) {
        let cells = || table.rows.iter().map(|row| &row[index]);
        let mark = |is_best| if is_best { " *" } else { "  " };
        let has_best = cells().any(|cell| cell.is_best);
        let texts = cells().map(|cell| format!("{}{}", cell.text, if has_best { mark(cell.is_best) } else { "" }));
        let head = format!(
            "{}{}",
            column.name,
            if has_best && column.is_number { "  " } else { "" }
        );
        lanes.push(Lane::new(
            head,
            column.is_number,
            column.spare,
            column.name.to_string(),
            texts.collect(),
        ));
        if cells().any(|cell| !cell.detail.is_empty()) {
            let what = format!("± of {}", column.name);
            let details = cells().map(|cell| cell.detail.to_string()).collect();
            lanes.push(Lane::new(
                String::new(),
                true,
                column.spare.max(column.spare_detail),
                what,
                details,
            ));
        }
    }
    lanes
}

impl Lane {
    fn new(head: String, is_number: bool, spare: u8, what: String, cells: Vec<String>) -> Self {
        let least = cells
            .iter()
            .map(|text| text.width())
            .max()
            .unwrap_or(0)
            .max(LEAST_NUMBER.min(head.width()));
        Self {
            width: least.max(head.width()),
            least,
            head,
            is_number,
            spare,
            what,
            cells,
        }
    }
}

fn total(lanes: &[Lane]) -> usize {
    let widths: usize = lanes.iter().map(|lane| lane.width).sum();
    widths + BETWEEN * lanes.len().saturating_sub(1)
}

/// One row; words that have no room go on below.
fn line(text: &mut String, lanes: &[Lane], cells: &[&str], indent: usize) {
    let mut rest: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
    loop {
        let mut line = " ".repeat(indent);
        for (lane, rest) in lanes.iter().zip(&mut rest) {
            let now = cut(rest, lane.width);
            if rest.trim().is_empty() {
                rest.clear();
            }
            let blank = " ".repeat(lane.width.saturating_sub(now.width()));
            let [before, after] = if lane.is_number { [&*blank, ""] } else { ["", &*blank] };
            line += &format!("{before}{now}{after}{:BETWEEN$}", "");
        }
        *text += line.trim_end();
        text.push('\n');
        if rest.iter().all(String::is_empty) {
            return;
        }
    }
}

/// Takes what fits from the front of a text, up to a space or slash where there is one.
fn cut(text: &mut String, width: usize) -> String {
    if text.width() <= width {
        return std::mem::take(text);
    }
    let fits = |end: usize| text.is_char_boundary(end) && text[..end].width() <= width;
    let most = (1..=text.len()).rev().find(|end| fits(*end)).unwrap_or(text.len());
    let end = text[..most].rfind([' ', '/', ',']).map_or(most, |place| place + 1);
    let rest = text.split_off(end);
    std::mem::replace(text, rest)
}

#[cfg(test)]
mod tests {
    use super::super::table::{Cell, Column, Table};
    use super::super::words::Words;
    use super::{paragraph, table};

    fn example() -> Table {
        let columns = [
            Column::words("problem"),
            Column::words("kernel"),
            Column::number("time"),
            Column::number("power").spare(3),
        ];
        let mut table = Table::new("what is told", columns).grouped_by(1);
        for (problem, kernel, time) in [("64x64", "naive", 2.0), ("64x64", "matmul/register_blocked", 1.0)] {
            let time = Cell {
                detail: "±1%".into(),
                ..Cell::number(time, format!("{time} s"))
            };
            let is_best = kernel != "naive";
            table.row([
                Cell::words(problem),
                Cell::words(kernel),
                time.best_if(is_best),
                Cell::words("5 W"),
            ]);
        }
        table
    }

    #[test]
    fn a_group_is_named_once_and_the_best_is_marked() {
        let expected = "what is told\n  kernel                   time         power\n64x64\n  naive                     2 s    ±1%    5 W\n  \
                        matmul/register_blocked   1 s *  ±1%    5 W\n";
        assert_eq!(table(&example(), None, 0), expected);
    }

    #[test]
    fn nothing_is_wider_than_the_terminal_and_what_went_is_named() {
        for width in 24..60 {
            let text = table(&example(), Some(width), 0);
            assert!(
                text.lines().all(|line| line.chars().count() <= width),
                "{width}\n{text}"
            );
            assert_eq!(
                text.contains("no room for: ") && text.contains("power"),
                width < 44,
                "{width}\n{text}"
            );
        }
        assert!(
            table(&example(), Some(30), 0).contains("  matmul/  "),
            "words are broken after a slash"
        );
    }

    #[test]
    fn paragraphs_break_between_words() {
        let mut text = String::new();
        paragraph(&mut text, "  one two three four", "    ", 12);
        assert_eq!(text, "  one two\n    three\n    four\n");
    }

    #[test]
    fn no_terminal_obeys_a_name() {
        let mut table = Table::new("\u{1b}[2J", [Column::words("a\u{202e}b")]);
        table.row([Cell::words("x\ny")]);
        let text = super::table(&table, None, 0);
        assert!(
            !text.contains(['\u{1b}', '\u{202e}']) && text.lines().count() == 3,
            "{text}"
        );
        assert_eq!(Words::from("plain").to_string(), "plain");
    }
}
