//! What it costs: energy sources, sampler, timeline, uncertainty.
