//! Rates per problem: the best kernel of ours, and each peer beside it. In: rows. Out: a Markdown table.

use std::collections::BTreeMap;

use joulemark_records::Row;

/// GFLOP/s of each window, by wall clock and by the process's CPU seconds on all cores.
#[derive(Default)]
struct Rates {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

/// All rates, by problem and by algorithm, in the order in which they came.
#[derive(Default)]
pub(crate) struct Table(Vec<(String, BTreeMap<String, Rates>)>);

const PEERS: [&str; 2] = ["burn", "gemm"];

impl Table {
    /// Takes a measured window and the CPU seconds that the process spent in it.
    pub(crate) fn add(&mut self, row: &Row, cpu_s: Option<f64>) {
        let problem = row.case_id.rsplit('/').next().unwrap_or_default();
        let problem = problem.split('@').next().unwrap_or_default();
        let problem = format!("{} {problem} {}", row.op, row.precision);
        let (Some(flops), Some(iterations), Some(wall_s)) = (row.flops_task, row.iterations, row.wall_s) else {
            return;
        };
        let place = self.0.iter().position(|(name, _)| *name == problem).unwrap_or_else(|| {
            self.0.push((problem, BTreeMap::new()));
            self.0.len() - 1
        });
        let name = match PEERS.contains(&row.algorithm.as_str()) {
            true => row.algorithm.clone(),
            false => format!("{} {}", row.algorithm, row.variant),
        };
        let rates = self.0[place].1.entry(name).or_default();
        let gflop = 1e-9 * flops as f64 * iterations as f64;
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get()) as f64;
        rates.wall.push(gflop / wall_s);
        rates.cpu.extend(cpu_s.map(|cpu_s| cores * gflop / cpu_s));
    }

    /// Prints the medians: GFLOP/s by wall clock, and in brackets by CPU time.
    pub(crate) fn print(&self) {
        println!("\nGFLOP/s by wall clock (by CPU time: operations per CPU second × cores), medians over rounds\n");
        println!("| problem | best of joulemark | | burn | joulemark ÷ burn | gemm |");
        println!("| --- | --- | --- | --- | --- | --- |");
        for (problem, rates) in &self.0 {
            let ours = rates.iter().filter(|(name, _)| !PEERS.contains(&name.as_str()));
            let Some((name, best)) = ours.max_by(|a, b| median(&a.1.wall).total_cmp(&median(&b.1.wall))) else {
                continue;
            };
            let [burn, gemm] = PEERS.map(|peer| rates.get(peer));
            let ratio = burn.map_or_else(String::new, |burn| {
                format!(
                    "{:.2} ({:.2})",
                    median(&best.wall) / median(&burn.wall),
                    median(&best.cpu) / median(&burn.cpu)
                )
            });
            let cell = |rates: Option<&Rates>| rates.map_or_else(String::new, Rates::cell);
            println!(
                "| {problem} | `{name}` | {} | {} | {ratio} | {} |",
                best.cell(),
                cell(burn),
                cell(gemm)
            );
        }
        println!();
    }
}

impl Rates {
    fn cell(&self) -> String {
        match self.cpu.is_empty() {
            true => format!("{:.1}", median(&self.wall)),
            false => format!("{:.1} ({:.1})", median(&self.wall), median(&self.cpu)),
        }
    }
}

/// The middle value; NaN of nothing, which prints as such.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => sorted[length / 2],
        length => 0.5 * (sorted[length / 2 - 1] + sorted[length / 2]),
    }
}
