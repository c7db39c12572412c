//! A training step of a layer, measured: the forward pass and the gradients by input and by weights. In: subjects. Out: the passes
//! of each layer that was measured in all three, and what a step takes over its forward pass.

use std::collections::BTreeMap;

use joulemark_base::estimate::Estimate;

use super::subject::{Subject, Value, grouped, least, ratio_over_rounds, typical};

/// Device and precision.
pub(super) type Place = (String, String);

/// The best kernel of each pass of a layer: forward, gradient by input, gradient by weights.
pub(super) type Step<'a, 'b> = [&'b Subject<'a>; 3];

/// The steps of all layers that were measured in all three passes, by the kernels of least value.
pub(super) fn steps<'a, 'b>(subjects: &'b [Subject<'a>], value: Value) -> BTreeMap<Place, Vec<Step<'a, 'b>>> {
    let plain = subjects.iter().filter(|subject| !subject.facts.has_structured_input());
    let places = grouped(plain, |subject| {
        Some((subject.device.to_owned(), subject.facts.precision.clone()))
    });
    let mut steps = BTreeMap::new();
    for (place, kernels) in places {
        let problems = grouped(kernels, |kernel| {
            Some((kernel.facts.op.clone(), kernel.facts.problem()))
        });
        let best = |key: &(String, String)| least(problems.get(key)?.iter().copied(), |kernel| value(kernel, None));
        let step = |(op, problem): &(String, String)| {
            let [by_input, by_weights] = gradients(op, problem)?;
            Some([
                best(&(op.clone(), problem.clone()))?,
                best(&by_input)?,
                best(&by_weights)?,
            ])
        };
        let own: Vec<Step<'a, 'b>> = problems.keys().filter_map(step).collect();
        if !own.is_empty() {
            steps.insert(place, own);
        }
    }
    steps
}

/// The gradients of a problem as problems of their own: those of C = A·B are products with a transposed operand.
fn gradients(op: &str, problem: &str) -> Option<[(String, String); 2]> {
    match op {
        "conv2d" => Some(["dx", "dw"].map(|by| ("gradient".to_owned(), format!("{by}-{problem}")))),
        "matmul" => {
            let sides: Vec<&str> = problem.split('x').collect();
            let [m, n, k] = sides[..] else { return None };
            let is_plain = sides.iter().all(|side| side.bytes().all(|byte| byte.is_ascii_digit()));
            let names = [format!("{m}x{k}x{n}tb"), format!("{k}x{n}x{m}ta")];
            is_plain.then(|| names.map(|name| ("matmul".to_owned(), name)))
        }
        _ => None,
    }
}

/// What a step takes over its forward pass: geometric mean over the layers.
pub(super) fn over_forward(steps: &[Step<'_, '_>], value: Value) -> Option<Estimate> {
    ratio_over_rounds(steps.iter().flatten().copied(), |round| {
        typical(steps.iter().map(|[forward, by_input, by_weights]| {
            let once = value(forward, round)?;
            Some((once + value(by_input, round)? + value(by_weights, round)?) / once)
        }))
    })
}
