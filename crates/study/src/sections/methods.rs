//! How the numbers were made: what a reader of the page needs to judge them. In: the study's options. Out: a section.

use crate::document::Section;
use crate::findings::Findings;

const METHODS: [[&str; 2]; 11] = [
    [
        "Energy",
        "Gross energy is what the counter said for a window; active energy subtracts idle power × duration and is never clamped. Per \
         iteration: divided by the window's iterations. Only values of quality counter, integrated or external count as measured.",
    ],
    [
        "Saturated",
        "Active power (joules over seconds) at least a quarter of power limit minus idle where the limit is known, else of the 90th \
         percentile of active power. A quarter leaves out nearly idle devices (half of the nets of Henderson et al. 2020 drew 2 to 11 W above \
         idle on a 250 W board) and keeps kernels that memory bounds.",
    ],
    [
        "Controls",
        "Per device: a size sweep of one fixed kernel (slope 0.9 to 1.1, R² above 0.99, residuals below 10%), one case under two names (the \
         same within 2%, or an interval that holds 1), drift over the rounds below 5%. They are exempt from saturation, and no cases.",
    ],
    [
        "Typical ratio",
        "exp(mean |ln Eᵢ/Eⱼ|) over pairs of equal FLOPs and precision that differ in kernel or problem; geometric mean over such cells. It \
         does not grow with the number of kernels.",
    ],
    [
        "Near pairs",
        "Pairs with 1.5 ≤ Fᵢ/Fⱼ ≤ 3; inverted if Eᵢ < Eⱼ and their 95% intervals do not overlap. Over all pairs the share would measure the \
         range of sizes.",
    ],
    [
        "Correlations",
        "Pearson's r on logarithms and its square, r² on raw values, Spearman's ρ with middle ranks, Kendall's τ-b; partial correlations of \
         log E with one of log F, log bytes, log t, given the other two.",
    ],
    [
        "Prediction",
        "FLOPs and a constant; bytes; FLOPs and time; time; the energy roofline E = W·e_flop + Q·e_byte + P₀·T (Choi, Bedard, Fowler and Vuduc, \
         IPDPS 2013): all by non-negative least squares with weights 1/E and one slope per precision; mean absolute percentage error, leaving \
         out one case or one family at a time. Log-log fits only describe.",
    ],
    [
        "Family",
        "Problem kind and algorithm, all precisions together; depthwise convolutions apart.",
    ],
    [
        "Intervals of a case",
        "Student's t over the means of its rounds; fewer than three rounds have none.",
    ],
    [
        "Counts",
        "FLOPs are two per multiply-accumulate of the task. Horowitz, ISSCC 2014 (45 nm) for horowitz_j; gate counts of textbook adders and \
         multipliers for gate_ops; hardware burden after Thompson et al. with the best rate seen in place of the peak.",
    ],
    [
        "The claim",
        "Henderson et al. 2020, arXiv 2002.05651. For: input data alone changes the power of a matrix product by up to 40% (arXiv 2409.18324). \
         Against: multiply-accumulates predicted energy to 7%, except MobileNet's (SyNERGY); R² .998 within one layer type (Getzner et al. 2023).",
    ],
];

pub(super) fn methods(findings: &Findings) -> Option<Section> {
    let mut section = Section::new("methods", "Methods");
    let mut pairs = METHODS.map(|pair| pair.map(Into::into)).to_vec();
    let drawn = format!(
        "{} bootstrap replicates (seed {}): families are drawn whole and problems across them, models refitted in each.",
        findings.options.replicates, findings.options.seed
    );
    pairs.push(["Intervals over cases".into(), drawn.into()]);
    section.pairs(pairs);
    Some(section)
}
