//! The state of the CPU, where it is the device. In: sysfs. Out: temperature, clock, power limit, throttling.

use crate::machine::{first_line, folders, number, scaled};
use crate::state::DeviceState;
use crate::state::StateReader;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The drivers of CPU temperature sensors; their first channel is the package.
const THERMOMETERS: [&str; 3] = ["coretemp", "k10temp", "zenpower"];

/// Reads the CPU's state.
pub(crate) struct CpuState {
    thermometer: Option<PathBuf>,
    clocks: Vec<PathBuf>,
    limit: PathBuf,
    throttle_count: PathBuf,
    throttled_so_far: AtomicU64,
}

impl CpuState {
    pub(crate) fn new(root: &Path) -> Self {
        let hwmons = folders(&root.join("sys/class/hwmon"), "hwmon");
        let is_thermometer = |folder: &PathBuf| {
            first_line(&folder.join("name")).is_some_and(|name| THERMOMETERS.contains(&name.as_str()))
        };
        let cpus = folders(&root.join("sys/devices/system/cpu"), "cpu");
        let throttle_count = root.join("sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count");
        Self {
            thermometer: hwmons
                .into_iter()
                .find(is_thermometer)
                .map(|folder| folder.join("temp1_input")),
            clocks: cpus
                .iter()
                .map(|cpu| cpu.join("cpufreq/scaling_cur_freq"))
                .filter(|file| file.exists())
                .collect(),
            limit: root.join("sys/class/powercap/intel-rapl/intel-rapl:0/constraint_0_power_limit_uw"),
            throttled_so_far: AtomicU64::new(number(&throttle_count).unwrap_or(0)),
            throttle_count,
        }
    }
}

impl StateReader for CpuState {
    fn state(&self) -> DeviceState {
        let clocks_mhz: Vec<f64> = self.clocks.iter().filter_map(|file| scaled(file, 1e-3)).collect();
        let clock_mhz = (!clocks_mhz.is_empty()).then(|| clocks_mhz.iter().sum::<f64>() / clocks_mhz.len() as f64);
        let throttled = number(&self.throttle_count).map(|count| {
            let before = self.throttled_so_far.swap(count, Ordering::Relaxed);
            if count > before {
                vec!["thermal".to_owned()]
            } else {
                Vec::new()
            }
        });
        DeviceState {
            temperature_c: self.thermometer.as_ref().and_then(|file| scaled(file, 1e-3)),
            clock_mhz,
            memory_clock_mhz: None,
            power_limit_w: scaled(&self.limit, 1e-6),
            utilisation: None,
            throttled,
        }
    }
}
