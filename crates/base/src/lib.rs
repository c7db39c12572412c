//! The ground: words that several floors share, each once.
//!
//! In: plain numbers and texts. Out: [`quality::Quality`], [`tick::Tick`], [`estimate::Estimate`] and the
//! like, small statistics, and numbers as people read them. It knows no sensor, no kernel, no file format.

pub mod atomic_file;
pub mod device_class;
pub mod domain;
pub mod duration;
pub mod estimate;
pub mod nearest;
pub mod objective;
pub mod plain_file;
pub mod plain_text;
pub mod quality;
pub mod role;
pub mod si;
pub mod source_kind;
pub mod statistics;
pub mod tick;
pub mod timestamp;
pub mod unit;
pub mod words;
