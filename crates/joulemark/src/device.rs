//! Which device a bench measures. In: a PCI address, a wgpu adapter, or nothing. Out: an open bench.

use joulemark_base::device_class::DeviceClass;
use joulemark_energy::{DeviceIdentity, Meter, Request, SourceChoice};

use crate::bench::Bench;
use crate::error::Error;
use crate::settings::Settings;

impl Bench {
    /// A bench for code on this machine's CPUs: the joules of all packages and their memory.
    ///
    /// # Errors
    /// A `JOULEMARK_*` variable that makes no sense. A sensor that is missing is no error: time is measured all the same, and
    /// the reason stands where joules would.
    pub fn cpu() -> Result<Self, Error> {
        Self::on(DeviceIdentity::named(DeviceClass::Cpu, cpu_name()))
    }

    /// A bench for code on the GPU at this PCI address, such as `0000:65:00.0`.
    ///
    /// # Errors
    /// An address that is none, or as [`cpu`](Self::cpu).
    pub fn pci(address: &str) -> Result<Self, Error> {
        if joulemark_energy::PciAddress::parse(address).is_none() {
            return Err(Error::Input(format!(
                "`{address}` is no PCI address: write it as 0000:65:00.0 (`nvidia-smi`, `lspci -D` and `joulemark doctor` tell it)"
            )));
        }
        Self::on(DeviceIdentity {
            pci_bus_id: Some(address.into()),
            ..DeviceIdentity::named(DeviceClass::Discrete, format!("GPU at {address}"))
        })
    }

    /// A bench for code on this wgpu adapter.
    ///
    /// # Errors
    /// As [`cpu`](Self::cpu).
    #[cfg(feature = "wgpu")]
    pub fn for_adapter(info: &wgpu_types::AdapterInfo) -> Result<Self, Error> {
        use wgpu_types::DeviceType;
        let class = match info.device_type {
            DeviceType::DiscreteGpu => DeviceClass::Discrete,
            DeviceType::IntegratedGpu => DeviceClass::Integrated,
            DeviceType::VirtualGpu => DeviceClass::Virtual,
            DeviceType::Cpu => DeviceClass::Cpu,
            DeviceType::Other => DeviceClass::Other,
        };
        Self::on(DeviceIdentity {
            pci_bus_id: Some(info.device_pci_bus_id.clone()).filter(|id| !id.is_empty()),
            ..DeviceIdentity::named(class, info.name.clone())
        })
    }

    fn on(device: DeviceIdentity) -> Result<Self, Error> {
        let settings = Settings::from_environment()?;
        let request = Request::new(device, settings.energy.clone());
        Self::open(&request, &settings)
    }

    /// A bench with these sensors and settings.
    ///
    /// # Errors
    /// A source that was asked for by name and is not there.
    pub fn open(request: &Request, settings: &Settings) -> Result<Self, Error> {
        let meter = Meter::open(request);
        expect_source(&meter, &settings.energy).map_err(Error::NoSource)?;
        Ok(Self::of(meter, settings, request.device.clone()))
    }
}

/// Whoever names a source wants its joules, or the reason before minutes of measuring without it.
///
/// # Errors
/// A sentence, if a source was named and none tells of this device.
pub fn expect_source(meter: &Meter, choice: &SourceChoice) -> Result<(), String> {
    if matches!(choice, SourceChoice::Auto | SourceChoice::None) || meter.slowest_period_s().is_some() {
        return Ok(());
    }
    let absences = &meter.inventory().unavailable;
    let reasons: Vec<_> = absences.iter().map(ToString::to_string).collect();
    let why = match reasons.is_empty() {
        true => "it tells nothing of this device".into(),
        false => reasons.join(" "),
    };
    Err(format!("no energy can be measured with `{choice}`: {why}"))
}

/// What the processor calls itself.
fn cpu_name() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| line.split_once(':'))
        .map_or_else(|| "CPU".into(), |(_, name)| name.trim().into())
}
