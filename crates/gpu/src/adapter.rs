//! The adapters of this machine: what they are, and the choice of one.

use joulemark_base::device_class::DeviceClass;
use joulemark_kernels::{Cooperative, DeviceProfile, Element};
use serde::Serialize;

use crate::error::GpuError;
use crate::identity::DeviceIds;

/// One adapter of this machine.
#[derive(Debug)]
pub struct Adapter {
    pub(crate) inner: wgpu::Adapter,
}

/// What an adapter says of itself.
#[derive(Clone, Debug, Serialize)]
pub struct AdapterDescription {
    /// Marketing name.
    pub name: String,
    /// vulkan, metal or dx12.
    pub backend: String,
    /// discrete, integrated, cpu or other.
    pub class: String,
    /// Driver.
    pub driver: String,
    /// Version of the driver, in its own words.
    pub driver_info: String,
    /// PCI vendor id.
    pub vendor: u32,
    /// PCI device id.
    pub device: u32,
    /// PCI address as `0000:65:00.0`; `None` if the adapter has none.
    pub pci_bus_id: Option<String>,
    /// Smallest and largest subgroup.
    pub subgroup_sizes: [u32; 2],
    /// Whether shaders may use f16.
    pub f16: bool,
    /// Whether the GPU's own clock can be read.
    pub timestamps: bool,
    /// Cooperative matrices on offer, as `16x16x16 f16*f16+f32`.
    pub cooperative_matrices: Vec<String>,
    /// All features that wgpu reports.
    pub features: Vec<String>,
    /// The limits that bear on compute.
    pub limits: Limits,
}

/// Limits that bear on compute, in bytes and counts.
#[derive(Clone, Debug, Serialize)]
pub struct Limits {
    /// Largest storage binding, bytes.
    pub max_storage_binding_bytes: u64,
    /// Largest buffer, bytes.
    pub max_buffer_bytes: u64,
    /// Workgroup memory, bytes.
    pub max_workgroup_storage_bytes: u32,
    /// Invocations per workgroup.
    pub max_invocations_per_workgroup: u32,
    /// Workgroup size per axis.
    pub max_workgroup_size: [u32; 3],
    /// Workgroups per axis of a dispatch.
    pub max_workgroups_per_dimension: u32,
}

impl Adapter {
    /// All adapters, discrete GPUs first, software last.
    pub fn all() -> Vec<Self> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: wgpu::Backends::PRIMARY,
            // Debug builds would ask for validation layers, which change what is measured.
            flags: wgpu::InstanceFlags::empty(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let mut adapters: Vec<_> = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY))
            .into_iter()
            .map(|inner| Self { inner })
            .collect();
        adapters.sort_by_key(|adapter| match adapter.class() {
            DeviceClass::Discrete => 0,
            DeviceClass::Integrated => 1,
            DeviceClass::Virtual | DeviceClass::Other => 2,
            DeviceClass::Cpu => 3,
        });
        adapters
    }

    /// The adapter with this number in [`all`](Self::all), or the first whose name holds this text; without a wish the
    /// first of all.
    ///
    /// # Errors
    /// If there is none: what was found, and what to do.
    pub fn choose(wish: Option<&str>) -> Result<Self, GpuError> {
        let mut adapters = Self::all();
        if adapters.is_empty() {
            return Err(GpuError::NoAdapter(
                "no Vulkan, Metal or DX12 adapter was found: install your GPU's driver, or Mesa's software driver (package \
                 mesa-vulkan-drivers on Debian, Ubuntu and Fedora, vulkan-swrast on Arch; in a clone of the repository \
                 `cargo xtask setup` does it); `joulemark doctor` says more"
                    .into(),
            ));
        }
        let Some(wish) = wish else {
            return Ok(adapters.swap_remove(0));
        };
        let position = match wish.parse::<usize>() {
            Ok(number) => Some(number).filter(|number| *number < adapters.len()),
            Err(_) => {
                let wish = wish.to_lowercase();
                adapters
                    .iter()
                    .position(|adapter| adapter.inner.get_info().name.to_lowercase().contains(&wish))
            }
        };
        position.map(|position| adapters.swap_remove(position)).ok_or_else(|| {
            let names: Vec<_> = adapters
                .iter()
                .enumerate()
                .map(|(i, a)| format!("{i} {}", a.inner.get_info().name))
                .collect();
            GpuError::NoAdapter(format!(
                "no adapter is called `{wish}`; there are: {}",
                names.join(", ")
            ))
        })
    }

    /// Class of the adapter.
    pub fn class(&self) -> DeviceClass {
        match self.inner.get_info().device_type {
            wgpu::DeviceType::DiscreteGpu => DeviceClass::Discrete,
            wgpu::DeviceType::IntegratedGpu => DeviceClass::Integrated,
            wgpu::DeviceType::Cpu => DeviceClass::Cpu,
            wgpu::DeviceType::VirtualGpu => DeviceClass::Virtual,
            _ => DeviceClass::Other,
        }
    }

    /// The ids by which its energy sensor is found.
    pub fn ids(&self) -> DeviceIds {
        DeviceIds::of(&self.inner)
    }

    /// What the adapter says of itself.
    pub fn describe(&self) -> AdapterDescription {
        let info = self.inner.get_info();
        let features = self.inner.features();
        let limits = self.inner.limits();
        AdapterDescription {
            class: self.class().as_str().into(),
            backend: info.backend.to_str().into(),
            subgroup_sizes: [info.subgroup_min_size, info.subgroup_max_size],
            f16: features.contains(wgpu::Features::SHADER_F16),
            timestamps: features.contains(wgpu::Features::TIMESTAMP_QUERY),
            cooperative_matrices: self
                .inner
                .cooperative_matrix_properties()
                .iter()
                .map(cooperative_name)
                .collect(),
            features: features.iter_names().map(|(name, _)| name.to_lowercase()).collect(),
            limits: Limits {
                max_storage_binding_bytes: limits.max_storage_buffer_binding_size,
                max_buffer_bytes: limits.max_buffer_size,
                max_workgroup_storage_bytes: limits.max_compute_workgroup_storage_size,
                max_invocations_per_workgroup: limits.max_compute_invocations_per_workgroup,
                max_workgroup_size: [
                    limits.max_compute_workgroup_size_x,
                    limits.max_compute_workgroup_size_y,
                    limits.max_compute_workgroup_size_z,
                ],
                max_workgroups_per_dimension: limits.max_compute_workgroups_per_dimension,
            },
            name: info.name,
            driver: info.driver,
            driver_info: info.driver_info,
            vendor: info.vendor,
            device: info.device,
            pci_bus_id: self.ids().pci_bus_id,
        }
    }

    /// The square cooperative matrices on offer that work.
    ///
    /// Mesa's llvmpipe takes the number of lanes for the size of its 8×8 matrices (`CMAT_LEN` in
    /// `lvp_nir_lower_cooperative_matrix.c`, 25.2 to 26.1): with more lanes than 16 its compiler writes past the end of an
    /// array and ends the process, with any number but 8 its results are wrong.
    fn cooperative(&self) -> Vec<Cooperative> {
        let info = self.inner.get_info();
        if info.driver == "llvmpipe" && info.subgroup_min_size != 8 {
            return Vec::new();
        }
        let matrices = self.inner.cooperative_matrix_properties();
        let square = matrices
            .iter()
            .filter(|matrix| matrix.m_size == matrix.n_size && matrix.m_size == matrix.k_size);
        square
            .filter_map(|matrix| {
                Some(Cooperative {
                    size: matrix.m_size,
                    input: element(matrix.ab_type)?,
                    sum: element(matrix.cr_type)?,
                })
            })
            .collect()
    }

    /// What plans need to know.
    pub fn profile(&self) -> DeviceProfile {
        let AdapterDescription { f16, limits, .. } = self.describe();
        DeviceProfile {
            class: self.class(),
            f16,
            cooperative: self.cooperative(),
            subgroup: match self.inner.features().contains(wgpu::Features::SUBGROUP) {
                true => self.inner.get_info().subgroup_min_size.max(1),
                false => 1,
            },
            max_storage_binding_bytes: limits.max_storage_binding_bytes,
            max_buffer_bytes: limits.max_buffer_bytes,
            max_workgroup_storage_bytes: limits.max_workgroup_storage_bytes,
            max_invocations_per_workgroup: limits.max_invocations_per_workgroup,
            max_workgroup_size: limits.max_workgroup_size,
            max_workgroups_per_dimension: limits.max_workgroups_per_dimension,
        }
    }
}

/// A type as kernels name it; `None` if no kernel uses it.
fn element(scalar: wgpu::CooperativeScalarType) -> Option<Element> {
    match scalar {
        wgpu::CooperativeScalarType::F32 => Some(Element::F32),
        wgpu::CooperativeScalarType::F16 => Some(Element::F16),
        _ => None,
    }
}

fn cooperative_name(properties: &wgpu::CooperativeMatrixProperties) -> String {
    let wgpu::CooperativeMatrixProperties {
        m_size,
        n_size,
        k_size,
        ab_type,
        cr_type,
        ..
    } = properties;
    let [ab, cr] = [ab_type, cr_type].map(|scalar| format!("{scalar:?}").to_lowercase());
    format!("{m_size}x{n_size}x{k_size} {ab}*{ab}+{cr}")
}
