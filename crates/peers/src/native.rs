//! The crate `gemm`: a matrix product in f32 on the CPU's vector units, all cores. In: a case. Out: as for Burn.

use std::sync::{Mutex, PoisonError};

use gemm::Parallelism;
use joulemark_gpu::GpuError;
use joulemark_harness::{Case, Failure, Prepared, Runs};
use joulemark_kernels::{Problem, Tensor};
use joulemark_records::Status;

use crate::failure;

/// Runs the case once and verifies the output.
pub(crate) fn prepare(case: &Case, seed: u64) -> Result<Prepared, Failure> {
    let refused = || failure(Status::Refused, "gemm is asked for plain products in f32 only".into());
    let inputs = <[Tensor; 2]>::try_from(case.inputs(seed));
    let (Problem::Matmul(problem), Ok([Tensor::F32(lhs), Tensor::F32(rhs)])) = (&case.problem, inputs) else {
        return Err(refused());
    };
    if problem.batch != 1 || problem.transposed != [false; 2] || problem.bias_relu {
        return Err(refused());
    }
    let [m, n, k] = [problem.m, problem.n, problem.k].map(|size| size as usize);
    let product = Product {
        sizes: [m, n, k],
        lhs,
        rhs,
        out: Mutex::new(vec![0.0; m * n]),
    };
    product.once();
    let output = product.out.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Prepared::of_peer(case, &Tensor::F32(output), seed, Box::new(product))
}

#[derive(Debug)]
struct Product {
    sizes: [usize; 3],
    lhs: Vec<f32>,
    rhs: Vec<f32>,
    out: Mutex<Vec<f32>>,
}

impl Product {
    fn once(&self) {
        let [m, n, k] = self.sizes;
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the vectors hold m·k, k·n and m·n numbers, row by row, which is what the strides say; `out` is locked.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                out.as_mut_ptr(),
                1,
                n as isize,
                false,
                self.lhs.as_ptr(),
                1,
                k as isize,
                self.rhs.as_ptr(),
                1,
                n as isize,
                0.0,
                1.0,
                false,
                false,
                false,
                Parallelism::Rayon(0),
            );
        }
    }
}

impl Runs for Product {
    fn run(&self, iterations: u64, _batch: u64) -> Result<(), GpuError> {
        (0..iterations).for_each(|_| self.once());
        Ok(())
    }

    fn gpu_seconds(&self) -> Result<Option<f64>, GpuError> {
        Ok(None)
    }
}
