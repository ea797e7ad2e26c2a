//! Reads of text: `TextReads`, `TextIterator`, and `_read_bytes` of a stream.
//!
//! The text of a block goes into the stream's `TextBuffer` first, so that a read that is interrupted loses nothing.

use super::{check, make, new_bytes, pull, settle, MadeText, Next, Session, Step, Stream};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyEllipsis, PyInt, PyList, PyString};
use ssescan_core::history::{IndexChoice, Selection};
use ssescan_core::text::{self, Text};
use ssescan_core::text_buffer::Amount;

/// A read of all text joins pieces of this size. One buffer that grows with the answer takes twice as long.
const PIECE_BYTES: usize = 16384;

/// All text at hand, as soon as there is any.
const ALL: Amount = Amount::Bytes(usize::MAX);

/// A channel and an index: the text that a reader reads.
#[pyclass(frozen, name = "Selection", module = "ssescan._core")]
pub struct SelectionObject {
    selection: Selection,
}

#[pymethods]
impl SelectionObject {
    #[new]
    fn new(channel: String, index: &Bound<'_, PyAny>) -> PyResult<Self> {
        let index = match index {
            index if index.is(PyEllipsis::get(index.py())) => IndexChoice::Default,
            index if index.is_none() => IndexChoice::All,
            index if index.is_instance_of::<PyInt>() => IndexChoice::Index(index.extract()?),
            index => {
                let shown = index.repr()?;
                return Err(PyTypeError::new_err(format!("index must be an int, or None for all, got {shown}")));
            }
        };
        Ok(SelectionObject { selection: Selection { channel, index } })
    }
}

/// A read: which text, and who gets the events that add no text.
pub struct Read<'a, 'py> {
    pub stream: &'a Bound<'py, Stream>,
    pub selection: &'a Bound<'py, SelectionObject>,
    pub on_event: Option<&'a Bound<'py, PyAny>>,
}

impl<'py> Read<'_, 'py> {
    pub fn text(&self, amount: Amount) -> PyResult<Bound<'py, PyAny>> {
        let len = self.wait(amount)?;
        self.take(len)
    }

    pub fn bytes(&self, size: usize) -> PyResult<Bound<'py, PyBytes>> {
        let len = self.wait(Amount::Bytes(size))?;
        let mut stream = self.stream.borrow_mut();
        let buffer = &mut stream.text_buffer;
        let unread = buffer.unread().get(..len).unwrap_or_default();
        let bytes = match buffer.has_surrogates() {
            true => PyBytes::new_with(self.stream.py(), unread.len(), |bytes| {
                bytes.copy_from_slice(unread);
                text::replace_surrogates(bytes);
                Ok(())
            }),
            false => new_bytes(self.stream.py(), unread),
        }?;
        buffer.consume(len);
        Ok(bytes)
    }

    /// The text of the next event that adds any; first the text that another read left. None at the end.
    fn one(&self) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (mut stream, ready) = self.begin(ALL)?;
        if let Some(len) = ready {
            drop(stream);
            return self.take(len).map(Some);
        }
        let selection = &self.selection.get().selection;
        loop {
            let mut buffer = std::mem::take(&mut stream.text_buffer);
            let step = stream.step(|session| session.read_one(selection, buffer.text()));
            stream.text_buffer = buffer;
            match step? {
                Step::Event => {}
                Step::NeedBlock => {
                    stream = pull(self.stream, stream)?;
                    continue;
                }
                Step::End => {
                    let len = self.at_end(stream, ALL)?;
                    return if len == 0 { Ok(None) } else { self.take(len).map(Some) };
                }
            }
            if let Some(len) = stream.text_buffer.piece(ALL, false) {
                stream.saw_text();
                drop(stream);
                return self.take(len).map(Some);
            }
        }
    }

    /// Returns all text up to the end of the stream.
    pub fn all(&self) -> PyResult<Bound<'py, PyAny>> {
        let py = self.stream.py();
        let parts = PyList::empty(py);
        loop {
            match self.wait(Amount::AtLeast(PIECE_BYTES)) {
                Ok(0) => break,
                Ok(len) => parts.append(self.take(len)?)?,
                Err(error) => {
                    if self.stream.borrow().is_open() {
                        self.put_back(&parts)?;
                    }
                    return Err(error);
                }
            }
        }
        match parts.len() {
            1 => parts.get_item(0),
            _ => PyString::new(py, "").call_method1("join", (parts,)),
        }
    }

    fn put_back(&self, parts: &Bound<'py, PyList>) -> PyResult<()> {
        let mut front = Text::default();
        for part in parts {
            let encoded = part.call_method1("encode", ("utf-8", "surrogatepass"))?;
            front.push_wtf8(encoded.cast::<PyBytes>()?.as_bytes());
        }
        self.stream.borrow_mut().text_buffer.put_back(front);
        Ok(())
    }

    /// Removes `len` bytes from the buffer and returns them as a str.
    fn take(&self, len: usize) -> PyResult<Bound<'py, PyAny>> {
        let py = self.stream.py();
        let mut stream = self.stream.borrow_mut();
        let buffer = &mut stream.text_buffer;
        let made = MadeText::of(py, buffer.unread().get(..len).unwrap_or_default(), buffer.has_surrogates())?;
        buffer.consume(len);
        drop(stream); // decoding surrogates may run Python code
        made.decoded()
    }

    /// Waits until the buffer has a piece of `amount`, and returns its size in bytes; 0 only at the end.
    fn wait(&self, amount: Amount) -> PyResult<usize> {
        let (mut stream, ready) = self.begin(amount)?;
        if let Some(len) = ready {
            return Ok(len);
        }
        let claimed = stream.text_buffer.claim(amount.is_long());
        let filled = self.fill(stream, amount);
        let mut stream = self.stream.borrow_mut();
        stream.text_buffer.claim(claimed);
        if filled.is_err() && amount.is_long() && !stream.is_open() {
            stream.text_buffer.clear(); // `partial_text` of the failure has it
        }
        filled
    }

    /// Borrows the stream for a read. The number is the size of a piece that is there already.
    fn begin(&self, amount: Amount) -> PyResult<(PyRefMut<'py, Stream>, Option<usize>)> {
        let mut stream = self.stream.borrow_mut();
        stream.check_idle()?;
        if stream.stopped.is_some() && !stream.is_open() {
            drop(stream);
            return Err(closed(self.stream));
        }
        if stream.stopped.is_some() {
            return Ok((stream, None));
        }
        self.select(&mut stream)?;
        let ready = stream.text_buffer.piece(amount, false);
        Ok((stream, ready))
    }

    fn fill(&self, mut stream: PyRefMut<'py, Stream>, amount: Amount) -> PyResult<usize> {
        let py = self.stream.py();
        let selection = &self.selection.get().selection;
        let notify = self.on_event.is_some();
        loop {
            let mut buffer = std::mem::take(&mut stream.text_buffer);
            let next = stream.advance(py, |session: &mut Session<_>| session.read(selection, notify, buffer.text()));
            stream.text_buffer = buffer;
            match next? {
                Next::Event(plan) => {
                    drop(stream);
                    if let Some(on_event) = self.on_event {
                        on_event.call1((make(self.stream, plan)?,))?;
                    }
                    stream = self.stream.borrow_mut();
                    self.select(&mut stream)?; // `on_event` may have read another channel
                }
                Next::NeedBlock => {
                    if !stream.text_buffer.ready(false).is_empty() {
                        stream.saw_text();
                    }
                    if let Some(len) = stream.text_buffer.piece(amount, false) {
                        return Ok(len);
                    }
                    stream = pull(self.stream, stream)?;
                }
                Next::End => return self.at_end(stream, amount),
            }
        }
    }

    /// The size of the last piece; 0 at the end of an answer that did not fail.
    fn at_end(&self, mut stream: PyRefMut<'py, Stream>, amount: Amount) -> PyResult<usize> {
        let has_text = !stream.text_buffer.unread().is_empty();
        if has_text {
            stream.saw_text();
        }
        if amount.is_long() || stream.stopped.is_some() || stream.failure().is_some() || !has_text {
            drop(stream);
            settle(self.stream)?;
            stream = self.stream.borrow_mut();
        }
        if stream.stopped.is_some() {
            drop(stream);
            return Err(closed(self.stream));
        }
        Ok(stream.text_buffer.piece(amount, true).unwrap_or(0))
    }

    fn select(&self, stream: &mut Stream) -> PyResult<()> {
        let selected = stream.text_buffer.select(&self.selection.get().selection);
        selected.map_err(|other| PyRuntimeError::new_err(other.to_string()))
    }
}

/// The reads of a text file: whose text, and who gets the events that add none.
#[pyclass(frozen, module = "ssescan._core")]
pub struct TextReads {
    stream: Py<Stream>,
    selection: Py<SelectionObject>,
    on_event: Option<Py<PyAny>>,
}

#[pymethods]
impl TextReads {
    #[new]
    fn new(stream: Py<Stream>, selection: Py<SelectionObject>, on_event: Option<Py<PyAny>>) -> Self {
        TextReads { stream, selection, on_event }
    }

    #[pyo3(signature = (size, /))]
    fn read<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Bound<'py, PyAny>> {
        match size.and_then(|size| usize::try_from(size).ok()) {
            Some(0) => Ok(PyString::new(py, "").into_any()),
            Some(size) => self.with(py, |read| read.text(Amount::Chars(size))),
            None => self.with(py, |read| read.all()),
        }
    }

    #[pyo3(signature = (size, /))]
    fn readline<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Bound<'py, PyAny>> {
        match size.and_then(|size| usize::try_from(size).ok()) {
            Some(0) => Ok(PyString::new(py, "").into_any()),
            limit => self.with(py, |read| read.text(Amount::Line(limit.unwrap_or(usize::MAX)))),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.stream)?;
        visit.call(&self.on_event)
    }
}

impl TextReads {
    fn with<'py, T>(&self, py: Python<'py>, read: impl FnOnce(Read<'_, 'py>) -> PyResult<T>) -> PyResult<T> {
        let on_event = self.on_event.as_ref().map(|on_event| on_event.bind(py));
        read(Read { stream: self.stream.bind(py), selection: self.selection.bind(py), on_event })
    }
}

/// Yields one str per event that adds text, as soon as the event has arrived.
#[pyclass(frozen, module = "ssescan._core")]
pub struct TextIterator {
    stream: Py<Stream>,
    selection: Py<SelectionObject>,
}

#[pymethods]
impl TextIterator {
    #[new]
    fn new(stream: Py<Stream>, selection: Py<SelectionObject>) -> Self {
        TextIterator { stream, selection }
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Read { stream: self.stream.bind(py), selection: self.selection.bind(py), on_event: None }.one()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let Selection { channel, index } = &self.selection.get().selection;
        let index = match index {
            IndexChoice::Index(index) => format!("[{index}]"),
            _ => String::new(),
        };
        let outcome = self.stream.bind(py).getattr("outcome")?;
        Ok(format!("<TextIterator {channel}{index}: {outcome}>"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.stream)
    }
}

/// The error of a read after `cancel` or `close`.
fn closed(stream: &Bound<'_, Stream>) -> PyErr {
    let closed = || PyValueError::new_err("Stream was closed before the answer was complete");
    check(stream).err().unwrap_or_else(closed)
}
