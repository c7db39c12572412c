//! PCI addresses, which tie a sensor to the adapter. In: the texts of wgpu, NVML and sysfs, which write the
//! domain with different widths. Out: one comparable value.

use std::fmt;

/// `domain:bus:device.function`, all hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PciAddress {
    domain: u32,
    bus: u8,
    device: u8,
    function: u8,
}

impl PciAddress {
    /// Reads `0000:65:00.0`, `00000000:65:00.0` (NVML) or `65:00.0` (lspci); anything else is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (place, function) = text.trim().rsplit_once('.')?;
        let mut parts = place.rsplit(':');
        let device = u8::from_str_radix(parts.next()?, 16).ok()?;
        let bus = u8::from_str_radix(parts.next()?, 16).ok()?;
        let domain = parts
            .next()
            .map_or(Ok(0), |domain| u32::from_str_radix(domain, 16))
            .ok()?;
        let function = u8::from_str_radix(function, 16).ok()?;
        parts.next().is_none().then_some(Self {
            domain,
            bus,
            device,
            function,
        })
    }
}

impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04x}:{:02x}:{:02x}.{:x}",
            self.domain, self.bus, self.device, self.function
        )
    }
}

#[cfg(test)]
mod tests {
    use super::PciAddress;

    #[test]
    fn three_spellings_of_one_address() {
        let wgpu = PciAddress::parse("0000:65:00.0").expect("wgpu's spelling");
        assert_eq!(PciAddress::parse("00000000:65:00.0"), Some(wgpu));
        assert_eq!(PciAddress::parse("65:00.0"), Some(wgpu));
        assert_ne!(PciAddress::parse("0001:65:00.0"), Some(wgpu));
        assert_eq!(wgpu.to_string(), "0000:65:00.0");
    }

    #[test]
    fn other_text_is_no_address() {
        for text in ["", "65", "65:00", "0:0:65:00.0", "zz:00.0", "65:00.0.0"] {
            assert_eq!(PciAddress::parse(text), None, "{text}");
        }
    }
}
