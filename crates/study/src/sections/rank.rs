//! Rankings: every kernel on a problem, or a line per problem. In: rankings. Out: documents.

use joulemark_base::objective::Objective;
use joulemark_base::si::significant;

use crate::document::table::{Cell, Column, Table};
use crate::document::{Document, Section};
use crate::rank::{Best, Ranked, Ranking, Rankings};

/// Every ranking in full: a line per kernel, the best by the objective first.
#[must_use]
pub fn rankings(rankings: &Rankings, objective: Objective) -> Document {
    document(
        rankings,
        rankings.rankings.iter().map(|ranking| one(ranking, objective)),
    )
}

/// A line per problem: who is best by each measure.
#[must_use]
pub fn overview(rankings: &Rankings) -> Document {
    let with_energy = rankings.no_energy.is_none();
    let mut columns = vec![
        Column::words("kind"),
        Column::words("problem"),
        Column::words("precision"),
        Column::number("kernels").spare(3),
        Column::words("fastest"),
        Column::number("time"),
    ];
    if with_energy {
        columns.extend([
            Column::words("least energy"),
            Column::number("energy"),
            Column::words("least energy × delay").spare(2),
        ]);
    }
    let several = rankings
        .rankings
        .windows(2)
        .any(|pair| pair[0].device != pair[1].device);
    let caption = "Who is best; ≈ n: so many others have a 95% interval that overlaps the best one's";
    let mut table = Table::new(caption, columns).grouped_by(1);
    for ranking in &rankings.rankings {
        let place = if several {
            format!(" on {}", ranking.device)
        } else {
            String::new()
        };
        let name = |objective| {
            let name = |best: &Best| match best.not_told_apart.len() {
                0 => best.kernel.clone(),
                others => format!("{} ≈\u{a0}{others}", best.kernel),
            };
            Cell::words(ranking.best_by(objective).map_or_else(|| "–".into(), name))
        };
        let value = |objective: Objective| Cell {
            detail: Default::default(),
            ..Cell::quantity(ranking.least(objective), objective.unit())
        };
        let mut row = vec![
            Cell::words(format!("{}{place}", ranking.op)),
            Cell::words(&ranking.problem),
            Cell::words(&ranking.precision),
            Cell::count(ranking.kernels.len()),
            name(Objective::Time),
            value(Objective::Time),
        ];
        if with_energy {
            row.extend([name(Objective::Energy), value(Objective::Energy), name(Objective::Edp)]);
        }
        table.row(row);
    }
    let mut section = Section::new("rankings", "");
    section.table(table);
    document(rankings, [section])
}

fn document(rankings: &Rankings, sections: impl IntoIterator<Item = Section>) -> Document {
    let mut document = Document {
        title: "Kernels against each other".into(),
        simulated: rankings.simulated,
        sections: Vec::new(),
    };
    if let Some(reason) = &rankings.no_energy {
        let mut section = Section::new("energy", "");
        section.text(format!("by time only: {}.", reason.trim_end_matches('.')));
        document.sections.push(section);
    }
    document.sections.extend(sections);
    document
}

fn one(ranking: &Ranking, objective: Objective) -> Section {
    let mut section = Section::new("ranking", ranking.name());
    let known = || {
        Objective::ALL
            .into_iter()
            .filter(|objective| ranking.best_by(*objective).is_some())
    };
    let mut columns = vec![Column::words("kernel")];
    for (place, objective) in known().enumerate() {
        let spare = if objective == Objective::Edp { 4 } else { 0 };
        columns.push(Column::number(objective.words()).spare(spare));
        columns.push(Column::number("× best").spare(2 + 2 * place as u8));
    }
    let mut kernels: Vec<_> = ranking.kernels.iter().collect();
    let value = |kernel: &Ranked| kernel.value(objective).map_or(f64::INFINITY, |value| value.value);
    kernels.sort_by(|a, b| value(a).total_cmp(&value(b)));
    let mut table = Table::new("", columns);
    for kernel in kernels {
        let mut row = vec![Cell::words(&kernel.kernel)];
        for objective in known() {
            let found = kernel.value(objective);
            let ratio = found
                .zip(ranking.least(objective))
                .map(|(own, least)| own.value / least.value);
            row.push(Cell::quantity(found, objective.unit()).best_if(ratio == Some(1.0)));
            row.push(Cell::maybe(ratio, significant));
        }
        table.row(row);
    }
    for best in &ranking.best {
        let words = best.measure.words();
        table.notes.push(match best.not_told_apart.as_slice() {
            [] => format!("  least {words}: {}", best.kernel).into(),
            others => format!(
                "  least {words}: {} (the data does not tell it from {})",
                best.kernel,
                others.join(", ")
            )
            .into(),
        });
    }
    if ranking.fastest_is_not_thriftiest() {
        table.notes.push("  The fastest kernel is not the thriftiest.".into());
    }
    section.table(table);
    section
}
