//! What keeps a bench from measuring, told apart by what one can do about it.

/// An error of the library. What no sensor tells is no error: it is a value with a reason.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name, an address or a variable that makes no sense.
    #[error("{0}")]
    Input(String),
    /// An energy source that was asked for by name and is not there.
    #[error("{0}")]
    NoSource(String),
    /// The work broke off.
    #[error("the work broke off: {0}")]
    Work(Box<dyn std::error::Error + Send + Sync>),
    /// The results.
    #[error(transparent)]
    Records(#[from] joulemark_records::Error),
}
