//! The roofline of a device, from its measured peaks. In: the peaks. Out: SVG.

use std::collections::BTreeMap;

use super::scatter::{Line, Scatter, Series};
use crate::findings::Findings;
use crate::peaks::Peaks;
use joulemark_base::si::si;

/// Operations per second against operations per compulsory byte, under the roofs of each precision; of the first device
/// that has peaks.
///
/// # Errors
/// Why it cannot be drawn.
pub fn measured_roofline(findings: &Findings) -> Result<String, String> {
    let all = &findings.peaks;
    let device = all
        .iter()
        .find(|peaks| peaks.traffic.is_some() && !peaks.arithmetic.is_empty());
    let device = device.ok_or(
        "no device has measured peaks of arithmetic and traffic: measure calibration/fma_chain and calibration/copy too, \
         which the suites standard and intensity hold",
    )?;
    let mut families: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for kernel in &device.kernels {
        if let Some(intensity) = kernel.intensity {
            families
                .entry(&kernel.family)
                .or_default()
                .push((intensity, kernel.flops_per_s));
        }
    }
    let series = families.into_iter().map(|(name, points)| Series {
        name: name.into(),
        points,
    });
    let svg = Scatter {
        x_label: "operations per compulsory byte".into(),
        y_label: "operations per second".into(),
        y_format: Some(|value| si(value, "")),
        series: series.collect(),
        lines: roofs(device),
        ..Scatter::default()
    }
    .draw()?;
    let title = format!(
        "Measured roofline of {}",
        device.device.replace('&', "&amp;").replace('<', "&lt;")
    );
    Ok(svg.replacen('>', &format!("><title>{title}</title>"), 1))
}

/// For each precision the slope of the copy up to the peak, and the peak.
fn roofs(device: &Peaks) -> Vec<Line> {
    let Some(copy) = &device.traffic else { return Vec::new() };
    let intensities: Vec<f64> = device.kernels.iter().filter_map(|kernel| kernel.intensity).collect();
    let low = intensities.iter().copied().fold(f64::INFINITY, f64::min);
    let high = intensities.iter().copied().fold(0.0, f64::max);
    let roof = |peak: f64| {
        let ridge = peak / copy.per_second;
        let ends = [low.min(ridge / 2.0), ridge, high.max(ridge * 2.0)];
        ends.map(|intensity| (intensity, peak.min(intensity * copy.per_second)))
            .to_vec()
    };
    device
        .arithmetic
        .values()
        .map(|peak| Line {
            points: roof(peak.per_second),
            series: None,
            width: 2,
        })
        .collect()
}
