//! The current event: `scan`, `event` and `text` of a stream.
//!
//! `scan` only plans the event, and `event` makes it. `text` needs no event.

use super::{failed_with, make, node, pull, settle, MadeText, Next, Plan, Stream};
use crate::event_text::event_text;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use ssescan_core::dispatch::Table;
use std::sync::Arc;

/// Yields the events of a stream. It shares the position of the stream, and can outlive a patch of the stream's methods.
#[pyclass(frozen, module = "ssescan._core")]
pub struct EventIterator {
    stream: Py<Stream>,
}

#[pymethods]
impl EventIterator {
    #[new]
    fn new(stream: Py<Stream>) -> Self {
        EventIterator { stream }
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        next_event(self.stream.bind(py))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.stream)
    }
}

/// Advances to the next event and returns it. Returns None at a good end.
#[inline(always)]
pub fn next_event(slf: &Bound<'_, Stream>) -> PyResult<Option<Py<PyAny>>> {
    let mut stream = slf.borrow_mut();
    if stream.planned.is_some() {
        drop(stream);
        event(slf)?; // it stays the current one if the stream ends here
        stream = slf.borrow_mut();
    }
    loop {
        match stream.next(slf.py())? {
            Next::Event(Plan::Recycled(event)) => return Ok(Some(event)),
            Next::Event(plan) => {
                drop(stream);
                return make(slf, plan).map(Some);
            }
            Next::NeedBlock => stream = pull(slf, stream)?,
            Next::End => {
                drop(stream);
                return settle(slf).map(|()| None);
            }
        }
    }
}

/// Advances to the next event. Returns false at the end, also if the stream failed.
pub fn scan(slf: &Bound<'_, Stream>) -> PyResult<bool> {
    match advance(slf) {
        Err(error) if failed_with(slf, &error) => Ok(false),
        result => result,
    }
}

fn advance(slf: &Bound<'_, Stream>) -> PyResult<bool> {
    let mut stream = slf.borrow_mut();
    loop {
        match stream.next(slf.py())? {
            Next::Event(Plan::Recycled(_)) if stream.planned.is_none() => return Ok(true),
            Next::Event(plan) => {
                let before = stream.hold(plan);
                drop(stream);
                drop(before); // it may have a finalizer
                return Ok(true);
            }
            Next::NeedBlock => stream = pull(slf, stream)?,
            Next::End => {
                drop(stream);
                return settle(slf).map(|()| false);
            }
        }
    }
}

/// The current event. It is made here if it was only planned.
#[inline(always)]
pub fn event(slf: &Bound<'_, Stream>) -> PyResult<Option<Py<PyAny>>> {
    let stream = slf.borrow();
    match stream.planned.is_some() {
        false => Ok(stream.current.as_ref().map(|event| event.clone_ref(slf.py()))),
        true => {
            drop(stream);
            make_planned(slf)
        }
    }
}

#[inline(never)]
fn make_planned(slf: &Bound<'_, Stream>) -> PyResult<Option<Py<PyAny>>> {
    let planned = slf.borrow_mut().planned.take();
    planned.map(|plan| make(slf, plan)).transpose()
}

/// The text that the current event adds on channel `text`, or None.
pub fn text<'py>(slf: &Bound<'py, Stream>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = slf.py();
    let mut stream = slf.borrow_mut();
    let Stream { planned, texts, .. } = &mut *stream;
    let read = match planned.as_ref().and_then(|plan| plan.payload(py)) {
        Some((table, index, payload)) => texts.read(py, table, index, payload)?.ok(),
        None => None,
    };
    drop(stream); // decoding and making an event may run Python code
    match read {
        Some(text) => text.map(MadeText::decoded).transpose(),
        // The event exists, or it reports that its payload is malformed.
        None => match event(slf)?.map(|event| event.into_bound(py)).filter(node::is_node) {
            Some(event) => event_text(&event),
            None => Ok(None),
        },
    }
}

impl Stream {
    /// Makes a planned event the current one, and returns what must be dropped without a borrow.
    fn hold(&mut self, plan: Plan) -> Option<Plan> {
        if matches!(plan, Plan::Recycled(_)) {
            return self.planned.take(); // the event is the current one already
        }
        if let Some(event) = self.current.take() {
            self.previous = Some(event); // the plan took the one before
        }
        self.planned.replace(plan)
    }
}

impl Plan {
    /// The table, the row and the payload of a typed event that was not made yet.
    fn payload<'a>(&'a self, py: Python<'a>) -> Option<(&'a Arc<Table>, usize, &'a [u8])> {
        match self {
            Plan::Node { row, raw, place, .. } => {
                let (row, raw) = (row.get(), raw.as_bytes(py));
                let payload = place.map_or(Some(raw), |(start, len)| raw.get(start..start + len));
                Some((&row.table, row.index, payload.unwrap_or_default()))
            }
            Plan::NewRow { table, index, raw, .. } => Some((&table.get().table, *index, raw.as_bytes(py))),
            Plan::Recycled(_) | Plan::Plain { .. } => None,
        }
    }
}
