//! Thompson, Greenewald, Lee, Manso 2020, arXiv 2007.05558: hardware burden, and what a smaller error costs. In: subjects. Out: the
//! burden beside the FLOPs, and the joules of half an error under their exponents, which is an extrapolation.

use std::collections::BTreeMap;

use joulemark_base::estimate::Estimate;
use joulemark_base::si::plural;
use joulemark_base::statistics::median;

use super::claim::{Answer, Basis, Claim, Dimension, Way};
use super::subject::{Subject, energy_basis, grouped, least, over_rounds, ratio_over_rounds};
use crate::samples::Count;
use crate::stats::rank::spearman;

const SOURCE: &str = "Thompson et al. 2020, The Computational Limits of Deep Learning, arXiv 2007.05558";

/// Error on `ImageNet` ∝ compute^(−1/12.1); the interval of the exponent is 10.6 to 14.1.
const EXPONENT: Estimate = Estimate {
    value: 12.1,
    ci95: Some([10.6, 14.1]),
};

pub(super) fn claims(subjects: &[Subject<'_>]) -> Vec<Claim> {
    vec![
        Claim::new(
            "thompson-burden",
            SOURCE,
            "Where no operations are reported, processors × peak rate × time stands in for them: the hardware burden.",
            "no number: a stand-in for operations",
        )
        .answered(burden(subjects), "fewer than three cases have operations and a time"),
        Claim::new(
            "thompson-error",
            SOURCE,
            "A smaller error costs a power of compute.",
            "error on ImageNet ∝ compute^(−1/12.1), exponent 10.6 to 14.1: half the error for 2^12.1 ≈ 4400 times the compute",
        )
        .answered(half_the_error(subjects), "no case has both operations and joules"),
    ]
}

/// Burden over FLOPs, which is one over the share of the peak, and whether the two order cases alike. The peak is the best rate
/// that was seen in a precision, since no interface tells the processors' own.
fn burden(subjects: &[Subject<'_>]) -> Vec<Answer> {
    let by_device = grouped(subjects, |subject| {
        subject.positive(Count::FlopsTask).map(|_| subject.device.to_owned())
    });
    let mut answers = Vec::new();
    for (device, cases) in by_device.into_iter().filter(|(_, cases)| cases.len() > 2) {
        let flops: Vec<f64> = cases.iter().filter_map(|case| case.count(Count::FlopsTask)).collect();
        let burdens = |round| -> Option<Vec<f64>> {
            let rates = cases
                .iter()
                .zip(&flops)
                .map(|(case, flops)| Some(flops / case.time_s(round)?));
            let rates: Vec<f64> = rates.collect::<Option<_>>()?;
            let mut peaks: BTreeMap<&str, f64> = BTreeMap::new();
            for (case, rate) in cases.iter().zip(&rates) {
                let peak = peaks.entry(&case.facts.precision).or_default();
                *peak = peak.max(*rate);
            }
            let times = cases.iter().zip(flops.iter().zip(&rates));
            Some(
                times
                    .map(|(case, (flops, rate))| peaks[case.facts.precision.as_str()] * flops / rate)
                    .collect(),
            )
        };
        let over_flops = |burdens: Vec<f64>| {
            burdens
                .iter()
                .zip(&flops)
                .map(|(burden, flops)| burden / flops)
                .collect::<Vec<_>>()
        };
        let all = || cases.iter().copied();
        let order = over_rounds(all(), |round| spearman(&flops, &burdens(round)?));
        let typical = ratio_over_rounds(all(), |round| median(&over_flops(burdens(round)?)));
        let worst = ratio_over_rounds(all(), |round| over_flops(burdens(round)?).into_iter().reduce(f64::max));
        for (what, value, dimension) in [
            (
                "Spearman's correlation of FLOPs and hardware burden",
                order,
                Dimension::Number,
            ),
            ("hardware burden over FLOPs, median", typical, Dimension::Ratio),
            ("hardware burden over FLOPs, largest", worst, Dimension::Ratio),
        ] {
            answers.extend(value.map(|value| Answer {
                device: device.clone(),
                what: what.into(),
                value,
                dimension,
                basis: Basis::Timed,
                way: Way::Direct,
                rests_on: format!(
                    "{}; peak rate: the best seen in each precision",
                    plural(cases.len(), "case")
                ),
            }));
        }
    }
    answers
}

/// What compute costs in joules at best, and what the compute of half the error would cost at that.
fn half_the_error(subjects: &[Subject<'_>]) -> Vec<Answer> {
    let by_device = grouped(subjects, |subject| {
        Some((subject.device.to_owned(), subject.facts.precision.clone()))
    });
    let mut answers = Vec::new();
    for ((device, precision), cases) in by_device {
        let dense = cases
            .into_iter()
            .filter(|case| matches!(case.facts.op.as_str(), "matmul" | "conv2d"));
        let per_flop = |case: &Subject<'_>, round| Some(case.joules(round)? / case.positive(Count::FlopsTask)?);
        let plain = dense.filter(|case| !case.facts.has_structured_input());
        let Some(best) = least(plain, |case| per_flop(case, None)) else {
            continue;
        };
        let Some(now) = over_rounds([best], |round| Some(1e15 * per_flop(best, round)?)) else {
            continue;
        };
        let factor = EXPONENT.map(f64::exp2);
        let then = Estimate {
            value: now.value * factor.value,
            ci95: Some([now.low() * factor.low(), now.high() * factor.high()]),
        };
        let say = |what: &str, value, way| Answer {
            device: device.clone(),
            what: format!("{what} ({precision})"),
            value,
            dimension: Dimension::Joule,
            basis: energy_basis([best]),
            way,
            rests_on: format!("the thriftiest case, {}", best.facts.label()),
        };
        answers.push(say("joules of 10¹⁵ operations", now, Way::Direct));
        answers.push(say(
            "joules of the compute that halves the error such 10¹⁵ operations reach",
            then,
            Way::Extrapolated,
        ));
    }
    answers
}
