//! GPU time between the first and the last pass of a run, by timestamp queries.

use crate::error::GpuError;
use crate::gpu::Gpu;

/// Two timestamps and the buffers that bring them back.
#[derive(Debug)]
pub(crate) struct Timer {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    readback: wgpu::Buffer,
}

const BYTES: u64 = 16;

impl Timer {
    /// `None` where the adapter has no timestamps.
    pub(crate) fn new(gpu: &Gpu) -> Option<Self> {
        gpu.device
            .features()
            .contains(wgpu::Features::TIMESTAMP_QUERY)
            .then(|| {
                let buffer = |usage| {
                    gpu.device.create_buffer(&wgpu::BufferDescriptor {
                        label: Some("timestamps"),
                        size: BYTES,
                        usage,
                        mapped_at_creation: false,
                    })
                };
                Self {
                    queries: gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
                        label: Some("timestamps"),
                        ty: wgpu::QueryType::Timestamp,
                        count: 2,
                    }),
                    resolved: buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC),
                    readback: buffer(wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ),
                }
            })
    }

    /// The timestamps that a pass writes.
    pub(crate) fn writes(&self, first: bool, last: bool) -> Option<wgpu::ComputePassTimestampWrites<'_>> {
        (first || last).then_some(wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: first.then_some(0),
            end_of_pass_write_index: last.then_some(1),
        })
    }

    /// Ends the last command buffer of a run.
    pub(crate) fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.queries, 0..2, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.readback, 0, BYTES);
    }

    /// Seconds between the two timestamps of the run before; `None` if the clock did not move forward.
    pub(crate) fn seconds(&self, gpu: &Gpu) -> Result<Option<f64>, GpuError> {
        let bytes = read(gpu, &self.readback)?;
        let [start, end] = bytemuck::pod_read_unaligned::<[u64; 2]>(&bytes);
        let ticks = end.checked_sub(start).filter(|ticks| *ticks > 0);
        Ok(ticks.map(|ticks| ticks as f64 * f64::from(gpu.queue.get_timestamp_period()) * 1e-9))
    }
}

/// Copies out a mappable buffer.
pub(crate) fn read(gpu: &Gpu, buffer: &wgpu::Buffer) -> Result<Vec<u8>, GpuError> {
    buffer.map_async(wgpu::MapMode::Read, .., |_| {});
    gpu.wait(None)?;
    let bytes = buffer
        .get_mapped_range(..)
        .map_err(|error| GpuError::Device(error.to_string()))?
        .to_vec();
    buffer.unmap();
    Ok(bytes)
}
