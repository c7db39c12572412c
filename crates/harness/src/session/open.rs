//! Sessions begin: in a fresh run folder, or in one that broke off. In: options, and what there is already. Out: a
//! session whose idle power is known.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use joulemark::bench::Bench;
use joulemark::journal::{Journal, Position};
use joulemark::settings::Settings;
use joulemark_energy::Meter;
use joulemark_gpu::Gpu;
use joulemark_records::{RunState, RunWriter, Status};

use super::Session;
use crate::campaign::Resumable;
use crate::case::Case;
use crate::devices;
use crate::error::Error;
use crate::manifest;
use crate::options::Options;
use crate::prepared::Failure;
use crate::prepared::shader_hashes;
use crate::spent::{Part, Spent};
use crate::tune::Tuned;
use crate::verified::Verified;

impl Session {
    /// Opens the adapter, the meter and a fresh run folder, and measures the idle power.
    ///
    /// # Errors
    /// If there is no adapter, an energy source that was named is not there, or the results cannot be written.
    pub fn open(options: &Options, cases: &[Case]) -> Result<Self, Error> {
        let clock = Instant::now();
        let (gpu, meter) = devices::open(options)?;
        let tuned = Tuned::find(&options.tuning, &gpu)?;
        let bench = bench(meter, options);
        let host = joulemark::facts::host();
        let machine = manifest::machine(&host, gpu.description());
        let mut settings = settings(options, &bench, tuned.as_ref());
        if options.budget_s.is_none() {
            let windows = options.rule(cases.len(), bench.window_s()).windows();
            settings.insert("windows_per_round".into(), windows.to_vec().into());
        }
        let inventory = bench.meter().inventory();
        let mut manifest = manifest::manifest(
            options,
            host,
            manifest::describe(gpu.description()),
            inventory,
            settings,
        );
        manifest.cases = cases.iter().map(Case::id).collect();
        manifest.shaders = shaders(&gpu, tuned.as_ref(), cases);
        let writer = RunWriter::create(&options.out, &machine, &manifest::today(), manifest)?;
        Self::begin(clock, (gpu, tuned), bench, Journal::new(writer, 0), options)
    }

    /// Opens a run folder again to go on with it, and measures the idle power anew.
    ///
    /// # Errors
    /// If the adapter or its driver is another one, or as [`open`](Self::open).
    pub fn resume(run: &Resumable) -> Result<Self, Error> {
        let clock = Instant::now();
        let (gpu, meter) = devices::open(&run.options)?;
        let (then, now) = (&run.manifest.adapter, manifest::describe(gpu.description()));
        if (&then.name, &then.driver, &then.driver_info) != (&now.name, &now.driver, &now.driver_info) {
            return Err(Error::Input(format!(
                "{} cannot be resumed: it was measured on {} ({} {}), and this is {} ({} {})",
                run.folder.display(),
                then.name,
                then.driver,
                then.driver_info,
                now.name,
                now.driver,
                now.driver_info
            )));
        }
        let tuned = Tuned::find(&run.options.tuning, &gpu)?;
        for (id, hashes) in shaders(&gpu, tuned.as_ref(), &run.cases) {
            if run.manifest.shaders.get(&id).is_some_and(|then| *then != hashes) {
                return Err(Error::Input(format!(
                    "the shaders of {id} have changed since this run began; begin a new run"
                )));
            }
        }
        let writer = RunWriter::resume(&run.folder)?;
        // A second between the two parts: no tick of one can be taken for one of the other.
        let offset_ns = writer.last_tick().map_or(0, |last| last.plus_s(1.0).nanos());
        let bench = bench(meter, &run.options);
        let journal = Journal::new(writer, offset_ns);
        let mut session = Self::begin(clock, (gpu, tuned), bench, journal, &run.options)?;
        let hopeless = run.done.hopeless().map(|(case, reason)| {
            let failure = Failure {
                status: Status::Error,
                reason: reason.clone(),
            };
            (case.clone(), failure)
        });
        session.failures.extend(hopeless);
        if run.manifest.state == RunState::Running {
            // It was killed before it could add up: its time is known from its marks, its joules are not.
            session.spent.was_killed_after(1e-9 * offset_ns as f64);
        }
        Ok(session)
    }

    fn begin(
        clock: Instant,
        (gpu, tuned): (Gpu, Option<Tuned>),
        bench: Bench,
        journal: Journal,
        options: &Options,
    ) -> Result<Self, Error> {
        let totals = journal.writer().manifest().totals.clone();
        let mut session = Self {
            spent: Spent::new(clock, bench.meter().now(), totals),
            gpu,
            bench,
            journal,
            options: options.clone(),
            verified: Verified::kept(),
            tuned,
            failures: HashMap::new(),
            kept: HashMap::new(),
            last: Position::default(),
        };
        session.spent.add(Part::Opening, clock.elapsed().as_secs_f64());
        session.idle(Position::default())?;
        Ok(session)
    }
}

/// The hashes of all shaders, so that no window waits for the manifest: a case that the device refuses has none.
fn shaders(gpu: &Gpu, tuned: Option<&Tuned>, cases: &[Case]) -> BTreeMap<String, Vec<String>> {
    let of = |case: &Case| {
        let tuned = tuned.map_or_else(|| case.clone(), |tuned| tuned.apply(case, gpu.profile()));
        Some((case.id(), shader_hashes(gpu, &tuned)?))
    };
    cases.iter().filter_map(of).collect()
}

/// The bench that these options ask for.
pub(crate) fn bench(meter: Meter, options: &Options) -> Bench {
    let settings = Settings {
        window_s: options.window_s.or_else(|| meter.window_s()),
        thermal_gate: options.thermal_gate,
        ..Settings::default()
    };
    Bench::new(meter, &settings)
}

/// What steers this run, for the manifest.
fn settings(options: &Options, bench: &Bench, tuned: Option<&Tuned>) -> BTreeMap<String, serde_json::Value> {
    let mut settings = options.to_manifest();
    settings.insert("window_s".into(), bench.window_s().into());
    if let Some(tuned) = tuned {
        settings.insert("tuning_table".into(), tuned.file_name().into());
        settings.insert("tuning_sha256".into(), tuned.sha256().into());
    }
    settings
}
