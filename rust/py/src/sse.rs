//! `ServerSentEvent`: a frame of a stream without a dialect.

use crate::once;
use crate::stream::{lossy_str, new_bytes};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyString, PyTuple};
use ssescan_core::encode::{frame, Unsendable};

static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// One event of an event stream, as the WHATWG standard defines it. Streams without a dialect yield these.
///
/// It is immutable, hashable, and equal to an event with the same fields. It can be copied, pickled and weakly referenced,
/// and matches `ServerSentEvent(event, data, id, retry)`. It owns its data.
#[pyclass(frozen, module = "ssescan", weakref)]
pub struct ServerSentEvent {
    /// The event type: the value of the last `event` line, or "message" if it is missing or empty.
    #[pyo3(get)]
    event: Py<PyString>,
    /// The last event id at this event; an empty string if no id was ever set. Ids are sticky.
    #[pyo3(get)]
    id: Py<PyString>,
    /// The reconnection time in milliseconds if this event has a valid `retry` line, else None.
    #[pyo3(get)]
    retry: Option<u64>,
    /// The data lines as they were received, joined by LF. They may be invalid UTF-8.
    #[pyo3(get)]
    raw: Py<PyBytes>,
    data: PyOnceLock<Py<PyString>>,
    json: PyOnceLock<Py<PyAny>>,
}

impl ServerSentEvent {
    /// Makes an event without running Python code.
    pub fn make(
        py: Python<'_>,
        event: Py<PyString>,
        payload: &[u8],
        id: Py<PyString>,
        retry: Option<u64>,
    ) -> PyResult<Self> {
        let raw = new_bytes(py, payload)?.unbind();
        Ok(ServerSentEvent { event, id, retry, raw, data: PyOnceLock::new(), json: PyOnceLock::new() })
    }

    /// Turns an event without other references into `made`. Returns `made` if that is not possible. Runs no Python code.
    pub fn recycle(event: &Bound<'_, PyAny>, made: ServerSentEvent) -> Result<(), ServerSentEvent> {
        let Ok(event) = event.cast_exact::<ServerSentEvent>() else { return Err(made) };
        // The decoded payload may be anything, so dropping it may run code.
        if event.get().json.get(event.py()).is_some() {
            return Err(made);
        }
        let object = event.as_ptr().cast::<u8>();
        let offset = std::ptr::from_ref(event.get()).addr() - object.addr();
        // SAFETY: the object is alive, its content is at `offset`, and its list of weak references where its type says. Nothing
        // else refers to it if the count is one, so that no reference to the content exists. Strings and bytes are dropped.
        unsafe {
            let weakrefs = (*ffi::Py_TYPE(event.as_ptr())).tp_weaklistoffset;
            let is_shared = ffi::Py_REFCNT(event.as_ptr()) != 1
                || weakrefs <= 0
                || !object.offset(weakrefs).cast::<*mut ffi::PyObject>().read().is_null();
            if is_shared {
                return Err(made);
            }
            drop(object.add(offset).cast::<ServerSentEvent>().replace(made));
        }
        Ok(())
    }

    pub fn name(&self, py: Python<'_>) -> Py<PyString> {
        self.event.clone_ref(py)
    }
}

/// The frame of an event.
#[pyfunction]
pub fn encode_frame<'py>(
    py: Python<'py>,
    event: &Bound<'py, PyString>,
    data: &[u8],
    id: &Bound<'py, PyString>,
    retry: Option<u64>,
) -> PyResult<Bound<'py, PyBytes>> {
    let utf8 = |text: &Bound<'py, PyString>| text.encode_utf8();
    match frame(utf8(event)?.as_bytes(), data, utf8(id)?.as_bytes(), retry) {
        Ok(frame) => new_bytes(py, &frame),
        Err(Unsendable::Name) => {
            Err(PyValueError::new_err(format!("event must not contain a line break, got {}", event.repr()?)))
        }
        Err(Unsendable::Id) => {
            Err(PyValueError::new_err(format!("id must not contain a line break or NUL, got {}", id.repr()?)))
        }
    }
}

#[pymethods]
impl ServerSentEvent {
    #[classattr]
    #[allow(non_upper_case_globals)]
    const __match_args__: (&'static str, &'static str, &'static str, &'static str) = ("event", "data", "id", "retry");

    #[new]
    #[pyo3(signature = (event=None, data=None, id=None, retry=None))]
    fn new(
        py: Python<'_>,
        event: Option<Py<PyString>>,
        data: Option<&Bound<'_, PyAny>>,
        id: Option<Py<PyString>>,
        retry: Option<u64>,
    ) -> PyResult<Self> {
        let empty = || PyString::intern(py, "").unbind();
        let raw = match data {
            None => PyBytes::new(py, b""),
            Some(data) => match (data.cast::<PyString>(), data.cast::<PyBytes>()) {
                (Ok(text), _) => text.encode_utf8()?,
                (_, Ok(bytes)) => bytes.clone(),
                _ => return Err(PyTypeError::new_err(format!("data must be str or bytes, got {}", data.get_type()))),
            },
        };
        let event = event.unwrap_or_else(|| PyString::intern(py, "message").unbind());
        Self::make(py, event, raw.as_bytes(), id.unwrap_or_else(empty), retry)
    }

    /// The data lines as text, joined by LF. Invalid UTF-8 becomes U+FFFD.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let text = || Ok(lossy_str(py, self.raw.as_bytes(py))?.unbind());
        Ok(once::get_or_make(py, &self.data, text)?.bind(py).clone())
    }

    /// Return the decoded data. It is decoded once; every call returns the same object.
    ///
    /// Raises:
    ///     EventDecodeError: The data is not JSON.
    fn json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let load = || {
            let loads = once::import(py, &LOADS, "ssescan.models._json", "loads")?;
            Ok(loads.call1((&self.raw, &self.event))?.unbind())
        };
        Ok(once::get_or_make(py, &self.json, load)?.bind(py).clone())
    }

    /// Return the event as a frame of an event stream, to pass it on. Line breaks in the data become LF.
    ///
    /// A name "message" and an empty id are left out: a client that has an id keeps it.
    ///
    /// Raises:
    ///     ValueError: The name or the id contains a line break, or the id a NUL. Events of a stream never do.
    fn encode<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        encode_frame(py, self.event.bind(py), self.raw.as_bytes(py), self.id.bind(py), self.retry)
    }

    fn __eq__<'py>(&self, py: Python<'py>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let Ok(other) = other.cast::<ServerSentEvent>() else {
            return Ok(py.NotImplemented().into_bound(py));
        };
        let other = other.get();
        let equal = self.retry == other.retry
            && self.raw.as_bytes(py) == other.raw.as_bytes(py)
            && self.event.bind(py).as_any().eq(other.event.bind(py))?
            && self.id.bind(py).as_any().eq(other.id.bind(py))?;
        Ok(PyBool::new(py, equal).to_owned().into_any())
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        (&self.event, &self.raw, &self.id, self.retry).into_pyobject(py)?.hash()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let data = self.data(py)?;
        Ok(format!(
            "ServerSentEvent(event={}, data={}, id={}, retry={})",
            self.event.bind(py).repr()?,
            data.repr()?,
            self.id.bind(py).repr()?,
            match self.retry {
                Some(retry) => retry.to_string(),
                None => "None".to_string(),
            }
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let this = slf.get();
        let args = (&this.event, &this.raw, &this.id, this.retry).into_pyobject(slf.py())?;
        Ok((slf.get_type().into_any(), args))
    }
}
