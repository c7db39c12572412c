//! A line per case, problem by problem. In: findings. Out: a section.

use joulemark_base::estimate::Estimate;
use joulemark_base::si::significant;

use super::lead::kernel;
use crate::document::Section;
use crate::document::table::{Cell, Column, Table};
use crate::findings::Findings;

pub(super) fn cases(findings: &Findings) -> Option<Section> {
    let several = findings.devices.len() > 1;
    let has_energy = findings.cases.iter().any(|case| case.gross_j.is_some());
    let mut columns: Vec<Column> = several.then(|| Column::words("device")).into_iter().collect();
    columns.extend([
        Column::words("problem"),
        Column::words("precision"),
        Column::words("kernel"),
        Column::number("rounds").spare(5),
        Column::number("time"),
        Column::number("GFLOP/s").spare(3),
    ]);
    if has_energy {
        columns.extend([
            Column::number("energy"),
            Column::number("active").spare(4),
            Column::number("power").spare(2),
            Column::number("GFLOP/J").spare(6),
        ]);
    }
    let gross = if has_energy { ", energy is gross" } else { "" };
    let caption = format!("Per iteration: means over the rounds; ± is their 95% interval{gross}");
    let mut table = Table::new(caption, columns).grouped_by(if several { 3 } else { 2 });
    let plain = |value: Option<Estimate>| Cell::maybe(value.map(|estimate| estimate.value), significant);
    for case in &findings.cases {
        let mut row: Vec<Cell> = several.then(|| Cell::words(&case.device)).into_iter().collect();
        row.extend([
            Cell::words(format!("{} {}", case.op, case.problem)),
            Cell::words(&case.precision),
            Cell::words(kernel(case)),
            Cell::count(case.rounds),
            Cell::quantity(Some(case.time_s), "s"),
            plain(case.gflops),
        ]);
        if has_energy {
            let without_interval = |value: Option<Estimate>, unit| Cell {
                detail: Default::default(),
                ..Cell::quantity(value, unit)
            };
            row.extend([
                Cell::quantity(case.gross_j, "J"),
                without_interval(case.active_j, "J"),
                without_interval(case.power_w, "W"),
                plain(case.gflop_per_j),
            ]);
        }
        table.row(row);
    }
    let mut section = Section::new("cases", "All cases");
    section.table(table);
    (!section.blocks.is_empty()).then_some(section)
}
