//! What one domain took in a window, and how far that is known: seven columns of `samples.csv`, for device and host alike.

use serde::{Deserialize, Serialize};

use joulemark_base::quality::Quality;

/// Energy of one domain in one window. The fields are the columns `<domain>_energy_j`, `<domain>_energy_u_j`,
/// `<domain>_idle_w`, `<domain>_active_j`, `<domain>_source`, `<domain>_quality` and `<domain>_reason`, in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Energy {
    /// Gross energy, in joules; `None` if it is not known, and [`reason`](Self::reason) says why.
    pub energy_j: Option<f64>,
    /// Half the width of the 95% interval of `energy_j`, in joules.
    pub u_j: Option<f64>,
    /// Idle power around the window, in watts.
    pub idle_w: Option<f64>,
    /// `energy_j − idle_w × wall_s`, in joules; never clamped, so it may be negative.
    pub active_j: Option<f64>,
    /// The source, as named in the manifest.
    pub source: String,
    /// How the value came to be.
    pub quality: Option<Quality>,
    /// Why it is not known, or what is to be known of it; empty where there is nothing to say.
    pub reason: String,
}

impl Energy {
    /// Sets the idle power, and the active energy of a window of `wall_s` seconds by it.
    pub fn set_idle(&mut self, idle_w: Option<f64>, wall_s: Option<f64>) {
        let idle_j = idle_w.zip(wall_s).map(|(idle_w, wall_s)| idle_w * wall_s);
        self.active_j = self.energy_j.zip(idle_j).map(|(energy_j, idle_j)| energy_j - idle_j);
        self.idle_w = idle_w;
    }
}
