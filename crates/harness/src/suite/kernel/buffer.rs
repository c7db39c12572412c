//! The buffers of a kernel of one's own: element, shape, and what they hold at first. In: tables. Out: buffers.

use joulemark_kernels::custom::{Content, CustomBuffer, element};
use joulemark_kernels::{Distribution, Element, Tensor};
use toml::de::{DeTable, DeValue};

use super::{Reader, leak};
use crate::error::Error;
use crate::npy::{self, Array};
use crate::suite::document::Value;

const KEYS: [&str; 6] = ["name", "element", "shape", "input", "values", "written"];

impl Reader<'_> {
    pub(super) fn buffers(&self, value_of: &dyn Fn(&str) -> Option<u64>) -> Result<Vec<CustomBuffer>, Error> {
        let value = self.required("buffers")?;
        let buffers = self.document.list(value, |value| match value.get_ref() {
            DeValue::Table(table) => self.buffer(value, table, value_of),
            _ => Err(self.wrong(value, "a buffer is a table: write [[kernel.buffers]] before it")),
        })?;
        if buffers.iter().filter(|buffer| buffer.is_output).count() > 1 {
            return Err(self.wrong(value, "several buffers are `written`: name the one that is compared; others that the shader writes need no word"));
        }
        Ok(buffers)
    }

    fn buffer(
        &self,
        whole: Value,
        table: &DeTable,
        value_of: &dyn Fn(&str) -> Option<u64>,
    ) -> Result<CustomBuffer, Error> {
        self.document.known(table, &KEYS)?;
        let missing = |key: &str| self.wrong(whole, format!("this buffer has no `{key}`"));
        let named = table.get("element").ok_or_else(|| missing("element"))?;
        let word = self.document.string(named)?;
        let (element, is_unsigned) = element(word).ok_or_else(|| {
            self.wrong(
                named,
                format!("there is no element `{word}`: use f32, f16, i8, i32 or u32"),
            )
        })?;
        let is_output = table.get("written").map_or(Ok(false), |value| self.boolean(value))?;
        let shape = |value: Value| {
            let size = self.number(value, value_of)?;
            u32::try_from(size)
                .ok()
                .filter(|size| *size > 0)
                .ok_or_else(|| self.wrong(value, format!("a dimension of {size}: it must be 1 to 2^32 - 1")))
        };
        let shape = table
            .get("shape")
            .map(|value| self.document.list(value, shape))
            .transpose()?;
        let (shape, content) = match (table.get("input"), table.get("values")) {
            (Some(value), Some(_)) => return Err(self.wrong(value, "a buffer has an `input` or `values`, not both")),
            (Some(value), None) if self.document.string(value)?.ends_with(".npy") => {
                let Array { shape: found, data } = self.array(value)?;
                if data.element() != element || shape.as_ref().is_some_and(|shape| *shape != found) {
                    let wanted = shape.map_or_else(String::new, |shape| format!(" of shape {}", npy::text(&shape)));
                    let why = format!(
                        "it holds {} of shape {}, and the buffer is {}{wanted}",
                        data.element().as_str(),
                        npy::text(&found),
                        element.as_str()
                    );
                    return Err(self.wrong(value, why));
                }
                (found, Content::Tensor(data))
            }
            (Some(value), None) => {
                let distribution: Result<Distribution, String> = self.document.string(value)?.parse();
                let distribution =
                    distribution.map_err(|why| self.wrong(value, format!("{why}, or a file NAME.npy")))?;
                (
                    shape.ok_or_else(|| missing("shape"))?,
                    Content::Distribution(distribution),
                )
            }
            (None, Some(value)) => {
                let values = self.document.list(value, |value| self.literal(value, value_of))?;
                let count = values.len() as u32;
                (shape.unwrap_or(vec![count]), Content::Tensor(tensor(element, &values)))
            }
            (None, None) => (shape.ok_or_else(|| missing("shape"))?, Content::Nothing),
        };
        let count = shape.iter().try_fold(1_u32, |count, size| count.checked_mul(*size));
        match (count, &content) {
            (None, _) => Err(self.wrong(whole, "this buffer has more than 2^32 - 1 numbers")),
            (Some(count), Content::Tensor(data)) if data.len() != count as usize => Err(self.wrong(
                whole,
                format!("{} values do not fill the shape {}", data.len(), npy::text(&shape)),
            )),
            _ => Ok(CustomBuffer {
                label: leak(match table.get("name") {
                    Some(value) => self.document.string(value)?.to_string(),
                    None => String::new(),
                }),
                element,
                is_unsigned,
                shape,
                content,
                is_output,
            }),
        }
    }

    /// A number of `values`: written out, or an expression of constants.
    pub(super) fn literal(&self, value: Value, value_of: &dyn Fn(&str) -> Option<u64>) -> Result<f64, Error> {
        let number = match value.get_ref() {
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .ok()
                .map(|n| n as f64),
            DeValue::String(_) => Some(self.number(value, value_of)? as f64),
            _ => None,
        };
        number.ok_or_else(|| self.wrong(value, "here must be a number"))
    }

    pub(super) fn array(&self, value: Value) -> Result<Array, Error> {
        let path = self.folder.join(self.document.string(value)?);
        npy::read(&path).map_err(|error| self.wrong(value, error))
    }
}

fn tensor(element: Element, values: &[f64]) -> Tensor {
    let values = values.iter();
    match element {
        Element::F32 => Tensor::F32(values.map(|value| *value as f32).collect()),
        Element::F16 => Tensor::F16(values.map(|value| half::f16::from_f64(*value)).collect()),
        Element::I8 => Tensor::I8(values.map(|value| *value as i8).collect()),
        Element::I32 => Tensor::I32(values.map(|value| *value as i64 as i32).collect()),
    }
}
