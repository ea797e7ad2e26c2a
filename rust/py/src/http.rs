//! `Framing`: the framing of an HTTP body, for streams and for the transport.

use crate::stream::new_bytes;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use ssescan_core::framing::Framing as Core;
use std::ops::Range;

/// Finds the data of an HTTP body in the blocks of its connection.
#[pyclass(module = "ssescan._core")]
pub struct Framing {
    kind: &'static str,
    core: Core,
    /// Where the data is in the last block.
    places: Vec<Range<usize>>,
}

#[pymethods]
impl Framing {
    #[new]
    #[pyo3(signature = (kind, length=0))]
    fn new(kind: &str, length: u64) -> PyResult<Self> {
        let (kind, core) = match kind {
            "chunked" => ("chunked", Core::chunked()),
            "length" => ("length", Core::length(length)),
            "close" => ("close", Core::until_close()),
            _ => return Err(PyValueError::new_err(format!("unknown kind of framing: {kind:?}"))),
        };
        Ok(Framing { kind, core, places: Vec::new() })
    }

    /// The data of the body in a block. The block itself where all of it is data.
    fn feed<'py>(&mut self, block: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyBytes>> {
        let (bytes, place) = self.data(block)?;
        let data = bytes.as_bytes().get(place).unwrap_or_default();
        Ok(if data.len() == bytes.as_bytes().len() { bytes } else { new_bytes(block.py(), data)? })
    }

    #[getter]
    fn kind(&self) -> &'static str {
        self.kind
    }

    #[getter]
    pub fn ended(&self) -> bool {
        self.core.is_ended()
    }

    #[getter]
    fn reusable(&self) -> bool {
        self.core.is_reusable()
    }

    #[getter]
    fn error(&self) -> Option<String> {
        self.core.invalid().map(|invalid| invalid.to_string())
    }
}

impl Framing {
    /// The body was read to its end, or is invalid after the data so far: blocks have no more data.
    pub fn is_over(&self) -> bool {
        self.core.is_ended() || self.core.invalid().is_some()
    }

    /// The data of the body in a block of the connection: bytes, and their part that is data. Only data of several chunks is
    /// copied.
    pub fn data<'py>(&mut self, block: &Bound<'py, PyBytes>) -> PyResult<(Bound<'py, PyBytes>, Range<usize>)> {
        self.core.feed(block.as_bytes(), &mut self.places);
        match self.places.as_slice() {
            [] => Ok((block.clone(), 0..0)),
            [place] => Ok((block.clone(), place.clone())),
            places => {
                let size = places.iter().map(Range::len).sum();
                let joined = PyBytes::new_with(block.py(), size, |joined| {
                    let pieces = places.iter().filter_map(|place| block.as_bytes().get(place.clone()));
                    let mut left = joined;
                    for piece in pieces {
                        let (start, rest) = left.split_at_mut(piece.len());
                        start.copy_from_slice(piece);
                        left = rest;
                    }
                    Ok(())
                })?;
                Ok((joined, 0..size))
            }
        }
    }
}
