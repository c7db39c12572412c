//! Tells a person how a campaign goes. In: what happens. Out: a line per case and round, what was said once not again, and
//! a bar.

use indicatif::ProgressBar;
use joulemark_base::duration::duration_text;
use joulemark_energy::SourceChoice;
use joulemark_harness::campaign::{Outline, Progress};
use joulemark_harness::{Case, Failure, Lines, Options, Remarks, Session};
use joulemark_records::{Row, Status};

use crate::bar::bar;
use crate::output::Told;
use crate::signal::Signal;

/// What a campaign tells on standard output.
pub(crate) struct Console<'a> {
    options: &'a Options,
    told: &'a Told,
    /// How each line is laid out.
    lines: Lines,
    bar: ProgressBar,
    window_s: f64,
    signal: Signal,
    round: Option<u32>,
    /// How many there will be.
    rounds: u32,
    /// Windows of the cases so far, by case: a line tells of all rounds.
    rows: Vec<(String, Vec<Row>)>,
    remarks: Remarks,
    /// Cases that gave a wrong result or broke off, each time.
    pub(crate) wrong: u32,
}

impl<'a> Console<'a> {
    /// Nothing has been said yet.
    ///
    /// # Errors
    /// If the system does not let signals be heard.
    pub(crate) fn new(options: &'a Options, cases: &[Case], told: &'a Told) -> anyhow::Result<Self> {
        Ok(Self {
            lines: Lines::of(cases, options.asked_precision().map(|asked| asked.target)),
            bar: ProgressBar::hidden(),
            window_s: 0.0,
            signal: Signal::listen()?,
            round: None,
            rounds: options.rounds,
            rows: Vec::new(),
            remarks: Remarks::default(),
            wrong: 0,
            options,
            told,
        })
    }

    /// The bar goes.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Prints above the bar. A reader who went away does not stop the measurement: the results are in the folder.
    fn say(&self, text: &str) {
        let _ = self.bar.suspend(|| self.told.say(text));
    }
}

impl Progress for Console<'_> {
    fn begin(&mut self, session: &Session, outline: &Outline) {
        self.window_s = session.window_s();
        let inventory = session.meter().inventory();
        let sources: Vec<_> = inventory
            .sources
            .iter()
            .map(|entry| {
                format!(
                    "{} ({}, {})",
                    entry.description.id, entry.description.role, entry.description.quality
                )
            })
            .collect();
        let energy = if self.options.energy == SourceChoice::None {
            "none, as asked: joules will not be measured".into()
        } else if sources.is_empty() {
            "none, so joules will not be measured; `joulemark doctor` says what is missing".into()
        } else {
            sources.join(", ")
        };
        self.say(&format!(
            "adapter: {}\nenergy:  {energy}\nresults: {}\n",
            session.gpu().description().name,
            session.folder().display(),
        ));
        if session.options().budget_s.is_some() {
            self.bar = bar(outline.forecast.cases as u64, "cases verified");
        } else {
            self.planned(outline);
        }
    }

    fn survey(&mut self, case: &Case, left: usize) {
        self.bar.set_message(case.id());
        self.bar
            .set_position(self.bar.length().unwrap_or_default().saturating_sub(left as u64));
    }

    fn planned(&mut self, outline: &Outline) {
        self.bar.finish_and_clear();
        self.rounds = outline.forecast.rounds;
        let mut text = format!("{}\n", outline.forecast);
        if !outline.skipped.is_empty() {
            let skipped = &outline.skipped;
            text += &format!(
                "skipped: {}, for which there is no time: {}\n",
                skipped.len(),
                skipped.join(", ")
            );
        }
        if let Some(would_do_s) = outline.would_do_s {
            text += &format!(
                "budget:  too short for {} rounds of all cases; {} would do\n",
                self.options.rounds,
                duration_text(would_do_s)
            );
        }
        self.say(&text);
        self.bar = bar(outline.visits_left, "visits");
    }

    fn stop(&mut self) -> Option<String> {
        self.signal.has_come().then(|| "a signal".into())
    }

    fn case(&mut self, case: &Case, round: u32) {
        if self.round != Some(round) {
            self.round = Some(round);
            self.say(&format!("\nround {} of {}\n", round + 1, self.rounds));
        }
        self.bar.set_message(case.id());
        // Compiling and verifying take as long as they take.
        self.signal.expect(f64::INFINITY);
    }

    fn window(&mut self, _case: &Case, row: &Row) {
        self.signal.expect(self.window_s.max(row.wall_s.unwrap_or(0.0)));
    }

    fn failed(&mut self, case: &Case, failure: &Failure) {
        self.bar.inc(1);
        let word = match failure.status {
            Status::Refused => "refused",
            Status::WrongResult => "WRONG",
            _ => "ERROR",
        };
        if failure.status != Status::Refused {
            self.wrong += 1;
        }
        self.say(&format!("{}  {word}: {}\n", case.id(), failure.reason));
    }

    fn visited(&mut self, case: &Case, rows: &[Row]) {
        self.bar.inc(1);
        let id = case.id();
        let place = self.rows.iter().position(|(known, _)| *known == id);
        let place = place.unwrap_or_else(|| {
            self.rows.push((id, Vec::new()));
            self.rows.len() - 1
        });
        let all = &mut self.rows[place].1;
        all.extend_from_slice(rows);
        let is_last = rows.last().is_some_and(|row| row.round + 1 == self.rounds);
        let mut text = self.lines.line(case, all, is_last) + "\n";
        for remark in self.remarks.of(case, rows) {
            text += &(remark + "\n");
        }
        self.say(&text);
    }
}
