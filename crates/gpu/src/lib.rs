//! Where kernels run: adapter choice, buffers, pipelines, dispatch and timestamps. All of wgpu stays in here.
//!
//! In goes a [`Plan`](joulemark_kernels::Plan), out come bytes and GPU seconds.

mod adapter;
mod compiled;
mod error;
mod executable;
mod gpu;
mod identity;
mod timer;

pub use adapter::{Adapter, AdapterDescription};
pub use compiled::{Compiled, Instructions, Loop};
pub use error::GpuError;
pub use executable::{Executable, RuntimeChecks};
pub use gpu::Gpu;
pub use identity::DeviceIds;
