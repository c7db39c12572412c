//! Wattmeters that the user vouches for: a program that prints readings, or a file that holds one. In: the spec of
//! `--energy command:…` or `file:…`. Out: one source under its own name, measured like any other.

mod command;
mod file;
mod line;
mod spec;

use super::Found;
use crate::absence::Absence;
use crate::absence::Lack;
use crate::source::{Description, Source};
use joulemark_base::domain::Domain;
pub use spec::{Place, WattmeterSpec};

/// No instrument of one machine shows more.
const MOST_W: f64 = 1e5;

/// Starts the program or opens the file, and waits for its first readings.
pub(crate) fn find(spec: &WattmeterSpec) -> Found {
    let description = Description {
        lag_s: spec.lag_s,
        duty: spec.duty,
        most_w: MOST_W,
        tied_by: Some("the user's word".to_owned()),
        note: format!("as the user says: role={}, unit={}", spec.role, spec.reading.word()),
        ..Description::new(
            spec.id(),
            spec.to_string(),
            Domain::Platform,
            spec.reading.unit(),
            spec.role,
        )
    };
    let opened = match &spec.place {
        Place::Command(line) => {
            command::open(description, line, spec).map(|source| Box::new(source) as Box<dyn Source>)
        }
        Place::File(path) => file::open(description, path, spec).map(|source| Box::new(source) as _),
    };
    match opened {
        Ok(source) => Found {
            sources: vec![source],
            ..Found::default()
        },
        Err((lack, reason, fix)) => Found::absent(Absence::new(lack, spec.id(), reason, fix)),
    }
}

/// What is lacking, why, and what mends it.
type Refusal = (Lack, String, String);
