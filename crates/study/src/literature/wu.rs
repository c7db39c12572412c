//! Wu et al. 2022, "Sustainable AI", arXiv 2111.00364: narrow numbers, fused operators, and the carbon of making the device. In:
//! subjects, and what the caller says of the device. Out: ratios of time and joules, and the embodied share.

use super::account::Account;
use super::claim::{Answer, Basis, Claim, Dimension, Way};
use super::pairs::Pairs;
use super::subject::{JOULES, Subject, TIME, grouped};

const SOURCE: &str = "Wu et al. 2022, Sustainable AI, arXiv 2111.00364";

pub(super) fn claims(subjects: &[Subject<'_>], accounts: &[Account]) -> Vec<Claim> {
    vec![
        Claim::new(
            "wu-precision",
            SOURCE,
            "Numbers of half the width save energy.",
            "2.4× from f32 to f16 on GPUs, one Transformer in production",
        )
        .answered(
            narrow(subjects),
            "no product or convolution was measured both in f32 and in a narrower precision: run the suite precision",
        ),
        Claim::new(
            "wu-fusion",
            SOURCE,
            "Fused operators save energy.",
            "5× from operators fused in one kernel, one Transformer in production",
        )
        .answered(
            fusion(subjects),
            "nothing was measured both fused and unfused: run the suite fusion",
        ),
        Claim::new(
            "wu-embodied",
            SOURCE,
            "Making the hardware emits a large part of what a computation emits.",
            "embodied to operational 30 : 70",
        )
        .answered(
            accounts.iter().filter_map(embodied).collect(),
            "no emissions of making the device were given (--embodied), or no joules of a run are known",
        ),
    ]
}

/// The best kernel in f32 over the best in a narrower precision, on the same problem.
fn narrow(subjects: &[Subject<'_>]) -> Vec<Answer> {
    let kernels = subjects.iter().filter(|kernel| {
        let facts = kernel.facts;
        matches!(facts.op.as_str(), "matmul" | "conv2d")
            && !facts.has_structured_input()
            && facts.algorithm != "depthwise_dense"
    });
    let mut answers = Vec::new();
    for (device, kernels) in grouped(kernels, |kernel| Some(kernel.device.to_owned())) {
        let problems = grouped(kernels, |kernel| Some(kernel.facts.work()));
        for narrow in ["f16", "f16acc", "i8"] {
            for (what, value) in [("time", TIME), ("joules", JOULES)] {
                let is = |precision: &'static str| move |kernel: &Subject<'_>| kernel.facts.precision == precision;
                let pairs = Pairs::best(problems.values(), is("f32"), is(narrow), value);
                let basis = if what == "time" {
                    Basis::Timed
                } else {
                    pairs.energy_basis()
                };
                let what = format!("{what} in f32 over {what} in {narrow}, the best kernel of each");
                answers.extend(pairs.answer(&device, what, value, basis));
            }
        }
    }
    answers
}

/// The unfused kernel over the best fused one, on the same problem.
fn fusion(subjects: &[Subject<'_>]) -> Vec<Answer> {
    let mut answers = Vec::new();
    let by_device = grouped(subjects, |kernel| {
        Some((kernel.device.to_owned(), kernel.facts.precision.clone()))
    });
    for ((device, precision), kernels) in by_device {
        let problems = grouped(kernels, |kernel| Some(kernel.facts.work()));
        let is_unfused = |kernel: &Subject<'_>| kernel.facts.algorithm == "unfused";
        for (what, value) in [("time", TIME), ("joules", JOULES)] {
            let pairs = Pairs::best(problems.values(), is_unfused, |kernel| !is_unfused(kernel), value);
            let basis = if what == "time" {
                Basis::Timed
            } else {
                pairs.energy_basis()
            };
            let what = format!("{what} unfused over {what} of the best fused kernel, {precision}");
            answers.extend(pairs.answer(&device, what, value, basis));
        }
    }
    answers
}

/// The embodied share of what a run emitted.
fn embodied(account: &Account) -> Option<Answer> {
    let (embodied, operational) = (account.embodied_kg_co2e?, account.kg_co2e);
    // The more was drawn, the smaller is the share.
    let share = operational.map(|operational| embodied / (embodied + operational));
    Some(Answer {
        device: account.device.clone(),
        what: format!("embodied share of the emissions of {}", account.subject),
        value: share,
        dimension: Dimension::Share,
        basis: account.basis,
        way: Way::Derived,
        rests_on: account.rests_on.clone(),
    })
}
