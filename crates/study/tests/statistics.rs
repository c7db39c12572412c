//! The statistics against SciPy and statsmodels (`reference/`), against each other, and against planted truth.

use joulemark_base::statistics::geometric_mean;
use joulemark_base::statistics::mean;
use joulemark_base::statistics::mean_ci95;
use joulemark_base::statistics::median;
use joulemark_base::statistics::quantile_of_sorted;
use joulemark_base::statistics::t_quantile;
use joulemark_study::stats::bootstrap::{Windows, draw_cases, interval, replicate};
use joulemark_study::stats::correlation::{partial_with_first, pearson};
use joulemark_study::stats::icc::icc;
use joulemark_study::stats::linear::{fit, r_squared};
use joulemark_study::stats::normal::Normal;
use joulemark_study::stats::rank::{Places, Scratch, both, kendall_tau_b, ranks, spearman};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("reference/reference.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_f64().unwrap())
        .collect()
}

fn table(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

#[track_caller]
fn close(ours: f64, theirs: f64) {
    assert!(
        (ours - theirs).abs() <= 1e-10 * theirs.abs().max(1e-3),
        "{ours} instead of {theirs}"
    );
}

#[test]
fn correlations_are_those_of_scipy() {
    let reference = reference();
    let cases = list(&reference["correlations"]);
    assert_eq!(cases.len(), 8);
    for case in cases {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let found = [pearson(&x, &y), spearman(&x, &y), kendall_tau_b(&x, &y)];
        for (name, ours) in ["pearson", "spearman", "kendall"].into_iter().zip(found) {
            assert_eq!(ours.is_some(), !case[name].is_null(), "{name} of {}", case["name"]);
            if let Some(ours) = ours {
                close(ours, case[name].as_f64().unwrap());
            }
        }
    }
}

#[test]
fn regressions_are_those_of_statsmodels() {
    let reference = reference();
    for case in list(&reference["regression"]) {
        let (x, y) = (table(&case["x"]), numbers(&case["y"]));
        let columns: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
        let found = fit(&columns, &y).unwrap();
        close(found.intercept, case["intercept"].as_f64().unwrap());
        for (ours, theirs) in found.slopes.iter().zip(numbers(&case["slopes"])) {
            close(*ours, theirs);
        }
        let row = |index: usize| x.iter().map(move |column| column[index]);
        let fitted: Vec<f64> = (0..y.len()).map(|index| found.predict(row(index))).collect();
        close(r_squared(&fitted, &y).unwrap(), case["r2"].as_f64().unwrap());
        let mut all = Normal::new(x.len() + 1);
        let rows: Vec<Vec<f64>> = (0..y.len())
            .map(|index| std::iter::once(1.0).chain(row(index)).collect())
            .collect();
        rows.iter().zip(&y).for_each(|(row, y)| all.add(row, *y, 1.0));
        for (index, theirs) in numbers(&case["loo_residuals"]).into_iter().enumerate() {
            let mut rest = all.clone();
            rest.add(&rows[index], y[index], -1.0);
            let beta = rest.solve_free().unwrap();
            let predicted: f64 = beta.iter().zip(&rows[index]).map(|(beta, value)| beta * value).sum();
            assert!((y[index] - predicted - theirs).abs() < 1e-8, "leaving out row {index}");
        }
    }
    let partial = &reference["partial"][0];
    let columns = table(&partial["columns"]);
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    for (ours, theirs) in partial_with_first(&columns)
        .unwrap()
        .into_iter()
        .zip(numbers(&partial["partial"]))
    {
        close(ours, theirs);
    }
    for case in list(&reference["icc"]) {
        close(icc(&table(&case["groups"])).unwrap(), case["icc"].as_f64().unwrap());
    }
}

#[test]
fn non_negative_least_squares_are_those_of_scipy() {
    let reference = reference();
    let cases = list(&reference["nnls"]);
    assert_eq!(cases.len(), 5);
    for case in cases {
        let mut normal = Normal::new(3);
        for (row, right) in table(&case["rows"]).iter().zip(numbers(&case["right"])) {
            normal.add(row, right, 1.0);
        }
        for (ours, theirs) in normal.solve().into_iter().zip(numbers(&case["solution"])) {
            assert!(
                (ours - theirs).abs() <= 1e-8 * theirs.abs().max(1e-6),
                "{}: {ours} for {theirs}",
                case["name"]
            );
        }
        let condition = normal.condition_number().unwrap();
        assert!(
            (condition / case["condition"].as_f64().unwrap() - 1.0).abs() < 1e-8,
            "{condition}"
        );
    }
}

#[test]
fn means_and_quantiles_are_those_of_scipy() {
    let reference = reference();
    let expected = &reference["mean_ci95"];
    let found = mean_ci95(&numbers(&expected["values"])).unwrap();
    close(found.value, expected["mean"].as_f64().unwrap());
    for (ours, theirs) in found.ci95.unwrap().into_iter().zip(numbers(&expected["ci95"])) {
        close(ours, theirs);
    }
    for line in table(&reference["t_quantile"]) {
        assert!((t_quantile(line[0], line[1]) / line[2] - 1.0).abs() < 1e-8, "{line:?}");
    }
    let values = numbers(&reference["quantile"]["values"]);
    for line in table(&reference["quantile"]["at"]) {
        close(quantile_of_sorted(&values, line[0]).unwrap(), line[1]);
    }
}

#[test]
fn nothing_is_made_of_nothing() {
    assert_eq!(mean(&[]), None);
    assert_eq!(median(&[]), None);
    assert_eq!(mean_ci95(&[2.0]).unwrap().ci95, None);
    assert_eq!(geometric_mean(&[1.0, 0.0]), None);
    assert_eq!(pearson(&[1.0], &[1.0]), None);
    assert_eq!(icc(&[vec![1.0, 2.0]]), None);
    assert_eq!(fit(&[&[1.0, 1.0, 1.0]], &[1.0, 2.0, 3.0]), None);
    assert_eq!(Normal::new(2).solve(), [0.0, 0.0]);
    assert_eq!(
        partial_with_first(&[&[1.0, 2.0, 3.0, 5.0], &[2.0, 4.0, 6.0, 8.0], &[1.0, 2.0, 3.0, 4.0]]),
        None
    );
}

/// The share of intervals that hold the truth, over simulated data sets of 12 families of 8 cases with 3 windows: the
/// mean over cases, Pearson's r and Spearman's rho (whose truths are taken from one very large data set).
#[test]
fn bootstrap_intervals_hold_the_truth() {
    let draw = |families: usize, random: &mut ChaCha8Rng| {
        let mut normal = |deviation: f64| {
            let value: f64 = StandardNormal.sample(random);
            deviation * value
        };
        let (mut x, mut windows, mut members) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..families {
            let (level, effect) = (normal(1.0), normal(0.5));
            members.push((x.len()..x.len() + 8).collect::<Vec<_>>());
            for _ in 0..8 {
                let place = level + normal(1.0);
                let response = place + effect + normal(0.5);
                x.push(place);
                windows.push(Windows::new((0..3).map(|_| response + normal(0.05)).collect()));
            }
        }
        (x, windows, members)
    };
    let means = |windows: &[Windows]| -> Vec<f64> {
        let value = |windows: &Windows| match windows {
            Windows::Few(values) => mean(values).unwrap(),
            Windows::Many { mean, .. } => *mean,
        };
        windows.iter().map(value).collect()
    };
    let statistics = |x: &[f64], y: &[f64]| [mean(y), pearson(x, y), spearman(x, y)];
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let (x, windows, _) = draw(20_000, &mut random);
    let mut truth = statistics(&x, &means(&windows)).map(Option::unwrap);
    truth[0] = 0.0;
    let sets = 600;
    let mut held = [0; 3];
    for set in 0..sets {
        let (x, windows, members) = draw(12, &mut random);
        let replicates = replicate(400, set, |random| {
            let mut picks = Vec::new();
            draw_cases(random, &members, &mut picks);
            let y: Vec<f64> = picks.iter().map(|pick| windows[*pick].draw(random)).collect();
            statistics(&picks.iter().map(|pick| x[*pick]).collect::<Vec<_>>(), &y)
        });
        for index in 0..3 {
            let [low, high] = interval(replicates.iter().map(|values| values[index]), members.len()).unwrap();
            held[index] += usize::from((low..=high).contains(&truth[index]));
        }
    }
    let coverage = held.map(|held| held as f64 / sets as f64);
    println!(
        "coverage of 95% intervals: mean {}, Pearson {}, Spearman {}",
        coverage[0], coverage[1], coverage[2]
    );
    // Resampling families and then cases inside them errs to the safe side for correlations (Davison and Hinkley 1997,
    // section 3.8); for twelve families and 600 sets, ±1.8 points are chance.
    assert!(
        coverage.iter().all(|coverage| (0.92..=0.996).contains(coverage)),
        "{coverage:?}"
    );
}

#[test]
fn student_intervals_hold_the_truth() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let held = (0..4000)
        .filter(|_| {
            let values: Vec<f64> = StandardNormal.sample_iter(&mut random).take(5).collect();
            let [low, high] = mean_ci95(&values).unwrap().ci95.unwrap();
            (low..=high).contains(&0.0)
        })
        .count();
    assert!((0.94..0.96).contains(&(held as f64 / 4000.0)), "{held} of 4000");
}

#[test]
fn the_roofline_fit_finds_what_was_planted() {
    let truth = [8e-12, 400e-12, 25.0];
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut normal = Normal::new(3);
    for _ in 0..60 {
        let mut decade =
            |low: f64, high: f64| 10_f64.powf(low + (high - low) * f64::from(random.next_u32()) / 2_f64.powi(32));
        let (flops, bytes) = (decade(8.0, 11.0), decade(6.0, 9.0));
        let time = (flops / 8e12).max(bytes / 8e11) * decade(0.0, 0.5);
        let noise: f64 = StandardNormal.sample(&mut random);
        let energy = (truth[0] * flops + truth[1] * bytes + truth[2] * time) * (1.0 + 0.02 * noise);
        normal.add(&[flops / energy, bytes / energy, time / energy], 1.0, 1.0);
    }
    for (found, truth) in normal.solve().into_iter().zip(truth) {
        assert!((found / truth - 1.0).abs() < 0.05, "{found} instead of {truth}");
    }
}

#[test]
fn replicates_do_not_depend_on_threads() {
    let one = |random: &mut ChaCha8Rng| random.next_u64();
    let all = replicate(1000, 5, one);
    assert_eq!(all, replicate(1000, 5, one));
    assert_eq!(
        all[..10],
        replicate(10, 5, one),
        "a replicate's stream depends on its number only"
    );
    assert_ne!(all, replicate(1000, 6, one));
}

/// The definition, in n².
fn kendall_by_definition(x: &[f64], y: &[f64]) -> Option<f64> {
    let (mut balance, mut x_pairs, mut y_pairs) = (0.0, 0.0, 0.0);
    for a in 0..x.len() {
        for b in 0..a {
            let sign = |values: &[f64]| (values[a] - values[b]).partial_cmp(&0.0).unwrap() as i32;
            balance += f64::from(sign(x) * sign(y));
            x_pairs += f64::from(sign(x).abs());
            y_pairs += f64::from(sign(y).abs());
        }
    }
    (x_pairs > 0.0 && y_pairs > 0.0).then(|| balance / (x_pairs * y_pairs).sqrt())
}

proptest! {
    #[test]
    fn fast_ranks_agree_with_plain_ones(pairs in prop::collection::vec((1_u8..9, 1_u8..9), 2..80), hole in 0_usize..100) {
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).unzip();
        let (mut x_places, mut y_places) = (Places::default(), Places::default());
        x_places.find(&x);
        y_places.find(&y);
        let x_known: Vec<Option<u32>> =
            x_places.places.iter().enumerate().map(|(index, place)| (index != hole).then_some(*place)).collect();
        let (rho, tau) = both(&x_known, x_places.distinct, &y_places, &mut Scratch::default());
        let without = |values: &[f64]| -> Vec<f64> {
            values.iter().enumerate().filter(|(index, _)| *index != hole).map(|(_, value)| *value).collect()
        };
        let (x, y) = (without(&x), without(&y));
        for (fast, plain) in [(rho, spearman(&x, &y)), (tau, kendall_tau_b(&x, &y)), (tau, kendall_by_definition(&x, &y))] {
            prop_assert_eq!(fast.is_some(), plain.is_some());
            prop_assert!(fast.zip(plain).is_none_or(|(fast, plain)| (fast - plain).abs() < 1e-12));
        }
    }

    #[test]
    fn ranks_add_up(values in prop::collection::vec(-5_i8..5, 1..50)) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let count = values.len() as f64;
        prop_assert_eq!(ranks(&values).iter().sum::<f64>(), count * (count + 1.0) / 2.0);
    }
}
