//! Li, Tsourdos, Guo 2022, arXiv 2205.15062: what a proxy predicts, and what moving data takes. In: subjects. Out: the precision of
//! FLOPs, bytes, `gate_ops` (our gate count, not their transistor operations, whose constants could not be read) and the energy
//! roofline; the share of the joules that moves data by the fitted roofline.
//!
//! All are non-negative least squares on rows divided by the joules; precision is 1 − mean absolute relative error, on the family
//! that was left out.

use std::collections::BTreeSet;

use super::claim::{Answer, Claim, Dimension, Way};
use super::subject::{Round, Subject, energy_basis, grouped, over_rounds};
use crate::samples::Count;
use crate::stats::normal::Normal;
use joulemark_base::si::plural;
use joulemark_base::statistics::mean;

const SOURCE: &str =
    "Li, Tsourdos, Guo 2022, A Transistor Operations Model for Deep Learning Energy Consumption, arXiv 2205.15062";

pub(super) fn claims(subjects: &[Subject<'_>]) -> Vec<Claim> {
    // Joules that were had in different ways are never joined in one fit.
    let by_device = grouped(subjects, |subject| {
        let usable = subject.joules(None).is_some_and(|joules| joules > 0.0) && !subject.facts.has_structured_input();
        (usable
            && Count::ALL_OF_A_MODEL
                .iter()
                .all(|count| subject.count(*count).is_some()))
        .then(|| (subject.device.to_owned(), subject.methods()))
    });
    let devices = || {
        by_device
            .iter()
            .map(|((device, method), cases)| (device.as_str(), method.as_str(), cases.as_slice()))
    };
    vec![
        Claim::new(
            "li-proxies",
            &format!("{SOURCE}, abstract"),
            "Counting what gates do predicts energy better than counting FLOPs.",
            "precision 93.61% to 99.51% by transistor operations, about 93% by FLOPs; their networks and hardware",
        )
        .answered(
            devices()
                .flat_map(|(device, method, cases)| proxies(device, method, cases))
                .collect(),
            FEW,
        ),
        Claim::new(
            "li-movement",
            SOURCE,
            "Data movement is one of the parts that energy consists of.",
            "no share that could be read",
        )
        .answered(
            devices()
                .filter_map(|(device, method, cases)| movement(device, method, cases))
                .collect(),
            FEW,
        ),
    ]
}

const FEW: &str = "fewer than eight cases in three families have joules, operations, bytes and gate_ops";

impl Count {
    /// The counts that every case has to have here, so that all models are tried on the same cases.
    const ALL_OF_A_MODEL: [Self; 4] = [Self::FlopsTask, Self::OpsExecuted, Self::BytesModel, Self::GateOps];
}

/// A row's columns per case and round.
type Columns<'c> = &'c dyn Fn(&Subject<'_>, Round) -> Option<Vec<f64>>;

/// The cases of a fit, and how their joules were had.
fn basis(cases: &[&Subject<'_>], method: &str) -> String {
    match method {
        "" => plural(cases.len(), "case"),
        _ => format!("{} with joules by {method}", plural(cases.len(), "case")),
    }
}

fn enough(cases: &[&Subject<'_>]) -> bool {
    let families: BTreeSet<String> = cases.iter().map(|case| case.facts.family()).collect();
    cases.len() >= 8 && families.len() >= 3
}

fn proxies(device: &str, method: &str, cases: &[&Subject<'_>]) -> Vec<Answer> {
    if !enough(cases) {
        return Vec::new();
    }
    let single = |count| move |case: &Subject<'_>, _: Round| Some(vec![case.count(count)?]);
    let roofline = roofline(cases);
    let models: [(&str, Columns<'_>); 4] = [
        ("FLOPs", &single(Count::FlopsTask)),
        ("bytes", &single(Count::BytesModel)),
        ("gate_ops", &single(Count::GateOps)),
        ("the energy roofline (operations, bytes, time)", &roofline),
    ];
    let answer = |(name, columns): (&str, Columns<'_>)| {
        let value = over_rounds(cases.iter().copied(), |round| {
            left_out_error(cases, columns, round).map(|error| 1.0 - error)
        })?;
        Some(Answer {
            device: device.to_owned(),
            what: format!("precision of joules by {name}, on families left out"),
            value,
            dimension: Dimension::Share,
            basis: energy_basis(cases.iter().copied()),
            way: Way::Fitted,
            rests_on: format!(
                "{}, all precisions together; negative: worse than saying 0 J",
                basis(cases, method)
            ),
        })
    };
    models.into_iter().filter_map(answer).collect()
}

/// E = Σ W·e_flop per precision + Q·e_byte + P₀·T.
fn roofline(cases: &[&Subject<'_>]) -> impl Fn(&Subject<'_>, Round) -> Option<Vec<f64>> + use<> {
    let precisions: BTreeSet<String> = cases.iter().map(|case| case.facts.precision.clone()).collect();
    move |case, round| {
        let operations = case.count(Count::OpsExecuted)?;
        let own = |precision: &String| {
            if *precision == case.facts.precision {
                operations
            } else {
                0.0
            }
        };
        let mut row: Vec<f64> = precisions.iter().map(own).collect();
        row.extend([case.count(Count::BytesModel)?, case.time_s(round)?]);
        Some(row)
    }
}

/// Rows divided by the joules, so that relative errors count; each with its joules.
fn rows(cases: &[&Subject<'_>], columns: Columns<'_>, round: Round) -> Option<Vec<(Vec<f64>, f64)>> {
    let row = |case: &&Subject<'_>| {
        let joules = case.joules(round).filter(|joules| *joules > 0.0)?;
        Some((
            columns(case, round)?.into_iter().map(|value| value / joules).collect(),
            joules,
        ))
    };
    cases.iter().map(row).collect()
}

/// The mean absolute relative error on each family, predicted by all others.
fn left_out_error(cases: &[&Subject<'_>], columns: Columns<'_>, round: Round) -> Option<f64> {
    let rows = rows(cases, columns, round)?;
    let families: Vec<String> = cases.iter().map(|case| case.facts.family()).collect();
    let mut errors = Vec::new();
    for left_out in families.iter().collect::<BTreeSet<_>>() {
        let mut normal = Normal::new(rows.first()?.0.len());
        for ((row, _), family) in rows.iter().zip(&families) {
            if family != left_out {
                normal.add(row, 1.0, 1.0);
            }
        }
        let beta = normal.solve();
        for ((row, _), _) in rows.iter().zip(&families).filter(|(_, family)| *family == left_out) {
            errors.push((dot(row, &beta) - 1.0).abs());
        }
    }
    mean(&errors)
}

/// The joules of moving bytes over all joules, all cases once each.
fn movement(device: &str, method: &str, cases: &[&Subject<'_>]) -> Option<Answer> {
    if !enough(cases) {
        return None;
    }
    let roofline = roofline(cases);
    let value = over_rounds(cases.iter().copied(), |round| {
        let rows = rows(cases, &roofline, round)?;
        let mut normal = Normal::new(rows.first()?.0.len());
        rows.iter().for_each(|(row, _)| normal.add(row, 1.0, 1.0));
        let beta = normal.solve();
        let bytes = beta.len() - 2;
        let moved: f64 = rows.iter().map(|(row, joules)| row[bytes] * beta[bytes] * joules).sum();
        let all: f64 = rows.iter().map(|(row, joules)| dot(row, &beta) * joules).sum();
        (all > 0.0).then_some(moved / all)
    })?;
    Some(Answer {
        device: device.to_owned(),
        what: "data movement's share of the joules, by the fitted energy roofline".into(),
        value,
        dimension: Dimension::Share,
        basis: energy_basis(cases.iter().copied()),
        way: Way::Fitted,
        rests_on: format!(
            "{}, each once; constant power is a part of its own",
            basis(cases, method)
        ),
    })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
