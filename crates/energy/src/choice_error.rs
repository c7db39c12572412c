//! A source choice that cannot be understood. In: the text. Out: one sentence that names what is wrong with it.

/// A source choice that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// No such source.
    #[error(
        "`{0}` is no energy source: use auto, none, rapl, nvml, hwmon, perf, command:PROGRAM, file:PATH, \
         simulated[:period=20ms,power=100,…] or replay:PATH"
    )]
    UnknownSource(String),
    /// `replay` without a file.
    #[error("`replay` needs the ticks.csv to read: write replay:results/machine/2026-01-31-1/ticks.csv")]
    ReplayWithoutPath,
    /// `command` or `file` without a command or path.
    #[error(
        "`{0}` needs something to read, as in command:'macmon pipe',field=gpu_power,unit=W or \
         file:/sys/class/power_supply/BAT0/power_now,unit=mW"
    )]
    WithoutPlace(&'static str),
    /// An option of a wattmeter with a value it cannot have.
    #[error("`{text}` is no value for the wattmeter's `{setting}`: it takes {takes}")]
    BadWattmeter {
        /// The option.
        setting: String,
        /// What was written.
        text: String,
        /// What could be written.
        takes: &'static str,
    },
    /// A setting of the simulated source that does not exist.
    #[error(
        "the simulated energy source has no setting `{0}`: use period, power, idle, wrap, noise, duty, drift, kind or \
         seed, as in simulated:period=20ms,power=100"
    )]
    UnknownSetting(String),
    /// A setting of the simulated source with a value it cannot have.
    #[error("`{text}` is no value for the simulated energy source's `{setting}`: it takes {takes}")]
    BadSetting {
        /// The setting.
        setting: String,
        /// What was written.
        text: String,
        /// What could be written.
        takes: &'static str,
    },
}
