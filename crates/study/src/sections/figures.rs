//! The figures. In: findings. Out: a section; those that cannot be drawn are named in one line, with the reasons.

use crate::document::{Block, Section};
use crate::figures::draw;
use crate::findings::Findings;

pub(super) fn figures(findings: &Findings) -> Option<Section> {
    let mut section = Section::new("figures", "Figures");
    let mut missing = Vec::new();
    for slot in draw(findings) {
        match slot.figure {
            Ok(figure) => section.blocks.push(Block::Figure(figure)),
            Err(reason) => missing.push(format!("{} ({reason})", slot.name.replace('_', " "))),
        }
    }
    if !missing.is_empty() {
        section.note(format!("Not drawn: {}.", missing.join("; ")));
    }
    Some(section)
}
