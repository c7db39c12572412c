//! A kernel that never ends: it counts as hanging after the time allowed, stays so, and the process can end all the same.
//! In a test program of its own, since it keeps the processor busy until that ends.

use std::time::{Duration, Instant};

use joulemark_gpu::{Adapter, GpuError, RuntimeChecks};
use joulemark_kernels::layout::Layout;
use joulemark_kernels::plan::{BufferSpec, Pass, Role};
use joulemark_kernels::{Element, Plan, Tensor};

/// Mesa's software driver leaves any loop after 65,535 turns, so very many workgroups go round: for minutes at least.
const ENDLESS: &str = "
@group(0) @binding(0) var<storage, read> lhs: array<f32>;
@group(0) @binding(1) var<storage, read> rhs: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(1)
fn main() {
    while (out[0] != lhs[0]) {
        out[0] = out[0] * rhs[0];
    }
}
";
const GRID: [u32; 2] = [65535, 65535];

#[test]
fn a_kernel_that_never_ends_is_given_up() {
    let gpu = Adapter::choose(None)
        .and_then(|adapter| adapter.open())
        .expect("`cargo xtask setup` installs a software adapter")
        .with_timeout(Duration::from_secs(1));
    let buffer = |label, role| BufferSpec::new(label, role, Element::F32, Layout::dense(1, 4, 1, 1));
    let plan = Plan {
        buffers: vec![
            buffer("A", Role::Input(0)),
            buffer("B", Role::Input(1)),
            buffer("C", Role::Output),
        ],
        passes: vec![Pass::new("endless", ENDLESS.into(), GRID, vec![0, 1, 2])],
    };
    let executable = gpu.compile(&plan, RuntimeChecks::Off).unwrap();
    let ones = Tensor::F32(vec![1.0; 4]);
    executable.upload(&[&ones, &ones]).unwrap();
    let begin = Instant::now();
    for _ in 0..2 {
        let error = executable.run(1, 1).expect_err("it never ends");
        assert!(matches!(error, GpuError::Timeout(_)), "{error}");
        assert!(matches!(gpu.usable(), Err(GpuError::Timeout(_))));
    }
    drop((executable, gpu));
    let seconds = begin.elapsed().as_secs_f64();
    assert!((1.0..3.0).contains(&seconds), "{seconds} s");
}
