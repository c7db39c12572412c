//! The spec of a wattmeter. In: `'macmon pipe',field=gpu_power,unit=W`. Out: what to run or read, and what its
//! numbers mean.

use crate::choice_error::ChoiceError;
use joulemark_base::duration::parse_duration_s;
use joulemark_base::role::Role;
use joulemark_base::source_kind::SourceKind;
use joulemark_base::unit::Unit;
use std::fmt;
use std::path::PathBuf;

/// Where the readings come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A program, run by the shell, that prints one reading a line.
    Command(String),
    /// A file that holds one number.
    File(PathBuf),
}

/// The unit of the readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Watt,
    Milliwatt,
    Joule,
    Millijoule,
    Microjoule,
    WattHour,
}

impl Reading {
    const ALL: [Self; 6] = [
        Self::Watt,
        Self::Milliwatt,
        Self::Joule,
        Self::Millijoule,
        Self::Microjoule,
        Self::WattHour,
    ];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Watt => "W",
            Self::Milliwatt => "mW",
            Self::Joule => "J",
            Self::Millijoule => "mJ",
            Self::Microjoule => "uJ",
            Self::WattHour => "Wh",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reading| reading.word() == word)
    }

    /// The unit of the raw readings: millionths.
    pub(super) fn unit(self) -> Unit {
        match self {
            Self::Watt | Self::Milliwatt => Unit::Microwatt,
            Self::Joule | Self::Millijoule | Self::Microjoule | Self::WattHour => Unit::Microjoule,
        }
    }

    /// Millionths of a watt or joule that one of it is.
    pub(super) fn in_millionths(self) -> f64 {
        match self {
            Self::Watt | Self::Joule => 1e6,
            Self::Milliwatt | Self::Millijoule => 1e3,
            Self::Microjoule => 1.0,
            Self::WattHour => 3.6e9,
        }
    }
}

/// A wattmeter that the user vouches for.
#[derive(Debug, Clone, PartialEq)]
pub struct WattmeterSpec {
    /// Where the readings come from.
    pub place: Place,
    pub(super) reading: Reading,
    pub(super) role: Role,
    pub(super) lag_s: f64,
    pub(super) duty: f64,
    /// The path of the number in a line of JSON.
    pub(super) field: Option<String>,
    name: Option<String>,
}

impl WattmeterSpec {
    /// Reads what follows `command:`.
    ///
    /// # Errors
    /// [`ChoiceError`], if an option is wrong or there is no command.
    pub(crate) fn command(text: &str) -> Result<Self, ChoiceError> {
        Self::parse(text, "command", |text| Place::Command(text.to_owned()))
    }

    /// Reads what follows `file:`.
    ///
    /// # Errors
    /// [`ChoiceError`], if an option is wrong or there is no path.
    pub(crate) fn file(text: &str) -> Result<Self, ChoiceError> {
        Self::parse(text, "file", |text| Place::File(PathBuf::from(text)))
    }

    fn parse(text: &str, source: &'static str, place: impl Fn(&str) -> Place) -> Result<Self, ChoiceError> {
        let (what, options) = split(text.trim());
        if what.is_empty() {
            return Err(ChoiceError::WithoutPlace(source));
        }
        let mut spec = Self {
            place: place(what),
            reading: Reading::Watt,
            role: Role::Device,
            lag_s: 0.0,
            duty: 1.0,
            field: None,
            name: None,
        };
        let (mut unit, mut kind) = (None, None);
        for (key, value) in options {
            let bad = |takes| ChoiceError::BadWattmeter {
                setting: key.to_owned(),
                text: value.to_owned(),
                takes,
            };
            match key {
                "unit" => unit = Some(Reading::from_word(value).ok_or_else(|| bad("W, mW, J, mJ, uJ or Wh"))?),
                "kind" => {
                    kind = Some(match value {
                        "power" => SourceKind::Power,
                        "energy" => SourceKind::Counter,
                        _ => return Err(bad("power or energy")),
                    });
                }
                "role" => {
                    spec.role = match value {
                        "device" => Role::Device,
                        "host" => Role::Host,
                        _ => return Err(bad("device or host")),
                    }
                }
                "lag" => {
                    let lag_s = if value == "0" {
                        Some(0.0)
                    } else {
                        parse_duration_s(value).ok()
                    };
                    spec.lag_s = lag_s
                        .filter(|lag_s| *lag_s <= 60.0)
                        .ok_or_else(|| bad("a time up to 60s, as in 500ms"))?;
                }
                "duty" => {
                    let duty = value.parse().ok().filter(|duty| (0.01..=1.0).contains(duty));
                    spec.duty = duty.ok_or_else(|| bad("a share of time from 0.01 to 1"))?;
                }
                "field" => spec.field = Some(value.to_owned()),
                _ => spec.name = Some(value.to_owned()),
            }
        }
        let by_kind = match kind {
            Some(SourceKind::Counter) => Reading::Joule,
            _ => Reading::Watt,
        };
        spec.reading = unit.unwrap_or(by_kind);
        if kind.is_some_and(|kind| (kind == SourceKind::Counter) != spec.reading.unit().is_energy()) {
            return Err(ChoiceError::BadWattmeter {
                setting: "unit".into(),
                text: spec.reading.word().into(),
                takes: "W or mW with kind=power, and J, mJ, uJ or Wh with kind=energy",
            });
        }
        Ok(spec)
    }

    /// Its id in tables: `command:macmon`, `file:power_now`, or the name that the user gave.
    pub(super) fn id(&self) -> String {
        let (source, what) = match &self.place {
            Place::Command(line) => ("command", line.split_whitespace().next().unwrap_or_default().to_owned()),
            Place::File(path) => ("file", path.to_string_lossy().into_owned()),
        };
        let last = what.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = self.name.as_deref().unwrap_or(last);
        let plain = |letter: char| {
            if letter.is_alphanumeric() || "._-".contains(letter) {
                letter
            } else {
                '_'
            }
        };
        format!("{source}:{}", name.chars().map(plain).collect::<String>())
    }
}

/// What to run or read, and its options, which stand behind it after commas, or before it with a colon.
fn split(text: &str) -> (&str, Vec<(&str, &str)>) {
    if let Some((options, what)) = text.split_once(':')
        && let Some(options) = options.split(',').map(option).collect::<Option<Vec<_>>>()
    {
        return (unquoted(what.trim()), options);
    }
    let (mut what, mut options) = (text, Vec::new());
    while let Some((before, last)) = what.rsplit_once(',')
        && let Some(option) = option(last)
    {
        options.push(option);
        what = before.trim_end();
    }
    options.reverse();
    (unquoted(what), options)
}

fn option(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once('=')?;
    let key = key.trim();
    ["unit", "kind", "role", "lag", "duty", "field", "name"]
        .contains(&key)
        .then(|| (key, value.trim()))
}

/// Without the quotes around the whole, as they remain where no shell took them away.
fn unquoted(text: &str) -> &str {
    let inside = |quote: char| {
        text.strip_prefix(quote)?
            .strip_suffix(quote)
            .filter(|inside| !inside.contains(quote))
    };
    inside('\'').or_else(|| inside('"')).unwrap_or(text)
}

impl fmt::Display for WattmeterSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Command(line) => write!(f, "command:{line}")?,
            Place::File(path) => write!(f, "file:{}", path.display())?,
        }
        write!(f, ",unit={},role={}", self.reading.word(), self.role)?;
        if self.lag_s > 0.0 {
            write!(f, ",lag={}s", self.lag_s)?;
        }
        if self.duty < 1.0 {
            write!(f, ",duty={}", self.duty)?;
        }
        for (key, value) in [("field", &self.field), ("name", &self.name)] {
            if let Some(value) = value {
                write!(f, ",{key}={value}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_keep_their_own_commas_colons_and_quotes() {
        for (text, line, reading) in [
            ("macmon pipe,field=gpu_power", "macmon pipe", Reading::Watt),
            ("'macmon pipe',unit=mW", "macmon pipe", Reading::Milliwatt),
            (
                "unit=J,role=host:./meter --of a:b,c=d",
                "./meter --of a:b,c=d",
                Reading::Joule,
            ),
            (
                "nvidia-smi --format=csv,noheader,nounits -lms 100",
                "nvidia-smi --format=csv,noheader,nounits -lms 100",
                Reading::Watt,
            ),
            ("sh -c 'echo 1' 'b',kind=energy", "sh -c 'echo 1' 'b'", Reading::Joule),
            (
                "curl -s http://plug/cm?cmnd=Status%208,unit=Wh",
                "curl -s http://plug/cm?cmnd=Status%208",
                Reading::WattHour,
            ),
        ] {
            let spec = WattmeterSpec::command(text).expect(text);
            assert_eq!(
                (spec.place.clone(), spec.reading),
                (Place::Command(line.into()), reading),
                "{text}"
            );
            let again = WattmeterSpec::command(spec.to_string().strip_prefix("command:").expect("so"));
            assert_eq!(again, Ok(spec), "{text}");
        }
    }

    #[test]
    fn ids_are_short_and_plain() {
        for (text, id) in [
            ("/opt/a b/meter -x", "command:a"),
            ("macmon pipe", "command:macmon"),
            ("while :; do x; done,name=wall plug", "command:wall_plug"),
        ] {
            assert_eq!(WattmeterSpec::command(text).expect(text).id(), id);
        }
        assert_eq!(
            WattmeterSpec::file("/sys/x/power_now,unit=mW").expect("a path").id(),
            "file:power_now"
        );
    }

    #[test]
    fn wrong_options_are_named() {
        for (text, word) in [
            ("x,unit=kW", "W, mW, J"),
            ("x,unit=W,kind=energy", "kind=energy"),
            ("x,role=gpu", "device or host"),
            ("x,duty=2", "0.01 to 1"),
            ("x,lag=soon", "500ms"),
            (",unit=W", "command"),
            ("", "command"),
        ] {
            let error = WattmeterSpec::command(text).expect_err(text).to_string();
            assert!(error.contains(word) && !error.contains('\n'), "{text}: {error}");
        }
    }
}
