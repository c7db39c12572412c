//! cargo xtask bench|test|setup: what a fresh machine needs, then the work.

fn main() {}
