//! The line of a case: what its windows come to, in at most 100 columns. In: its rows. Out: one aligned line.

use std::collections::HashSet;

use joulemark::seen::Seen;
use joulemark_base::estimate::Estimate;
use joulemark_base::si::{reach, si, significant};
use joulemark_records::{Row, Status};

use crate::case::Case;

/// Columns of a line at most.
const COLUMNS: usize = 100;
/// Time, joules and their source stand in each line, whatever the id.
const FEWEST: usize = 3;
/// Behind an interval that is wider than was asked for.
pub const NOT_REACHED: char = '*';
/// Name, width and importance of what may stand behind the id: what matters least goes first where ids are long.
const FIELDS: [(Field, usize); 6] = [
    (Field::Time, 13),
    (Field::Joules, 14),
    (Field::Watts, 6),
    (Field::Rate, 13),
    (Field::PerWork, 13),
    (Field::Source, 9),
];
const BY_IMPORTANCE: [Field; 6] = [
    Field::Time,
    Field::Joules,
    Field::Source,
    Field::Rate,
    Field::PerWork,
    Field::Watts,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Time,
    Joules,
    Watts,
    Rate,
    PerWork,
    Source,
}

/// How the lines of some cases are laid out.
#[derive(Clone, Debug)]
pub struct Lines {
    id: usize,
    fields: Vec<(Field, usize)>,
    /// Half the width of an interval over its value that is wide enough for a mark.
    until: Option<f64>,
}

impl Lines {
    /// Lines for these cases; intervals wider than `until` are marked.
    pub fn of(cases: &[Case], until: Option<f64>) -> Self {
        let longest = cases.iter().map(|case| case.id().chars().count()).max().unwrap_or(0);
        let mut kept = Vec::new();
        let mut used = longest;
        for field in BY_IMPORTANCE {
            let width = FIELDS
                .iter()
                .find(|(other, _)| *other == field)
                .map_or(0, |(_, width)| *width);
            if used + 2 + width <= COLUMNS || kept.len() < FEWEST {
                used += 2 + width;
                kept.push(field);
            }
        }
        Self {
            id: longest.min(longest + COLUMNS - used.max(COLUMNS)),
            fields: FIELDS.into_iter().filter(|(field, _)| kept.contains(field)).collect(),
            until,
        }
    }

    /// The line of a case with these rows: windows of one round, or of several. Whether the precision was reached is known, and
    /// marked, only when no more are to come.
    pub fn line(&self, case: &Case, rows: &[Row], is_last: bool) -> String {
        let mut line = format!("{:<width$}", shortened(&case.id(), self.id), width = self.id);
        let Some(numbers) = Numbers::of(case, rows) else {
            return line + "  no window";
        };
        if numbers.joules.is_none() {
            line += &format!("  {:<14}", self.text(Field::Time, &numbers, is_last));
            let rate = format!("  {:>13}", self.text(Field::Rate, &numbers, is_last));
            let without = "  energy not measured";
            if line.chars().count() + rate.len() + without.len() <= COLUMNS {
                line += &rate;
            }
            return line + without;
        }
        for (field, width) in &self.fields {
            line += "  ";
            line += &format!("{:<width$}", self.text(*field, &numbers, is_last));
        }
        line.trim_end().to_string()
    }

    fn text(&self, field: Field, numbers: &Numbers, is_last: bool) -> String {
        let energy = |text: fn(&Numbers, Estimate) -> String| {
            let joules = numbers.joules;
            joules.map_or_else(String::new, |joules| text(numbers, joules))
        };
        match field {
            Field::Time => self.with_reach(&numbers.seconds, "s", is_last && numbers.joules.is_none()),
            Field::Joules => numbers
                .joules
                .map_or_else(String::new, |joules| self.with_reach(&joules, "J", is_last)),
            Field::Watts => energy(|numbers, joules| si(joules.value / numbers.seconds.value, "W")),
            Field::Rate => {
                let (amount, unit) = numbers.work;
                format!("{} {unit}/s", significant(1e-9 * amount / numbers.seconds.value))
            }
            Field::PerWork => energy(|numbers, joules| {
                let (amount, unit) = numbers.work;
                format!("{}/{unit}", si(joules.value / (1e-9 * amount), "J"))
            }),
            Field::Source => numbers.source.clone(),
        }
    }

    /// `10.6 ms ±1.3%`, marked if this is what the precision is asked of and it was not reached.
    fn with_reach(&self, estimate: &Estimate, unit: &str, counts: bool) -> String {
        let wide = estimate.ci95.is_some_and(|[low, high]| {
            let half = 0.5 * (high - low) / estimate.value.abs();
            self.until.is_some_and(|until| half > until)
        });
        let mark = if wide && counts {
            String::from(NOT_REACHED)
        } else {
            String::new()
        };
        format!("{:>7} {}{mark}", si(estimate.value, unit), reach(estimate))
    }
}

/// What the windows come to, per iteration.
struct Numbers {
    seconds: Estimate,
    /// `None` where a window has no joules.
    joules: Option<Estimate>,
    /// Operations, or bytes where there are none, and 10⁹ of them.
    work: (f64, &'static str),
    source: String,
}

impl Numbers {
    fn of(case: &Case, rows: &[Row]) -> Option<Self> {
        let (mut all, mut timed) = (Seen::default(), Seen::default());
        let mut round = None;
        for row in rows {
            if round.replace(row.round) != Some(row.round) {
                all.begin_round();
                timed.begin_round();
            }
            all.add(row);
            timed.add(&Row {
                device: Default::default(),
                ..row.clone()
            });
        }
        let suspect = rows.iter().any(|row| row.status == Status::Suspect);
        let unverified = rows.iter().any(|row| row.status == Status::Unverified);
        let quality = rows.iter().find_map(|row| row.device.energy_j.and(row.device.quality));
        let quality = quality.map_or("", |quality| quality.as_str());
        Some(Self {
            seconds: timed.estimate()?,
            joules: all.estimate().filter(|_| all.has_joules()),
            work: match case.problem.operations() {
                0 => (case.problem.bytes_min(case.precision) as f64, "GB"),
                operations => (operations as f64, "GFLOP"),
            },
            source: [
                quality,
                if suspect { "suspect" } else { "" },
                if unverified { "unverified" } else { "" },
            ]
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
        })
    }
}

/// The text with its middle left out where it is longer than `width`.
fn shortened(text: &str, width: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= width {
        return text.to_string();
    }
    let tail = width.saturating_sub(1) / 2;
    let head = width.saturating_sub(1) - tail;
    let part = |characters: &[char]| characters.iter().collect::<String>();
    part(&characters[..head]) + "…" + &part(&characters[characters.len() - tail..])
}

/// What is said beside the lines, each thing once.
#[derive(Debug, Default)]
pub struct Remarks {
    said: HashSet<String>,
}

impl Remarks {
    /// What these rows give reason to say and was not said: why joules are missing, once for all cases; what speaks against the
    /// numbers, once for each case.
    pub fn of(&mut self, case: &Case, rows: &[Row]) -> Vec<String> {
        let missing = no_joules_because(rows).map(|why| (String::new(), format!("joules are not measured: {why}")));
        let suspect = rows.iter().find(|row| row.status == Status::Suspect);
        let suspect = suspect.map(|row| (case.id(), format!("suspect: {}", row.reason)));
        let mut remarks = Vec::new();
        for (of, remark) in missing.into_iter().chain(suspect) {
            // The same with other numbers is the same.
            let words: String = remark.chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect();
            if self.said.insert(of + &words) {
                remarks.push(remark);
            }
        }
        remarks
    }
}

/// Why joules are missing in these rows, if they are.
fn no_joules_because(rows: &[Row]) -> Option<&str> {
    let without = rows
        .iter()
        .find(|row| row.wall_s.is_some() && row.device.energy_j.is_none())?;
    let reasons = [&without.device.reason, &without.reason];
    reasons
        .into_iter()
        .find(|reason| !reason.is_empty())
        .map(String::as_str)
}

#[cfg(test)]
mod tests {
    use joulemark_base::quality::Quality;
    use joulemark_records::{Energy, Row, Status};

    use super::{Lines, Remarks};
    use crate::suite::{Scale, Suite};

    fn rows(joules: bool) -> Vec<Row> {
        let row = |round: u32, factor: f64| Row {
            round,
            iterations: Some(100),
            wall_s: Some(1.06 * factor),
            device: Energy {
                energy_j: joules.then_some(106.0 * factor),
                u_j: joules.then_some(1.0),
                quality: joules.then_some(Quality::Simulated),
                ..Energy::default()
            },
            ..Row::default()
        };
        [(0, 1.0), (0, 1.01), (1, 1.01), (1, 1.0), (2, 1.0), (2, 1.005)]
            .map(|(round, factor)| row(round, factor))
            .into()
    }

    #[test]
    fn lines_align_within_a_hundred_columns() {
        for name in ["quick", "standard", "vgg-16"] {
            let cases = Suite::find(name).unwrap().cases(Scale::Medium);
            let lines = Lines::of(&cases, Some(0.02));
            for case in &cases {
                for joules in [true, false] {
                    let line = lines.line(case, &rows(joules), true);
                    assert!(line.chars().count() <= 100, "{}: {line}", line.chars().count());
                    assert!(
                        line.contains("10.6 ms ±")
                            && line.ends_with(if joules { "simulated" } else { "energy not measured" }),
                        "{line}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_too_wide_is_marked() {
        let cases = Suite::find("quick").unwrap().cases(Scale::Small);
        let line = |until, is_last| Lines::of(&cases[..1], until).line(&cases[0], &rows(true), is_last);
        assert!(!line(Some(0.02), true).contains('*') && !line(None, true).contains('*'));
        let marked = line(Some(0.001), true);
        assert_eq!(marked.matches('*').count(), 1, "{marked}");
        assert!(!line(Some(0.001), false).contains('*'), "more windows are to come");
    }

    #[test]
    fn each_thing_is_said_once() {
        let cases = Suite::find("quick").unwrap().cases(Scale::Small);
        let row = |reason: &str, status| Row {
            wall_s: Some(1.0),
            status,
            reason: reason.into(),
            ..Row::default()
        };
        let mut remarks = Remarks::default();
        let mut said = |case: usize, row: Row| remarks.of(&cases[case], &[row]);
        assert_eq!(
            said(0, row("no tick in 57 ms", Status::Ok)),
            ["joules are not measured: no tick in 57 ms"]
        );
        assert_eq!(said(1, row("no tick in 1.5 ms", Status::Ok)), [""; 0]);
        let wide = |reason| {
            let mut row = row(reason, Status::Suspect);
            row.device.energy_j = Some(1.0);
            row
        };
        assert_eq!(said(0, wide("the interval is ±7%")), ["suspect: the interval is ±7%"]);
        assert_eq!(said(0, wide("the interval is ±8.2%")), [""; 0]);
        assert_eq!(said(1, wide("the interval is ±9%")).len(), 1, "once for each case");
    }
}
