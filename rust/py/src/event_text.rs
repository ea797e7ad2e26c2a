//! The text of events on channel `text`.

use crate::node;
use crate::once::{self, UnderGil};
use crate::stream::MadeText;
use pyo3::exceptions::PyMemoryError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};
use ssescan_core::dispatch::Table;
use ssescan_core::doc_extractor::DocExtractor;
use ssescan_core::json::Malformed;
use ssescan_core::text::Text;
use std::cell::RefCell;
use std::sync::Arc;

/// Buffers that a longer text needed are freed.
const KEEP_BYTES: usize = 1 << 16;

static DECODE_ERROR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static PROPERTY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static TEXT_OF: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Reads the text of one event after another. Most events differ from the one before only in their text.
#[derive(Default)]
pub struct EventTexts {
    extractor: DocExtractor,
    /// The table and the row of the extractor's documents.
    row: Option<(Arc<Table>, usize)>,
    text: Text,
}

impl EventTexts {
    /// The text of an event of row `index`, or None. Runs no Python code.
    #[inline(always)]
    pub fn read<'py>(
        &mut self,
        py: Python<'py>,
        table: &Arc<Table>,
        index: usize,
        payload: &[u8],
    ) -> PyResult<Result<Option<MadeText<'py>>, Malformed>> {
        self.text.clear();
        let found = match self.is_of(table, index) && self.extractor.by_exact_template(payload, &mut self.text) {
            true => Ok(true),
            false => self.read_other(table, index, payload),
        };
        match found {
            Ok(true) if self.text.is_lost() => Err(PyMemoryError::new_err(())),
            Ok(true) => {
                let made = MadeText::of(py, self.text.as_bytes(), self.text.has_surrogates())?;
                if self.text.len() > KEEP_BYTES {
                    self.text = Text::default();
                }
                Ok(Ok(Some(made)))
            }
            Ok(false) => Ok(Ok(None)),
            Err(malformed) => Ok(Err(malformed)),
        }
    }

    fn is_of(&self, table: &Arc<Table>, index: usize) -> bool {
        self.row.as_ref().is_some_and(|(known, row)| *row == index && Arc::ptr_eq(known, table))
    }

    #[inline(never)]
    fn read_other(&mut self, table: &Arc<Table>, index: usize, payload: &[u8]) -> Result<bool, Malformed> {
        let Some(channel) = table.row(index).and_then(|row| row.channel("text")) else { return Ok(false) };
        if !self.is_of(table, index) {
            self.extractor.forget();
            self.row = Some((Arc::clone(table), index));
        }
        self.extractor.text(payload, channel, table.index, &mut self.text)
    }
}

/// Programs read the text of an event before they take the next one, so one template serves them all.
static LAST: UnderGil<RefCell<Option<EventTexts>>> = UnderGil(RefCell::new(None));

/// The text that an event adds on channel `text`, with all its parts joined, or None.
#[pyfunction]
pub fn event_text<'py>(event: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = event.py();
    let read = node::with_payload(event, |row, payload| {
        let mut last = LAST.0.try_borrow_mut().ok()?;
        Some(last.get_or_insert_default().read(py, &row.table, row.index, payload))
    })?;
    match read {
        Some(Ok(Ok(text))) => text.map(MadeText::decoded).transpose(),
        Some(Ok(Err(malformed))) => {
            let name = node::node_row(event)?.map(|row| row.get().name.clone_ref(py));
            Err(decode_error(py, name, node::node_raw(event)?, malformed)?)
        }
        Some(Err(error)) => Err(error),
        None => {
            let text = once::import(py, &TEXT_OF, "ssescan.events", "text_of")?.call1((event,))?;
            Ok(Some(text).filter(|text| !text.is_none()))
        }
    }
}

/// Makes the property `text` of events. Lookups of attributes know it, and call no descriptor.
#[pyfunction]
pub fn text_property<'py>(py: Python<'py>, doc: &str) -> PyResult<Bound<'py, PyAny>> {
    let get = wrap_pyfunction!(event_text, py)?;
    let made = py.import("builtins")?.getattr("property")?.call1((get, py.None(), py.None(), doc))?;
    let _known = PROPERTY.set(py, made.clone().unbind());
    Ok(made)
}

pub fn is_text_property(py: Python<'_>, object: *mut ffi::PyObject) -> bool {
    PROPERTY.get(py).is_some_and(|made| made.as_ptr() == object)
}

/// The exception for a malformed payload.
pub fn decode_error(
    py: Python<'_>,
    name: Option<Py<PyString>>,
    raw: Option<Bound<'_, PyBytes>>,
    malformed: Malformed,
) -> PyResult<PyErr> {
    let why = format!("{} at byte {}", malformed.why, malformed.at);
    let error = once::import(py, &DECODE_ERROR, "ssescan.errors", "EventDecodeError")?.call1((name, raw, why))?;
    Ok(PyErr::from_value(error))
}
