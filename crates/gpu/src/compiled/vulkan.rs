//! A pipeline made by Vulkan itself, on a device of wgpu's that also has the extension which tells of it.

use std::ffi::CStr;

use ash::{khr, vk};
use joulemark_kernels::plan::Pass;
use naga::back::spv;
use naga::proc::BoundsCheckPolicy::Unchecked;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use wgpu::hal::api::Vulkan;

use super::{Compiled, Instructions};
use crate::error::GpuError;
use crate::gpu::FEATURES;

/// Compiles a pass and asks for statistics and assembly.
pub(super) fn compile(adapter: &wgpu::Adapter, pass: &Pass) -> Result<Compiled, GpuError> {
    let info = adapter.get_info();
    let missing =
        |what: &str| GpuError::NoAdapter(format!("{} ({} {}) {what}", info.name, info.driver, info.driver_info));
    // SAFETY: the adapter outlives the borrow, and nothing of it is destroyed.
    let Some(hal) = (unsafe { adapter.as_hal::<Vulkan>() }) else {
        return Err(missing(
            "is not Vulkan's, and only Vulkan drivers tell what they compiled",
        ));
    };
    if !hal
        .physical_device_capabilities()
        .supports_extension(khr::pipeline_executable_properties::NAME)
    {
        return Err(missing(
            "does not tell what it compiled (VK_KHR_pipeline_executable_properties)",
        ));
    }
    let refused = |reason: String| GpuError::Shader {
        pass: pass.label.into(),
        reason,
    };
    let (code, bindings) = spirv(&pass.wgsl).map_err(refused)?;
    let mut wanted =
        vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default().pipeline_executable_info(true);
    // SAFETY: the callback only adds an extension that the driver offers, and its one feature.
    let open = unsafe {
        hal.open_with_callback(
            FEATURES & adapter.features(),
            &adapter.limits(),
            &wgpu::MemoryHints::Performance,
            Some(Box::new(|arguments| {
                arguments.extensions.push(khr::pipeline_executable_properties::NAME);
                *arguments.create_info = std::mem::take(arguments.create_info).push_next(&mut wanted);
            })),
        )
    };
    let open = open.map_err(|error| GpuError::NoDevice {
        adapter: info.name.clone(),
        reason: error.to_string(),
    })?;
    let (device, instance) = (open.device.raw_device(), hal.shared_instance().raw_instance());
    let teller = khr::pipeline_executable_properties::Device::new(instance, device);
    let subgroups = adapter.features().contains(wgpu::Features::SUBGROUP);
    // SAFETY: the device has the extension; everything that is made here is destroyed here.
    unsafe {
        let pipeline = Pipeline::new(device, &code, bindings, subgroups).map_err(|error| refused(error.to_string()));
        pipeline.and_then(|pipeline| {
            let told = tell(&teller, pipeline.raw).map_err(|error| refused(error.to_string()));
            pipeline.destroy(device);
            told
        })
    }
}

/// The words that wgpu makes of a trusted module, and its number of bindings.
fn spirv(wgsl: &str) -> Result<(Vec<u32>, u32), String> {
    let module = naga::front::wgsl::parse_str(wgsl).map_err(|error| error.emit_to_string(wgsl))?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::all())
        .validate(&module)
        .map_err(|error| error.emit_to_string(wgsl))?;
    let options = spv::Options {
        lang_version: (1, 6),
        bounds_check_policies: naga::proc::BoundsCheckPolicies {
            index: Unchecked,
            buffer: Unchecked,
            image_load: Unchecked,
            binding_array: Unchecked,
        },
        zero_initialize_workgroup_memory: spv::ZeroInitializeWorkgroupMemoryMode::None,
        force_loop_bounding: false,
        emit_int_div_checks: false,
        ..spv::Options::default()
    };
    let words = spv::write_vec(&module, &info, &options, None).map_err(|error| error.to_string())?;
    let bindings = module
        .global_variables
        .iter()
        .filter(|(_, variable)| variable.binding.is_some());
    Ok((words, bindings.count() as u32))
}

/// A compute pipeline and what it is made of.
struct Pipeline {
    shader: vk::ShaderModule,
    set: vk::DescriptorSetLayout,
    layout: vk::PipelineLayout,
    raw: vk::Pipeline,
}

impl Pipeline {
    /// Compiles for `bindings` storage buffers in group 0. What was made before a failure goes with the device.
    unsafe fn new(device: &ash::Device, code: &[u32], bindings: u32, subgroups: bool) -> Result<Self, vk::Result> {
        let bindings: Vec<_> = (0..bindings)
            .map(|binding| {
                vk::DescriptorSetLayoutBinding::default()
                    .binding(binding)
                    .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
                    .descriptor_count(1)
                    .stage_flags(vk::ShaderStageFlags::COMPUTE)
            })
            .collect();
        let mut flags = vk::PipelineShaderStageCreateFlags::empty();
        if subgroups {
            // As wgpu does.
            flags |= vk::PipelineShaderStageCreateFlags::ALLOW_VARYING_SUBGROUP_SIZE;
        }
        // SAFETY: all structures are complete and live until the call that reads them.
        unsafe {
            let shader = device.create_shader_module(&vk::ShaderModuleCreateInfo::default().code(code), None)?;
            let set = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
            let set = device.create_descriptor_set_layout(&set, None)?;
            let sets = [set];
            let layout = vk::PipelineLayoutCreateInfo::default().set_layouts(&sets);
            let layout = device.create_pipeline_layout(&layout, None)?;
            let stage = vk::PipelineShaderStageCreateInfo::default()
                .flags(flags)
                .stage(vk::ShaderStageFlags::COMPUTE)
                .module(shader)
                .name(c"main");
            let info = vk::ComputePipelineCreateInfo::default()
                .stage(stage)
                .layout(layout)
                .flags(
                    vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR
                        | vk::PipelineCreateFlags::CAPTURE_INTERNAL_REPRESENTATIONS_KHR,
                );
            let pipelines = device.create_compute_pipelines(vk::PipelineCache::null(), &[info], None);
            let raw = pipelines.map_err(|(_, error)| error)?[0];
            Ok(Self {
                shader,
                set,
                layout,
                raw,
            })
        }
    }

    unsafe fn destroy(self, device: &ash::Device) {
        // SAFETY: all of it was made by this device, and nothing was submitted with it.
        unsafe {
            device.destroy_pipeline(self.raw, None);
            device.destroy_pipeline_layout(self.layout, None);
            device.destroy_descriptor_set_layout(self.set, None);
            device.destroy_shader_module(self.shader, None);
        }
    }
}

/// What the driver says of the pipeline's one executable.
unsafe fn tell(
    teller: &khr::pipeline_executable_properties::Device,
    pipeline: vk::Pipeline,
) -> Result<Compiled, vk::Result> {
    use vk::PipelineExecutableStatisticFormatKHR as Format;

    let executable = vk::PipelineExecutableInfoKHR::default().pipeline(pipeline);
    // SAFETY: the pipeline was made with statistics; each number is read as what its format says.
    let statistics = unsafe { teller.get_pipeline_executable_statistics(&executable)? };
    let statistics = statistics.iter().map(|statistic| {
        // SAFETY: see above.
        let value = unsafe {
            match statistic.format {
                Format::BOOL32 => f64::from(statistic.value.b32),
                Format::INT64 => statistic.value.i64 as f64,
                Format::FLOAT64 => statistic.value.f64,
                _ => statistic.value.u64 as f64,
            }
        };
        (text(statistic.name_as_c_str()), value)
    });
    // SAFETY: the pipeline was made with representations.
    let assembly = unsafe { assembly(teller, &executable)? };
    Ok(Compiled {
        // A hash tells pipelines apart and says nothing of them.
        statistics: statistics
            .filter(|(name, _)| !name.to_lowercase().contains("hash"))
            .collect(),
        instructions: assembly.and_then(|text| Instructions::read(&text)),
    })
}

/// The assembly, if the driver shows it beside its intermediate languages: first the texts' lengths, then their bytes.
unsafe fn assembly(
    teller: &khr::pipeline_executable_properties::Device,
    executable: &vk::PipelineExecutableInfoKHR<'_>,
) -> Result<Option<String>, vk::Result> {
    let ask = |count: &mut u32, texts: *mut vk::PipelineExecutableInternalRepresentationKHR<'_>| {
        // SAFETY: `texts` is null or has `count` elements, whose memory is null or as large as they say.
        unsafe {
            (teller.fp().get_pipeline_executable_internal_representations_khr)(
                teller.device(),
                executable,
                count,
                texts,
            )
            .result()
        }
    };
    let mut count = 0;
    ask(&mut count, std::ptr::null_mut())?;
    let mut texts = vec![vk::PipelineExecutableInternalRepresentationKHR::default(); count as usize];
    ask(&mut count, texts.as_mut_ptr())?;
    let mut bytes: Vec<Vec<u8>> = texts.iter().map(|text| vec![0; text.data_size]).collect();
    for (text, bytes) in texts.iter_mut().zip(&mut bytes) {
        text.p_data = bytes.as_mut_ptr().cast();
    }
    ask(&mut count, texts.as_mut_ptr())?;
    let is_assembly = |name: Result<&CStr, _>| text(name).contains("Assembly");
    let mut shown = texts.iter().zip(&bytes);
    let found = shown.find(|(text, _)| text.is_text == vk::TRUE && is_assembly(text.name_as_c_str()));
    Ok(found.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()))
}

fn text(name: Result<&CStr, std::ffi::FromBytesUntilNulError>) -> String {
    name.map_or_else(|_| "?".into(), |name| name.to_string_lossy().into_owned())
}
