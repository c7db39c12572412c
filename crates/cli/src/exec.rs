//! `joulemark exec`: a kernel on the user's own tensors. In: two npy files. Out: one npy file.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail, ensure};
use clap::Args;
use joulemark_harness::npy::{self, Array, text};
use joulemark_harness::{Case, Verb, device, judge, run_once};
use joulemark_kernels::reference::Check;
use joulemark_kernels::{Distribution, Element, Op, Precision, Tensor};

use crate::flags::{Flags, Takes, renamed};
use crate::kernel::Kernel;
use crate::output::print;
use crate::safe_output;
use crate::shapes::{self, Axes, Geometry, Named, Sides};
use joulemark_base::atomic_file::AtomicFile;

/// Run a kernel on your own tensors: two npy files in, one out
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark exec matmul/register_blocked A.npy B.npy -o C.npy
  joulemark exec matmul/tiled --precision f16acc A.npy B.npy -o C.npy --verify
  joulemark exec conv2d/implicit_gemm --stride 2,1 --padding 1,1,0,0 X.npy W.npy -o Y.npy

Files are npy of any version, order and byte order. f32 gives f32, f16 gives f16, i8 gives i32.
matmul: A (m, k) and B (k, n) give C (m, n); (batch, m, k) and (batch, k, n) give (batch, m, n).
conv2d: X (images, channels, height, width) and W (filters, channels per group, height, width).")]
pub(crate) struct Exec {
    /// operation/algorithm or operation/algorithm/precision, as `joulemark list kernels` names them
    kernel: String,
    /// First input: A of a matmul, X of a conv2d
    first: PathBuf,
    /// Second input: B of a matmul, the weights of a conv2d
    second: PathBuf,
    /// The output; a file of that name is replaced, in one step and only by a complete result
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// f32, f16, f16acc or i8 [default: what the first file holds]
    #[arg(long)]
    precision: Option<Precision>,
    /// Tuning parameters that differ from the device's default, as name=value,name=value
    #[arg(long, value_name = "NAME=VALUE,…")]
    variant: Option<String>,
    /// The old name of --variant
    #[arg(long, hide = true, conflicts_with = "variant")]
    tuning: Option<String>,
    /// Compare the result with the reference on the CPU, and write nothing if it is wrong
    #[arg(long)]
    verify: bool,
    /// Stride: height,width or one number for both
    #[arg(long, help_heading = "Convolution")]
    stride: Option<Axes>,
    /// Zero padding: top,left,bottom,right or one number for all
    #[arg(long, help_heading = "Convolution")]
    padding: Option<Sides>,
    /// Dilation: height,width or one number for both
    #[arg(long, help_heading = "Convolution")]
    dilation: Option<Axes>,
    /// Groups; as many as channels for a depthwise convolution
    #[arg(long, help_heading = "Convolution")]
    groups: Option<u32>,
    #[command(flatten)]
    flags: Flags<Self>,
}

impl Takes for Exec {
    const VERB: Verb = Verb::Exec;
}

impl Exec {
    /// Reads, runs, writes.
    ///
    /// # Errors
    /// Files or shapes that do not fit, no adapter, or a result that fails its verification.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let options = self.flags.options()?;
        let kernel: Kernel = self.kernel.parse()?;
        let inputs = [npy::read(&self.first)?, npy::read(&self.second)?];
        let precision = match kernel.precision(self.precision)? {
            Some(precision) => precision,
            None => precision_of(&inputs[0].data),
        };
        for (path, array) in [&self.first, &self.second].into_iter().zip(&inputs) {
            check_element(path, array, precision)?;
        }
        let (case, shape) = self.case(&kernel, precision, &inputs)?;
        safe_output::guard(&self.output, &[self.first.clone(), self.second.clone()])?;
        let cannot_write = || format!("cannot write {}", self.output.display());
        let file = AtomicFile::create(&self.output).with_context(cannot_write)?;

        let gpu = device(&options)?;
        let case = match renamed("--variant", &self.variant, "--tuning", &self.tuning) {
            Some(text) => {
                let variant = case.variant(gpu.profile().class).with(text)?;
                Case {
                    input: Distribution::described_by(&variant),
                    variant: Some(variant),
                    ..case
                }
            }
            None => case,
        };
        let inputs = [&inputs[0].data, &inputs[1].data];
        let output = run_once(&gpu, &case, &inputs)?;
        let mut told = String::new();
        if self.verify {
            let variant = case.variant(gpu.profile().class);
            let check = judge(&case, &variant, &inputs, &output, options.seed)
                .map_err(|failure| anyhow!("the result is wrong and was not written: {}", failure.reason))?;
            told += &format!(", {}", verified(&check));
        }
        let not_finite = |tensor: &Tensor| tensor.to_f64().iter().filter(|x| !x.is_finite()).count();
        match not_finite(&output) {
            0 => {}
            count => told += &format!(", {count} of {} numbers are infinite or not a number", output.len()),
        }
        file.commit(|writer| npy::write(writer, &shape, &output))
            .with_context(cannot_write)?;
        print(&format!(
            "{}: {} {}, {}/{precision} on {}{told}\n",
            self.output.display(),
            output.element().as_str(),
            text(&shape),
            case.algorithm,
            gpu.description().name,
        ))
    }

    fn case(&self, kernel: &Kernel, precision: Precision, inputs: &[Array; 2]) -> anyhow::Result<(Case, Vec<u32>)> {
        let names = [&self.first, &self.second].map(|path| path.display().to_string());
        let [first, second] = [0, 1].map(|index| Named {
            name: &names[index],
            shape: &inputs[index].shape,
        });
        let geometry = Geometry {
            stride: self.stride,
            padding: self.padding,
            dilation: self.dilation,
            groups: self.groups,
        };
        let (problem, shape) = match kernel.algorithm.op() {
            Op::Matmul => {
                if let Some(flag) = geometry.given() {
                    bail!("{flag} is for convolutions, and {} is none", kernel.algorithm);
                }
                shapes::matmul(first, second)?
            }
            Op::Conv2d => shapes::conv2d(first, second, &geometry)?,
            Op::Gradient | Op::Calibration | Op::Custom => bail!(
                "{} is for `joulemark run`: exec takes products and convolutions",
                kernel.algorithm
            ),
        };
        let case = Case::new(kernel.algorithm, precision, problem);
        Ok((case, shape))
    }
}

/// The precision that a file's numbers suggest.
fn precision_of(data: &Tensor) -> Precision {
    match data.element() {
        Element::F32 => Precision::F32,
        Element::F16 => Precision::F16,
        Element::I8 | Element::I32 => Precision::I8,
    }
}

fn check_element(path: &Path, array: &Array, precision: Precision) -> anyhow::Result<()> {
    let (found, wanted) = (array.data.element(), precision.input());
    ensure!(
        found == wanted,
        "{}: it holds {}, and precision {precision} reads {}",
        path.display(),
        found.as_str(),
        wanted.as_str()
    );
    Ok(())
}

fn verified(check: &Check) -> String {
    let extent = if check.whole {
        "every element".to_owned()
    } else {
        format!("{} sampled elements and a checksum of every row", check.compared)
    };
    if check.relative_error == 0.0 {
        format!("verified exactly ({extent})")
    } else {
        format!(
            "verified to a relative error of {:.1e} ({extent})",
            check.relative_error
        )
    }
}
