//! What runs: problems, algorithms, WGSL, counts and the CPU reference.
