//! What can be measured: anything that runs N times and is over when it returns.

use std::convert::Infallible;

/// Work that is repeated within a window.
pub trait Work {
    /// What can go wrong while it runs.
    type Error;

    /// Runs it `iterations` times and waits for the end of the last. About `batch` iterations may go to a device in one
    /// submission: enough to keep its queue full, and far under any watchdog.
    ///
    /// # Errors
    /// Whatever keeps the work from ending.
    fn run(&mut self, iterations: u64, batch: u64) -> Result<(), Self::Error>;

    /// Seconds of the run before by the device's own clock; `None` if it has none.
    ///
    /// # Errors
    /// If the device cannot be asked.
    fn device_seconds(&mut self) -> Result<Option<f64>, Self::Error> {
        Ok(None)
    }
}

impl<W: Work + ?Sized> Work for &mut W {
    type Error = W::Error;

    fn run(&mut self, iterations: u64, batch: u64) -> Result<(), Self::Error> {
        (**self).run(iterations, batch)
    }

    fn device_seconds(&mut self) -> Result<Option<f64>, Self::Error> {
        (**self).device_seconds()
    }
}

/// A closure that runs its work as often as its argument says, and returns when that is over.
pub struct Closure<F>(pub F);

impl<F: FnMut(u64)> Work for Closure<F> {
    type Error = Infallible;

    fn run(&mut self, iterations: u64, _batch: u64) -> Result<(), Infallible> {
        (self.0)(iterations);
        Ok(())
    }
}
