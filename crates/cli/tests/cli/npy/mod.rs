//! npy files written and read by hand, so that the tests do not trust the library that the command uses.

use std::fs;
use std::path::Path;

use half::f16;

/// An array of whole numbers in one of the types that the command knows.
pub(crate) struct Npy {
    pub(crate) dtype: String,
    pub(crate) shape: Vec<usize>,
    data: Vec<u8>,
}

impl Npy {
    pub(crate) fn new(dtype: &str, shape: &[usize], numbers: &[i32]) -> Self {
        assert_eq!(shape.iter().product::<usize>(), numbers.len());
        let bytes = |number: &i32| match dtype {
            "<f4" => (*number as f32).to_le_bytes().to_vec(),
            "<f2" => f16::from_f32(*number as f32).to_le_bytes().to_vec(),
            "|i1" => (*number as i8).to_le_bytes().to_vec(),
            other => panic!("{other}"),
        };
        Self {
            dtype: dtype.into(),
            shape: shape.to_vec(),
            data: numbers.iter().flat_map(bytes).collect(),
        }
    }

    pub(crate) fn write(&self, path: &Path) {
        let sizes: String = self.shape.iter().map(|size| format!("{size},")).collect();
        let header = header(&format!("'{}'", self.dtype), "False", &format!("({sizes})"));
        fs::write(path, bytes(&header, &self.data)).unwrap();
    }

    pub(crate) fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let header = std::str::from_utf8(&bytes[10..end]).unwrap();
        assert!(header.contains("'fortran_order': False"), "{header}");
        let between = |start: &str, end: &str| {
            let rest = header.split_once(start).unwrap().1;
            rest.split_once(end).unwrap().0.to_owned()
        };
        let sizes = between("'shape': (", ")");
        let sizes = sizes.split(',').map(str::trim).filter(|size| !size.is_empty());
        Self {
            dtype: between("'descr': '", "'"),
            shape: sizes.map(|size| size.parse().unwrap()).collect(),
            data: bytes[end..].to_vec(),
        }
    }

    pub(crate) fn whole_numbers(&self) -> Vec<i32> {
        match self.dtype.as_str() {
            "<f4" => self.chunks(|bytes| f32::from_le_bytes(bytes) as i32),
            "<f2" => self.chunks(|bytes| f16::from_le_bytes(bytes).to_f32() as i32),
            "<i4" => self.chunks(i32::from_le_bytes),
            other => panic!("{other}"),
        }
    }

    fn chunks<const N: usize>(&self, number: impl Fn([u8; N]) -> i32) -> Vec<i32> {
        assert_eq!(self.data.len(), N * self.shape.iter().product::<usize>());
        self.data
            .chunks_exact(N)
            .map(|chunk| number(chunk.try_into().unwrap()))
            .collect()
    }
}

/// The text of a header.
pub(crate) fn header(dtype: &str, fortran_order: &str, shape: &str) -> String {
    format!("{{'descr': {dtype}, 'fortran_order': {fortran_order}, 'shape': {shape}, }}\n")
}

/// A file of version 1.0 with this header and data.
pub(crate) fn bytes(header: &str, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}
