//! The lines before a shader file: `enable`, `alias` and `const`, and the multiply-accumulate of the precision.

use std::fmt::Write;

use super::shader;
use crate::precision::Precision;
use crate::variant::Variant;

/// A typed prelude. Constants keep the order in which they were added.
#[derive(Clone, Debug)]
pub struct Prelude {
    precision: Precision,
    constants: String,
    multiply_accumulate: Option<&'static str>,
    sums_out: bool,
    enable: &'static str,
}

impl Prelude {
    /// The prelude of a precision, without constants.
    pub fn new(precision: Precision) -> Self {
        Self {
            precision,
            constants: String::new(),
            multiply_accumulate: None,
            sums_out: false,
            enable: "",
        }
    }

    /// Takes this fragment in place of the precision's own `mac` and `mac4`.
    pub(crate) fn multiply_accumulate(self, fragment: &'static str) -> Self {
        Self {
            multiply_accumulate: Some(fragment),
            ..self
        }
    }

    /// Stores sums as they are: `Out` is `Acc`.
    pub(crate) fn sums_out(self) -> Self {
        Self { sums_out: true, ..self }
    }

    /// Adds an `enable` line.
    pub(crate) fn enable(self, enable: &'static str) -> Self {
        Self { enable, ..self }
    }

    /// Adds `const NAME: u32`.
    pub fn number(mut self, name: &str, value: u32) -> Self {
        writeln!(self.constants, "const {name}: u32 = {value}u;").expect("writing to a String cannot fail");
        self
    }

    /// Adds several numbers.
    pub fn numbers(self, constants: &[(&str, u32)]) -> Self {
        constants
            .iter()
            .fold(self, |prelude, (name, value)| prelude.number(name, *value))
    }

    /// Adds the tuning parameters, their names in capitals.
    pub fn variant(self, variant: &Variant) -> Self {
        variant.iter().fold(self, |prelude, (name, value)| {
            prelude.number(&name.to_uppercase(), value)
        })
    }

    /// Adds `const NAME: bool`.
    pub fn flag(mut self, name: &str, value: bool) -> Self {
        writeln!(self.constants, "const {name}: bool = {value};").expect("writing to a String cannot fail");
        self
    }

    /// The whole prelude. `Elem` is a stored unit, `Wide` the same in a register, `Acc` a sum, `Out` a stored result.
    pub fn text(&self) -> String {
        let (enable, [elem, wide, acc, out], mac) = match self.precision {
            Precision::F32 => ("", ["f32", "f32", "f32", "f32"], shader!("common/mac_float.wgsl")),
            Precision::F16 => (
                "enable f16;\n",
                ["f16", "f32", "f32", "f16"],
                shader!("common/mac_float.wgsl"),
            ),
            Precision::F16Acc => (
                "enable f16;\n",
                ["f16", "f16", "f16", "f16"],
                shader!("common/mac_float.wgsl"),
            ),
            Precision::I8 => ("", ["u32", "u32", "i32", "i32"], shader!("common/mac_i8.wgsl")),
        };
        let mac = self.multiply_accumulate.unwrap_or(mac);
        let out = if self.sums_out { acc } else { out };
        let more = self.enable;
        format!(
            "{enable}{more}alias Elem = {elem};\nalias Wide = {wide};\nalias Acc = {acc};\nalias Out = {out};\n{}\n{}\n{mac}",
            self.constants,
            shader!("common/grid.wgsl")
        )
    }
}
