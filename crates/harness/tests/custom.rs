//! Kernels of the user's own, from a suite to rows: the examples of the repository, every form of input and expectation, and
//! what is told where suite and shader do not fit.

use std::fs;
use std::path::{Path, PathBuf};

use joulemark_harness::npy;
use joulemark_harness::{Case, Error, Options, Outcome, Scale, Session, Suite, device, verify};
use joulemark_kernels::Tensor;
use joulemark_records::{RunState, Status, read_run};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shaders/custom")
}

fn options(out: &Path) -> Options {
    let mut options = Options::default();
    for (name, value) in [("out", out.to_str().unwrap()), ("energy", "none"), ("window", "0.005")] {
        options.set(name, value).unwrap();
    }
    options
}

/// The outcomes of a suite's cases, in its order.
fn outcomes(cases: &[Case]) -> Vec<Outcome> {
    let gpu = device(&Options::default()).unwrap();
    cases.iter().map(|case| verify(&gpu, case, 1)).collect()
}

/// Prepares each case in a session and measures a window; gives status and reason of the rows.
fn rows(folder: &Path, cases: &[Case]) -> Vec<(Status, String)> {
    let mut session = Session::open(&options(folder), cases).unwrap();
    for case in cases {
        let position = joulemark::journal::Position::default();
        if let Ok(prepared) = session.prepare(case, position).unwrap() {
            let window = session.run_window(&prepared).unwrap();
            session.record(&prepared, &window, position).unwrap();
        }
    }
    let run = read_run(&session.finish(RunState::Complete).unwrap().0).unwrap();
    let kernels = run.rows.into_iter().filter(|row| row.status != Status::Idle);
    kernels.map(|row| (row.status, row.reason)).collect()
}

#[test]
fn the_examples_are_right_in_every_variant_and_get_rows() {
    let path = repository().join("custom.toml");
    let cases = Suite::find(path.to_str().unwrap()).unwrap().cases(Scale::Small);
    let ids: Vec<_> = cases.iter().map(Case::id).collect();
    assert_eq!(
        ids,
        [
            "custom/softmax/f32/512x1024@64",
            "custom/softmax/f32/512x1024@128",
            "custom/softmax/f32/512x1024@256",
            "custom/row_sum_serial/f32/rows-512x1024",
            "custom/row_sum_tree/f32/rows-512x1024",
        ]
    );
    for outcome in outcomes(&cases) {
        let check = outcome.result.unwrap();
        assert!(
            check.whole && check.relative_error < 1e-4,
            "{}: {check:?}",
            outcome.case_id
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let rows = rows(folder.path(), &cases);
    assert!(
        rows.len() == 5 && rows.iter().all(|(status, _)| *status == Status::Ok),
        "{rows:?}"
    );
}

const HEAD: &str = "name = \"mine\"\ndescription = \"Mine.\"\nhypothesis = \"It works.\"\ndirection = \"up\"\n";

/// Doubles each number by way of a uniform, several entry points, and an array that tells its length.
const DOUBLE: &str = "struct Scale { factor: f32, unused: f32 }
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(1) @binding(0) var<uniform> scale: Scale;
@group(1) @binding(5) var<storage, read_write> y: array<f32>;
@group(2) @binding(0) var<storage, read_write> other: array<atomic<u32>>;
@compute @workgroup_size(4) fn double(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x < arrayLength(&x)) { y[id.x] = scale.factor * x[id.x] + f32(arrayLength(&y) - COUNT); }
}
@compute @workgroup_size(1) fn count() { atomicAdd(&other[0], 1u); }
";

const ENTRY: &str = "[[kernel]]
wgsl = \"double.wgsl\"
entry = \"double\"
workgroups = [\"ceil_div(COUNT, 4)\"]
constants = { COUNT = 7 }
flops = \"2 * COUNT\"
buffers = [
    { name = \"x\", element = \"f32\", input = \"x.npy\" },
    { name = \"scale\", element = \"f32\", values = [2.0, 0] },
    { name = \"y\", element = \"f32\", shape = \"COUNT\", written = true },
]
";

/// A folder with the shader, its input, and a suite of this text.
fn suite(shader: &str, text: &str) -> (tempfile::TempDir, Result<Suite, Error>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("double.wgsl"), shader).unwrap();
    let write = |name: &str, numbers: Vec<f32>| {
        let mut file = fs::File::create(folder.path().join(name)).unwrap();
        npy::write(&mut file, &[numbers.len() as u32], &Tensor::F32(numbers)).unwrap();
    };
    write("x.npy", (0..7).map(|x| x as f32).collect());
    write("doubled.npy", (0..7).map(|x| 2.0 * x as f32).collect());
    write("short.npy", vec![0.0; 3]);
    let path = folder.path().join("mine.toml");
    fs::write(&path, format!("{HEAD}{text}")).unwrap();
    let suite = Suite::find(path.to_str().unwrap());
    (folder, suite)
}

#[test]
fn groups_uniforms_entry_points_and_files_are_taken() {
    let expected = format!("{ENTRY}expected = {{ npy = \"doubled.npy\", tolerance = 0 }}\n");
    let (_folder, suite) = suite(DOUBLE, &expected);
    let cases = suite.unwrap().cases(Scale::Large);
    assert_eq!(cases[0].id(), "custom/double/f32/double");
    let check = outcomes(&cases).remove(0).result.unwrap();
    assert_eq!((check.compared, check.whole, check.relative_error), (7, true, 0.0));
}

#[test]
fn what_is_wrong_or_unknown_gets_a_row_that_says_so() {
    let wrong = ENTRY.replace("2.0, 0", "3.0, 0") + "expected = { npy = \"doubled.npy\" }\n";
    let (folder, suite) = suite(
        DOUBLE,
        &format!("{}{wrong}", ENTRY.replace("[[kernel]]", "[[kernel]]\nname = \"free\"")),
    );
    let cases = suite.unwrap().cases(Scale::Small);
    let outcomes = outcomes(&cases);
    assert!(!outcomes[0].result.as_ref().unwrap().is_verified());
    let failure = outcomes[1].result.as_ref().unwrap_err();
    assert!(
        failure.status == Status::WrongResult && failure.reason.contains("y[1] is 3, right is 2"),
        "{failure:?}"
    );
    let rows = rows(folder.path(), &cases);
    assert_eq!([rows[0].0, rows[1].0], [Status::Unverified, Status::WrongResult]);
    assert!(rows[0].1.contains("says nothing of what"), "{rows:?}");
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    for (shader, entry, message) in [
        (
            DOUBLE.replace("scale.factor", "scale.faktor"),
            ENTRY.to_string(),
            "double.wgsl:7:",
        ),
        (
            DOUBLE.replace("fn double", "fn single"),
            ENTRY.into(),
            "double.wgsl: there is no entry point `double`; there are: single, count",
        ),
        (
            DOUBLE.into(),
            ENTRY.replace("    { name = \"scale\", element = \"f32\", values = [2.0, 0] },\n", ""),
            "double.wgsl:4: `y` has no buffer: the suite lists 2",
        ),
        (
            DOUBLE.into(),
            ENTRY.replace("written = true", "input = \"ones\""),
            "mine.toml:5:1: no buffer of this kernel is `written`",
        ),
        (
            DOUBLE.into(),
            ENTRY
                .replace("values = [2.0, 0]", "written = true, shape = 2")
                .replace("shape = \"COUNT\", written = true", "shape = \"COUNT\""),
            "double.wgsl:3: `scale` is only read, and the suite says that it is written",
        ),
        (
            DOUBLE.into(),
            ENTRY.replace("\"x\"", "\"z\""),
            "double.wgsl:2: `x` is where the suite has the buffer `z`",
        ),
        (
            DOUBLE.into(),
            ENTRY.replace("name = \"y\", element = \"f32\"", "name = \"y\", element = \"f16\""),
            "double.wgsl:4: `y` is of f32, and the suite's buffer of f16",
        ),
        (
            DOUBLE.into(),
            ENTRY.replace("[2.0, 0]", "[2.0]"),
            "double.wgsl:3: `scale` takes 8 bytes, and the suite's buffer has 4",
        ),
        (
            DOUBLE.into(),
            ENTRY.replace("COUNT, 4)", "COUNTS, 4)"),
            "`COUNTS` in `ceil_div(COUNTS, 4)` is no constant",
        ),
        (
            DOUBLE.into(),
            ENTRY.replace("flops = \"2 * COUNT\"", "flops = \"2 * TILE\""),
            "mine.toml:10:9: `TILE` in `2 * TILE` is no constant with one value",
        ),
        (
            DOUBLE.into(),
            ENTRY.replace("flops = \"2 * COUNT\"\n", ""),
            "mine.toml:5:1: this kernel has no `flops`",
        ),
        (
            DOUBLE.into(),
            ENTRY.replace("wgsl = \"double", "wgsl = \"dubble"),
            "mine.toml:6:8: cannot read ",
        ),
        (
            DOUBLE.into(),
            ENTRY.replace("x.npy", "nosuch.npy"),
            "mine.toml:12:44: cannot read ",
        ),
        (
            DOUBLE.into(),
            format!("{ENTRY}expected = {{ npy = \"short.npy\" }}\n"),
            "mine.toml:16:20: it holds f32 of shape (3,), and the output is f32 of shape (7,)",
        ),
        (
            DOUBLE.into(),
            format!("{ENTRY}expected = {{ tolerance = 0.1 }}\n"),
            "mine.toml:16:12: what is expected is either a `npy` or a `wgsl`",
        ),
        (
            DOUBLE.into(),
            format!("{ENTRY}expect = 1\n"),
            "mine.toml:16:1: there is no key `expect` here",
        ),
        (
            DOUBLE.into(),
            ENTRY.replace("COUNT = 7", "COUNT = -7"),
            "mine.toml:9:23: here must be a whole number from 0 to 2^32 - 1",
        ),
    ] {
        let (_folder, suite) = suite(&shader, &entry);
        let told = suite.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.contains(message), "`{told}` lacks `{message}`");
    }
}
