//! A dialect's table, compiled: what Python declares as data becomes `core::dispatch::Table`, and
//! each row gets the Python class of its events.

use crate::node;
use crate::row::RowObject;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};
use ssescan_core::dispatch::{Ends, Lookup, Named, Row, Table};
use ssescan_core::json::Key;
use ssescan_core::textpath::{Channel, Path};
use std::collections::HashMap;
use std::sync::Arc;

/// `(name or None, class or None, channels, ends, error, fails, usage)` with channels as
/// `[(channel, [path, ...], index path or None), ...]`.
type RowSpec<'py> = (
    Option<String>,
    Option<Bound<'py, PyType>>,
    Vec<(String, Vec<String>, Option<String>)>,
    Option<String>,
    bool,
    bool,
    Option<String>,
);

/// A compiled dialect. See `ssescan.dialects.Dialect` for what the arguments mean.
#[pyclass(frozen, name = "Table", module = "ssescan._core")]
pub struct TableObject {
    pub table: Arc<Table>,
    /// One per row of the table; None for rows that are not yielded.
    pub rows: Vec<Option<Py<RowObject>>>,
    #[pyo3(get)]
    name: Py<PyString>,
}

#[pymethods]
impl TableObject {
    #[new]
    #[pyo3(signature = (name, rows, *, named_by, payload, finish, index, claims, error_key, error_key_not_in, error_field, skip, name_key, data_key))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        rows: Vec<RowSpec<'_>>,
        named_by: Vec<String>,
        payload: Option<String>,
        finish: Option<(String, String)>,
        index: Option<i64>,
        claims: Vec<String>,
        error_key: Option<String>,
        error_key_not_in: Vec<String>,
        error_field: Option<String>,
        skip: Vec<String>,
        name_key: Option<String>,
        data_key: Option<String>,
    ) -> PyResult<Self> {
        let key = |text: &String| -> Key { text.as_bytes().into() };
        let mut row_of = HashMap::new();
        let mut default = None;
        for (at, row) in rows.iter().enumerate() {
            match &row.0 {
                Some(name) => drop(row_of.insert(name.as_bytes().to_vec(), at)),
                None => default = Some(at),
            }
        }
        let table = Table {
            rows: rows.iter().map(compile_row).collect::<PyResult<_>>()?,
            row_of,
            default: default.ok_or_else(|| PyValueError::new_err("a dialect needs a default row"))?,
            named_by: named_by.iter().map(|by| if by == "sse" { Named::Sse } else { Named::Key(key(by)) }).collect(),
            payload: payload.as_ref().map(key),
            finish: finish.map(|(path, each)| finish_of(&path, &each)).transpose()?,
            index,
            claims: claims.iter().map(key).collect(),
            error_key: error_key.as_ref().map(|text| Lookup::new(vec![key(text)])),
            error_key_not_in: error_key_not_in.into_iter().map(String::into_bytes).collect(),
            error_field: error_field.as_ref().map(key),
            skip: skip.into_iter().map(String::into_bytes).collect(),
        };
        let table = Arc::new(table.join_finish());
        let intern = |text: &Option<String>| text.as_ref().map(|text| PyString::intern(py, text).unbind());
        let mut made = Vec::with_capacity(rows.len());
        for (at, (row_name, cls, ..)) in rows.into_iter().enumerate() {
            let Some(cls) = cls else {
                made.push(None);
                continue;
            };
            node::check_class(&cls)?;
            let row = RowObject {
                cls: cls.unbind(),
                name: PyString::intern(py, row_name.as_deref().unwrap_or("")).unbind(),
                dialect: name.clone().unbind(),
                index: at,
                name_key: intern(&name_key),
                data_key: intern(&data_key),
                table: Arc::clone(&table),
            };
            made.push(Some(Py::new(py, row)?));
        }
        Ok(TableObject { table, rows: made, name: name.clone().unbind() })
    }

    /// The row of events with this name; for an unknown name the default row under that name.
    fn row(&self, py: Python<'_>, name: &str) -> PyResult<Option<Py<RowObject>>> {
        match self.table.row_of.get(name.as_bytes()) {
            Some(at) => Ok(self.rows.get(*at).and_then(|row| row.as_ref()).map(|row| row.clone_ref(py))),
            None => self.default_row(py, name.as_bytes()),
        }
    }
}

impl TableObject {
    /// The name of the dialect.
    pub fn name(&self, py: Python<'_>) -> Py<PyString> {
        self.name.clone_ref(py)
    }

    pub fn default_row(&self, py: Python<'_>, name: &[u8]) -> PyResult<Option<Py<RowObject>>> {
        let row = self.rows.get(self.table.default).and_then(|row| row.as_ref());
        // A dialect whose events have no names has one row for all.
        match row {
            Some(row) if self.table.named_by.is_empty() => Ok(Some(row.clone_ref(py))),
            Some(row) => row.get().named(py, name).map(Some),
            None => Ok(None),
        }
    }
}

fn compile_row(row: &RowSpec<'_>) -> PyResult<Row> {
    let (name, _, channels, ends, error, fails, usage) = row;
    let ends = match ends.as_deref() {
        None => Ends::No,
        Some("payload") => Ends::Payload,
        Some("mark") => Ends::Mark,
        Some("last") => Ends::Last,
        Some(other) => {
            return Err(PyValueError::new_err(format!(
                "row {name:?}: ends must be None, 'payload', 'mark' or 'last', got {other:?}"
            )))
        }
    };
    let channels = channels.iter().map(|(name, paths, index)| Ok((name.clone(), channel(paths, index.as_ref())?)));
    let usage = usage.as_ref().map(|path| Lookup::new(path.split('.').map(|key| key.as_bytes().into()).collect()));
    Ok(Row { channels: channels.collect::<PyResult<_>>()?, ends, error: *error, fails: *fails, usage })
}

fn channel(paths: &[String], index: Option<&String>) -> PyResult<Channel> {
    let parse = |path: &String| Path::parse(path).map_err(PyValueError::new_err);
    let paths = paths.iter().map(parse).collect::<PyResult<_>>()?;
    Channel::new(paths, index.map(parse).transpose()?).map_err(PyValueError::new_err)
}

fn finish_of(path: &str, index: &str) -> PyResult<Channel> {
    let parse = |path: &str| Path::parse(path).map_err(PyValueError::new_err);
    Channel::of_finish(parse(path)?, Some(parse(index)?)).map_err(PyValueError::new_err)
}
