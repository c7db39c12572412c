//! What a shader asks of whoever dispatches it: workgroup, workgroup memory, bindings. In: WGSL and an entry point. Out: what
//! naga reads there, so that nobody states it a second time; or file, line and column of what is wrong.

use std::fmt;

use naga::proc::Layouter;
use naga::{AddressSpace, Expression, Handle, Module, Scalar, ScalarKind, ShaderStage, StorageAccess, Type, TypeInner};

use crate::precision::Element;

/// What an entry point asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Interface {
    /// Workgroup size.
    pub workgroup: [u32; 3],
    /// Workgroup memory in bytes.
    pub workgroup_bytes: u32,
    /// All bindings that are declared, by group and number.
    pub bindings: Vec<Binding>,
}

/// One binding.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// Group and number.
    pub at: [u32; 2],
    /// The variable's name.
    pub name: String,
    /// What the shader may do with it.
    pub access: Access,
    /// The type of its numbers, where all are of one that kernels know.
    pub element: Option<Element>,
    /// Size of its type in bytes; of an array without a length, of one element.
    pub bytes: u32,
    /// Where it is declared.
    pub line: u32,
    /// Whether the entry point, or a function that it may call, uses it.
    pub is_used: bool,
}

/// What a shader may do with a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A storage buffer that it reads.
    Read,
    /// A storage buffer that it reads and writes.
    Write,
    /// A uniform buffer.
    Uniform,
}

/// What is wrong with a shader, and where.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct ShaderError {
    /// Line and column, from 1.
    pub at: Option<[u32; 2]>,
    /// In words.
    pub why: String,
}

impl fmt::Display for ShaderError {
    /// `12:5: why`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some([line, column]) => write!(f, "{line}:{column}: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

impl Interface {
    /// The same without the bindings that the entry point does not use, unless so many are bound that all are meant.
    #[must_use]
    pub fn bound(mut self, count: usize) -> Self {
        if count < self.bindings.len() {
            self.bindings.retain(|binding| binding.is_used);
        }
        self
    }

    /// Reads the interface of the entry point of this name.
    ///
    /// # Errors
    /// If naga does not parse the text, there is no such entry point, or a binding is neither a storage nor a uniform buffer.
    pub fn read(wgsl: &str, entry: &str) -> Result<Self, ShaderError> {
        let module = parse(wgsl)?;
        let compute = |point: &&naga::EntryPoint| point.stage == ShaderStage::Compute;
        let points = module.entry_points.iter().filter(compute);
        let Some(point) = points.clone().find(|point| point.name == entry) else {
            let names: Vec<_> = points.map(|point| point.name.as_str()).collect();
            return Err(ShaderError {
                at: None,
                why: format!("there is no entry point `{entry}`; there are: {}", names.join(", ")),
            });
        };
        let mut layouter = Layouter::default();
        layouter.update(module.to_ctx()).map_err(|error| ShaderError {
            at: None,
            why: error.to_string(),
        })?;
        // A helper counts whoever calls it.
        let helpers: Vec<_> = module.functions.iter().map(|(_, function)| function).collect();
        let used = |variable| {
            let is_it = |(_, expression): (_, &Expression)| *expression == Expression::GlobalVariable(variable);
            let mut functions = helpers.iter().copied().chain([&point.function]);
            functions.any(|function| function.expressions.iter().any(is_it))
        };
        let (mut workgroup_bytes, mut bindings) = (0, Vec::new());
        for (handle, variable) in module.global_variables.iter() {
            let location = module.global_variables.get_span(handle).location(wgsl);
            if variable.space == AddressSpace::WorkGroup && used(handle) {
                workgroup_bytes += layouter[variable.ty].size;
            }
            let Some(binding) = &variable.binding else { continue };
            let name = variable.name.clone().unwrap_or_default();
            let access = match variable.space {
                AddressSpace::Uniform => Access::Uniform,
                AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => Access::Write,
                AddressSpace::Storage { .. } => Access::Read,
                _ => {
                    return Err(ShaderError {
                        at: Some([location.line_number, location.line_position]),
                        why: format!("`{name}` is neither a storage nor a uniform buffer"),
                    });
                }
            };
            bindings.push(Binding {
                at: [binding.group, binding.binding],
                name,
                access,
                element: scalar(&module, variable.ty).and_then(element),
                bytes: module.types[variable.ty].inner.size(module.to_ctx()),
                line: location.line_number,
                is_used: used(handle),
            });
        }
        bindings.sort_by_key(|binding| binding.at);
        Ok(Self {
            workgroup: point.workgroup_size,
            workgroup_bytes,
            bindings,
        })
    }
}

/// Parses and validates a shader as a driver would.
///
/// # Errors
/// What is wrong, and where.
pub fn validate(wgsl: &str) -> Result<(), ShaderError> {
    use naga::valid::{Capabilities, ValidationFlags, Validator};
    let module = parse(wgsl)?;
    let validated = Validator::new(ValidationFlags::all(), Capabilities::all()).validate(&module);
    validated.map(drop).map_err(|error| {
        let mut why = error.as_inner().to_string();
        let mut source = std::error::Error::source(error.as_inner());
        while let Some(cause) = source {
            why += &format!(": {cause}");
            source = cause.source();
        }
        let place = error.spans().next().map(|(span, _)| span.location(wgsl));
        ShaderError {
            at: place.map(|place| [place.line_number, place.line_position]),
            why,
        }
    })
}

fn parse(wgsl: &str) -> Result<Module, ShaderError> {
    naga::front::wgsl::parse_str(wgsl).map_err(|error| ShaderError {
        at: error
            .location(wgsl)
            .map(|place| [place.line_number, place.line_position]),
        why: error.message().to_string(),
    })
}

/// The one scalar that a type is made of.
fn scalar(module: &Module, ty: Handle<Type>) -> Option<Scalar> {
    match &module.types[ty].inner {
        TypeInner::Scalar(scalar)
        | TypeInner::Atomic(scalar)
        | TypeInner::Vector { scalar, .. }
        | TypeInner::Matrix { scalar, .. } => Some(*scalar),
        TypeInner::Array { base, .. } => self::scalar(module, *base),
        TypeInner::Struct { members, .. } => {
            let mut scalars = members.iter().map(|member| self::scalar(module, member.ty));
            let first = scalars.next()??;
            scalars.all(|scalar| scalar == Some(first)).then_some(first)
        }
        _ => None,
    }
}

fn element(scalar: Scalar) -> Option<Element> {
    match (scalar.kind, scalar.width) {
        (ScalarKind::Float, 4) => Some(Element::F32),
        (ScalarKind::Float, 2) => Some(Element::F16),
        (ScalarKind::Sint | ScalarKind::Uint, 4) => Some(Element::I32),
        _ => None,
    }
}
