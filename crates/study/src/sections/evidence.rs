//! What verdicts rest on, and what only describes: scopes, correlations, predictors. In: findings. Out: a section.

use joulemark_base::estimate::Estimate;
use joulemark_base::si::{percent, plural, significant, with_interval};

use crate::document::Section;
use crate::document::table::{Cell, Column, Table};
use crate::document::words::Words;
use crate::findings::{Estimands, Findings, Predictor, Scope};
use crate::outcome::Outcome;
use crate::quantity::error;

pub(super) fn evidence(findings: &Findings) -> Option<Section> {
    let mut section = Section::new("evidence", "Evidence");
    section.table(scopes(findings));
    section.table(predictors(findings));
    section.table(correlations(findings));
    section.table(proxies(findings));
    section.pairs(details(findings));
    Some(section)
}

/// A lone device is not named.
fn name(findings: &Findings, scope: &Scope) -> String {
    match &scope.precision {
        precision if findings.devices.len() == 1 => precision.clone().unwrap_or_else(|| "all precisions".into()),
        _ => scope.name(),
    }
}

fn two(value: f64) -> String {
    format!("{value:.2}")
}

/// A line per scope: on active energy, else on gross, else on time.
pub(super) fn scopes(findings: &Findings) -> Table {
    let columns = [
        Column::words("scope"),
        Column::words("verdict"),
        Column::words("on").spare(5),
        Column::number("cases").spare(6),
        Column::number("families").spare(6),
        Column::number("typical ratio"),
        Column::number("inverted near pairs"),
        Column::number("Spearman").spare(3),
        Column::number("log-log R²").spare(4),
    ];
    let mut table = Table::new("By scope, with 95% intervals", columns);
    for scope in &findings.scopes {
        let mut row = vec![
            Cell::words(name(findings, scope)),
            Cell::words(scope.verdict.active.verdict.words()),
        ];
        row.extend(scope.best().map_or_else(|| vec![Cell::none(); 7], scope_cells));
        table.row(row);
    }
    table.notes.push(
        "Correlations grow with the range of sizes; the typical ratio of two kernels with equal FLOPs and the inverted pairs among those \
         whose FLOPs are 1.5 to 3 times apart do not."
            .into(),
    );
    table
}

fn scope_cells(found: &Estimands) -> Vec<Cell> {
    let evidence = &found.evidence;
    let ratio = evidence.iso_flop.value().map(|found| found.typical_ratio.estimate);
    let inverted = evidence.near_pairs.value().map(|found| found.share.estimate);
    vec![
        Cell::words(found.response.name()),
        Cell::count(evidence.cases),
        Cell::count(evidence.families),
        Cell::interval(ratio, two),
        Cell::interval(inverted, percent),
        Cell::interval(found.spearman.value().copied(), two),
        Cell::interval(found.r2_loglog.value().copied(), two),
    ]
}

/// Energy in every way that there is, of every scope; time where there is no energy.
fn all(findings: &Findings, whole_devices: bool) -> impl Iterator<Item = (String, &Estimands)> {
    let scopes = findings.scopes.iter();
    let wanted = scopes.filter(move |scope| !whole_devices || scope.precision.is_none());
    wanted.flat_map(move |scope| {
        let every = [&scope.active, &scope.gross, &scope.time].into_iter();
        every.filter_map(move |found| found.value().map(|found| (name(findings, scope), found)))
    })
}

/// The five predictors in one form.
fn predictors(findings: &Findings) -> Table {
    let columns = [
        Column::words("scope"),
        Column::words("of"),
        Column::number("cases").spare(2),
    ];
    let each = Predictor::ALL.map(|predictor| Column::number(predictor.words()));
    let caption = "Error of five predictors for a family that they have not seen; in brackets for a case";
    let mut table = Table::new(caption, columns.into_iter().chain(each));
    for (scope, estimands) in all(findings, false) {
        let Outcome::Available(models) = &estimands.evidence.models else {
            continue;
        };
        let cell = |predictor| {
            let score = models.score(predictor);
            score.map_or_else(Cell::none, |score| Cell {
                detail: format!("[{}]", error(score.loo_mape)).into(),
                ..Cell::maybe(score.lofo_mape, error)
            })
        };
        let cases = models.scores.iter().map(|score| score.cases).max().unwrap_or(0);
        let row = [
            Cell::words(&scope),
            Cell::words(estimands.response.name()),
            Cell::count(cases),
        ];
        table.row(row.into_iter().chain(Predictor::ALL.map(cell)));
        for note in models.scores.iter().filter_map(|score| score.note.as_ref()) {
            let words = Words::from(format!("energy roofline of {scope}: {note}"));
            if !table.notes.contains(&words) {
                table.notes.push(words);
            }
        }
        for (predictor, why) in &models.not_fitted {
            table
                .notes
                .push(format!("{} of {scope}: {why}", predictor.words()).into());
        }
    }
    table
}

fn correlations(findings: &Findings) -> Table {
    let columns = [
        Column::words("scope"),
        Column::words("of"),
        Column::words("with"),
        Column::number("cases").spare(5),
        Column::number("decades").spare(4),
        Column::number("Spearman"),
        Column::number("Pearson on logs"),
        Column::number("log-log R²").spare(3),
        Column::number("Kendall").spare(2),
    ];
    let mut table = Table::new("Correlations, as description", columns);
    for (scope, estimands) in all(findings, true) {
        for (key, label) in [("flops_task", "FLOPs"), ("bytes_min", "bytes"), ("time", "time")] {
            let Some(Outcome::Available(found)) = estimands.predictors.get(key) else {
                continue;
            };
            let cell = |value: &Outcome<Estimate>| Cell::interval(value.value().copied(), two);
            table.row([
                Cell::words(&scope),
                Cell::words(estimands.response.name()),
                Cell::words(label),
                Cell::count(found.cases),
                Cell::number(found.range_decades, format!("{:.1}", found.range_decades)),
                cell(&found.spearman),
                cell(&found.pearson_loglog),
                cell(&found.r2_loglog),
                cell(&found.kendall),
            ]);
        }
    }
    table
}

/// Cost proxies on logarithms, of each device's best response.
fn proxies(findings: &Findings) -> Table {
    let columns = [
        Column::words("scope"),
        Column::words("proxy"),
        Column::number("cases").spare(2),
        Column::number("log-log R²"),
        Column::number("error"),
        Column::number("median").spare(1),
        Column::number("unseen family"),
    ];
    let mut table = Table::new("Log-log fits of cost proxies, as description", columns);
    for scope in findings.scopes.iter().filter(|scope| scope.precision.is_none()) {
        let Some(estimands) = scope.best() else { continue };
        for proxy in estimands.proxies.iter().filter(|proxy| proxy.unavailable.is_none()) {
            table.row([
                Cell::words(format!("{}, {}", name(findings, scope), estimands.response.name())),
                Cell::words(&proxy.name),
                Cell::count(proxy.cases),
                Cell::maybe(proxy.r2_loglog, two),
                Cell::maybe(proxy.loo_mape, error),
                Cell::maybe(proxy.loo_median_ape, error),
                Cell::maybe(proxy.lofo_mape, error),
            ]);
        }
    }
    table
}

/// What no table holds: the worst pair, the energy roofline's coefficients, cases left out.
fn details(findings: &Findings) -> Vec<[Words; 2]> {
    let mut pairs: Vec<[Words; 2]> = Vec::new();
    let mut say = |name: String, words: String| pairs.push([name.into(), words.into()]);
    for (scope, estimands) in all(findings, true) {
        let what = estimands.response.name();
        if let Some(worst) = estimands
            .evidence
            .near_pairs
            .value()
            .and_then(|pairs| pairs.worst.as_ref())
        {
            let words = format!(
                "{} has {}× the FLOPs of {}, which takes {}× its {what}",
                worst.more_flops,
                significant(worst.flops_ratio),
                worst.more_energy,
                significant(worst.energy_ratio)
            );
            say(format!("worst near pair, {scope}, {what}"), words);
        }
        if let Outcome::Available(roofline) = &estimands.energy_roofline {
            let per_operation = roofline.e_flop_pj.iter();
            let mut parts: Vec<String> = per_operation
                .map(|(precision, energy)| {
                    format!("{precision} {} pJ per operation", with_interval(energy, significant))
                })
                .collect();
            parts.push(roofline.e_byte_pj.map_or_else(
                || "bytes unknown".into(),
                |byte| format!("{} pJ per byte", with_interval(&byte, significant)),
            ));
            parts.push(format!("{} W", with_interval(&roofline.p0_w, significant)));
            say(format!("energy roofline, {scope}, {what}"), parts.join(", "));
        }
        for excluded in &estimands.excluded {
            say(
                format!("left out, {scope}, {what}"),
                format!("{}: {}", plural(excluded.cases, "case"), excluded.reason),
            );
        }
    }
    pairs
}
