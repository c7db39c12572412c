//! The result: row, manifest, writer that loses nothing, strict reader.
