//! A guard around rapl-energy 0.2. In: a zone whose file is read by ourselves. Out: raw microjoules as the crate
//! reads them, or a fault where the crate would panic.
//!
//! The crate keeps a public raw value that `reset` refreshes; that integer is used, not `elapsed`, which is an f32, merges
//! zones by name and corrects one wrap only. It panics when a file vanishes or holds no number, so ours is read first: what
//! is left to contain is a file that vanishes within microseconds. A panic that holds its lock poisons it, so after one
//! the zone is opened anew.

use super::zone::Zone;
use crate::power_limit::PowerLimit;
use crate::source::{Description, Fault, Source};
use crate::sources::file_source::FileSource;
use joulemark_base::timestamp::Timestamp;
use rapl_energy::{Package, Subzone};
use std::panic::{AssertUnwindSafe, catch_unwind};

enum Handle {
    Package(Package),
    Subzone(Subzone),
}

/// One zone, read through rapl-energy.
pub(super) struct Guarded {
    ours: FileSource,
    handle: Option<Handle>,
    package: u8,
    subzone: Option<u8>,
}

impl Guarded {
    /// Opens the zone through the crate too, and reads it once.
    pub(super) fn open(zone: &Zone, ours: FileSource) -> Result<Self, Fault> {
        let mut guarded = Self {
            ours,
            handle: None,
            package: zone.package,
            subzone: zone.subzone,
        };
        guarded.read(Timestamp::default())?;
        Ok(guarded)
    }

    fn reopen(&self) -> Result<Handle, Fault> {
        let opened = contain(|| match self.subzone {
            None => Package::new(self.package, false).map(Handle::Package),
            Some(subzone) => Subzone::new(self.package, subzone).map(Handle::Subzone),
        })?;
        opened.ok_or_else(|| Fault::Read("rapl-energy could not open the zone".to_owned()))
    }
}

impl Source for Guarded {
    fn description(&self) -> &Description {
        self.ours.description()
    }

    fn read(&mut self, now: Timestamp) -> Result<u64, Fault> {
        let known = self.handle.take();
        self.ours.read(now)?;
        let mut handle = known.map_or_else(|| self.reopen(), Ok)?;
        let raw_uj = contain(|| match &mut handle {
            Handle::Package(package) => {
                package.reset();
                package.package_energy_uj
            }
            Handle::Subzone(subzone) => {
                subzone.reset();
                subzone.energy_uj
            }
        })?;
        self.handle = Some(handle);
        Ok(raw_uj)
    }

    fn limits(&mut self) -> Vec<PowerLimit> {
        self.ours.limits()
    }
}

/// Runs code that may panic, and makes a fault of the panic.
fn contain<T>(read: impl FnOnce() -> T) -> Result<T, Fault> {
    // Whatever the closure leaves half done is dropped by the caller, which opens the zone anew.
    catch_unwind(AssertUnwindSafe(read)).map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Fault::Read(format!("rapl-energy gave up: {}", text.unwrap_or("without a message")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_fault_and_later_readings_work() {
        let fault = contain(|| -> u64 { panic!("file {} vanished", 7) });
        assert_eq!(fault, Err(Fault::Read("rapl-energy gave up: file 7 vanished".into())));
        assert_eq!(contain(|| 5), Ok(5));
    }
}
