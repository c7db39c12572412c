//! Suites: named lists of cases, as data. In: a TOML file, one of ours or the user's. Out: cases at a scale.

mod built_in;
mod document;
mod entry;
mod kernel;
mod layers;
pub(crate) mod scale;
mod source;
mod variants;

use joulemark_base::nearest::did_you_mean;
use joulemark_base::plain_file::read_text;
use std::collections::HashSet;

use sha2::{Digest, Sha256};
use toml::de::DeValue;

use crate::case::Case;
use crate::error::Error;
use crate::options::Options;
pub use built_in::suites;
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
    use super::{Scale, Suite};

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
