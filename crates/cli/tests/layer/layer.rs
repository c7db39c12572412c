//! A Vulkan layer for tests: it stands between the loader and a real driver. From the submission that `BROKEN_DRIVER`
//! names on (`lost:40`, `hangs:40`, from 1) the device is lost, or swallows its work and never gets idle; shader modules are
//! copied into the folder `SPIRV_FOLDER`, as 1.spv, 2.spv, ….
//!
//! The loader finds it by `VK_LAYER_PATH` and `VK_INSTANCE_LAYERS`. What it answers follows the loader's interface to
//! layers, version 2 (LoaderLayerInterface.md of the Vulkan loader).

use std::ffi::{CStr, c_char, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use ash::vk;

/// How the device breaks.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    Lost,
    Hangs,
}

/// The next layer's or the driver's functions of the one device that is watched.
struct Next {
    device_address: vk::PFN_vkGetDeviceProcAddr,
    create_shader_module: vk::PFN_vkCreateShaderModule,
    submit: vk::PFN_vkQueueSubmit,
    wait: vk::PFN_vkWaitSemaphores,
    queue_idle: vk::PFN_vkQueueWaitIdle,
    device_idle: vk::PFN_vkDeviceWaitIdle,
}

static INSTANCE_ADDRESS: OnceLock<vk::PFN_vkGetInstanceProcAddr> = OnceLock::new();
static NEXT: OnceLock<Next> = OnceLock::new();
static SUBMISSIONS: AtomicU64 = AtomicU64::new(0);
static MODULES: AtomicU64 = AtomicU64::new(0);

/// The loader's notes to a layer; `link` leads to the next one in the chain.
#[repr(C)]
struct LayerCreateInfo {
    s_type: vk::StructureType,
    next: *const c_void,
    function: i32,
    link: *mut Link,
}

#[repr(C)]
struct Link {
    next: *mut Link,
    instance_address: vk::PFN_vkGetInstanceProcAddr,
    /// Of physical devices in an instance's chain, of devices in a device's.
    other_address: *const c_void,
}

#[repr(C)]
struct Negotiation {
    s_type: i32,
    next: *const c_void,
    version: u32,
    instance_address: vk::PFN_vkGetInstanceProcAddr,
    device_address: vk::PFN_vkGetDeviceProcAddr,
    physical_device_address: *const c_void,
}

/// The fault, if it is time for it.
fn fault() -> Option<Fault> {
    static SET: OnceLock<(Fault, u64)> = OnceLock::new();
    let (fault, first) = *SET.get_or_init(|| {
        let text = std::env::var("BROKEN_DRIVER").unwrap_or_default();
        match text.split_once(':').map(|(kind, first)| (kind, first.parse())) {
            Some(("lost", Ok(first))) => (Fault::Lost, first),
            Some(("hangs", Ok(first))) => (Fault::Hangs, first),
            _ => (Fault::Lost, u64::MAX),
        }
    });
    (SUBMISSIONS.load(Ordering::SeqCst) >= first).then_some(fault)
}

/// This layer's link in the chain that the loader hands over, moved on for the next layer.
unsafe fn link(mut info: *const c_void, wanted: vk::StructureType) -> Option<&'static Link> {
    while !info.is_null() {
        // SAFETY: each structure in such a chain begins with its type and the next one's address.
        let note = unsafe { &mut *info.cast_mut().cast::<LayerCreateInfo>() };
        if note.s_type == wanted && note.function == 0 && !note.link.is_null() {
            // SAFETY: function 0 says that the note is a link, which lives as long as the call.
            let link = unsafe { &*note.link };
            note.link = link.next;
            return Some(link);
        }
        info = note.next;
    }
    None
}

/// The loader's first question: which version, and where are the functions?
///
/// # Safety
/// The loader gives a negotiation of its own.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn vkNegotiateLoaderLayerInterfaceVersion(negotiation: *mut c_void) -> vk::Result {
    // SAFETY: see above.
    let negotiation = unsafe { &mut *negotiation.cast::<Negotiation>() };
    negotiation.version = 2;
    negotiation.instance_address = instance_address;
    negotiation.device_address = device_address;
    negotiation.physical_device_address = std::ptr::null();
    vk::Result::SUCCESS
}

macro_rules! erased {
    ($function:expr, $kind:ty) => {
        // SAFETY: function pointers all have one size; Vulkan hands them out without their types.
        Some(unsafe { std::mem::transmute::<$kind, unsafe extern "system" fn()>($function) })
    };
}

/// The function as its type `F`, which has to be its own.
unsafe fn typed<F: Copy>(function: vk::PFN_vkVoidFunction) -> F {
    assert!(function.is_some() && size_of::<F>() == size_of_val(&function));
    // SAFETY: both are function pointers, and the caller names the right type.
    unsafe { std::mem::transmute_copy(&function) }
}

unsafe extern "system" fn instance_address(instance: vk::Instance, name: *const c_char) -> vk::PFN_vkVoidFunction {
    // SAFETY: names are C strings.
    match unsafe { CStr::from_ptr(name) }.to_bytes() {
        b"vkGetInstanceProcAddr" => erased!(instance_address, vk::PFN_vkGetInstanceProcAddr),
        b"vkCreateInstance" => erased!(create_instance, vk::PFN_vkCreateInstance),
        b"vkCreateDevice" => erased!(create_device, vk::PFN_vkCreateDevice),
        // SAFETY: the next layer's function, called as this one was.
        _ => INSTANCE_ADDRESS.get().and_then(|next| unsafe { next(instance, name) }),
    }
}

unsafe extern "system" fn device_address(device: vk::Device, name: *const c_char) -> vk::PFN_vkVoidFunction {
    // SAFETY: names are C strings.
    match unsafe { CStr::from_ptr(name) }.to_bytes() {
        b"vkGetDeviceProcAddr" => erased!(device_address, vk::PFN_vkGetDeviceProcAddr),
        b"vkCreateShaderModule" => erased!(create_shader_module, vk::PFN_vkCreateShaderModule),
        b"vkQueueSubmit" => erased!(submit, vk::PFN_vkQueueSubmit),
        b"vkWaitSemaphores" | b"vkWaitSemaphoresKHR" => erased!(wait, vk::PFN_vkWaitSemaphores),
        b"vkQueueWaitIdle" => erased!(queue_idle, vk::PFN_vkQueueWaitIdle),
        b"vkDeviceWaitIdle" => erased!(device_idle, vk::PFN_vkDeviceWaitIdle),
        // SAFETY: the next layer's function, called as this one was.
        _ => NEXT
            .get()
            .and_then(|next| unsafe { (next.device_address)(device, name) }),
    }
}

unsafe extern "system" fn create_instance(
    info: *const vk::InstanceCreateInfo<'_>,
    allocator: *const vk::AllocationCallbacks<'_>,
    instance: *mut vk::Instance,
) -> vk::Result {
    // SAFETY: the loader gives a valid chain with this layer's link in it.
    let Some(link) = (unsafe { link((*info).p_next, vk::StructureType::LOADER_INSTANCE_CREATE_INFO) }) else {
        return vk::Result::ERROR_INITIALIZATION_FAILED;
    };
    let address = *INSTANCE_ADDRESS.get_or_init(|| link.instance_address);
    // SAFETY: the name's function has this type; called as this one was.
    unsafe {
        let Some(create) = address(vk::Instance::null(), c"vkCreateInstance".as_ptr()) else {
            return vk::Result::ERROR_INITIALIZATION_FAILED;
        };
        std::mem::transmute::<unsafe extern "system" fn(), vk::PFN_vkCreateInstance>(create)(info, allocator, instance)
    }
}

unsafe extern "system" fn create_device(
    physical: vk::PhysicalDevice,
    info: *const vk::DeviceCreateInfo<'_>,
    allocator: *const vk::AllocationCallbacks<'_>,
    device: *mut vk::Device,
) -> vk::Result {
    // SAFETY: the loader gives a valid chain with this layer's link in it.
    let Some(link) = (unsafe { link((*info).p_next, vk::StructureType::LOADER_DEVICE_CREATE_INFO) }) else {
        return vk::Result::ERROR_INITIALIZATION_FAILED;
    };
    // SAFETY: each name's function has the type that it is taken for; the device's are asked for once it is there.
    unsafe {
        let device_address: vk::PFN_vkGetDeviceProcAddr = std::mem::transmute(link.other_address);
        let Some(create) = (link.instance_address)(vk::Instance::null(), c"vkCreateDevice".as_ptr()) else {
            return vk::Result::ERROR_INITIALIZATION_FAILED;
        };
        let create: vk::PFN_vkCreateDevice = std::mem::transmute(create);
        let result = create(physical, info, allocator, device);
        if result == vk::Result::SUCCESS {
            let of = |name: &CStr| device_address(*device, name.as_ptr());
            let _ = NEXT.set(Next {
                device_address,
                create_shader_module: typed(of(c"vkCreateShaderModule")),
                submit: typed(of(c"vkQueueSubmit")),
                wait: typed(of(c"vkWaitSemaphores")),
                queue_idle: typed(of(c"vkQueueWaitIdle")),
                device_idle: typed(of(c"vkDeviceWaitIdle")),
            });
        }
        result
    }
}

unsafe extern "system" fn create_shader_module(
    device: vk::Device,
    info: *const vk::ShaderModuleCreateInfo<'_>,
    allocator: *const vk::AllocationCallbacks<'_>,
    module: *mut vk::ShaderModule,
) -> vk::Result {
    if let Some(folder) = std::env::var_os("SPIRV_FOLDER") {
        let number = MODULES.fetch_add(1, Ordering::SeqCst) + 1;
        // SAFETY: the structure says where its code is and how many bytes it has.
        let code = unsafe { std::slice::from_raw_parts((*info).p_code.cast::<u8>(), (*info).code_size) };
        if std::fs::write(std::path::Path::new(&folder).join(format!("{number}.spv")), code).is_err() {
            return vk::Result::ERROR_OUT_OF_HOST_MEMORY;
        }
    }
    NEXT.get().map_or(vk::Result::ERROR_DEVICE_LOST, |next| {
        // SAFETY: called as this one was.
        unsafe { (next.create_shader_module)(device, info, allocator, module) }
    })
}

unsafe extern "system" fn submit(
    queue: vk::Queue,
    count: u32,
    submissions: *const vk::SubmitInfo<'_>,
    fence: vk::Fence,
) -> vk::Result {
    SUBMISSIONS.fetch_add(1, Ordering::SeqCst);
    match (fault(), NEXT.get()) {
        (Some(Fault::Hangs), _) => vk::Result::SUCCESS,
        // SAFETY: called as this one was.
        (None, Some(next)) => unsafe { (next.submit)(queue, count, submissions, fence) },
        _ => vk::Result::ERROR_DEVICE_LOST,
    }
}

unsafe extern "system" fn wait(
    device: vk::Device,
    info: *const vk::SemaphoreWaitInfo<'_>,
    timeout_ns: u64,
) -> vk::Result {
    match (fault(), NEXT.get()) {
        // Swallowed work never signals, so the driver's own waiting runs into its timeout.
        // SAFETY: called as this one was.
        (None | Some(Fault::Hangs), Some(next)) => unsafe { (next.wait)(device, info, timeout_ns) },
        _ => vk::Result::ERROR_DEVICE_LOST,
    }
}

unsafe extern "system" fn queue_idle(queue: vk::Queue) -> vk::Result {
    // SAFETY: called as this one was.
    never_idle_if_broken(|next| unsafe { (next.queue_idle)(queue) })
}

unsafe extern "system" fn device_idle(device: vk::Device) -> vk::Result {
    // SAFETY: called as this one was.
    never_idle_if_broken(|next| unsafe { (next.device_idle)(device) })
}

fn never_idle_if_broken(wait: impl Fn(&Next) -> vk::Result) -> vk::Result {
    match (fault(), NEXT.get()) {
        (Some(Fault::Hangs), _) => loop {
            std::thread::park();
        },
        (None, Some(next)) => wait(next),
        _ => vk::Result::ERROR_DEVICE_LOST,
    }
}
