//! Paths in a JSON document. In: a document and a path as `benchmarks.*.states.*`, or a field of a record as
//! `summaries[tag=nv/cold/time/gpu/mean].data[name=value].value`. Out: records with their own paths, or a value.

use serde_json::Value as Json;

use crate::value::Value;

/// One record, and the records that it lies in.
pub(crate) struct JsonRecord<'a> {
    /// The record last, what holds it before it.
    pub(crate) chain: Vec<&'a Json>,
    /// Its path.
    pub(crate) path: String,
    /// The last key or number of its path.
    pub(crate) key: String,
}

/// All records below the document at a path; `*` stands for every element.
pub(crate) fn records<'a>(document: &'a Json, path: &str) -> Result<Vec<JsonRecord<'a>>, String> {
    let root = JsonRecord {
        chain: vec![document],
        path: String::new(),
        key: String::new(),
    };
    // Each record so far, and where in it the path has come to.
    let mut found = vec![(root, document)];
    for step in steps(path) {
        let mut next = Vec::new();
        for (record, here) in found {
            let place = record.path.clone();
            if step != "*" {
                let inner = walk(here, step).ok_or_else(|| format!("`{path}`: there is no `{step}` at `{place}`"))?;
                let path = join(&place, step);
                next.push((JsonRecord { path, ..record }, inner));
                continue;
            }
            let elements: Vec<(String, &Json)> = match here {
                Json::Array(items) => items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| (index.to_string(), item))
                    .collect(),
                Json::Object(entries) => entries.iter().map(|(key, item)| (key.clone(), item)).collect(),
                _ => return Err(format!("`{path}`: `{place}` is neither a list nor an object")),
            };
            for (key, item) in elements {
                let mut chain = record.chain.clone();
                chain.push(item);
                let path = join(&place, &key);
                next.push((JsonRecord { chain, path, key }, item));
            }
        }
        found = next;
    }
    let whole = |(mut record, here): (JsonRecord<'a>, &'a Json)| {
        if !record.chain.last().is_some_and(|last| std::ptr::eq(*last, here)) {
            record.chain.push(here);
        }
        record
    };
    Ok(found.into_iter().map(whole).collect())
}

impl JsonRecord<'_> {
    /// A field of the record; `^.` begins in what holds it, `$key` is its own key or number. `None` if it is not there.
    pub(crate) fn field(&self, name: &str) -> Option<Value> {
        if name == "$key" {
            return Some(Value::of_text(&self.key));
        }
        let ups = name.chars().take_while(|c| *c == '^').count();
        let here = self.chain.get(self.chain.len().checked_sub(1 + ups)?)?;
        let path = name[ups..]
            .trim_start_matches('.')
            .replace("[$key]", &format!(".{}", self.key));
        if path.is_empty() || path == "$value" {
            return Some(value(here));
        }
        let mut here = *here;
        for step in steps(&path) {
            here = walk(here, step)?;
        }
        Some(value(here))
    }
}

/// The steps of a path: parted by points, but for those in brackets.
fn steps(path: &str) -> Vec<&str> {
    let (mut steps, mut begin, mut depth) = (Vec::new(), 0, 0_u32);
    for (at, c) in path.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                steps.push(&path[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    steps.push(&path[begin..]);
    steps.retain(|step| !step.is_empty());
    steps
}

/// One step: a key, a number in a list, and then selectors as `[name=value]`, the first element with such an entry.
fn walk<'a>(here: &'a Json, step: &str) -> Option<&'a Json> {
    let (name, mut selectors) = step.split_at(step.find('[').unwrap_or(step.len()));
    let mut here = match here {
        Json::Array(items) => items.get(name.parse::<usize>().ok()?)?,
        other => other.get(name)?,
    };
    while let Some(selector) = selectors.strip_prefix('[') {
        let (inner, rest) = selector.split_once(']')?;
        let (key, wanted) = inner.split_once('=')?;
        let is = |item: &&Json| match item.get(key) {
            Some(Json::String(text)) => text == wanted,
            Some(Json::Number(number)) => number.to_string() == wanted,
            _ => false,
        };
        here = here.as_array()?.iter().find(is)?;
        selectors = rest;
    }
    Some(here)
}

fn join(path: &str, step: &str) -> String {
    match path.is_empty() {
        true => step.to_owned(),
        false => format!("{path}.{step}"),
    }
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Missing,
        // Settings by name, as one word.
        Json::Object(entries) => {
            let text = |json: &Json| json.as_str().map_or_else(|| json.to_string(), str::to_owned);
            let pairs: Vec<_> = entries
                .iter()
                .map(|(key, value)| format!("{key}={}", text(value)))
                .collect();
            Value::of_text(&pairs.join(";"))
        }
        Json::Bool(holds) => Value::Number(f64::from(u8::from(*holds))),
        Json::Number(number) => number.as_f64().map_or(Value::Missing, Value::Number),
        Json::String(text) => Value::of_text(text),
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
    }
}
