//! The columns of `samples.csv`: name, kind of value, unit. In: one field's text. Out: fit or not, and what was
//! expected. Writer and readers share these rules, so nothing is written that could not be read.

use joulemark_base::plain_text::is_plain;
use joulemark_base::quality::Quality;

use crate::status::Status;

/// What may stand in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text without line breaks and other control characters.
    Text,
    /// Text that must not be empty.
    Key,
    /// A whole number, 0 or more (`2e9` and `2000000000.0` too, as spreadsheets write them; beyond 2⁵³ rounded to what a
    /// float holds).
    Count,
    /// A whole number, 1 or more.
    PositiveCount,
    /// A place in an order: a whole number below 2³².
    Place,
    /// A finite number.
    Number,
    /// A finite number, 0 or more.
    NonNegative,
    /// A finite number above 0.
    Positive,
    /// A number from 0 to 1.
    Fraction,
    /// `true` or `false`.
    Flag,
    /// A word of [`Status`].
    Status,
    /// A word of [`Quality`].
    Quality,
}

impl Kind {
    /// Whether a field may hold this text. An empty field always fits, but for [`Kind::Key`].
    #[must_use]
    pub fn fits(self, text: &str) -> bool {
        if text.is_empty() {
            return self != Self::Key;
        }
        let number = |test: fn(f64) -> bool| {
            let value = text.parse::<f64>();
            value.is_ok_and(|value| value.abs() <= LARGEST && test(value))
        };
        match self {
            Self::Text | Self::Key => is_plain(text),
            Self::Count => number(|value| value >= 0.0 && value.fract() == 0.0),
            Self::PositiveCount => number(|value| value >= 1.0 && value.fract() == 0.0),
            Self::Place => number(|value| (0.0..=f64::from(u32::MAX)).contains(&value) && value.fract() == 0.0),
            Self::Number => number(|_| true),
            Self::NonNegative => number(|value| value >= 0.0),
            Self::Positive => number(|value| value >= SMALLEST_POSITIVE),
            Self::Fraction => number(|value| (0.0..=1.0).contains(&value)),
            Self::Flag => matches!(text, "true" | "false"),
            Self::Status => Status::from_word(text).is_some(),
            Self::Quality => Quality::from_word(text).is_some(),
        }
    }

    /// What the column expects, as the end of a sentence.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Text => "text without line breaks and control characters",
            Self::Key => "a name (not empty, without control characters)",
            Self::Count => "a whole number, 0 or more, at most 1e24",
            Self::PositiveCount => "a whole number, 1 or more, at most 1e24",
            Self::Place => "a whole number, 0 or more, below 2^32",
            Self::Number => "a finite number, at most 1e24",
            Self::NonNegative => "a finite number, 0 or more, at most 1e24",
            Self::Positive => "a finite number above 0, from 1e-12 to 1e24",
            Self::Fraction => "a number from 0 to 1",
            Self::Flag => "true or false",
            Self::Status => "ok, idle, unverified, suspect, wrong_result, refused, skipped or error",
            Self::Quality => "counter, integrated, external, simulated, estimated, unavailable or invalid",
        }
    }

    /// Whether whole numbers stand in the column.
    pub(crate) const fn is_whole(self) -> bool {
        matches!(self, Self::Count | Self::PositiveCount | Self::Place)
    }

    /// Whether numbers stand in the column.
    pub(crate) const fn is_number(self) -> bool {
        !matches!(self, Self::Text | Self::Key | Self::Flag | Self::Status | Self::Quality)
    }
}

/// The whole number that a text says, in whichever way: `12`, `12.0`, `1.2e1`; `None` if it is none below 2⁶⁴.
pub(crate) fn whole(text: &str) -> Option<u64> {
    let float = || {
        text.parse()
            .ok()
            .filter(|value: &f64| value.fract() == 0.0 && (0.0..1.8446744073709552e19).contains(value))
    };
    text.parse().ok().or_else(|| Some(float()? as u64))
}

/// Beyond this nothing that a table holds is measured: squares and ratios of such numbers stay finite.
const LARGEST: f64 = 1e24;
/// Where a number is to be above zero: a picosecond. Rates by such numbers stay finite.
const SMALLEST_POSITIVE: f64 = 1e-12;

/// One column: its name and what may stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name in the header, unit included.
    pub name: &'static str,
    /// What may stand in it.
    pub kind: Kind,
}

impl Column {
    /// The column of that name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let foreign = [column(POWER_W, Kind::NonNegative), column(ORIGIN, Kind::Text)];
        COLUMNS.into_iter().chain(foreign).find(|column| column.name == name)
    }
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

/// A column that foreign tables may have in place of `device_energy_j`: mean power over the window.
pub(crate) const POWER_W: &str = "power_w";

/// A column that an import adds: the file and line, or path in the JSON, that a row came from.
pub const ORIGIN: &str = "origin";

/// The columns a CSV must have to be studied; whatever else is missing switches off what needs it.
pub const MINIMAL: [&str; 8] = [
    "case_id",
    "op",
    "algorithm",
    "precision",
    "iterations",
    "wall_s",
    "device_energy_j",
    "flops_task",
];

/// The columns that tables of schema version 1 do not have.
pub(crate) const ADDED_IN_VERSION_2: [&str; 4] = ["device_reason", "host_reason", "idle_before_w", "idle_after_w"];

/// All columns of `samples.csv`, in their order.
pub const COLUMNS: [Column; 67] = [
    column("run_id", Kind::Key),
    column("row", Kind::Count),
    column("round", Kind::Place),
    column("order", Kind::Place),
    column("window", Kind::Place),
    column("case_id", Kind::Key),
    column("suite", Kind::Text),
    column("workload", Kind::Text),
    column("op", Kind::Text),
    column("algorithm", Kind::Text),
    column("variant", Kind::Text),
    column("precision", Kind::Text),
    column("batch", Kind::PositiveCount),
    column("m", Kind::PositiveCount),
    column("n", Kind::PositiveCount),
    column("k", Kind::PositiveCount),
    column("c", Kind::PositiveCount),
    column("h", Kind::PositiveCount),
    column("w", Kind::PositiveCount),
    column("r", Kind::PositiveCount),
    column("s", Kind::PositiveCount),
    column("stride", Kind::Text),
    column("padding", Kind::Text),
    column("dilation", Kind::Text),
    column("groups", Kind::PositiveCount),
    column("input", Kind::Text),
    column("seed", Kind::Count),
    column("iterations", Kind::PositiveCount),
    column("wall_s", Kind::Positive),
    column("gpu_s", Kind::Positive),
    column("device_energy_j", Kind::NonNegative),
    column("device_energy_u_j", Kind::NonNegative),
    column("device_idle_w", Kind::NonNegative),
    column("device_active_j", Kind::Number),
    column("device_source", Kind::Text),
    column("device_quality", Kind::Quality),
    column("device_reason", Kind::Text),
    column("host_energy_j", Kind::NonNegative),
    column("host_energy_u_j", Kind::NonNegative),
    column("host_idle_w", Kind::NonNegative),
    column("host_active_j", Kind::Number),
    column("host_source", Kind::Text),
    column("host_quality", Kind::Quality),
    column("host_reason", Kind::Text),
    column("idle_before_w", Kind::NonNegative),
    column("idle_after_w", Kind::NonNegative),
    column("est_energy_low_j", Kind::NonNegative),
    column("est_energy_mid_j", Kind::NonNegative),
    column("est_energy_high_j", Kind::NonNegative),
    column("clock_mhz", Kind::NonNegative),
    column("memory_clock_mhz", Kind::NonNegative),
    column("temperature_c", Kind::Number),
    column("power_limit_w", Kind::NonNegative),
    column("utilisation", Kind::Fraction),
    column("throttled", Kind::Flag),
    column("macs", Kind::Count),
    column("flops_task", Kind::Count),
    column("ops_executed", Kind::Count),
    column("bytes_min", Kind::Count),
    column("bytes_model", Kind::Count),
    column("activations", Kind::Count),
    column("parameters", Kind::Count),
    column("gate_ops", Kind::NonNegative),
    column("horowitz_j", Kind::NonNegative),
    column("relative_error", Kind::NonNegative),
    column("status", Kind::Status),
    column("reason", Kind::Text),
];
