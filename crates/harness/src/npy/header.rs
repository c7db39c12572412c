//! The header of an npy file: a Python dictionary of three entries. In: the file's bytes. Out: type, order and shape, and the
//! bytes behind it. One pass without recursion, so that no header takes longer than its length.
//!
//! Format: numpy's `numpy.lib.format`, versions 1.0 (length in 16 bits), 2.0 (in 32) and 3.0 (UTF-8).

use joulemark_base::plain_text::plain;
use joulemark_kernels::Element;

/// Whether the last or the first index runs fastest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Order {
    C,
    Fortran,
}

/// What a header says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) element: Element,
    pub(super) is_big_endian: bool,
    pub(super) order: Order,
    pub(super) shape: Vec<u32>,
}

/// A value of the dictionary.
enum Value {
    Text(String),
    /// A name or a number as it stands.
    Word(String),
    /// What stands between brackets, nested ones included, as it stands.
    Group(String),
}

const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header that is read: those of plain numbers have about a hundred bytes.
pub(super) const LONGEST: u64 = 1 << 20;

impl Header {
    /// Reads the header and splits the data off.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, &[u8]), String> {
        if bytes.is_empty() {
            return Err("the file is empty".into());
        }
        if !bytes.starts_with(MAGIC) {
            return Err("this is not an npy file: it does not begin with \\x93NUMPY".into());
        }
        let truncated = || "the file is truncated inside its header".to_string();
        let [major, minor] = *bytes[MAGIC.len()..].first_chunk().ok_or_else(truncated)?;
        let rest = &bytes[MAGIC.len() + 2..];
        let (length, rest) = match major {
            1 => {
                let (length, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
                (usize::from(u16::from_le_bytes(*length)), rest)
            }
            2 | 3 => {
                let (length, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
                (u32::from_le_bytes(*length) as usize, rest)
            }
            _ => {
                return Err(format!(
                    "it is of npy version {major}.{minor}, and 1.0 to 3.0 can be read: save it again with numpy.save('out.npy', array)"
                ));
            }
        };
        if length as u64 > LONGEST {
            return Err(format!(
                "its header of {length} bytes is longer than that of plain numbers: save it again with numpy.save('out.npy', array)"
            ));
        }
        let (header, data) = rest.split_at_checked(length).ok_or_else(truncated)?;
        Ok((Self::parse(&String::from_utf8_lossy(header))?, data))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let senseless =
            |why: String| format!("its header makes no sense: {why}; save it again with numpy.save('out.npy', array)");
        let [mut descr, mut order, mut shape] = [const { None }; 3];
        for (key, value) in entries(text).map_err(senseless)? {
            match key.as_str() {
                "descr" => descr = Some(value),
                "fortran_order" => order = Some(value),
                "shape" => shape = Some(value),
                _ => return Err(senseless(format!("there is no key `{}`", shortened(&key)))),
            }
        }
        let missing = |key: &str| senseless(format!("it has no `{key}`"));
        let (element, is_big_endian) = element(descr.ok_or_else(|| missing("descr"))?)?;
        let order = match order.ok_or_else(|| missing("fortran_order"))? {
            Value::Word(word) if matches!(word.as_str(), "False" | "0") => Order::C,
            Value::Word(word) if matches!(word.as_str(), "True" | "1") => Order::Fortran,
            other => {
                return Err(senseless(format!(
                    "fortran_order is {}, not True or False",
                    other.told()
                )));
            }
        };
        let Value::Group(sizes) = shape.ok_or_else(|| missing("shape"))? else {
            return Err(senseless("its shape is not a tuple".into()));
        };
        Ok(Self {
            element,
            is_big_endian,
            order,
            shape: dimensions(&sizes).map_err(senseless)?,
        })
    }
}

/// The entries of a dictionary, in its order.
fn entries(text: &str) -> Result<Vec<(String, Value)>, String> {
    let blank = |c: char| c.is_whitespace() || c == '\0';
    let text = text.trim_matches(blank);
    let mut rest = text
        .strip_prefix('{')
        .ok_or_else(|| format!("it does not begin with a brace but with `{}`", shortened(text)))?;
    let mut entries = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix('}') {
            return match behind.trim_matches(blank) {
                "" => Ok(entries),
                more => Err(format!("`{}` follows its closing brace", shortened(more))),
            };
        }
        let (Value::Text(key), behind) = value(rest)? else {
            return Err(format!("`{}` is no key in quotes", shortened(rest)));
        };
        let behind = behind.trim_start();
        let behind = behind
            .strip_prefix(':')
            .ok_or_else(|| format!("no colon follows the key `{}`", shortened(&key)))?;
        if entries.len() == 3 || entries.iter().any(|(other, _)| *other == key) {
            return Err(format!("the key `{}` is one too many", shortened(&key)));
        }
        let (value, behind) = value(behind.trim_start())?;
        entries.push((key, value));
        let behind = behind.trim_start();
        rest = match behind.strip_prefix(',') {
            Some(next) => next,
            None if behind.starts_with('}') => behind,
            None => return Err(format!("no comma stands before `{}`", shortened(behind))),
        };
    }
}

/// A value at the beginning of a text, and what follows it.
fn value(text: &str) -> Result<(Value, &str), String> {
    // Python 2's unicode and Python 3's bytes.
    let unprefixed = text.trim_start_matches(['u', 'b', 'U', 'B']);
    let first = unprefixed.chars().next().unwrap_or_default();
    if matches!(first, '\'' | '"') && text.len() - unprefixed.len() <= 1 {
        let inner = &unprefixed[1..];
        let end = inner
            .find(first)
            .ok_or_else(|| format!("a quote is not closed: `{}`", shortened(text)))?;
        return Ok((Value::Text(inner[..end].into()), &inner[end + 1..]));
    }
    if text.starts_with(['(', '[', '{']) {
        let mut open = 0_usize;
        let mut quote = None;
        for (at, c) in text.char_indices() {
            match (quote, c) {
                (Some(end), c) if end == c => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(c),
                (None, '(' | '[' | '{') => open += 1,
                (None, ')' | ']' | '}') => open -= 1,
                _ => {}
            }
            if open == 0 {
                return Ok((Value::Group(text[..=at].into()), &text[at + 1..]));
            }
        }
        return Err(format!("a bracket is not closed: `{}`", shortened(text)));
    }
    let end = text
        .find(|c: char| c == ',' || c == '}' || c == ':' || c.is_whitespace())
        .unwrap_or(text.len());
    match &text[..end] {
        "" => Err(format!("a value is missing before `{}`", shortened(text))),
        word => Ok((Value::Word(word.into()), &text[end..])),
    }
}

impl Value {
    fn told(&self) -> String {
        let (Self::Text(text) | Self::Word(text) | Self::Group(text)) = self;
        format!("`{}`", shortened(text))
    }
}

/// The beginning of a text, for messages.
fn shortened(text: &str) -> String {
    const MOST: usize = 24;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => plain(&text[..end]) + "…",
        None => plain(text),
    }
}

/// The sizes in `(2, 3L)` or `[2, 3]`.
fn dimensions(group: &str) -> Result<Vec<u32>, String> {
    let inner = &group[1..group.len() - 1];
    let mut sizes: Vec<&str> = inner.split(',').map(str::trim).collect();
    if sizes.last() == Some(&"") {
        sizes.pop();
    }
    sizes
        .into_iter()
        .map(|size| {
            let digits = size.trim_end_matches(['l', 'L']);
            match digits.parse::<u128>() {
                Ok(number) => u32::try_from(number)
                    .map_err(|_| format!("a dimension of shape {} is over 2^32 - 1", shortened(group))),
                Err(_) => Err(format!("`{}` is no dimension of its shape", shortened(size))),
            }
        })
        .collect()
}

/// The type of the numbers, and whether their most significant byte comes first.
fn element(descr: Value) -> Result<(Element, bool), String> {
    let descr = match descr {
        Value::Text(text) => text,
        Value::Word(word) => return Err(format!("its dtype `{}` is no text in quotes", shortened(&word))),
        Value::Group(group) if !group.starts_with('[') => {
            return Err(format!(
                "its header makes no sense: its dtype is `{}`",
                shortened(&group)
            ));
        }
        Value::Group(_) => {
            return Err(
                "it holds records, not plain numbers: save one field, as numpy.save('out.npy', array['x'])".into(),
            );
        }
    };
    let name = descr.trim_start_matches(['<', '>', '=', '|']);
    let element = match name {
        "f4" | "f" | "float32" => Element::F32,
        "f2" | "e" | "float16" => Element::F16,
        "i1" | "b" | "int8" => Element::I8,
        "i4" | "i" | "int32" => Element::I32,
        _ => {
            let told = format!("'{}'", shortened(&descr));
            return Err(match name.chars().next() {
                Some('O') => {
                    "it holds Python objects, not numbers: save numpy.array(array.tolist(), dtype='<f4')".into()
                }
                Some('c' | 'F' | 'D' | 'G') => reads(&told, ".real.astype('<f4')"),
                Some('u' | 'b' | 'i' | '?' | 'B' | 'h' | 'H' | 'I' | 'l' | 'L' | 'q' | 'Q') => {
                    reads(&told, ".astype('|i1'), or .astype('<f4'),")
                }
                Some('U' | 'S' | 'a') => format!(
                    "it holds text (dtype {told}), not numbers: convert it, as numpy.save('out.npy', array.astype('<f4'))"
                ),
                _ => reads(&told, ".astype('<f4')"),
            });
        }
    };
    Ok((element, descr.starts_with('>') && element.bytes() > 1))
}

fn reads(dtype: &str, convert: &str) -> String {
    format!(
        "its dtype is {dtype}: kernels read f32 ('<f4'), f16 ('<f2') and i8 ('|i1'), so save array{convert} with numpy.save"
    )
}

/// The header of a file of version 1.0 with these numbers, padded so that the data begin at a multiple of 64.
pub(super) fn bytes(element: Element, shape: &[u32]) -> Vec<u8> {
    let descr = match element {
        Element::F32 => "<f4",
        Element::F16 => "<f2",
        Element::I8 => "|i1",
        Element::I32 => "<i4",
    };
    let mut text = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': {}, }}",
        super::text(shape)
    );
    let begin = MAGIC.len() + 4;
    let length = (begin + text.len() + 1).next_multiple_of(64) - begin;
    text.extend(std::iter::repeat_n(' ', length - text.len() - 1));
    text.push('\n');
    [MAGIC, &[1, 0], &(length as u16).to_le_bytes(), text.as_bytes()].concat()
}
