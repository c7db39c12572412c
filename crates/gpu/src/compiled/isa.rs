//! Counting in AMD assembly, as Mesa prints it: one instruction a line, or two where `::` joins a pair that is issued
//! together; labels end in a colon.

use std::collections::BTreeMap;

use serde::Serialize;

/// The instructions of a shader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instructions {
    /// How often each stands in the text.
    pub counts: BTreeMap<String, u32>,
    /// The loop with the most arithmetic outside the loops in it; `None` if no loop has any.
    pub hot_loop: Option<Loop>,
}

/// A loop, with the loops inside it, every instruction once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loop {
    /// Multiply-accumulates: `v_fma*`, `v_mad*`, `v_mul_f*`, packed, dual and dot-product forms; a matrix instruction is one.
    pub arithmetic: u32,
    /// All instructions, waits and branches included.
    pub instructions: u32,
    /// How often each stands in the loop.
    pub counts: BTreeMap<String, u32>,
}

const ARITHMETIC: [&str; 9] = [
    "v_fma",
    "v_dual_fmac",
    "v_pk_fma",
    "v_dot",
    "v_dual_dot",
    "v_wmma",
    "v_mad",
    "v_mul_f",
    "v_pk_mul_f",
];

impl Instructions {
    /// Reads the assembly; `None` if nothing in it looks like AMD's.
    pub(super) fn read(assembly: &str) -> Option<Self> {
        let lines: Vec<&str> = assembly.lines().map(str::trim).collect();
        let counts = count(&lines);
        if !counts.contains_key("s_endpgm") {
            return None;
        }
        let spans = spans(&lines);
        let hottest = spans
            .iter()
            .map(|&span| (Loop::new(count(&own(&lines, &spans, span))).arithmetic, span))
            .filter(|(arithmetic, _)| *arithmetic > 0)
            // Of equals the shorter one.
            .max_by_key(|&(arithmetic, (first, last))| (arithmetic, std::cmp::Reverse(last - first)));
        Some(Self {
            hot_loop: hottest.map(|(_, (first, last))| Loop::new(count(&lines[first..=last]))),
            counts,
        })
    }
}

impl Loop {
    fn new(counts: BTreeMap<String, u32>) -> Self {
        let is_arithmetic = |name: &String| ARITHMETIC.iter().any(|prefix| name.starts_with(prefix));
        Self {
            arithmetic: counts
                .iter()
                .filter(|(name, _)| is_arithmetic(name))
                .map(|(_, count)| count)
                .sum(),
            instructions: counts.values().sum(),
            counts,
        }
    }

    /// Share of arithmetic, from 0 to 1.
    pub fn share(&self) -> f64 {
        f64::from(self.arithmetic) / f64::from(self.instructions)
    }
}

fn count(lines: &[&str]) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for name in lines.iter().flat_map(|line| names(line)) {
        *counts.entry(name.to_owned()).or_default() += 1;
    }
    counts
}

/// The instructions of a line.
fn names(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split(';').next().unwrap_or_default();
    let first_words = code.split("::").filter_map(|part| part.split_whitespace().next());
    first_words.filter(|word| word.contains('_') && !word.ends_with(':'))
}

/// First and last line of each loop: a label, and a branch back to it.
fn spans(lines: &[&str]) -> Vec<(usize, usize)> {
    let labels: BTreeMap<&str, usize> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| Some((line.strip_suffix(':')?, at)))
        .collect();
    let branch = |(at, line): (usize, &&str)| {
        let mut words = line.split_whitespace();
        let target = words.next().filter(|name| name.contains("branch")).and(words.next())?;
        let first = *labels.get(target.trim_end_matches(','))?;
        (first <= at).then_some((first, at))
    };
    lines.iter().enumerate().filter_map(branch).collect()
}

/// The lines of a loop, without those of loops inside it.
fn own<'a>(lines: &[&'a str], spans: &[(usize, usize)], (first, last): (usize, usize)) -> Vec<&'a str> {
    let inside = |at: usize| {
        let holds = |&&(a, b): &&(usize, usize)| (a, b) != (first, last) && first <= a && b <= last;
        spans.iter().filter(holds).any(|&(a, b)| (a..=b).contains(&at))
    };
    (first..=last).filter(|&at| !inside(at)).map(|at| lines[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::Instructions;

    const TEXT: &str = "
BB0:
\ts_mov_b32 s0, 0                ; be800080
BB1:
\tv_mul_f32_e32 v1, v2, v3       ; 10020702
BB2:
BB9:
\tds_read_b128 v[0:3], v9        ; d9fc0000
\ts_cbranch_scc1 BB9             ; bfa2fffe
\tbuffer_load_b128 v[4:7], off   ; e05c0000
\tv_dual_fmac_f32 v0, v1, v2 :: v_dual_fmac_f32 v3, v4, v5 ; c8000501
\tv_fma_f32 v0, v1, v2, v3       ; d6130000
\ts_waitcnt vmcnt(0)             ; bf890000
\ts_cbranch_scc1 BB2             ; bfa2ffff
\ts_cbranch_scc0 BB1             ; bfa1ffff
BB3:
\ts_endpgm                       ; bfb00000
";

    #[test]
    fn the_hot_loop_is_counted_with_loops_inside_and_pairs_as_two() {
        let found = Instructions::read(TEXT).unwrap();
        let hot = found.hot_loop.unwrap();
        assert_eq!((hot.arithmetic, hot.instructions, hot.share()), (3, 8, 0.375));
        assert_eq!((hot.counts["buffer_load_b128"], hot.counts["ds_read_b128"]), (1, 1));
        assert_eq!(found.counts["v_dual_fmac_f32"], 2);
        assert_eq!(found.counts.values().sum::<u32>(), 12);
    }

    #[test]
    fn without_a_loop_or_without_amds_assembly_nothing_is_made_up() {
        let straight = Instructions::read("\tv_fma_f32 v0, v1, v2, v3\n\ts_endpgm\n").unwrap();
        assert_eq!(straight.hot_loop, None);
        assert_eq!(Instructions::read("mov(8) g1<1>F g2<8,8,1>F { align1 };"), None);
    }
}
