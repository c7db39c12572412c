//! Whether wgpu will find an adapter. Out: which, or why there is none. Metal and DX12 are part of their systems; elsewhere
//! Vulkan itself is asked.

/// The adapter in one line.
///
/// # Errors
/// Why there is none, as a sentence.
#[cfg(any(windows, target_vendor = "apple"))]
pub(crate) fn find() -> Result<String, String> {
    Ok(if cfg!(windows) {
        "DX12, which is part of Windows".into()
    } else {
        "Metal, which is part of the system".into()
    })
}

/// The adapter in one line.
///
/// # Errors
/// Why there is none, as a sentence.
#[cfg(all(unix, not(target_vendor = "apple")))]
pub(crate) fn find() -> Result<String, String> {
    use ash::vk;

    // SAFETY: the loader is the system's own library, which wgpu will load too.
    let entry = unsafe { ash::Entry::load() }.map_err(|error| format!("the Vulkan loader is missing ({error})."))?;
    // SAFETY: the structure is complete as it stands, and the instance is destroyed below.
    let instance = unsafe { entry.create_instance(&vk::InstanceCreateInfo::default(), None) }.map_err(|error| {
        format!("the Vulkan loader is here, but finds no driver whose library is whole ({error:?}).")
    })?;
    // SAFETY: the instance is alive, and the devices are its own.
    let mut devices = unsafe {
        let devices = instance.enumerate_physical_devices().unwrap_or_default();
        let described = devices.into_iter().map(|device| {
            let properties = instance.get_physical_device_properties(device);
            let name = properties.device_name_as_c_str().unwrap_or_default().to_string_lossy();
            (properties.device_type == vk::PhysicalDeviceType::CPU, name.into_owned())
        });
        described.collect::<Vec<_>>()
    };
    // SAFETY: nothing of the instance is used any more.
    unsafe { instance.destroy_instance(None) };
    // A GPU, where there is one, is what the user will want to hear of.
    devices.sort_by_key(|(software, _)| *software);
    match devices.first() {
        Some((true, name)) => Ok(format!("Vulkan (software, on the processor: {name})")),
        Some((false, name)) => Ok(format!("Vulkan ({name})")),
        None => Err(format!(
            "the Vulkan loader and a driver are here, but no device that it drives{}.",
            forbidden()
        )),
    }
}

/// Render nodes that this user may not open, as the end of a sentence; nothing if there are none.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn forbidden() -> String {
    let nodes = std::fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    let is_render_node = |path: &std::path::PathBuf| path.to_string_lossy().contains("renderD");
    let mut closed = nodes.map(|node| node.path()).filter(is_render_node).filter_map(|path| {
        let error = std::fs::File::options().read(true).write(true).open(&path).err()?;
        Some(format!(
            ": this user may not use {} ({error}); `sudo usermod -aG render,video $USER` and a new login help",
            path.display()
        ))
    });
    closed.next().unwrap_or_default()
}
