//! npy files. In: a path. Out: a dense tensor in C order with its shape, or a sentence that names the file. And back.

use std::io::{self, Write};
use std::panic::{catch_unwind, set_hook, take_hook};
use std::path::Path;

use anyhow::{Context, anyhow, bail, ensure};
use half::f16;
use joulemark_kernels::{Element, Tensor};
use npyz::{AutoSerialize, DType, Deserialize, Endianness, NpyHeader, Order, TypeChar, WriteOptions, WriterBuilder};

/// A tensor with its shape.
#[derive(Debug)]
pub(crate) struct Array {
    pub(crate) shape: Vec<u32>,
    pub(crate) data: Tensor,
}

/// Longer headers describe records, which no kernel reads; a header made to exhaust the parser's stack is long too.
const LONGEST_HEADER: usize = 4096;

/// Reads an npy file.
///
/// # Errors
/// Anything but f32, f16 or i8, little-endian, C order, whole.
pub(crate) fn read(path: &Path) -> anyhow::Result<Array> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&bytes).with_context(|| path.display().to_string())
}

fn parse(bytes: &[u8]) -> anyhow::Result<Array> {
    ensure!(!bytes.is_empty(), "the file is empty");
    ensure!(
        bytes.starts_with(b"\x93NUMPY"),
        "this is not an npy file: it does not begin with \\x93NUMPY"
    );
    let length = header_length(bytes).ok_or_else(|| anyhow!("the file is truncated inside its header"))?;
    ensure!(
        length <= LONGEST_HEADER,
        "its header is {length} bytes long, too long for an array of plain numbers"
    );
    let (header, data) = bytes
        .split_at_checked(length)
        .ok_or_else(|| anyhow!("the file is truncated inside its header"))?;
    let header = parse_header(header)?;
    let element = element(&header.dtype())?;
    ensure!(
        header.order() == Order::C,
        "the array is in Fortran order and kernels read C order: save numpy.ascontiguousarray(array)"
    );
    let shape: Vec<u32> = header
        .shape()
        .iter()
        .map(|&size| u32::try_from(size).ok())
        .collect::<Option<_>>()
        .ok_or_else(|| anyhow!("a dimension of shape {:?} is over 2^32 - 1", header.shape()))?;
    ensure!(
        !shape.contains(&0),
        "the array of shape {} is empty: every dimension must be at least 1",
        text(&shape)
    );
    let expected = shape
        .iter()
        .try_fold(element.bytes(), |size, &dimension| size.checked_mul(dimension.into()));
    let found = data.len() as u64;
    match expected {
        Some(expected) if found == expected => {}
        Some(expected) if found > expected => bail!(
            "{} bytes follow the array of shape {}: save one array per file",
            found - expected,
            text(&shape)
        ),
        _ => bail!(
            "the file is truncated: an array of shape {} takes {} bytes and {found} are there",
            text(&shape),
            expected.map_or("over 2^64".into(), |expected| expected.to_string())
        ),
    }
    let file = npyz::NpyFile::with_header(header, data);
    let data = match element {
        Element::F32 => Tensor::F32(numbers(file)?),
        Element::F16 => Tensor::F16(numbers::<f16>(file)?),
        Element::I8 => Tensor::I8(numbers(file)?),
        Element::I32 => Tensor::I32(numbers(file)?),
    };
    Ok(Array { shape, data })
}

/// Bytes before the data, as the file tells; `None` if it ends before it tells.
fn header_length(bytes: &[u8]) -> Option<usize> {
    Some(if *bytes.get(6)? == 1 {
        10 + usize::from(u16::from_le_bytes(bytes.get(8..10)?.try_into().ok()?))
    } else {
        12 + u32::from_le_bytes(bytes.get(8..12)?.try_into().ok()?) as usize
    })
}

/// npyz multiplies the dimensions unchecked, which panics in debug builds: that is one more bad header.
fn parse_header(bytes: &[u8]) -> anyhow::Result<NpyHeader> {
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let header = catch_unwind(|| NpyHeader::from_reader(bytes));
    set_hook(hook);
    header
        .map_err(|_| anyhow!("its header makes no sense: the dimensions multiply to more than 2^64"))?
        .map_err(|error| {
            // A syntax error comes with a drawing of several lines.
            let text = error.to_string();
            let sentence = if text.contains('\n') {
                text.split(':').next()
            } else {
                None
            };
            anyhow!("its header makes no sense: {}", sentence.unwrap_or(&text))
        })
}

fn element(dtype: &DType) -> anyhow::Result<Element> {
    let DType::Plain(word) = dtype else {
        bail!("it holds records, not plain numbers: save one field, as array['name']");
    };
    let element = match (word.type_char(), word.size_field()) {
        (TypeChar::Float, 4) => Element::F32,
        (TypeChar::Float, 2) => Element::F16,
        (TypeChar::Int, 1) => return Ok(Element::I8),
        _ => bail!(
            "its dtype is {}: kernels read f32 ('<f4'), f16 ('<f2') and i8 ('|i1'), so convert it, as \
             array.astype('<f4')",
            dtype.descr()
        ),
    };
    ensure!(
        word.endianness() == Endianness::Little,
        "its dtype is {}, big-endian: convert it, as array.astype('<f{}')",
        dtype.descr(),
        element.bytes()
    );
    Ok(element)
}

fn numbers<T: Deserialize>(file: npyz::NpyFile<&[u8]>) -> anyhow::Result<Vec<T>> {
    file.into_vec().context("its data cannot be read")
}

/// Writes an npy file of this shape, C order, little-endian.
///
/// # Errors
/// If `writer` fails.
pub(crate) fn write(writer: &mut dyn Write, shape: &[u32], data: &Tensor) -> io::Result<()> {
    match data {
        Tensor::F32(data) => write_numbers(writer, shape, data),
        Tensor::F16(data) => write_numbers(writer, shape, data),
        Tensor::I8(data) => write_numbers(writer, shape, data),
        Tensor::I32(data) => write_numbers(writer, shape, data),
    }
}

fn write_numbers<T: AutoSerialize + Copy>(writer: &mut dyn Write, shape: &[u32], data: &[T]) -> io::Result<()> {
    let shape: Vec<u64> = shape.iter().map(|&size| size.into()).collect();
    let mut file = WriteOptions::new()
        .default_dtype()
        .shape(&shape)
        .writer(writer)
        .begin_nd()?;
    file.extend(data.iter().copied())?;
    file.finish()
}

/// A shape as numpy writes it.
pub(crate) fn text(shape: &[u32]) -> String {
    let sizes: Vec<_> = shape.iter().map(u32::to_string).collect();
    match &sizes[..] {
        [one] => format!("({one},)"),
        _ => format!("({})", sizes.join(", ")),
    }
}
