//! A kernel of a suite, as data. In: what the suite says. Out: its variants, inputs and plan.

use super::buffer::CustomBuffer;
use super::source::Source;
use crate::layout::Layout;
use crate::plan::Plan;
use crate::plan::{BufferSpec, Pass, Role};
use crate::precision::Precision;
use crate::tensor::Tensor;
use crate::unsupported::Unsupported;
use crate::variant::Variant;

/// A kernel from a suite.
#[derive(Debug)]
pub struct Custom {
    /// What it is called; kernels of one problem are told apart by it.
    pub name: &'static str,
    /// What its problem is called.
    pub problem: &'static str,
    /// Under which precision its rows count.
    pub precision: Precision,
    /// Its shader.
    pub source: Source,
    /// Constants by name, each with the values that it takes, the default first.
    pub constants: Vec<(&'static str, Vec<u32>)>,
    /// Its buffers, in the order of the shader's bindings.
    pub buffers: Vec<CustomBuffer>,
    /// Operations per iteration.
    pub flops: u64,
    /// Bytes per iteration that have to be moved.
    pub bytes: u64,
    /// What its output is held against.
    pub expected: Expected,
    /// Whether its author vouches that it stays inside its buffers, so that it runs without runtime checks.
    pub is_vouched_for: bool,
}

/// What an output is held against.
#[derive(Debug)]
pub enum Expected {
    /// Nothing: it stays unverified.
    Nothing,
    /// These numbers, within a tolerance relative to their magnitude.
    Tensor(Tensor, f64),
    /// What another shader computes on the same buffers, alike.
    Shader(Source, f64),
}

impl Custom {
    /// The buffer that is compared.
    pub fn output(&self) -> &CustomBuffer {
        let written = self.buffers.iter().find(|buffer| buffer.is_output);
        written.expect("whoever makes a custom kernel gives it one output")
    }

    /// The numbers that the host writes, in the order of the buffers that have some.
    pub fn inputs(&self, seed: u64) -> Vec<Tensor> {
        let filled = self.buffers.iter().enumerate();
        filled
            .filter_map(|(index, buffer)| buffer.tensor(seed, index as u64))
            .collect()
    }

    /// Shape of one of these; without elements past the last.
    pub(crate) fn shape_of_input(&self, index: usize) -> Vec<u32> {
        let mut filled = self.buffers.iter().filter(|buffer| buffer.is_filled());
        filled.nth(index).map_or_else(|| vec![0], |buffer| buffer.shape.clone())
    }

    /// The plan of the shader that computes what is expected, if one does.
    ///
    /// # Errors
    /// If its numbers of workgroups cannot be worked out, or its bindings are others.
    pub fn reference_plan(&self) -> Result<Option<Plan>, Unsupported> {
        match &self.expected {
            Expected::Shader(source, _) => self.plan_of(source, "reference", &self.first()).map(Some),
            Expected::Nothing | Expected::Tensor(..) => Ok(None),
        }
    }

    /// Every combination of the swept constants' values, the default first.
    pub fn swept(&self) -> Vec<Variant> {
        let lists = self.constants.iter().filter(|(_, values)| values.len() > 1);
        lists.fold(vec![Variant::default()], |variants, (name, values)| {
            let longer = |variant: Variant| values.iter().map(move |value| variant.clone().and(name, *value));
            variants.into_iter().flat_map(longer).collect()
        })
    }

    fn first(&self) -> Variant {
        self.swept().swap_remove(0)
    }

    /// The constants of a variant.
    pub fn values(&self, variant: &Variant) -> Vec<(&'static str, u32)> {
        let chosen = |name: &str| variant.iter().find(|(other, _)| *other == name).map(|(_, value)| value);
        let values = self.constants.iter();
        values
            .map(|(name, values)| (*name, chosen(name).unwrap_or(values[0])))
            .collect()
    }

    /// The plan of a shader over the kernel's buffers.
    ///
    /// # Errors
    /// If its numbers of workgroups cannot be worked out, or its bindings are others.
    pub fn plan_of(&self, source: &Source, label: &'static str, variant: &Variant) -> Result<Plan, Unsupported> {
        let values = self.values(variant);
        let wgsl = source.with(&values);
        let grid = source.workgroups(&values).map_err(Unsupported::new)?;
        let pass = Pass {
            label,
            wgsl,
            entry: source.entry,
            grid,
            bindings: (0..self.buffers.len()).collect(),
            lanes: 1,
        };
        let interface = pass.interface()?;
        let mut input = 0;
        let specs = self.buffers.iter().zip(&interface.bindings).map(|(buffer, binding)| {
            let role = match (buffer.is_filled(), buffer.is_output) {
                (false, false) => Role::Scratch,
                (false, true) => Role::Output,
                (true, is_output) => {
                    input += 1;
                    if is_output {
                        Role::Updated(input - 1)
                    } else {
                        Role::Input(input - 1)
                    }
                }
            };
            let layout = Layout::dense(1, 1, buffer.count() as u32, 1);
            BufferSpec {
                // WGSL may ask a storage array for its length, and wants a uniform buffer in whole vectors.
                multiple: if binding.access == crate::interface::Access::Uniform {
                    16
                } else {
                    4
                },
                ..BufferSpec::new(buffer.label, role, buffer.element, layout)
            }
        });
        Ok(Plan {
            buffers: specs.collect(),
            passes: vec![pass],
        })
    }
}
