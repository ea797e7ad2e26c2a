//! `End`: why a stream ended, as a value. Python decides what it means.

use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use ssescan_core::session;

/// The kinds of an end, with the names that Python sees.
const KINDS: [&str; 11] =
    ["done", "eof", "only_done", "error", "failed", "malformed", "too_large", "source", "tee", "closed", "cancelled"];

/// Why a stream ended. Immutable; fields that do not belong to the kind are empty.
#[pyclass(frozen, get_all, module = "ssescan._core")]
pub struct End {
    kind: &'static str,
    /// The name and payload of the event that ended the stream, and its row in the table of the dialect.
    name: String,
    payload: Py<PyBytes>,
    row: Option<usize>,
    /// The payloads said that the answer is complete.
    complete: bool,
    /// Why and where the payload is malformed.
    why: String,
    at: usize,
    /// The limit for one event, the size of the one above it, and where it begins.
    limit: usize,
    size: usize,
    position: u64,
    /// The exception of the source or of the tee.
    cause: Option<Py<PyAny>>,
}

#[pymethods]
impl End {
    #[new]
    #[pyo3(signature = (kind, *, name="", payload=None, row=None, complete=false, why="", at=0, limit=0, size=0, position=0, cause=None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        kind: &str,
        name: &str,
        payload: Option<Py<PyBytes>>,
        row: Option<usize>,
        complete: bool,
        why: &str,
        at: usize,
        limit: usize,
        size: usize,
        position: u64,
        cause: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let unknown = || PyValueError::new_err(format!("unknown kind of end: {kind:?}"));
        let kind = KINDS.into_iter().find(|have| *have == kind).ok_or_else(unknown)?;
        let payload = payload.unwrap_or_else(|| PyBytes::new(py, b"").unbind());
        let (name, why) = (name.into(), why.into());
        Ok(End { kind, name, payload, row, complete, why, at, limit, size, position, cause })
    }

    fn __repr__(&self) -> String {
        format!("End('{}')", self.kind)
    }
}

impl End {
    pub fn of_kind(py: Python<'_>, kind: &'static str) -> Self {
        End {
            kind,
            name: String::new(),
            payload: PyBytes::new(py, b"").unbind(),
            row: None,
            complete: false,
            why: String::new(),
            at: 0,
            limit: 0,
            size: 0,
            position: 0,
            cause: None,
        }
    }

    /// The end that the session reports. `tail`: what the session did not understand at the end of the body.
    pub fn of_session(py: Python<'_>, end: &session::End, tail: &[u8]) -> Self {
        let event = |kind, name: &[u8], payload: &[u8]| End {
            name: String::from_utf8_lossy(name).into_owned(),
            payload: PyBytes::new(py, payload).unbind(),
            ..End::of_kind(py, kind)
        };
        match end {
            session::End::Done => End::of_kind(py, "done"),
            session::End::Eof { complete } => End { complete: *complete, ..event("eof", b"", tail) },
            session::End::OnlyDone => event("only_done", b"", tail),
            session::End::Error { row, name, payload } => End { row: *row, ..event("error", name, payload) },
            session::End::Failed { row, name, payload } => End { row: Some(*row), ..event("failed", name, payload) },
            session::End::Malformed { name, payload, malformed } => {
                End { why: malformed.why.into(), at: malformed.at, ..event("malformed", name, payload) }
            }
            session::End::TooLarge(too_large) => End {
                limit: too_large.limit,
                size: too_large.size,
                position: too_large.position,
                ..End::of_kind(py, "too_large")
            },
            session::End::OutOfMemory => End::of_kind(py, "source"), // see `out_of_memory`
        }
    }

    /// Memory for an event could not be allocated. Making the exception may run the garbage collector.
    pub fn out_of_memory(py: Python<'_>) -> Self {
        End::of_exception(py, "source", &PyMemoryError::new_err("Not enough memory for an event of the stream"), false)
    }

    /// The source or the tee, as `kind` says, raised `cause`.
    pub fn of_exception(py: Python<'_>, kind: &'static str, cause: &PyErr, complete: bool) -> Self {
        End { complete, cause: Some(cause.value(py).clone().unbind().into_any()), ..End::of_kind(py, kind) }
    }

    /// No exception follows, so the text so far is not needed.
    pub fn is_good(&self) -> bool {
        matches!(self.kind, "done" | "closed") || self.kind == "eof" && self.complete
    }

    /// The source is of no further use: `close()` was called before the end.
    pub fn is_closed(&self) -> bool {
        self.kind == "closed"
    }
}
