//! What the output of a kernel of one's own is held against. In: a table. Out: numbers, or another shader.

use joulemark_kernels::Element;
use joulemark_kernels::custom::{CustomBuffer, Expected, Source};
use toml::de::DeValue;

use super::Reader;
use crate::error::Error;
use crate::npy::{self, Array};

const KEYS: [&str; 5] = ["npy", "wgsl", "entry", "workgroups", "tolerance"];

impl Reader<'_> {
    pub(super) fn expected(&self, output: &CustomBuffer, source: &Source) -> Result<Expected, Error> {
        let Some(value) = self.table.get("expected") else {
            return Ok(Expected::Nothing);
        };
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self.wrong(
                value,
                "what is expected is a table: { npy = \"out.npy\", tolerance = 1e-5 } or { wgsl = \"reference.wgsl\" }",
            ));
        };
        self.document.known(table, &KEYS)?;
        let tolerance = match table.get("tolerance") {
            Some(value) => self
                .literal(value, &|_| None)
                .ok()
                .filter(|tolerance| (0.0..1.0).contains(tolerance))
                .ok_or_else(|| self.wrong(value, "a tolerance is a share, from 0 to below 1"))?,
            None => match output.element {
                Element::F32 => 1e-5,
                Element::F16 => 1e-2,
                Element::I8 | Element::I32 => 0.0,
            },
        };
        match (table.get("npy"), table.get("wgsl")) {
            (Some(npy), None) => {
                let Array { shape, data } = self.array(npy)?;
                if data.element() != output.element || data.len() != output.count() {
                    let why = format!(
                        "it holds {} of shape {}, and the output is {} of shape {}",
                        data.element().as_str(),
                        npy::text(&shape),
                        output.element.as_str(),
                        npy::text(&output.shape)
                    );
                    return Err(self.wrong(npy, why));
                }
                Ok(Expected::Tensor(data, tolerance))
            }
            (None, Some(wgsl)) => Ok(Expected::Shader(self.source(wgsl, table, Some(source))?, tolerance)),
            _ => Err(self.wrong(value, "what is expected is either a `npy` or a `wgsl`")),
        }
    }
}
