//! A wgpu kernel of one's own: the device's sensors come from its adapter, and the closure waits for the queue.
//!
//!     cargo run --release -p joulemark --features wgpu --example own_kernel

use joulemark::Bench;
use wgpu::{BindGroupDescriptor as Group, BindGroupEntry as Entry, BufferUsages, PollType};

const WGSL: &str = "@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { x[id.x] = x[id.x] * 1.0001 + 0.5; }";

#[rustfmt::skip]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let instance = wgpu::Instance::default();
    let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()))?;
    let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default()))?;
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source: wgpu::ShaderSource::Wgsl(WGSL.into()) });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor { label: None, layout: None, module: &module, entry_point: None, compilation_options: Default::default(), cache: None });
    let buffer = device.create_buffer(&wgpu::BufferDescriptor { label: None, size: 4 << 16, usage: BufferUsages::STORAGE, mapped_at_creation: false });
    let layout = pipeline.get_bind_group_layout(0);
    let bindings = device.create_bind_group(&Group { label: None, layout: &layout, entries: &[Entry { binding: 0, resource: buffer.as_entire_binding() }] });
    let mut bench = Bench::for_adapter(&adapter.get_info())?;
    let result = bench.measure("scale 65536", |n| {
        let mut encoder = device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bindings, &[]);
        (0..n).for_each(|_| pass.dispatch_workgroups(1 << 10, 1, 1));
        drop(pass);
        queue.submit([encoder.finish()]);
        device.poll(PollType::wait_indefinitely()).expect("the device answers");
    })?;
    println!("{result}");
    Ok(())
}
