//! Who else works on this machine. In: the system's and our own CPU time at two moments. Out: how many cores others used,
//! whose joules are in the counters too.

use std::time::Instant;

/// Others that use less than this are not worth a word: every system has a few.
const WORTH_A_WORD: f64 = 0.1;

/// CPU seconds up to a moment.
pub(crate) struct Load {
    at: Instant,
    machine_s: f64,
    own_s: f64,
}

impl Load {
    /// Now; `None` where the system does not tell.
    pub(crate) fn now() -> Option<Self> {
        Some(Self {
            at: Instant::now(),
            machine_s: machine_s()?,
            own_s: own_s()?,
        })
    }

    /// Cores that others used since then, in the mean; `None` if they were too few for a word.
    pub(crate) fn of_others_since(&self) -> Option<f64> {
        let now = Self::now()?;
        let wall_s = now.at.duration_since(self.at).as_secs_f64();
        let cores = ((now.machine_s - self.machine_s) - (now.own_s - self.own_s)) / wall_s;
        (cores > WORTH_A_WORD).then_some(cores)
    }
}

/// CPU seconds of everybody since boot.
#[cfg(target_os = "linux")]
fn machine_s() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let mut ticks = text.lines().next()?.split_whitespace().skip(1).map(str::parse::<u64>);
    let mut next = || ticks.next()?.ok();
    // user, nice, system; then idle and waiting, which nobody uses; then interrupts, soft interrupts.
    let busy = [next()?, next()?, next()?];
    let _idle = [next()?, next()?];
    let interrupts = [next()?, next()?];
    let ticks = busy.iter().chain(&interrupts).sum::<u64>();
    // SAFETY: a plain question.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    (per_second > 0).then(|| ticks as f64 / per_second as f64)
}

#[cfg(not(target_os = "linux"))]
fn machine_s() -> Option<f64> {
    None
}

/// CPU seconds of this process and of the programs that it has waited for.
#[cfg(unix)]
fn own_s() -> Option<f64> {
    let of = |who| {
        // SAFETY: the structure is plain numbers, and the system fills it in.
        let usage = unsafe {
            let mut usage = std::mem::zeroed::<libc::rusage>();
            (libc::getrusage(who, &raw mut usage) == 0).then_some(usage)
        }?;
        let seconds = |time: libc::timeval| time.tv_sec as f64 + 1e-6 * time.tv_usec as f64;
        Some(seconds(usage.ru_utime) + seconds(usage.ru_stime))
    };
    Some(of(libc::RUSAGE_SELF)? + of(libc::RUSAGE_CHILDREN)?)
}

#[cfg(not(unix))]
fn own_s() -> Option<f64> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::Load;

    #[test]
    fn cpu_seconds_go_forward() {
        let before = Load::now().unwrap();
        let mut sum = 0_u64;
        while before.at.elapsed().as_millis() < 200 {
            sum = std::hint::black_box(sum.wrapping_mul(31) + 7);
        }
        let after = Load::now().unwrap();
        assert!(after.own_s > before.own_s && after.machine_s >= before.machine_s);
    }
}
