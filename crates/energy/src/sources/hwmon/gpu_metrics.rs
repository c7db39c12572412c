//! The energy accumulator in amdgpu's `gpu_metrics`, a binary table whose layout its header names. In: the file.
//! Out: 2⁻¹⁶ J, or why this version tells none. Layouts: Linux, drivers/gpu/drm/amd/include/kgd_pp_interface.h.

use crate::absence::Absence;
use crate::absence::Lack;
use crate::machine::Machine;
use crate::power_limit::PowerLimit;
use crate::source::{Description, Fault, Source};
use crate::sources::file_source::fault_of;
use crate::sources::limit_file::{LimitFile, usual_w};
use joulemark_base::timestamp::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};

/// Bits between 2⁻¹⁶ J and 2⁻³² J, the unit of the description.
const SHIFT: u32 = 16;

/// Where the accumulator stands in a table, and how wide it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    offset: usize,
    bytes: usize,
}

/// The accumulator of one GPU.
pub(super) struct Metrics {
    description: Description,
    path: PathBuf,
    limits: Vec<LimitFile>,
}

impl Metrics {
    pub(super) fn id(&self) -> &str {
        &self.description.id
    }
}

/// Opens the table beside a chip's folder; `None` if there is none.
pub(super) fn open(mut description: Description, chip: &Path, machine: &Machine) -> Option<Result<Metrics, Absence>> {
    let path = chip.join("device/gpu_metrics");
    if !path.exists() {
        return None;
    }
    let table = match fs::read(&path) {
        Ok(table) => table,
        Err(error) => return Some(Err(machine.unreadable(description.id, &path, &error))),
    };
    let limits = LimitFile::among(chip, ["power1_cap".to_owned(), "power1_crit".to_owned()]);
    let told: Vec<PowerLimit> = limits.iter().filter_map(LimitFile::read).collect();
    Some(match accumulator(&table) {
        Ok(_) => {
            description.power_limit_w = usual_w(&told);
            description.wrap_range = place(&table)
                .filter(|place| place.bytes == 4)
                .map(|_| 1 << (32 + SHIFT));
            description.note = "energy accumulator in units of 15.259 µJ".into();
            Ok(Metrics {
                description,
                path,
                limits,
            })
        }
        Err(reason) => Err(Absence::new(
            Lack::Unsupported,
            description.id,
            format!("{} tells no energy: {reason}.", path.display()),
            "Nothing to mend: the GPU's power is integrated instead where it is shown.",
        )),
    })
}

impl Source for Metrics {
    fn description(&self) -> &Description {
        &self.description
    }

    fn read(&mut self, _now: Timestamp) -> Result<u64, Fault> {
        let table = fs::read(&self.path).map_err(|error| fault_of(&error))?;
        accumulator(&table).map(|raw| raw << SHIFT).map_err(Fault::Read)
    }

    fn limits(&mut self) -> Vec<PowerLimit> {
        self.limits.iter().filter_map(LimitFile::read).collect()
    }
}

/// Where this version keeps its accumulator; APUs (versions 2 and 3) have none.
fn place(table: &[u8]) -> Option<Place> {
    let [size_low, size_high, format, content] = *table.first_chunk()?;
    let size = u16::from_le_bytes([size_low, size_high]);
    let (offset, bytes) = match (format, content) {
        (1, 0) => (36, 4),
        (1, 1..=4 | 7 | 8) => (24, 8),
        (1, 5) => (88, 8),
        // The first kernels with version 1.6 kept the activities of 1.5 before it; their table is the shorter one.
        (1, 6) if size < 600 => (88, 8),
        (1, 6) => (16, 8),
        (1, 9) => (named(table)?, 8),
        _ => return None,
    };
    (usize::from(size) <= table.len() && offset + bytes <= usize::from(size)).then_some(Place { offset, bytes })
}

/// The number of the accumulator among the attributes of version 1.9, and its type there: 64 bits.
const ENERGY: [u64; 2] = [7, 6];

/// Where the accumulator stands in a table of version 1.9: behind a count, attribute by attribute, each with eight bytes
/// that say how many numbers of which type follow (bits 0 to 9 and 20 to 23) and what they are (bits 10 to 19).
fn named(table: &[u8]) -> Option<usize> {
    let count = u32::from_le_bytes(*table.get(4..)?.first_chunk()?);
    let mut offset = 8;
    for _ in 0..count {
        let word = u64::from_le_bytes(*table.get(offset..)?.first_chunk()?);
        let [instances, id, kind] = [word & 0x3ff, word >> 10 & 0x3ff, word >> 20 & 0xf];
        offset += 8;
        if id == ENERGY[0] {
            return ([instances, kind] == [1, ENERGY[1]]).then_some(offset);
        }
        // Unsigned and signed, of 8, 16, 32 and 64 bits.
        if kind > 7 {
            return None;
        }
        offset += usize::try_from(instances << (kind / 2)).ok()?;
    }
    None
}

fn accumulator(table: &[u8]) -> Result<u64, String> {
    let version = || match table.first_chunk() {
        Some([_, _, format, content]) => format!("version {format}.{content} of {} bytes", table.len()),
        None => "an empty table".to_owned(),
    };
    let place = place(table).ok_or_else(|| format!("{} has no energy accumulator that is known", version()))?;
    let bytes = &table[place.offset..place.offset + place.bytes];
    let raw = bytes.iter().rev().fold(0, |raw, byte| (raw << 8) | u64::from(*byte));
    // The kernel fills with ones what the firmware does not tell.
    if bytes.iter().all(|byte| *byte == 0xff) {
        return Err(format!("{} leaves the energy accumulator out", version()));
    }
    if raw > u64::MAX >> SHIFT {
        return Err(format!(
            "{} shows an accumulator of {raw}, which is out of this world",
            version()
        ));
    }
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(size: u16, version: (u8, u8), offset: usize, raw: &[u8]) -> Vec<u8> {
        let mut table = vec![0xff; usize::from(size)];
        table[..2].copy_from_slice(&size.to_le_bytes());
        (table[2], table[3]) = version;
        table[offset..offset + raw.len()].copy_from_slice(raw);
        table
    }

    #[test]
    fn each_layout_has_its_own_place() {
        for (size, version, offset) in [
            (96, (1, 1), 24),
            (120, (1, 3), 24),
            (288, (1, 4), 24),
            (360, (1, 5), 88),
            (384, (1, 6), 88),
            (1664, (1, 6), 16),
            (2208, (1, 7), 24),
            (3360, (1, 8), 24),
        ] {
            let raw = 0x0001_2345_6789_u64;
            assert_eq!(
                accumulator(&table(size, version, offset, &raw.to_le_bytes())),
                Ok(raw),
                "{version:?}"
            );
        }
        assert_eq!(accumulator(&table(88, (1, 0), 36, &77_u32.to_le_bytes())), Ok(77));
    }

    /// A table of version 1.9 with these attributes: type, id, number of values.
    fn attributes(list: &[(u64, u64, u64)], raw: u64) -> Vec<u8> {
        let mut table = [&[0, 0, 1, 9][..], &(list.len() as u32).to_le_bytes()].concat();
        for &(kind, id, instances) in list {
            table.extend((3 << 24 | kind << 20 | id << 10 | instances).to_le_bytes());
            match id {
                7 => table.extend(raw.to_le_bytes()),
                _ => table.extend(vec![0xab; (instances << (kind / 2)) as usize]),
            }
        }
        let size = table.len() as u16;
        table[..2].copy_from_slice(&size.to_le_bytes());
        table
    }

    #[test]
    fn attributes_are_walked_to_the_accumulator() {
        let raw = 0x0001_2345_6789_u64;
        let before = [(2, 0, 1), (1, 4, 3), (4, 33, 8), (7, 5, 2)];
        let list = [&before[..], &[(6, 7, 1), (6, 8, 1)]].concat();
        let table = attributes(&list, raw);
        assert_eq!(accumulator(&table), Ok(raw));
        for (wrong, word) in [
            (attributes(&before, raw), "no energy accumulator"),
            (attributes(&[(4, 7, 1)], raw), "no energy accumulator"),
            (attributes(&[(9, 3, 1), (6, 7, 1)], raw), "no energy accumulator"),
            (table[..table.len() - 20].to_vec(), "version 1.9"),
            (attributes(&list, u64::MAX), "leaves"),
        ] {
            let reason = accumulator(&wrong).expect_err(word);
            assert!(reason.contains(word), "{reason}");
        }
    }

    #[test]
    fn what_is_not_told_is_no_number() {
        for (table, word) in [
            (table(120, (1, 3), 24, &[]), "leaves"),
            (table(120, (2, 1), 24, &[0; 8]), "version 2.1"),
            (table(264, (3, 0), 24, &[0; 8]), "version 3.0"),
            (table(120, (1, 9), 24, &[0; 8]), "version 1.9"),
            (table(120, (1, 3), 24, &[0; 8])[..60].to_vec(), "60 bytes"),
            (vec![], "empty"),
        ] {
            let reason = accumulator(&table).expect_err(word);
            assert!(reason.contains(word), "{reason}");
        }
    }
}
