//! What choosing a kernel by a cost takes more than the thriftiest does. In: the subject. Out: a sketch.

use joulemark_base::si::{percent, with_interval};

use super::ranges::{Entry, Ranges};
use super::subject::{Subject, estimate_fields, reason, short_times};
use super::{Sketch, csv};

/// Name in the findings, words.
const CHOICES: [(&str, &str); 4] = [
    ("flops", "least operations of the task"),
    ("executed_operations", "least executed operations"),
    ("bytes", "least bytes"),
    ("time", "fastest"),
];

pub(super) fn four_numbers<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let (mut entries, mut rows, mut said, mut why) = (Vec::new(), Vec::new(), Vec::new(), String::new());
    for device in subject.devices() {
        let Some(action) = device.estimands.action.value() else {
            why = reason(&device.estimands.action);
            continue;
        };
        if let Some(share) = action.surely_two_kernels.value() {
            said.push(format!(
                " On {} of {} problems{} fastest and thriftiest differ for certain.",
                with_interval(share, percent),
                action.contests,
                device.suffix
            ));
        }
        for (key, words) in CHOICES {
            let Some(regret) = action.regret.get(key) else { continue };
            let name = format!("{words}{}", device.suffix);
            rows.push(std::iter::once(name.clone()).chain(estimate_fields(regret)).collect());
            entries.push(Entry {
                name,
                value: regret.value,
                range: regret.ci95,
                ..Entry::default()
            });
        }
    }
    if entries.is_empty() {
        return Err(why);
    }
    let figure = Ranges {
        label: "energy of the chosen kernel over that of the thriftiest".into(),
        format: short_times,
        entries,
        references: vec![(1.0, "thriftiest")],
        is_logarithmic: true,
        groups: Vec::new(),
    };
    Ok(Sketch {
        title: "What a choice of kernel costs".into(),
        caption: format!(
            "Geometric mean over the problems that two kernels or more computed, with 95% intervals by problems. Among equals by a cost the \
             choice is blind.{}",
            said.concat()
        ),
        csv: csv(&["chosen_by", "ratio", "low", "high"], rows),
        draw: Box::new(move |title, caption| figure.draw(title, caption)),
    })
}
