//! Lines -> frames, by the rules of WHATWG HTML section 9.2 (docs/sse-points.md, points 9 to 24).
//!
//! There are three ways through a block, each the plain one of the one before it. [`Head::again`]
//! reads a frame that begins byte for byte like the last one and has nothing behind its data: most
//! frames of a stream of deltas. [`whole`] reads any frame that lies in the block complete and has no
//! field twice. Both give slices of the block. Everything else (a frame cut by a block border, data of
//! several lines, a size over the limit) goes through [`Frames::piecewise`], which takes any piece of
//! any line. All give the same frames; the tests hold them against each other at every cut, and
//! against a sixty-line reference.
//!
//! Departures: `error:` may be given as a further field name, since old llama.cpp servers send
//! their errors in it, and lines that are the beginning of an object (`{"error": ...`) can be kept, since
//! some servers send theirs without any field; a `retry` that does not fit 64 bits is ignored (left open
//! by the standard).

use crate::lines::{Lines, Piece};
use memchr::{memchr, memchr2};
use std::ops::Range;

/// The longest field name of the standard (`event`, `retry`).
const LONGEST_NAME: usize = 5;

/// Names that mean something beside those of the standard.
#[derive(Debug, Default)]
struct Names {
    further: Option<Box<[u8]>>,
    /// What stands before the first colon of a line that is kept whole.
    object: Option<Box<[u8]>>,
}

impl Names {
    /// A line that is longer than this before its first colon is not kept, however long it gets.
    fn longest(&self) -> usize {
        let size = |name: &Option<Box<[u8]>>| name.as_deref().map_or(0, <[u8]>::len);
        size(&self.further).max(size(&self.object)).max(LONGEST_NAME)
    }

    /// Names compare byte for byte; others mean nothing (points 13 and 14).
    fn field(&self, name: &[u8]) -> Option<Field> {
        match name {
            b"data" => Some(Field::Data),
            b"event" => Some(Field::Event),
            b"id" => Some(Field::Id),
            b"retry" => Some(Field::Retry),
            _ if Some(name) == self.further.as_deref() => Some(Field::Error),
            _ => (Some(name) == self.object.as_deref()).then_some(Field::Object),
        }
    }
}

/// Buffers larger than this are given back after the frame that needed them.
const KEEP_CAPACITY: usize = 1 << 20;

fn give_back(buffer: &mut Vec<u8>) {
    match buffer.capacity() > KEEP_CAPACITY {
        true => *buffer = Vec::new(),
        false => buffer.clear(),
    }
}

/// What a blank line completed. The slices are valid until the next call.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct Frame<'a> {
    /// The event line's value; empty means the default type, `message`.
    pub event: &'a [u8],
    /// The data lines joined by LF. `None` without any data line, which only a frame with
    /// `error` can be: the standard dispatches nothing without data.
    pub data: Option<&'a [u8]>,
    /// The value of the further field, or the lines that begin an object, if the caller asked for them.
    pub error: Option<&'a [u8]>,
    /// The data is that of several lines.
    pub joined: bool,
    /// The valid retry value given in this very frame.
    pub retry_ms: Option<u64>,
}

/// One unfinished event holds more bytes than allowed. Sticky: the stream can't be read further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    pub limit: usize,
    /// Bytes held when the limit was passed: the first size that is too large.
    pub size: usize,
    /// Where the event begins in the stream, in bytes.
    pub position: u64,
}

/// Field values of the frame under way, and what outlives a frame.
#[derive(Debug)]
pub struct Frames {
    lines: Lines,
    limit: usize,
    names: Names,

    /// Where in its line the next piece begins.
    state: Place,
    /// The first bytes of a line whose name is not known yet.
    name: Vec<u8>,
    /// Anything of a frame was read since the last blank line.
    begun: bool,
    /// What the last frame that was read in place had in front of its data.
    head: Head,
    /// Where in the block the frame stands that the last call gave; `None`: in the buffers below.
    in_place: Option<Places>,
    /// The last call gave a frame out of the buffers below; they are cleared at the next one.
    spent: bool,

    event: Vec<u8>,
    data: Vec<u8>,
    data_lines: usize,
    error: Vec<u8>,
    error_lines: usize,
    /// The id line under way, and the id that the next blank line puts in force (points 17, 19).
    id_line: Vec<u8>,
    id_next: Option<Vec<u8>>,
    retry_line: Retry,
    frame_retry_ms: Option<u64>,

    last_event_id: Vec<u8>,
    /// Counts the changes of `last_event_id`, so that a caller may keep its own copy.
    id_changes: u64,
    retry_ms: Option<u64>,

    /// Bytes of the stream before the present block, and before the frame under way.
    before_block: u64,
    frame_start: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Name,
    /// Inside the value of a known field; `true` until its first byte was seen (one space is dropped).
    Value(Field, bool),
    /// A comment, or a field that means nothing: not kept.
    Skip,
}

/// Byte ranges of a frame in its block.
#[derive(Debug)]
struct Places {
    event: Range<usize>,
    data: Option<Range<usize>>,
    error: Option<Range<usize>>,
    retry_ms: Option<u64>,
    head_id: Option<u64>,
}

/// The bytes in front of the data of a frame that was read, for frames that begin in the same way.
#[derive(Debug, Default)]
struct Head {
    bytes: Vec<u8>,
    /// Where in them the event line's value stands.
    event: Range<usize>,
    /// Counts the heads learnt.
    id: u64,
}

/// Longer heads are not kept.
const MAX_HEAD: usize = 256;

impl Head {
    /// Reads a frame that begins with these bytes and ends behind its first data line. Its other lines
    /// are known, so only the data's end is looked for.
    fn again(&self, block: &[u8], at: usize, limit: usize) -> Option<(Places, usize)> {
        if self.bytes.is_empty() {
            return None;
        }
        let rest = block.get(at..)?.strip_prefix(self.bytes.as_slice())?;
        let size = memchr2(b'\n', b'\r', rest)?;
        if rest.first() == Some(&b' ') && self.bytes.last() == Some(&b':') {
            return None; // the space is the field's own here, and was not there when the head was learnt
        }
        let blank = match rest.get(size..)? {
            [b'\n', b'\n', ..] => 2,
            [b'\r', b'\n', b'\r', b'\n', ..] => 4,
            _ => return None,
        };
        if size + self.event.len() > limit {
            return None;
        }
        let data = at + self.bytes.len();
        let event = at + self.event.start..at + self.event.end;
        let places =
            Places { event, data: Some(data..data + size), error: None, retry_ms: None, head_id: Some(self.id) };
        Some((places, data + size + blank))
    }

    /// Keeps the head of a frame with nothing but an event line and one data line behind it.
    fn learn(&mut self, block: &[u8], start: usize, found: &Whole<'_>, places: &Places) -> Option<u64> {
        self.bytes.clear();
        let data = places.data.as_ref().filter(|data| found.is_plain() && !data.is_empty())?;
        let tail = block.get(data.end..found.end)?;
        let head = block.get(start..data.start)?;
        if head.len() > MAX_HEAD || tail.iter().any(|byte| !matches!(byte, b'\n' | b'\r')) {
            return None;
        }
        self.bytes.extend_from_slice(head);
        self.event = match places.event.is_empty() {
            true => 0..0,
            false => places.event.start - start..places.event.end - start,
        };
        self.id += 1;
        Some(self.id)
    }
}

/// How far one step got.
enum Progress {
    /// A blank line, and a frame to hand out in front of it.
    Frame,
    /// A blank line with nothing to dispatch.
    Blank,
    UsedUp,
}

/// The value of a retry line: ASCII digits and nothing else, or it is ignored (point 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retry {
    Empty,
    Ms(u64),
    Bad,
}

impl Retry {
    fn digit(self, byte: u8) -> Retry {
        let before = match self {
            Retry::Empty => 0,
            Retry::Ms(ms) => ms,
            Retry::Bad => return Retry::Bad,
        };
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
        let value = digit.and_then(|digit| before.checked_mul(10)?.checked_add(digit));
        value.map_or(Retry::Bad, Retry::Ms)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Data,
    Event,
    Id,
    Retry,
    Error,
    /// The whole line is what the further field's value is.
    Object,
}

impl Frames {
    /// `last_event_id` is the id in force at the start (point 35); `further` a field to keep beside
    /// the four of the standard.
    pub fn new(limit: usize, last_event_id: &[u8], further: Option<&[u8]>) -> Self {
        Frames {
            lines: Lines::default(),
            limit,
            names: Names {
                further: further.filter(|name| !name.is_empty()).map(Into::into), // a comment has the name ""
                object: None,
            },
            state: Place::Name,
            name: Vec::new(),
            begun: false,
            head: Head::default(),
            in_place: None,
            spent: false,
            event: Vec::new(),
            data: Vec::new(),
            data_lines: 0,
            error: Vec::new(),
            error_lines: 0,
            id_line: Vec::new(),
            id_next: None,
            retry_line: Retry::Empty,
            frame_retry_ms: None,
            last_event_id: last_event_id.to_vec(),
            id_changes: 0,
            retry_ms: None,
            before_block: 0,
            frame_start: 0,
        }
    }

    /// Keeps lines that are an object whose first key is this one, as the further field.
    #[must_use]
    pub fn with_objects(mut self, key: Option<&[u8]>) -> Self {
        self.names.object = key.map(|key| [b"{\"", key, b"\""].concat().into());
        self
    }

    /// Goes on to the next frame in `block` from `*pos` on, which moves behind its blank line; then
    /// [`Frames::frame`] gives it. `false`: the block is used up; call again with the next one at 0.
    pub fn next(&mut self, block: &[u8], pos: &mut usize) -> Result<bool, TooLarge> {
        self.clear_spent();
        loop {
            let came = *pos;
            if !self.begun && self.lines.at_ease(block, pos) {
                if *pos != came {
                    self.frame_start = self.before_block + *pos as u64; // the LF belongs to the blank line
                }
                if let Some((places, end)) = self.head.again(block, *pos, self.limit) {
                    *pos = end;
                    self.frame_start = self.before_block + end as u64;
                    self.in_place = Some(places);
                    return Ok(true);
                }
                if let Some(found) = whole(block, *pos, &self.names).filter(|f| f.held() <= self.limit) {
                    let start = *pos;
                    self.take(&found, pos);
                    if found.dispatches() {
                        let mut places = found.places(block);
                        places.head_id = self.head.learn(block, start, &found, &places);
                        self.in_place = Some(places);
                        return Ok(true);
                    }
                    continue;
                }
            }
            match self.piecewise(block, pos)? {
                Progress::Frame => return Ok(true),
                Progress::Blank => self.clear_spent(),
                Progress::UsedUp => {
                    self.before_block += block.len() as u64;
                    return Ok(false);
                }
            }
        }
    }

    /// The frame that the last call of [`Frames::next`] found in this same block.
    pub fn frame<'a>(&'a self, block: &'a [u8]) -> Frame<'a> {
        let Some(places) = &self.in_place else {
            return self.unfinished();
        };
        let slice = |range: &Range<usize>| block.get(range.clone()).unwrap_or_default();
        Frame {
            event: slice(&places.event),
            data: places.data.as_ref().map(slice),
            error: places.error.as_ref().map(slice),
            joined: false,
            retry_ms: places.retry_ms,
        }
    }

    /// Where in the block the data of the present frame stands, if it lies there in one piece.
    pub fn data_in_block(&self) -> Option<Range<usize>> {
        self.in_place.as_ref()?.data.clone()
    }

    /// A number that frames have in common which begin with the same bytes up to their data, and
    /// have nothing behind it. None says nothing.
    pub fn head_id(&self) -> Option<u64> {
        self.in_place.as_ref().and_then(|places| places.head_id)
    }

    /// The id that the last blank line put in force (point 19).
    pub fn last_event_id(&self) -> &[u8] {
        &self.last_event_id
    }

    pub fn id_changes(&self) -> u64 {
        self.id_changes
    }

    /// The reconnection time that the server asked for, also from an unfinished frame (point 18).
    pub fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    /// Where the last blank line ends in the stream, in bytes.
    pub fn position(&self) -> u64 {
        self.frame_start
    }

    /// Field values of the frame under way. At the end of the body the standard drops them (point 8);
    /// a dialect may still look whether its end mark stands there.
    pub fn unfinished(&self) -> Frame<'_> {
        Frame {
            event: &self.event,
            data: (self.data_lines > 0).then_some(self.data.as_slice()),
            error: (self.error_lines > 0).then_some(self.error.as_slice()),
            joined: self.data_lines > 1,
            retry_ms: self.frame_retry_ms,
        }
    }

    /// Effects of a frame that was read in place.
    fn take(&mut self, found: &Whole<'_>, pos: &mut usize) {
        *pos = found.end;
        self.lines.resume(found.after_cr);
        self.frame_start = self.before_block + found.end as u64;
        if found.frame.retry_ms.is_some() {
            self.retry_ms = found.frame.retry_ms;
        }
        if let Some(id) = found.id {
            self.set_id(id);
        }
    }

    fn set_id(&mut self, id: &[u8]) {
        if self.last_event_id != id {
            give_back(&mut self.last_event_id);
            self.last_event_id.extend_from_slice(id);
            self.id_changes += 1;
        }
    }

    fn clear_spent(&mut self) {
        self.in_place = None;
        if !std::mem::take(&mut self.spent) {
            return;
        }
        for buffer in [&mut self.event, &mut self.data, &mut self.error, &mut self.id_line] {
            give_back(buffer);
        }
        self.data_lines = 0;
        self.error_lines = 0;
        self.frame_retry_ms = None;
    }

    /// Reads on, piece by piece, to the next blank line or the end of the block.
    fn piecewise(&mut self, block: &[u8], pos: &mut usize) -> Result<Progress, TooLarge> {
        while let Some(Piece { bytes, ends }) = self.lines.next(block, pos) {
            self.begun = true;
            self.piece(bytes)?;
            if ends && self.end_line()? {
                self.begun = false;
                self.spent = true;
                self.frame_start = self.before_block + *pos as u64;
                return Ok(match self.data_lines + self.error_lines {
                    0 => Progress::Blank,
                    _ => Progress::Frame,
                });
            }
        }
        Ok(Progress::UsedUp)
    }

    fn piece(&mut self, mut bytes: &[u8]) -> Result<(), TooLarge> {
        if self.state == Place::Name {
            let Some(colon) = memchr(b':', bytes) else {
                self.hold_name(bytes);
                return Ok(());
            };
            let (name, value) = bytes.split_at(colon);
            self.hold_name(name);
            self.enter()?;
            bytes = match self.state {
                Place::Value(Field::Object, _) => value,
                _ => value.get(1..).unwrap_or_default(),
            };
        }
        self.value(bytes)
    }

    fn hold_name(&mut self, bytes: &[u8]) {
        let longest = self.names.longest();
        let room = (longest + 1).saturating_sub(self.name.len());
        self.name.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        if self.name.len() > longest {
            self.state = Place::Skip;
        }
    }

    /// The name is complete: on to its value.
    fn enter(&mut self) -> Result<(), TooLarge> {
        if self.state == Place::Skip {
            return Ok(());
        }
        self.state = match self.names.field(&self.name) {
            Some(Field::Object) => Place::Value(Field::Object, false),
            Some(field) => Place::Value(field, true),
            None => Place::Skip,
        };
        match self.state {
            Place::Value(Field::Data, _) => {
                self.data_lines += 1;
                if self.data_lines > 1 {
                    self.hold(Field::Data, b"\n")?;
                }
            }
            Place::Value(field @ (Field::Error | Field::Object), _) => {
                self.error_lines += 1;
                if self.error_lines > 1 {
                    self.hold(field, b"\n")?;
                }
                if field == Field::Object {
                    let name = std::mem::take(&mut self.name);
                    self.hold(field, &name)?;
                }
            }
            Place::Value(Field::Event, _) => self.event.clear(),
            Place::Value(Field::Id, _) => self.id_line.clear(),
            Place::Value(Field::Retry, _) => self.retry_line = Retry::Empty,
            _ => {}
        }
        Ok(())
    }

    fn value(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        let Place::Value(field, at_start) = self.state else {
            return Ok(());
        };
        let mut bytes = bytes;
        if at_start && !bytes.is_empty() {
            self.state = Place::Value(field, false);
            bytes = bytes.strip_prefix(b" ").unwrap_or(bytes);
        }
        self.hold(field, bytes)
    }

    fn hold(&mut self, field: Field, bytes: &[u8]) -> Result<(), TooLarge> {
        if field == Field::Retry {
            self.retry_line = bytes.iter().fold(self.retry_line, |number, byte| number.digit(*byte));
            return Ok(());
        }
        let held = self.data.len() + self.event.len() + self.error.len() + self.id_line.len();
        if held + bytes.len() > self.limit {
            return Err(TooLarge { limit: self.limit, size: self.limit + 1, position: self.frame_start });
        }
        match field {
            Field::Data => self.data.extend_from_slice(bytes),
            Field::Event => self.event.extend_from_slice(bytes),
            Field::Error | Field::Object => self.error.extend_from_slice(bytes),
            Field::Id => self.id_line.extend_from_slice(bytes),
            Field::Retry => {}
        }
        Ok(())
    }

    /// The line is complete. `true` when it was the blank line that ends a frame.
    fn end_line(&mut self) -> Result<bool, TooLarge> {
        if self.state == Place::Name {
            if self.name.is_empty() {
                if let Some(id) = self.id_next.take() {
                    self.set_id(&id);
                }
                return Ok(true);
            }
            self.enter()?; // a field without a colon has an empty value (point 12)
        }
        match self.state {
            Place::Value(Field::Id, _) if memchr(0, &self.id_line).is_none() => {
                self.id_next = Some(self.id_line.clone());
            }
            Place::Value(Field::Retry, _) => {
                if let Retry::Ms(ms) = self.retry_line {
                    self.retry_ms = Some(ms);
                    self.frame_retry_ms = Some(ms);
                }
            }
            _ => {}
        }
        self.name.clear();
        self.state = Place::Name;
        Ok(false)
    }
}

/// A complete frame found in place.
struct Whole<'a> {
    frame: Frame<'a>,
    id: Option<&'a [u8]>,
    end: usize,
    after_cr: bool,
}

impl Whole<'_> {
    fn held(&self) -> usize {
        let len = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len);
        self.frame.event.len() + len(self.frame.data) + len(self.frame.error) + len(self.id)
    }

    fn places(&self, block: &[u8]) -> Places {
        // An empty part may be none of the block's.
        let place = |part: &[u8]| match part.is_empty() {
            true => 0..0,
            false => {
                let start = (part.as_ptr() as usize).wrapping_sub(block.as_ptr() as usize);
                start..start.wrapping_add(part.len())
            }
        };
        Places {
            event: place(self.frame.event),
            data: self.frame.data.map(place),
            error: self.frame.error.map(place),
            retry_ms: self.frame.retry_ms,
            head_id: None,
        }
    }

    fn is_plain(&self) -> bool {
        self.id.is_none() && self.frame.error.is_none() && self.frame.retry_ms.is_none()
    }

    fn dispatches(&self) -> bool {
        self.frame.data.is_some() || self.frame.error.is_some()
    }
}

/// Reads a frame that stands in `block` from `at` on, complete up to its blank line, if it has no
/// field twice. `None` says nothing about the block but that the piecewise way has to read it.
fn whole<'a>(block: &'a [u8], at: usize, names: &Names) -> Option<Whole<'a>> {
    let mut frame = Frame { event: b"", data: None, error: None, joined: false, retry_ms: None };
    let (mut seen_event, mut id) = (false, None);
    let longest = names.longest();
    let mut at = at;
    loop {
        let rest = block.get(at..)?;
        let end = memchr2(b'\n', b'\r', rest)?;
        let (line, tail) = rest.split_at(end);
        let (size, after_cr) = line_end(tail);
        at += end + size;
        if line.is_empty() {
            return Some(Whole { frame, id, end: at, after_cr });
        }
        let (name, value) = split(line, longest);
        match names.field(name) {
            Some(Field::Data) if frame.data.is_none() => frame.data = Some(value),
            Some(Field::Event) if !seen_event => (frame.event, seen_event) = (value, true),
            Some(Field::Id) if id.is_none() && memchr(0, value).is_none() => id = Some(value),
            Some(Field::Error) if frame.error.is_none() => frame.error = Some(value),
            Some(Field::Object) if frame.error.is_none() => frame.error = Some(line),
            Some(Field::Retry) => {
                if let Retry::Ms(ms) = value.iter().fold(Retry::Empty, |number, byte| number.digit(*byte)) {
                    frame.retry_ms = Some(ms);
                }
            }
            Some(_) => return None,
            None => {}
        }
    }
}

/// How many bytes the line end at the start of `tail` has, and whether it is a CR at the end of
/// the block, behind which an LF may still come.
fn line_end(tail: &[u8]) -> (usize, bool) {
    match tail {
        [b'\r', b'\n', ..] => (2, false),
        [b'\r'] => (1, true),
        _ => (1, false),
    }
}

/// A line's name and value (points 10 to 12). A comment has the name "".
fn split(line: &[u8], longest: usize) -> (&[u8], &[u8]) {
    // The names in use are short, so the colon of a line that matters stands near.
    let Some(colon) = line.iter().take(longest + 1).position(|byte| *byte == b':') else {
        return match line.len() <= longest {
            true => (line, b""),
            false => (b"", b""),
        };
    };
    let (name, value) = line.split_at(colon);
    let value = value.get(1..).unwrap_or_default();
    (name, value.strip_prefix(b" ").unwrap_or(value))
}
