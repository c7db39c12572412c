//! Who a device is, as Vulkan itself tells. In: an adapter. Out: PCI address, UUID and LUID, by which its energy sensor is
//! found. wgpu leaves out addresses whose bus and device are both 0, which every GPU of an Azure machine has.

/// The ids of a device; each may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceIds {
    /// `0001:00:00.0`.
    pub pci_bus_id: Option<String>,
    /// `VkPhysicalDeviceIDProperties::deviceUUID`.
    pub uuid: Option<[u8; 16]>,
    /// `VkPhysicalDeviceIDProperties::deviceLUID`, on Windows.
    pub luid: Option<[u8; 8]>,
}

impl DeviceIds {
    /// Of this adapter; other backends tell no more than wgpu does.
    pub(crate) fn of(adapter: &wgpu::Adapter) -> Self {
        let told = adapter.get_info().device_pci_bus_id;
        let ids = vulkan(adapter).unwrap_or_default();
        Self {
            pci_bus_id: ids.pci_bus_id.or(Some(told).filter(|told| !told.is_empty())),
            ..ids
        }
    }
}

#[cfg(target_vendor = "apple")]
fn vulkan(_adapter: &wgpu::Adapter) -> Option<DeviceIds> {
    None
}

#[cfg(not(target_vendor = "apple"))]
fn vulkan(adapter: &wgpu::Adapter) -> Option<DeviceIds> {
    use ash::{ext, vk};

    // SAFETY: the handle is only asked for properties and lives as long as the adapter, which outlives this function.
    let adapter = unsafe { adapter.as_hal::<wgpu::hal::api::Vulkan>() }?;
    let (shared, device) = (adapter.shared_instance(), adapter.raw_physical_device());
    if shared.instance_api_version() < vk::API_VERSION_1_1 {
        return None;
    }
    let instance = shared.raw_instance();
    // SAFETY: the physical device belongs to this instance, and both are alive.
    let extensions = unsafe { instance.enumerate_device_extension_properties(device) }.ok()?;
    let tells_pci = extensions
        .iter()
        .any(|extension| extension.extension_name_as_c_str() == Ok(ext::pci_bus_info::NAME));
    let mut ids = vk::PhysicalDeviceIDProperties::default();
    let mut pci = vk::PhysicalDevicePCIBusInfoPropertiesEXT::default();
    let mut properties = vk::PhysicalDeviceProperties2::default().push_next(&mut ids);
    if tells_pci {
        properties = properties.push_next(&mut pci);
    }
    // SAFETY: Vulkan 1.1 has this call; each structure in the chain is known to it or to an extension of the device.
    unsafe { instance.get_physical_device_properties2(device, &mut properties) };
    Some(DeviceIds {
        pci_bus_id: tells_pci.then(|| {
            format!(
                "{:04x}:{:02x}:{:02x}.{:x}",
                pci.pci_domain, pci.pci_bus, pci.pci_device, pci.pci_function
            )
        }),
        uuid: Some(ids.device_uuid).filter(|uuid| *uuid != [0; 16]),
        luid: (ids.device_luid_valid == vk::TRUE).then_some(ids.device_luid),
    })
}
