//! The ratios that experiments compare: one number from the cases of one group. In: cases with their response. Out: a
//! ratio, or nothing where the group lacks what is to be compared.

use std::collections::BTreeMap;

use super::Member;
use crate::samples::{Count, recurrence};
use joulemark_base::statistics::geometric_mean;

/// Executed operations this close to the task's count as plain: skipped padding and sums of parts are no other algorithm.
/// One level of Strassen, which is one, saves 12.5% of the multiplications.
const PLAIN: f64 = 0.1;

/// Inputs that stand for random data, the preferred first.
const RANDOM: [&str; 4] = ["uniform", "normal", "random", "random_bits"];

/// Most over least.
pub(super) fn spread(members: &[Member<'_>]) -> Option<f64> {
    most_over_least(members.iter().map(|member| member.response))
}

/// Most over least among the kinds of data, each the geometric mean of its cases.
pub(super) fn spread_of_inputs(members: &[Member<'_>]) -> Option<f64> {
    let mut inputs: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for member in members {
        inputs.entry(&member.facts.input).or_default().push(member.response);
    }
    most_over_least(inputs.values().filter_map(|responses| geometric_mean(responses)))
}

/// Most over least per operation of the task.
pub(super) fn spread_per_operation(members: &[Member<'_>]) -> Option<f64> {
    most_over_least(members.iter().filter_map(|member| {
        let flops = member.facts.count(Count::FlopsTask).filter(|flops| *flops > 0.0)?;
        Some(member.response / flops)
    }))
}

fn most_over_least(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    let (least, most) = (
        values.iter().copied().reduce(f64::min)?,
        values.iter().copied().reduce(f64::max)?,
    );
    (values.len() > 1).then(|| most / least)
}

/// Of algorithms that execute fewer operations than the task has: how far their energy falls behind their operations.
pub(super) fn saved_operations(members: &[Member<'_>]) -> Option<f64> {
    let share = |member: &Member<'_>| {
        let task = member.facts.count(Count::FlopsTask).filter(|flops| *flops > 0.0)?;
        Some(member.facts.count(Count::OpsExecuted)? / task)
    };
    let plain = members
        .iter()
        .filter_map(|member| Some((member.response, share(member)?)))
        .filter(|(_, share)| (share - 1.0).abs() <= PLAIN)
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    let saving: Vec<f64> = members
        .iter()
        .filter_map(|member| Some((member.response, share(member)?)))
        .filter(|(_, share)| *share > 0.0 && *share < 1.0 - PLAIN)
        .map(|(response, share)| (response / plain.0) / (share / plain.1))
        .collect();
    geometric_mean(&saving)
}

/// Other precisions over f32.
pub(super) fn narrow_against_f32(members: &[Member<'_>]) -> Option<f64> {
    let wide = members.iter().find(|member| member.facts.precision == "f32")?;
    let narrow: Vec<f64> = members
        .iter()
        .filter(|member| member.facts.precision != "f32")
        .map(|member| member.response / wide.response)
        .collect();
    geometric_mean(&narrow)
}

/// Zeros over random data.
pub(super) fn zeros_against_random(members: &[Member<'_>]) -> Option<f64> {
    let of = |input: &str| members.iter().find(|member| member.facts.input == input);
    let random = RANDOM.into_iter().find_map(of)?;
    Some(of("zeros")?.response / random.response)
}

/// Per executed operation: where there are fewest over where there are most.
pub(super) fn fewest_against_most(members: &[Member<'_>]) -> Option<f64> {
    let mut by_operations: Vec<(f64, f64)> = members
        .iter()
        .filter_map(|member| {
            let operations = member
                .facts
                .count(Count::OpsExecuted)
                .or(member.facts.count(Count::FlopsTask))?;
            Some((operations, member.response)).filter(|_| operations > 0.0)
        })
        .collect();
    by_operations.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ((few, at_few), (many, at_many)) = (by_operations.first()?, by_operations.last()?);
    (many > few).then(|| (at_few / few) / (at_many / many))
}

/// The unfused kernel over the best other.
pub(super) fn unfused_against_fused(members: &[Member<'_>]) -> Option<f64> {
    let best = |unfused: bool| {
        members
            .iter()
            .filter(|member| (member.facts.algorithm == "unfused") == unfused)
            .map(|member| member.response)
            .reduce(f64::min)
    };
    Some(best(true)? / best(false)?)
}

/// The dense form over the depthwise kernel, per executed operation.
pub(super) fn dense_against_depthwise(members: &[Member<'_>]) -> Option<f64> {
    let per_operation = |algorithm: &str| {
        let member = members.iter().find(|member| member.facts.algorithm == algorithm)?;
        Some(
            member.response
                / member
                    .facts
                    .count(Count::OpsExecuted)
                    .filter(|operations| *operations > 0.0)?,
        )
    };
    Some(per_operation("depthwise_dense")? / per_operation("depthwise")?)
}

/// Depthwise layers' share of the response over their share of the operations; the fastest kernel stands for a layer.
pub(super) fn depthwise_joules_per_flop(members: &[Member<'_>]) -> Option<f64> {
    let mut layers: BTreeMap<String, (bool, f64, f64)> = BTreeMap::new();
    for member in members {
        let workloads = member
            .facts
            .workloads
            .iter()
            .filter_map(|workload| workload.split_once('/'));
        let times: f64 = workloads
            .map(|(_, layer)| recurrence(layer))
            .fold(0.0, f64::max)
            .max(1.0);
        let flops = times * member.facts.count(Count::FlopsTask)?;
        let layer = (member.facts.shape.is_depthwise(), flops, times * member.response);
        let best = layers.entry(member.facts.problem()).or_insert(layer);
        if layer.2 < best.2 {
            *best = layer;
        }
    }
    let sum = |depthwise: bool, of: fn(&(bool, f64, f64)) -> f64| -> f64 {
        layers.values().filter(|layer| layer.0 || !depthwise).map(of).sum()
    };
    let share = |of| sum(true, of) / sum(false, of);
    Some(share(|layer| layer.2) / share(|layer| layer.1)).filter(|ratio| *ratio > 0.0 && *ratio != 1.0)
}
