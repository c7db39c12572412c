//! Which body an algorithm that contains a product uses: `staged` = 1 goes through workgroup memory, 0 does
//! not, 3 shares rows within a subgroup.

use super::{Body, Broadcast, RegisterBlocked, RegisterOnly};
use crate::precision::Precision;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use joulemark_base::device_class::DeviceClass;

/// The body that a variant names.
pub(crate) fn body(variant: &Variant) -> &'static dyn Body {
    match variant.get("staged") {
        3 => &Broadcast,
        1 => &RegisterBlocked,
        _ => &RegisterOnly,
    }
}

/// The two bodies' first variants, each with the parameter that names the body.
pub(crate) fn body_variants(precision: Precision) -> Vec<Variant> {
    vec![
        body_default(precision, DeviceClass::Discrete),
        body_default(precision, DeviceClass::Integrated),
        body_default(precision, DeviceClass::Cpu),
    ]
}

pub(crate) fn body_default(precision: Precision, class: DeviceClass) -> Variant {
    match class {
        DeviceClass::Cpu => RegisterOnly.default_variant(precision, class).and("staged", 0),
        _ => RegisterBlocked.default_variant(precision, class).and("staged", 1),
    }
}

pub(crate) fn body_supports(variant: &Variant) -> Result<(), Unsupported> {
    supports(body(variant), variant)
}

/// Whether this body, which the variant names by one of its values, has its parameters in it and supports them.
pub(crate) fn supports(body: &dyn Body, variant: &Variant) -> Result<(), Unsupported> {
    let own = body.default_variant(Precision::F32, DeviceClass::Discrete);
    let has = |name| variant.iter().any(|(other, _)| other == name);
    if own.iter().all(|(name, _)| has(name)) {
        return body.supports(variant);
    }
    let names: Vec<_> = own.iter().map(|(name, _)| name).collect();
    Err(Unsupported::new(format!(
        "staged={} takes the parameters {}, which {variant} does not have: start from a variant that has them",
        variant.get("staged"),
        names.join(", ")
    )))
}
