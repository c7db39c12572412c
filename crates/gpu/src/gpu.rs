//! An opened device: queue, limits, and the errors that it reports out of turn.

use std::sync::{Arc, Mutex, Once, OnceLock};
use std::time::Duration;

use joulemark_kernels::DeviceProfile;

use crate::adapter::{Adapter, AdapterDescription};
use crate::error::GpuError;

/// What kernels can use.
pub(crate) const FEATURES: wgpu::Features = wgpu::Features::SHADER_F16
    .union(wgpu::Features::TIMESTAMP_QUERY)
    .union(wgpu::Features::SUBGROUP)
    .union(wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX);

/// An opened device; a clone is another handle of the same one.
#[derive(Clone, Debug)]
pub struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    description: AdapterDescription,
    profile: DeviceProfile,
    timeout: Duration,
    fault: Arc<Mutex<Option<GpuError>>>,
    /// Why nothing more can be run on it.
    end: Arc<OnceLock<GpuError>>,
    /// Done when handles are kept for good.
    kept: Arc<Once>,
}

impl Gpu {
    /// How long one wait may take before the device counts as hanging, unless told otherwise.
    pub const TIMEOUT: Duration = Duration::from_secs(60);

    pub(crate) fn open(adapter: &Adapter) -> Result<Self, GpuError> {
        let features = FEATURES & adapter.inner.features();
        // SAFETY: cooperative matrices are wgpu's only experimental feature in use. Its known defect (missing memory
        // model operands) can give wrong numbers, never invalid memory, and every kernel is verified before it is timed.
        let experimental = unsafe { wgpu::ExperimentalFeatures::enabled() };
        let request = adapter.inner.request_device(&wgpu::DeviceDescriptor {
            label: Some("joulemark"),
            required_features: features,
            required_limits: adapter.inner.limits(),
            experimental_features: experimental,
            memory_hints: wgpu::MemoryHints::Performance,
            trace: wgpu::Trace::Off,
        });
        let description = adapter.describe();
        let (device, queue) = pollster::block_on(request).map_err(|error| GpuError::NoDevice {
            adapter: description.name.clone(),
            reason: error.to_string(),
        })?;
        let fault = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&fault);
        device.on_uncaptured_error(Arc::new(move |error| {
            slot.lock()
                .expect("no holder of this lock can panic")
                .get_or_insert(GpuError::Device(error.to_string()));
        }));
        let end = Arc::new(OnceLock::new());
        let slot = Arc::clone(&end);
        device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                // The first reason is the one to tell.
                let _ = slot.set(GpuError::Lost(message));
            }
        });
        Ok(Self {
            device,
            queue,
            description,
            profile: adapter.profile(),
            timeout: Self::TIMEOUT,
            fault,
            end,
            kept: Arc::new(Once::new()),
        })
    }

    /// The same, which counts as hanging when one wait takes longer than this.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Whether anything can still be run on it.
    ///
    /// # Errors
    /// Why not: it was lost, or hangs. It stays so.
    pub fn usable(&self) -> Result<(), GpuError> {
        let Some(end) = self.end.get() else { return Ok(()) };
        // Whoever drops the last handle waits until the queue is idle, which it may never be: one of each is never dropped.
        self.kept
            .call_once(|| std::mem::forget((self.device.clone(), self.queue.clone())));
        Err(end.clone())
    }

    /// What the adapter says of itself.
    pub fn description(&self) -> &AdapterDescription {
        &self.description
    }

    /// What plans need to know.
    pub fn profile(&self) -> &DeviceProfile {
        &self.profile
    }

    /// Waits for one submission, or for all.
    pub(crate) fn wait(&self, submission_index: Option<wgpu::SubmissionIndex>) -> Result<(), GpuError> {
        self.usable()?;
        let polled = self.device.poll(wgpu::PollType::Wait {
            submission_index,
            timeout: Some(self.timeout),
        });
        if let Err(wgpu::PollError::Timeout) = polled {
            let _ = self.end.set(GpuError::Timeout(self.timeout.as_secs_f64()));
        }
        self.usable()?;
        self.fault()?;
        polled.map(drop).map_err(|error| GpuError::Device(error.to_string()))
    }

    /// The first error that the device reported out of turn, if any.
    pub(crate) fn fault(&self) -> Result<(), GpuError> {
        match self.fault.lock().expect("no holder of this lock can panic").take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Runs `work` and gives what it made, or the first error of one of these kinds that it caused.
    pub(crate) fn scoped<T>(&self, filters: &[wgpu::ErrorFilter], work: impl FnOnce() -> T) -> Result<T, wgpu::Error> {
        let Some((filter, rest)) = filters.split_first() else {
            return Ok(work());
        };
        let scope = self.device.push_error_scope(*filter);
        let result = self.scoped(rest, work);
        match pollster::block_on(scope.pop()) {
            Some(error) => Err(error),
            None => result,
        }
    }
}

impl Adapter {
    /// Opens the adapter with everything that it offers and kernels can use.
    ///
    /// # Errors
    /// The driver's refusal.
    pub fn open(&self) -> Result<Gpu, GpuError> {
        Gpu::open(self)
    }
}
