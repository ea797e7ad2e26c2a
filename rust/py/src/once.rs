//! Values of the whole process: those that are made once, at first use, and those that are changed under the GIL.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The value of `cell`; `make` makes it at first use. The cell is not locked meanwhile: `make` may run Python code, and that
/// code may need the same value. Of several results the first one is kept.
pub fn get_or_make<'a, T>(
    py: Python<'_>,
    cell: &'a PyOnceLock<T>,
    make: impl FnOnce() -> PyResult<T>,
) -> PyResult<&'a T> {
    if let Some(made) = cell.get(py) {
        return Ok(made);
    }
    let made = make()?;
    let _late = cell.set(py, made);
    cell.get(py).ok_or_else(|| pyo3::exceptions::PyRuntimeError::new_err("Internal error: a value was not kept"))
}

/// The attribute `name` of a module, imported at first use.
pub fn import<'a, 'py>(
    py: Python<'py>,
    cell: &'a PyOnceLock<Py<PyAny>>,
    module: &str,
    name: &str,
) -> PyResult<&'a Bound<'py, PyAny>> {
    get_or_make(py, cell, || Ok(py.import(module)?.getattr(name)?.unbind())).map(|made| made.bind(py))
}

/// A value that is used while the GIL is held.
pub struct UnderGil<T>(pub T);

// SAFETY: used with a `Python` token only, and the module needs the GIL (`gil_used = true`).
unsafe impl<T> Sync for UnderGil<T> {}
