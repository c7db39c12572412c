//! No suite and no npy file brings its reader down. In: a corpus, cut, repeated, overwritten, spliced. Out: cases, a tensor or
//! one sentence; never a panic, never a hang.

use std::fs;
use std::time::{Duration, Instant};

use joulemark_harness::{Scale, Suite, npy};
use proptest::prelude::*;

/// Texts that broke readers before, ours or others'.
const SPLICES: [&str; 26] = [
    "",
    "\0",
    "\n",
    "\"",
    "'",
    "[",
    "]]",
    "{",
    "}",
    "(",
    ",",
    ":",
    "-1",
    "0",
    "nan",
    "inf",
    "1e300",
    "4294967295",
    "18446744073709551616",
    "\u{1b}[2J",
    "\u{202e}",
    "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((",
    "{{{{{{{{{{{{{{{{{{",
    "'descr': '|O', ",
    "True",
    "[[entries]]\n",
];

const SUITE: &str = r#"name = "mine"
description = "Of everything a little."
hypothesis = "It is read."
direction = "up"
[[entries]]
workload = "tiles"
algorithms = ["tiled", "naive"]
precisions = "all"
variants = "listed"
problems = { small = ["64x64x64"], large = ["8b512x512x512", "512x512x512relu"] }
inputs = ["uniform", "sparse10"]
paces = ["full", "duty50"]
tag = "again"
[[entries]]
workload = "net"
layers = "resnet-50"
kind = "pointwise"
algorithms = "pointwise"
batch = { small = 1, large = 32 }
shrink = 2
max_macs = 2e8
scales = ["small", "large"]
[[kernel]]
name = "copy"
wgsl = "copy.wgsl"
constants = { ROWS = 64, TILE = [8, 16] }
workgroups = ["ceil_div(ROWS, 64)", 1]
flops = "2 * ROWS"
bytes = 512
expected = { wgsl = "copy.wgsl", tolerance = 1e-5 }
[[kernel.buffers]]
name = "x"
element = "f32"
shape = ["ROWS"]
input = "uniform"
[[kernel.buffers]]
element = "f32"
shape = [64]
written = true
"#;

const COPY: &str = "@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(TILE) fn main(@builtin(global_invocation_id) id: vec3u) { y[id.x] = x[id.x]; }
";

/// An npy file of this version.
fn file(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u32).to_le_bytes();
    let length = if version == 1 { &length[..2] } else { &length[..] };
    [b"\x93NUMPY", &[version, 0][..], length, header.as_bytes(), data].concat()
}

fn corpus() -> [Vec<u8>; 4] {
    let data: Vec<u8> = (1..=6).flat_map(|x| (x as f32).to_le_bytes()).collect();
    [
        SUITE.into(),
        file(
            1,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }       \n",
            &data,
        ),
        file(2, "{'descr': '>f4', 'fortran_order': True, 'shape': (2L, 3L)}", &data),
        file(3, "{'shape': [24], \"fortran_order\": 0, 'descr': '|i1'}\n", &data),
    ]
}

/// One change of a file: cut it, overwrite bytes, splice a text in, or repeat a part.
fn change(bytes: &mut Vec<u8>, kind: u8, at: f64, splice: usize, length: usize) {
    let at = (at * bytes.len() as f64) as usize;
    let end = (at + length).min(bytes.len());
    let text = SPLICES[splice].as_bytes();
    match kind {
        0 => bytes.truncate(at),
        1 => bytes[at..end].fill(text.first().copied().unwrap_or(0xff)),
        2 => drop(bytes.splice(at..at, text.iter().copied())),
        3 => drop(bytes.splice(at..end, text.iter().copied())),
        _ => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
    }
}

/// What is said of a file is one sentence that no terminal obeys.
fn is_sentence(error: &str) -> bool {
    error.len() < 4000 && !error.contains('\u{1b}') && (error.contains("fuzzed") || error.contains("copy.wgsl"))
}

/// More with `JOULEMARK_TEST_FUZZ=10000`.
fn cases() -> u32 {
    let wanted = std::env::var("JOULEMARK_TEST_FUZZ");
    wanted.ok().and_then(|text| text.parse().ok()).unwrap_or(64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn changed_files_are_read_or_refused(
        which in 0..4_usize,
        changes in prop::collection::vec((0..5_u8, 0.0..1.0_f64, 0..SPLICES.len(), 0..40_usize), 1..4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("copy.wgsl"), COPY).unwrap();
        let mut bytes = corpus()[which].clone();
        for (kind, at, splice, length) in changes {
            if !bytes.is_empty() {
                change(&mut bytes, kind, at, splice, length);
            }
        }
        let begin = Instant::now();
        if which == 0 {
            let path = folder.path().join("fuzzed.toml");
            fs::write(&path, &bytes).unwrap();
            match Suite::find(path.to_str().unwrap()) {
                Ok(suite) => for case in Scale::ALL.into_iter().flat_map(|scale| suite.cases(scale)) {
                    prop_assert!(case.id().len() <= 64 && case.id().is_ascii(), "{}", case.id());
                },
                Err(error) => prop_assert!(is_sentence(&error.to_string()), "{error}"),
            }
        } else {
            let path = folder.path().join("fuzzed.npy");
            fs::write(&path, &bytes).unwrap();
            match npy::read(&path) {
                Ok(array) => prop_assert_eq!(array.data.len(), array.shape.iter().product::<u32>() as usize),
                Err(error) => prop_assert!(is_sentence(&error.to_string()), "{error}"),
            }
        }
        prop_assert!(begin.elapsed() < Duration::from_secs(5), "it hung");
    }
}

#[test]
fn the_corpus_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let [suite, arrays @ ..] = corpus();
    fs::write(folder.path().join("copy.wgsl"), COPY).unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.toml"), suite).unwrap();
    assert!(
        Suite::find(at("a.toml").to_str().unwrap())
            .unwrap()
            .cases(Scale::Small)
            .len()
            > 10
    );
    for bytes in arrays {
        fs::write(at("a.npy"), bytes).unwrap();
        npy::read(&at("a.npy")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_told_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.toml");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let endless = folder.path().join("endless.toml");
    std::os::unix::fs::symlink("/dev/zero", &endless).unwrap();
    for path in [&pipe, &endless] {
        for error in [
            Suite::find(path.to_str().unwrap()).unwrap_err().to_string(),
            npy::read(path).unwrap_err().to_string(),
        ] {
            assert!(error.contains("it is a pipe or a device"), "{error}");
        }
    }
    let error = npy::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("it is a folder"), "{error}");
}
