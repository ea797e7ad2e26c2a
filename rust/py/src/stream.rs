//! `Stream`: a session that pulls its blocks from a Python source, or is fed with them.
//!
//! The state is borrowed only between calls into Python, never across one. So every property can be read from any thread while
//! another thread waits for a block. Dropping an object and allocating one that the garbage collector tracks count as calls,
//! since both can run finalizers. So nothing that Python made is dropped while the state is borrowed, except exact bytes and
//! str. A stream ends in [`end`] and nowhere else: a function of Python decides what the end means, and the first verdict is
//! stored.

pub mod cursor;
pub mod text_reader;

use crate::end::End;
use crate::event_text::EventTexts;
use crate::http::Framing;
use crate::node;
use crate::row::RowObject;
use crate::sse::ServerSentEvent;
use crate::table::TableObject;
use pyo3::exceptions::{PyException, PyMemoryError, PyRuntimeError, PyStopIteration, PyTypeError};
use pyo3::ffi;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyMemoryView, PyString, PyTuple, PyWeakrefMethods, PyWeakrefReference};
use ssescan_core::dispatch::Table;
use ssescan_core::prefix::Prefix;
use ssescan_core::session::{self, Session, Step, Tables};
use ssescan_core::text::{self, Text};
use ssescan_core::text_buffer::TextBuffer;
use ssescan_core::textpath;
use std::collections::HashMap;
use std::ffi::c_int;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;
use text_reader::{Read, SelectionObject};

/// Names of events that are cached as Python strings or rows; servers use few.
const MAX_NAMES: usize = 64;
/// Longer names are not cached.
const MAX_NAME_BYTES: usize = 256;

/// Where the blocks come from: what `_attach` found in a source.
enum Source {
    None,
    /// An iterator of blocks.
    Iterator(Py<PyAny>),
    /// An iterator of a list or tuple. Its items exist already, so that only the first one arrives.
    Items(Py<PyAny>),
    /// A callable that takes the number of events that were returned, for its deadlines. It returns a block; an empty one at
    /// the end.
    Read(Py<PyAny>),
    /// A connection, and the framing of its body.
    Connection(Connection),
}

/// An HTTP body whose framing the core removes.
struct Connection {
    source: Py<PyAny>,
    reader: Py<PyAny>,
    /// The bound method `read` of the reader.
    read: Py<PyAny>,
    framing: Py<Framing>,
}

impl Source {
    fn of(source: &Bound<'_, PyAny>) -> PyResult<Self> {
        let iterator = source.getattr("iterator")?;
        let reader = source.getattr("connection")?;
        Ok(if !iterator.is_none() {
            match is_of_items(&iterator) {
                true => Source::Items(iterator.unbind()),
                false => Source::Iterator(iterator.unbind()),
            }
        } else if !reader.is_none() {
            Source::Connection(Connection {
                source: source.clone().unbind(),
                read: reader.getattr("read")?.unbind(),
                reader: reader.unbind(),
                framing: source.getattr("framing")?.cast_into::<Framing>()?.unbind(),
            })
        } else {
            Source::Read(source.getattr("read")?.unbind())
        })
    }

    fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Source::None => Source::None,
            Source::Iterator(iterator) => Source::Iterator(iterator.clone_ref(py)),
            Source::Items(iterator) => Source::Items(iterator.clone_ref(py)),
            Source::Read(read) => Source::Read(read.clone_ref(py)),
            Source::Connection(Connection { source, reader, read, framing }) => Source::Connection(Connection {
                source: source.clone_ref(py),
                reader: reader.clone_ref(py),
                read: read.clone_ref(py),
                framing: framing.clone_ref(py),
            }),
        }
    }

    fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Source::None => Ok(()),
            Source::Iterator(held) | Source::Items(held) | Source::Read(held) => visit.call(held),
            Source::Connection(Connection { source, reader, read, framing }) => {
                visit.call(source)?;
                visit.call(reader)?;
                visit.call(read)?;
                visit.call(framing)
            }
        }
    }

    /// Whether an empty block is the end. An iterable may yield empty blocks.
    fn ends_with_empty(&self) -> bool {
        !matches!(self, Source::Iterator(_) | Source::Items(_))
    }

    /// The next block; None at the end. Runs Python code.
    fn next_block(&self, py: Python<'_>, events: u64) -> PyResult<Option<Block>> {
        match self {
            Source::None => Ok(None),
            Source::Iterator(iterator) | Source::Items(iterator) => {
                next_item(iterator.bind(py))?.map(|block| block_bytes(&block)).transpose()
            }
            Source::Read(read) => read_block(read.bind(py), events),
            Source::Connection(connection) => connection.next_block(py, events),
        }
    }
}

/// A block of a callable; None if it is empty, which is the end.
fn read_block(read: &Bound<'_, PyAny>, events: u64) -> PyResult<Option<Block>> {
    let block = block_bytes(&read.call1((events,))?)?;
    Ok(Some(block).filter(|block| !block.is_empty()))
}

impl Connection {
    /// Reads the connection until there is data. After the end of the body it reads no more.
    fn next_block(&self, py: Python<'_>, events: u64) -> PyResult<Option<Block>> {
        loop {
            if self.framing.borrow(py).is_over() {
                return read_block(self.source.bind(py).getattr("read")?.as_any(), events);
                // raises if the body is invalid
            }
            let received = self.read.bind(py).call1((events,))?.cast_into::<PyBytes>()?;
            let (bytes, place) = self.framing.borrow_mut(py).data(&received)?;
            self.reader.setattr(py, pyo3::intern!(py, "block_in_flight"), false)?;
            if self.framing.borrow(py).ended() {
                self.source.call_method0(py, "finish")?;
            }
            if !place.is_empty() {
                return Ok(Some(Block::part(bytes, place)));
            }
        }
    }
}

/// When data arrived, as monotonic seconds.
struct Times {
    /// `time.monotonic()` and this clock at the same moment.
    base: (f64, Instant),
    first_byte: Option<Instant>,
    first_text: Option<Instant>,
    last: Option<Instant>,
}

impl Times {
    /// A block arrived.
    fn arrived(&mut self) {
        let now = Instant::now();
        self.first_byte.get_or_insert(now);
        self.last = Some(now);
    }

    fn seconds(&self, seen: Option<Instant>) -> Option<f64> {
        seen.map(|seen| self.base.0 + seen.duration_since(self.base.1).as_secs_f64())
    }
}

/// How a stream ended.
struct Verdict {
    outcome: Py<PyAny>,
    /// Every advance raises this; without it, every advance stops.
    failure: Option<Failure>,
}

/// The exception of a stream that failed. A raised exception refers to frames, and those refer to the stream. So the stream
/// keeps an equal exception of its own, and refers weakly to the one that was raised. As long as that one lives, it is the
/// failure of the stream.
struct Failure {
    /// An exception of ssescan that is copied before it is raised, or an exception of the source.
    error: Py<PyAny>,
    /// The last copy; None if `error` itself is raised.
    raised: Option<Py<PyWeakrefReference>>,
}

impl Failure {
    fn of(error: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = error.py();
        Ok(match error.getattr_opt(intern!(py, "_copy"))? {
            Some(copy) => {
                let raised = PyWeakrefReference::new(error)?.unbind();
                Failure { error: copy.call0()?.unbind(), raised: Some(raised) }
            }
            None => Failure { error: error.clone().unbind(), raised: None },
        })
    }

    /// The exception to raise, if it exists.
    fn at_hand<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        match &self.raised {
            Some(raised) => raised.bind(py).upgrade(),
            None => Some(self.error.bind(py).clone()),
        }
    }
}

/// `(finish_reason, usage)`.
type Summary<'py> = (Option<Bound<'py, PyBytes>>, Option<Bound<'py, PyBytes>>);

/// `(events, bytes, tail_bytes, opened_s, first_byte_s, first_text_s, last_s)`.
type Counts = (u64, u64, u64, f64, Option<f64>, Option<f64>, Option<f64>);

#[pyclass(subclass, module = "ssescan._core")]
pub struct Stream {
    session: Session<Block>,
    source: Source,
    /// The start of a body that does not look like an event stream.
    prefix: Prefix,
    /// `conclude(end, ...) -> (outcome, failure)`; None before the set-up and after the end.
    conclude: Option<Py<PyAny>>,
    /// How the stream ended; None while it has not. It is stored once.
    verdict: Option<Verdict>,
    /// A thread is advancing the stream, and may be waiting for a block.
    busy: bool,
    /// `_stop` was called: the kind of the end. Nothing more is returned.
    stopped: Option<&'static str>,
    tables: Vec<Py<TableObject>>,
    /// The one that the stream is read with, once an event was made.
    active: Option<usize>,
    current: Option<Py<PyAny>>,
    /// The plan of the current event, which `scan` did not make; `current` is the one before.
    planned: Option<Plan>,
    /// The event before it. A loop has dropped it by now, so that it can be turned into the next one.
    previous: Option<Py<PyAny>>,
    tee: Option<Py<PyAny>>,
    names: Names,
    unknown: HashMap<Vec<u8>, Py<RowObject>>,
    /// The last event id as a Python string, and the number of changes at that time.
    id: (Py<PyString>, u64),
    text_buffer: TextBuffer,
    texts: EventTexts,
    times: Times,
}

/// The result of a step, for the stream.
enum Next {
    Event(Plan),
    NeedBlock,
    End,
}

/// Python aligns its objects to two words.
const _: () = assert!(align_of::<Stream>() <= 2 * size_of::<usize>());

#[pymethods]
impl Stream {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(py: Python<'_>, _args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let monotonic = py.import("time")?.getattr("monotonic")?.call0()?.extract()?;
        Ok(Stream {
            session: Session::new(0, b"", Tables::None),
            source: Source::None,
            prefix: Prefix::default(),
            conclude: None,
            verdict: None,
            busy: false,
            stopped: None,
            tables: Vec::new(),
            active: None,
            current: None,
            planned: None,
            previous: None,
            tee: None,
            names: Names::default(),
            unknown: HashMap::new(),
            id: (PyString::intern(py, "").unbind(), 0),
            text_buffer: TextBuffer::default(),
            texts: EventTexts::default(),
            times: Times { base: (monotonic, Instant::now()), first_byte: None, first_text: None, last: None },
        })
    }

    /// Sets the stream up, once, before anything else. `tables`: zero, one, or several to choose from.
    #[pyo3(signature = (tables, auto, max_event_bytes, last_event_id, tee))]
    fn _configure(
        slf: &Bound<'_, Self>,
        tables: Vec<Py<TableObject>>,
        auto: bool,
        max_event_bytes: usize,
        last_event_id: &Bound<'_, PyString>,
        tee: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let mut cores = tables.iter().map(|table| Arc::clone(&table.get().table));
        let session_tables = match (auto, cores.next()) {
            (true, first) => Tables::Auto(first.into_iter().chain(cores).collect()),
            (false, Some(table)) => Tables::One(table),
            (false, None) => Tables::None,
        };
        let session = Session::new(max_event_bytes, last_event_id.to_str()?.as_bytes(), session_tables);
        let id = (PyString::new(py, last_event_id.to_str()?).unbind(), 0); // it may be of a subclass with a finalizer
        let _old = replace(slf, |stream| {
            let session = std::mem::replace(&mut stream.session, session);
            let id = std::mem::replace(&mut stream.id, id);
            let tables = std::mem::replace(&mut stream.tables, tables);
            (session, id, tables, std::mem::replace(&mut stream.tee, tee))
        });
        Ok(())
    }

    /// Sets the source, a `Source` of `ssescan.reading.sources`.
    fn _attach(slf: &Bound<'_, Self>, source: &Bound<'_, PyAny>) -> PyResult<()> {
        let keeps_prefix = source.getattr("keeps_prefix")?.is_truthy()?;
        let source = Source::of(source)?;
        let _old = replace(slf, |stream| {
            if keeps_prefix {
                stream.prefix.start();
            }
            std::mem::replace(&mut stream.source, source)
        });
        Ok(())
    }

    /// Sets the function that decides what the end means. See `_core.pyi` for its arguments.
    fn _conclude_with(slf: &Bound<'_, Self>, conclude: Py<PyAny>) {
        let _old = replace(slf, |stream| stream.conclude.replace(conclude));
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<Py<PyAny>>> {
        cursor::next_event(slf)
    }

    /// Advance to the next event. Return False at the end of the stream, also if the stream failed.
    ///
    /// Raises:
    ///     RuntimeError: Another thread is reading the stream.
    fn scan(slf: &Bound<'_, Self>) -> PyResult<bool> {
        cursor::scan(slf)
    }

    /// The current event; None before the first one, the last event after the end.
    ///
    /// `scan` does not make it: the first read does.
    #[getter]
    fn event(slf: &Bound<'_, Self>) -> PyResult<Option<Py<PyAny>>> {
        cursor::event(slf)
    }

    /// Return the text that the current event adds on channel `text`, with all its parts joined, or None.
    ///
    /// This makes no event.
    ///
    /// Raises:
    ///     EventDecodeError: The payload of the event is not valid JSON.
    fn text<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        cursor::text(slf)
    }

    /// The last event id; an empty string if no id was set. A blank line updates it, also without data.
    #[getter]
    fn last_event_id<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        lossy_str(py, self.session.frames().last_event_id())
    }

    /// The last reconnection time that the server set, in milliseconds, or None. Unfinished frames count too.
    #[getter]
    fn retry_ms(&self) -> Option<u64> {
        self.session.frames().retry_ms()
    }

    /// A file that receives every block before its events are returned, or None. It can be set at any time.
    ///
    /// An exception of its `write` ends the stream and passes unchanged.
    #[getter]
    fn tee(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.tee.as_ref().map(|tee| tee.clone_ref(py))
    }

    #[setter]
    fn set_tee(slf: &Bound<'_, Self>, tee: Option<Py<PyAny>>) {
        let _old = replace(slf, |stream| std::mem::replace(&mut stream.tee, tee));
    }

    fn _counts(slf: &Bound<'_, Self>) -> Counts {
        slf.borrow().counts()
    }

    /// The name of the dialect in use; None without a dialect, or before it is detected.
    fn _dialect(&self, py: Python<'_>) -> Option<Py<PyString>> {
        Some(self.tables.get(self.table_in_use()?)?.get().name(py))
    }

    /// `(finish_reason, usage)` of the events so far, as JSON bytes.
    fn _summary<'py>(slf: &Bound<'py, Self>) -> PyResult<Summary<'py>> {
        let mut stream = slf.borrow_mut();
        stream.session.record(); // a program that asks may ask after every event
        let summary = stream.session.summary();
        let bytes = |value: &Option<Vec<u8>>| value.as_ref().map(|value| new_bytes(slf.py(), value)).transpose();
        Ok((bytes(&summary.finish_reason)?, bytes(&summary.usage)?))
    }

    /// Stops the stream: nothing is returned from now on. It ends here, unless a thread waits in a read. That thread ends it as
    /// soon as it is awake. Returns true if there is one.
    #[pyo3(signature = (*, closing))]
    fn _stop(slf: &Bound<'_, Self>, closing: bool) -> PyResult<bool> {
        {
            let mut stream = slf.borrow_mut();
            let busy = stream.busy;
            if stream.is_open() {
                // A thread that waits must learn that its answer is not complete, so closing cancels it.
                stream.stopped.get_or_insert(if closing && !busy { "closed" } else { "cancelled" });
            }
            if busy {
                return Ok(true);
            }
        }
        end(slf, None).map(|()| false)
    }

    #[getter]
    fn _busy(&self) -> bool {
        self.busy
    }

    /// The outcome of a stream that ended.
    #[getter]
    fn _outcome(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.verdict.as_ref().map(|verdict| verdict.outcome.clone_ref(py))
    }

    /// The exception of a stream that failed.
    #[getter]
    fn _failure<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        failure_of(slf)
    }

    /// Returns whole characters in UTF-8 as soon as there are any: up to `size` bytes, or one character if it is longer. b"" is
    /// the end. Lone surrogates become U+FFFD.
    fn _read_bytes<'py>(
        slf: &Bound<'py, Self>,
        selection: &Bound<'py, SelectionObject>,
        size: usize,
        on_event: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        Read { stream: slf, selection, on_event }.bytes(size)
    }

    /// Returns `(text, event)`. The event is the next one that differs from the last one in more than its text on `channel`.
    /// The text joins those of the last event and of those that do not differ. Without `alike` it returns the next event.
    /// At a good end the event is None. `arrivals` gets the monotonic time, in seconds, at which each event arrived.
    #[pyo3(signature = (channel, *, alike, arrivals=None))]
    fn _next_unlike<'py>(
        slf: &Bound<'py, Self>,
        channel: &str,
        alike: bool,
        arrivals: Option<&Bound<'py, PyList>>,
    ) -> PyResult<(Bound<'py, PyAny>, Option<Py<PyAny>>)> {
        let py = slf.py();
        let mut text = Text::default();
        check(slf)?;
        let mut stream = slf.borrow_mut();
        stream.session.begin_merge(channel, alike, &mut text);
        loop {
            let before = stream.session.events();
            let next = stream.advance(py, |session| session.read_merged(&mut text))?;
            if !text.is_empty() {
                stream.saw_text();
            }
            if let Some(arrivals) = arrivals {
                let at_s = stream.times.seconds(stream.times.last);
                (before..stream.session.events()).try_for_each(|_| arrivals.append(at_s))?;
            }
            let event = match next {
                Next::NeedBlock => {
                    stream = pull(slf, stream)?;
                    continue;
                }
                Next::Event(plan) => {
                    drop(stream);
                    Some(make(slf, plan)?)
                }
                Next::End => {
                    drop(stream);
                    settle(slf).map(|()| None)?
                }
            };
            return Ok((py_text(py, &text)?, event));
        }
    }

    /// Takes a block and returns the events that it completes. The next call raises a failure after them.
    fn _feed<'py>(slf: &Bound<'py, Self>, block: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let events = PyList::empty(slf.py());
        let block = block_bytes(block)?;
        check(slf)?;
        if !block.is_empty() && slf.borrow().is_open() {
            take_block(slf, slf.borrow_mut(), block).map(drop)?;
            drain(slf, &events)?;
        }
        Ok(events)
    }

    /// Ends the body.
    fn _finish<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        let events = PyList::empty(slf.py());
        check(slf)?;
        if slf.borrow().is_open() {
            slf.borrow_mut().session.finish();
            drain(slf, &events)?;
        }
        Ok(events)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.source.visit(&visit)?;
        visit.call(&self.conclude)?;
        if let Some(failure) = self.failure() {
            visit.call(&failure.error)?;
            visit.call(&failure.raised)?;
        }
        visit.call(&self.current)?;
        visit.call(self.planned.as_ref().and_then(Plan::event))?;
        visit.call(&self.previous)?;
        visit.call(&self.tee)
    }

    fn __clear__(slf: &Bound<'_, Self>) {
        let _old = replace(slf, |stream| {
            let failure = stream.verdict.as_mut().and_then(|verdict| verdict.failure.take());
            let source = std::mem::replace(&mut stream.source, Source::None);
            let events = (stream.current.take(), stream.previous.take(), stream.planned.take());
            (source, events, stream.tee.take(), stream.conclude.take(), failure)
        });
    }
}

impl Stream {
    fn check_idle(&self) -> PyResult<()> {
        match self.busy {
            true => Err(PyRuntimeError::new_err("Stream is being read by another thread")),
            false => Ok(()),
        }
    }

    fn is_open(&self) -> bool {
        self.verdict.is_none()
    }

    fn is_out_of_memory(&self) -> bool {
        self.stopped.is_none() && matches!(self.session.end(), Some(session::End::OutOfMemory))
    }

    fn failure(&self) -> Option<&Failure> {
        self.verdict.as_ref()?.failure.as_ref()
    }

    fn counts(&self) -> Counts {
        let times = &self.times;
        (
            self.session.events(),
            self.session.bytes(),
            self.session.tail_bytes(),
            times.base.0,
            times.seconds(times.first_byte),
            times.seconds(times.first_text),
            times.seconds(times.last),
        )
    }

    /// The index of the table that the stream is read with; `None` without a dialect, or before it is detected.
    fn table_in_use(&self) -> Option<usize> {
        let table = self.session.table()?;
        self.tables.iter().position(|have| Arc::ptr_eq(&have.get().table, table))
    }

    /// The start of a body that had no event and does not look like an event stream; empty for every other body.
    fn non_sse_prefix(&self) -> &[u8] {
        match self.session.events() {
            0 => self.prefix.bytes(),
            _ => b"",
        }
    }

    /// The text of the events so far, without the part that readers have not returned, and whether its start is missing.
    fn text_so_far<'py>(&self, py: Python<'py>) -> (Option<MadeText<'py>>, bool) {
        let summary = self.session.summary();
        let text = summary.text();
        // If reads are nested, the unread text may not be the end of the text.
        let returned = text::whole_chars(text, text.len().saturating_sub(self.text_buffer.unreturned_len()));
        match MadeText::of(py, text.get(..returned).unwrap_or_default(), summary.has_surrogates()) {
            Ok(made) => (Some(made), summary.is_truncated()),
            Err(_) => (None, true), // no memory: a failed stream must end all the same
        }
    }

    /// The name of the current event. Reading text makes no events, so after that it is not the last event of the stream.
    fn last_event_name(&self, py: Python<'_>) -> PyResult<Option<Py<PyString>>> {
        let Some(event) = self.current.as_ref().filter(|_| self.text_buffer.selection().is_none()) else {
            return Ok(None);
        };
        let event = event.bind(py);
        match event.cast::<ServerSentEvent>() {
            Ok(plain) => Ok(Some(plain.get().name(py))),
            Err(_) => Ok(node::node_row(event)?.map(|row| row.get().name.clone_ref(py))),
        }
    }

    /// Lets events that are kept have their own copy of their payload.
    fn detach_events(&mut self, py: Python<'_>) {
        for event in [self.current.as_ref(), self.previous.as_ref()].into_iter().flatten() {
            let _ = node::detach_payload(event.bind(py)); // without memory for a copy the block is kept alive
        }
    }

    #[inline(always)]
    fn next(&mut self, py: Python<'_>) -> PyResult<Next> {
        self.advance(py, Session::step)
    }

    /// Advances the session by `step`, unless the stream has ended, and plans the event that it stops at.
    #[inline(always)]
    fn advance(&mut self, py: Python<'_>, step: impl FnOnce(&mut Session<Block>) -> Step) -> PyResult<Next> {
        match self.step(step)? {
            Step::Event => {
                if self.times.first_text.is_none() && self.has_text() {
                    self.saw_text();
                }
                match self.plan(py) {
                    Err(error) if error.is_instance_of::<PyMemoryError>(py) => {
                        self.session.run_out_of_memory(); // the event is lost, so the stream must not continue
                        Ok(Next::End)
                    }
                    plan => plan.map(Next::Event),
                }
            }
            Step::NeedBlock => Ok(Next::NeedBlock),
            Step::End => Ok(Next::End),
        }
    }

    /// Advances the session by `step`, unless the stream has ended.
    #[inline(always)]
    fn step(&mut self, step: impl FnOnce(&mut Session<Block>) -> Step) -> PyResult<Step> {
        self.check_idle()?;
        match self.stopped.is_some() || !self.is_open() {
            true => Ok(Step::End),
            false => Ok(step(&mut self.session)),
        }
    }

    fn has_text(&self) -> bool {
        let event = self.session.event();
        let row = self.session.table().and_then(|table| Some((table, table.row(event.row?)?)));
        row.is_some_and(|(table, row)| {
            let mut text = Text::default();
            row.channel("text")
                .is_some_and(|channel| textpath::text(event.payload, channel, table.index, &mut text).is_ok())
                && !text.is_empty()
        })
    }

    fn saw_text(&mut self) {
        if self.times.first_text.is_none() {
            self.times.first_text = Some(Instant::now());
        }
    }

    /// Returns the current event, or a plan of it. Nothing is made or dropped here, since that may run Python code, which may
    /// use this stream.
    #[inline(always)]
    fn plan(&mut self, py: Python<'_>) -> PyResult<Plan> {
        let previous = self.previous.take();
        if self.session.row_index().is_none() {
            return self.plan_plain(py, previous);
        }
        let Stream { session, tables, active, unknown, current, previous: before, .. } = self;
        let index = session.row_index().ok_or_else(lost)?;
        let known = match known_row(py, session, tables, active)? {
            Some(row) => Some(row),
            None => unknown.get(session.event().name).filter(|row| row.get().index() == index),
        };
        let Some(row) = known.map(|row| row.bind(py)) else {
            detach(py, previous.as_ref())?;
            let table = active.and_then(|at| tables.get(at)).ok_or_else(lost)?.clone_ref(py);
            let event = session.event();
            let raw = new_bytes(py, event.payload)?.unbind();
            return Ok(Plan::NewRow { table, index, name: event.name.to_vec(), raw, previous });
        };
        let (Some(place), Some(block)) = (session.payload_in_block(), session.block()) else {
            detach(py, previous.as_ref())?;
            let raw = new_bytes(py, session.event().payload)?.unbind();
            return Ok(Plan::Node { row: row.clone().unbind(), raw, place: None, previous });
        };
        let (start, len) = (block.start + place.start, place.len());
        let block = block.bytes(py);
        let previous = previous.map(|event| event.into_bound(py)); // dropping a Bound is cheaper
        if let Some(event) = &previous {
            if node::recycle(event, row, block, start, len) {
                *before = current.replace(event.clone().unbind());
                return Ok(Plan::Recycled(event.clone().unbind()));
            }
            node::detach_payload(event)?;
        }
        let place = Some((start, len));
        let previous = previous.map(Bound::unbind);
        Ok(Plan::Node { row: row.clone().unbind(), raw: block.clone().unbind(), place, previous })
    }

    /// Plans an event without a dialect.
    fn plan_plain(&mut self, py: Python<'_>, previous: Option<Py<PyAny>>) -> PyResult<Plan> {
        if self.session.frames().id_changes() != self.id.1 {
            let id = lossy_str(py, self.session.frames().last_event_id())?.unbind();
            self.id = (id, self.session.frames().id_changes());
        }
        let event = self.session.event();
        let name = self.names.get(py, event.name)?;
        let made = ServerSentEvent::make(py, name, event.payload, self.id.0.clone_ref(py), event.retry_ms)?;
        let Some(event) = previous else { return Ok(Plan::Plain { made, previous }) };
        match ServerSentEvent::recycle(event.bind(py), made) {
            Ok(()) => {
                self.previous = self.current.replace(event.clone_ref(py));
                Ok(Plan::Recycled(event))
            }
            Err(made) => Ok(Plan::Plain { made, previous: Some(event) }),
        }
    }
}

fn lost() -> PyErr {
    PyRuntimeError::new_err("Internal error: dialect row without an event class")
}

/// Lets an event that the program keeps have its own copy of its payload.
fn detach(py: Python<'_>, event: Option<&Py<PyAny>>) -> PyResult<()> {
    event.map_or(Ok(()), |event| node::detach_payload(event.bind(py)))
}

/// The row of the current event; `None` if the dialect has no row of its name, or the row's class is not loaded.
fn known_row<'a>(
    py: Python<'_>,
    session: &Session<Block>,
    tables: &'a [Py<TableObject>],
    active: &mut Option<usize>,
) -> PyResult<Option<&'a Py<RowObject>>> {
    let (index, core) = session.row_index().zip(session.table()).ok_or_else(lost)?;
    if active.is_none() {
        *active = tables.iter().position(|table| Arc::ptr_eq(&table.get().table, core));
    }
    if is_unnamed_row(core, index, session.event().name) {
        return Ok(None);
    }
    Ok(active.and_then(|at| tables.get(at)).ok_or_else(lost)?.get().loaded_row(py, index))
}

/// Whether a row is the default row of a name that the table does not know. Each such name has a row of its own.
fn is_unnamed_row(table: &Table, index: usize, name: &[u8]) -> bool {
    table.is_default(index) && !table.named_by.is_empty() && !name.is_empty()
}

/// The plan of an event.
enum Plan {
    /// It exists: an event without other references, which was reused.
    Recycled(Py<PyAny>),
    /// A node of `row`, whose payload is all of `raw` or a part of it.
    Node {
        row: Py<RowObject>,
        raw: Py<PyBytes>,
        place: Option<(usize, usize)>,
        previous: Option<Py<PyAny>>,
    },
    /// A node of a row that must be made first: its class is not loaded, or the table does not know its name.
    NewRow {
        table: Py<TableObject>,
        index: usize,
        name: Vec<u8>,
        raw: Py<PyBytes>,
        previous: Option<Py<PyAny>>,
    },
    Plain {
        made: ServerSentEvent,
        previous: Option<Py<PyAny>>,
    },
}

impl Plan {
    /// The event that it refers to.
    fn event(&self) -> Option<&Py<PyAny>> {
        match self {
            Plan::Recycled(event) => Some(event),
            Plan::Node { previous, .. } | Plan::NewRow { previous, .. } | Plan::Plain { previous, .. } => {
                previous.as_ref()
            }
        }
    }
}

/// Makes the event while nothing is borrowed. The event before the last one is dropped with it.
fn make(slf: &Bound<'_, Stream>, plan: Plan) -> PyResult<Py<PyAny>> {
    let py = slf.py();
    let (event, _dropped) = match plan {
        Plan::Recycled(event) => {
            let _planned = replace(slf, |stream| stream.planned.take());
            return Ok(event);
        }
        Plan::Plain { made, previous } => (Py::new(py, made)?.into_any(), previous),
        Plan::Node { row, raw, place, previous } => {
            (node::new_event(row.bind(py), raw.into_bound(py), place)?.unbind(), previous)
        }
        Plan::NewRow { table, index, name, raw, previous } => {
            (make_row_and_event(slf, &table, (index, name), raw.into_bound(py))?.unbind(), previous)
        }
    };
    let _also_dropped = {
        let mut stream = slf.borrow_mut();
        let last = stream.current.replace(event.clone_ref(py));
        (stream.planned.take(), last.and_then(|last| stream.previous.replace(last)))
    };
    Ok(event)
}

impl Drop for Stream {
    /// The last events may be kept by the program. They must not keep the last block alive.
    fn drop(&mut self) {
        Python::attach(|py| self.detach_events(py));
    }
}

/// A block: immutable bytes, or a part of them, held alive.
pub struct Block {
    bytes: Py<PyBytes>,
    data: *const [u8],
    /// Where the part begins in the bytes.
    start: usize,
}

// SAFETY: bytes objects do not change, and `data` belongs to the one that is held.
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Block {
    fn new(bytes: Bound<'_, PyBytes>) -> Self {
        let data: *const [u8] = bytes.as_bytes();
        Block { bytes: bytes.unbind(), data, start: 0 }
    }

    fn part(bytes: Bound<'_, PyBytes>, place: Range<usize>) -> Self {
        let start = place.start;
        let data: *const [u8] = bytes.as_bytes().get(place).unwrap_or_default();
        Block { bytes: bytes.unbind(), data, start }
    }

    /// The block as bytes of its own; a part is copied.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.bytes(py);
        match self.len() == bytes.as_bytes().len() {
            true => Ok(bytes.clone()),
            false => new_bytes(py, self),
        }
    }

    fn bytes<'a, 'py>(&'a self, py: Python<'py>) -> &'a Bound<'py, PyBytes> {
        self.bytes.bind(py)
    }
}

impl std::ops::Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: see above.
        unsafe { &*self.data }
    }
}

/// Names of events as Python strings.
#[derive(Default)]
struct Names {
    /// The name of the last event. Most events have the same one.
    last: Option<(Vec<u8>, Py<PyString>)>,
    all: HashMap<Vec<u8>, Py<PyString>>,
}

impl Names {
    #[inline(always)]
    fn get(&mut self, py: Python<'_>, name: &[u8]) -> PyResult<Py<PyString>> {
        match &self.last {
            Some((last, made)) if *last == name => Ok(made.clone_ref(py)),
            _ => self.find(py, name),
        }
    }

    fn find(&mut self, py: Python<'_>, name: &[u8]) -> PyResult<Py<PyString>> {
        let made = match self.all.get(name) {
            Some(have) => have.clone_ref(py),
            None => lossy_str(py, if name.is_empty() { b"message" } else { name })?.unbind(),
        };
        if name.len() <= MAX_NAME_BYTES {
            if self.all.len() < MAX_NAMES {
                self.all.insert(name.to_vec(), made.clone_ref(py));
            }
            self.last = Some((name.to_vec(), made.clone_ref(py)));
        }
        Ok(made)
    }
}

/// Makes a row and an event of it. Loading a class runs Python code, and making a row may run the garbage collector.
fn make_row_and_event<'py>(
    slf: &Bound<'py, Stream>,
    table: &Py<TableObject>,
    (index, name): (usize, Vec<u8>),
    raw: Bound<'py, PyBytes>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let table = table.get();
    let row = table.row_at(py, index)?.ok_or_else(lost)?;
    if !is_unnamed_row(&table.table, index, &name) {
        return node::new_event(row.bind(py), raw, None);
    }
    let row = row.get().named(py, &name)?;
    let event = node::new_event(row.bind(py), raw, None)?;
    let _old = replace(slf, |stream| {
        let is_kept = stream.unknown.len() < MAX_NAMES && name.len() <= MAX_NAME_BYTES;
        is_kept.then(|| stream.unknown.insert(name, row))
    });
    Ok(event)
}

/// Raises the failure of a stream that failed, and an error if another thread is reading the stream. The failure has no
/// traceback of the last time. Nothing is borrowed while that is dropped, since its frames may hold objects with finalizers.
fn check(slf: &Bound<'_, Stream>) -> PyResult<()> {
    slf.borrow().check_idle()?;
    let Some(failure) = failure_of(slf)? else { return Ok(()) };
    let error = PyErr::from_value(failure);
    error.set_traceback(slf.py(), None);
    Err(error)
}

/// The exception of a stream that failed.
fn failure_of<'py>(slf: &Bound<'py, Stream>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = slf.py();
    let kept = match slf.borrow().failure() {
        None => return Ok(None),
        Some(failure) => match failure.at_hand(py) {
            Some(error) => return Ok(Some(error)),
            None => failure.error.clone_ref(py),
        },
    };
    let copy = kept.bind(py).call_method0(intern!(py, "_copy"))?;
    let weak = PyWeakrefReference::new(&copy)?.unbind();
    let (other, _old) = replace(slf, |stream| {
        let failure = stream.verdict.as_mut().and_then(|verdict| verdict.failure.as_mut());
        match failure.map(|failure| (failure.at_hand(py), &mut failure.raised)) {
            Some((None, raised)) => (None, raised.replace(weak)),
            // Another thread was faster, or the garbage collector has taken the stream apart.
            Some((other, _)) => (other, Some(weak)),
            None => (None, Some(weak)),
        }
    });
    Ok(Some(other.unwrap_or(copy)))
}

fn failed_with(slf: &Bound<'_, Stream>, error: &PyErr) -> bool {
    let value = error.value(slf.py()); // made here if it was not needed before
    slf.borrow().failure().and_then(|failure| failure.at_hand(slf.py())).is_some_and(|failure| value.is(&failure))
}

/// Changes the state. The result must contain all replaced objects, so that the caller drops them without a borrow.
fn replace<T>(slf: &Bound<'_, Stream>, change: impl FnOnce(&mut Stream) -> T) -> T {
    change(&mut slf.borrow_mut())
}

/// Runs `work`, which may call into Python, while the stream is not borrowed. No code can advance the stream meanwhile.
fn unborrowed<'py, T>(
    slf: &Bound<'py, Stream>,
    mut stream: PyRefMut<'py, Stream>,
    work: impl FnOnce() -> T,
) -> (PyRefMut<'py, Stream>, T) {
    stream.busy = true;
    drop(stream);
    let result = work();
    let mut stream = slf.borrow_mut();
    stream.busy = false;
    (stream, result)
}

/// Reads the next block and pushes it to the session, or ends the body.
fn pull<'py>(slf: &Bound<'py, Stream>, stream: PyRefMut<'py, Stream>) -> PyResult<PyRefMut<'py, Stream>> {
    let py = slf.py();
    let events = stream.session.events();
    let source = stream.source.clone_ref(py);
    let may_be_empty = !source.ends_with_empty();
    let (mut stream, block) = unborrowed(slf, stream, move || source.next_block(py, events));
    match block {
        // The stream was cancelled meanwhile: drop the block or the exception.
        Ok(_) if stream.stopped.is_some() => Ok(stream),
        Ok(Some(block)) if !block.is_empty() => take_block(slf, stream, block),
        Ok(Some(_)) if may_be_empty => Ok(stream),
        Ok(_) => {
            stream.session.finish();
            Ok(stream)
        }
        Err(error) => {
            drop(stream);
            source_failed(slf, error)?;
            Ok(slf.borrow_mut())
        }
    }
}

fn is_of_items(iterator: &Bound<'_, PyAny>) -> bool {
    // SAFETY: reads the type of a live object.
    let kind = unsafe { ffi::Py_TYPE(iterator.as_ptr()) }.cast_const();
    kind == &raw const ffi::PyListIter_Type || kind == &raw const ffi::PyTupleIter_Type
}

/// The next item of an iterator; None at its end.
fn next_item<'py>(iterator: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    // SAFETY: `iterator` came from iter(), so it has __next__.
    let item = unsafe { Bound::from_owned_ptr_or_opt(iterator.py(), ffi::PyIter_Next(iterator.as_ptr())) };
    match item {
        Some(item) => Ok(Some(item)),
        None => match PyErr::take(iterator.py()) {
            Some(error) if error.is_instance_of::<PyStopIteration>(iterator.py()) => Ok(None),
            Some(error) => Err(error),
            None => Ok(None),
        },
    }
}

/// Returns a block as exact bytes. Every other buffer is copied: it may change, or run code when it is dropped.
fn block_bytes(block: &Bound<'_, PyAny>) -> PyResult<Block> {
    if let Ok(bytes) = block.cast_exact::<PyBytes>() {
        return Ok(Block::new(bytes.clone()));
    }
    let view = PyMemoryView::from(block).map_err(|_| {
        PyTypeError::new_err(format!(
            "a block must be bytes, bytearray or memoryview, got {}",
            block.get_type().name().map_or_else(|_| String::new(), |name| name.to_string())
        ))
    })?;
    Ok(Block::new(view.call_method0("tobytes")?.cast_into::<PyBytes>()?))
}

/// Pushes a block to the session and writes it to the tee before an event of it is returned. A tee that fails ends the stream.
fn take_block<'py>(
    slf: &Bound<'py, Stream>,
    mut stream: PyRefMut<'py, Stream>,
    block: Block,
) -> PyResult<PyRefMut<'py, Stream>> {
    let py = slf.py();
    let tee = match &stream.tee {
        Some(tee) => Some((tee.clone_ref(py), block.to_bytes(py)?)),
        None => None,
    };
    if stream.times.last.is_none() || !matches!(stream.source, Source::Items(_)) {
        stream.times.arrived();
    }
    match stream.session.events() {
        0 => stream.prefix.push(&block),
        _ => stream.prefix.stop(),
    }
    stream.session.push(block);
    let Some((tee, bytes)) = tee else { return Ok(stream) };
    // Code that advances the stream inside the tee would miss this block.
    let (stream, written) = unborrowed(slf, stream, move || tee.call_method1(py, "write", (bytes,)).map(drop));
    let Err(error) = written else { return Ok(stream) };
    drop(stream);
    end_with(slf, "tee", error)?;
    Ok(slf.borrow_mut())
}

/// Ends the stream with an exception of the source. KeyboardInterrupt and other non-`Exception`s pass and are not stored. After
/// `cancel` or `close` the exception means nothing.
fn source_failed(slf: &Bound<'_, Stream>, error: PyErr) -> PyResult<()> {
    end_with(slf, "source", error)
}

/// As [`source_failed`]; `kind` says whether the exception is that of the source or of the tee.
fn end_with(slf: &Bound<'_, Stream>, kind: &'static str, error: PyErr) -> PyResult<()> {
    let py = slf.py();
    if !error.is_instance_of::<PyException>(py) {
        return Err(error);
    }
    let complete = {
        let stream = slf.borrow();
        if stream.stopped.is_some() {
            return Ok(());
        }
        stream.session.is_complete()
    };
    end(slf, Some(End::of_exception(py, kind, &error, complete)))?;
    // The exception has the traceback of the source, which must not be lost the first time.
    if failed_with(slf, &error) {
        return Err(error);
    }
    check(slf)
}

/// Appends the events that are ready.
fn drain(slf: &Bound<'_, Stream>, events: &Bound<'_, PyList>) -> PyResult<()> {
    let py = slf.py();
    loop {
        let next = slf.borrow_mut().next(py)?;
        match next {
            Next::Event(plan) => events.append(make(slf, plan)?)?,
            Next::NeedBlock => return Ok(()),
            Next::End => {
                return match settle(slf) {
                    Err(error) if !failed_with(slf, &error) => Err(error),
                    _ => Ok(()),
                }
            }
        }
    }
}

/// Ends the stream and raises the failure, if it is one.
fn settle(slf: &Bound<'_, Stream>) -> PyResult<()> {
    end(slf, None)?;
    check(slf)
}

/// Ends the stream, unless it has ended already. Every end takes this way: of the body, by the source, by `cancel`, `close` and
/// a drop. `conclude` decides what the end means. It runs without a borrow, so several threads may get here. The first verdict
/// is stored, under the GIL, and its thread releases the source. Without `given`, the session or `_stop` says why the stream
/// ended.
fn end(slf: &Bound<'_, Stream>, given: Option<End>) -> PyResult<()> {
    let py = slf.py();
    let given = match given {
        None if slf.borrow().is_out_of_memory() => Some(End::out_of_memory(py)),
        given => given,
    };
    let event = cursor::event(slf).unwrap_or(None); // a failed stream must end all the same
    let (conclude, end, dialect, counts, (text, truncated), name, prefix) = {
        let stream = slf.borrow();
        // Without `conclude` the garbage collector has taken the stream apart.
        let Some(conclude) = stream.conclude.as_ref().filter(|_| stream.is_open()) else { return Ok(()) };
        let end = given.unwrap_or_else(|| match (stream.stopped, stream.session.end()) {
            (Some(kind), _) => End::of_kind(py, kind),
            (None, Some(end)) => End::of_session(py, end, stream.session.unread_tail()),
            (None, None) => End::of_kind(py, "done"),
        });
        let text = if end.is_good() { (None, false) } else { stream.text_so_far(py) };
        let name = stream.last_event_name(py)?;
        let prefix = PyBytes::new(py, stream.non_sse_prefix()).unbind();
        (conclude.clone_ref(py), end, stream.table_in_use(), stream.counts(), text, name, prefix)
    };
    let (text, truncated) = match text.map(MadeText::decoded).transpose() {
        Ok(text) => (text, truncated),
        Err(_) => (None, true), // no memory, as above
    };
    let closed = end.is_closed();
    let verdict = conclude.call1(py, (end, dialect, counts, text, event, name, prefix, truncated))?;
    let (outcome, error): (Py<PyAny>, Option<Bound<'_, PyAny>>) = verdict.extract(py)?;
    let failure = error.as_ref().map(Failure::of).transpose()?;
    let good = failure.is_none() && !closed;
    let (_dropped, attached) = {
        let mut stream = slf.borrow_mut();
        if !stream.is_open() {
            return Ok(());
        }
        stream.verdict = Some(Verdict { outcome, failure });
        (stream.conclude.take(), !matches!(stream.source, Source::None))
    };
    if attached {
        slf.call_method1(intern!(py, "_release_source"), (good,))?;
    }
    Ok(())
}

/// Python's decoder of UTF-8 takes twice as long for shorter texts of ASCII.
const SHORT_TEXT: usize = 128;

/// A str of ASCII.
fn ascii_str<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the text is copied, and ASCII has one byte for each character.
    unsafe {
        let made = ffi::PyUnicode_FromKindAndData(
            ffi::PyUnicode_1BYTE_KIND as c_int,
            text.as_ptr().cast(),
            text.len() as ffi::Py_ssize_t,
        );
        Bound::from_owned_ptr_or_err(py, made)
    }
}

/// Text as a Python object. Making it runs no Python code, so that a stream may be borrowed meanwhile.
pub enum MadeText<'py> {
    Str(Bound<'py, PyAny>),
    /// It has surrogates, which Python decodes.
    Encoded(Bound<'py, PyBytes>),
}

impl<'py> MadeText<'py> {
    pub fn of(py: Python<'py>, text: &[u8], has_surrogates: bool) -> PyResult<Self> {
        Ok(match has_surrogates {
            true => MadeText::Encoded(new_bytes(py, text)?),
            false if text.len() <= SHORT_TEXT && text.is_ascii() => MadeText::Str(ascii_str(py, text)?),
            false => MadeText::Str(PyString::from_bytes(py, text)?.into_any()),
        })
    }

    pub fn decoded(self) -> PyResult<Bound<'py, PyAny>> {
        match self {
            MadeText::Str(text) => Ok(text),
            MadeText::Encoded(bytes) => bytes.call_method1("decode", ("utf-8", "surrogatepass")),
        }
    }
}

pub fn py_text<'py>(py: Python<'py>, text: &Text) -> PyResult<Bound<'py, PyAny>> {
    match text.is_lost() {
        true => Err(PyMemoryError::new_err(())),
        false => MadeText::of(py, text.as_bytes(), text.has_surrogates())?.decoded(),
    }
}

/// Bytes; MemoryError if there is no memory for them.
pub fn new_bytes<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    PyBytes::new_with(py, bytes.len(), |copy| {
        copy.copy_from_slice(bytes);
        Ok(())
    })
}

/// A str of UTF-8; invalid bytes become U+FFFD. MemoryError if there is no memory for it.
pub fn lossy_str<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
    let mut text = Text::default();
    text.push_json(bytes, true);
    Ok(py_text(py, &text)?.cast_into::<PyString>()?)
}

/// The text on `channel` of a payload, or None; of one index, of all (None), or of the default index of the dialect.
/// ValueError(why, at) if the payload is not JSON.
#[pyfunction]
pub fn payload_text<'py>(
    py: Python<'py>,
    row: &Bound<'py, RowObject>,
    payload: &[u8],
    channel: &str,
    index: Option<i64>,
    default_index: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let row = row.get();
    let Some(found) = row.table.row(row.index()).and_then(|row| row.channel(channel)) else {
        return Ok(None);
    };
    let choose = |elements: &[textpath::Element]| match default_index {
        true if found.reads_first => textpath::first_index(elements),
        true => row.table.index,
        false => index,
    };
    let mut text = Text::default();
    match textpath::Extractor::default().by_walk_choosing(payload, found, choose, false, &mut text) {
        Ok(true) => py_text(py, &text).map(Some),
        Ok(false) => Ok(None),
        Err(malformed) => Err(pyo3::exceptions::PyValueError::new_err((malformed.why, malformed.at))),
    }
}
