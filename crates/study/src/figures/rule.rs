//! The rule's evidence: typical ratios cell by cell, near pairs, how far predictors err, controls. In: the subject. Out: sketches.

use joulemark_base::si::{percent, si, with_interval};
use joulemark_base::statistics::quantile_of_sorted;

use super::axis::{Axis, short};
use super::canvas::{Anchor, Canvas};
use super::energy::capital;
use super::ranges::{Entry, Ranges};
use super::subject::{Subject, reason, short_times, times};
use super::{Sketch, csv};
use crate::findings::ProxyKind;

/// Rows that a reader can take in.
const MOST_ROWS: usize = 40;

pub(super) fn typical_ratios<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let (mut entries, mut rows, mut said, mut why) = (Vec::new(), Vec::new(), Vec::new(), String::new());
    for device in subject.devices() {
        let found = &device.estimands.evidence.iso_flop;
        let Some(found) = found.value() else {
            why = reason(found);
            continue;
        };
        let ratio = with_interval(&found.typical_ratio.estimate, times);
        said.push(format!(
            "Typically {ratio} over {} cells{}.",
            found.cells.len(),
            device.suffix
        ));
        for cell in &found.cells {
            let name = format!(
                "{} {}, {} cases{}",
                si(cell.flops_task, "OP"),
                cell.precision,
                cell.cases,
                device.suffix
            );
            let fields = [cell.flops_task, cell.typical_ratio, cell.spread].map(|value| value.to_string());
            let names = [device.device, &cell.precision, &cell.least, &cell.most].map(str::to_owned);
            rows.push(names.into_iter().chain(fields).collect());
            entries.push(Entry {
                name,
                value: cell.typical_ratio,
                range: Some([1.0, cell.spread]),
                title: format!("; least {}, most {}", cell.least, cell.most),
                ..Entry::default()
            });
        }
    }
    if entries.is_empty() {
        return Err(why);
    }
    entries.sort_by(|a, b| b.value.total_cmp(&a.value));
    if entries.len() > MOST_ROWS {
        said.push(format!("Drawn are the {MOST_ROWS} largest of {}.", entries.len()));
        entries.truncate(MOST_ROWS);
    }
    let figure = Ranges {
        label: format!(
            "{} of two cases of equal operations, the greater over the lesser",
            subject.word()
        ),
        format: short_times,
        entries,
        references: vec![(1.5, "1.5")],
        is_logarithmic: true,
        groups: Vec::new(),
    };
    Ok(Sketch {
        title: "Equal operations, cell by cell".into(),
        caption: format!(
            "Each row is a cell of cases with equal operations and precision: its typical ratio (mark), and most over least (bar). {} The rule \
             asks for more than 1.5.",
            said.join(" ")
        ),
        csv: csv(
            &[
                "device",
                "precision",
                "least",
                "most",
                "flops_task",
                "typical_ratio",
                "spread",
            ],
            rows,
        ),
        draw: Box::new(move |title, caption| figure.draw(title, caption)),
    })
}

/// A bar of the histogram holds ratios within this factor.
const BAR: f64 = 1.25;

/// Pairs of the histogram's bars: inverted for certain, and all.
type Bars = std::collections::BTreeMap<i32, [usize; 2]>;

pub(super) fn near_pairs<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let (mut bars, mut said, mut why) = (Bars::new(), Vec::new(), String::new());
    for device in subject.devices() {
        let found = &device.estimands.evidence.near_pairs;
        let Some(found) = found.value() else {
            why = reason(found);
            continue;
        };
        let share = with_interval(&found.share.estimate, percent);
        said.push(format!(
            "{share} of {} pairs{} are inverted.",
            found.pairs, device.suffix
        ));
        let mut cases = subject.judged(&device);
        cases.sort_by(|a, b| a.1.total_cmp(&b.1));
        for (index, (_, flops, more)) in cases.iter().enumerate() {
            let nearer = cases[..index]
                .iter()
                .rev()
                .take_while(|(_, fewer, _)| flops / fewer <= 3.0);
            for (.., less) in nearer.filter(|(_, fewer, _)| flops / fewer >= 1.5) {
                let bar = ((more.value / less.value).ln() / BAR.ln()).floor() as i32;
                let counts = bars.entry(bar).or_default();
                counts[0] += usize::from(more.high() < less.low());
                counts[1] += 1;
            }
        }
    }
    if bars.is_empty() {
        return Err(why);
    }
    let rows = bars.iter().map(|(bar, [inverted, all])| {
        let ends = [*bar, bar + 1].map(|edge| BAR.powi(edge).to_string());
        ends.into_iter()
            .chain([inverted.to_string(), all.to_string()])
            .collect()
    });
    let csv = csv(&["from", "to", "inverted", "pairs"], rows);
    let word = subject.word();
    Ok(Sketch {
        title: "Near pairs: operations 1.5 to 3 times apart".into(),
        caption: format!(
            "How many pairs have which ratio of {word}. Left of 1× the case with more operations takes less {word}; orange where the 95% \
             intervals are apart as well. {} The rule asks for a lower bound above 10%.",
            said.join(" ")
        ),
        csv,
        draw: Box::new(move |title, caption| histogram(&bars, word, title, caption)),
    })
}

fn histogram(bars: &Bars, word: &str, title: &str, caption: &str) -> Result<String, String> {
    let mut canvas = Canvas::new(760.0);
    let edges = bars.keys().flat_map(|bar| [BAR.powi(*bar), BAR.powi(bar + 1)]);
    let (top, bottom) = (34.0, 274.0);
    let x = Axis::logarithmic(edges.chain([1.0]), (60.0, 740.0)).ok_or("there are no pairs")?;
    let y = Axis::from_zero(bars.values().map(|[_, all]| *all as f64), (bottom, top)).ok_or("there are no pairs")?;
    canvas.legend((60.0, 6.0), 680.0, &[(1, "inverted, intervals apart"), (5, "others")]);
    x.draw_below(&mut canvas, (top, bottom), short_times);
    y.draw_left(&mut canvas, (60.0, 740.0), |value| short(value, ""));
    for (bar, [inverted, all]) in bars {
        let (from, to) = (BAR.powi(*bar), BAR.powi(bar + 1));
        let range = format!("{} to {}", times(from), times(to));
        let width = x.at(to) - x.at(from) - 1.0;
        for (count, most, class, words) in [
            (all - inverted, *all, "s5", "others"),
            (*inverted, *inverted, "s1", "inverted"),
        ] {
            let height = y.at((most - count) as f64) - y.at(most as f64);
            canvas.bar(
                (x.at(from), y.at(most as f64)),
                (width, height),
                class,
                &format!("{count} pairs, {words}: {range}"),
            );
        }
    }
    canvas.line(&[(x.at(1.0), top), (x.at(1.0), bottom)], "ink", 1.5, "equal");
    let label = format!("{word} of the case with more operations over that of the one with fewer");
    canvas.text((400.0, bottom + 34.0), &label, Anchor::Middle);
    canvas.upright((16.0, f64::midpoint(top, bottom)), "pairs");
    Ok(canvas.finish(bottom + 58.0, title, caption))
}

pub(super) fn residuals<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let mut why = "none of the five can be fitted: too few cases, or all alike".to_owned();
    let (mut entries, mut rows) = (Vec::new(), Vec::new());
    for device in subject.devices() {
        let models = &device.estimands.evidence.models;
        let Some(models) = models.value() else {
            why = reason(models);
            continue;
        };
        for score in &models.scores {
            let words = score.predictor.words();
            let mut ratios: Vec<f64> = score.residuals.values().map(|residual| residual.exp()).collect();
            ratios.sort_by(f64::total_cmp);
            let [low, middle, high] = [0.1, 0.5, 0.9].map(|share| quantile_of_sorted(&ratios, share));
            let Some(middle) = middle else { continue };
            let points = score.residuals.iter().map(|(case, residual)| {
                let ratio = residual.exp();
                (ratio, format!("{case}: {} by {words}", times(ratio)))
            });
            entries.push(Entry {
                name: format!("{words}{}", device.suffix),
                value: middle,
                range: low.zip(high).map(|(low, high)| [low, high]),
                title: " from the 10th to the 90th percentile".into(),
                points: points.collect(),
                group: 0,
            });
            let row = |(case, residual): (&String, &f64)| {
                vec![
                    device.device.to_owned(),
                    words.to_owned(),
                    case.clone(),
                    residual.to_string(),
                ]
            };
            rows.extend(score.residuals.iter().map(row));
        }
    }
    if entries.is_empty() {
        return Err(why);
    }
    let figure = Ranges {
        label: format!("predicted over measured {}", subject.word()),
        format: short_times,
        entries,
        references: vec![(1.0, "right")],
        is_logarithmic: true,
        groups: Vec::new(),
    };
    Ok(Sketch {
        title: "What five predictors leave over".into(),
        caption: "Each line is a case, predicted without its family; mark: the median, bar: from the 10th to the 90th percentile.".into(),
        csv: csv(&["device", "predictor", "case", "ln_predicted_over_measured"], rows),
        draw: Box::new(move |title, caption| figure.draw(title, caption)),
    })
}

pub(super) fn proxy_errors<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let devices = subject.devices();
    let proxies = devices
        .iter()
        .flat_map(|device| device.estimands.proxies.iter().map(|proxy| (proxy, &device.suffix)));
    let mut entries: Vec<Entry> = proxies
        .filter_map(|(proxy, suffix)| {
            Some(Entry {
                name: format!("{}{suffix}", proxy.name),
                value: proxy.lofo_mape?.max(1e-4),
                group: usize::from(proxy.kind == ProxyKind::PostHoc),
                ..Entry::default()
            })
        })
        .collect();
    if entries.is_empty() {
        return Err("no proxy has an error for an unseen family: there is one family only".into());
    }
    entries.sort_by(|a, b| a.value.total_cmp(&b.value));
    let kinds = ["a-priori", "post-hoc"];
    let rows = entries
        .iter()
        .map(|entry| vec![entry.name.clone(), kinds[entry.group].into(), entry.value.to_string()]);
    let csv = csv(&["proxy", "kind", "lofo_mape"], rows);
    let figure = Ranges {
        label: "mean error for an unseen family".into(),
        format: |value| short_times(100.0 * value).replace('×', "%"),
        entries,
        references: Vec::new(),
        is_logarithmic: true,
        groups: vec!["counted".into(), "needs measured time".into()],
    };
    Ok(Sketch {
        title: format!("Which cost proxy predicts {}", subject.word()),
        caption: "Log-log fits: mean absolute percentage error, leaving out one family at a time.".into(),
        csv,
        draw: Box::new(move |title, caption| figure.draw(title, caption)),
    })
}

pub(super) fn drift<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let (mut entries, mut why) = (Vec::new(), String::new());
    for device in subject.devices() {
        let controls = &device.estimands.controls;
        match controls.drift.value() {
            Some(drift) => entries.extend(drift.rounds.iter().enumerate().map(|(round, ratio)| Entry {
                name: format!("round {}{}", round + 1, device.suffix),
                value: *ratio,
                ..Entry::default()
            })),
            None => why = reason(&controls.drift),
        }
        entries.extend(controls.a_a.value().map(|pair| Entry {
            name: format!("one case under two names{}", device.suffix),
            value: pair.ratio.value,
            range: pair.ratio.ci95,
            group: 1,
            ..Entry::default()
        }));
    }
    if entries.is_empty() {
        return Err(why);
    }
    let rows = entries
        .iter()
        .map(|entry| vec![entry.name.clone(), entry.value.to_string()]);
    let csv = csv(&["what", "ratio"], rows);
    let figure = Ranges {
        label: format!("{}, relative to the mean of all rounds", capital(subject.word())),
        format: |value| percent(value - 1.0),
        entries,
        references: vec![(1.0, "")],
        is_logarithmic: true,
        groups: Vec::new(),
    };
    Ok(Sketch {
        title: "Drift and controls".into(),
        caption: "Geometric mean over all cases of each round's value over the case's own mean.".into(),
        csv,
        draw: Box::new(move |title, caption| figure.draw(title, caption)),
    })
}
