//! The system call behind perf events. In: the type, configuration and CPU of an event. Out: an open
//! counter. Linux only; elsewhere every event is unsupported.

use std::io;

/// An open perf event.
pub(crate) trait PerfCounter: Send {
    /// The count so far.
    fn count(&mut self) -> io::Result<u64>;
}

/// Opens an event of this type and configuration on a CPU.
pub(crate) type Opener = fn(u32, u64, u32) -> io::Result<Box<dyn PerfCounter>>;

#[cfg(target_os = "linux")]
pub(crate) use linux::open;

/// Elsewhere there are no perf events.
#[cfg(not(target_os = "linux"))]
pub(crate) fn open(_kind: u32, _config: u64, _cpu: u32) -> io::Result<Box<dyn PerfCounter>> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{PerfCounter, io};
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::FromRawFd;

    /// The first version of the kernel's `struct perf_event_attr` (64 bytes), which every kernel accepts
    /// (perf_event_open(2)).
    #[repr(C)]
    #[derive(Default)]
    struct Attributes {
        kind: u32,
        size: u32,
        config: u64,
        sample_period: u64,
        sample_type: u64,
        read_format: u64,
        flags: u64,
        wakeup_events: u32,
        breakpoint_type: u32,
        breakpoint_address: u64,
    }

    /// PERF_FLAG_FD_CLOEXEC of linux/perf_event.h.
    const CLOSE_ON_EXEC: libc::c_ulong = 8;

    struct Event(File);

    impl PerfCounter for Event {
        fn count(&mut self) -> io::Result<u64> {
            let mut bytes = [0; 8];
            self.0.read_exact(&mut bytes)?;
            Ok(u64::from_ne_bytes(bytes))
        }
    }

    /// Opens a counting event on one CPU, for all processes.
    pub(crate) fn open(kind: u32, config: u64, cpu: u32) -> io::Result<Box<dyn PerfCounter>> {
        let size = u32::try_from(size_of::<Attributes>()).unwrap_or(64);
        let attributes = Attributes {
            kind,
            size,
            config,
            ..Attributes::default()
        };
        let (every_process, no_group) = (-1, -1);
        let cpu = i32::try_from(cpu).map_err(|_| io::ErrorKind::InvalidInput)?;
        // SAFETY: the kernel reads `size` bytes of `attributes`, which lives through the call, and writes nothing.
        let descriptor = unsafe {
            libc::syscall(
                libc::SYS_perf_event_open,
                &raw const attributes,
                every_process,
                cpu,
                no_group,
                CLOSE_ON_EXEC,
            )
        };
        let descriptor = i32::try_from(descriptor).map_err(|_| io::ErrorKind::Other)?;
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was opened just now and belongs to nobody else.
        Ok(Box::new(Event(unsafe { File::from_raw_fd(descriptor) })))
    }
}
