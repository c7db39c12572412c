//! Burn's wgpu backend with its autotuner. In: a case. Out: what it computes, and a way to run it again.

use std::path::PathBuf;

use burn_tensor::backend::Backend;
use burn_tensor::ops::PaddedConvOptions;
use burn_tensor::{DType, Element, Tensor, TensorData, module};
use burn_wgpu::{Wgpu, WgpuDevice};
use cubecl::config::cache::CacheConfig;
use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};
use half::f16;
use joulemark_base::device_class::DeviceClass;
use joulemark_gpu::GpuError;
use joulemark_harness::{Case, Failure, Prepared, Runs};
use joulemark_kernels::{Conv2d, Precision, Problem, Tensor as Numbers};
use joulemark_records::Status;

use crate::failure;

/// Keeps what Burn's tuner finds in this folder. Without it one driver would be run with another one's choices, for Burn
/// tells devices apart by name only.
pub(crate) fn keep_tuning_in(folder: PathBuf) {
    let mut config = CubeClRuntimeConfig::default();
    config.autotune.cache = CacheConfig::File(folder);
    CubeClRuntimeConfig::set(config);
}

/// Runs the case once, which tunes it, and verifies the output.
pub(crate) fn prepare(case: &Case, class: DeviceClass, seed: u64) -> Result<Prepared, Failure> {
    let device = match class {
        DeviceClass::Cpu => WgpuDevice::Cpu,
        _ => WgpuDevice::DefaultDevice,
    };
    let refused = || {
        failure(
            Status::Refused,
            format!("Burn's wgpu backend computes no {} here", case.precision),
        )
    };
    let dtype = match case.precision {
        Precision::F32 => DType::F32,
        Precision::F16 if Wgpu::<f32>::supports_dtype(&device, DType::F16) => DType::F16,
        _ => return Err(refused()),
    };
    let inputs = case.inputs(seed);
    let data = |index: usize| {
        let shape = case.problem.shape_of_input(index).into_iter().map(|size| size as usize);
        match &inputs[index] {
            Numbers::F32(numbers) => Ok(TensorData::new(numbers.clone(), shape.collect::<Vec<_>>())),
            Numbers::F16(numbers) => Ok(TensorData::new(numbers.clone(), shape.collect::<Vec<_>>())),
            _ => Err(refused()),
        }
    };
    let kernel = match &case.problem {
        Problem::Matmul(_) => {
            let operand = |index| Ok(Tensor::<Wgpu, 3>::from_data(data(index)?, (&device, dtype)).squeeze_dim(0));
            Kernel::Matmul([operand(0)?, operand(1)?])
        }
        Problem::Conv2d(conv) => {
            let operand = |index| Ok(Tensor::from_data(data(index)?, (&device, dtype)));
            Kernel::Conv2d([operand(0)?, operand(1)?], options(conv))
        }
        Problem::Gradient(_) | Problem::Chain(_) | Problem::Other(_) => return Err(refused()),
    };
    let output = match case.precision {
        Precision::F16 => Numbers::F16(kernel.output::<f16>()?),
        _ => Numbers::F32(kernel.output::<f32>()?),
    };
    Prepared::of_peer(case, &output, seed, Box::new(kernel))
}

#[derive(Debug)]
enum Kernel {
    Matmul([Tensor<Wgpu, 2>; 2]),
    Conv2d([Tensor<Wgpu, 4>; 2], PaddedConvOptions<2>),
}

impl Kernel {
    fn output<E: Element>(&self) -> Result<Vec<E>, Failure> {
        let data = match self {
            Self::Matmul([a, b]) => a.clone().matmul(b.clone()).into_data(),
            Self::Conv2d([x, w], options) => module::conv2d(x.clone(), w.clone(), None, options.clone()).into_data(),
        };
        data.to_vec()
            .map_err(|why| failure(Status::Error, format!("Burn's output cannot be read: {why:?}")))
    }

    fn device(&self) -> WgpuDevice {
        match self {
            Self::Matmul([a, _]) => a.device(),
            Self::Conv2d([x, _], _) => x.device(),
        }
    }
}

impl Runs for Kernel {
    fn run(&self, iterations: u64, _batch: u64) -> Result<(), GpuError> {
        for _ in 0..iterations {
            match self {
                Self::Matmul([a, b]) => drop(a.clone().matmul(b.clone())),
                Self::Conv2d([x, w], options) => drop(module::conv2d(x.clone(), w.clone(), None, options.clone())),
            }
        }
        Wgpu::<f32>::sync(&self.device()).map_err(|why| GpuError::Device(format!("{why:?}")))
    }

    fn gpu_seconds(&self) -> Result<Option<f64>, GpuError> {
        Ok(None)
    }
}

fn options(conv: &Conv2d) -> PaddedConvOptions<2> {
    let [stride, dilation] = [conv.stride, conv.dilation].map(|sizes| sizes.map(|size| size as usize));
    let [top, left, bottom, right] = conv.padding.map(|size| size as usize);
    PaddedConvOptions::asymmetric(stride, [top, left], [bottom, right], dilation, conv.groups as usize)
}
