//! Which board is the adapter's. In: NVML's boards and the device's identity. Out: the board and what ties it to
//! the device, or why none can be told for certain: PCI address, then UUID, then LUID, then the name where there is one board.

use super::absence::let_see_nvidia;
use super::board::{Board, Boards, NvmlFault};
use crate::absence::Absence;
use crate::absence::Lack;
use crate::machine::Machine;
use crate::request::DeviceIdentity;

/// The device's board, and the tie for the manifest.
pub(super) fn find<L: Boards>(
    library: &L,
    device: &DeviceIdentity,
    machine: &Machine,
) -> Result<(L::Board, String), Absence> {
    let no = |lack, reason: String, fix: &str| Err(Absence::new(lack, "nvml", reason, fix));
    let address = device.pci_address();
    if let Some(address) = address {
        match library.by_pci(&address.to_string()) {
            Ok(board) => {
                let other = library.all().into_iter().find(|other| is_by_uuid(other, device));
                return match other.and_then(|other| other.pci_bus_id().ok()) {
                    Some(elsewhere) if differs(&board, device) => no(
                        Lack::Broken,
                        format!(
                            "The adapter `{}` is at {address} by its PCI address and at {elsewhere} by its UUID.",
                            device.name
                        ),
                        "Report the driver's version: no sensor can be told for certain.",
                    ),
                    _ => Ok((board, format!("PCI address {address}"))),
                };
            }
            Err(NvmlFault::NotFound) => {}
            Err(NvmlFault::NoPermission) => {
                let fix = match machine.container {
                    Some(_) => let_see_nvidia(machine),
                    None => "Run as a user who can open /dev/nvidia0 (`ls -l /dev/nvidia*` shows the group).",
                };
                return no(
                    Lack::Forbidden,
                    format!("This user may not talk to the GPU at {address}."),
                    fix,
                );
            }
            Err(NvmlFault::Lost) => {
                return no(
                    Lack::Missing,
                    format!("The GPU at {address} fell off the bus."),
                    "Look at `sudo dmesg | grep -i xid`; the machine needs a restart.",
                );
            }
            Err(other) => {
                return no(
                    Lack::Broken,
                    format!("NVML cannot open the GPU at {address} ({other:?})."),
                    "Look whether `nvidia-smi` lists it.",
                );
            }
        }
    }
    let mut boards = library.all();
    if let Some(index) = boards.iter().position(|board| is_by_uuid(board, device)) {
        let board = boards.swap_remove(index);
        return Ok((board, "UUID, the same from Vulkan and NVML".to_owned()));
    }
    let by_luid = |board: &L::Board| device.luid.is_some() && board.luid().ok() == device.luid;
    if let Some(index) = boards.iter().position(by_luid) {
        return Ok((boards.swap_remove(index), "LUID".to_owned()));
    }
    if let Some(address) = address {
        return no(
            Lack::Missing,
            format!(
                "NVML knows no GPU at {address}, where the adapter `{}` is.",
                device.name
            ),
            "Nothing to mend if that adapter is not NVIDIA's; in a container pass that GPU in with `--gpus all`.",
        );
    }
    let named = |board: &L::Board| {
        let name = board.name();
        !device.name.is_empty() && (device.name.contains(&name) || name.contains(&device.name))
    };
    match boards.pop() {
        Some(board) if boards.is_empty() && named(&board) && !differs(&board, device) => {
            let name = board.name();
            Ok((board, format!("name: the only board, {name}")))
        }
        _ => no(
            Lack::Missing,
            format!(
                "The driver of `{}` tells no PCI address and no UUID that NVML knows, so its NVIDIA sensor cannot be told \
                 for certain.",
                device.name
            ),
            "Use the Vulkan backend with a recent driver (VK_EXT_pci_bus_info), or hide all other GPUs.",
        ),
    }
}

/// Drivers without ids fill them with zeros.
fn uuid(device: &DeviceIdentity) -> Option<[u8; 16]> {
    device.uuid.filter(|uuid| *uuid != [0; 16])
}

fn is_by_uuid<B: Board>(board: &B, device: &DeviceIdentity) -> bool {
    uuid(device).is_some_and(|uuid| board.uuid() == Ok(uuid))
}

/// Whether the board's UUID is known and another one.
fn differs<B: Board>(board: &B, device: &DeviceIdentity) -> bool {
    uuid(device).is_some_and(|uuid| board.uuid().is_ok_and(|other| other != uuid))
}

#[cfg(test)]
mod tests {
    use super::super::fake::{FakeBoard, FakeLibrary};
    use super::*;
    use joulemark_base::device_class::DeviceClass;
    use std::path::Path;

    const OURS: [u8; 16] = [7; 16];
    const NAME: &str = "NVIDIA Fake 100";

    fn device(pci: Option<&str>, uuid: Option<[u8; 16]>, luid: Option<[u8; 8]>) -> DeviceIdentity {
        DeviceIdentity {
            pci_bus_id: pci.map(str::to_owned),
            uuid,
            luid,
            ..DeviceIdentity::named(DeviceClass::Discrete, NAME)
        }
    }

    /// Four boards of one name in domains of their own, as Azure's machines have them; ours is the third.
    fn azure() -> FakeLibrary {
        let boards = [8, 2, 1, 3].map(|domain: u8| {
            let board = FakeBoard::at(&format!("{domain:08x}:00:00.0"));
            let uuid = if domain == 1 { OURS } else { [domain; 16] };
            board.set(|answers| (answers.uuid, answers.luid) = (Some(uuid), Some([domain; 8])));
            board
        });
        FakeLibrary(boards.to_vec())
    }

    fn tie(library: &FakeLibrary, device: &DeviceIdentity) -> Result<(String, String), Absence> {
        let machine = Machine::look(Path::new("/nowhere"));
        find(library, device, &machine).map(|(board, tie)| (board.pci_bus_id().expect("a place"), tie))
    }

    #[test]
    fn each_tie_holds_and_is_named() {
        for (device, word) in [
            (device(Some("0001:00:00.0"), None, None), "PCI address 0001:00:00.0"),
            (device(None, Some(OURS), None), "UUID"),
            (device(Some("0000:00:00.0"), Some(OURS), None), "UUID"),
            (device(None, Some([0; 16]), Some([1; 8])), "LUID"),
        ] {
            let (place, tie) = tie(&azure(), &device).expect(word);
            assert_eq!(place, "00000001:00:00.0", "{word}");
            assert!(tie.contains(word), "{tie}");
        }
    }

    #[test]
    fn without_a_tie_no_board_is_taken() {
        let only = FakeLibrary(vec![azure().0[2].clone()]);
        assert!(
            tie(&only, &device(None, None, None))
                .expect("one board")
                .1
                .contains("only board")
        );
        for (library, device, word) in [
            (azure(), device(None, None, None), "no UUID that NVML knows"),
            (
                azure(),
                device(Some("0005:00:00.0"), Some([9; 16]), None),
                "knows no GPU at 0005",
            ),
            (
                azure(),
                device(Some("0002:00:00.0"), Some(OURS), None),
                "0001:00:00.0 by its UUID",
            ),
            (
                FakeLibrary(vec![azure().0[0].clone()]),
                device(None, Some(OURS), None),
                "for certain",
            ),
            (FakeLibrary(vec![]), device(None, Some(OURS), None), "for certain"),
        ] {
            let absence = tie(&library, &device).expect_err(word);
            assert!(absence.reason.contains(word), "{absence}");
        }
    }

    #[test]
    fn a_board_that_is_gone_does_not_hide_the_others() {
        let library = azure();
        library.0[0].set(|answers| answers.lost = true);
        assert!(tie(&library, &device(None, Some(OURS), None)).is_ok());
    }
}
