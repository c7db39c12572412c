//! The command joulemark: doctor, list, show, verify, run, exec, analyze.

fn main() {}
