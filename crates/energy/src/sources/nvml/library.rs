//! NVML itself, through nvml-wrapper, which opens the library at run time. In: calls of the trait. Out:
//! NVML's answers with its many errors sorted into those that a user can do something about.

use super::board::{Board, Boards, NvmlFault};
use nvml_wrapper::bitmasks::device::ThrottleReasons;
use nvml_wrapper::enum_wrappers::device::{Clock, GpuVirtualizationMode, TemperatureSensor};
use nvml_wrapper::enums::device::SampleValue;
use nvml_wrapper::error::{NvmlError, nvml_try};
use nvml_wrapper::struct_wrappers::device::FieldValueSample;
use nvml_wrapper::sys_exports::field_id::NVML_FI_DEV_POWER_INSTANT;
use nvml_wrapper::{Device, Nvml};
use nvml_wrapper_sys::bindings::{NVML_POWER_SCOPE_GPU, NVML_POWER_SCOPE_MODULE, nvmlFieldValue_t};
use std::sync::OnceLock;

/// The library, open for the rest of the process: GPUs borrow from it in two threads.
static NVML: OnceLock<Nvml> = OnceLock::new();

/// The open library.
pub(super) struct Library(&'static Nvml);

impl Library {
    pub(super) fn open() -> Result<Self, NvmlFault> {
        if let Some(nvml) = NVML.get() {
            return Ok(Self(nvml));
        }
        let nvml = Nvml::init().map_err(sort)?;
        Ok(Self(NVML.get_or_init(|| nvml)))
    }
}

impl Boards for Library {
    type Board = Gpu;

    fn by_pci(&self, pci_bus_id: &str) -> Result<Gpu, NvmlFault> {
        self.0.device_by_pci_bus_id(pci_bus_id).map(Gpu).map_err(sort)
    }

    fn all(&self) -> Vec<Gpu> {
        let count = self.0.device_count().unwrap_or(0);
        (0..count)
            .filter_map(|index| self.0.device_by_index(index).ok().map(Gpu))
            .collect()
    }
}

/// One GPU of the library.
pub(super) struct Gpu(Device<'static>);

impl Gpu {
    /// Field 186 of a scope, which nvml-wrapper's own call leaves at the GPU's.
    fn power_now_mw(&self, scope: u32) -> Result<u64, NvmlFault> {
        let symbol = self.0.nvml().lib().nvmlDeviceGetFieldValues.as_ref();
        let query = symbol.map_err(|_| NvmlFault::Unsupported)?;
        // SAFETY: plain numbers, for which zeros are a value.
        let mut field: nvmlFieldValue_t = unsafe { std::mem::zeroed() };
        (field.fieldId, field.scopeId) = (NVML_FI_DEV_POWER_INSTANT, scope);
        // SAFETY: the handle is of this library, which stays open, and one value is asked for and given room.
        let code = unsafe { query(self.0.handle(), 1, &raw mut field) };
        nvml_try(code).map_err(sort)?;
        let sample = FieldValueSample::try_from(field).map_err(sort)?;
        match sample.value.map_err(sort)? {
            SampleValue::U32(value) => Ok(u64::from(value)),
            SampleValue::U64(value) => Ok(value),
            other => Err(NvmlFault::Other(format!(
                "field 186 has the unexpected value {other:?}"
            ))),
        }
    }
}

impl Board for Gpu {
    fn name(&self) -> String {
        self.0
            .name()
            .unwrap_or_else(|error| format!("NVIDIA GPU without a name ({error})"))
    }

    fn pci_bus_id(&self) -> Result<String, NvmlFault> {
        self.0.pci_info().map(|pci| pci.bus_id).map_err(sort)
    }

    fn uuid(&self) -> Result<[u8; 16], NvmlFault> {
        let text = self.0.uuid().map_err(sort)?;
        // `GPU-` and five groups of hexadecimal digits.
        let digits: String = text
            .trim_start_matches("GPU-")
            .chars()
            .filter(|digit| *digit != '-')
            .collect();
        let uuid = u128::from_str_radix(&digits, 16).map_err(|_| NvmlFault::Other(format!("the odd UUID `{text}`")))?;
        Ok(uuid.to_be_bytes())
    }

    fn is_virtual(&self) -> bool {
        self.0
            .virtualization_mode()
            .is_ok_and(|mode| mode == GpuVirtualizationMode::Vgpu)
    }

    fn is_partitioned(&self) -> bool {
        // NVML_DEVICE_MIG_ENABLE is 1; GPUs without MIG answer "not supported".
        self.0.mig_mode().is_ok_and(|mode| mode.current == 1)
    }

    fn energy_mj(&self) -> Result<u64, NvmlFault> {
        self.0.total_energy_consumption().map_err(sort)
    }

    fn instant_power_mw(&self) -> Result<u64, NvmlFault> {
        self.power_now_mw(NVML_POWER_SCOPE_GPU)
    }

    fn module_power_mw(&self) -> Result<u64, NvmlFault> {
        self.power_now_mw(NVML_POWER_SCOPE_MODULE)
    }

    fn mean_power_mw(&self) -> Result<u64, NvmlFault> {
        self.0.power_usage().map(u64::from).map_err(sort)
    }

    fn power_limit_mw(&self) -> Result<u64, NvmlFault> {
        self.0.enforced_power_limit().map(u64::from).map_err(sort)
    }

    fn temperature_c(&self) -> Result<u32, NvmlFault> {
        self.0.temperature(TemperatureSensor::Gpu).map_err(sort)
    }

    fn clock_mhz(&self) -> Result<u32, NvmlFault> {
        self.0.clock_info(Clock::SM).map_err(sort)
    }

    fn memory_clock_mhz(&self) -> Result<u32, NvmlFault> {
        self.0.clock_info(Clock::Memory).map_err(sort)
    }

    fn utilisation_percent(&self) -> Result<u32, NvmlFault> {
        self.0.utilization_rates().map(|rates| rates.gpu).map_err(sort)
    }

    fn throttle_reasons(&self) -> Result<Vec<String>, NvmlFault> {
        let reasons = self.0.current_throttle_reasons().map_err(sort)?;
        let held_down = [
            (ThrottleReasons::SW_POWER_CAP, "power_cap"),
            (ThrottleReasons::HW_SLOWDOWN, "hardware_slowdown"),
            (ThrottleReasons::SYNC_BOOST, "sync_boost"),
            (ThrottleReasons::SW_THERMAL_SLOWDOWN, "thermal"),
            (ThrottleReasons::HW_THERMAL_SLOWDOWN, "hardware_thermal"),
            (ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN, "power_brake"),
        ];
        Ok(held_down
            .into_iter()
            .filter(|(bit, _)| reasons.contains(*bit))
            .map(|(_, name)| name.to_owned())
            .collect())
    }
}

fn sort(error: NvmlError) -> NvmlFault {
    match error {
        NvmlError::NotSupported | NvmlError::FunctionNotFound | NvmlError::FailedToLoadSymbol(_) => {
            NvmlFault::Unsupported
        }
        NvmlError::NoPermission | NvmlError::OperatingSystem => NvmlFault::NoPermission,
        NvmlError::NoData | NvmlError::InUse | NvmlError::Timeout | NvmlError::Uninitialized => {
            NvmlFault::NotYet(error.to_string())
        }
        NvmlError::LibRmVersionMismatch => NvmlFault::Mismatch,
        NvmlError::GpuLost => NvmlFault::Lost,
        NvmlError::NotFound | NvmlError::InvalidArg => NvmlFault::NotFound,
        NvmlError::DriverNotLoaded => NvmlFault::NoDriver,
        NvmlError::LibloadingError(error) => NvmlFault::NoLibrary(error.to_string()),
        NvmlError::LibraryNotFound => NvmlFault::NoLibrary("not found".to_owned()),
        other => NvmlFault::Other(other.to_string()),
    }
}
