//! What ends a run, told apart by what the user can do about it.

/// An error of the harness.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An option that does not exist, or whose value makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A name or a file that makes no sense.
    #[error("{0}")]
    Input(String),
    /// An energy source that was asked for by name and is not there.
    #[error("{0}")]
    NoSource(String),
    /// The device.
    #[error(transparent)]
    Gpu(#[from] joulemark_gpu::GpuError),
    /// The results.
    #[error(transparent)]
    Records(#[from] joulemark_records::Error),
}

impl Error {
    /// The exit status: 2 for wrong usage, 3 where something needed is missing, 1 otherwise.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Gpu(joulemark_gpu::GpuError::NoAdapter(_)) | Self::NoSource(_) => 3,
            Self::Usage(_) => 2,
            _ => 1,
        }
    }
}
