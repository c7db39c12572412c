//! Which body an algorithm that contains a product uses: `staged` = 1 goes through workgroup memory, 0 does
//! not, 3 shares rows within a subgroup.

use super::{Body, Broadcast, RegisterBlocked, RegisterOnly};
use crate::{Precision, Tuning, Unsupported};
use joulemark_base::device_class::DeviceClass;

/// The body that a tuning names.
pub(crate) fn body(tuning: &Tuning) -> &'static dyn Body {
    match tuning.get("staged") {
        3 => &Broadcast,
        1 => &RegisterBlocked,
        _ => &RegisterOnly,
    }
}

/// The two bodies' first variants, each with the parameter that names the body.
pub(crate) fn body_variants(precision: Precision) -> Vec<Tuning> {
    vec![
        body_default(precision, DeviceClass::Discrete),
        body_default(precision, DeviceClass::Integrated),
        body_default(precision, DeviceClass::Cpu),
    ]
}

pub(crate) fn body_default(precision: Precision, class: DeviceClass) -> Tuning {
    match class {
        DeviceClass::Cpu => RegisterOnly.default_variant(precision, class).and("staged", 0),
        _ => RegisterBlocked.default_variant(precision, class).and("staged", 1),
    }
}

pub(crate) fn body_supports(tuning: &Tuning) -> Result<(), Unsupported> {
    supports(body(tuning), tuning)
}

/// Whether this body, which the tuning names by one of its values, has its parameters in it and supports them.
pub(crate) fn supports(body: &dyn Body, tuning: &Tuning) -> Result<(), Unsupported> {
    let own = body.default_variant(Precision::F32, DeviceClass::Discrete);
    let has = |name| tuning.iter().any(|(other, _)| other == name);
    if own.iter().all(|(name, _)| has(name)) {
        return body.supports(tuning);
    }
    let names: Vec<_> = own.iter().map(|(name, _)| name).collect();
    Err(Unsupported::new(format!(
        "staged={} takes the parameters {}, which {tuning} does not have: start from a variant that has them",
        tuning.get("staged"),
        names.join(", ")
    )))
}
