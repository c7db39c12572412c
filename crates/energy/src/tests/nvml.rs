//! NVML's logic against a made-up library. In: boards and what they answer. Out: sources, roles, absences.

use crate::absence::Lack;
use crate::choice::SourceChoice;
use crate::request::{DeviceIdentity, Request};
use crate::source::Fault;
use crate::sources::nvml::board::NvmlFault;
use crate::sources::nvml::fake::{FakeBoard, FakeLibrary, find};
use joulemark_base::device_class::DeviceClass;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_base::timestamp::Timestamp;

fn request(pci_bus_id: Option<&str>, name: &str) -> Request {
    let device = DeviceIdentity {
        pci_bus_id: pci_bus_id.map(str::to_owned),
        ..DeviceIdentity::named(DeviceClass::Discrete, name)
    };
    Request {
        root: "/nowhere".into(),
        ..Request::new(device, SourceChoice::Nvml)
    }
}

fn two() -> (FakeLibrary, FakeBoard) {
    let other = FakeBoard::at("00000000:17:00.0");
    other.set(|answers| answers.energy_mj = 111);
    let ours = FakeBoard::at("00000000:65:00.0");
    ours.set(|answers| answers.energy_mj = 222);
    (FakeLibrary(vec![other, ours.clone()]), ours)
}

#[test]
fn the_board_at_the_adapters_address_is_read() {
    let (library, _) = two();
    let mut found = find(&library, &request(Some("0000:65:00.0"), "whatever"));
    assert_eq!(found.sources[0].read(Timestamp::default()), Ok(222));
    let roles: Vec<Role> = found.sources.iter().map(|source| source.description().role).collect();
    assert_eq!(roles, [Role::Device, Role::CrossCheck]);
    assert_eq!(
        found.sources[0].description().pci_address.as_deref(),
        Some("0000:65:00.0")
    );
    let state = found.states[0].state();
    assert_eq!(
        (state.temperature_c, state.memory_clock_mhz, state.utilisation),
        (Some(55.0), None, Some(0.87))
    );
    assert_eq!(state.throttled.as_deref(), Some(&["power_cap".to_owned()][..]));
}

#[test]
fn another_board_is_never_taken_for_it() {
    let (library, _) = two();
    for request in [
        request(Some("0000:03:00.0"), "NVIDIA Fake 100"),
        request(None, "NVIDIA Fake 100"),
    ] {
        let found = find(&library, &request);
        assert!(found.sources.is_empty());
        assert_eq!(found.absences.len(), 1);
    }
    let only = FakeLibrary(vec![FakeBoard::at("00000000:65:00.0")]);
    assert_eq!(find(&only, &request(None, "NVIDIA Fake 100")).sources.len(), 2);
    assert!(find(&only, &request(None, "AMD Radeon")).sources.is_empty());
}

#[test]
fn each_refusal_of_the_counter_is_its_own_lack_with_its_own_fix() {
    for (fault, lack, reason, fix) in [
        (
            NvmlFault::Unsupported,
            Lack::Unsupported,
            "has no energy counter",
            "Volta",
        ),
        (
            NvmlFault::NoPermission,
            Lack::Forbidden,
            "may not read the energy counter",
            "/dev/nvidia0",
        ),
        (
            NvmlFault::NotYet("no data".into()),
            Lack::NotYet,
            "yet (no data)",
            "nvidia-smi -pm 1",
        ),
        (NvmlFault::Lost, Lack::Missing, "fell off the bus", "dmesg"),
        (NvmlFault::Mismatch, Lack::Broken, "Mismatch", "nvidia-smi"),
        (NvmlFault::Other("odd".into()), Lack::Broken, "odd", "nvidia-smi"),
    ] {
        let (library, ours) = two();
        ours.set(|answers| answers.no_counter = Some(fault));
        let found = find(&library, &request(Some("0000:65:00.0"), ""));
        // Its power stands in from the beginning.
        assert_eq!(found.sources[0].description().quality, Quality::Integrated);
        assert_eq!(found.sources[0].description().role, Role::Device);
        let absence = &found.absences[0];
        assert_eq!(absence.lack, lack);
        assert!(
            absence.reason.contains(reason) && absence.fix.contains(fix),
            "{absence}"
        );
        assert!(absence.reason.contains("integrated instead"), "{absence}");
    }
}

/// Grace Hopper: the module's power is of the CPU and its memory too.
#[test]
fn a_module_is_listed_beside_its_gpu_and_never_added() {
    let (library, ours) = two();
    ours.set(|answers| answers.module_mw = Some(180_000));
    let mut found = find(&library, &request(Some("0000:65:00.0"), ""));
    let described: Vec<_> = found
        .sources
        .iter()
        .map(|source| source.description().clone())
        .collect();
    let (id, roles) = ("nvml:0000:65:00.0:module", described.iter().map(|one| one.role));
    assert_eq!(
        roles.collect::<Vec<_>>(),
        [Role::Device, Role::CrossCheck, Role::Listed]
    );
    assert_eq!(
        (described[2].id.as_str(), found.sources[2].read(Timestamp::default())),
        (id, Ok(180_000))
    );
    assert!(described[2].note.contains("never added"));
    let parts: Vec<_> = described.iter().map(|one| one.part_of.as_deref()).collect();
    assert_eq!(parts, [Some(id), None, None]);
    // Without a counter the power is the part.
    ours.set(|answers| answers.no_counter = Some(NvmlFault::Unsupported));
    let found = find(&library, &request(Some("0000:65:00.0"), ""));
    assert_eq!(found.sources[0].description().part_of.as_deref(), Some(id));
    // A driver that knows no scopes answers with the GPU's own power.
    for answer in [None, Some(100_000), Some(101_000), Some(0)] {
        ours.set(|answers| answers.module_mw = answer);
        let found = find(&library, &request(Some("0000:65:00.0"), ""));
        let mut roles = found.sources.iter().map(|source| source.description().role);
        assert!(roles.all(|role| role != Role::Listed), "{answer:?}");
    }
}

#[test]
fn an_old_driver_gives_the_mean_power_with_its_lag() {
    let (library, ours) = two();
    ours.set(|answers| answers.has_instant_power = false);
    let found = find(&library, &request(Some("0000:65:00.0"), ""));
    assert!(found.sources[1].description().lag_s > 0.5);
}

#[test]
fn a_slice_of_a_board_never_gets_its_joules() {
    let (library, ours) = two();
    ours.set(|answers| answers.partitioned = true);
    let found = find(&library, &request(Some("0000:65:00.0"), ""));
    assert!(found.sources.is_empty() && found.absences[0].fix.contains("nvidia-smi -mig 0"));
    ours.set(|answers| (answers.partitioned, answers.is_virtual) = (false, true));
    let found = find(&library, &request(Some("0000:65:00.0"), ""));
    assert!(found.sources.is_empty() && found.absences[0].reason.contains("vGPU"));
}

#[test]
fn the_tie_is_named_in_every_source() {
    let (library, _) = two();
    let found = find(&library, &request(Some("0000:65:00.0"), ""));
    for source in &found.sources {
        assert_eq!(
            source.description().tied_by.as_deref(),
            Some("PCI address 0000:65:00.0")
        );
    }
}

#[test]
fn a_lost_board_has_vanished() {
    let (library, ours) = two();
    let mut found = find(&library, &request(Some("0000:65:00.0"), ""));
    ours.set(|answers| answers.lost = true);
    assert!(matches!(
        found.sources[0].read(Timestamp::default()),
        Err(Fault::Vanished(_))
    ));
    assert_eq!(found.states[0].state().temperature_c, None);
}
