//! A kernel of one's own beside what naga reads in its files: bindings, types, sizes, workgroups. In: the kernel. Out: file and line of
//! what does not fit.

use joulemark_kernels::custom::{Content, Expected, Source};
use joulemark_kernels::interface::{Access, Binding, Interface, validate};
use joulemark_kernels::{Custom, Element, Variant};

use crate::error::Error;

/// Holds the kernel against its shaders: every variant of its own, and the reference.
pub(super) fn check(kernel: &Custom, suite: &str) -> Result<(), Error> {
    let variants = kernel.swept();
    let reference = match &kernel.expected {
        Expected::Shader(source, _) => Some(source),
        Expected::Nothing | Expected::Tensor(..) => None,
    };
    let own = variants.iter().map(|variant| (&kernel.source, variant));
    for (source, variant) in own.chain(reference.map(|source| (source, &variants[0]))) {
        check_source(kernel, source, variant, suite).map_err(Error::Input)?;
    }
    Ok(())
}

fn check_source(kernel: &Custom, source: &Source, variant: &Variant, suite: &str) -> Result<(), String> {
    let values = kernel.values(variant);
    let wgsl = source.with(&values);
    validate(&wgsl).map_err(|error| source.fault(&error))?;
    let interface = Interface::read(&wgsl, source.entry).map_err(|error| source.fault(&error))?;
    let Interface { bindings, .. } = interface.bound(kernel.buffers.len());
    let place = |binding: &Binding| format!("{}:{}: `{}`", source.path, binding.line, binding.name);
    if let Some(binding) = bindings.get(kernel.buffers.len()) {
        return Err(format!(
            "{} has no buffer: the suite lists {}",
            place(binding),
            kernel.buffers.len()
        ));
    }
    if bindings.len() < kernel.buffers.len() {
        return Err(format!(
            "{}: `{}` uses {} bindings and the suite lists {} buffers",
            source.path,
            source.entry,
            bindings.len(),
            kernel.buffers.len()
        ));
    }
    for (buffer, binding) in kernel.buffers.iter().zip(&bindings) {
        let told = |why: String| Err(format!("{} {why}", place(binding)));
        if !buffer.label.is_empty() && buffer.label != binding.name {
            return told(format!("is where the suite has the buffer `{}`", buffer.label));
        }
        if buffer.is_output && binding.access != Access::Write {
            return told("is only read, and the suite says that it is written".into());
        }
        if matches!(buffer.content, Content::Nothing) && binding.access != Access::Write {
            return told("is only read, and the suite gives it no `input` or `values`".into());
        }
        // Four i8 lie in a word.
        let fits = match (buffer.element, binding.element) {
            (Element::I8, found) => found == Some(Element::I32),
            (wanted, found) => found.is_none_or(|found| found == wanted),
        };
        if !fits {
            let found = binding.element.map_or("several types", Element::as_str);
            return told(format!(
                "is of {found}, and the suite's buffer of {}",
                buffer.element.as_str()
            ));
        }
        let bytes = buffer.count() as u64 * buffer.element.bytes();
        if bytes < u64::from(binding.bytes) {
            return told(format!(
                "takes {} bytes, and the suite's buffer has {bytes}",
                binding.bytes
            ));
        }
    }
    source
        .workgroups(&values)
        .map(drop)
        .map_err(|why| format!("{suite}: in the `workgroups` of {}: {why}", source.path))
}
