//! A guard around rapl-energy 0.2. Comes in: a zone whose files were looked at before. Goes out: raw microjoules, or a
//! fault where the crate would panic.
//!
//! The crate keeps a public raw value that `reset` refreshes; that integer is used, not `elapsed`, which is an f32,
//! merges zones by name and corrects one wrap only. It panics when a file vanishes, and a panic while it holds its lock
//! poisons that lock, so after one the zone is opened anew.

use super::zone::Zone;
use crate::Fault;
use rapl_energy::{Package, Subzone};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::PathBuf;
use std::sync::Once;

enum Handle {
    Package(Package),
    Subzone(Subzone),
}

/// One zone, read through rapl-energy.
pub(crate) struct Guarded {
    handle: Option<Handle>,
    package: u8,
    subzone: Option<u8>,
    energy_file: PathBuf,
}

impl Guarded {
    pub(crate) fn open(zone: &Zone) -> Result<Self, Fault> {
        let (package, subzone) = (zone.package, zone.subzone);
        let mut guarded = Self {
            handle: None,
            package,
            subzone,
            energy_file: zone.energy_file(),
        };
        guarded.read_uj()?;
        Ok(guarded)
    }

    pub(crate) fn read_uj(&mut self) -> Result<u64, Fault> {
        // Most faults show here, without a panic to contain.
        if let Err(error) = self.energy_file.metadata() {
            self.handle = None;
            return Err(crate::sources::file_source::fault_of(&error));
        }
        let mut handle = match self.handle.take() {
            Some(handle) => handle,
            None => self.reopen()?,
        };
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

    fn reopen(&self) -> Result<Handle, Fault> {
        let opened = contain(|| match self.subzone {
            None => Package::new(self.package, false).map(Handle::Package),
            Some(subzone) => Subzone::new(self.package, subzone).map(Handle::Subzone),
        })?;
        opened.ok_or_else(|| Fault::Read(format!("rapl-energy could not open {}", self.energy_file.display())))
    }
}

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs code that may panic, and makes a fault of the panic. Its message goes into the fault, not to the terminal.
fn contain<T>(read: impl FnOnce() -> T) -> Result<T, Fault> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !CONTAINED.get() {
                usual(panic);
            }
        }));
    });
    CONTAINED.set(true);
    // Whatever the closure leaves half done is dropped by the caller, which opens the zone anew.
    let result = catch_unwind(AssertUnwindSafe(read));
    CONTAINED.set(false);
    result.map_err(|panic| {
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
