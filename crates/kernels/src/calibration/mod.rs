//! Calibration: chains of one operation on each word. They give an adapter's own ceilings, and joules per operation and
//! per byte; the reference for them is in `reference::chain`.

mod coop_chain;
mod transfer;

use std::fmt::Write;

use crate::algorithm::Algorithm;
use crate::cost::Cost;
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::{BufferSpec, Pass, Role, fold_grid};
use crate::plan::{Plan, Transfer};
use crate::precision::Precision;
use crate::problem::Problem;
use crate::problem::{Chain, Function};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, compose, shader};
use joulemark_base::device_class::DeviceClass;

use self::transfer::Copied;

/// All calibration kernels.
pub(crate) static ALGORITHMS: [&dyn Algorithm; 12] = [
    &Kernel(Function::Copy),
    &Copied(Transfer::Upload),
    &Copied(Transfer::Download),
    &Kernel(Function::Fma),
    &Kernel(Function::Dot),
    &Kernel(Function::Add),
    &Kernel(Function::Mul),
    &Kernel(Function::Div),
    &Kernel(Function::Exp),
    &Kernel(Function::Tanh),
    &Kernel(Function::SquaredRelu),
    &coop_chain::CoopChain,
];

const APART: &str = "cooperative matrices have a kernel of their own";

/// The kernel of one function.
struct Kernel(Function);

/// `vectors` of four words per invocation, whose chains are independent of each other; `unroll` steps in the text.
fn variant(workgroup: u32, vectors: u32, unroll: u32) -> Variant {
    Variant::new(&[("workgroup", workgroup), ("vectors", vectors), ("unroll", unroll)])
}

fn chain(problem: &Problem) -> &Chain {
    match problem {
        Problem::Chain(chain) => chain,
        _ => unreachable!("`prepare` matches the problem's kind with the algorithm's"),
    }
}

impl Algorithm for Kernel {
    fn op(&self) -> Op {
        Op::Calibration
    }

    fn name(&self) -> &'static str {
        match self.0 {
            Function::Copy => "copy",
            Function::Fma => "fma_chain",
            Function::Dot => "dot4_chain",
            Function::Add => "add_chain",
            Function::Mul => "mul_chain",
            Function::Div => "div_chain",
            Function::Exp => "exp_chain",
            Function::Tanh => "tanh_chain",
            Function::SquaredRelu => "squared_relu",
            Function::Coop => unreachable!("{APART}"),
        }
    }

    fn summary(&self) -> &'static str {
        match self.0 {
            Function::Copy => "reads and writes each word, without any arithmetic",
            Function::Fma => "fused multiply-adds on each word, one after the other: the peak of float arithmetic",
            Function::Dot => "packed dot products of four i8 on each word: the peak of int8 arithmetic",
            Function::Add => "additions on each word",
            Function::Mul => "multiplications on each word",
            Function::Div => "divisions on each word",
            Function::Exp => "exponentials on each word",
            Function::Tanh => "hyperbolic tangents on each word",
            Function::SquaredRelu => "max(x, 0) squared, the activation of Primer, in one pass",
            Function::Coop => unreachable!("{APART}"),
        }
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        vec![
            variant(256, 1, 16),
            variant(64, 1, 16),
            variant(64, 2, 16),
            variant(256, 2, 64),
        ]
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        match class {
            // Eight chains of eight lanes hide the latency and still fit sixteen registers.
            DeviceClass::Cpu => variant(64, 2, 16),
            _ => self.variants(precision).swap_remove(0),
        }
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let chain = chain(problem);
        if chain.function != self.0 {
            return Err(Unsupported::new(format!(
                "{} does not compute {}",
                self.name(),
                chain.function.name()
            )));
        }
        if (precision == Precision::I8) != (self.0 == Function::Dot) {
            return Err(Unsupported::new(format!(
                "{} is not for {precision}: dot4_chain is for i8, the others for floats",
                self.name()
            )));
        }
        if variant.iter().any(|(_, value)| value == 0) {
            return Err(Unsupported::new(format!(
                "{variant}: every parameter must be at least 1"
            )));
        }
        Ok(())
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let chain = chain(problem);
        let buffers = buffers(chain, precision);
        let [workgroup, vectors] = ["workgroup", "vectors"].map(|name| variant.get(name));
        let quads = chain.words.div_ceil(4);
        let grid = fold_grid(u64::from(quads).div_ceil(u64::from(workgroup) * u64::from(vectors)));
        let prelude = Prelude::new(precision)
            .numbers(&[("QUADS", quads), ("GRID_X", grid[0])])
            .variant(variant);
        let body = body(chain, vectors, variant.get("unroll"));
        let pass = Pass::new(
            self.name(),
            compose(&prelude, &[shader!("calibration/chain.wgsl"), self.step(), &body]),
            grid,
            vec![0, 1, 2],
        );
        Plan::of(buffers, pass)
    }

    /// Each word is read and written once; the two coefficients stay in a cache. Words are padded to vectors of four.
    fn cost(&self, problem: &Problem, precision: Precision, _tuning: &Variant) -> Cost {
        let chain = chain(problem);
        let padded = Chain {
            words: chain.words.next_multiple_of(4),
            ..*chain
        };
        let ops_executed = Problem::Chain(padded).operations();
        Cost::new(problem, precision, ops_executed, problem.bytes_min(precision))
    }
}

impl Kernel {
    /// The text of `step`.
    fn step(&self) -> &'static str {
        match self.0 {
            Function::Copy => "",
            Function::Fma => shader!("calibration/fma_chain.wgsl"),
            Function::Dot => shader!("calibration/dot4_chain.wgsl"),
            Function::Add => shader!("calibration/add_chain.wgsl"),
            Function::Mul => shader!("calibration/mul_chain.wgsl"),
            Function::Div => shader!("calibration/div_chain.wgsl"),
            Function::Exp => shader!("calibration/exp_chain.wgsl"),
            Function::Tanh => shader!("calibration/tanh_chain.wgsl"),
            Function::SquaredRelu => shader!("calibration/squared_relu.wgsl"),
            Function::Coop => unreachable!("{APART}"),
        }
    }
}

/// X, the coefficients and Y; four i8 of a word lie in one unit.
fn buffers(chain: &Chain, precision: Precision) -> Vec<BufferSpec> {
    let interleave = precision.interleave();
    let words = Layout::dense(1, interleave, chain.words, interleave).pad_spatial();
    let coefficients = Layout::dense(1, interleave, 2, interleave).pad_spatial();
    let out = Layout::dense(1, 1, chain.words, 1).pad_spatial();
    vec![
        BufferSpec::new("X", Role::Input(0), precision.input(), words),
        BufferSpec::new("C", Role::Input(1), precision.input(), coefficients),
        BufferSpec::new("Y", Role::Output, precision.output(), out),
    ]
}

/// `main`: loads the invocation's vectors, takes all steps on them in turn, stores them. Steps stand in the text because
/// compilers do not unroll loops for sure.
fn body(chain: &Chain, vectors: u32, unroll: u32) -> String {
    let mut text = String::from(
        "@compute @workgroup_size(WORKGROUP, 1)\n\
         fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {\n\
         \x20   let a = Acc(coefficients[0]);\n\
         \x20   let b = Acc(coefficients[1]);\n\
         \x20   let first = linear_group(group) * (WORKGROUP * VECTORS) + local.x;\n",
    );
    for vector in 0..vectors {
        let _ = writeln!(text, "    var x{vector} = load(first + {vector}u * WORKGROUP);");
    }
    let steps = |text: &mut String, indent: &str, count: u32| {
        for _ in 0..count {
            for vector in 0..vectors {
                let _ = writeln!(text, "{indent}x{vector} = step(x{vector}, a, b);");
            }
        }
    };
    let (rounds, rest) = (chain.steps / unroll, chain.steps % unroll);
    if rounds > 0 {
        let _ = writeln!(text, "    for (var round = 0u; round < {rounds}u; round++) {{");
        steps(&mut text, "        ", unroll);
        text += "    }\n";
    }
    steps(&mut text, "    ", rest);
    for vector in 0..vectors {
        let _ = writeln!(text, "    store(first + {vector}u * WORKGROUP, x{vector});");
    }
    text + "}\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_text() {
        for (text, per_line) in [
            ("w64fma40", 2),
            ("w64add3", 1),
            ("w64tanh16", 1),
            ("w64srelu", 2),
            ("w64copy", 0),
        ] {
            let problem: Problem = text.parse().unwrap();
            let kernel = Kernel(chain(&problem).function);
            let variant = variant(16, 1, 16);
            let wgsl = &kernel.plan(&problem, Precision::F32, &variant).passes[0].wgsl;
            let (before, rest) = wgsl.split_once("    for (var round").unwrap_or(("", wgsl));
            let rounds = match rest.split_once("round < ") {
                Some((_, tail)) if !before.is_empty() => tail.split_once('u').unwrap().0.parse().unwrap(),
                _ => 0,
            };
            let looped = rest.matches("        x0 = step(x0, a, b);").count() as u64 * u64::from(rounds > 0);
            let all = rest.matches("x0 = step(x0, a, b);").count() as u64;
            let steps = looped * rounds + all - looped;
            let cost = kernel.cost(&problem, Precision::F32, &variant);
            assert_eq!(cost.flops_task, steps * per_line * 64, "{text}");
            assert_eq!(cost.ops_executed, cost.flops_task, "{text}");
            assert_eq!(cost.bytes_min, 4 * (64 + 64 + 2), "{text}");
        }
    }
}
