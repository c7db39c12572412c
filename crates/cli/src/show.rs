//! `joulemark show`: one kernel laid open. In: its name, a problem, parameters. Out: dispatches, buffers, counts and the
//! composed WGSL, for a device with WebGPU's default limits: no adapter is needed. Or what a driver's compiler made of it.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use joulemark_base::device_class::DeviceClass;
use joulemark_base::si::si;
use joulemark_gpu::{Adapter, Compiled};
use joulemark_harness::Error;
use joulemark_kernels::interface::Interface;
use joulemark_kernels::plan::{BufferSpec, Pass, Role};
use joulemark_kernels::{DeviceProfile, Plan, Precision, Problem, Unsupported, Variant, prepare};
use joulemark_study::table::{lines, table};
use serde::Serialize;

use crate::compiler::{self, Compiler};
use crate::flags::renamed;
use crate::kernel::{Kernel, precisions, sample};
use crate::output::{bytes, print, print_json};

/// Show a kernel: its WGSL, dispatches, buffers and operation counts
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark show matmul/tiled
  joulemark show conv2d/im2col/f16 --problem n8c64h56w56k64r3s3p1
  joulemark show matmul/register_blocked --precision i8 --problem 1000x1000x1000 --variant tile_m=4
  joulemark show matmul/naive --json | jq -r '.passes[0].wgsl' > naive.wgsl
  joulemark show matmul/warp_tiled --problem 4096x4096x4096 --compiled --gpu navi31")]
pub(crate) struct Show {
    /// operation/algorithm or operation/algorithm/precision, as `joulemark list kernels` names them
    kernel: String,
    /// m×n×k as 512x256x128 (8b512x256x128 for a batch of 8), or n1c64h56w56k64r3s3 with t stride, p padding, d
    /// dilation, g groups [default: one that suits the kernel]
    #[arg(long)]
    problem: Option<String>,
    /// f32, f16, f16acc or i8 [default: the first that the kernel computes in]
    #[arg(long)]
    precision: Option<Precision>,
    /// Tuning parameters that differ from the default, as name=value,name=value
    #[arg(long, value_name = "NAME=VALUE,…")]
    variant: Option<String>,
    /// The old name of --variant
    #[arg(long, hide = true, conflicts_with = "variant")]
    tuning: Option<String>,
    /// Class of device whose default parameters are taken [default: discrete; with --compiled that of the adapter]
    #[arg(long)]
    class: Option<Class>,
    #[command(flatten)]
    compiler: Compiler,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Class {
    Discrete,
    Integrated,
    Cpu,
}

#[derive(Serialize)]
struct Shown {
    kernel: String,
    precision: &'static str,
    problem: String,
    summary: &'static str,
    tuning: BTreeMap<&'static str, u32>,
    /// Whose compiler was asked: the adapter and its driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    compiled_by: Option<String>,
    counts: BTreeMap<&'static str, f64>,
    buffers: Vec<ShownBuffer>,
    passes: Vec<ShownPass>,
}

#[derive(Serialize)]
struct ShownBuffer {
    label: &'static str,
    role: &'static str,
    element: &'static str,
    /// Of the tensor that it holds; empty for scratch.
    shape: Vec<u32>,
    bytes: u64,
}

#[derive(Serialize)]
struct ShownPass {
    label: &'static str,
    sha256: String,
    workgroup: [u32; 2],
    workgroup_bytes: u32,
    grid: [u32; 2],
    /// Labels of the buffers at bindings 0, 1, …; the last is written.
    bindings: Vec<&'static str>,
    wgsl: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    compiled: Option<Compiled>,
}

impl Show {
    /// Prints the kernel.
    ///
    /// # Errors
    /// A kernel, problem or parameter that does not exist, or that do not go together.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let kernel: Kernel = self.kernel.parse()?;
        let precision = match kernel.precision(self.precision)? {
            Some(precision) => precision,
            None => precisions(kernel.algorithm).first().copied().unwrap_or(Precision::F32),
        };
        let problem = match &self.problem {
            Some(text) => text.parse()?,
            None => sample(kernel.algorithm, precision).ok_or_else(|| {
                let names: Vec<_> = precisions(kernel.algorithm)
                    .into_iter()
                    .map(Precision::as_str)
                    .collect();
                anyhow!(
                    "{} does not compute in {precision}, only in {}",
                    kernel.algorithm,
                    names.join(", ")
                )
            })?,
        };
        let adapter = self.compiler.adapter()?;
        let class = match self.class {
            Some(Class::Discrete) => DeviceClass::Discrete,
            Some(Class::Integrated) => DeviceClass::Integrated,
            Some(Class::Cpu) => DeviceClass::Cpu,
            None => adapter.as_ref().map_or(DeviceClass::Discrete, Adapter::class),
        };
        let device = adapter
            .as_ref()
            .map_or_else(|| DeviceProfile::portable(class), Adapter::profile);
        let mut variant = kernel.algorithm.default_variant(precision, class);
        if let Some(text) = renamed("--variant", &self.variant, "--tuning", &self.tuning) {
            variant = variant.with(text)?;
        }
        let plan = prepare(kernel.algorithm, &problem, precision, &variant, &device)?;
        let compiled = match &adapter {
            Some(adapter) => plan
                .passes
                .iter()
                .map(|pass| adapter.compiled(pass))
                .collect::<Result<Vec<_>, _>>()
                .map_err(Error::from)?,
            None => Vec::new(),
        };
        let mut shown = Shown::new(&kernel, precision, &problem, &variant, plan)?;
        for (pass, compiled) in shown.passes.iter_mut().zip(compiled) {
            pass.compiled = Some(compiled);
        }
        shown.compiled_by = adapter.map(|adapter| {
            let adapter = adapter.describe();
            format!("{} ({} {})", adapter.name, adapter.driver, adapter.driver_info)
        });
        if self.json {
            print_json(&shown)
        } else {
            print(&shown.text(&variant))
        }
    }
}

impl Shown {
    fn new(
        kernel: &Kernel,
        precision: Precision,
        problem: &Problem,
        variant: &Variant,
        plan: Plan,
    ) -> Result<Self, Unsupported> {
        let cost = kernel.algorithm.cost(problem, precision, variant);
        let buffers: Vec<_> = plan
            .buffers
            .iter()
            .map(|spec| ShownBuffer::new(spec, problem))
            .collect();
        let labels: Vec<_> = plan.buffers.iter().map(|spec| spec.label).collect();
        Ok(Self {
            kernel: kernel.algorithm.to_string(),
            precision: precision.as_str(),
            problem: problem.to_string(),
            summary: kernel.algorithm.summary(),
            tuning: variant.iter().collect(),
            compiled_by: None,
            counts: [
                ("macs", Some(cost.macs as f64)),
                ("flops_task", Some(cost.flops_task as f64)),
                ("ops_executed", Some(cost.ops_executed as f64)),
                ("bytes_min", Some(cost.bytes_min as f64)),
                ("bytes_model", Some(cost.bytes_model as f64)),
                ("activations", Some(cost.activations as f64)),
                ("parameters", Some(cost.parameters as f64)),
                ("gate_ops", cost.gate_ops(precision)),
                ("horowitz_j", cost.horowitz_j(precision)),
            ]
            .into_iter()
            .filter_map(|(name, count)| Some((name, count?)))
            .collect(),
            buffers,
            passes: plan
                .passes
                .into_iter()
                .map(|pass| ShownPass::new(pass, &labels))
                .collect::<Result<_, _>>()?,
        })
    }

    fn text(&self, variant: &Variant) -> String {
        let Self {
            kernel,
            precision,
            problem,
            summary,
            ..
        } = self;
        let mut text = format!("{kernel}/{precision}/{problem}\n{summary}\nparameters: {variant}\n");
        if let Some(compiler) = &self.compiled_by {
            let _ = writeln!(text, "compiled by: {compiler}");
            for (number, pass) in self.passes.iter().enumerate() {
                let _ = write!(
                    text,
                    "\nPass {} of {}: {}\n\n",
                    number + 1,
                    self.passes.len(),
                    pass.label
                );
                text += &pass.compiled.as_ref().map(compiler::text).unwrap_or_default();
            }
            return text;
        }
        text += "\n";
        text += "Counts per iteration\n";
        for (name, unit, meaning) in COUNTS {
            if let Some(count) = self.counts.get(name) {
                let _ = writeln!(text, "  {name:<13} {:>8}  {meaning}", si(*count, unit));
            }
        }
        text += "\nBuffers\n";
        let mut rows = table(&["name", "role", "element", "shape", "size"], 4);
        for buffer in &self.buffers {
            let shape: Vec<_> = buffer.shape.iter().map(u32::to_string).collect();
            rows.add_row([
                buffer.label,
                buffer.role,
                buffer.element,
                &shape.join("×"),
                &bytes(buffer.bytes),
            ]);
        }
        text += &lines(&rows, 2);
        for (number, pass) in self.passes.iter().enumerate() {
            let [x, y] = pass.workgroup;
            let [grid_x, grid_y] = pass.grid;
            let _ = write!(
                text,
                "\nPass {} of {}: {}\n  {grid_x}×{grid_y} workgroups of {x}×{y} invocations, {} of workgroup memory\n  \
                 bindings: {}\n  sha256: {}\n\n{}",
                number + 1,
                self.passes.len(),
                pass.label,
                bytes(pass.workgroup_bytes.into()),
                pass.bindings.join(", "),
                pass.sha256,
                pass.wgsl
            );
        }
        text
    }
}

/// Each count, its unit and what it means.
const COUNTS: [(&str, &str, &str); 9] = [
    ("macs", "", "multiply-accumulates of the textbook method"),
    ("flops_task", "", "operations of the task, two per multiply-accumulate"),
    (
        "ops_executed",
        "",
        "operations that this variant executes, padding included",
    ),
    ("bytes_min", "B", "inputs read once, output written once"),
    ("bytes_model", "B", "modelled traffic to global memory, caches ignored"),
    ("activations", "", "elements of the output"),
    ("parameters", "", "elements of the second operand"),
    ("gate_ops", "", "logic gates of the multiply-accumulates"),
    ("horowitz_j", "J", "Horowitz's estimate at 45 nm"),
];

impl ShownBuffer {
    fn new(spec: &BufferSpec, problem: &Problem) -> Self {
        let (role, shape) = match spec.role {
            Role::Input(index) => (["first input", "second input"][index], problem.shape_of_input(index)),
            Role::Derived(_) => ("made of an input", Vec::new()),
            Role::Output | Role::Updated(_) => ("output", problem.shape_of_output()),
            Role::Scratch => ("scratch", Vec::new()),
        };
        Self {
            label: spec.label,
            role,
            element: spec.element.as_str(),
            shape,
            bytes: spec.bytes(),
        }
    }
}

impl ShownPass {
    fn new(pass: Pass, labels: &[&'static str]) -> Result<Self, Unsupported> {
        let Interface {
            workgroup,
            workgroup_bytes,
            ..
        } = pass.interface()?;
        let two = |[x, y, _]: [u32; 3]| [x, y];
        Ok(Self {
            label: pass.label,
            sha256: pass.hash(),
            workgroup: two(workgroup),
            workgroup_bytes,
            grid: two(pass.grid),
            bindings: pass.bindings.iter().map(|&index| labels[index]).collect(),
            wgsl: pass.wgsl,
            compiled: None,
        })
    }
}
