//! What is written of a row that holds something odd. In: a row. Out: the same row, each value that its column does not
//! allow left empty with a word in `reason`, and texts that no spreadsheet and no terminal obeys. Only the file system
//! may end a run; a sensor that says 101% may not.

use std::path::Path;

use joulemark_base::plain_text::{is_plain, plain};
use joulemark_base::quality::Quality;

use crate::column::{COLUMNS, Kind};
use crate::energy::Energy;
use crate::error::Error;
use crate::row::Row;
use crate::run_folder::SAMPLES_FILE;

impl Row {
    /// The row as it can be written: see the module.
    ///
    /// # Errors
    /// An empty `case_id` or `run_id`: that is no row.
    pub fn settled(mut self) -> Result<Self, Error> {
        let mut fields = self.fields()?;
        if COLUMNS
            .iter()
            .zip(&fields)
            .all(|(column, text)| is_settled(column.kind, text))
        {
            return Ok(self);
        }
        let mut odd = Vec::new();
        for (column, text) in COLUMNS.iter().zip(&mut fields) {
            if is_settled(column.kind, text) {
                continue;
            }
            if column.kind.is_number() {
                odd.push(format!(
                    "{} was {text}, which is not {}: left empty",
                    column.name,
                    column.kind.expected()
                ));
                text.clear();
            } else {
                *text = harmless(text);
            }
            if !column.kind.fits(text) {
                return Err(Error::BadRow {
                    case_id: self.case_id,
                    column: column.name,
                    value: text.clone(),
                    expected: column.kind.expected(),
                });
            }
        }
        let record: csv::StringRecord = fields.into_iter().collect();
        self = record
            .deserialize(None)
            .map_err(|e| Error::io("format a row for", Path::new(SAMPLES_FILE), e.into()))?;
        for energy in [&mut self.device, &mut self.host] {
            withdraw(energy);
        }
        for note in odd {
            if !self.reason.is_empty() {
                self.reason += "; ";
            }
            self.reason += &note;
        }
        Ok(self)
    }

    /// The texts of the row's fields, in the order of the columns.
    fn fields(&self) -> Result<Vec<String>, Error> {
        let failed = |e| Error::io("format a row for", Path::new(SAMPLES_FILE), e);
        let mut text = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        text.serialize(self).map_err(|e| failed(e.into()))?;
        let line = text.into_inner().map_err(|e| failed(e.into_error()))?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(line.as_slice());
        let mut record = csv::StringRecord::new();
        reader.read_record(&mut record).map_err(|e| failed(e.into()))?;
        Ok(record.iter().map(str::to_owned).collect())
    }
}

fn is_settled(kind: Kind, text: &str) -> bool {
    kind.fits(text) && !(matches!(kind, Kind::Text | Kind::Key) && begins_a_formula(text))
}

/// A spreadsheet computes a cell that begins like this.
fn begins_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '@'])
}

/// Control characters written out, line breaks as spaces, a formula as text.
fn harmless(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let text = if is_plain(&text) { text } else { plain(&text) };
    if begins_a_formula(&text) {
        format!("'{text}")
    } else {
        text
    }
}

/// Where the joules were odd, nothing that follows from them is left.
fn withdraw(energy: &mut Energy) {
    let has_joules = !matches!(energy.quality, None | Some(Quality::Unavailable | Quality::Invalid));
    if energy.energy_j.is_none() && has_joules {
        energy.quality = Some(Quality::Invalid);
        (energy.u_j, energy.active_j) = (None, None);
        energy.reason = "the source gave a number that cannot be".into();
    }
}
