//! The compiler's view: what a Vulkan driver made of a pass. In: an adapter and a pass. Out: the driver's statistics and,
//! where it shows its assembly, the mix of instructions. Nothing is run.

mod isa;
#[cfg(not(target_vendor = "apple"))]
mod vulkan;

use serde::Serialize;

pub use isa::{Instructions, Loop};

use crate::adapter::Adapter;
use crate::error::GpuError;
use joulemark_kernels::plan::Pass;

/// What a driver tells of a compiled pass (`VK_KHR_pipeline_executable_properties`).
#[derive(Clone, Debug, Serialize)]
pub struct Compiled {
    /// The driver's statistics, in its own words and order; booleans are 0 or 1.
    pub statistics: Vec<(String, f64)>,
    /// The instructions; `None` if the driver shows no assembly that is understood (AMD's is).
    pub instructions: Option<Instructions>,
}

impl Adapter {
    /// Compiles a pass as a trusted module and asks the driver what came out.
    ///
    /// # Errors
    /// If the adapter is not Vulkan's, its driver does not tell, or it refuses the pass.
    pub fn compiled(&self, pass: &Pass) -> Result<Compiled, GpuError> {
        #[cfg(not(target_vendor = "apple"))]
        return vulkan::compile(&self.inner, pass);
        #[cfg(target_vendor = "apple")]
        Err(GpuError::NoAdapter(format!(
            "pass `{}`: only Vulkan drivers tell what they compiled",
            pass.label
        )))
    }
}
