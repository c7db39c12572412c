//! The adapter and its sensors, opened together. In: options. Out: a device and a running meter, or which is missing.

use joulemark_energy::{DeviceIdentity, Meter, Request};
use joulemark_gpu::{Adapter, DeviceIds, Gpu};

use crate::error::Error;
use crate::options::Options;

/// The device of the adapter that the options choose.
///
/// # Errors
/// If there is no such adapter, or it gives no device.
pub fn device(options: &Options) -> Result<Gpu, Error> {
    opened(options).map(|(_, gpu)| gpu)
}

fn opened(options: &Options) -> Result<(Adapter, Gpu), Error> {
    let adapter = Adapter::choose(options.adapter.as_deref())?;
    let gpu = adapter.open()?.with_timeout(options.timeout);
    Ok((adapter, gpu))
}

/// The adapter that the options choose, and the sensors of its device, their sampler running.
pub(crate) fn open(options: &Options) -> Result<(Gpu, Meter), Error> {
    let (adapter, gpu) = opened(options)?;
    let mut meter = Meter::open(&Request::new(identity(&adapter), options.energy.clone()));
    joulemark::device::expect_source(&meter, &options.energy).map_err(Error::NoSource)?;
    meter.start();
    Ok((gpu, meter))
}

/// The device whose joules are wanted.
pub fn identity(adapter: &Adapter) -> DeviceIdentity {
    let DeviceIds { pci_bus_id, uuid, luid } = adapter.ids();
    DeviceIdentity {
        pci_bus_id,
        uuid,
        luid,
        ..DeviceIdentity::named(adapter.class(), adapter.describe().name)
    }
}
