//! `Framing`: the framing of an HTTP body, for the transport.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use ssescan_core::framing::{Data, Framing as Core};

/// Finds the data of an HTTP body in the blocks of its connection.
#[pyclass(module = "ssescan._core")]
pub struct Framing {
    kind: &'static str,
    core: Core,
    data: Vec<u8>,
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
        Ok(Framing { kind, core, data: Vec::new() })
    }

    /// The data of the body in a block. The block itself where all of it is data.
    fn feed<'py>(&mut self, block: &Bound<'py, PyBytes>) -> Bound<'py, PyBytes> {
        self.data.clear();
        let bytes = block.as_bytes();
        match self.core.feed(bytes, &mut self.data) {
            Data::Copied => PyBytes::new(block.py(), &self.data),
            Data::Prefix(taken) if taken == bytes.len() => block.clone(),
            Data::Prefix(taken) => PyBytes::new(block.py(), bytes.get(..taken).unwrap_or_default()),
        }
    }

    #[getter]
    fn kind(&self) -> &'static str {
        self.kind
    }

    #[getter]
    fn ended(&self) -> bool {
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
