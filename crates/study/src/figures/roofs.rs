//! The roofline of a device, from its measured peaks. In: the peaks. Out: a sketch.

use joulemark_base::si::{percent, si};

use super::axis::short;
use super::scatter::{Line, Panel, Point, Scatter};
use super::subject::Subject;
use super::{Sketch, csv};
use crate::findings::Findings;
use crate::peaks::Peaks;

/// Operations per second against operations per compulsory byte, under the roofs of each precision.
///
/// # Errors
/// Why it cannot be drawn.
pub fn measured_roofline(findings: &Findings) -> Result<String, String> {
    let sketch = sketch(findings)?;
    (sketch.draw)(&sketch.title, &sketch.caption)
}

pub(super) fn measured<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    sketch(subject.findings)
}

fn sketch(findings: &Findings) -> Result<Sketch<'_>, String> {
    let devices = findings.peaks.iter();
    let devices: Vec<&Peaks> = devices
        .filter(|peaks| peaks.traffic.is_some() && !peaks.arithmetic.is_empty())
        .collect();
    if devices.is_empty() {
        return Err(
            "no device has measured peaks of arithmetic and traffic: measure calibration/fma_chain and calibration/copy too, which the \
             suites standard and intensity hold"
                .into(),
        );
    }
    let (mut panels, mut rows) = (Vec::new(), Vec::new());
    for device in &devices {
        let mut panel = Panel {
            name: if devices.len() > 1 {
                device.device.clone()
            } else {
                String::new()
            },
            lines: roofs(device),
            ..Panel::default()
        };
        for kernel in &device.kernels {
            let Some(x) = kernel.intensity else { continue };
            let y = kernel.flops_per_s;
            let title = format!(
                "{}: {}, {} of its peak",
                kernel.case,
                si(y, "OP/s"),
                percent(kernel.of_peak)
            );
            panel.points.push((kernel.family.clone(), Point { x, y, title }));
            rows.push(vec![
                device.device.clone(),
                kernel.case.clone(),
                kernel.precision.clone(),
                x.to_string(),
                y.to_string(),
            ]);
        }
        panels.push(panel);
    }
    let names: Vec<&str> = devices.iter().map(|device| device.device.as_str()).collect();
    let title = format!("Measured roofline of {}", names.join(", "));
    let figure = Scatter {
        x_label: "operations per compulsory byte",
        y_label: "operations per second (OP/s)".into(),
        x_format: |value| short(value, ""),
        y_format: |value| short(value, ""),
        panels,
        is_linear: false,
    };
    Ok(Sketch {
        title,
        caption: "Each mark is a kernel. The slope is the fastest copy; the flat roofs are the fastest chains of arithmetic, by precision."
            .into(),
        csv: csv(
            &["device", "case", "precision", "operations_per_byte", "operations_per_second"],
            rows,
        ),
        draw: Box::new(move |title, caption| figure.draw(title, caption)),
    })
}

/// For each precision the slope of the copy up to the peak, and the peak.
fn roofs(device: &Peaks) -> Vec<Line> {
    let Some(copy) = &device.traffic else { return Vec::new() };
    let intensities: Vec<f64> = device.kernels.iter().filter_map(|kernel| kernel.intensity).collect();
    let low = intensities.iter().copied().fold(f64::INFINITY, f64::min);
    let high = intensities.iter().copied().fold(0.0, f64::max);
    let roof = |(precision, peak): (&String, &crate::peaks::Peak)| {
        let ridge = peak.per_second / copy.per_second;
        let ends = [low.min(ridge / 2.0), ridge, high.max(ridge * 2.0)];
        Line {
            points: ends.map(|x| (x, peak.per_second.min(x * copy.per_second))).to_vec(),
            width: 2.0,
            name: format!(
                "{precision}: {}, copy {}",
                si(peak.per_second, "OP/s"),
                si(copy.per_second, "B/s")
            ),
            ..Line::default()
        }
    };
    device.arithmetic.iter().map(roof).collect()
}
