//! Joules as Criterion prints them.

use criterion::Throughput;
use criterion::measurement::ValueFormatter;

/// Joules, from nanojoules as numbers; made-up ones say so.
pub(super) struct InJoules {
    pub(super) made_up: bool,
}

impl ValueFormatter for InJoules {
    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        let (scale, measured, made_up) = match typical {
            x if x < 1e3 => (1.0, "nJ", "nJ (simulated)"),
            x if x < 1e6 => (1e-3, "µJ", "µJ (simulated)"),
            x if x < 1e9 => (1e-6, "mJ", "mJ (simulated)"),
            _ => (1e-9, "J", "J (simulated)"),
        };
        values.iter_mut().for_each(|value| *value *= scale);
        if self.made_up { made_up } else { measured }
    }

    fn scale_throughputs(&self, _typical: f64, throughput: &Throughput, values: &mut [f64]) -> &'static str {
        let (amount, unit) = match throughput {
            Throughput::Bytes(bytes) | Throughput::BytesDecimal(bytes) => (*bytes, "GB/J"),
            Throughput::Elements(elements) => (*elements, "Gelem/J"),
            _ => (1, "G/J"),
        };
        // So many per nanojoule are 10⁹ times as many per joule.
        values.iter_mut().for_each(|value| *value = amount as f64 / *value);
        unit
    }

    fn scale_for_machines(&self, _values: &mut [f64]) -> &'static str {
        "nJ"
    }
}
