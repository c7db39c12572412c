//! What can go wrong between a plan and its result.

/// An error of the device layer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GpuError {
    /// There is no adapter, or none that fits the request.
    #[error("{0}")]
    NoAdapter(String),
    /// The adapter did not give a device.
    #[error("adapter `{adapter}` gave no device: {reason}")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// The driver's words.
        reason: String,
    },
    /// A shader or pipeline was refused.
    #[error("pass `{pass}` was refused: {reason}")]
    Shader {
        /// Label of the pass.
        pass: String,
        /// The compiler's words.
        reason: String,
    },
    /// The buffers do not fit.
    #[error("the buffers of {bytes} bytes in total do not fit into the adapter's memory: {reason}")]
    OutOfMemory {
        /// Bytes asked for.
        bytes: u64,
        /// The driver's words.
        reason: String,
    },
    /// The device was lost; nothing more can be run on it.
    #[error("the device was lost: {0}")]
    Lost(String),
    /// The device did not finish in time.
    #[error("the device did not finish within {0} s: a hanging kernel, or one far slower than its warm-up")]
    Timeout(f64),
    /// The plan was made for inputs of another form.
    #[error(transparent)]
    Inputs(#[from] joulemark_kernels::Unsupported),
    /// Anything else that wgpu reported.
    #[error("the device reported: {0}")]
    Device(String),
}
