//! `joulemark verify`: every kernel against the reference. In: a filter and a suite. Out: a line per case, ok with its
//! error, refused or wrong, and how many of each; the exit status says whether all is well.

use std::collections::{BTreeMap, HashSet};

use anyhow::ensure;
use clap::Args;
use joulemark_base::si::plural;
use joulemark_harness::{Case, Error, Outcome, Verb, device, until, verify};
use joulemark_kernels::{Op, catalogue};
use joulemark_records::Status;
use joulemark_study::table::{lines, table};
use serde::Serialize;

use crate::bar::bar;
use crate::filter;
use crate::flags::{Flags, Takes};
use crate::output::{print, print_json};

/// Check kernels against the reference, in checked and in trusted shader modules
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark verify                        all cases of the default suite
  joulemark verify matmul/tiled
  joulemark verify 'conv2d/.*/f16' --suite default
  joulemark verify --suite vgg-16 --every-algorithm --shard 1/2

Exit status 1 if a result is wrong or a case breaks; a refused case is no fault.")]
pub(crate) struct Verify {
    /// Regular expression on the cases' ids
    filter: Option<String>,
    /// Each problem of the suite by every algorithm there is, refusals with their reasons included
    #[arg(long)]
    every_algorithm: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags<Self>,
}

impl Takes for Verify {
    const VERB: Verb = Verb::Verify;
}

#[derive(Serialize)]
struct Verdict {
    case: String,
    /// ok, unverified, refused, wrong_result or error.
    status: &'static str,
    relative_error: Option<f64>,
    /// Elements compared one by one, and whether these were all.
    compared: Option<u64>,
    whole: Option<bool>,
    reason: Option<String>,
}

/// Seconds that a case takes, as a guess: a small one on a software adapter.
const CASE_S: f64 = 0.5;

impl Verify {
    /// Verifies and prints.
    ///
    /// # Errors
    /// If something is wrong, or there is no adapter.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut options = self.flags.options()?;
        let mut cases = options.cases()?;
        if self.every_algorithm {
            cases = by_every_algorithm(&cases);
        }
        let cases = filter::among(cases, &options, self.filter.as_deref())?;
        // Each is compiled and run once with runtime checks and once without; nobody knows how long that takes before it is done.
        let plan = format!(
            "cases:   {}, each run twice, {}",
            cases.len(),
            until(CASE_S * cases.len() as f64)
        );
        if options.dry_run {
            return print(&(plan + "\n"));
        }
        let gpu = device(&options)?;
        let width = cases.iter().map(|case| case.id().len()).max().unwrap_or_default();
        if !self.json {
            print(&format!(
                "{} on {}\n{plan}\n\n",
                plural(cases.len(), "case"),
                gpu.description().name
            ))?;
        }
        let bar = bar(cases.len() as u64, "cases");
        let mut verdicts = Vec::new();
        let mut usable = Ok(());
        for case in &cases {
            bar.set_message(case.id());
            let verdict = Verdict::from(verify(&gpu, case, options.seed));
            if !self.json {
                bar.suspend(|| print(&verdict.line(width)))?;
            }
            verdicts.push(verdict);
            bar.inc(1);
            // The other cases would fail too, for no fault of theirs.
            usable = gpu.usable();
            if usable.is_err() {
                break;
            }
        }
        bar.finish_and_clear();
        if self.json {
            print_json(&verdicts)?;
        }
        let count = |status: Status| {
            verdicts
                .iter()
                .filter(|verdict| verdict.status == status.as_str())
                .count()
        };
        let [ok, refused, unverified] = [Status::Ok, Status::Refused, Status::Unverified].map(count);
        let wrong = verdicts.len() - ok - refused - unverified;
        if !self.json {
            print(&format!(
                "\n{}\n{ok} ok, {refused} refused, {wrong} wrong{}\n",
                tally(&verdicts),
                match unverified {
                    0 => String::new(),
                    count => format!(", {count} unverified"),
                }
            ))?;
        }
        usable.map_err(Error::from)?;
        ensure!(wrong == 0, "{wrong} of {} cases are wrong or broke off", verdicts.len());
        Ok(())
    }
}

/// Each problem of these cases, with its precision and inputs, by every algorithm for such problems.
fn by_every_algorithm(cases: &[Case]) -> Vec<Case> {
    let each = cases.iter().flat_map(|case| {
        let algorithms = catalogue::all().filter(|algorithm| algorithm.op() == case.problem.op());
        // A kernel of the suite's own is the only one for its problem.
        let own = (case.problem.op() == Op::Custom).then_some(case.algorithm);
        algorithms.chain(own).map(|algorithm| Case {
            workload: case.workload.clone(),
            input: case.input,
            ..Case::new(algorithm, case.precision, case.problem)
        })
    });
    let mut ids = HashSet::new();
    each.filter(|case| ids.insert(case.id())).collect()
}

/// Cases by kernel: ok, refused, wrong.
fn tally(verdicts: &[Verdict]) -> String {
    let mut kernels = BTreeMap::<String, [u32; 3]>::new();
    let known = verdicts
        .iter()
        .filter(|verdict| verdict.status != Status::Unverified.as_str());
    for Verdict { case, status, .. } in known {
        let kernel = case.split('/').take(3).collect::<Vec<_>>().join("/");
        let outcome = [Status::Ok, Status::Refused]
            .iter()
            .position(|known| known.as_str() == *status);
        kernels.entry(kernel).or_default()[outcome.unwrap_or(2)] += 1;
    }
    let mut table = table(&["kernel", "ok", "refused", "wrong"], 1);
    for (kernel, counts) in kernels {
        let [ok, refused, wrong] = counts.map(|count| count.to_string());
        table.add_row([kernel, ok, refused, wrong]);
    }
    lines(&table, 0)
}

impl From<Outcome> for Verdict {
    fn from(Outcome { case_id, result }: Outcome) -> Self {
        match result {
            Ok(check) if !check.is_verified() => Self {
                case: case_id,
                status: Status::Unverified.as_str(),
                relative_error: None,
                compared: None,
                whole: None,
                reason: Some("it ran, and the suite says nothing of what its output should be".into()),
            },
            Ok(check) => Self {
                case: case_id,
                status: Status::Ok.as_str(),
                relative_error: Some(check.relative_error),
                compared: Some(check.compared),
                whole: Some(check.whole),
                reason: None,
            },
            Err(failure) => Self {
                case: case_id,
                status: failure.status.as_str(),
                relative_error: None,
                compared: None,
                whole: None,
                reason: Some(failure.reason),
            },
        }
    }
}

impl Verdict {
    fn line(&self, width: usize) -> String {
        let Self { case, .. } = self;
        match (self.relative_error, self.compared, self.whole) {
            (Some(error), Some(compared), Some(whole)) => {
                let what = if whole { "all" } else { "a sample of" };
                let error = if error == 0.0 {
                    "exact".into()
                } else {
                    format!("error {error:.1e}")
                };
                format!("ok       {case:<width$}  {error:<13}  {what} {compared} elements\n")
            }
            _ => {
                let word = match self.status {
                    "refused" => "refused",
                    "unverified" => "unknown",
                    "wrong_result" => "WRONG",
                    _ => "ERROR",
                };
                format!(
                    "{word:<7}  {case:<width$}  {}\n",
                    self.reason.as_deref().unwrap_or_default()
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use joulemark_harness::{Failure, Outcome};
    use joulemark_records::Status;

    use super::Verdict;

    #[test]
    fn failures_are_told_apart() {
        for (status, word) in [
            (Status::Refused, "refused"),
            (Status::WrongResult, "WRONG  "),
            (Status::Error, "ERROR  "),
        ] {
            let failure = Failure {
                status,
                reason: "C[0, 0, 1] is 3, right is 4".into(),
            };
            let verdict = Verdict::from(Outcome {
                case_id: "matmul/naive/f32/2x2x2".into(),
                result: Err(failure),
            });
            let expected = format!("{word}  matmul/naive/f32/2x2x2  C[0, 0, 1] is 3, right is 4\n");
            assert_eq!((verdict.line(22), verdict.status), (expected, status.as_str()));
        }
    }
}
