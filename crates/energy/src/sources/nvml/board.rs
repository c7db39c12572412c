//! What joulemark asks of NVML, as a thin trait between the library and our logic, so that the logic is tested
//! without a GPU. In: nothing. Out: integers in NVML's units, or a fault.

/// Why NVML gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NvmlFault {
    /// This GPU or this driver does not have it.
    Unsupported,
    /// Not for this user.
    NoPermission,
    /// The GPU fell off the bus.
    Lost,
    /// The library is not installed.
    NoLibrary(String),
    /// The library is there, the driver is not.
    NoDriver,
    /// No such device.
    NotFound,
    /// Not now: busy, starting, or without data so far.
    NotYet(String),
    /// The library and the kernel's driver are of two versions.
    Mismatch,
    /// Anything else, in NVML's words.
    Other(String),
}

/// One GPU.
pub(crate) trait Board: Send + Sync {
    fn name(&self) -> String;
    /// NVML's PCI text, with a domain of eight digits.
    fn pci_bus_id(&self) -> Result<String, NvmlFault>;
    /// NVML's own id, which NVIDIA's Vulkan driver tells too.
    fn uuid(&self) -> Result<[u8; 16], NvmlFault>;
    /// The locally unique id of Windows.
    fn luid(&self) -> Result<[u8; 8], NvmlFault> {
        Err(NvmlFault::Unsupported)
    }
    /// Whether this is a hypervisor's slice of a board.
    fn is_virtual(&self) -> bool;
    /// Whether the GPU is cut into instances, whose joules the board's counter cannot tell apart.
    fn is_partitioned(&self) -> bool;
    /// Total energy since the driver was loaded, in millijoules (Volta and later).
    fn energy_mj(&self) -> Result<u64, NvmlFault>;
    /// Power now, in milliwatts (field 186).
    fn instant_power_mw(&self) -> Result<u64, NvmlFault>;
    /// Power now of the whole module that the GPU lies on, in milliwatts: on Grace Hopper and Grace Blackwell with the CPU
    /// and all memory (field 186, scope 1).
    fn module_power_mw(&self) -> Result<u64, NvmlFault>;
    /// Power in milliwatts, a mean over one second from Ampere on.
    fn mean_power_mw(&self) -> Result<u64, NvmlFault>;
    fn power_limit_mw(&self) -> Result<u64, NvmlFault>;
    fn temperature_c(&self) -> Result<u32, NvmlFault>;
    fn clock_mhz(&self) -> Result<u32, NvmlFault>;
    fn memory_clock_mhz(&self) -> Result<u32, NvmlFault>;
    fn utilisation_percent(&self) -> Result<u32, NvmlFault>;
    /// The reasons that hold the clocks down; clocks that are low because nothing runs are not held down.
    fn throttle_reasons(&self) -> Result<Vec<String>, NvmlFault>;
}

/// The library: the GPUs that it sees.
pub(crate) trait Boards {
    type Board: Board + 'static;
    fn by_pci(&self, pci_bus_id: &str) -> Result<Self::Board, NvmlFault>;
    /// Those that can be opened.
    fn all(&self) -> Vec<Self::Board>;
}
