//! A frame -> a row of a dialect's table.
//!
//! A dialect is data: Python declares it, [`Table`] holds it compiled. What is evaluated here looks
//! at one frame only: its name, a literal data prefix, a truthy top-level key, strings at paths.
//! Nothing is remembered from frame to frame.
//!
//! What servers do beside the standard is undone here, where a dialect is known: a frame whose lines are
//! events each, since the server ends its events by one line feed; and what the end of the body leaves
//! unfinished, as far as it says how the answer ended.

use crate::frames::{Frame, Frames};
use crate::json::{self, Key, Malformed, Value};
use crate::text::Text;
use crate::textpath::Channel;
use memchr::{memchr, memchr_iter, memmem, memrchr};
use std::collections::HashMap;
use std::ops::{Deref, Range};

/// Data that begins so ends the stream, in every dialect.
const DONE: &[u8] = b"[DONE]";

/// The standard's name for an event without a name.
const UNNAMED: &[u8] = b"message";

/// What an event of a row means for the stream's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ends {
    #[default]
    No,
    /// The payload says that the answer is complete; reading goes on.
    Payload,
    /// The dialect's end mark: not handed out.
    Mark,
    /// Handed out, and nothing is read after it.
    Last,
}

#[derive(Debug, Default)]
pub struct Row {
    /// Name of the kind of text, and where it stands.
    pub channels: Vec<(String, Channel)>,
    pub ends: Ends,
    /// The event is an error of the server; it is handed out only if it is the last one.
    pub error: bool,
    /// The event is no error, but the text that it ends is no whole answer: readers raise.
    pub fails: bool,
    /// Where the tokens are counted.
    pub usage: Option<Wanted>,
}

impl Row {
    /// The usage is a mere number or string, which a template might take for one that nobody wants.
    pub fn is_usage_loose(&self, payload: &[u8]) -> bool {
        let usage = self.usage.as_ref().and_then(|usage| usage.find(payload));
        usage.is_some_and(|usage| matches!(usage, Value::Str { .. } | Value::Int(_)))
    }

    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|(have, _)| have == name).map(|(_, channel)| channel)
    }
}

/// Where an event's name is looked for, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Sse,
    Key(Key),
}

#[derive(Debug, Default)]
pub struct Table {
    pub rows: Vec<Row>,
    pub row_of: HashMap<Vec<u8>, usize>,
    /// The row of events that no row names.
    pub default: usize,
    pub named_by: Vec<Named>,
    /// The key that holds the payload when the name came from JSON.
    pub payload: Option<Key>,
    /// The answer is complete when every index seen had a non-null value there.
    pub finish: Option<Channel>,
    /// The index that text is taken of unless asked otherwise.
    pub index: Option<i64>,
    /// Prefixes of names, top-level keys, and `key=text`, by which `auto` knows the dialect.
    pub claims: Vec<Key>,
    /// A truthy top-level key that makes an event an error, and prefixes of names whose events
    /// are not looked at.
    pub error_key: Option<Wanted>,
    pub error_key_not_in: Vec<Vec<u8>>,
    /// An SSE field that holds an error.
    pub error_field: Option<Key>,
    /// Names of events that are none.
    pub skip: Vec<Vec<u8>>,
}

/// What a frame is. A `name` is given where it came out of JSON; else it is the frame's own.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No event: empty data, or a name to skip.
    Skip,
    /// `payload`: where in the data the payload stands.
    Event { row: usize, name: Option<Vec<u8>>, payload: Range<usize> },
    /// The end mark.
    Mark,
    /// An error of the server that is not handed out. `row` if it was a row that said so;
    /// `payload` is `None` if it came in the further field.
    Error { row: Option<usize>, name: Option<Vec<u8>>, payload: Option<Range<usize>> },
    /// Each line of the data is an event: [`Table::dispatch_line`].
    Lines,
    /// The payload can't be one.
    Malformed { name: Option<Vec<u8>>, malformed: Malformed },
}

impl Table {
    /// Has finish reasons found together with the text where they stand beside it.
    pub fn join_finish(mut self) -> Table {
        if let Some(finish) = &self.finish {
            let channels = self.rows.iter_mut().flat_map(|row| &mut row.channels);
            channels.for_each(|(_, channel)| channel.join(finish));
        }
        self
    }

    /// Whether a walk for `channel` passes over nothing at the top of a document that tells a finish reason.
    pub fn leaves_loose(&self, channel: &Channel) -> bool {
        self.finish.is_none() || channel.has_finish()
    }

    pub fn row(&self, row: usize) -> Option<&Row> {
        self.rows.get(row)
    }

    pub fn dispatch(&self, frame: &Frame<'_>) -> Verdict {
        if frame.error.is_some_and(|error| self.is_error(error)) {
            return Verdict::Error { row: None, name: None, payload: None };
        }
        let data = frame.data.unwrap_or_default();
        let sse_name = sse_name(frame);
        if data.trim_ascii().is_empty() || self.skips(sse_name) {
            return Verdict::Skip;
        }
        if is_done(data) {
            return Verdict::Mark;
        }
        if has_lines(frame) {
            return Verdict::Lines;
        }
        if !sse_name.is_empty() && self.named_by.contains(&Named::Sse) {
            return self.verdict(sse_name, data, true);
        }
        self.by_json(data)
    }

    /// What a line of the data is, in a frame that was given [`Verdict::Lines`].
    pub fn dispatch_line(&self, data: &[u8], line: &Range<usize>) -> Verdict {
        let verdict = self.dispatch(&line_of(data, line));
        let shift = |place: Range<usize>| place.start + line.start..place.end + line.start;
        match verdict {
            Verdict::Event { row, name, payload } => Verdict::Event { row, name, payload: shift(payload) },
            Verdict::Error { row, name, payload } => Verdict::Error { row, name, payload: payload.map(shift) },
            other => other,
        }
    }

    /// The verdict on a frame, and behind [`Verdict::Lines`] that on each of its lines.
    pub fn lines_too<'a>(&'a self, frame: &'a Frame<'a>, verdict: Verdict) -> impl Iterator<Item = Verdict> + 'a {
        let data = frame.data.filter(|_| verdict == Verdict::Lines).unwrap_or_default();
        let first = line_at(data, 0).filter(|_| !data.is_empty());
        let lines = std::iter::successors(first, |line| line_at(data, line.end + 1));
        std::iter::once(verdict).chain(lines.map(|line| self.dispatch_line(data, &line)))
    }

    /// How the frames are read that this dispatches.
    pub fn frames(&self, max_event_bytes: usize, last_event_id: &[u8]) -> Frames {
        Frames::new(max_event_bytes, last_event_id, self.error_field.as_deref())
            .with_objects(self.error_key.as_ref().map(Wanted::key))
    }

    /// Whether an unfinished frame, which the standard drops, says how the answer ended: by an end mark,
    /// alone or behind lines that are events, or by an error that is whole.
    pub fn hears(&self, frame: &Frame<'_>) -> bool {
        let data = frame.data.unwrap_or_default();
        let last = memrchr(b'\n', data).and_then(|at| data.get(at + 1..)).unwrap_or(data);
        let marked = is_done(data) || is_done(last) && has_lines(frame);
        marked || frame.error.is_some_and(|error| is_object(error) && self.is_error(error))
    }

    /// What stands where errors stand is one, unless it is an object whose error is null.
    pub fn is_error(&self, error: &[u8]) -> bool {
        let Some(key) = &self.error_key else { return true };
        let found = json::find(error, &[key.path()]);
        !matches!(found, Ok([Some(value), ..]) if !value.is_truthy(error))
    }

    /// What is known of later frames with the head of this one, which was given `verdict`.
    fn known(&self, frame: &Frame<'_>, verdict: &Verdict) -> Option<Known> {
        let Verdict::Event { row, name: None, .. } = verdict else { return None };
        let name = if self.named_by.contains(&Named::Sse) { sse_name(frame) } else { b"" };
        let plain = self.row(*row).is_some_and(|row| row.ends == Ends::No);
        plain.then_some(Known { row: *row, may_be_error: self.looks_for_error(name) })
    }

    fn skips(&self, name: &[u8]) -> bool {
        !name.is_empty() && self.skip.iter().any(|skip| skip == name)
    }

    /// The name is known. `look`: the error key has not been looked for yet.
    fn verdict(&self, name: &[u8], data: &[u8], look: bool) -> Verdict {
        let row = self.row_of.get(name).copied().unwrap_or(self.default);
        let (ends, error) = self.row(row).map_or((Ends::No, false), |row| (row.ends, row.error));
        if ends == Ends::Mark {
            return Verdict::Mark;
        }
        if let Err(malformed) = object_shaped(data) {
            return Verdict::Malformed { name: None, malformed };
        }
        let payload = 0..data.len();
        if error && ends != Ends::Last {
            return Verdict::Error { row: Some(row), name: None, payload: Some(payload) };
        }
        if look && self.has_error(name, data) {
            return Verdict::Error { row: None, name: None, payload: Some(payload) };
        }
        Verdict::Event { row, name: None, payload }
    }

    /// A truthy value at the error key. The document is walked only if the key may stand there.
    fn has_error(&self, name: &[u8], payload: &[u8]) -> bool {
        let key = self.error_key.as_ref().filter(|_| self.looks_for_error(name));
        key.and_then(|key| key.find(payload)).is_some_and(|value| value.is_truthy(payload))
    }

    fn looks_for_error(&self, name: &[u8]) -> bool {
        !self.error_key_not_in.iter().any(|prefix| name.starts_with(prefix))
    }

    /// The event line does not tell the name, so a top-level key does, if the dialect has one.
    fn by_json(&self, data: &[u8]) -> Verdict {
        let Some(key) = self.named_by.iter().find_map(Named::key) else {
            return self.verdict(b"", data, true);
        };
        let wrapped = object_shaped(data).and_then(|()| self.unwrap(data, key));
        let Wrapped { name, payload, error } = match wrapped {
            Ok(wrapped) => wrapped,
            Err(malformed) => return Verdict::Malformed { name: None, malformed },
        };
        if self.skips(&name) {
            return Verdict::Skip;
        }
        if error && self.looks_for_error(&name) {
            return Verdict::Error { row: None, name: Some(name), payload: Some(0..data.len()) };
        }
        let inner = data.get(payload.clone()).unwrap_or_default();
        let shift = |range: Range<usize>| range.start + payload.start..range.end + payload.start;
        match self.verdict(&name, inner, false) {
            Verdict::Event { row, payload, .. } => Verdict::Event { row, name: Some(name), payload: shift(payload) },
            Verdict::Error { row, payload, .. } => {
                Verdict::Error { row, name: Some(name), payload: payload.map(shift) }
            }
            Verdict::Malformed { malformed, .. } => Verdict::Malformed { name: Some(name), malformed },
            plain => plain,
        }
    }

    /// Name, payload, and whether the error key is truthy, from the top level of `data`.
    fn unwrap(&self, data: &[u8], key: &Key) -> Result<Wrapped, Malformed> {
        let error = self.error_key.as_ref().map(Wanted::path).unwrap_or_default();
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
    pub fn claims(&self, frame: &Frame<'_>) -> bool {
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

    /// Whether the frame is no event in this dialect, so that `auto` waits for another one.
    pub fn skips_frame(&self, frame: &Frame<'_>) -> bool {
        frame.data.unwrap_or_default().trim_ascii().is_empty() || self.skips(frame.event)
    }
}

/// What frames with the same head have in common.
#[derive(Debug, Clone, Copy)]
struct Known {
    row: usize,
    may_be_error: bool,
}

/// Dispatches the frames of one stream, by one table: what one of them told of the next ones with the
/// same head is kept.
#[derive(Debug, Default)]
pub struct Dispatcher {
    known: Option<(u64, Known)>,
}

impl Dispatcher {
    /// The row of the frame that `frames` gave last, if it has the head of one before it that was an
    /// event of that row by its event line, or without a name: nothing but the payload, which is all of its
    /// data, needs a look. `None` says nothing.
    pub fn again(&self, table: &Table, frames: &Frames, data: &[u8]) -> Option<usize> {
        let (_, known) = self.known.filter(|(head, _)| frames.head_id() == Some(*head))?;
        let shaped = data.first() == Some(&b'{') && data.last() == Some(&b'}');
        let error = known.may_be_error && table.error_key.as_ref().is_some_and(|key| key.may_be_in(data));
        (shaped && !error).then_some(known.row)
    }

    /// What that frame means.
    pub fn dispatch(&mut self, table: &Table, frames: &Frames, frame: &Frame<'_>) -> Verdict {
        let verdict = table.dispatch(frame);
        self.known = frames.head_id().zip(table.known(frame, &verdict));
        verdict
    }
}

/// What the top level of a payload without an event line tells.
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

/// The event line's value; empty if it says no more than that there is none.
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

/// Whether the data is no JSON, but each of its lines alone is an event or the end mark. Under an event
/// line it could be that of the last one only, so then they are not told apart.
fn has_lines(frame: &Frame<'_>) -> bool {
    let data = frame.data.unwrap_or_default();
    let alone = |line| is_object(line) || is_done(line);
    frame.joined && sse_name(frame).is_empty() && !is_object(data) && data.split(|byte| *byte == b'\n').all(alone)
}

fn is_object(doc: &[u8]) -> bool {
    object_shaped(doc).is_ok() && json::find(doc, &[]).is_ok()
}

/// The line of the data that begins at `at`, if one does.
pub fn line_at(data: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = data.get(at..)?;
    Some(at..at + memchr(b'\n', rest).unwrap_or(rest.len()))
}

/// A line of the data as a frame of its own.
fn line_of<'a>(data: &'a [u8], line: &Range<usize>) -> Frame<'a> {
    Frame { event: b"", data: data.get(line.clone()), error: None, joined: false, retry_ms: None }
}

/// The top level has the key that is claimed, or, of `key=text`, the key with that string.
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

/// A payload is an object. Its depth is looked at later, by whoever wants to know.
fn object_shaped(payload: &[u8]) -> Result<(), Malformed> {
    let trimmed = payload.trim_ascii();
    match (trimmed.first(), trimmed.last()) {
        (Some(b'{'), Some(b'}')) => Ok(()),
        (Some(b'{'), _) => Err(Malformed { at: payload.len(), why: "an object without its end" }),
        _ => Err(Malformed { at: 0, why: "expected a JSON object" }),
    }
}

/// A path that most documents have nothing at, which a search tells much sooner than a walk.
#[derive(Debug)]
pub struct Wanted {
    path: Vec<Key>,
    /// The last key in its quotes. A searcher takes as long to make as to search a small document.
    quoted: memmem::Finder<'static>,
}

impl Wanted {
    pub fn new(path: Vec<Key>) -> Wanted {
        let last = path.last().map(Deref::deref).unwrap_or_default();
        let quoted = memmem::Finder::new(&[b"\"", last, b"\""].concat()).into_owned();
        Wanted { path, quoted }
    }

    pub fn path(&self) -> &[Key] {
        &self.path
    }

    fn key(&self) -> &[u8] {
        self.path.last().map(Deref::deref).unwrap_or_default()
    }

    /// Whether the last key stands in the document, or could, written with escapes.
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
