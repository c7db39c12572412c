//! What comparing an output with the reference finds: a check if all is right, else the first wrong element.

use std::fmt;

use super::bound::ErrorBound;

/// What a check of a right output found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check {
    /// ‖output − reference‖ / ‖reference‖ over the finite elements that were compared one by one.
    pub relative_error: f64,
    /// Elements compared one by one.
    pub compared: u64,
    /// Whether these were all.
    pub whole: bool,
    /// Elements that are infinite or not a number, as the reference has them too.
    pub not_finite: u64,
}

impl Check {
    /// Where there is nothing to compare with.
    pub const UNVERIFIED: Self = Self {
        relative_error: 0.0,
        compared: 0,
        whole: false,
        not_finite: 0,
    };

    /// Whether something was compared.
    pub fn is_verified(&self) -> bool {
        self.compared > 0
    }
}

/// What a check of a wrong output found.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Where: an element as `C[0, 3, 5]`, or a row of the output.
    pub place: String,
    /// What the kernel computed there.
    pub got: f64,
    /// What is right.
    pub want: f64,
    /// How far the kernel may be from it.
    pub bound: f64,
    /// Wrong elements among the compared ones.
    pub wrong: u64,
    /// Compared elements.
    pub compared: u64,
    /// Where all that is wrong is an overflow that a right kernel may have too: what the element's terms add up to in
    /// magnitude, and the largest number that its sums hold. Then the case cannot be computed in its precision.
    pub overflow: Option<[f64; 2]>,
}

impl std::error::Error for Mismatch {}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            got,
            want,
            bound,
            wrong,
            compared,
            overflow,
        } = self;
        write!(
            f,
            "{place} is {got}, right is {want} within {bound:.3e} ({wrong} wrong of {compared} compared)"
        )?;
        match overflow {
            Some([reach, largest]) => write!(
                f,
                "; its terms add up to {reach:.3e} in magnitude and its sums hold at most {largest:.3e}: on these inputs \
                 they overflow on the way, whatever the kernel"
            ),
            None => Ok(()),
        }
    }
}

/// An element beside its reference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared {
    /// Position in the output.
    pub(super) place: usize,
    pub(super) got: f64,
    pub(super) want: f64,
    /// How far `got` may be from `want`.
    pub(super) bound: f64,
    /// Whether it is right.
    pub(super) right: bool,
    /// As in [`Mismatch`].
    pub(super) overflow: Option<[f64; 2]>,
}

impl Compared {
    /// One sum of products whose magnitudes add up to `magnitude`.
    pub(super) fn sum(place: usize, got: f64, want: f64, magnitude: f64, bound: &ErrorBound) -> Self {
        let overflow = (!got.is_finite() && want.is_finite())
            .then(|| bound.overflow(magnitude))
            .flatten();
        Self {
            place,
            got,
            want,
            bound: bound.of(want, magnitude),
            right: bound.allows(got, want, magnitude),
            overflow,
        }
    }
}

/// A running count.
#[derive(Default)]
pub(super) struct Tally {
    compared: u64,
    wrong: u64,
    not_finite: u64,
    first: Option<Compared>,
    error_square: f64,
    reference_square: f64,
}

impl Tally {
    pub(super) fn add(&mut self, element: Compared) {
        let Compared { got, want, .. } = element;
        self.compared += 1;
        self.not_finite += u64::from(!got.is_finite());
        if !element.right {
            self.wrong += 1;
            // What only a wrong kernel does is told before what the inputs bring about.
            if self
                .first
                .is_none_or(|first| first.overflow.is_some() && element.overflow.is_none())
            {
                self.first = Some(element);
            }
        } else if got.is_finite() && want.is_finite() {
            self.error_square += (got - want).powi(2);
            self.reference_square += want.powi(2);
        }
    }

    /// Whether something wrong was found among at least this many elements: to compare more would tell nothing new.
    pub(super) fn is_decided(&self, compared: u64) -> bool {
        self.wrong > 0 && self.compared >= compared
    }

    /// The outcome; `name` tells where an element lies.
    pub(super) fn finish(self, whole: bool, name: impl Fn(usize) -> String) -> Result<Check, Mismatch> {
        match self.first {
            Some(Compared {
                place,
                got,
                want,
                bound,
                overflow,
                ..
            }) => Err(Mismatch {
                place: name(place),
                got,
                want,
                bound,
                wrong: self.wrong,
                compared: self.compared,
                overflow,
            }),
            None => Ok(Check {
                relative_error: (self.error_square / self.reference_square.max(f64::MIN_POSITIVE)).sqrt(),
                compared: self.compared,
                whole,
                not_finite: self.not_finite,
            }),
        }
    }
}
