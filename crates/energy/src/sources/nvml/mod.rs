//! NVIDIA GPUs: the total-energy counter, and the instant power integrated beside it. In: the adapter's PCI
//! address. Out: the sensors of that very board, and its state.

#[cfg(any(feature = "nvml", test))]
mod absence;
#[cfg(any(feature = "nvml", test))]
pub(crate) mod board;
#[cfg(test)]
pub(crate) mod fake;
#[cfg(feature = "nvml")]
mod library;
#[cfg(any(feature = "nvml", test))]
mod sensors;
#[cfg(any(feature = "nvml", test))]
mod tie;

use super::Found;
use crate::absence::Absence;
use crate::absence::Lack;
use crate::machine::Machine;
use crate::request::Request;
use joulemark_base::device_class::DeviceClass;

/// Finds the board of the request's device.
pub(crate) fn find(request: &Request, machine: &Machine) -> Found {
    if request.device.is_in_package() {
        return Found::absent(Absence::new(
            Lack::Unsupported,
            "nvml",
            format!("The device `{}` is no NVIDIA board.", request.device.name),
            "Choose the NVIDIA GPU as the adapter.",
        ));
    }
    if request.device.class == DeviceClass::Virtual {
        return Found::absent(Absence::new(
            Lack::Unsupported,
            "nvml",
            format!(
                "`{}` is a virtual GPU, whose energy cannot be told from that of its neighbours.",
                request.device.name
            ),
            "Run on the host, or pass the whole GPU through.",
        ));
    }
    open(request, machine)
}

#[cfg(feature = "nvml")]
fn open(request: &Request, machine: &Machine) -> Found {
    match library::Library::open() {
        Ok(library) => sensors::find(&library, request, machine),
        Err(fault) => Found::absent(absence::of_library(&fault, &request.root, machine)),
    }
}

#[cfg(not(feature = "nvml"))]
fn open(_request: &Request, _machine: &Machine) -> Found {
    Found::absent(Absence::new(
        Lack::Unsupported,
        "nvml",
        "This build has no NVML (the feature `nvml` of joulemark-energy is off).",
        "Build with the default features.",
    ))
}
