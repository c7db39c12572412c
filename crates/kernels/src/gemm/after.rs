//! Bias and ReLU as passes of their own over an output in place, after whatever stored the sums.

use crate::plan::{Pass, fold_grid};
use crate::precision::Precision;
use crate::reference::ErrorBound;
use crate::wgsl::{Prelude, compose};

/// Workgroup of both passes.
const WORKGROUP: u32 = 64;

/// Both passes, one invocation for each of so many numbers or vectors. `bias` and `output` are buffers; the WGSL of the first
/// pass binds both, that of the second the output.
pub(crate) fn bias_and_relu(
    precision: Precision,
    constants: &[(&str, u32)],
    invocations: u64,
    texts: [&str; 2],
    [bias, output]: [usize; 2],
) -> [Pass; 2] {
    let grid = fold_grid(invocations.div_ceil(WORKGROUP.into()));
    let prelude = Prelude::new(precision)
        .numbers(constants)
        .numbers(&[("GRID_X", grid[0]), ("WORKGROUP_X", WORKGROUP)]);
    let pass = |label, text, bindings| Pass::new(label, compose(&prelude, &[text]), grid, bindings);
    [
        pass("bias", texts[0], vec![bias, output]),
        pass("relu", texts[1], vec![output]),
    ]
}

/// The bound where the sum is stored, and with it rounded, once more before the bias is added.
pub(crate) fn stored_once_more(bound: ErrorBound) -> ErrorBound {
    ErrorBound {
        gamma: bound.gamma + bound.output_epsilon * (1.0 + bound.gamma),
        floor: 2.0 * bound.floor,
        ..bound
    }
}
