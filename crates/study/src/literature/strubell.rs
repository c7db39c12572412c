//! Strubell, Ganesh, McCallum 2019, arXiv 1906.02243: from joules to kilowatt-hours and CO₂e. In: accounts. Out: two numbers per
//! run, with their constants where the caller named no site.

use super::account::Account;
use super::claim::{Answer, Claim, Dimension, Way};

pub(super) fn claims(accounts: &[Account]) -> Vec<Claim> {
    let claim = Claim::new(
        "strubell-account",
        "Strubell et al. 2019, arXiv 1906.02243; Henderson et al. 2020, arXiv 2002.05651",
        "Energy and emissions of a computation follow from its power, its time, the building and the grid.",
        "kWh = 1.58 · t · (p_c + p_r + g · p_g) / 1000, 0.954 lb CO₂e per kWh",
    );
    let answers = accounts.iter().flat_map(|account| {
        let Account { site, joules, .. } = account;
        let rests_on = format!("{}; PUE {}; {}", account.rests_on, site.pue, site.grid.label());
        [
            ("joules", *joules, Dimension::Joule, Way::Direct, &account.rests_on),
            (
                "kilowatt-hours",
                account.kwh,
                Dimension::KilowattHour,
                Way::Derived,
                &rests_on,
            ),
            (
                "emissions",
                account.kg_co2e,
                Dimension::KilogramCo2e,
                Way::Derived,
                &rests_on,
            ),
        ]
        .map(|(what, value, dimension, way, rests_on)| Answer {
            device: account.device.clone(),
            what: format!("{what} of {}", account.subject),
            value,
            dimension,
            basis: account.basis,
            way,
            rests_on: rests_on.clone(),
        })
    });
    vec![claim.answered(answers.collect(), "no joules of a run are known")]
}
