//! Makes results/PUBLISHED.md: what three published data sets say, and what they lack for a verdict.
//! In: the folder with their tables. Out: the page on standard output.
//!
//!     cargo run --release -p joulemark-study --example published -- DATA > results/PUBLISHED.md

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use joulemark_base::statistics::{geometric_mean, mean_ci95, median, quantile_of_sorted};
use joulemark_records::Scanner;
use joulemark_study::{LoadOptions, StudyOptions, load, study};

/// One row: what the figures need of it, per iteration.
struct Row {
    device: String,
    op: String,
    algorithm: String,
    precision: String,
    variant: String,
    clock_mhz: f64,
    batch: f64,
    time_s: f64,
    energy_j: f64,
    flops: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = std::env::args_os()
        .nth(1)
        .ok_or("give the folder with the published tables")?;
    print!("{}", page(Path::new(&data))?);
    Ok(())
}

/// The page.
///
/// # Errors
/// A table that is missing or cannot be read.
pub(crate) fn page(data: &Path) -> Result<String, Box<dyn Error>> {
    let mut page = String::from(
        "# What others have measured\n\n\
         Three published data sets, studied as any table from elsewhere. Nothing here was measured by joulemark, and nothing of it \
         enters a verdict on a device of ours. The tables are not kept in this repository; this page is made from them by\n\n    \
         cargo run --release -p joulemark-study --example published -- DATA > results/PUBLISHED.md\n\n\
         Intervals are of 95%. \"R²\" is that of a straight line through the logarithms, its interval by Fisher's z.\n",
    );
    for section in [tensor_cores, training_steps, layers] {
        page += &section(data)?;
    }
    Ok(page)
}

fn tensor_cores(data: &Path) -> Result<String, Box<dyn Error>> {
    let path = data.join("powersensor3-rtx4000ada.csv");
    let rows = read(&path)?;
    let pick = |of: fn(&Row) -> f64| rows.iter().map(of).collect::<Vec<_>>();
    let (energy, time) = (pick(|row| row.energy_j), pick(|row| row.time_s));
    let power = pick(|row| row.energy_j / row.time_s);
    let least = |of: fn(&Row) -> f64| rows.iter().min_by(|a, b| of(a).total_cmp(&of(b))).ok_or("no rows");
    let (fastest, thriftiest) = (least(|row| row.time_s)?, least(|row| row.energy_j)?);
    let mut by_clock: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for row in &rows {
        by_clock
            .entry(row.clock_mhz.round() as u64)
            .or_default()
            .push(row.energy_j);
    }
    by_clock.retain(|_, energies| energies.len() >= 100);
    let mut spreads: Vec<f64> = by_clock.values().map(|energies| spread(energies)).collect();
    spreads.sort_by(f64::total_cmp);
    let mut power_sorted = power;
    power_sorted.sort_by(f64::total_cmp);
    let [low_w, high_w] = [0.05, 0.95].map(|share| quantile_of_sorted(&power_sorted, share).unwrap_or_default());
    let mut text = heading(
        "One product, many settings",
        &path,
        &rows,
        &[
            (
                "source",
                "powersensor3-results (nlesc-recruit), the data of the ISPASS 2025 paper \"PowerSensor3\"; Apache-2.0",
            ),
            (
                "device, meter",
                "RTX 4000 Ada; external meter PowerSensor3 on the card's supply",
            ),
            (
                "what was measured",
                "one complex product of 4096³ in f16 on the tensor cores: tilings × locked clocks, one window each, inputs all zero",
            ),
            ("what it lacks", "other problems, idle power, replicates, other inputs"),
        ],
    );
    text += &format!(
        "At equal FLOPs the settings differ {:.0}-fold in energy and {:.0}-fold in time; within one locked clock {:.0} to {:.0}-fold in energy \
         ({} clocks). One window a setting: these ratios have no interval, and the largest of {} is biased upwards. **Time explains most of it**: \
         energy against time has R² {}; mean power lies between {low_w:.0} and {high_w:.0} W in nine of ten settings. The fastest setting takes \
         {:.2} times the energy of the thriftiest, which takes {:.2} times its time.\n",
        spread(&energy),
        spread(&time),
        spreads[0],
        spreads[spreads.len() - 1],
        spreads.len(),
        rows.len(),
        r2(&time, &energy),
        fastest.energy_j / thriftiest.energy_j,
        thriftiest.time_s / fastest.time_s,
    );
    Ok(text + &judged(&path)?)
}

fn training_steps(data: &Path) -> Result<String, Box<dyn Error>> {
    let path = data.join("training-steps-six-gpus.csv");
    let rows = read(&path)?;
    let mut text = heading(
        "Training steps of language models",
        &path,
        &rows,
        &[
            (
                "source",
                "gpu_power_benchmark (dos-group); MIT, © 2026 Niklas Enskat, Philipp Wiesner, Odej Kao",
            ),
            (
                "device, meter",
                "A100, L40, L4, Quadro RTX 5000, RTX 4070 Ti by NVML's counter; AMD MI210 by power",
            ),
            (
                "what was measured",
                "training steps of 11 tokens at batch 1 to 128; about eight repeats a case; idle power known",
            ),
            (
                "what it lacks",
                "families: three models a device; FLOPs of its own count, rounded; energy that covers host gaps which its time does not (its watts are too high)",
            ),
        ],
    );
    text += "From the smallest to the largest batch, FLOPs grow 128-fold. Joules and time grow by these factors (geometric mean over models and precisions, its interval by \
             Student's t over them, and the least and the greatest):\n\n| device | models × precisions | joules | from, to | time | R² of joules against FLOPs | R² of joules against time |\n| --- | --- | --- | --- | --- | --- | --- |\n";
    for device in distinct(&rows, |row| &row.device) {
        let of_device: Vec<&Row> = rows.iter().filter(|row| row.device == device).collect();
        let mut groups: BTreeMap<(&str, &str), Vec<&Row>> = BTreeMap::new();
        for row in &of_device {
            groups.entry((&row.algorithm, &row.precision)).or_default().push(row);
        }
        let growth = |of: fn(&Row) -> f64| -> Vec<f64> {
            let ratio = |group: &Vec<&Row>| {
                let at = |batch: f64| {
                    geometric_mean(
                        &group
                            .iter()
                            .filter(|row| row.batch == batch)
                            .map(|row| of(row))
                            .collect::<Vec<_>>(),
                    )
                };
                Some(at(128.0)? / at(1.0)?)
            };
            groups.values().filter_map(ratio).collect()
        };
        let pick = |of: fn(&Row) -> f64| of_device.iter().map(|row| of(row)).collect::<Vec<_>>();
        let mut joules = growth(|row| row.energy_j);
        joules.sort_by(f64::total_cmp);
        let (Some(least), Some(most)) = (joules.first(), joules.last()) else {
            return Err(format!("no model was trained at batch 1 and 128 on {device}").into());
        };
        text += &format!(
            "| {device} | {} | {} | {least:.2}, {most:.2} | {} | {} | {} |\n",
            groups.len(),
            geometric(&joules),
            geometric(&growth(|row| row.time_s)),
            r2(&pick(|row| row.flops), &pick(|row| row.energy_j)),
            r2(&pick(|row| row.time_s), &pick(|row| row.energy_j)),
        );
    }
    Ok(text + &judged(&path)?)
}

fn layers(data: &Path) -> Result<String, Box<dyn Error>> {
    let path = data.join("cpu-layers-rapl.csv");
    let rows = read(&path)?;
    let mut text = heading(
        "Single layers on two processors",
        &path,
        &rows,
        &[
            (
                "source",
                "characterizing-pytorch-power (willowec); MIT, © 2025 Willow Cunningham",
            ),
            ("device, meter", "Broadwell-EP and Raptor Lake; RAPL package counter"),
            (
                "what was measured",
                "PyTorch layers, forward and backward, that took 1 ms or more; one window each",
            ),
            (
                "what it lacks",
                "idle power, replicates, size sweeps of one kernel. A max pooling's operations are comparisons",
            ),
        ],
    );
    text += "| device | layer | pass | layers | nJ per operation: median | middle half | R² of joules against FLOPs | against time |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n";
    for device in distinct(&rows, |row| &row.device) {
        for op in ["conv2d", "matmul", "max_pool"] {
            for pass in distinct(&rows, |row| &row.algorithm) {
                let group: Vec<&Row> = rows
                    .iter()
                    .filter(|row| row.device == device && row.op == op && row.algorithm == pass)
                    .collect();
                if group.len() < 10 {
                    continue;
                }
                let pick = |of: fn(&Row) -> f64| group.iter().map(|row| of(row)).collect::<Vec<_>>();
                let mut each = pick(|row| 1e9 * row.energy_j / row.flops);
                each.sort_by(f64::total_cmp);
                let quantile = |share| quantile_of_sorted(&each, share).unwrap_or_default();
                text += &format!(
                    "| {device} | {op} | {} | {} | {} | {:.3} to {:.3} | {} | {} |\n",
                    pass.trim_start_matches("pytorch_"),
                    group.len(),
                    median_ci95(&each),
                    quantile(0.25),
                    quantile(0.75),
                    r2(&pick(|row| row.flops), &pick(|row| row.energy_j)),
                    r2(&pick(|row| row.time_s), &pick(|row| row.energy_j)),
                );
            }
        }
    }
    Ok(text + &judged(&path)?)
}

fn heading(title: &str, path: &Path, rows: &[Row], facts: &[(&str, &str)]) -> String {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let variants = distinct(rows, |row| &row.variant).len();
    let mut text = format!(
        "\n## {title}\n\n`{file}`: {} rows, {variants} settings.\n\n| | |\n| --- | --- |\n",
        rows.len()
    );
    for (name, fact) in facts {
        text += &format!("| {name} | {fact} |\n");
    }
    text + "\n"
}

/// The rule's own sentence on a table.
fn judged(path: &Path) -> Result<String, Box<dyn Error>> {
    let samples = load(&[PathBuf::from(path)], LoadOptions::default())?;
    let findings = serde_json::to_value(study(&samples, StudyOptions::default()))?;
    let mut sentences = Vec::new();
    collect(&findings["scopes"], &mut sentences);
    // Of several devices the pooled scope says only that the rule is about one at a time.
    let because = sentences.iter().find(|sentence| sentence.contains("whether"));
    let sentence = because.or(sentences.first()).ok_or("the findings hold no verdict")?;
    let mut letters = sentence.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_lowercase().to_string())
        .unwrap_or_default();
    Ok(format!("\nBy joulemark's rule {first}{}\n", letters.as_str()))
}

/// The verdicts in the findings, whatever their layout.
fn collect<'a>(value: &'a serde_json::Value, sentences: &mut Vec<&'a str>) {
    match value {
        serde_json::Value::Object(entries) => {
            sentences.extend(entries.get("sentence").and_then(serde_json::Value::as_str));
            entries.values().for_each(|inner| collect(inner, sentences));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, sentences)),
        _ => {}
    }
}

fn read(path: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let scanner = Scanner::open(path, false)?;
    let mut rows = Vec::new();
    scanner.scan(scanner.body(), |record| {
        let text = |column: &str| scanner.position(column).map_or("", |position| record.get(position));
        let number = |column: &str| text(column).parse::<f64>().unwrap_or(f64::NAN);
        let iterations = number("iterations");
        rows.push(Row {
            device: text("run_id").split('/').next().unwrap_or_default().to_owned(),
            op: text("op").to_owned(),
            algorithm: text("algorithm").to_owned(),
            precision: text("precision").to_owned(),
            variant: format!("{} {}", text("case_id"), text("variant")),
            clock_mhz: number("clock_mhz"),
            batch: number("batch"),
            time_s: number("wall_s") / iterations,
            energy_j: number("device_energy_j") / iterations,
            flops: number("flops_task"),
        });
        Ok::<_, joulemark_records::Error>(())
    })?;
    Ok(rows)
}

fn distinct(rows: &[Row], of: fn(&Row) -> &String) -> Vec<String> {
    let all: std::collections::BTreeSet<&String> = rows.iter().map(of).collect();
    all.into_iter().cloned().collect()
}

fn spread(values: &[f64]) -> f64 {
    let [least, most] =
        [f64::min, f64::max].map(|pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick).unwrap_or(f64::NAN));
    most / least
}

/// Geometric mean with its interval.
fn geometric(values: &[f64]) -> String {
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    match mean_ci95(&logs) {
        Some(mean) => format!(
            "{:.2} [{:.2}, {:.2}]",
            mean.value.exp(),
            mean.low().exp(),
            mean.high().exp()
        ),
        None => geometric_mean(values).map_or("–".into(), |value| format!("{value:.2} (one group)")),
    }
}

/// Median with the interval between two order statistics.
fn median_ci95(sorted: &[f64]) -> String {
    let count = sorted.len() as f64;
    let half = 0.98 * count.sqrt();
    let at = |rank: f64| sorted[(rank.max(0.0) as usize).min(sorted.len() - 1)];
    let middle = median(sorted).unwrap_or(f64::NAN);
    format!(
        "{middle:.3} [{:.3}, {:.3}]",
        at(0.5 * count - half),
        at(0.5 * count + half)
    )
}

/// R² of the logarithms, with its interval.
fn r2(x: &[f64], y: &[f64]) -> String {
    let pairs: Vec<(f64, f64)> = x
        .iter()
        .zip(y)
        .map(|(x, y)| (x.ln(), y.ln()))
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|(x, y)| of(x - mean_x, y - mean_y)).sum::<f64>();
    let r = sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt();
    let (z, half) = (r.atanh(), 1.96 / (count - 3.0).sqrt());
    let squared = |z: f64| z.tanh().powi(2);
    format!(
        "{:.2} [{:.2}, {:.2}]",
        r * r,
        squared((z - half).max(0.0)),
        squared(z + half)
    )
}
