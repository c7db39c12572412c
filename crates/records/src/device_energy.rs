//! What a row of any table says that its device took, and whether a device of this world can take that. In: the fields
//! of one row. Out: joules and their quality, or why they are left out.

use joulemark_base::quality::Quality;

use crate::column::POWER_W;

/// Most power that one device is believed to draw, in watts.
const MOST_W: f64 = 1e4;
/// Least power that is told from none, in watts.
const LEAST_W: f64 = 1e-6;
/// How far above its limit a device is believed to be; more is a slip of units.
const MOST_TIMES_LIMIT: f64 = 10.0;

/// What a row says of its device's energy.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DeviceEnergy {
    /// Joules of the whole window; `None` if the row has none, or none that can be.
    pub energy_j: Option<f64>,
    /// How they came to be; `None` if the row does not say.
    pub quality: Option<Quality>,
    /// Why the joules that stand there are left out.
    pub left_out: Option<&'static str>,
}

/// Where the columns stand that this needs.
#[derive(Debug)]
pub(crate) struct EnergyColumns {
    pub(crate) status: Option<usize>,
    energy_j: Option<usize>,
    power_w: Option<usize>,
    quality: Option<usize>,
    wall_s: Option<usize>,
    limit_w: Option<usize>,
}

impl EnergyColumns {
    pub(crate) fn of(position: impl Fn(&str) -> Option<usize>) -> Self {
        Self {
            status: position("status"),
            energy_j: position("device_energy_j"),
            power_w: position(POWER_W),
            quality: position("device_quality"),
            wall_s: position("wall_s"),
            limit_w: position("power_limit_w"),
        }
    }

    pub(crate) fn read<'a>(&self, field: impl Fn(usize) -> &'a str) -> DeviceEnergy {
        let number = |position: Option<usize>| position.and_then(|position| field(position).parse::<f64>().ok());
        let wall_s = number(self.wall_s);
        let mut said = DeviceEnergy {
            energy_j: number(self.energy_j),
            quality: self.quality.and_then(|position| Quality::from_word(field(position))),
            left_out: None,
        };
        if said.energy_j.is_none() {
            said.energy_j = number(self.power_w)
                .zip(wall_s)
                .map(|(power_w, wall_s)| power_w * wall_s);
            if said.energy_j.is_some() {
                said.quality = said.quality.or(Some(Quality::Integrated));
            }
        }
        let power_w = said.energy_j.zip(wall_s).map(|(energy_j, wall_s)| energy_j / wall_s);
        said.left_out = power_w.and_then(|power_w| impossible(power_w, number(self.limit_w)));
        if said.left_out.is_some() {
            said.energy_j = None;
        }
        said
    }
}

/// Why no device draws this power; `None` if one may.
fn impossible(power_w: f64, limit_w: Option<f64>) -> Option<&'static str> {
    if power_w == 0.0 {
        return Some("0 J: a device that works does not take 0 J, so nothing was measured");
    }
    if power_w < LEAST_W {
        return Some("less than a microwatt: is the unit right?");
    }
    if power_w > MOST_W {
        return Some("more than 10 kW: is the unit right?");
    }
    let over = limit_w.is_some_and(|limit_w| limit_w > 0.0 && power_w > MOST_TIMES_LIMIT * limit_w);
    over.then_some("more than ten times the power limit: is the unit right?")
}

#[cfg(test)]
mod tests {
    use joulemark_base::quality::Quality;

    use super::EnergyColumns;

    #[test]
    fn what_no_device_takes_is_left_out() {
        let names = [
            "status",
            "device_energy_j",
            "power_w",
            "device_quality",
            "wall_s",
            "power_limit_w",
        ];
        let columns = EnergyColumns::of(|name| names.iter().position(|column| *column == name));
        let read = |fields: [&'static str; 6]| columns.read(|position| fields[position]);
        assert_eq!(read(["ok", "50", "", "external", "2", "30"]).energy_j, Some(50.0));
        let by_power = read(["ok", "", "40", "", "2", ""]);
        assert_eq!(
            (by_power.energy_j, by_power.quality),
            (Some(80.0), Some(Quality::Integrated))
        );
        for (energy, wall, limit, why) in [
            ("0", "1.01", "", "0 J"),
            ("0.0", "0.2", "", "0 J"),
            ("1e-9", "1", "", "microwatt"),
            ("20001", "2", "", "10 kW"),
            ("601", "2", "30", "ten times"),
        ] {
            let said = read(["ok", energy, "", "counter", wall, limit]);
            assert!(
                said.energy_j.is_none() && said.left_out.unwrap().contains(why),
                "{said:?}"
            );
        }
        assert_eq!(read(["ok", "", "", "", "2", ""]).left_out, None);
    }
}
