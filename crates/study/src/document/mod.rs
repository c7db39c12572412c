//! What is told of results, apart from where it is told: sections of words, tables and figures. In: built once per subject by
//! `sections`. Out: data that two back ends write, [`terminal`] and [`page`].

pub mod markdown;
pub mod page;
pub mod table;
pub mod terminal;
pub mod words;

use crate::figures::Figure;
use table::Table;
use words::Words;

/// Sections in the order of reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// One line; a terminal does not need it.
    pub title: Words,
    /// Whether simulated energy is among it: both back ends then begin with saying so.
    pub simulated: bool,
    /// The sections.
    pub sections: Vec<Section>,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What a link to it is called: one word.
    pub name: &'static str,
    /// Its heading; empty where it needs none.
    pub title: Words,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading inside the section.
    Heading(Words),
    /// What matters most, and a sentence beside it.
    Verdict([Words; 2]),
    /// A paragraph.
    Text(Words),
    /// A paragraph in passing.
    Note(Words),
    /// Lines of a list.
    List(Vec<Words>),
    /// Names or numbers, each with what is to be said about it.
    Pairs(Vec<[Words; 2]>),
    /// A table.
    Table(Table),
    /// A figure; a terminal leaves it out.
    Figure(Figure),
}

impl Section {
    /// A section without blocks yet.
    #[must_use]
    pub fn new(name: &'static str, title: impl Into<Words>) -> Self {
        Self {
            name,
            title: title.into(),
            blocks: Vec::new(),
        }
    }

    /// Adds a heading.
    pub fn heading(&mut self, words: impl Into<Words>) {
        self.blocks.push(Block::Heading(words.into()));
    }

    /// Adds a paragraph.
    pub fn text(&mut self, words: impl Into<Words>) {
        self.blocks.push(Block::Text(words.into()));
    }

    /// Adds a paragraph in passing.
    pub fn note(&mut self, words: impl Into<Words>) {
        self.blocks.push(Block::Note(words.into()));
    }

    /// Adds a list.
    pub fn list(&mut self, lines: impl IntoIterator<Item = String>) {
        self.blocks
            .push(Block::List(lines.into_iter().map(Words::from).collect()));
    }

    /// Adds pairs, unless there are none.
    pub fn pairs(&mut self, pairs: Vec<[Words; 2]>) {
        if !pairs.is_empty() {
            self.blocks.push(Block::Pairs(pairs));
        }
    }

    /// Adds a table, unless it has no row.
    pub fn table(&mut self, table: Table) {
        if !table.rows.is_empty() {
            self.blocks.push(Block::Table(table));
        }
    }
}
