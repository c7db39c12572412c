//! WGSL composition: a typed prelude, then shared fragments, then the kernel's own file. Deterministic text.

mod cooperative_tile;
mod prelude;
mod register_tile;
mod warp_tile;

pub(crate) use cooperative_tile::CooperativeTile;
pub use prelude::Prelude;
pub(crate) use register_tile::{RegisterTile, clamp};
pub(crate) use warp_tile::{Guard, WarpTile};

/// The text of a file under `shaders/`.
macro_rules! shader {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shaders/", $path))
    };
}
pub(crate) use shader;

/// Joins a prelude and fragments, one blank line between them.
pub(crate) fn compose(prelude: &Prelude, fragments: &[&str]) -> String {
    let mut text = prelude.text();
    for fragment in fragments {
        text.push('\n');
        text.push_str(fragment);
    }
    text
}
