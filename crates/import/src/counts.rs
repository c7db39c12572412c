//! The problem of a row and what it counts. In: `matmul 64x64x64` or `conv2d n=1 c=3 …`, and a precision. Out: the columns
//! that follow from them by joulemark's own counts.

use joulemark_kernels::{Precision, Problem};

/// Sizes by the names that people give them, and the letter of the id.
const NAMES: [(&str, &str); 17] = [
    ("n", "n"),
    ("batch", "n"),
    ("c", "c"),
    ("h", "h"),
    ("w", "w"),
    ("k", "k"),
    ("r", "r"),
    ("s", "s"),
    ("t", "t"),
    ("stride", "t"),
    ("p", "p"),
    ("pad", "p"),
    ("padding", "p"),
    ("d", "d"),
    ("dilation", "d"),
    ("g", "g"),
    ("groups", "g"),
];

/// The columns that follow from the problem, with their texts.
pub(crate) fn columns(problem: &str, precision: &str) -> Result<Vec<(&'static str, String)>, String> {
    let (op, rest) = problem
        .trim()
        .split_once(char::is_whitespace)
        .ok_or_else(|| wrong(problem, ""))?;
    let id = match (rest.contains('='), op) {
        (false, _) => rest.trim().to_owned(),
        (true, "matmul") => matmul(rest).ok_or_else(|| wrong(problem, ""))?,
        (true, _) => conv(rest).ok_or_else(|| wrong(problem, ""))?,
    };
    let parsed: Problem = id.parse().map_err(|error| wrong(problem, &format!(": {error}")))?;
    parsed
        .validate()
        .map_err(|error| wrong(problem, &format!(": {error}")))?;
    if parsed.op().as_str() != op {
        return Err(wrong(problem, &format!(": that is a {}", parsed.op().as_str())));
    }
    let count = |value: u64| value.to_string();
    let mut columns = vec![
        ("op", op.to_owned()),
        ("macs", count(parsed.macs())),
        ("flops_task", count(parsed.operations())),
        ("activations", count(product(&parsed.shape_of_output()))),
    ];
    if let Some(precision) = stored_like(precision) {
        columns.push(("bytes_min", count(parsed.bytes_min(precision))));
    }
    match parsed {
        Problem::Matmul(p) => {
            columns.extend(
                [("batch", p.batch), ("m", p.m), ("n", p.n), ("k", p.k)].map(|(name, size)| (name, count(size.into()))),
            );
        }
        Problem::Conv2d(p) => {
            let sizes = [
                ("n", p.n),
                ("c", p.c),
                ("h", p.h),
                ("w", p.w),
                ("k", p.k),
                ("r", p.r),
                ("s", p.s),
                ("groups", p.groups),
            ];
            columns.extend(sizes.map(|(name, size)| (name, count(size.into()))));
            let list = |sizes: &[u32]| sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
            columns.extend([
                ("stride", list(&p.stride)),
                ("padding", list(&p.padding)),
                ("dilation", list(&p.dilation)),
                ("parameters", count(product(&parsed.shape_of_input(1)))),
            ]);
        }
        Problem::Gradient(_) | Problem::Chain(_) | Problem::Other(_) => {
            return Err(wrong(problem, ": give a matmul or a conv2d"));
        }
    }
    Ok(columns)
}

/// The problem's part of a case id.
pub(crate) fn id(problem: &str) -> String {
    problem.split_whitespace().skip(1).collect::<Vec<_>>().join("")
}

fn product(shape: &[u32]) -> u64 {
    shape.iter().map(|size| u64::from(*size)).product()
}

/// The precision whose elements take as many bytes; `None` where ours have none of that size.
fn stored_like(precision: &str) -> Option<Precision> {
    match precision {
        "bf16" => Some(Precision::F16),
        "tf32" => Some(Precision::F32),
        other => other.parse().ok(),
    }
}

fn pairs(text: &str) -> Option<Vec<(String, &str)>> {
    let pair = |part: &'_ str| part.split_once('=').map(|(name, _)| name.to_ascii_lowercase());
    text.split_whitespace()
        .map(|part| Some((pair(part)?, part.split_once('=')?.1)))
        .collect()
}

fn matmul(text: &str) -> Option<String> {
    let pairs = pairs(text)?;
    let size = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, size)| *size);
    let batch = size("batch")
        .or(size("b"))
        .map_or_else(String::new, |batch| format!("{batch}b"));
    Some(format!("{batch}{}x{}x{}", size("m")?, size("n")?, size("k")?))
}

fn conv(text: &str) -> Option<String> {
    let letter = |name: &str| {
        NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, letter)| *letter)
    };
    pairs(text)?
        .into_iter()
        .map(|(name, size)| Some(format!("{}{size}", letter(&name)?)))
        .collect()
}

fn wrong(problem: &str, why: &str) -> String {
    format!(
        "`{}` is no problem{why}; write \"matmul 64x64x64\" (m×n×k), \"conv2d n=1 c=3 h=8 w=8 k=4 r=3 s=3 stride=1 padding=1\"",
        joulemark_base::plain_text::shown(problem)
    )
}
