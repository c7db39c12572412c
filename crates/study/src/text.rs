//! The findings for a terminal. In: findings. Out: what `joulemark analyze` prints.

use std::fmt::Write;

use comfy_table::Table;

use crate::cases::CaseSummary;
use crate::findings::{Estimands, Findings, Response, Scope};
use crate::outcome::Outcome;
use crate::quantity::{error, outcome};
use crate::table::{lines, table};
use crate::{lead, overview};
use joulemark_base::estimate::Estimate;
use joulemark_base::si::percent;
use joulemark_base::si::reach;
use joulemark_base::si::si;
use joulemark_base::si::significant;
use joulemark_base::si::with_interval;

/// Renders what one acts on: per device the verdict and four numbers, the winners of each problem, kernels against machines,
/// and a line per case.
#[must_use]
pub fn render(findings: &Findings) -> String {
    let mut text = String::new();
    front(&mut text, findings, MOST_WINNERS);
    line(
        &mut text,
        "\nconditions, controls, correlations, predictors, experiments, peaks: --all",
    );
    text
}

/// As [`render`], and then everything else: what was read, every scope in detail, peaks, experiments, both versions of the
/// rule.
#[must_use]
pub fn render_all(findings: &Findings) -> String {
    let mut text = String::new();
    front(&mut text, findings, usize::MAX);
    text += &crate::peaks::render(findings);
    for scope in &findings.scopes {
        scope_text(&mut text, scope);
    }
    experiments(&mut text, findings);
    if findings.scopes.len() > 1 {
        line(&mut text, "\nby scope, with 95% intervals");
        let mut rows = table(&overview::SCOPE_COLUMNS, 3);
        for row in overview::scopes(findings) {
            rows.add_row(row);
        }
        push_table(&mut text, &rows);
    }
    for missing in &findings.missing {
        line(
            &mut text,
            &format!("no column {}: off is {}", missing.column, missing.switches_off),
        );
    }
    for scope in findings.scopes.iter().filter(|scope| scope.precision.is_none()) {
        verdict(&mut text, scope, findings.simulated);
    }
    text
}

/// Problems whose winners are told unless all is asked for.
const MOST_WINNERS: usize = 25;

fn front(text: &mut String, findings: &Findings, most_winners: usize) {
    preamble(text, findings);
    for lead in lead::leads(findings) {
        let mark = if findings.simulated { ", SIMULATED" } else { "" };
        line(
            text,
            &format!(
                "\n\"FLOPs do not track energy\" ({}{mark}): {}",
                lead.device, lead.headline
            ),
        );
        line(text, &format!("  {}", lead.sentence));
        for [number, what] in &lead.numbers {
            line(text, &format!("  {number}  {what}"));
        }
    }
    let winners = lead::winners(findings);
    if !winners.is_empty() {
        line(
            text,
            "\nwinners per problem; ≈ n more: the data does not tell so many others from it",
        );
        let mut rows = table(&lead::WINNER_COLUMNS, 2);
        for row in winners.iter().take(most_winners) {
            rows.add_row(row);
        }
        push_table(text, &rows);
        if winners.len() > most_winners {
            line(
                text,
                &format!("… and {} other problems: --all", winners.len() - most_winners),
            );
        }
    }
    if let Some((header, machines)) = lead::machines(findings) {
        line(text, "\nkernels × machines, per iteration; * is least");
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut rows = table(&header, 1);
        for row in machines {
            rows.add_row(row);
        }
        push_table(text, &rows);
    }
    cases(text, findings);
}

fn line(text: &mut String, words: &str) {
    text.push_str(words);
    text.push('\n');
}

fn preamble(text: &mut String, findings: &Findings) {
    if findings.simulated {
        line(
            text,
            "SIMULATED ENERGY IS INCLUDED: nothing below is about a real device.\n",
        );
    }
    for input in &findings.inputs {
        line(text, &format!("read {} rows of {}", input.rows, input.path));
        for note in &input.notes {
            line(text, &format!("  {note}"));
        }
    }
    let rows: Vec<String> = findings
        .rows_by_status
        .iter()
        .map(|(status, count)| format!("{count} {status}"))
        .collect();
    line(text, &format!("rows: {}", rows.join(", ")));
    match &findings.energy {
        Outcome::Available(statement) => line(text, &format!("energy: {statement}")),
        Outcome::Unavailable { unavailable } => {
            line(
                text,
                &format!(
                    "no energy: {}. Time stands in its place below.",
                    unavailable.trim_end_matches('.')
                ),
            );
        }
    }
    for (why, count) in &findings.implausible {
        line(text, &format!("  the energy of {count} rows is left out: {why}"));
    }
    let mut reasons: Vec<_> = findings.reasons.iter().collect();
    reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    for (reason, count) in reasons.iter().take(5) {
        line(text, &format!("  {count} rows say: {reason}"));
    }
    if reasons.len() > 5 {
        line(text, &format!("  … and {} other reasons", reasons.len() - 5));
    }
    for (why, count) in &findings.implausible {
        line(text, &format!("  {count} energies were left out: {why}"));
    }
    if findings.simulated_left_out > 0 {
        let count = findings.simulated_left_out;
        line(
            text,
            &format!(
                "  {count} rows of simulated energy were left out, as measured lies beside it (--include-simulated mixes them)"
            ),
        );
    }
}

pub(crate) fn push_table(text: &mut String, table: &Table) {
    text.push_str(&lines(table, 0));
}

fn cases(text: &mut String, findings: &Findings) {
    let several = findings.devices.len() > 1;
    for device in &findings.devices {
        let own: Vec<&CaseSummary> = findings
            .cases
            .iter()
            .filter(|case| case.device == device.name)
            .collect();
        let heading = if several {
            format!("\ncases on {}", device.name)
        } else {
            "\ncases".into()
        };
        line(
            text,
            &format!("{heading}, per iteration; means over rounds; ± is their 95% interval"),
        );
        let energy = own.iter().any(|case| case.gross_j.is_some());
        let header = [
            "case", "windows", "time", "", "GFLOP/s", "energy", "", "active", "power", "GFLOP/J", "",
        ];
        let columns = if energy { header.len() } else { 5 };
        let mut rows = table(&header[..columns], 1);
        for case in own {
            let cells = case_cells(case);
            rows.add_row(&cells[..columns]);
        }
        push_table(text, &rows);
    }
}

fn case_cells(case: &CaseSummary) -> [String; 11] {
    let value = |estimate: &Option<Estimate>, format: &dyn Fn(f64) -> String| {
        estimate.map_or_else(|| "–".into(), |estimate| format(estimate.value))
    };
    let range = |estimate: &Option<Estimate>| estimate.map_or_else(String::new, |estimate| reach(&estimate));
    [
        case.label.clone(),
        case.windows.to_string(),
        si(case.time_s.value, "s"),
        reach(&case.time_s),
        value(&case.gflops, &significant),
        value(&case.gross_j, &|energy| si(energy, "J")),
        range(&case.gross_j),
        value(&case.active_j, &|energy| si(energy, "J")),
        value(&case.power_w, &|power| si(power, "W")),
        value(&case.gflop_per_j, &significant),
        range(&case.gflop_per_j),
    ]
}

fn scope_text(text: &mut String, scope: &Scope) {
    line(text, &format!("\n== {} ==", scope.name()));
    for estimands in [&scope.gross, &scope.active, &scope.time]
        .into_iter()
        .filter_map(Outcome::value)
    {
        estimands_text(text, estimands);
    }
    // Without any energy the verdict says why; said once is enough.
    if scope.gross.value().is_some()
        && let Some(reason) = scope.active.reason()
    {
        line(text, &format!("active energy: {reason}"));
    }
}

fn experiments(text: &mut String, findings: &Findings) {
    let (lines, others) = overview::experiments(findings);
    for [suite, hypothesis, direction] in overview::stated(findings) {
        line(text, &format!("\nsuite {suite}, before it ran: {hypothesis}"));
        line(text, &format!("  expected: {direction}"));
    }
    if !lines.is_empty() {
        line(text, "\nexperiments, expected and found; in brackets 95% intervals");
    }
    for found in lines {
        line(text, &format!("  {}: {} {}", found.name, found.outcome, found.found));
        line(text, &format!("    expected: {}", found.expected));
        line(text, &format!("    ratio: {}", found.statistic));
    }
    if !others.is_empty() {
        line(text, &format!("  without cases to compare: {}", others.join(", ")));
    }
}

fn verdict(text: &mut String, scope: &Scope, simulated: bool) {
    let mark = if simulated { ", SIMULATED" } else { "" };
    let verdicts = &scope.verdict;
    line(text, &format!("\nthe rule, version 2, on {}{mark}", scope.name()));
    for condition in &verdicts.active.conditions {
        let met = match condition.met {
            Some(true) => "met",
            Some(false) => "not met",
            None => "not known",
        };
        line(text, &format!("  {met}: {}", condition.says));
    }
    let active = &verdicts.active;
    line(text, &format!("  {}: {}", active.verdict.words(), active.sentence));
    line(
        text,
        &format!(
            "  among each problem's fastest, {}: {}",
            verdicts.fastest.verdict.words(),
            verdicts.fastest.sentence
        ),
    );
    for other in &verdicts.active_if_saturated_meant {
        line(
            text,
            &format!(
                "  had saturated meant {:.0}% of what the device can draw ({} cases): {}",
                100.0 * other.power_share,
                other.cases,
                other.verdict.words()
            ),
        );
    }
    if scope.gross.value().is_some() {
        let gross = &verdicts.gross;
        line(
            text,
            &format!("  on gross energy, {}: {}", gross.verdict.words(), gross.sentence),
        );
    }
    let first = &verdicts.version_1.active;
    line(
        text,
        &format!(
            "  version 1 of the rule, which it replaced, {}: {}",
            first.verdict.words(),
            first.sentence
        ),
    );
}

fn estimands_text(text: &mut String, estimands: &Estimands) {
    let what = estimands.response.name();
    line(
        text,
        &format!(
            "{what}: {} cases in {} families",
            estimands.evidence.cases, estimands.evidence.families
        ),
    );
    for excluded in &estimands.excluded {
        line(
            text,
            &format!("  left out {} cases: {}", excluded.cases, excluded.reason),
        );
    }
    let mut rows = table(
        &[
            "  with",
            "cases",
            "decades",
            "Spearman",
            "Pearson on logs",
            "log-log R²",
            "Kendall",
        ],
        1,
    );
    let number = |value: f64| format!("{value:.2}");
    for (name, label) in [("flops_task", "  FLOPs"), ("bytes_min", "  bytes"), ("time", "  time")] {
        let Some(association) = estimands.predictors.get(name) else {
            continue;
        };
        match association {
            Outcome::Available(found) => rows.add_row(vec![
                label.to_owned(),
                found.cases.to_string(),
                format!("{:.1}", found.range_decades),
                outcome(&found.spearman, number),
                outcome(&found.pearson_loglog, number),
                outcome(&found.r2_loglog, number),
                outcome(&found.kendall, number),
            ]),
            Outcome::Unavailable { unavailable } => rows.add_row(vec![label.to_owned(), unavailable.clone()]),
        };
    }
    push_table(text, &rows);
    if let Outcome::Available(found) = &estimands.evidence.iso_flop {
        line(
            text,
            &format!(
                "  at equal FLOPs: {what} typically differs {}-fold in {} cells, at most {}-fold",
                with_interval(&found.typical_ratio.estimate, number),
                found.cells.len(),
                significant(found.max_spread)
            ),
        );
    }
    if let Outcome::Available(inversions) = &estimands.evidence.near_pairs {
        let share = with_interval(&inversions.share.estimate, percent);
        line(text, &format!("  inversions: {share} of {} pairs", inversions.pairs));
        if let Some(worst) = &inversions.worst {
            line(
                text,
                &format!(
                    "    worst: {} has {}× the FLOPs of {}, which takes {}× its {what}",
                    worst.more_flops,
                    significant(worst.flops_ratio),
                    worst.more_energy,
                    significant(worst.energy_ratio)
                ),
            );
        }
    }
    if estimands.response != Response::Time {
        proxies(text, estimands);
    }
}

fn proxies(text: &mut String, estimands: &Estimands) {
    if let Outcome::Available(models) = &estimands.evidence.models {
        let mut rows = table(&["  predicts", "cases", "error", "median", "unseen family"], 1);
        for score in &models.scores {
            rows.add_row(vec![
                format!("  {}", score.predictor.words()),
                score.cases.to_string(),
                error(score.loo_mape),
                error(score.loo_median_ape),
                score.lofo_mape.map_or_else(|| "–".into(), error),
            ]);
        }
        push_table(text, &rows);
        for note in models.scores.iter().filter_map(|score| score.note.as_ref()) {
            line(text, &format!("  energy roofline {note}"));
        }
    }
    line(text, "  on logarithms, as description");
    let mut rows = table(
        &["  predicts", "cases", "log-log R²", "error", "median", "unseen family"],
        1,
    );
    for proxy in estimands.proxies.iter().filter(|proxy| proxy.unavailable.is_none()) {
        let share = |value: Option<f64>| value.map_or_else(|| "–".into(), error);
        rows.add_row(vec![
            format!("  {}", proxy.name),
            proxy.cases.to_string(),
            proxy.r2_loglog.map_or_else(|| "–".into(), |r2| format!("{r2:.2}")),
            share(proxy.loo_mape),
            share(proxy.loo_median_ape),
            proxy.lofo_mape.map_or_else(|| "–".into(), error),
        ]);
    }
    push_table(text, &rows);
    if let Outcome::Available(roofline) = &estimands.energy_roofline {
        let mut words = String::from("  energy roofline:");
        for (precision, energy) in &roofline.e_flop_pj {
            let _ = write!(words, " {precision} {} pJ/op,", with_interval(energy, significant));
        }
        let byte = roofline
            .e_byte_pj
            .map_or_else(|| "unknown".into(), |byte| with_interval(&byte, significant));
        let constant = with_interval(&roofline.p0_w, significant);
        let _ = write!(words, " {byte} pJ/byte, {constant} W");
        line(text, &words);
    }
}
