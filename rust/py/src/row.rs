//! A row of a dialect, as its events refer to it.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use ssescan_core::dispatch::Table;
use std::sync::Arc;

/// The value of an attribute of an event.
pub enum Shown {
    /// The name of the event.
    Name(Py<PyString>),
    /// The whole payload.
    Payload,
    /// A value in the payload.
    Part,
}

/// A row, as events refer to it.
#[pyclass(frozen, name = "Row", module = "ssescan._core")]
pub struct RowObject {
    pub cls: Py<PyType>,
    /// The wire name of the events.
    #[pyo3(get)]
    pub name: Py<PyString>,
    #[pyo3(get)]
    pub dialect: Py<PyString>,
    #[pyo3(get)]
    pub index: usize,
    /// The attribute of events that has their name.
    pub name_key: Option<Py<PyString>>,
    /// The attribute of events that has their payload; None if the event itself is the payload.
    pub data_key: Option<Py<PyString>>,
    pub table: Arc<Table>,
}

#[pymethods]
impl RowObject {
    /// Whether the dialect has names in the event line.
    #[getter]
    fn named_by_sse(&self) -> bool {
        self.table.is_named_by_sse()
    }
}

impl RowObject {
    pub fn index(&self) -> usize {
        self.index
    }

    /// The value of attribute `key` for an event that was not decoded yet (keys are interned).
    pub fn shows(&self, py: Python<'_>, key: &Py<PyString>) -> Shown {
        let is = |known: &Option<Py<PyString>>| known.as_ref().is_some_and(|known| known.is(key));
        match (is(&self.name_key), is(&self.data_key)) {
            (true, _) => Shown::Name(self.name.clone_ref(py)),
            (_, true) => Shown::Payload,
            _ => Shown::Part,
        }
    }

    /// Whether events have their payload in an attribute.
    pub fn wraps(&self) -> bool {
        self.data_key.is_some()
    }

    /// The object that an event with this payload shows.
    pub fn wrap<'py>(&self, py: Python<'py>, payload: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let event = PyDict::new(py);
        event.set_item(&self.data_key, payload)?;
        if let Some(name_key) = &self.name_key {
            event.set_item(name_key, &self.name)?;
        }
        Ok(event)
    }

    /// A copy of the row for an event whose name the table does not know.
    pub fn named(&self, py: Python<'_>, name: &[u8]) -> PyResult<Py<RowObject>> {
        Py::new(
            py,
            RowObject {
                cls: self.cls.clone_ref(py),
                name: PyString::new(py, &String::from_utf8_lossy(name)).unbind(),
                dialect: self.dialect.clone_ref(py),
                index: self.index,
                name_key: self.name_key.as_ref().map(|key| key.clone_ref(py)),
                data_key: self.data_key.as_ref().map(|key| key.clone_ref(py)),
                table: Arc::clone(&self.table),
            },
        )
    }
}
