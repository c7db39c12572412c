//! Which sources the user asks for. In: the text of `JOULEMARK_ENERGY_SOURCE` or its flag. Out: a choice,
//! or one sentence that says what is wrong with the text.

use crate::choice_error::ChoiceError;
use crate::sources::simulated::SimulatedSpec;
use crate::sources::wattmeter::WattmeterSpec;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Which energy sources to use.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum SourceChoice {
    /// Every real sensor that fits; never a simulated or replayed one.
    #[default]
    Auto,
    /// None at all.
    None,
    /// RAPL through powercap only.
    Rapl,
    /// NVML only.
    Nvml,
    /// The hwmon sensors of AMD and Intel GPUs only.
    Hwmon,
    /// RAPL through perf events only.
    Perf,
    /// A made-up sensor with known joules.
    Simulated(SimulatedSpec),
    /// The ticks of an earlier run.
    Replay(PathBuf),
    /// A program or a file that the user vouches for.
    Wattmeter(WattmeterSpec),
}

impl FromStr for SourceChoice {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (name, rest) = text
            .split_once(':')
            .map_or((text, None), |(name, rest)| (name, Some(rest)));
        match (name, rest) {
            ("auto", None) => Ok(Self::Auto),
            ("none", None) => Ok(Self::None),
            ("rapl", None) => Ok(Self::Rapl),
            ("nvml", None) => Ok(Self::Nvml),
            ("hwmon", None) => Ok(Self::Hwmon),
            ("perf", None) => Ok(Self::Perf),
            ("simulated", settings) => Ok(Self::Simulated(settings.unwrap_or("").parse()?)),
            ("command", rest) => Ok(Self::Wattmeter(WattmeterSpec::command(rest.unwrap_or(""))?)),
            ("file", rest) => Ok(Self::Wattmeter(WattmeterSpec::file(rest.unwrap_or(""))?)),
            ("replay", None | Some("")) => Err(ChoiceError::ReplayWithoutPath),
            ("replay", Some(path)) => Ok(Self::Replay(PathBuf::from(path))),
            _ => Err(ChoiceError::UnknownSource(text.to_owned())),
        }
    }
}

impl fmt::Display for SourceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::None => f.write_str("none"),
            Self::Rapl => f.write_str("rapl"),
            Self::Nvml => f.write_str("nvml"),
            Self::Hwmon => f.write_str("hwmon"),
            Self::Perf => f.write_str("perf"),
            Self::Simulated(spec) => write!(f, "simulated:{spec}"),
            Self::Replay(path) => write!(f, "replay:{}", path.display()),
            Self::Wattmeter(spec) => spec.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_survives_its_own_text() {
        for text in [
            "auto",
            "none",
            "rapl",
            "nvml",
            "hwmon",
            "perf",
            "simulated",
            "replay:a/ticks.csv",
            "command:'macmon pipe',field=gpu_power",
            "file:/x/power_now,unit=mW,role=host,lag=500ms",
        ] {
            let choice: SourceChoice = text.parse().expect(text);
            assert_eq!(choice.to_string().parse(), Ok(choice), "{text}");
        }
    }

    #[test]
    fn bad_text_gets_one_sentence_that_names_it() {
        for (text, word) in [
            ("rappel", "rappel"),
            ("auto:1", "auto:1"),
            ("", "energy source"),
            ("replay:", "ticks.csv"),
            ("command", "macmon"),
            ("file:", "power_now"),
            ("command:x,unit=hp", "mW"),
            ("simulated:perod=20ms", "perod"),
            ("simulated:period=20", "20ms"),
            ("simulated:period", "period"),
            ("simulated:power=-1", "power"),
            ("simulated:duty=1.5", "duty"),
            ("simulated:noise=nan", "noise"),
        ] {
            let error = text.parse::<SourceChoice>().expect_err(text).to_string();
            assert!(error.contains(word) && !error.contains('\n'), "{text}: {error}");
        }
    }
}
