//! Suites: named lists of cases, as data. In: a TOML file, one of ours or the user's. Out: cases at a scale.

mod document;
mod entry;
mod kernel;
mod layers;
mod scale;
mod source;
mod variants;

use joulemark_base::nearest::did_you_mean;
use joulemark_base::plain_file::read_text;
use std::collections::HashSet;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};
use toml::de::DeValue;

use crate::{Case, Error, Options};
use document::{Document, Value};
use entry::Entry;
use kernel::Kernel;
pub use scale::Scale;

/// A named list of cases, with what it is expected to show.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// What it is, in at most two sentences.
    pub description: String,
    /// What it is to show, stated before any run.
    pub hypothesis: String,
    /// The outcome that the hypothesis predicts, in a measured quantity.
    pub direction: String,
    /// SHA-256 of its file.
    pub sha256: String,
    entries: Vec<Entry>,
    kernels: Vec<Kernel>,
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../suites/", $name, ".toml")))),*]
    };
}

static SUITES: LazyLock<Vec<Suite>> = LazyLock::new(|| {
    let texts = built_in![
        "default",
        "standard",
        "quick",
        "iso-flop",
        "algorithms",
        "precision",
        "input-data",
        "intensity",
        "op-mix",
        "duty",
        "transfer",
        "training",
        "fusion",
        "sparsity",
        "mobilenet-v1",
        "mobilenet-v2",
        "depthwise-dense",
        "alexnet",
        "vgg-11",
        "vgg-13",
        "vgg-16",
        "vgg-19",
        "resnet-18",
        "resnet-50",
        "squeezenet",
        "shufflenet-v2",
        "densenet-121",
        "googlenet",
        "bert-base",
        "primer",
        "deepbench",
        "controls",
        "peers",
    ];
    let read = |(name, text)| Suite::read(&format!("{name}.toml"), text).unwrap_or_else(|why| panic!("{why}"));
    texts.into_iter().map(read).collect()
});

/// All suites that come with the program.
///
/// # Panics
/// If one of them is not sound: a test reads them all.
pub fn suites() -> &'static [Suite] {
    &SUITES
}

/// Longest file that is read: a suite, or a shader of one.
const LONGEST: u64 = 16 << 20;

const KEYS: [&str; 6] = ["name", "description", "hypothesis", "direction", "entries", "kernel"];

impl Suite {
    /// The suite with this name, or in this file if the name ends in `.toml`.
    ///
    /// # Errors
    /// A sentence that lists the names there are, or file, line and column of what is wrong.
    pub fn find(name: &str) -> Result<Self, Error> {
        if name.ends_with(".toml") {
            let text = read_text(name.as_ref(), LONGEST)
                .map_err(|error| Error::Input(format!("cannot read the suite {name}: {error}")))?;
            return Self::read(name, &text);
        }
        suites()
            .iter()
            .find(|suite| suite.name == name)
            .cloned()
            .ok_or_else(|| {
                let names: Vec<_> = suites().iter().map(|suite| suite.name.as_str()).collect();
                let meant = did_you_mean(name, names.iter().copied());
                Error::Input(format!(
                    "there is no suite `{name}`{meant}; there are {}, and a file of your own by its path, NAME.toml",
                    names.join(", ")
                ))
            })
    }

    /// Reads a suite; `path` is for messages.
    ///
    /// # Errors
    /// File, line and column of what is wrong.
    pub fn read(path: &str, text: &str) -> Result<Self, Error> {
        let document = Document { path, text };
        let root = document.parse()?;
        let table = root.get_ref();
        document.known(table, &KEYS)?;
        let missing = |key: &str| document.error(0..0, format!("the suite has no `{key}`"));
        let required = |key: &str| table.get(key).ok_or_else(|| missing(key));
        let text_of = |key: &str| {
            required(key)
                .and_then(|value| document.string(value))
                .map(str::to_string)
        };
        let name = text_of("name")?;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            let why = "a suite's name has letters, digits and `-` only";
            return Err(document.error_at(required("name")?, why));
        }
        let [description, hypothesis, direction] =
            [text_of("description")?, text_of("hypothesis")?, text_of("direction")?];
        let entry = |value: Value| match value.get_ref() {
            DeValue::Table(entry) => Entry::read(&document, value, entry),
            _ => Err(document.error_at(value, "an entry is a table: write [[entries]] before it")),
        };
        let kernel = |value: Value| match value.get_ref() {
            DeValue::Table(kernel) => Kernel::read(&document, value, kernel),
            _ => Err(document.error_at(value, "a kernel is a table: write [[kernel]] before it")),
        };
        let kernels = table
            .get("kernel")
            .map_or_else(|| Ok(Vec::new()), |value| document.list(value, kernel))?;
        let entries = match table.get("entries") {
            Some(value) => document.list(value, entry)?,
            None if kernels.is_empty() => return Err(missing("entries` and no `kernel")),
            None => Vec::new(),
        };
        Ok(Self {
            name,
            description,
            hypothesis,
            direction,
            sha256: Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect(),
            entries,
            kernels,
        })
    }

    /// Its cases at a scale, in the order of the file; what an earlier entry lists already is not listed again.
    pub fn cases(&self, scale: Scale) -> Vec<Case> {
        let mut ids = HashSet::new();
        let cases = self
            .entries
            .iter()
            .flat_map(|entry| entry.cases(scale).unwrap_or_default());
        let cases = cases.chain(self.kernels.iter().flat_map(|kernel| kernel.cases(scale)));
        cases.filter(|case| ids.insert(case.id())).collect()
    }

    /// Whether its problems depend on the scale.
    pub fn varies(&self) -> bool {
        self.entries.iter().any(Entry::varies) || self.kernels.iter().any(Kernel::varies)
    }
}

impl Options {
    /// The cases of the suite at the scale of the adapter, unless a scale was named. The suite's name, its file's hash,
    /// its hypothesis and the scale are noted for the manifest.
    ///
    /// # Errors
    /// No such suite, or one that is not sound.
    pub fn cases(&mut self) -> Result<Vec<Case>, Error> {
        let suite = Suite::find(&self.suite)?;
        let scale = match self.scale {
            Some(scale) => scale,
            None if suite.varies() => Scale::of_adapter(self.adapter.as_deref()),
            None => Scale::Small,
        };
        self.notes.extend([
            ("scale", scale.to_string()),
            ("suite_sha256", suite.sha256.clone()),
            ("hypothesis", suite.hypothesis.clone()),
            ("direction", suite.direction.clone()),
        ]);
        self.suite = suite.name.clone();
        Ok(suite.cases(scale))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use joulemark_kernels::Problem;

    use super::{Scale, Suite, suites};

    #[test]
    fn suites_are_sound() {
        let names: HashSet<_> = suites().iter().map(|suite| &suite.name).collect();
        assert_eq!(names.len(), suites().len());
        for suite in suites() {
            let sentences = |text: &str| text.split_inclusive(". ").count();
            assert!(
                sentences(&suite.description) <= 2,
                "{}: {}",
                suite.name,
                suite.description
            );
            assert!(
                !suite.hypothesis.is_empty() && !suite.direction.is_empty(),
                "{}",
                suite.name
            );
            for scale in Scale::ALL {
                let cases = suite.cases(scale);
                assert!(!cases.is_empty(), "{}", suite.name);
                let ids: HashSet<_> = cases.iter().map(|case| case.id()).collect();
                assert_eq!(ids.len(), cases.len(), "{} lists a case twice", suite.name);
                for case in cases {
                    case.problem.validate().unwrap();
                    assert!(case.id().len() <= 64, "{} is too long for a file name", case.id());
                }
            }
        }
    }

    /// What a problem is grouped by among the fastest kernels: kind, coarse shape and precision.
    fn family(case: &crate::Case) -> String {
        let shape = match case.problem {
            Problem::Conv2d(conv) if conv.groups == conv.c => "depthwise".into(),
            Problem::Conv2d(conv) => format!("{}x{} in {} groups", conv.r, conv.s, conv.groups.min(2)),
            Problem::Matmul(size) => {
                let (side, flat) = (size.m.max(size.n), size.m.min(size.n));
                let shape = match size.k {
                    _ if flat == 1 => "vector",
                    k if k >= 4 * side => "deep",
                    k if side >= 4 * k.max(flat) => "tall",
                    k if flat >= 4 * k => "flat",
                    _ => "square",
                };
                format!("{shape}, batched: {}", size.batch > 1)
            }
            Problem::Gradient(_) | Problem::Chain(_) | Problem::Other(_) => {
                unreachable!("these are no evidence of the standard suite")
            }
        };
        format!("{} {shape} {}", case.problem.op(), case.precision)
    }

    /// What the rule asks for at each scale: 40 cases by 10 algorithms, 40 problems in 14 families, two kernels at least on
    /// each, a sweep of one kernel over a decade, a case under two names and one without operations; and an end in time.
    #[test]
    fn the_standard_suite_serves_the_rule() {
        for scale in Scale::ALL {
            let cases = Suite::find("standard").unwrap().cases(scale);
            assert!((100..=130).contains(&cases.len()), "{} cases", cases.len());
            let (controls, others): (Vec<_>, Vec<_>) =
                cases.iter().partition(|case| case.workload.starts_with("controls/"));
            let evidence: Vec<_> = others.into_iter().filter(|case| case.workload != "peaks").collect();
            let algorithms: HashSet<_> = evidence.iter().map(|case| case.algorithm.to_string()).collect();
            assert!(evidence.len() >= 40 && algorithms.len() >= 10, "{algorithms:?}");
            let mut kernels = HashMap::<_, u32>::new();
            for case in &evidence {
                *kernels.entry(case.problem).or_default() += 1;
            }
            let families: HashSet<_> = evidence.iter().map(|case| family(case)).collect();
            assert!(
                kernels.len() >= 40 && families.len() >= 14,
                "{} problems, {families:?}",
                kernels.len()
            );
            assert!(kernels.values().all(|kernels| *kernels >= 2), "{kernels:?}");
            let sweep: Vec<_> = controls
                .iter()
                .filter(|case| case.workload == "controls/sweep")
                .collect();
            let macs = sweep.iter().map(|case| case.problem.macs());
            assert!(sweep.len() >= 4 && macs.clone().max().unwrap() >= 10 * macs.min().unwrap());
            assert!(
                sweep
                    .iter()
                    .all(|case| case.algorithm.name() == sweep[0].algorithm.name())
            );
            let pair = controls.iter().filter(|case| case.is_again(&cases[0]));
            let copies = controls.iter().filter(|case| case.problem.operations() == 0);
            assert_eq!((pair.count(), copies.count(), cases[0].id()), (1, 1, sweep[0].id()));
        }
    }

    #[test]
    fn iso_flop_cases_have_equal_flops() {
        for (suite, scale, macs) in [
            ("default", Scale::Small, 1 << 24),
            ("iso-flop", Scale::Small, 1 << 24),
            ("iso-flop", Scale::Medium, 1 << 30),
            ("iso-flop", Scale::Large, 1 << 33),
        ] {
            let cases = Suite::find(suite).unwrap().cases(scale);
            let iso: HashSet<_> = cases
                .iter()
                .filter(|case| suite == "iso-flop" || case.workload == "iso-flop")
                .map(|case| case.problem.macs())
                .collect();
            assert_eq!(iso, HashSet::from([macs]), "{suite}");
        }
    }

    const HEAD: &str = "name = \"mine\"\ndescription = \"Mine.\"\nhypothesis = \"It works.\"\ndirection = \"up\"\n";

    #[test]
    fn a_suite_of_the_users_own() {
        let text = format!(
            "{HEAD}[[entries]]\nworkload = \"tiles\"\nalgorithms = [\"tiled\"]\nvariants = \"listed\"\n\
             problems = {{ small = [\"64x64x64\"], large = [\"512x512x512\"] }}\ninputs = [\"uniform\", \"zeros\"]\n\
             [[entries]]\nworkload = \"net\"\nlayers = \"resnet-50\"\nalgorithms = \"pointwise\"\nbatch = 2\nmax_macs = 2e8\n"
        );
        let suite = Suite::read("mine.toml", &text).unwrap();
        assert!(suite.varies());
        let ids: Vec<_> = suite.cases(Scale::Small).iter().map(|case| case.id()).collect();
        assert!(ids[0].starts_with("matmul/tiled/f32/64x64x64@"), "{ids:?}");
        assert!(ids[1].starts_with("matmul/tiled/f32/64x64x64/zeros@"), "{ids:?}");
        let layer = &suite.cases(Scale::Large).pop().unwrap();
        assert_eq!(
            (layer.workload.as_str(), layer.problem.to_string().starts_with("n2c")),
            ("net-n2/20-x2", true)
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let entry = |lines: &str| format!("{HEAD}[[entries]]\nworkload = \"w\"\n{lines}");
        for (text, message) in [
            ("name = ".to_string(), "mine.toml:1:8: "),
            (
                "name = \"a b\"".into(),
                "mine.toml:1:8: a suite's name has letters, digits and `-` only",
            ),
            (
                "name = \"mine\"".into(),
                "mine.toml:1:1: the suite has no `description`",
            ),
            (
                HEAD.replace("direction", "directoin"),
                "mine.toml:4:1: there is no key `directoin` here",
            ),
            (
                entry("problem = \"1x1x1\""),
                "mine.toml:7:1: there is no key `problem` here; there are workload",
            ),
            (entry(""), "mine.toml:5:1: this entry has no `problems` and no `layers`"),
            (
                entry("problems = [\"8x8x8\",\n  \"8x8\"]"),
                "mine.toml:8:3: `8x8` is not a matmul problem",
            ),
            (entry("problems = [\"8x0x8\"]"), "mine.toml:7:13: matmul 8x0x8: n is 0"),
            (
                entry("problems = [\"8x8x8\"]\nalgorithms = [\"nave\"]"),
                "mine.toml:8:15: no algorithm matmul/nave",
            ),
            (
                entry("problems = [\"8x8x8\"]\nprecisions = [\"f64\"]"),
                "mine.toml:8:15: there is no precision `f64`",
            ),
            (
                entry("problems = [\"8x8x8\"]\ninputs = \"ones and zeros\""),
                "mine.toml:8:10: unknown input",
            ),
            (
                entry("problems = { small = [\"8x8x8\"] }"),
                "mine.toml:7:12: `large` is missing",
            ),
            (entry("problems = []"), "mine.toml:7:12: this list is empty"),
            (
                entry("problems = \"8x8x8\"\nbatch = 2"),
                "mine.toml:8:1: `batch` goes with `layers`",
            ),
            (
                entry("layers = \"lenet\""),
                "mine.toml:7:10: there is no table `lenet`; there are mobilenet-v1",
            ),
            (
                entry("layers = \"vgg-16\"\nbatch = 0"),
                "mine.toml:8:9: here must be a whole number of at least 1",
            ),
            (
                entry("problems = [\"8x8x8\"]\nalgorithms = [\"tiled\"]\nvariants = \"tyle=3\""),
                "mine.toml:5:1: matmul/tiled: no tuning parameter `tyle`",
            ),
            (
                entry("problems = [\"8x9x8\"]\nalgorithms = [\"gemv\"]"),
                "mine.toml:5:1: no algorithm supports a problem of this entry at scale small",
            ),
        ] {
            let error = Suite::read("mine.toml", &text).unwrap_err().to_string();
            assert!(error.starts_with(message), "`{error}` does not begin with `{message}`");
        }
    }
}
