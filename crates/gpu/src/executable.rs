//! A compiled plan with its buffers: upload, run, download.

use std::sync::{Mutex, PoisonError};

use joulemark_kernels::interface::{Access, Binding, Interface};
use joulemark_kernels::plan::{BufferSpec, Pass, Role};
use joulemark_kernels::{Element, Plan, Tensor, Transfer};

use crate::error::GpuError;
use crate::gpu::Gpu;
use crate::timer::{Timer, read};

/// Whether compiled shaders check their indices and loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuntimeChecks {
    /// With wgpu's bounds checks and loop counters: what a browser would run.
    On,
    /// Without them: what is timed. Every kernel is verified in both.
    Off,
}

/// A compiled plan on a device.
#[derive(Debug)]
pub struct Executable {
    gpu: Gpu,
    plan: Plan,
    buffers: Vec<wgpu::Buffer>,
    steps: Vec<Step>,
    timer: Option<Timer>,
    transfer: Transfer,
    /// The first input as its buffer holds it, if it is written in each iteration.
    host_input: Mutex<Vec<u8>>,
}

#[derive(Debug)]
struct Step {
    pipeline: wgpu::ComputePipeline,
    /// By group.
    bind_groups: Vec<wgpu::BindGroup>,
    grid: [u32; 3],
}

impl Gpu {
    /// Compiles a plan and allocates its buffers.
    ///
    /// # Errors
    /// If a shader is refused or memory runs out.
    pub fn compile(&self, plan: &Plan, checks: RuntimeChecks) -> Result<Executable, GpuError> {
        Executable::new(self, plan, checks)
    }
}

/// Command buffers in flight: one runs while the next waits.
const IN_FLIGHT: usize = 2;

impl Executable {
    pub(crate) fn new(gpu: &Gpu, plan: &Plan, checks: RuntimeChecks) -> Result<Self, GpuError> {
        let bytes = plan.buffers.iter().map(|buffer| buffer.bytes()).sum();
        let buffers = gpu
            .scoped(&[wgpu::ErrorFilter::OutOfMemory, wgpu::ErrorFilter::Validation], || {
                plan.buffers
                    .iter()
                    .map(|spec| storage(gpu, spec.label, spec.bytes()))
                    .collect::<Vec<_>>()
            })
            .map_err(|error| GpuError::OutOfMemory {
                bytes,
                reason: error.to_string(),
            })?;
        let steps = plan
            .passes
            .iter()
            .map(|pass| {
                let filters = [wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::Internal];
                let interface = pass.interface()?;
                gpu.scoped(&filters, || Step::new(gpu, pass, &interface, &buffers, checks))
                    .map_err(|error| GpuError::Shader {
                        pass: pass.label.into(),
                        reason: error.to_string(),
                    })
            })
            .collect::<Result<_, _>>()?;
        gpu.fault()?;
        Ok(Self {
            gpu: gpu.clone(),
            plan: plan.clone(),
            buffers,
            steps,
            timer: Timer::new(gpu),
            transfer: Transfer::None,
            host_input: Mutex::default(),
        })
    }

    /// The same, with this transfer in each iteration.
    #[must_use]
    pub fn with_transfer(self, transfer: Transfer) -> Self {
        Self { transfer, ..self }
    }

    /// Uploads the inputs and poisons every other buffer, so that an unwritten element shows: NaN in floats, in i32
    /// a number that no product of this size reaches.
    ///
    /// # Errors
    /// If the device was lost, or the inputs do not have the form that the plan was made for.
    pub fn upload(&self, inputs: &[&Tensor]) -> Result<(), GpuError> {
        for (spec, buffer) in self.plan.buffers.iter().zip(&self.buffers) {
            match spec.upload(inputs)? {
                Some(bytes) => {
                    self.gpu.queue.write_buffer(buffer, 0, &bytes);
                    if spec.role == Role::Input(0) && self.transfer == Transfer::Upload {
                        *self.host_input.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
                    }
                }
                None => {
                    let poison = if spec.element == Element::I32 { 0x7f } else { 0xff };
                    self.gpu
                        .queue
                        .write_buffer(buffer, 0, &vec![poison; spec.bytes() as usize]);
                }
            }
        }
        self.gpu.queue.submit([]);
        self.gpu.wait(None)
    }

    /// Runs the plan `iterations` times, at most `batch` of them per command buffer, and waits for the end. Iterations
    /// run one after the other: each writes the same output.
    ///
    /// # Errors
    /// If the device was lost or does not finish.
    pub fn run(&self, iterations: u64, batch: u64) -> Result<(), GpuError> {
        self.gpu.usable()?;
        if self.transfer != Transfer::None {
            return self.run_transferring(iterations);
        }
        let mut submitted = std::collections::VecDeque::new();
        let mut done = 0;
        while done < iterations {
            let count = batch.clamp(1, iterations - done);
            let commands = self.encode(count, done == 0, done + count == iterations);
            submitted.push_back(self.gpu.queue.submit([commands]));
            if submitted.len() > IN_FLIGHT {
                self.gpu.wait(submitted.pop_front())?;
            }
            done += count;
        }
        self.gpu.wait(submitted.pop_back())
    }

    /// Each iteration alone, with its transfer.
    fn run_transferring(&self, iterations: u64) -> Result<(), GpuError> {
        let host_input = self.host_input.lock().unwrap_or_else(PoisonError::into_inner);
        let is_input = |spec: &BufferSpec| spec.role == Role::Input(0);
        let input = self.plan.buffers.iter().position(is_input).unwrap_or_default();
        let readback = (self.transfer == Transfer::Download)
            .then(|| self.readback())
            .transpose()?;
        for iteration in 0..iterations {
            if self.transfer == Transfer::Upload {
                self.gpu.queue.write_buffer(&self.buffers[input], 0, &host_input);
            }
            let commands = self.encode(1, iteration == 0, iteration + 1 == iterations);
            let submission = self.gpu.queue.submit([commands]);
            match &readback {
                Some(readback) => {
                    std::hint::black_box(self.read_output(readback)?);
                }
                None => self.gpu.wait(Some(submission))?,
            }
        }
        Ok(())
    }

    fn encode(&self, iterations: u64, first: bool, last: bool) -> wgpu::CommandBuffer {
        let mut encoder = self
            .gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let timestamp_writes = self.timer.as_ref().and_then(|timer| timer.writes(first, last));
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: None,
                timestamp_writes,
            });
            for _ in 0..iterations {
                for step in &self.steps {
                    pass.set_pipeline(&step.pipeline);
                    for (group, bind_group) in (0..).zip(&step.bind_groups) {
                        pass.set_bind_group(group, bind_group, &[]);
                    }
                    let [x, y, z] = step.grid;
                    pass.dispatch_workgroups(x, y, z);
                }
            }
        }
        if let Some(timer) = self.timer.as_ref().filter(|_| last) {
            timer.resolve(&mut encoder);
        }
        encoder.finish()
    }

    /// GPU seconds of the run before, from the start of its first pass to the end of its last; `None` if the adapter
    /// has no timestamps or they did not move.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn gpu_seconds(&self) -> Result<Option<f64>, GpuError> {
        self.timer.as_ref().map_or(Ok(None), |timer| timer.seconds(&self.gpu))
    }

    /// The output, dense, C order.
    ///
    /// # Errors
    /// If the device was lost or memory for the copy is missing.
    pub fn download(&self) -> Result<Tensor, GpuError> {
        let spec = &self.plan.buffers[self.plan.output()];
        let bytes = self.read_output(&self.readback()?)?;
        Ok(Tensor::unpack(spec.element, &spec.layout, &bytes))
    }

    /// A buffer that the host can read, as large as the output.
    fn readback(&self) -> Result<wgpu::Buffer, GpuError> {
        let size = self.plan.buffers[self.plan.output()].bytes();
        self.gpu
            .scoped(&[wgpu::ErrorFilter::OutOfMemory], || {
                self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("readback"),
                    size,
                    usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
                    mapped_at_creation: false,
                })
            })
            .map_err(|error| GpuError::OutOfMemory {
                bytes: size,
                reason: error.to_string(),
            })
    }

    /// The output's bytes, by way of `readback`.
    fn read_output(&self, readback: &wgpu::Buffer) -> Result<Vec<u8>, GpuError> {
        let output = &self.buffers[self.plan.output()];
        let mut encoder = self
            .gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(output, 0, readback, 0, readback.size());
        self.gpu.queue.submit([encoder.finish()]);
        read(&self.gpu, readback)
    }
}

fn storage(gpu: &Gpu, label: &str, size: u64) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size,
        usage: wgpu::BufferUsages::STORAGE
            | wgpu::BufferUsages::UNIFORM
            | wgpu::BufferUsages::COPY_SRC
            | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

impl Step {
    fn new(gpu: &Gpu, pass: &Pass, interface: &Interface, buffers: &[wgpu::Buffer], checks: RuntimeChecks) -> Self {
        let device = &gpu.device;
        let label = Some(pass.label);
        let descriptor = wgpu::ShaderModuleDescriptor {
            label,
            source: wgpu::ShaderSource::Wgsl(pass.wgsl.as_str().into()),
        };
        let shader = match checks {
            RuntimeChecks::On => device.create_shader_module(descriptor),
            // SAFETY: only what somebody vouches for is run so (`Algorithm::is_vouched_for`): that its indices stay inside
            // its buffers and its loops end. For the catalogue tests do, which run every kernel of it with and without
            // checks, at sizes that leave tails on every axis, and hold both outputs against the reference; for a kernel of
            // a suite its author does.
            RuntimeChecks::Off => unsafe {
                device.create_shader_module_trusted(descriptor, wgpu::ShaderRuntimeChecks::unchecked())
            },
        };
        let groups = interface
            .bindings
            .iter()
            .map(|binding| binding.at[0] + 1)
            .max()
            .unwrap_or(0);
        let of = |group: u32| {
            let all = interface.bindings.iter().zip(&pass.bindings);
            all.filter(move |(binding, _)| binding.at[0] == group)
        };
        let layouts: Vec<_> = (0..groups)
            .map(|group| {
                let entries: Vec<_> = of(group).map(|(binding, _)| layout_entry(binding)).collect();
                device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                    label,
                    entries: &entries,
                })
            })
            .collect();
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label,
            bind_group_layouts: &layouts.iter().map(Some).collect::<Vec<_>>(),
            immediate_size: 0,
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label,
            layout: Some(&pipeline_layout),
            module: &shader,
            entry_point: Some(pass.entry),
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: checks == RuntimeChecks::On,
                ..Default::default()
            },
            cache: None,
        });
        let bind_groups = (0..).zip(&layouts).map(|(group, layout)| {
            let entries: Vec<_> = of(group)
                .map(|(binding, &buffer)| wgpu::BindGroupEntry {
                    binding: binding.at[1],
                    resource: buffers[buffer].as_entire_binding(),
                })
                .collect();
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label,
                layout,
                entries: &entries,
            })
        });
        Self {
            pipeline,
            bind_groups: bind_groups.collect(),
            grid: pass.grid,
        }
    }
}

fn layout_entry(binding: &Binding) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding: binding.at[1],
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty: match binding.access {
                Access::Uniform => wgpu::BufferBindingType::Uniform,
                access => wgpu::BufferBindingType::Storage {
                    read_only: access == Access::Read,
                },
            },
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}
