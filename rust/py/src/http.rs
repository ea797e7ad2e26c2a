//! `Chunked`: the transfer coding of HTTP bodies, for the transport.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Decodes a chunked body, block by block.
#[pyclass(module = "ssescan._core")]
#[derive(Default)]
pub struct Chunked {
    core: ssescan_core::chunked::Chunked,
    data: Vec<u8>,
}

#[pymethods]
impl Chunked {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// The data in `block`, and how many of its bytes belong to the body.
    fn decode<'py>(&mut self, py: Python<'py>, block: &[u8]) -> PyResult<(Bound<'py, PyBytes>, usize)> {
        self.data.clear();
        let taken = self.core.decode(block, &mut self.data);
        let taken = taken.map_err(|bad| PyValueError::new_err((bad.why, bad.at)))?;
        Ok((PyBytes::new(py, &self.data), taken))
    }

    #[getter]
    fn done(&self) -> bool {
        self.core.is_done()
    }
}
