//! The variants that a search may try: every combination of the values that an algorithm lists for its parameters, and
//! the powers of two between them. In: an algorithm and a precision. Out: neighbours and random picks.

use std::collections::BTreeSet;

use joulemark_base::device_class::DeviceClass;
use joulemark_kernels::{Algorithm, Precision, Variant};
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

const CLASSES: [DeviceClass; 4] = [
    DeviceClass::Discrete,
    DeviceClass::Integrated,
    DeviceClass::Cpu,
    DeviceClass::Other,
];

/// Parameters with the values that each may take, ascending.
#[derive(Clone, Debug)]
pub(super) struct Space {
    parameters: Vec<(&'static str, Vec<u32>)>,
    /// What the algorithm lists, defaults first.
    listed: Vec<Variant>,
}

impl Space {
    pub(super) fn of(algorithm: &dyn Algorithm, precision: Precision, class: DeviceClass) -> Self {
        let mut listed = vec![algorithm.default_variant(precision, class)];
        listed.extend(algorithm.variants(precision));
        listed.extend(CLASSES.map(|class| algorithm.default_variant(precision, class)));
        let mut seen = BTreeSet::new();
        listed.retain(|variant| seen.insert(variant.clone()));
        let names: Vec<&'static str> = listed[0].iter().map(|(name, _)| name).collect();
        let parameters = names.into_iter().map(|name| {
            let values = listed.iter().flat_map(Variant::iter).filter(|(key, _)| *key == name);
            (name, filled(values.map(|(_, value)| value).collect()))
        });
        Self {
            parameters: parameters.collect(),
            listed,
        }
    }

    /// The default, then the other listed variants in a random order.
    pub(super) fn listed(&self, random: &mut impl Rng) -> Vec<Variant> {
        let mut listed = self.listed.clone();
        listed[1..].shuffle(random);
        listed
    }

    /// All variants that differ by one step of one parameter, in a random order.
    pub(super) fn neighbours(&self, of: &Variant, random: &mut impl Rng) -> Vec<Variant> {
        let mut found = Vec::new();
        for (name, values) in &self.parameters {
            let Some(place) = values.iter().position(|value| *value == of.get(name)) else {
                continue;
            };
            let steps = [place.checked_sub(1), Some(place + 1)];
            for value in steps.into_iter().flatten().filter_map(|step| values.get(step)) {
                found.extend(of.with(&format!("{name}={value}")));
            }
        }
        found.shuffle(random);
        found
    }

    /// Any combination.
    pub(super) fn pick(&self, random: &mut impl Rng) -> Variant {
        let values = self.parameters.iter().map(|(name, values)| {
            let value = values.choose(random).copied().unwrap_or_default();
            (*name, value)
        });
        Variant::new(&values.collect::<Vec<_>>())
    }
}

/// The values, and the powers of two between the smallest and the largest if these are powers of two above one.
fn filled(mut values: BTreeSet<u32>) -> Vec<u32> {
    let powers = values
        .iter()
        .filter(|value| **value > 0)
        .all(|value| value.is_power_of_two());
    if let (true, Some(last)) = (powers, values.last().copied()) {
        let mut value = values.iter().copied().find(|value| *value > 0).unwrap_or(last.max(1));
        while value < last {
            values.insert(value);
            value *= 2;
        }
    }
    values.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use joulemark_base::device_class::DeviceClass;
    use joulemark_kernels::{Precision, catalogue};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::{Space, filled};

    #[test]
    fn gaps_between_powers_of_two_are_filled() {
        assert_eq!(filled(BTreeSet::from([4, 32])), [4, 8, 16, 32]);
        assert_eq!(filled(BTreeSet::from([0, 1])), [0, 1]);
        assert_eq!(filled(BTreeSet::from([0, 8])), [0, 8]);
        assert_eq!(filled(BTreeSet::from([4, 14])), [4, 14]);
        assert_eq!(filled(BTreeSet::from([16])), [16]);
    }

    #[test]
    fn every_algorithm_has_a_space_that_holds_its_defaults() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for algorithm in catalogue::all() {
            for precision in Precision::ALL {
                let space = Space::of(algorithm, precision, DeviceClass::Cpu);
                let default = algorithm.default_variant(precision, DeviceClass::Cpu);
                assert_eq!(space.listed(&mut random)[0], default, "{algorithm}");
                for neighbour in space.neighbours(&default, &mut random) {
                    let different = neighbour.iter().zip(default.iter()).filter(|(a, b)| a != b).count();
                    assert_eq!(different, 1, "{algorithm}: {neighbour} beside {default}");
                }
                let names =
                    |variant: &joulemark_kernels::Variant| variant.iter().map(|(name, _)| name).collect::<Vec<_>>();
                assert_eq!(names(&space.pick(&mut random)), names(&default));
            }
        }
    }
}
