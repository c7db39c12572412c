//! npy files, whoever wrote them. In: a path or bytes. Out: a dense tensor in C order with its shape, or a sentence that names
//! the file and the line of numpy that mends it. And back.

mod header;

use std::io::{self, Read, Write};
use std::path::Path;

use half::f16;
use joulemark_base::plain_file;
use joulemark_kernels::{Element, Tensor};

use crate::error::Error;
use header::{Header, Order};

/// A tensor with its shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its dimensions, outermost first; none for a single number.
    pub shape: Vec<u32>,
    /// Its numbers in C order.
    pub data: Tensor,
}

/// Reads an npy file: f32, f16, i8 or i32 of either byte order, in C or Fortran order, of format version 1, 2 or 3.
///
/// # Errors
/// Anything else, with what to do.
pub fn read(path: &Path) -> Result<Array, Error> {
    let parsed = plain_file::open(path).and_then(|mut file| {
        let length = file.metadata()?.len();
        parse(&mut file, length)
    });
    parsed
        .map_err(|error| Error::Input(format!("cannot read {}: {error}", path.display())))?
        .map_err(|why| Error::Input(format!("{}: {why}", path.display())))
}

/// Reads a file of `length` bytes, no more of it than its header says that there are.
fn parse(file: &mut impl Read, length: u64) -> io::Result<Result<Array, String>> {
    let mut bytes = Vec::new();
    Read::by_ref(file).take(header::LONGEST).read_to_end(&mut bytes)?;
    let (header, begin) = match Header::read(&bytes) {
        Ok((header, data)) => (header, bytes.len() - data.len()),
        Err(why) => return Ok(Err(why)),
    };
    if let Err(why) = fits(&header, length.saturating_sub(begin as u64)) {
        return Ok(Err(why));
    }
    file.read_to_end(&mut bytes)?;
    Ok(decode(header, &bytes[begin..]))
}

/// Whether so many bytes are the array's.
fn fits(Header { element, shape, .. }: &Header, found: u64) -> Result<(), String> {
    if shape.contains(&0) {
        return Err(format!(
            "the array of shape {} is empty: every dimension must be at least 1",
            text(shape)
        ));
    }
    let expected = shape
        .iter()
        .try_fold(element.bytes(), |size, &dimension| size.checked_mul(dimension.into()));
    match expected {
        Some(expected) if found == expected => Ok(()),
        Some(expected) if found > expected => Err(format!(
            "{} bytes follow the array of shape {}: save one array per file",
            found - expected,
            text(shape)
        )),
        _ => Err(format!(
            "the file is truncated: an array of shape {} takes {} bytes and {found} are there",
            text(shape),
            expected.map_or("over 2^64".into(), |expected| expected.to_string())
        )),
    }
}

fn decode(header: Header, data: &[u8]) -> Result<Array, String> {
    // The file may have changed since its length was asked for.
    fits(&header, data.len() as u64)?;
    let Header {
        element,
        is_big_endian,
        order,
        shape,
    } = header;
    let places = (order == Order::Fortran).then(|| transposed(&shape));
    let data = match element {
        Element::F32 => Tensor::F32(numbers(data, places, is_big_endian, f32::from_le_bytes)),
        Element::F16 => Tensor::F16(numbers(data, places, is_big_endian, f16::from_le_bytes)),
        Element::I8 => Tensor::I8(numbers(data, places, is_big_endian, i8::from_le_bytes)),
        Element::I32 => Tensor::I32(numbers(data, places, is_big_endian, i32::from_le_bytes)),
    };
    Ok(Array { shape, data })
}

/// The numbers in C order, each taken from its place in the file.
fn numbers<T, const N: usize>(
    data: &[u8],
    places: Option<Vec<usize>>,
    is_big_endian: bool,
    number: impl Fn([u8; N]) -> T,
) -> Vec<T> {
    let (chunks, _) = data.as_chunks::<N>();
    let number = |mut bytes: [u8; N]| {
        if is_big_endian {
            bytes.reverse();
        }
        number(bytes)
    };
    match places {
        Some(places) => places.into_iter().map(|place| number(chunks[place])).collect(),
        None => chunks.iter().copied().map(number).collect(),
    }
}

/// Where each number of C order lies in Fortran order: the first index runs fastest there.
fn transposed(shape: &[u32]) -> Vec<usize> {
    let mut places = vec![0];
    let mut step = 1;
    for &size in shape {
        let offsets = (0..size as usize).map(|index| index * step);
        places = places
            .iter()
            .flat_map(|place| offsets.clone().map(move |offset| place + offset))
            .collect();
        step *= size as usize;
    }
    places
}

/// Writes an npy file of this shape, version 1.0, C order, little-endian.
///
/// # Errors
/// If `writer` fails.
pub fn write(writer: &mut dyn Write, shape: &[u32], data: &Tensor) -> io::Result<()> {
    writer.write_all(&header::bytes(data.element(), shape))?;
    let bytes: Vec<u8> = match data {
        Tensor::F32(data) => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Tensor::F16(data) => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Tensor::I8(data) => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Tensor::I32(data) => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
    };
    writer.write_all(&bytes)
}

/// A shape as numpy writes it.
pub fn text(shape: &[u32]) -> String {
    let sizes: Vec<_> = shape.iter().map(u32::to_string).collect();
    match &sizes[..] {
        [one] => format!("({one},)"),
        _ => format!("({})", sizes.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use half::f16;
    use joulemark_kernels::Tensor;

    use super::{Array, write};

    fn parse(mut bytes: &[u8]) -> Result<Array, String> {
        let length = bytes.len() as u64;
        super::parse(&mut bytes, length).unwrap()
    }

    /// A file of this version whose header is this text.
    fn file(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
        let length = match version {
            1 => (header.len() as u16).to_le_bytes().to_vec(),
            _ => (header.len() as u32).to_le_bytes().to_vec(),
        };
        [b"\x93NUMPY", &[version, 0][..], &length, header.as_bytes(), data].concat()
    }

    fn little() -> Vec<u8> {
        (1..=6).flat_map(|x| (x as f32).to_le_bytes()).collect()
    }

    fn expected(shape: &[u32], numbers: &[f32]) -> Result<Array, String> {
        Ok(Array {
            shape: shape.to_vec(),
            data: Tensor::F32(numbers.to_vec()),
        })
    }

    #[test]
    fn headers_of_many_writers_say_the_same() {
        let wide = " ".repeat(70_000);
        for (version, header) in [
            (
                1,
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }       \n",
            ),
            (1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L)}\n"),
            (1, "{'shape': (2l, 3L), 'descr': '<f4', 'fortran_order': False}"),
            (2, "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": [2, 3]}\n"),
            (3, "{'fortran_order':False,'shape':(2,3),'descr':u'<f4'}\0\0\0"),
            (
                1,
                "{ 'descr' : b'=f4' ,\t'fortran_order' : 0 ,\n 'shape' : ( 2 , 3 , ) , } \r\n",
            ),
            (
                2,
                &format!("{{'descr': 'float32', 'fortran_order': False, 'shape': (2, 3), }}{wide}\n"),
            ),
            (1, "{'descr': 'f', 'fortran_order': False, 'shape': (+2, 3)}"),
        ] {
            let read = parse(&file(version, header, &little()));
            assert_eq!(read, expected(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), "{header}");
        }
    }

    #[test]
    fn fortran_order_and_big_endian_are_turned() {
        let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}";
        assert_eq!(
            parse(&file(1, header, &little())),
            expected(&[2, 3], &[1.0, 3.0, 5.0, 2.0, 4.0, 6.0])
        );
        let cube: Vec<u8> = (0..24).flat_map(|x| (x as f32).to_le_bytes()).collect();
        let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3, 4)}";
        let Tensor::F32(read) = parse(&file(1, header, &cube)).unwrap().data else {
            unreachable!()
        };
        for (i, j, k) in [(0, 0, 0), (1, 0, 0), (0, 2, 1), (1, 2, 3)] {
            assert_eq!(read[i * 12 + j * 4 + k], (i + 2 * j + 6 * k) as f32);
        }
        for (descr, bytes, data) in [
            (">f4", 2.5_f32.to_be_bytes().to_vec(), Tensor::F32(vec![2.5])),
            (
                ">f2",
                f16::from_f32(2.5).to_be_bytes().to_vec(),
                Tensor::F16(vec![f16::from_f32(2.5)]),
            ),
            ("|i1", vec![0x80], Tensor::I8(vec![-128])),
            ("b", vec![7], Tensor::I8(vec![7])),
            (">i1", vec![7], Tensor::I8(vec![7])),
            (">i4", 70_000_i32.to_be_bytes().to_vec(), Tensor::I32(vec![70_000])),
        ] {
            let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,)}}");
            assert_eq!(parse(&file(1, &header, &bytes)).unwrap().data, data, "{descr}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_a_line_of_numpy() {
        let with = |descr: &str| format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (2, 3)}}");
        let nested = |open: &str, close: &str| format!("{}{}", open.repeat(20_000), close.repeat(20_000));
        for (header, words) in [
            (with("'<f8'"), vec!["'<f8'", ".astype('<f4')"]),
            (with("'|b1'"), vec!["'|b1'", ".astype('|i1')"]),
            (with("'<u2'"), vec!["'<u2'", ".astype('|i1')"]),
            (with("'<i8'"), vec!["'<i8'", ".astype('|i1')"]),
            (with("'<c8'"), vec!["'<c8'", ".real.astype('<f4')"]),
            (with("'|O'"), vec!["objects", "numpy.array("]),
            (with("'<U5'"), vec!["text", ".astype('<f4')"]),
            (
                with("[('x', '<f4'), ('y', '<f4', (3,))]"),
                vec!["records", "array['x']"],
            ),
            (with("'<M8[ns]'"), vec!["'<M8[ns]'", ".astype('<f4')"]),
            (with(&nested("{", "}")), vec!["makes no sense"]),
            (nested("(", ")"), vec!["makes no sense"]),
            (nested("{'a':", "}"), vec!["makes no sense", "`a`"]),
            (with("'<f4'").replace("2, 3", "-2, 3"), vec!["-2"]),
            (with("'<f4'").replace("(2, 3)", "6"), vec!["shape"]),
            (with("'<f4'").replace("False", "Maybe"), vec!["makes no sense", "Maybe"]),
            (with("'<f4'").replace("'shape'", "'form'"), vec!["`form`"]),
            ("{'descr': '<f4', 'shape': (2, 3)}".into(), vec!["`fortran_order`"]),
            (with("'<f4'") + "garbage", vec!["makes no sense", "garbage"]),
            (with("'<f4"), vec!["makes no sense"]),
            (String::new(), vec!["makes no sense"]),
        ] {
            let begin = std::time::Instant::now();
            let told = parse(&file(2, &header, &little())).unwrap_err();
            assert!(words.iter().all(|word| told.contains(word)), "{told}");
            assert!(begin.elapsed().as_secs_f64() < 1.0 && told.len() < 300, "{told}");
        }
        let later = file(4, &with("'<f4'"), &little());
        assert!(parse(&later).unwrap_err().contains("version 4.0"));
    }

    #[test]
    fn what_is_written_reads_back() {
        for shape in [vec![], vec![2], vec![2, 1]] {
            let array = Array {
                data: Tensor::I32((0..shape.iter().product::<u32>() as i32).collect()),
                shape,
            };
            let mut bytes = Vec::new();
            write(&mut bytes, &array.shape, &array.data).unwrap();
            assert_eq!((bytes.len() - 4 * array.data.len()) % 64, 0);
            assert_eq!(parse(&bytes), Ok(array));
        }
    }
}
