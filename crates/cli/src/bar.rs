//! A progress bar for people at a terminal. In: a length and its unit. Out: a bar with the remaining time; elsewhere it
//! draws nothing.

use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};

/// A bar with the remaining time on a terminal; elsewhere it draws nothing.
pub(crate) fn bar(length: u64, unit: &str) -> ProgressBar {
    let template = format!("{{bar:30}} {{pos}} of {{len}} {unit}{{left}}  {{wide_msg}}");
    let style = ProgressStyle::with_template(&template)
        .expect("a constant template")
        .with_key("left", |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            // Nothing is known of the rest before something is done.
            if state.pos() > 0 {
                let _ = write!(text, ", {:#} left", HumanDuration(state.eta()));
            }
        })
        .progress_chars("━╸─");
    let bar = ProgressBar::new(length).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
