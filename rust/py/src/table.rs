//! A dialect's table, compiled: what Python declares as data becomes `core::dispatch::Table`, and
//! each row gets the Python class of its events.

use crate::node;
use crate::row::RowObject;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};
use ssescan_core::declaration::{
    ChannelDeclaration, Declaration, FinishDeclaration, NameDeclaration, RowDeclaration, TextDeclaration,
    WhenDeclaration,
};
use ssescan_core::dispatch::Table;
use std::sync::Arc;

/// The return value of `Dialect.declaration`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct DialectSpec {
    rows: Vec<RowSpec>,
    named_by: Vec<(String, String)>,
    payload: Option<String>,
    finish: Option<FinishSpec>,
    index: Option<i64>,
    done_completes: bool,
    claims: Vec<String>,
    error_key: Option<String>,
    error_key_not_in: Vec<String>,
    error_field: Option<String>,
    skip: Vec<String>,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct RowSpec {
    name: Option<String>,
    channels: Vec<ChannelSpec>,
    ends: Option<String>,
    error: bool,
    fails: bool,
    usage: Vec<String>,
    when: Vec<WhenSpec>,
    whole: Option<Vec<String>>,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct ChannelSpec {
    name: String,
    texts: Vec<TextSpec>,
    index: Option<String>,
    reads_first: bool,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct TextSpec {
    path: String,
    when: Option<WhenSpec>,
    as_json: bool,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct WhenSpec {
    path: String,
    is_true: bool,
    is_reason: bool,
    strings: Vec<String>,
    ignore_case: bool,
    negated: bool,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct FinishSpec {
    path: String,
    each: Option<String>,
    unset: Vec<String>,
    fails: Vec<String>,
    error: Vec<String>,
}

impl DialectSpec {
    fn declaration(self) -> Declaration {
        Declaration {
            rows: self.rows.into_iter().map(RowSpec::declaration).collect(),
            named_by: self.named_by.into_iter().map(name_declaration).collect(),
            payload: self.payload,
            finish: self.finish.map(|FinishSpec { path, each, unset, fails, error }| FinishDeclaration {
                path,
                each,
                unset,
                fails,
                error,
            }),
            index: self.index,
            done_completes: self.done_completes,
            claims: self.claims,
            error_key: self.error_key,
            error_key_not_in: self.error_key_not_in,
            error_field: self.error_field,
            skip: self.skip,
        }
    }
}

impl RowSpec {
    fn declaration(self) -> RowDeclaration {
        RowDeclaration {
            name: self.name,
            channels: self.channels.into_iter().map(ChannelSpec::declaration).collect(),
            ends: self.ends,
            error: self.error,
            fails: self.fails,
            usage: self.usage,
            when: self.when.into_iter().map(WhenSpec::declaration).collect(),
            whole: self.whole,
        }
    }
}

impl ChannelSpec {
    fn declaration(self) -> ChannelDeclaration {
        let text =
            |TextSpec { path, when, as_json }| TextDeclaration { path, when: when.map(WhenSpec::declaration), as_json };
        let texts = self.texts.into_iter().map(text).collect();
        ChannelDeclaration { name: self.name, texts, index: self.index, reads_first: self.reads_first }
    }
}

impl WhenSpec {
    fn declaration(self) -> WhenDeclaration {
        let WhenSpec { path, is_true, is_reason, strings, ignore_case, negated } = self;
        WhenDeclaration { path, is_true, is_reason, strings, ignore_case, negated }
    }
}

fn name_declaration((kind, value): (String, String)) -> NameDeclaration {
    match kind.as_str() {
        "sse" => NameDeclaration::Sse,
        "present" => NameDeclaration::Present(value),
        _ => NameDeclaration::Key(value),
    }
}

/// A compiled dialect. See `ssescan.dialects.Dialect` for what the arguments mean.
#[pyclass(frozen, name = "Table", module = "ssescan._core")]
pub struct TableObject {
    pub table: Arc<Table>,
    /// One per row of the table; None for rows that are not yielded.
    rows: Vec<Option<LazyRow>>,
    #[pyo3(get)]
    name: Py<PyString>,
    name_key: Option<Py<PyString>>,
    data_key: Option<Py<PyString>>,
}

/// A row whose class is loaded when it is first needed.
struct LazyRow {
    row: PyOnceLock<Py<RowObject>>,
    name: Py<PyString>,
    /// A function that returns the class.
    load: Py<PyAny>,
}

#[pymethods]
impl TableObject {
    /// `classes`: for each row a function that returns its class, or None.
    #[new]
    #[pyo3(signature = (name, declaration, classes, *, name_key, data_key))]
    fn new(
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        declaration: DialectSpec,
        classes: Vec<Option<Py<PyAny>>>,
        name_key: Option<String>,
        data_key: Option<String>,
    ) -> PyResult<Self> {
        let declaration = declaration.declaration();
        let problem = |problem: String| PyValueError::new_err(format!("Invalid dialect {name}: {problem}"));
        let table = Arc::new(declaration.compile().map_err(problem)?);
        if data_key.is_none() && table.rows.iter().any(|row| row.takes_arrays()) {
            return Err(problem("payloads that are arrays need an attribute for them (data_key=)".into()));
        }
        let intern = |text: &Option<String>| text.as_ref().map(|text| PyString::intern(py, text).unbind());
        let lazy = |(row, load): (&RowDeclaration, Option<Py<PyAny>>)| {
            let name = PyString::intern(py, row.name.as_deref().unwrap_or("")).unbind();
            load.map(|load| LazyRow { row: PyOnceLock::new(), name, load })
        };
        Ok(TableObject {
            rows: declaration.rows.iter().zip(classes).map(lazy).collect(),
            table,
            name: name.clone().unbind(),
            name_key: intern(&name_key),
            data_key: intern(&data_key),
        })
    }

    /// Load the classes of all rows.
    fn load(&self, py: Python<'_>) -> PyResult<()> {
        (0..self.rows.len()).try_for_each(|at| self.row_at(py, at).map(|_| ()))
    }

    /// The row of events with this name; for an unknown name the default row under that name. A name may have several rows:
    /// `index` chooses one of them, else it is the last one.
    #[pyo3(signature = (name, index=None))]
    fn row(&self, py: Python<'_>, name: &str, index: Option<usize>) -> PyResult<Option<Py<RowObject>>> {
        let known = self.table.row_of.get(name.as_bytes()).copied();
        let last = self.table.last_of(known.unwrap_or(self.table.default));
        let at = index.filter(|at| self.table.last_of(*at) == last).unwrap_or(last);
        match self.row_at(py, at)? {
            // A dialect whose events have no names has one name for all.
            Some(row) if known.is_some() || self.table.named_by.is_empty() => Ok(Some(row.clone_ref(py))),
            Some(row) => row.get().named(py, name.as_bytes()).map(Some),
            None => Ok(None),
        }
    }
}

impl TableObject {
    /// The name of the dialect.
    pub fn name(&self, py: Python<'_>) -> Py<PyString> {
        self.name.clone_ref(py)
    }

    /// The row at an index, if its class is loaded.
    pub fn loaded_row(&self, py: Python<'_>, at: usize) -> Option<&Py<RowObject>> {
        self.rows.get(at)?.as_ref()?.row.get(py)
    }

    /// The row at an index; None for one that is not yielded. Its class is loaded if it is not yet, by Python code.
    pub fn row_at(&self, py: Python<'_>, at: usize) -> PyResult<Option<&Py<RowObject>>> {
        let Some(lazy) = self.rows.get(at).and_then(|row| row.as_ref()) else { return Ok(None) };
        let make = || {
            let cls = lazy.load.bind(py).call0()?.cast_into::<PyType>()?;
            node::check_class(&cls)?;
            let row = RowObject {
                cls: cls.unbind(),
                name: lazy.name.clone_ref(py),
                dialect: self.name(py),
                index: at,
                name_key: self.name_key.as_ref().map(|key| key.clone_ref(py)),
                data_key: self.data_key.as_ref().map(|key| key.clone_ref(py)),
                table: Arc::clone(&self.table),
            };
            Py::new(py, row)
        };
        lazy.row.get_or_try_init(py, make).map(Some)
    }
}
