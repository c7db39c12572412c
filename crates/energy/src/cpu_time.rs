//! CPU time, for the cost of measuring and for estimates. In: nothing. Out: seconds of a core.

/// CPU seconds that this process has spent so far, all threads together; `None` where the system does not tell.
#[must_use]
pub fn process_cpu_s() -> Option<f64> {
    #[cfg(unix)]
    return clock_s(libc::CLOCK_PROCESS_CPUTIME_ID);
    #[cfg(not(unix))]
    None
}

/// CPU seconds that the calling thread has spent so far; `None` where the system does not tell.
pub(crate) fn thread_cpu_s() -> Option<f64> {
    #[cfg(unix)]
    return clock_s(libc::CLOCK_THREAD_CPUTIME_ID);
    #[cfg(not(unix))]
    None
}

/// What a clock of the system shows, in seconds; `None` where it does not exist.
#[cfg(unix)]
pub(crate) fn clock_s(clock: libc::clockid_t) -> Option<f64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one timespec to the pointer, which is valid for it.
    let answer = unsafe { libc::clock_gettime(clock, &raw mut time) };
    (answer == 0).then_some(time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn work_takes_cpu_time() {
        let (process_s, thread_s) = (
            process_cpu_s().expect("unix tells"),
            thread_cpu_s().expect("unix tells"),
        );
        let mut sum = 0_u64;
        while thread_cpu_s().expect("unix tells") - thread_s < 0.01 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(process_cpu_s().expect("unix tells") - process_s > 0.009 && sum > 0);
    }
}
