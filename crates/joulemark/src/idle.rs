//! Idle windows: the device warm, its context open, nothing to do. In: the meter. Out: idle power before and after other
//! windows, whose active energy takes the mean of both.

use joulemark_base::timestamp::Timestamp;
use joulemark_energy::{EnergyReading, IdlePower, Meter, WindowEnergy};
use joulemark_records::{Row, Status};

use crate::row::{put_energy, remark};

/// One idle window and the energy in it.
#[derive(Clone, Debug)]
pub struct Idle {
    /// Where it begins, by the meter's clock.
    pub start: Timestamp,
    /// Where it ends.
    pub end: Timestamp,
    /// What it took.
    pub energy: WindowEnergy,
}

impl Idle {
    /// Sleeps for this long and reads what that cost.
    pub(crate) fn measure(meter: &Meter, seconds: f64) -> Self {
        let start = meter.now();
        std::thread::sleep(std::time::Duration::from_secs_f64(seconds));
        let end = meter.now();
        Self {
            start,
            end,
            energy: meter.measure(start, end),
        }
    }

    /// Its row, but for its place in a run: drift since the idle window before is a remark.
    #[must_use]
    pub fn row(&self, before: Option<&Self>) -> Row {
        let mut row = Row {
            case_id: "idle".into(),
            wall_s: Some(self.end.seconds_since(self.start)),
            status: Status::Idle,
            ..Row::default()
        };
        put_energy(&mut row, &self.energy, [None; 2]);
        // What speaks against it is in its reason; it stays an idle window.
        row.status = Status::Idle;
        if let Some(halt) = &self.energy.interrupted {
            remark(&mut row, halt);
        }
        if let Some(drift) = before.and_then(|before| IdlePower::drift(before.device()?, self.device()?)) {
            remark(&mut row, &drift);
        }
        row
    }

    /// Idle power of the device, if it is known.
    #[must_use]
    pub fn device(&self) -> Option<IdlePower> {
        self.power(&self.energy.device)
    }

    /// Idle power of the host, if it is known.
    #[must_use]
    pub fn host(&self) -> Option<IdlePower> {
        self.power(&self.energy.host)
    }

    /// Idle power of device and host in the window before, in watts, as rows take it.
    pub(crate) fn watts(before: Option<&Self>) -> [Option<f64>; 2] {
        [Self::device, Self::host].map(|of| Some(of(before?)?.power_w))
    }

    fn power(&self, reading: &EnergyReading) -> Option<IdlePower> {
        IdlePower::of(reading, self.end.seconds_since(self.start))
    }

    /// Completes a row that was written when only the idle window before it had ended: its active energy is by the mean of
    /// both.
    pub fn complete(row: &mut Row, before: &Self, after: &Self) {
        let mean_w = |of: fn(&Self) -> Option<IdlePower>| match (of(before), of(after)) {
            (Some(before), Some(after)) => Some(IdlePower::between(before, after).power_w),
            (one, other) => one.or(other).map(|power| power.power_w),
        };
        if row.wall_s.is_none() {
            return;
        }
        row.idle_before_w = before.device().map(|power| power.power_w);
        row.idle_after_w = after.device().map(|power| power.power_w);
        row.device.set_idle(mean_w(Self::device), row.wall_s);
        row.host.set_idle(mean_w(Self::host), row.wall_s);
    }
}
