//! Where it runs: adapters, buffers, pipelines, dispatch and timestamps.
