//! Zones that show one counter. In: what each look at the sources side by side showed. Out: for each source
//! the one that it mirrors. Dies of one socket do that on AMD's Zen 1 and 2: adding them up doubles the joules.
//!
//! Two packages that draw alike never show the same numbers; two doors to one register do, look after look, apart from
//! an update that falls between two reads.

use crate::probe::Seen;
use crate::source::Description;
use joulemark_base::role::Role;
use joulemark_base::source_kind::SourceKind;
use joulemark_base::unit::Unit;

/// Both must have moved so often, or they may be dead alike.
const FEWEST_MOVES: usize = 2;

/// For each source the id of an earlier one whose counter it shows, if there is one.
pub(crate) fn find(descriptions: &[Description], seen: &[Seen]) -> Vec<Option<String>> {
    let mut mirrors: Vec<Option<String>> = vec![None; descriptions.len()];
    for later in 0..descriptions.len() {
        let original = (0..later).find(|&earlier| {
            mirrors[earlier].is_none()
                && comparable(&descriptions[earlier], &descriptions[later])
                && is_same(&seen[earlier], &seen[later], descriptions[later].unit)
        });
        mirrors[later] = original.map(|earlier| descriptions[earlier].id.clone());
    }
    mirrors
}

fn comparable(one: &Description, other: &Description) -> bool {
    let counts = |description: &Description| {
        description.kind == SourceKind::Counter && matches!(description.role, Role::Device | Role::Host)
    };
    counts(one) && counts(other) && one.domain == other.domain && one.unit == other.unit
}

/// Whether two thirds of the looks at the second counter show what the first showed just before, at or after it.
fn is_same(first: &Seen, second: &Seen, unit: Unit) -> bool {
    // Perf events count from their own opening, so only their rises can be compared.
    let base = |seen: &Seen| {
        if unit == Unit::PerfJoule {
            seen.first().map_or(0, |(_, raw)| *raw)
        } else {
            0
        }
    };
    let (first_base, second_base) = (base(first), base(second));
    let shown = |round: u32| {
        let at = first.binary_search_by_key(&round, |(round, _)| *round).ok()?;
        Some(first[at].1.wrapping_sub(first_base))
    };
    let (mut looks, mut alike) = (0, 0);
    for (round, raw) in second {
        let raw = raw.wrapping_sub(second_base);
        let around = [round.checked_sub(1), Some(*round), round.checked_add(1)];
        if shown(*round).is_some() {
            looks += 1;
            alike += usize::from(around.into_iter().flatten().any(|round| shown(round) == Some(raw)));
        }
    }
    moves(first) >= FEWEST_MOVES && moves(second) >= FEWEST_MOVES && 3 * alike >= 2 * looks
}

fn moves(seen: &Seen) -> usize {
    seen.windows(2).filter(|pair| pair[0].1 != pair[1].1).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use joulemark_base::domain::Domain;

    fn package(id: &str, unit: Unit) -> Description {
        Description::new(id, id, Domain::Package, unit, Role::Device)
    }

    /// Looks every 0.3 ms at counters of so many watts that update every millisecond: raw = base + power × time.
    fn looks(base: u64, power_w: f64, late_s: f64) -> Seen {
        let raw = |round: u32| {
            let updated_s = ((f64::from(round) * 3e-4 + late_s) * 1e3).floor() * 1e-3;
            base + (power_w * 1e6 * updated_s) as u64
        };
        (0..40).map(|round| (round, raw(round))).collect()
    }

    fn mirrored(unit: Unit, seen: Vec<Seen>) -> Vec<bool> {
        let descriptions: Vec<Description> = (0..seen.len()).map(|index| package(&index.to_string(), unit)).collect();
        find(&descriptions, &seen).iter().map(Option::is_some).collect()
    }

    #[test]
    fn one_counter_behind_several_zones_is_found() {
        let zones = vec![
            looks(1_000, 68.0, 0.0),
            looks(1_000, 68.0, 1e-5),
            looks(1_000, 68.0, 1e-4),
        ];
        assert_eq!(mirrored(Unit::Microjoule, zones), [false, true, true]);
        let events = vec![looks(17, 68.0, 0.0), looks(400_017, 68.0, 0.0)];
        assert_eq!(mirrored(Unit::PerfJoule, events), [false, true]);
    }

    #[test]
    fn packages_that_draw_alike_are_two() {
        for other in [
            looks(1_500, 68.0, 0.0),
            looks(9_000_000, 68.0, 0.0),
            looks(1_000, 68.4, 0.0),
        ] {
            assert_eq!(
                mirrored(Unit::Microjoule, vec![looks(1_000, 68.0, 0.0), other]),
                [false, false]
            );
        }
        let dead = vec![vec![(0, 7), (1, 7), (2, 7)]; 2];
        assert_eq!(mirrored(Unit::Microjoule, dead), [false, false]);
    }
}
