//! From a frame to a row of a dialect's table.
//!
//! A dialect is data: Python declares it, and [`Table`] is its compiled form. The rules look at one frame at a time: at its
//! name, a literal prefix of its data, a truthy top-level key, and strings at paths. Nothing is remembered between frames.
//!
//! With a dialect, two departures of servers from the standard are repaired here. Some servers end events by a single line
//! feed, so that each line of a frame is an event. And a frame that the end of the body leaves unfinished counts if it says
//! how the answer ended.

use crate::frames::{Frame, Frames};
use crate::json::{self, Key, Malformed, Value};
use crate::text::Text;
use crate::textpath::Channel;
use memchr::{memchr, memchr_iter, memmem, memrchr};
use std::collections::HashMap;
use std::ops::{Deref, Range};

/// Data that begins with this ends the stream, in every dialect.
const DONE: &[u8] = b"[DONE]";

/// The standard's default event name.
const UNNAMED: &[u8] = b"message";

/// How an event of a row ends the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ends {
    #[default]
    No,
    /// The payload says that the answer is complete; reading continues.
    Payload,
    /// The end marker of the dialect; it is not yielded.
    Mark,
    /// The event is yielded, and nothing is read after it.
    Last,
}

#[derive(Debug, Default)]
pub struct Row {
    /// The channels: their names, and where their text is.
    pub channels: Vec<(String, Channel)>,
    pub ends: Ends,
    /// The event is an error of the server. It is yielded only if it is the last one.
    pub error: bool,
    /// The answer failed. Iteration does not raise, readers do.
    pub fails: bool,
    /// Where the token counts are.
    pub usage: Option<Lookup>,
}

impl Row {
    /// True if the usage is a number or a string, which a template could mistake for a variable value.
    pub fn is_usage_variable(&self, payload: &[u8]) -> bool {
        let usage = self.usage.as_ref().and_then(|usage| usage.find(payload));
        usage.is_some_and(|usage| matches!(usage, Value::Str { .. } | Value::Int(_)))
    }

    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|(have, _)| have == name).map(|(_, channel)| channel)
    }
}

/// Where the name of an event is, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Sse,
    Key(Key),
}

#[derive(Debug, Default)]
pub struct Table {
    pub rows: Vec<Row>,
    pub row_of: HashMap<Vec<u8>, usize>,
    /// The row of events whose name has no row.
    pub default: usize,
    pub named_by: Vec<Named>,
    /// The key of the payload if the name came from JSON.
    pub payload: Option<Key>,
    /// The answer is complete when every index that was seen had a non-null value there.
    pub finish: Option<Channel>,
    /// The index of the text that is read by default.
    pub index: Option<i64>,
    /// How `auto` recognizes the dialect: prefixes of names, top-level keys, and `key=text`.
    pub claims: Vec<Key>,
    /// A top-level key that makes an event an error if its value is truthy, and prefixes of the names of events to which
    /// this does not apply.
    pub error_key: Option<Lookup>,
    pub error_key_not_in: Vec<Vec<u8>>,
    /// An SSE field that contains an error.
    pub error_field: Option<Key>,
    /// Names of events to ignore.
    pub skip: Vec<Vec<u8>>,
}

/// The kind of a frame. `name` is set if it came from JSON; else it is the frame's own.
#[derive(Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// Not an event: its data is empty, or its name is ignored.
    Skip,
    /// An event. `payload` is the place of the payload in the data.
    Event { row: usize, name: Option<Vec<u8>>, payload: Range<usize> },
    /// The end marker.
    Mark,
    /// An error of the server that is not yielded. `row` is the row that said so, if one did. `payload` is `None` if the
    /// error came in the additional SSE field.
    Error { row: Option<usize>, name: Option<Vec<u8>>, payload: Option<Range<usize>> },
    /// Each line of the data is an event: [`Table::dispatch_line`].
    Lines,
    /// The payload cannot be a JSON object.
    Malformed { name: Option<Vec<u8>>, malformed: Malformed },
}

impl Table {
    /// Lets walks find the finish reasons together with the text, where they are in the same element.
    pub fn join_finish(mut self) -> Table {
        if let Some(finish) = &self.finish {
            let channels = self.rows.iter_mut().flat_map(|row| &mut row.channels);
            channels.for_each(|(_, channel)| channel.join(finish));
        }
        self
    }

    /// Whether a walk for `channel` sees every finish reason at the top of a document.
    pub fn keeps_variables(&self, channel: &Channel) -> bool {
        self.finish.is_none() || channel.has_finish()
    }

    pub fn row(&self, row: usize) -> Option<&Row> {
        self.rows.get(row)
    }

    pub fn dispatch(&self, frame: &Frame<'_>) -> FrameKind {
        if frame.error.is_some_and(|error| self.is_error(error)) {
            return FrameKind::Error { row: None, name: None, payload: None };
        }
        let data = frame.data.unwrap_or_default();
        let sse_name = sse_name(frame);
        if data.trim_ascii().is_empty() || self.skips(sse_name) {
            return FrameKind::Skip;
        }
        if is_done(data) {
            return FrameKind::Mark;
        }
        if has_lines(frame) {
            return FrameKind::Lines;
        }
        if !sse_name.is_empty() && self.named_by.contains(&Named::Sse) {
            return self.verdict(sse_name, data, true);
        }
        self.by_json(data)
    }

    /// Classifies one line of the data of a frame that is [`FrameKind::Lines`].
    pub fn dispatch_line(&self, data: &[u8], line: &Range<usize>) -> FrameKind {
        let verdict = self.dispatch(&line_of(data, line));
        let shift = |place: Range<usize>| place.start + line.start..place.end + line.start;
        match verdict {
            FrameKind::Event { row, name, payload } => FrameKind::Event { row, name, payload: shift(payload) },
            FrameKind::Error { row, name, payload } => FrameKind::Error { row, name, payload: payload.map(shift) },
            other => other,
        }
    }

    /// The kind of a frame, and after [`FrameKind::Lines`] the kinds of its lines.
    pub fn lines_too<'a>(&'a self, frame: &'a Frame<'a>, verdict: FrameKind) -> impl Iterator<Item = FrameKind> + 'a {
        let data = frame.data.filter(|_| verdict == FrameKind::Lines).unwrap_or_default();
        let first = line_at(data, 0).filter(|_| !data.is_empty());
        let lines = std::iter::successors(first, |line| line_at(data, line.end + 1));
        std::iter::once(verdict).chain(lines.map(|line| self.dispatch_line(data, &line)))
    }

    /// A parser for the frames of this dialect.
    pub fn frames(&self, max_event_bytes: usize, last_event_id: &[u8]) -> Frames {
        Frames::new(max_event_bytes, last_event_id, self.error_field.as_deref())
            .with_objects(self.error_key.as_ref().map(Lookup::key))
    }

    /// Whether an unfinished frame, which the standard drops, says how the answer ended. It does by an end marker, alone or
    /// after lines that are events, or by a complete error.
    pub fn ends_stream_unfinished(&self, frame: &Frame<'_>) -> bool {
        let data = frame.data.unwrap_or_default();
        let last = memrchr(b'\n', data).and_then(|at| data.get(at + 1..)).unwrap_or(data);
        let marked = is_done(data) || is_done(last) && has_lines(frame);
        marked || frame.error.is_some_and(|error| is_object(error) && self.is_error(error))
    }

    /// Whether a value where errors are expected is an error: every value is, but an object whose error is null.
    pub fn is_error(&self, error: &[u8]) -> bool {
        let Some(key) = &self.error_key else { return true };
        let found = json::find(error, &[key.path()]);
        !matches!(found, Ok([Some(value), ..]) if !value.is_truthy(error))
    }

    /// The properties that later frames with the same head share with this one, which is of this kind.
    fn known(&self, frame: &Frame<'_>, verdict: &FrameKind) -> Option<Known> {
        let FrameKind::Event { row, name: None, .. } = verdict else { return None };
        let name = if self.named_by.contains(&Named::Sse) { sse_name(frame) } else { b"" };
        let plain = self.row(*row).is_some_and(|row| row.ends == Ends::No);
        plain.then_some(Known { row: *row, may_be_error: self.looks_for_error(name) })
    }

    fn skips(&self, name: &[u8]) -> bool {
        !name.is_empty() && self.skip.iter().any(|skip| skip == name)
    }

    /// Classifies a frame whose name is known. `look`: also check for the error key.
    fn verdict(&self, name: &[u8], data: &[u8], look: bool) -> FrameKind {
        let row = self.row_of.get(name).copied().unwrap_or(self.default);
        let (ends, error) = self.row(row).map_or((Ends::No, false), |row| (row.ends, row.error));
        if ends == Ends::Mark {
            return FrameKind::Mark;
        }
        if let Err(malformed) = object_shaped(data) {
            return FrameKind::Malformed { name: None, malformed };
        }
        let payload = 0..data.len();
        if error && ends != Ends::Last {
            return FrameKind::Error { row: Some(row), name: None, payload: Some(payload) };
        }
        if look && self.has_error(name, data) {
            return FrameKind::Error { row: None, name: None, payload: Some(payload) };
        }
        FrameKind::Event { row, name: None, payload }
    }

    /// Whether the error key has a truthy value. The document is walked only if it may contain the key.
    fn has_error(&self, name: &[u8], payload: &[u8]) -> bool {
        let key = self.error_key.as_ref().filter(|_| self.looks_for_error(name));
        key.and_then(|key| key.find(payload)).is_some_and(|value| value.is_truthy(payload))
    }

    fn looks_for_error(&self, name: &[u8]) -> bool {
        !self.error_key_not_in.iter().any(|prefix| name.starts_with(prefix))
    }

    /// Classifies a frame without a name in its event line: a top-level key may have the name.
    fn by_json(&self, data: &[u8]) -> FrameKind {
        let Some(key) = self.named_by.iter().find_map(Named::key) else {
            return self.verdict(b"", data, true);
        };
        let wrapped = object_shaped(data).and_then(|()| self.unwrap(data, key));
        let Wrapped { name, payload, error } = match wrapped {
            Ok(wrapped) => wrapped,
            Err(malformed) => return FrameKind::Malformed { name: None, malformed },
        };
        if self.skips(&name) {
            return FrameKind::Skip;
        }
        if error && self.looks_for_error(&name) {
            return FrameKind::Error { row: None, name: Some(name), payload: Some(0..data.len()) };
        }
        let inner = data.get(payload.clone()).unwrap_or_default();
        let shift = |range: Range<usize>| range.start + payload.start..range.end + payload.start;
        match self.verdict(&name, inner, false) {
            FrameKind::Event { row, payload, .. } => {
                FrameKind::Event { row, name: Some(name), payload: shift(payload) }
            }
            FrameKind::Error { row, payload, .. } => {
                FrameKind::Error { row, name: Some(name), payload: payload.map(shift) }
            }
            FrameKind::Malformed { malformed, .. } => FrameKind::Malformed { name: Some(name), malformed },
            plain => plain,
        }
    }

    /// Reads the name, the payload, and whether the error key is truthy, from the top level of `data`.
    fn unwrap(&self, data: &[u8], key: &Key) -> Result<Wrapped, Malformed> {
        let error = self.error_key.as_ref().map(Lookup::path).unwrap_or_default();
        let paths = [std::slice::from_ref(key), self.payload.as_slice(), error];
        let [name, payload, error, _] = json::find(data, &paths)?;
        let mut text = Text::default();
        if let Some(Value::Str { start, end, plain }) = name {
            text.push_json(data.get(start..end).unwrap_or_default(), plain);
        }
        let payload = match payload {
            Some(Value::Other { start, end }) if !text.is_empty() => start..end,
            _ => 0..data.len(),
        };
        let error = error.is_some_and(|error| error.is_truthy(data));
        Ok(Wrapped { name: text.as_bytes().to_vec(), payload, error })
    }

    /// Whether a stream that begins with this frame is of this dialect.
    pub fn recognizes(&self, frame: &Frame<'_>) -> bool {
        let mut data = frame.data.unwrap_or_default();
        if let (true, Some(first)) = (has_lines(frame), line_at(data, 0)) {
            data = data.get(first).unwrap_or_default();
        }
        let mut name = sse_name(frame).to_vec();
        if let (true, Some(key)) = (name.is_empty(), self.named_by.iter().find_map(Named::key)) {
            name = self.unwrap(data, key).map(|wrapped| wrapped.name).unwrap_or_default();
        }
        self.claims.iter().any(|claim| name.starts_with(claim) || has_claimed(data, claim))
    }

    /// Whether the frame is ignored in this dialect, so that `auto` waits for the next one.
    pub fn skips_frame(&self, frame: &Frame<'_>) -> bool {
        frame.data.unwrap_or_default().trim_ascii().is_empty() || self.skips(frame.event)
    }
}

/// The properties that frames with the same head share.
#[derive(Debug, Clone, Copy)]
struct Known {
    row: usize,
    may_be_error: bool,
}

/// Dispatches the frames of one stream by one table. It caches the result for frames that begin with the same bytes up to
/// their data.
#[derive(Debug, Default)]
pub struct Dispatcher {
    known: Option<(u64, Known)>,
}

impl Dispatcher {
    /// The row of the last frame, if a frame with the same head was an event of that row without a name in its JSON. Then
    /// only the payload needs a look, and the payload is all of the data. `None`: the frame must be classified.
    pub fn row_of_same_head(&self, table: &Table, frames: &Frames, data: &[u8]) -> Option<usize> {
        let (_, known) = self.known.filter(|(head, _)| frames.head_id() == Some(*head))?;
        let shaped = data.first() == Some(&b'{') && data.last() == Some(&b'}');
        let error = known.may_be_error && table.error_key.as_ref().is_some_and(|key| key.may_be_in(data));
        (shaped && !error).then_some(known.row)
    }

    /// Classifies the frame.
    pub fn dispatch(&mut self, table: &Table, frames: &Frames, frame: &Frame<'_>) -> FrameKind {
        let verdict = table.dispatch(frame);
        self.known = frames.head_id().zip(table.known(frame, &verdict));
        verdict
    }
}

/// The parts at the top level of a payload without an event line.
struct Wrapped {
    name: Vec<u8>,
    payload: Range<usize>,
    error: bool,
}

impl Named {
    fn key(&self) -> Option<&Key> {
        match self {
            Named::Key(key) => Some(key),
            Named::Sse => None,
        }
    }
}

/// The value of the event line; empty if it is missing or is the default name.
fn sse_name<'a>(frame: &Frame<'a>) -> &'a [u8] {
    match frame.event {
        UNNAMED => b"",
        name => name,
    }
}

/// Whether data ends the stream in every dialect.
fn is_done(data: &[u8]) -> bool {
    data.starts_with(DONE)
}

/// Whether the data is not JSON, but each of its lines is an event or the end marker. Such lines are split only without an
/// event line: that one could belong to the last event only.
fn has_lines(frame: &Frame<'_>) -> bool {
    let data = frame.data.unwrap_or_default();
    let alone = |line| is_object(line) || is_done(line);
    frame.joined && sse_name(frame).is_empty() && !is_object(data) && data.split(|byte| *byte == b'\n').all(alone)
}

fn is_object(doc: &[u8]) -> bool {
    object_shaped(doc).is_ok() && json::find(doc, &[]).is_ok()
}

/// The line of the data that begins at `at`, if there is one.
pub fn line_at(data: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = data.get(at..)?;
    Some(at..at + memchr(b'\n', rest).unwrap_or(rest.len()))
}

/// A line of the data as a frame.
fn line_of<'a>(data: &'a [u8], line: &Range<usize>) -> Frame<'a> {
    Frame { event: b"", data: data.get(line.clone()), error: None, joined: false, retry_ms: None }
}

/// Whether the top level has the claimed key, or for `key=text` the key with that string.
fn has_claimed(doc: &[u8], claim: &[u8]) -> bool {
    let mut parts = claim.splitn(2, |byte| *byte == b'=');
    let key: Key = parts.next().unwrap_or_default().into();
    let found = json::find(doc, &[std::slice::from_ref(&key)]).ok().and_then(|found| *found.first()?);
    match (found, parts.next()) {
        (Some(Value::Str { start, end, .. }), Some(text)) => doc.get(start..end) == Some(text),
        (found, None) => found.is_some(),
        _ => false,
    }
}

/// Checks that a payload can be an object. Its inside is checked when it is read.
fn object_shaped(payload: &[u8]) -> Result<(), Malformed> {
    let trimmed = payload.trim_ascii();
    match (trimmed.first(), trimmed.last()) {
        (Some(b'{'), Some(b'}')) => Ok(()),
        (Some(b'{'), _) => Err(Malformed { at: payload.len(), why: "unterminated object" }),
        _ => Err(Malformed { at: 0, why: "expected a JSON object" }),
    }
}

/// A path that most documents do not have. A search finds that out sooner than a walk.
#[derive(Debug)]
pub struct Lookup {
    path: Vec<Key>,
    /// The last key in its quotes. Making a searcher takes as long as searching a small document.
    quoted: memmem::Finder<'static>,
}

impl Lookup {
    pub fn new(path: Vec<Key>) -> Lookup {
        let last = path.last().map(Deref::deref).unwrap_or_default();
        let quoted = memmem::Finder::new(&[b"\"", last, b"\""].concat()).into_owned();
        Lookup { path, quoted }
    }

    pub fn path(&self) -> &[Key] {
        &self.path
    }

    fn key(&self) -> &[u8] {
        self.path.last().map(Deref::deref).unwrap_or_default()
    }

    /// Whether the document contains the last key, or could contain it, written with escapes.
    fn may_be_in(&self, doc: &[u8]) -> bool {
        let written_otherwise = |at: usize| doc.get(at..).is_some_and(|rest| rest.starts_with(b"\\u00"));
        self.quoted.find(doc).is_some() || memchr_iter(b'\\', doc).any(written_otherwise)
    }

    /// The value, if there is one.
    pub fn find(&self, doc: &[u8]) -> Option<Value> {
        let [value, ..] = self.may_be_in(doc).then(|| json::find(doc, &[&self.path]))?.ok()?;
        value
    }
}
