//! Every kernel against the device's own ceilings, as measured in the same runs. In: the cases of a study, calibration
//! kernels among them. Out: the peaks of each device, and each kernel's share of them and of the roofline.
//!
//! The roofline (Williams, Waterman, Patterson 2009): a kernel cannot be faster than its operations at the highest rate of
//! arithmetic or its compulsory bytes at that of a copy, whichever takes longer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cases::CaseSummary;
use crate::samples::Device;

/// The problem kind whose cases are ceilings and not kernels.
const CALIBRATION: &str = "calibration";

/// A ceiling and the case that reached it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// Operations or bytes per second.
    pub per_second: f64,
    /// The case.
    pub case: String,
}

/// The ceilings of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peaks {
    /// The device.
    pub device: String,
    /// Arithmetic by precision: the fastest chain of multiply-adds, for i8 of packed dot products; `f16 cooperative` is that
    /// of tensor cores, for the kernels that use them.
    pub arithmetic: BTreeMap<String, Peak>,
    /// Traffic: the fastest copy, read and written bytes together.
    pub traffic: Option<Peak>,
    /// The kernels of this device whose precision has a peak, in the order of the study.
    pub kernels: Vec<Share>,
}

/// A kernel against the ceilings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The case.
    pub case: String,
    /// Its family.
    pub family: String,
    /// Its precision.
    pub precision: String,
    /// Operations per second.
    pub flops_per_s: f64,
    /// Operations per compulsory byte.
    pub intensity: Option<f64>,
    /// Share of the arithmetic's peak.
    pub of_peak: f64,
    /// Share of what the roofline allows; `None` without a copy.
    pub of_roofline: Option<f64>,
    /// Whether the roofline is bytes rather than arithmetic here.
    pub by_traffic: bool,
}

/// The ceilings of each device that has some, with its kernels. A share above 1 is possible where a kernel's operations of
/// the task are more than it executes (Winograd, Strassen), or where it works in a cache.
pub(crate) fn all(devices: &[Device], cases: &[CaseSummary]) -> Vec<Peaks> {
    let of_device = |name: &str| {
        let cases: Vec<&CaseSummary> = cases.iter().filter(|case| case.device == name).collect();
        let (ceilings, kernels): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| case.op == CALIBRATION);
        let mut peaks = Peaks {
            device: name.to_owned(),
            arithmetic: BTreeMap::new(),
            traffic: None,
            kernels: Vec::new(),
        };
        for case in ceilings {
            match case.algorithm.as_str() {
                "fma_chain" | "dot4_chain" | "coop_chain" => {
                    let best = peaks.arithmetic.entry(unit(case));
                    let known = best.or_insert_with(|| Peak::of(case, 0.0));
                    raise(known, case, rate(case, "flops_task"));
                }
                "copy" => {
                    let known = peaks.traffic.get_or_insert_with(|| Peak::of(case, 0.0));
                    raise(known, case, rate(case, "bytes_min"));
                }
                _ => {}
            }
        }
        peaks.arithmetic.retain(|_, peak| peak.per_second > 0.0);
        peaks.traffic = peaks.traffic.filter(|peak| peak.per_second > 0.0);
        peaks.kernels = kernels.into_iter().filter_map(|case| peaks.share(case)).collect();
        peaks
    };
    let all = devices.iter().map(|device| of_device(&device.name));
    all.filter(|peaks| !peaks.arithmetic.is_empty() || peaks.traffic.is_some())
        .collect()
}

/// What a kernel's arithmetic is measured against: its precision's, or the tensor cores' if it uses those.
fn unit(case: &CaseSummary) -> String {
    let is_cooperative = case.algorithm == "coop_chain" || case.algorithm.contains("cooperative");
    let suffix = if is_cooperative { " cooperative" } else { "" };
    format!("{}{suffix}", case.precision)
}

fn rate(case: &CaseSummary, count: &str) -> Option<f64> {
    let amount = case.counts.get(count).filter(|amount| **amount > 0.0)?;
    Some(amount / case.time_s.value)
}

fn raise(known: &mut Peak, case: &CaseSummary, rate: Option<f64>) {
    if let Some(rate) = rate.filter(|rate| *rate > known.per_second) {
        *known = Peak::of(case, rate);
    }
}

impl Peak {
    fn of(case: &CaseSummary, per_second: f64) -> Self {
        Self {
            per_second,
            case: case.case_id.clone(),
        }
    }
}

impl Peaks {
    fn share(&self, case: &CaseSummary) -> Option<Share> {
        let peak = self.arithmetic.get(&unit(case))?.per_second;
        let flops_per_s = rate(case, "flops_task")?;
        let flops = case.counts.get("flops_task")?;
        let bytes = case.counts.get("bytes_min").filter(|bytes| **bytes > 0.0);
        let traffic_s = bytes
            .zip(self.traffic.as_ref())
            .map(|(bytes, copy)| bytes / copy.per_second);
        let arithmetic_s = flops / peak;
        Some(Share {
            case: case.label.clone(),
            family: case.family.clone(),
            precision: case.precision.clone(),
            flops_per_s,
            intensity: bytes.map(|bytes| flops / bytes),
            of_peak: flops_per_s / peak,
            of_roofline: traffic_s.map(|traffic_s| traffic_s.max(arithmetic_s) / case.time_s.value),
            by_traffic: traffic_s.is_some_and(|traffic_s| traffic_s > arithmetic_s),
        })
    }
}
