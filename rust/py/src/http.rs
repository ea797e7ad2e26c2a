//! `Chunked`: the transfer coding of HTTP bodies, for the transport.

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

    /// The data in `block`, how many of its bytes belong to the body, and what is wrong behind the
    /// data, if anything: `(why, position in the body)`.
    #[allow(clippy::type_complexity)]
    fn decode<'py>(
        &mut self,
        py: Python<'py>,
        block: &[u8],
    ) -> (Bound<'py, PyBytes>, usize, Option<(&'static str, u64)>) {
        self.data.clear();
        let taken = self.core.decode(block, &mut self.data);
        let data = PyBytes::new(py, &self.data);
        match taken {
            Ok(taken) => (data, taken, None),
            Err(bad) => (data, 0, Some((bad.why, bad.at))),
        }
    }

    #[getter]
    fn done(&self) -> bool {
        self.core.is_done()
    }
}
