//! Splits one CSV line into fields (RFC 4180 quoting). A field must end on its own line: rows are lines here, so that
//! a file can be cut, split and counted by its line feeds. In: a line. Out: its fields.

/// The fields of one line, one after the other with a byte between them, and where each ends.
#[derive(Debug, Default)]
pub(crate) struct Line {
    text: String,
    ends: Vec<usize>,
}

impl Line {
    /// Splits `line`, which has no line feed any more, at `separator`, which is ASCII. The old fields are gone.
    pub(crate) fn split(&mut self, line: &str, separator: char) -> Result<(), &'static str> {
        self.text.clear();
        self.ends.clear();
        if line.contains('"') {
            return self.split_quoted(line, separator);
        }
        self.text.push_str(line);
        self.ends.extend(
            line.bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == separator as u8)
                .map(|(index, _)| index),
        );
        self.ends.push(line.len());
        Ok(())
    }

    fn split_quoted(&mut self, line: &str, separator: char) -> Result<(), &'static str> {
        let mut rest = line;
        loop {
            if let Some(quoted) = rest.strip_prefix('"') {
                rest = self.unquote(quoted)?;
            } else {
                let end = rest.find(separator).unwrap_or(rest.len());
                if rest[..end].contains('"') {
                    return Err("a quotation mark in the middle of a field; quote the whole field and double the mark");
                }
                self.text.push_str(&rest[..end]);
                rest = &rest[end..];
            }
            self.ends.push(self.text.len());
            match rest.strip_prefix(separator) {
                Some(next) => rest = next,
                None if rest.is_empty() => return Ok(()),
                None => return Err("text after a closing quotation mark; put a separator between fields"),
            }
            self.text.push(separator);
        }
    }

    /// Takes in a field whose opening mark is gone and returns what follows its closing mark.
    fn unquote<'a>(&mut self, mut rest: &'a str) -> Result<&'a str, &'static str> {
        loop {
            let mark = rest
                .find('"')
                .ok_or("a quoted field that does not end on its line; remove the line break")?;
            self.text.push_str(&rest[..mark]);
            rest = &rest[mark + 1..];
            match rest.strip_prefix('"') {
                Some(more) => {
                    self.text.push('"');
                    rest = more;
                }
                None => return Ok(rest),
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] + 1 };
        &self.text[start..self.ends[index]]
    }

    /// Writes a decimal comma as a point: `0,5` as `0.5`. A text with more than one comma, or a point too, stays.
    pub(crate) fn point_for_comma(&mut self, index: usize) {
        let field = self.get(index);
        if let Some(comma) = field
            .find(',')
            .filter(|comma| !field.contains('.') && !field[comma + 1..].contains(','))
        {
            let at = self.ends[index] - field.len() + comma;
            self.text.replace_range(at..=at, ".");
        }
    }

    pub(crate) fn whole(&self) -> &str {
        &self.text
    }
}
