//! Burn's wgpu backend with its autotuner. In: a case. Out: what it computes, and a way to run it again.

use burn_tensor::backend::Backend;
use burn_tensor::ops::{ConvOptions, PaddedConvOptions};
use burn_tensor::{DType, Element, Tensor, TensorData, module};
use burn_wgpu::{Wgpu, WgpuDevice};
use half::f16;
use joulemark_gpu::GpuError;
use joulemark_harness::{Case, Failure, Prepared, Runs};
use joulemark_kernels::{Conv2d, DeviceClass, Precision, Problem};
use joulemark_records::Status;

use crate::failure;

/// Runs the case once, which tunes it, and verifies the output.
pub(crate) fn prepare(case: &Case, class: DeviceClass, seed: u64) -> Result<Prepared, Failure> {
    let device = match class {
        DeviceClass::Cpu => WgpuDevice::Cpu,
        _ => WgpuDevice::DefaultDevice,
    };
    match case.precision {
        Precision::F32 => Kernel::<f32>::new(case, device, seed)?.verified(case, seed),
        Precision::F16 if Wgpu::<f16>::supports_dtype(&device, DType::F16) => {
            Kernel::<f16>::new(case, device, seed)?.verified(case, seed)
        }
        other => Err(failure(
            Status::Refused,
            format!("Burn's wgpu backend computes no {other} here"),
        )),
    }
}

/// A number that both sides have.
trait Number: Element + burn_wgpu::FloatElement + Copy {
    fn of(tensor: &joulemark_kernels::Tensor) -> Option<&[Self]>;
    fn tensor(data: Vec<Self>) -> joulemark_kernels::Tensor;
}

impl Number for f32 {
    fn of(tensor: &joulemark_kernels::Tensor) -> Option<&[Self]> {
        match tensor {
            joulemark_kernels::Tensor::F32(data) => Some(data),
            _ => None,
        }
    }

    fn tensor(data: Vec<Self>) -> joulemark_kernels::Tensor {
        joulemark_kernels::Tensor::F32(data)
    }
}

impl Number for f16 {
    fn of(tensor: &joulemark_kernels::Tensor) -> Option<&[Self]> {
        match tensor {
            joulemark_kernels::Tensor::F16(data) => Some(data),
            _ => None,
        }
    }

    fn tensor(data: Vec<Self>) -> joulemark_kernels::Tensor {
        joulemark_kernels::Tensor::F16(data)
    }
}

#[derive(Debug)]
enum Operands<F: Number> {
    Matmul([Tensor<Wgpu<F>, 2>; 2]),
    Conv2d([Tensor<Wgpu<F>, 4>; 2], PaddedConvOptions<2>),
}

#[derive(Debug)]
struct Kernel<F: Number> {
    operands: Operands<F>,
    device: WgpuDevice,
}

impl<F: Number> Kernel<F> {
    fn new(case: &Case, device: WgpuDevice, seed: u64) -> Result<Self, Failure> {
        let inputs = case.inputs(seed);
        let data = |index: usize| {
            let numbers = F::of(&inputs[index])
                .ok_or_else(|| failure(Status::Error, format!("input {index} is no {}", case.precision)))?;
            let shape = case.problem.shape_of_input(index).into_iter().map(|size| size as usize);
            Ok(TensorData::new(numbers.to_vec(), shape.collect::<Vec<_>>()))
        };
        let operands = match &case.problem {
            Problem::Matmul(_) => {
                let operand = |index| Ok(Tensor::<_, 3>::from_data(data(index)?, &device).squeeze_dim(0));
                Operands::Matmul([operand(0)?, operand(1)?])
            }
            Problem::Conv2d(conv) => {
                let operand = |index| Ok(Tensor::from_data(data(index)?, &device));
                Operands::Conv2d([operand(0)?, operand(1)?], options(conv))
            }
            Problem::Chain(_) => return Err(failure(Status::Refused, "Burn has no calibration chains".into())),
        };
        Ok(Self { operands, device })
    }

    fn verified(self, case: &Case, seed: u64) -> Result<Prepared, Failure>
    where
        F: Send + Sync,
    {
        let data = match &self.operands {
            Operands::Matmul([a, b]) => a.clone().matmul(b.clone()).into_data(),
            Operands::Conv2d([x, w], options) => {
                module::conv2d(x.clone(), w.clone(), None, options.clone()).into_data()
            }
        };
        let output = data
            .to_vec::<F>()
            .map_err(|why| failure(Status::Error, format!("{why:?}")))?;
        Prepared::of_peer(case, &F::tensor(output), seed, Box::new(self))
    }
}

impl<F: Number> Runs for Kernel<F> {
    fn run(&self, iterations: u64, _batch: u64) -> Result<(), GpuError> {
        for _ in 0..iterations {
            match &self.operands {
                Operands::Matmul([a, b]) => drop(a.clone().matmul(b.clone())),
                Operands::Conv2d([x, w], options) => drop(module::conv2d(x.clone(), w.clone(), None, options.clone())),
            }
        }
        Wgpu::<F>::sync(&self.device).map_err(|why| GpuError::Device(format!("{why:?}")))
    }

    fn gpu_seconds(&self) -> Result<Option<f64>, GpuError> {
        Ok(None)
    }
}

fn options(conv: &Conv2d) -> PaddedConvOptions<2> {
    let [stride, dilation] = [conv.stride, conv.dilation].map(|sizes| sizes.map(|size| size as usize));
    let [top, left, bottom, right] = conv.padding.map(|size| size as usize);
    match (top, left) == (bottom, right) {
        true => ConvOptions::new(stride, [top, left], dilation, conv.groups as usize).into(),
        false => PaddedConvOptions::asymmetric(stride, [top, left], [bottom, right], dilation, conv.groups as usize),
    }
}
