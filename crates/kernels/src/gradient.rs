//! Backward passes of convolutions: an invocation per number of the gradient adds up what reaches it.

use crate::algorithm::Algorithm;
use crate::conv2d::{columns_inside, rows_inside};
use crate::cost::Cost;
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{BufferSpec, Pass, Role, fold_grid};
use crate::precision::Precision;
use crate::problem::Problem;
use crate::problem::{Gradient, Operand};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, compose, shader};

/// All algorithms for gradients.
pub(crate) static ALGORITHMS: [&dyn Algorithm; 2] = [&Direct(Operand::Input), &Direct(Operand::Weights)];

/// One invocation per number.
struct Direct(Operand);

fn gradient(problem: &Problem) -> &Gradient {
    match problem {
        Problem::Gradient(gradient) => gradient,
        _ => unreachable!("`prepare` matches the problem's kind with the algorithm's"),
    }
}

impl Algorithm for Direct {
    fn op(&self) -> Op {
        Op::Gradient
    }

    fn name(&self) -> &'static str {
        match self.0 {
            Operand::Input => "input_direct",
            Operand::Weights => "weights_direct",
        }
    }

    fn summary(&self) -> &'static str {
        match self.0 {
            Operand::Input => "one invocation per input pixel and channel gathers the outputs that it reached",
            Operand::Weights => "one invocation per weight walks the pixels of all images that it was multiplied with",
        }
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [64, 256, 8].map(|x| Variant::new(&[("workgroup_x", x)])).to_vec()
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        if gradient(problem).by != self.0 {
            return Err(Unsupported::new(format!("{} does not compute {problem}", self.name())));
        }
        if precision == Precision::I8 {
            return Err(Unsupported::new("gradients are computed on floats, not on i8"));
        }
        variant.positive(&["workgroup_x"])
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let conv = &gradient(problem).conv;
        let names = problem.tensor_names();
        let count = |shape: Vec<u32>| shape.iter().product::<u32>();
        let [first, second, out] = [
            problem.shape_of_input(0),
            problem.shape_of_input(1),
            problem.shape_of_output(),
        ]
        .map(count);
        let buffer = |label, role, element, count| BufferSpec::new(label, role, element, Layout::dense(1, 1, count, 1));
        let buffers = vec![
            buffer(names[0], Role::Input(0), precision.input(), first),
            buffer(names[1], Role::Input(1), precision.input(), second),
            buffer(names[2], Role::Output, precision.output(), out),
        ];
        let grid = fold_grid(u64::from(out).div_ceil(variant.get("workgroup_x").into()));
        let prelude = Prelude::new(precision)
            .numbers(&[
                ("COUNT", out),
                ("IMAGES", conv.n),
                ("CHANNELS", conv.c),
                ("GROUP_CHANNELS", conv.c / conv.groups),
                ("FILTERS", conv.k),
                ("GROUP_FILTERS", conv.k / conv.groups),
                ("FILTER_R", conv.r),
                ("FILTER_S", conv.s),
                ("IN_H", conv.h),
                ("IN_W", conv.w),
                ("OUT_H", conv.p()),
                ("OUT_W", conv.q()),
                ("STRIDE_Y", conv.stride[0]),
                ("STRIDE_X", conv.stride[1]),
                ("PAD_TOP", conv.padding[0]),
                ("PAD_LEFT", conv.padding[1]),
                ("DILATION_Y", conv.dilation[0]),
                ("DILATION_X", conv.dilation[1]),
                ("GRID_X", grid[0]),
            ])
            .variant(variant);
        let text = match self.0 {
            Operand::Input => shader!("gradient/input_direct.wgsl"),
            Operand::Weights => shader!("gradient/weights_direct.wgsl"),
        };
        Plan::of(
            buffers,
            Pass::new(self.name(), compose(&prelude, &[text]), grid, vec![0, 1, 2]),
        )
    }

    /// The products of the forward pass, those with the padding left out; each reads both of its factors.
    fn cost(&self, problem: &Problem, precision: Precision, _variant: &Variant) -> Cost {
        let conv = &gradient(problem).conv;
        let [images, filters, channels] = [conv.n, conv.k, conv.c / conv.groups].map(u64::from);
        let products = images * filters * channels * rows_inside(conv) * columns_inside(conv);
        let outputs: u64 = problem.shape_of_output().iter().map(|&size| u64::from(size)).product();
        Cost::new(
            problem,
            precision,
            2 * products,
            2 * precision.input().bytes() * products + precision.output().bytes() * outputs,
        )
    }
}
