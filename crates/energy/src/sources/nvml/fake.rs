//! NVML without a GPU, for tests. In: answers. Out: the same answers through the trait.

use super::board::{Board, Boards, NvmlFault};
use crate::machine::Machine;
use crate::pci::PciAddress;
use crate::request::Request;
use crate::sources::Found;
use std::sync::{Arc, Mutex};

/// What the fake board answers.
#[derive(Debug, Clone)]
pub(crate) struct Answers {
    pub(crate) pci_bus_id: String,
    pub(crate) uuid: Option<[u8; 16]>,
    pub(crate) luid: Option<[u8; 8]>,
    /// What the counter answers instead of a number.
    pub(crate) no_counter: Option<NvmlFault>,
    pub(crate) has_instant_power: bool,
    pub(crate) module_mw: Option<u64>,
    pub(crate) partitioned: bool,
    pub(crate) is_virtual: bool,
    pub(crate) lost: bool,
    pub(crate) limit_mw: u64,
    pub(crate) energy_mj: u64,
    pub(crate) power_mw: u64,
}

/// A board that answers what a test told it to.
#[derive(Debug, Clone)]
pub(crate) struct FakeBoard(Arc<Mutex<Answers>>);

/// A library of such boards.
pub(crate) struct FakeLibrary(pub(crate) Vec<FakeBoard>);

/// The sensors that our logic makes of the library.
pub(crate) fn find(library: &FakeLibrary, request: &Request) -> Found {
    super::sensors::find(library, request, &Machine::look(&request.root))
}

impl FakeBoard {
    pub(crate) fn at(pci_bus_id: &str) -> Self {
        Self(Arc::new(Mutex::new(Answers {
            pci_bus_id: pci_bus_id.into(),
            uuid: None,
            luid: None,
            no_counter: None,
            has_instant_power: true,
            module_mw: None,
            partitioned: false,
            is_virtual: false,
            lost: false,
            limit_mw: 700_000,
            energy_mj: 0,
            power_mw: 100_000,
        })))
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Answers)) {
        change(&mut self.0.lock().expect("no test panics in here"));
    }

    fn answer<T>(&self, answer: impl FnOnce(&Answers) -> Option<T>) -> Result<T, NvmlFault> {
        let answers = self.0.lock().expect("no test panics in here");
        if answers.lost {
            Err(NvmlFault::Lost)
        } else {
            answer(&answers).ok_or(NvmlFault::Unsupported)
        }
    }
}

impl Boards for FakeLibrary {
    type Board = FakeBoard;

    fn by_pci(&self, pci_bus_id: &str) -> Result<FakeBoard, NvmlFault> {
        let wanted = PciAddress::parse(pci_bus_id);
        let is_there = |board: &&FakeBoard| board.pci_bus_id().is_ok_and(|text| PciAddress::parse(&text) == wanted);
        self.0.iter().find(is_there).cloned().ok_or(NvmlFault::NotFound)
    }

    fn all(&self) -> Vec<FakeBoard> {
        self.0.clone()
    }
}

impl Board for FakeBoard {
    fn name(&self) -> String {
        "NVIDIA Fake 100".into()
    }

    fn pci_bus_id(&self) -> Result<String, NvmlFault> {
        self.answer(|answers| Some(answers.pci_bus_id.clone()))
    }

    fn uuid(&self) -> Result<[u8; 16], NvmlFault> {
        self.answer(|answers| answers.uuid)
    }

    fn luid(&self) -> Result<[u8; 8], NvmlFault> {
        self.answer(|answers| answers.luid)
    }

    fn is_virtual(&self) -> bool {
        self.answer(|answers| Some(answers.is_virtual)).unwrap_or(false)
    }

    fn is_partitioned(&self) -> bool {
        self.answer(|answers| Some(answers.partitioned)).unwrap_or(false)
    }

    fn energy_mj(&self) -> Result<u64, NvmlFault> {
        self.answer(|answers| Some(answers.no_counter.clone().map_or(Ok(answers.energy_mj), Err)))?
    }

    fn instant_power_mw(&self) -> Result<u64, NvmlFault> {
        self.answer(|answers| answers.has_instant_power.then_some(answers.power_mw))
    }

    fn module_power_mw(&self) -> Result<u64, NvmlFault> {
        self.answer(|answers| answers.module_mw)
    }

    fn mean_power_mw(&self) -> Result<u64, NvmlFault> {
        self.answer(|answers| Some(answers.power_mw))
    }

    fn power_limit_mw(&self) -> Result<u64, NvmlFault> {
        self.answer(|answers| Some(answers.limit_mw))
    }

    fn temperature_c(&self) -> Result<u32, NvmlFault> {
        self.answer(|_| Some(55))
    }

    fn clock_mhz(&self) -> Result<u32, NvmlFault> {
        self.answer(|_| Some(1_980))
    }

    fn memory_clock_mhz(&self) -> Result<u32, NvmlFault> {
        self.answer(|_| None)
    }

    fn utilisation_percent(&self) -> Result<u32, NvmlFault> {
        self.answer(|_| Some(87))
    }

    fn throttle_reasons(&self) -> Result<Vec<String>, NvmlFault> {
        self.answer(|_| Some(vec!["power_cap".into()]))
    }
}
