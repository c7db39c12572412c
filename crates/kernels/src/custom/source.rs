//! A shader that is not ours: a file, an entry point, the numbers of workgroups. Its constants are set in its own text, so that
//! naga sees what the device gets and every line keeps its number.

use super::evaluate;
use crate::interface::ShaderError;

/// A WGSL file and how it is dispatched.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file, for messages.
    pub path: String,
    /// Its text.
    pub wgsl: String,
    /// The entry point.
    pub entry: &'static str,
    /// Workgroups per axis: numbers, or expressions of the constants.
    pub workgroups: [String; 3],
}

/// What is wrong with a source, as `path:line:column: why`.
pub type Fault = String;

impl Source {
    /// A place in the file and what is wrong there.
    pub fn fault(&self, error: &ShaderError) -> Fault {
        match error.at {
            Some([line, column]) => format!("{}:{line}:{column}: {}", self.path, error.why),
            None => format!("{}: {}", self.path, error.why),
        }
    }

    /// The text with these constants in place of its own `const` and `override` of the same names; those that it does not
    /// declare stand behind the last line. An `override` without a value here becomes a `const` too.
    pub fn with(&self, constants: &[(&'static str, u32)]) -> String {
        let mut text = String::new();
        let mut declared = Vec::new();
        for line in self.wgsl.split_inclusive('\n') {
            match Declaration::find(line) {
                Some(found) => {
                    let constant = constants.iter().find(|(name, _)| *name == found.name);
                    declared.push(found.name);
                    text += &found.set(line, constant.map(|(_, value)| *value));
                }
                None => text += line,
            }
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        for (name, value) in constants.iter().filter(|(name, _)| !declared.contains(name)) {
            text += &format!("const {name} = {value};\n");
        }
        text
    }

    /// Workgroups per axis with these constants and those that the file declares.
    ///
    /// # Errors
    /// An expression that is not sound, or gives more than 32 bits or none.
    pub fn workgroups(&self, constants: &[(&'static str, u32)]) -> Result<[u32; 3], String> {
        let text = self.with(constants);
        let mut known: Vec<(&str, u64)> = Vec::new();
        for declaration in text.lines().filter_map(Declaration::find) {
            let value = declaration.value.unwrap_or_default();
            let of = |name: &str| known.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
            // What is no whole number is of no use here.
            if let Ok(value) = evaluate(value, &of) {
                known.push((declaration.name, value));
            }
        }
        let lookup = |name: &str| known.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
        let mut grid = [0; 3];
        for (groups, expression) in grid.iter_mut().zip(&self.workgroups) {
            let value = evaluate(expression, &lookup)?;
            *groups = u32::try_from(value)
                .ok()
                .filter(|groups| *groups > 0)
                .ok_or_else(|| format!("`{expression}` is {value} workgroups: it must be 1 to 2^32 - 1"))?;
        }
        Ok(grid)
    }
}

/// `const NAME: type = value;` or `override NAME: type = value;` at the beginning of a line.
struct Declaration<'a> {
    name: &'a str,
    /// Where the declaration begins and its `;` stands.
    span: [usize; 2],
    /// `: type` if there is one.
    ty: &'a str,
    value: Option<&'a str>,
    is_override: bool,
}

impl<'a> Declaration<'a> {
    fn find(line: &'a str) -> Option<Self> {
        let code = line.split("//").next()?;
        let begin = code.len() - code.trim_start().len();
        let mut rest = code.trim_start();
        // `@id(3) override`: numbers mean nothing once the constant is set.
        if rest.starts_with("@id") {
            rest = rest[rest.find(')')? + 1..].trim_start();
        }
        let (is_override, rest) = match rest.strip_prefix("override") {
            Some(rest) => (true, rest),
            None => (false, rest.strip_prefix("const")?),
        };
        if !rest.starts_with(char::is_whitespace) {
            return None;
        }
        let end = code.find(';')?;
        let body = &rest[..rest.find(';')?];
        let (left, value) = match body.split_once('=') {
            Some((left, value)) => (left, Some(value.trim())),
            None => (body, None),
        };
        let (name, ty) = match left.find(':') {
            Some(colon) => (left[..colon].trim(), left[colon..].trim()),
            None => (left.trim(), ""),
        };
        Some(Self {
            name,
            span: [begin, end],
            ty,
            value,
            is_override,
        })
    }

    fn set(&self, line: &str, value: Option<u32>) -> String {
        let value = value.map(|value| value.to_string());
        let value = match (value.as_deref(), self.value) {
            (Some(value), _) => value,
            (None, Some(value)) if self.is_override => value,
            _ => return line.to_string(),
        };
        let [begin, end] = self.span;
        format!(
            "{}const {}{} = {value}{}",
            &line[..begin],
            self.name,
            self.ty,
            &line[end..]
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    fn source(wgsl: &str) -> Source {
        Source {
            path: "mine.wgsl".into(),
            wgsl: wgsl.into(),
            entry: "main",
            workgroups: ["ceil_div(N, TILE)".into(), "1".into(), "ROWS".into()],
        }
    }

    #[test]
    fn constants_are_set_where_they_stand_and_no_line_moves() {
        let text = "enable f16;\n// const TILE = 3;\n@id(1) override TILE: u32 = 16; // tile\n  const N = 100u;\noverride FREE = 2u;\n\
                    const constant = 5;\nconst ROWS: u32 = 3u;";
        let set = source(text).with(&[("TILE", 8), ("N", 64), ("MORE", 7)]);
        assert_eq!(
            set,
            "enable f16;\n// const TILE = 3;\nconst TILE: u32 = 8; // tile\n  const N = 64;\nconst FREE = 2u;\n\
             const constant = 5;\nconst ROWS: u32 = 3u;\nconst MORE = 7;\n"
        );
    }

    #[test]
    fn workgroups_follow_constants_of_the_suite_and_of_the_file() {
        let source =
            source("const ROWS = 6u / 2u;\nconst N: u32 = 100u;\nconst HALF = 0.5;\noverride TILE: u32 = 16u;\n");
        assert_eq!(source.workgroups(&[("TILE", 8)]), Ok([13, 1, 3]));
        assert_eq!(source.workgroups(&[("N", 10)]), Ok([1, 1, 3]));
        assert!(source.workgroups(&[("N", 0)]).unwrap_err().contains("0 workgroups"));
    }
}
