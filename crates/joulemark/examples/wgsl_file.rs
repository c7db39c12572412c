//! A kernel in a WGSL file: its buffers are given by their bytes, in the order of the bindings, and hold zeros.
//!
//!     cargo run --release -p joulemark --features wgpu --example wgsl_file -- shaders/custom/softmax.wgsl 512 2097152 2097152

use joulemark::Bench;
use wgpu::{BindGroupDescriptor as Group, BindGroupEntry as Entry, BufferUsages, PollType};

#[rustfmt::skip]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, workgroups, bytes @ ..] = &arguments[..] else { return Err("which file, how many workgroups, and how many bytes in each buffer?".into()) };
    let (source, workgroups) = (std::fs::read_to_string(path)?, workgroups.parse()?);
    let adapter = pollster::block_on(wgpu::Instance::default().request_adapter(&wgpu::RequestAdapterOptions::default()))?;
    let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default()))?;
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source: wgpu::ShaderSource::Wgsl(source.into()) });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor { label: None, layout: None, module: &module, entry_point: None, compilation_options: Default::default(), cache: None });
    let sizes: Vec<u64> = bytes.iter().map(|bytes| bytes.parse()).collect::<Result<_, _>>()?;
    let buffer = |size| device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage: BufferUsages::STORAGE, mapped_at_creation: false });
    let buffers: Vec<_> = sizes.into_iter().map(buffer).collect();
    let entries: Vec<_> = (0..).zip(&buffers).map(|(binding, buffer)| Entry { binding, resource: buffer.as_entire_binding() }).collect();
    let bindings = device.create_bind_group(&Group { label: None, layout: &pipeline.get_bind_group_layout(0), entries: &entries });
    let result = Bench::for_adapter(&adapter.get_info())?.measure(path, |n| {
        let mut encoder = device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bindings, &[]);
        (0..n).for_each(|_| pass.dispatch_workgroups(workgroups, 1, 1));
        drop(pass);
        queue.submit([encoder.finish()]);
        device.poll(PollType::wait_indefinitely()).expect("the device answers");
    })?;
    println!("{result}");
    Ok(())
}
