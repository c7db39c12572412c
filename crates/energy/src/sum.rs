//! The sum of a window over sources. In: what each source measured. Out: one reading, twins standing in for the
//! dead, and why it should be looked at twice.

use crate::reading::EnergyReading;
use crate::source::Description;
use crate::uncertainty::Uncertainty;
use crate::window::{Measured, Unknown};
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;

/// What one source tells of one window.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) description: Description,
    pub(crate) measured: Result<Measured, Unknown>,
}

/// A sum over sources, and why it should be looked at twice.
#[derive(Debug, Clone)]
pub(crate) struct Sum {
    pub(crate) reading: EnergyReading,
    pub(crate) suspicions: Vec<String>,
}

impl Sum {
    /// The sum over the sources of this role; `None` if there are none. One unknown part makes the sum unknown: half of
    /// a machine's joules are no joules. But where a source is dead and its twin lives, the twin stands in, with its own
    /// quality and a word.
    pub(crate) fn of(parts: &[Part], role: Role) -> Option<Self> {
        let counted: Vec<&Part> = parts.iter().filter(|part| part.description.role == role).collect();
        if counted.is_empty() {
            return None;
        }
        let (mut energy_j, mut error, mut quality) = (0.0, Uncertainty::default(), Quality::Counter);
        let (mut sources, mut remarks, mut suspicions) = (Vec::new(), Vec::new(), Vec::new());
        for part in &counted {
            let id = &part.description.id;
            let (description, measured) = match &part.measured {
                Ok(measured) => (&part.description, measured),
                Err(unknown) => {
                    let reason = format!("{id}: {unknown}");
                    let Some((description, measured)) = stand_in(parts, id) else {
                        let source = counted.iter().map(|part| part.description.id.as_str());
                        return Some(Self {
                            reading: EnergyReading::invalid(source.collect::<Vec<_>>().join("+"), reason),
                            suspicions: Vec::new(),
                        });
                    };
                    remarks.push(format!("{reason}; {} stands in", description.id));
                    if description.domain != part.description.domain {
                        suspicions.push(format!(
                            "{} sees the {} only, a part of the {}",
                            description.id, description.domain, part.description.domain
                        ));
                    }
                    (description, measured)
                }
            };
            energy_j += measured.energy_j;
            error = error.plus(measured.error);
            quality = quality.weaker(description.quality);
            sources.push(description.id.as_str());
            let named = |text: &String| format!("{}: {text}", description.id);
            remarks.extend(measured.remarks.iter().map(named));
            suspicions.extend(measured.suspicions.iter().map(named));
        }
        let reading = EnergyReading {
            energy_j: Some(energy_j),
            u_j: Some(error.expanded()),
            source: sources.join("+"),
            quality,
            reason: remarks.join("; "),
        };
        Some(Self { reading, suspicions })
    }
}

/// The living source that sees the same as this one, or at least the chip of its card.
fn stand_in<'a>(parts: &'a [Part], id: &str) -> Option<(&'a Description, &'a Measured)> {
    let mut living = parts.iter().filter(|part| part.description.can_stand_in_for(id));
    let is_twin = |part: &&Part| part.description.twin_of.is_some();
    let measured = |part: &'a Part| Some((&part.description, part.measured.as_ref().ok()?));
    let twin = living.clone().filter(is_twin).find_map(measured);
    twin.or_else(|| living.find_map(measured))
}
