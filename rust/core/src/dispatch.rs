//! From a frame to a row of a dialect's table.
//!
//! A dialect is data: Python declares it, and [`Table`] is its compiled form. The rules look at one frame at a time: at its
//! name, a literal prefix of its data, a truthy top-level key, and strings at paths. Nothing is remembered between frames.
//!
//! With a dialect, two departures of servers from the standard are repaired here. Some servers end events by a single line
//! feed, so that each line of a frame is an event. And a frame that the end of the body leaves unfinished counts if it says
//! how the answer ended.

use crate::condition::{Accept, Condition};
use crate::frames::{Frame, Frames};
use crate::json::{self, Cursor, Key, Malformed, Value};
use crate::lookup::{Lookup, Values};
use crate::shape::Plain;
use crate::template::Role;
use crate::text::Text;
use crate::textpath::{self, Channel};
use memchr::{memchr, memrchr};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

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
    /// The answer is not complete, and an end marker does not complete it.
    Reopens,
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
    pub usage: Option<Values>,
    /// The conditions of the row; all must hold.
    pub when: Vec<Condition>,
    /// The event contains the whole answer, or with paths a whole part of it, which the values there identify. The row applies
    /// only if events of other kinds did not add the text before.
    pub whole: Option<Vec<Vec<Key>>>,
    /// The row of the same name to try if the conditions do not hold.
    pub or_else: Option<usize>,
    /// The last row of the same name.
    pub last: usize,
    /// There are several rows of this name.
    pub has_variants: bool,
}

impl Row {
    /// Whether the payload is checked whole when it arrives. These events are few.
    pub fn is_checked(&self) -> bool {
        self.ends != Ends::No || self.error || self.fails
    }

    /// Whether all events of this name are errors that are not yielded.
    fn is_plain_error(&self) -> bool {
        self.error && self.ends != Ends::Last && !self.has_variants
    }

    /// Whether a payload adds text to any channel.
    pub fn has_text(&self, payload: &[u8]) -> bool {
        self.channels.iter().any(|(_, channel)| channel.has_text(payload))
    }

    /// A hash of the values that identify the part of the answer that a payload contains; `None` if it has none of them.
    pub fn part(&self, payload: &[u8]) -> Option<u64> {
        let paths: Vec<&[Key]> = self.whole.iter().flatten().map(Vec::as_slice).collect();
        let found = json::find(payload, &paths).ok()?;
        let values: Vec<_> =
            found.iter().take(paths.len()).map(|value| value.map(|value| value.json(payload))).collect();
        let mut hasher = DefaultHasher::new();
        values.hash(&mut hasher);
        (paths.is_empty() || values.iter().any(Option::is_some)).then(|| hasher.finish())
    }

    /// Whether the payload may be an array.
    pub fn takes_arrays(&self) -> bool {
        self.channels.iter().any(|(_, channel)| channel.is_in_array()) || self.when.iter().any(Condition::is_in_array)
    }

    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|(have, _)| have == name).map(|(_, channel)| channel)
    }
}

/// Where the name of an event is, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Sse,
    /// A string at the top of the payload.
    Key(Key),
    /// The key that is there: the first key of the object at this path that is the name of a row.
    Present(Vec<Key>),
}

/// How a payload with a finish reason says that the answer failed.
#[derive(Debug)]
pub struct Failure {
    pub reasons: Accept,
    /// Where errors are, beside the finish reasons.
    pub errors: Vec<Channel>,
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
    /// All values in the place of a finish reason.
    pub reasons: Option<Channel>,
    pub failure: Option<Failure>,
    /// `[DONE]` completes the answer, if an event of the dialect came before it.
    pub done_completes: bool,
    /// How to recognize payloads without a finish reason.
    pub plain: Option<Plain>,
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
    /// The end marker of the dialect.
    Mark,
    /// `[DONE]`, which ends every dialect.
    Done,
    /// Something like `[DONE]`. It is the end marker if the answer is complete; else it is malformed.
    LikeDone,
    /// An error of the server that is not yielded. `row` is the row that said so, if one did. `payload` is `None` if the
    /// error came in the additional SSE field.
    Error { row: Option<usize>, name: Option<Vec<u8>>, payload: Option<Range<usize>> },
    /// Each line of the data is an event: [`Table::dispatch_line`].
    Lines,
    /// The payload cannot be a JSON object.
    Malformed { name: Option<Vec<u8>>, malformed: Malformed },
}

impl Table {
    /// Completes a table: links the rows of one name, and lets walks find the finish reasons together with the text, where
    /// they are in the same element. `names`: the names of the rows, in order; `None` is the default.
    pub fn link(mut self, names: &[Option<&[u8]>]) -> Result<Table, String> {
        for (at, name) in names.iter().enumerate() {
            let next = names.iter().skip(at + 1).position(|other| other == name).map(|offset| at + 1 + offset);
            let Some(row) = self.rows.get_mut(at) else { continue };
            row.or_else = next;
            row.last = names.iter().rposition(|other| other == name).unwrap_or(at);
            row.has_variants = next.is_some() || names.iter().take(at).any(|other| other == name);
            let conditional = !row.when.is_empty() || row.whole.is_some();
            if conditional != next.is_some() {
                let shown = name.map_or("default".into(), |name| format!("{:?}", String::from_utf8_lossy(name)));
                return Err(match conditional {
                    true => format!("row {shown}: the last row of a name must have no condition"),
                    false => format!("row {shown}: only the last row of a name may have no condition"),
                });
            }
        }
        if let Some(finish) = &self.finish {
            let channels = self.rows.iter_mut().flat_map(|row| &mut row.channels);
            channels.for_each(|(_, channel)| channel.join(finish));
            let text = self.rows.get(self.last_of(self.default)).and_then(|row| row.channel("text"));
            let next = |row: &usize| self.row(*row).and_then(|row| row.or_else);
            let rows = std::iter::successors(Some(self.default), next).filter_map(|row| self.row(row));
            let conditional = rows.filter(|row| row.or_else.is_some());
            let needed = conditional.map(|row| row.when.iter().find_map(Condition::needed_key).cloned()).collect();
            let error = self.error_key.as_ref().and_then(|key| key.path().first()).map(|key| &**key);
            self.plain = Plain::of(finish, text, needed, error);
        }
        Ok(self)
    }

    /// The last row with the name of this one. It has no condition.
    pub fn last_of(&self, row: usize) -> usize {
        self.row(row).map_or(row, |row| row.last)
    }

    /// Whether events of the name of this row are the end marker, unless a condition of another row of the name holds.
    fn is_mark(&self, row: usize) -> bool {
        self.row(self.last_of(row)).is_some_and(|row| row.ends == Ends::Mark)
    }

    /// Whether an event without a row of its own is of the dialect, by its name.
    pub fn claims_name(&self, name: &[u8]) -> bool {
        self.claims.iter().any(|claim| name.starts_with(claim))
    }

    /// Whether this is the default row, or one of several.
    pub fn is_default(&self, row: usize) -> bool {
        self.last_of(row) == self.last_of(self.default)
    }

    /// Whether the default row is for events of the dialect, and not for events that it does not know.
    pub fn default_is_known(&self) -> bool {
        self.row(self.last_of(self.default)).is_some_and(|row| !row.channels.is_empty())
    }

    /// The first row from this one on, of the same name, whose conditions hold.
    pub fn row_for(&self, row: usize, payload: &[u8]) -> usize {
        let next = |row: &usize| self.row(*row).and_then(|row| row.or_else);
        let holds = |row: &usize| self.row(*row).is_some_and(|row| row.when.iter().all(|one| one.holds(payload)));
        std::iter::successors(Some(row), next).find(holds).unwrap_or(row)
    }

    /// Whether a payload says that the answer failed.
    pub fn fails(&self, payload: &[u8]) -> bool {
        let (Some(failure), Some(reasons)) = (&self.failure, &self.reasons) else { return false };
        let failed = |reason: &Value| matches!(reason, Value::Str { .. }) && failure.reasons.accepts(*reason, payload);
        let is_error = |error: &Channel| textpath::values(payload, error).iter().any(|value| value.is_truthy(payload));
        textpath::values(payload, reasons).iter().any(failed) || failure.errors.iter().any(is_error)
    }

    /// Whether a payload has a true value in the place of a finish reason that is not a string.
    pub fn has_odd_reason(&self, payload: &[u8]) -> bool {
        let is_odd = |value: &Value| !matches!(value, Value::Str { .. }) && value.is_truthy(payload);
        self.reasons.as_ref().is_some_and(|reasons| textpath::values(payload, reasons).iter().any(is_odd))
    }

    /// The role of the values of a key that a walk for a channel of this row skips.
    pub fn role(&self, row: &Row, channel: &Channel, key: &[u8]) -> Role {
        if channel.has_key(key) || self.finish.as_ref().is_some_and(|finish| finish.has_key(key)) {
            return Role::Fixed;
        }
        row.usage.as_ref().map_or(Role::Unused, |usage| usage.role(key))
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
        if is_empty(data) || self.skips(sse_name) || sse_name.is_empty() && is_null(data) {
            // The name of an error is an error, also without a message.
            let row = self.row_of.get(sse_name).filter(|_| frame.data == Some(b"")).copied();
            let is_error = |row: &usize| self.row(*row).is_some_and(|row| row.is_plain_error());
            return row.filter(is_error).map_or(FrameKind::Skip, |row| FrameKind::Error {
                row: Some(row),
                name: None,
                payload: Some(0..0),
            });
        }
        if is_done(data) {
            let is_mark = self.row_of.get(sse_name).is_some_and(|row| self.is_mark(*row));
            return if is_mark { FrameKind::Mark } else { FrameKind::Done };
        }
        if frame.bare && !frame.joined && !self.is_expected(data) {
            return FrameKind::Skip;
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
    pub fn dispatch_line(&self, frame: &Frame<'_>, line: &Range<usize>) -> FrameKind {
        let verdict = self.dispatch(&line_of(frame, line));
        let shift = |place: Range<usize>| place.start + line.start..place.end + line.start;
        match verdict {
            FrameKind::Event { row, name, payload } => FrameKind::Event { row, name, payload: shift(payload) },
            FrameKind::Error { row, name, payload } => FrameKind::Error { row, name, payload: payload.map(shift) },
            other => other,
        }
    }

    /// A parser for the frames of this dialect.
    pub fn frames(&self, max_event_bytes: usize, last_event_id: &[u8]) -> Frames {
        Frames::new(max_event_bytes, last_event_id, self.error_field.as_deref())
            .with_bare_objects(self.error_key.is_some())
    }

    /// Whether an unfinished frame, which the standard drops, says how the answer ended. It does by an end marker, alone or
    /// after lines that are events, or by a complete error.
    pub fn ends_stream_unfinished(&self, frame: &Frame<'_>) -> bool {
        let data = frame.data.unwrap_or_default();
        let last = memrchr(b'\n', data).and_then(|at| data.get(at + 1..)).unwrap_or(data);
        let marked = is_done(data) || is_done(last) && has_lines(frame);
        marked || frame.error.is_some_and(|error| is_object(error) && self.is_error(error))
    }

    /// Whether an unfinished frame without a field name has a complete object in its first line.
    pub fn has_bare_object(frame: &Frame<'_>) -> bool {
        let data = frame.data.unwrap_or_default();
        let first = line_at(data, 0).and_then(|line| data.get(line)).unwrap_or_default();
        frame.bare && is_object(first)
    }

    /// Whether a value where errors are expected is an error: every value is, but an object whose error is null.
    pub fn is_error(&self, error: &[u8]) -> bool {
        let Some(key) = &self.error_key else { return true };
        let found = json::find(error, &[key.path()]);
        !matches!(found, Ok([Some(value), ..]) if !value.is_truthy(error))
    }

    /// Whether a line of JSON without a field name means something: it is an error, or is claimed.
    fn is_expected(&self, data: &[u8]) -> bool {
        self.reports_error(data) || self.claims_payload(data) && is_object(data)
    }

    /// Whether a line of JSON without a field name has the error key with a truthy value.
    pub fn reports_error(&self, data: &[u8]) -> bool {
        let error = self.error_key.as_ref().and_then(|key| key.find(data));
        error.is_some_and(|error| error.is_truthy(data)) && is_object(data)
    }

    /// Whether a payload has the key of a claim, or the dialect does not claim payloads by keys.
    pub fn claims_payload(&self, payload: &[u8]) -> bool {
        self.claims.is_empty() || self.claims.iter().any(|claim| has_claimed(payload, claim))
    }

    fn skips(&self, name: &[u8]) -> bool {
        !name.is_empty() && self.skip.iter().any(|skip| skip == name)
    }

    /// Classifies a frame whose name is known. `look`: also check for the error key. The row is the first one of its name.
    fn verdict(&self, name: &[u8], data: &[u8], look: bool) -> FrameKind {
        let index = self.row_of.get(name).copied().unwrap_or(self.default);
        let Some(row) = self.row(index) else { return FrameKind::Skip };
        let payload = 0..data.len();
        let shaped = object_shaped(data);
        let is_plain = || row.or_else.is_none() && !(look && self.has_error(name, data));
        if self.is_mark(index) && (shaped.is_err() || is_plain()) {
            return FrameKind::Mark;
        }
        if row.is_plain_error() {
            return FrameKind::Error { row: Some(index), name: None, payload: Some(payload) };
        }
        if let Err(malformed) = shaped {
            return match data.trim_ascii().first() {
                Some(b'[') if look && self.is_array_of_errors(data) => checked_error(None, data),
                Some(b'[') if row.takes_arrays() => FrameKind::Event { row: index, name: None, payload },
                _ if is_like_done(data) => FrameKind::LikeDone,
                _ => FrameKind::Malformed { name: None, malformed },
            };
        }
        if look && self.has_error(name, data) {
            return checked_error(None, data);
        }
        FrameKind::Event { row: index, name: None, payload }
    }

    /// Whether the first element of an array has the error key with a truthy value.
    fn is_array_of_errors(&self, data: &[u8]) -> bool {
        let mut first = None;
        let mut cursor = Cursor::new(data);
        let walked = cursor.elements(|cursor| {
            let value = cursor.value()?;
            first.get_or_insert(value);
            Ok(())
        });
        let Some((key, value)) = self.error_key.as_ref().zip(first.filter(|_| walked.is_ok())) else { return false };
        let element = value.json(data);
        key.find(&element).is_some_and(|error| error.is_truthy(&element))
    }

    /// Whether the error key has a truthy value. The document is walked only if it may contain the key.
    fn has_error(&self, name: &[u8], payload: &[u8]) -> bool {
        let key = self.error_key.as_ref().filter(|_| self.looks_for_error(name));
        key.and_then(|key| key.find(payload)).is_some_and(|value| value.is_truthy(payload))
    }

    pub fn looks_for_error(&self, name: &[u8]) -> bool {
        !self.error_key_not_in.iter().any(|prefix| name.starts_with(prefix))
    }

    /// Whether the JSON of an event may have its name.
    /// Whether names of events may be in the event line.
    pub fn is_named_by_sse(&self) -> bool {
        self.named_by.contains(&Named::Sse)
    }

    pub fn is_named_by_json(&self) -> bool {
        self.named_by.iter().any(|by| *by != Named::Sse)
    }

    /// Classifies a frame without a name in its event line: its JSON may have the name.
    fn by_json(&self, data: &[u8]) -> FrameKind {
        if !self.is_named_by_json() || object_shaped(data).is_err() {
            return self.verdict(b"", data, true);
        }
        let Wrapped { name, payload, error } = match self.unwrap(data) {
            Ok(wrapped) => wrapped,
            Err(malformed) => return FrameKind::Malformed { name: None, malformed },
        };
        if self.skips(&name) {
            return FrameKind::Skip;
        }
        if error && self.looks_for_error(&name) {
            return checked_error(Some(name), data);
        }
        let inner = data.get(payload.clone()).unwrap_or_default();
        let shift = |range: Range<usize>| range.start + payload.start..range.end + payload.start;
        match self.verdict(&name, inner, payload.len() < data.len()) {
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
    fn unwrap(&self, data: &[u8]) -> Result<Wrapped, Malformed> {
        let error = self.error_key.as_ref().map(Lookup::path).unwrap_or_default();
        let key = self.named_by.iter().find_map(Named::key).map(std::slice::from_ref).unwrap_or_default();
        let [name, payload, error, ..] = json::find(data, &[key, self.payload.as_slice(), error])?;
        let mut text = Text::default();
        if let Some(Value::Str { start, end, plain }) = name {
            text.push_json(data.get(start..end).unwrap_or_default(), plain);
        }
        if let (true, Some(path)) = (text.is_empty(), self.named_by.iter().find_map(Named::present)) {
            text.push_plain(&self.present(data, path)?);
        }
        let payload = match payload {
            Some(Value::Other { start, end }) if !text.is_empty() => start..end,
            _ => 0..data.len(),
        };
        let error = error.is_some_and(|error| error.is_truthy(data));
        Ok(Wrapped { name: text.as_bytes().to_vec(), payload, error })
    }

    /// The first key of the object at `path` that is the name of a row and whose value is not null.
    fn present(&self, data: &[u8], path: &[Key]) -> Result<Vec<u8>, Malformed> {
        let object = match path.is_empty() {
            true => Some(data.into()),
            false => json::find(data, &[path])?.first().copied().flatten().map(|value| value.json(data)),
        };
        let Some(object) = object.filter(|object| object_shaped(object).is_ok()) else { return Ok(Vec::new()) };
        let mut name = None;
        Cursor::new(&object).members(|cursor, key| {
            let value = cursor.value()?;
            if name.is_none() && value != Value::Null {
                name = Some(key.text(&object)).filter(|key| self.row_of.contains_key(key.as_bytes()));
            }
            Ok(())
        })?;
        Ok(name.map(|name: Text| name.as_bytes().to_vec()).unwrap_or_default())
    }

    /// Whether a stream that begins with this frame is of this dialect.
    pub fn recognizes(&self, frame: &Frame<'_>) -> bool {
        let mut data = frame.data.unwrap_or_default();
        if let (true, Some(first)) = (has_lines(frame), line_at(data, 0)) {
            data = data.get(first).unwrap_or_default();
        }
        if frame.bare && !is_object(data) {
            return false;
        }
        let mut name = sse_name(frame).to_vec();
        if name.is_empty() && self.named_by.iter().any(|by| *by != Named::Sse) {
            name = self.unwrap(data).map(|wrapped| wrapped.name).unwrap_or_default();
        }
        self.claims_name(&name) || self.claims.iter().any(|claim| has_claimed(data, claim))
    }

    /// Whether the frame is ignored in this dialect, so that `auto` waits for the next one.
    pub fn skips_frame(&self, frame: &Frame<'_>) -> bool {
        let data = frame.data.unwrap_or_default();
        let is_unnamed = sse_name(frame).is_empty();
        is_empty(data) || self.skips(frame.event) || is_unnamed && (is_null(data) || is_empty_object(data))
    }

    /// Whether a frame that no dialect recognizes is an error: by its name, or by its error key.
    pub fn is_error_frame(&self, frame: &Frame<'_>) -> bool {
        let row = self.row_of.get(sse_name(frame)).and_then(|row| self.row(*row));
        row.is_some_and(|row| row.error && row.when.is_empty()) || self.reports_error(frame.data.unwrap_or_default())
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
            _ => None,
        }
    }

    fn present(&self) -> Option<&[Key]> {
        match self {
            Named::Present(path) => Some(path),
            _ => None,
        }
    }
}

/// Whether data means nothing: it is empty, or a comment that a server wrote into a data line.
fn is_empty(data: &[u8]) -> bool {
    matches!(data.trim_ascii_start().first(), None | Some(b':'))
}

/// Whether data is an object without a key.
fn is_empty_object(data: &[u8]) -> bool {
    let inner = data.trim_ascii().strip_prefix(b"{").and_then(|data| data.strip_suffix(b"}"));
    inner.is_some_and(|inner| inner.trim_ascii().is_empty())
}

/// Whether data is null, which some servers send without an event line to keep the connection alive.
fn is_null(data: &[u8]) -> bool {
    data.trim_ascii() == b"null"
}

/// The value of the event line; empty if it is missing or is the default name.
pub fn sse_name<'a>(frame: &Frame<'a>) -> &'a [u8] {
    match frame.event {
        UNNAMED => b"",
        name => name,
    }
}

/// Whether data ends the stream in every dialect.
fn is_done(data: &[u8]) -> bool {
    data.starts_with(DONE)
}

/// Whether data is written like the end marker: in quotes, without brackets, or in small letters.
fn is_like_done(data: &[u8]) -> bool {
    let word = data.trim_ascii();
    let word = word.strip_prefix(b"\"").and_then(|word| word.strip_suffix(b"\"")).unwrap_or(word);
    let word = word.strip_prefix(b"[").and_then(|word| word.strip_suffix(b"]")).unwrap_or(word);
    word.eq_ignore_ascii_case(b"DONE")
}

/// Whether the data is not JSON, but each of its lines is an event or the end marker. Such lines are split only without an
/// event line: that one could belong to the last event only.
fn has_lines(frame: &Frame<'_>) -> bool {
    let data = frame.data.unwrap_or_default();
    let alone = |line| is_object(line) || is_done(line) || is_null(line);
    frame.joined
        && (frame.bare || sse_name(frame).is_empty())
        && !is_object(data)
        && data.split(|byte| *byte == b'\n').all(alone)
}

fn is_object(doc: &[u8]) -> bool {
    object_shaped(doc).is_ok() && json::check(doc).is_ok()
}

/// The kind of a frame whose data contains an error, which is checked whole.
fn checked_error(name: Option<Vec<u8>>, data: &[u8]) -> FrameKind {
    match json::check(data) {
        Ok(()) => FrameKind::Error { row: None, name, payload: Some(0..data.len()) },
        Err(malformed) => FrameKind::Malformed { name, malformed },
    }
}

/// The line of the data that begins at `at`, if there is one.
pub fn line_at(data: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = data.get(at..)?;
    Some(at..at + memchr(b'\n', rest).unwrap_or(rest.len()))
}

/// A line of the data as a frame.
fn line_of<'a>(frame: &Frame<'a>, line: &Range<usize>) -> Frame<'a> {
    let data = frame.data.and_then(|data| data.get(line.clone()));
    Frame { event: b"", data, error: None, joined: false, bare: frame.bare, retry_ms: None }
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
