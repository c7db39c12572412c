//! How far each cost proxy errs on families that it has not seen. In: the subject. Out: a figure.

use super::ranges::{Entry, Ranges};
use super::{Figure, Subject, csv};
use crate::findings::ProxyKind;
use joulemark_base::si::significant;

pub(super) fn errors(subject: &Subject<'_>) -> Result<Figure, String> {
    let mut scores: Vec<_> = subject
        .estimands
        .proxies
        .iter()
        .filter_map(|proxy| Some((proxy.name.as_str(), proxy.kind, proxy.lofo_mape?)))
        .collect();
    if scores.is_empty() {
        return Err("no proxy has a leave-one-family-out error: there is only one family".into());
    }
    scores.sort_by(|a, b| a.2.total_cmp(&b.2));
    let rows: Vec<Vec<String>> = scores
        .iter()
        .map(|(name, kind, error)| {
            let mut row = vec![
                (*name).to_owned(),
                if *kind == ProxyKind::APriori {
                    "a-priori"
                } else {
                    "post-hoc"
                }
                .into(),
            ];
            row.push(error.to_string());
            row
        })
        .collect();
    let entries = scores.iter().map(|(name, kind, error)| Entry {
        name: (*name).to_owned(),
        value: error.max(1e-4),
        range: None,
        group: usize::from(*kind == ProxyKind::PostHoc),
    });
    let figure = Ranges {
        label: "mean error for an unseen family".into(),
        format: |value| format!("{}%", significant(100.0 * value)),
        entries: entries.collect(),
        reference: None,
        logarithmic: true,
        groups: vec!["counted".into(), "needs measured time".into()],
    };
    Ok(Figure {
        name: "proxy_errors",
        title: format!("Which cost proxy predicts {}{}", subject.word(), subject.mark()),
        caption: "Mean absolute percentage error, leaving out one family at a time.".into(),
        svg: figure.draw()?,
        csv: csv(&["proxy", "kind", "lofo_mape"], rows),
    })
}
