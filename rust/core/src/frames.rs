//! From lines to frames, by the rules of WHATWG HTML section 9.2 (docs/explanation/sse-standard.md, points 9 to 24).
//!
//! There are three parsing paths; each is the general fallback for the faster one before it.
//!
//! * [`Head::read_next`] reads a frame that begins with the same bytes as the last one and has nothing after its data. Most
//!   frames of a stream of deltas do. A caller that compares the data with that of the last frame may know its size.
//! * [`whole`] reads any frame that is complete in the block and has no field twice. Both return slices of the block.
//! * [`Frames::piecewise`] reads everything else: a frame that a block border splits, data of several lines, a size over the
//!   limit. It takes any piece of any line.
//!
//! All three return the same frames. The tests compare them at every split, and with a sixty-line reference parser.
//!
//! Two additions to the standard: `error:` can be a further field name, since old llama.cpp servers send errors in it. Lines
//! that are a JSON object can be data, since some servers send errors and whole answers without a field name. Then the last
//! lines without a known field are kept too, for error messages. A `retry` that does not fit 64 bits is ignored; the standard
//! leaves this open.

use crate::lines::{Lines, Piece};
use crate::memory::{self, OutOfMemory};
use memchr::{memchr, memchr2};
use std::ops::Range;

/// The longest field name of the standard (`event`, `retry`).
const LONGEST_NAME: usize = 5;

/// Names with a meaning of their own, beside those of the standard.
#[derive(Debug, Default)]
struct Names {
    further: Option<Box<[u8]>>,
    /// Lines that are a JSON object are data.
    bare_objects: bool,
}

impl Names {
    /// The longest text before the first colon of a line that is kept.
    fn longest(&self) -> usize {
        self.further.as_deref().map_or(0, <[u8]>::len).max(LONGEST_NAME)
    }

    /// Names compare byte for byte; other names mean nothing (points 13 and 14).
    fn field(&self, name: &[u8]) -> Option<Field> {
        match name {
            b"data" => Some(Field::Data),
            b"event" => Some(Field::Event),
            b"id" => Some(Field::Id),
            b"retry" => Some(Field::Retry),
            _ => (Some(name) == self.further.as_deref()).then_some(Field::Error),
        }
    }
}

/// How much of the lines without a known field is kept.
const MAX_STRAY: usize = 1 << 12;

/// Buffers larger than this are freed after the frame that needed them.
const KEEP_CAPACITY: usize = 1 << 20;

fn give_back(buffer: &mut Vec<u8>) {
    match buffer.capacity() > KEEP_CAPACITY {
        true => *buffer = Vec::new(),
        false => buffer.clear(),
    }
}

/// A frame that a blank line completed. The slices are valid until the next call.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct Frame<'a> {
    /// The event line's value; empty means the default type, `message`.
    pub event: &'a [u8],
    /// The data lines, joined by LF. `None` without a data line: the standard dispatches nothing then, so only a frame with
    /// `error` can be like this.
    pub data: Option<&'a [u8]>,
    /// The value of the further field, if the caller wants it.
    pub error: Option<&'a [u8]>,
    /// The data has several lines.
    pub joined: bool,
    /// A line of the data has no field name.
    pub bare: bool,
    /// The valid retry value of this frame.
    pub retry_ms: Option<u64>,
}

/// One unfinished event is larger than allowed. The error is sticky: the stream cannot be read further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    pub limit: usize,
    /// The bytes of the event when it passed the limit.
    pub size: usize,
    /// Where the event begins in the stream, in bytes.
    pub position: u64,
}

/// Why a stream cannot be read further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    TooLarge(TooLarge),
    OutOfMemory,
}

impl From<OutOfMemory> for FrameError {
    fn from(_: OutOfMemory) -> Self {
        FrameError::OutOfMemory
    }
}

/// The field values of the current frame, and the state that outlives a frame.
#[derive(Debug)]
pub struct Frames {
    lines: Lines,
    limit: usize,
    names: Names,

    /// Where in its line the next piece begins.
    state: Place,
    /// The first bytes of a line whose name is not known yet.
    name: Vec<u8>,
    /// True if anything was read since the last blank line.
    begun: bool,
    /// The bytes before the data of the last frame that was read in place.
    head: Head,
    /// The place in the block of the frame that the last call returned; `None` if it is in the buffers below.
    in_place: Option<Places>,
    /// The last call returned a frame from the buffers below; they are cleared by the next call.
    spent: bool,

    event: Vec<u8>,
    data: Vec<u8>,
    data_lines: usize,
    /// How many of the data lines have no field name, and where the last one begins in the data.
    bare_lines: usize,
    bare_start: usize,
    /// The last lines without a known field.
    stray: Vec<u8>,
    error: Vec<u8>,
    error_lines: usize,
    /// The id of the current frame, and the id that the next blank line puts in force (points 17, 19).
    id_line: Vec<u8>,
    id_next: Option<Vec<u8>>,
    retry_line: Retry,
    frame_retry_ms: Option<u64>,

    last_event_id: Vec<u8>,
    /// Counts the changes of `last_event_id`, so that a caller can cache its own copy.
    id_changes: u64,
    retry_ms: Option<u64>,

    /// Bytes of the stream before the current block, and before the current frame.
    before_block: u64,
    frame_start: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Name,
    /// Inside the value of a known field; `true` until its first byte was seen (one space is dropped).
    Value(Field, bool),
    /// A comment: not kept.
    Skip,
    /// A field without a meaning.
    Stray,
}

/// The byte ranges of a frame in its block.
#[derive(Debug)]
struct Places {
    event: Range<usize>,
    data: Option<Range<usize>>,
    error: Option<Range<usize>>,
    bare: bool,
    retry_ms: Option<u64>,
    head_id: Option<u64>,
}

/// The bytes before the data of a frame that was read, for frames that begin with the same bytes.
#[derive(Debug, Default)]
struct Head {
    bytes: Vec<u8>,
    /// The place of the event line's value in them.
    event: Range<usize>,
    /// The number of heads so far.
    id: u64,
}

/// Longer heads are not kept.
const MAX_HEAD: usize = 256;

impl Head {
    /// Reads a frame that begins with these bytes and ends after its first data line. Its other lines are known, so that only
    /// the end of the data is searched, by `size_of`.
    #[inline(always)]
    fn read_next(
        &self,
        block: &[u8],
        at: usize,
        limit: usize,
        size_of: impl FnOnce(&[u8]) -> Option<usize>,
    ) -> Option<(Places, usize)> {
        if self.bytes.is_empty() {
            return None;
        }
        let rest = block.get(at..)?.strip_prefix(self.bytes.as_slice())?;
        let size = size_of(rest)?;
        if rest.first() == Some(&b' ') && self.bytes.last() == Some(&b':') {
            return None; // the space belongs to the value here, and was not there when the head was learnt
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
        let places = Places {
            event,
            data: Some(data..data + size),
            error: None,
            bare: false,
            retry_ms: None,
            head_id: Some(self.id),
        };
        Some((places, data + size + blank))
    }

    /// Keeps the head of a frame that has only an event line and one data line.
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

/// The result of one step.
enum Progress {
    /// A blank line that completes a frame.
    Frame,
    /// A blank line without a frame to dispatch.
    Blank,
    UsedUp,
}

/// The value of a retry line: ASCII digits only, or it is ignored (point 18).
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
    /// The whole line is data, if it is an object.
    Object,
}

impl Frames {
    /// `last_event_id` is the id in force at the start (point 35); `further` is a field to keep in addition to the four of the
    /// standard.
    pub fn new(limit: usize, last_event_id: &[u8], further: Option<&[u8]>) -> Self {
        Frames {
            lines: Lines::default(),
            limit,
            names: Names {
                further: further.filter(|name| !name.is_empty()).map(Into::into), // a comment has the name ""
                bare_objects: false,
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
            bare_lines: 0,
            bare_start: 0,
            stray: Vec::new(),
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

    /// Reads lines that are an object as data, and keeps the last lines without a known field.
    #[must_use]
    pub fn with_bare_objects(mut self, bare_objects: bool) -> Self {
        self.names.bare_objects = bare_objects;
        self
    }

    /// The last lines without a known field since the last frame, if they are kept: a page of a proxy, for example.
    pub fn stray_lines(&self) -> &[u8] {
        self.stray.get(self.stray.len().saturating_sub(MAX_STRAY)..).unwrap_or_default()
    }

    /// Continues to the next frame in `block` from `*pos` on, and moves `*pos` after its blank line. Then [`Frames::frame`]
    /// returns the frame. `false`: the block is used up; call again with the next one at 0.
    pub fn next(&mut self, block: &[u8], pos: &mut usize) -> Result<bool, FrameError> {
        self.clear_spent();
        loop {
            if self.can_read_in_place(block, pos) {
                if self.read_next(block, pos, |rest| memchr2(b'\n', b'\r', rest)) {
                    return Ok(true);
                }
                if let Some(found) = whole(block, *pos, &self.names).filter(|f| f.held() <= self.limit) {
                    let start = *pos;
                    self.take(&found, pos)?;
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

    /// Continues to the next frame, if it begins like the last one and the size of its data is known. `size_of` is called with
    /// the number of the head and the bytes after it, and returns a number of bytes without a line end. Returns false if
    /// [`Frames::next`] must be called.
    #[inline]
    pub fn next_of_size(
        &mut self,
        block: &[u8],
        pos: &mut usize,
        size_of: impl FnOnce(u64, &[u8]) -> Option<usize>,
    ) -> bool {
        self.clear_spent();
        let id = self.head.id;
        self.can_read_in_place(block, pos) && self.read_next(block, pos, |rest| size_of(id, rest))
    }

    /// Whether a frame at `*pos` may be read in place. Moves `*pos` after an LF that belongs to the last line end.
    #[inline(always)]
    fn can_read_in_place(&mut self, block: &[u8], pos: &mut usize) -> bool {
        let came = *pos;
        let can = !self.begun && self.lines.can_read_directly(block, pos);
        if can && *pos != came {
            self.frame_start = self.before_block + *pos as u64; // the LF belongs to the blank line
        }
        can
    }

    /// Reads a frame that begins like the last one. Returns false if it is another one.
    #[inline(always)]
    fn read_next(&mut self, block: &[u8], pos: &mut usize, size_of: impl FnOnce(&[u8]) -> Option<usize>) -> bool {
        let Some((places, end)) = self.head.read_next(block, *pos, self.limit, size_of) else { return false };
        *pos = end;
        self.frame_start = self.before_block + end as u64;
        self.in_place = Some(places);
        if !self.stray.is_empty() {
            self.stray.clear();
        }
        true
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
            bare: places.bare,
            retry_ms: places.retry_ms,
        }
    }

    /// The data of the current frame.
    #[inline]
    pub fn data<'a>(&'a self, block: &'a [u8]) -> Option<&'a [u8]> {
        match &self.in_place {
            Some(places) => block.get(places.data.clone()?),
            None => self.unfinished().data,
        }
    }

    /// The place of the data of the current frame in the block, if it is there in one piece.
    pub fn data_in_block(&self) -> Option<Range<usize>> {
        self.in_place.as_ref()?.data.clone()
    }

    /// A number that identifies the bytes before the data. Frames with the same number begin with the same bytes and have
    /// nothing after their data. `None`: unknown.
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

    /// The reconnection time that the server set, also in an unfinished frame (point 18).
    pub fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    /// Where the last blank line ends in the stream, in bytes.
    pub fn position(&self) -> u64 {
        self.frame_start
    }

    /// The field values of the current frame. At the end of the body the standard drops them (point 8); a dialect may look for
    /// its end marker in them.
    pub fn unfinished(&self) -> Frame<'_> {
        Frame {
            event: &self.event,
            data: (self.data_lines > 0).then_some(self.data.as_slice()),
            error: (self.error_lines > 0).then_some(self.error.as_slice()),
            joined: self.data_lines > 1,
            bare: self.bare_lines > 0,
            retry_ms: self.frame_retry_ms,
        }
    }

    /// Applies the effects of a frame that was read in place.
    fn take(&mut self, found: &Whole<'_>, pos: &mut usize) -> Result<(), FrameError> {
        *pos = found.end;
        self.lines.resume(found.after_cr);
        self.frame_start = self.before_block + found.end as u64;
        if !self.stray.is_empty() && found.dispatches() {
            self.stray.clear();
        }
        if found.frame.retry_ms.is_some() {
            self.retry_ms = found.frame.retry_ms;
        }
        found.id.map_or(Ok(()), |id| self.set_id(id))
    }

    fn set_id(&mut self, id: &[u8]) -> Result<(), FrameError> {
        if self.last_event_id != id {
            give_back(&mut self.last_event_id);
            memory::extend(&mut self.last_event_id, id)?;
            self.id_changes += 1;
        }
        Ok(())
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
        self.bare_lines = 0;
        self.error_lines = 0;
        self.frame_retry_ms = None;
    }

    /// Reads piece by piece to the next blank line or the end of the block.
    fn piecewise(&mut self, block: &[u8], pos: &mut usize) -> Result<Progress, FrameError> {
        while let Some(Piece { bytes, ends }) = self.lines.next(block, pos) {
            self.begun = true;
            self.piece(bytes)?;
            if ends && self.end_line()? {
                self.begun = false;
                self.spent = true;
                self.frame_start = self.before_block + *pos as u64;
                return Ok(match self.data_lines + self.error_lines {
                    0 => Progress::Blank,
                    _ => {
                        self.stray.clear();
                        Progress::Frame
                    }
                });
            }
        }
        Ok(Progress::UsedUp)
    }

    fn piece(&mut self, mut bytes: &[u8]) -> Result<(), FrameError> {
        if self.state == Place::Name && self.begins_object(bytes) {
            self.enter_object()?;
        }
        if self.state == Place::Name {
            let Some(colon) = memchr(b':', bytes) else {
                self.hold_name(bytes);
                return Ok(());
            };
            let (name, value) = bytes.split_at(colon);
            self.hold_name(name);
            self.enter()?;
            bytes = match self.state {
                Place::Stray => value,
                _ => value.get(1..).unwrap_or_default(),
            };
        }
        self.value(bytes)
    }

    fn begins_object(&self, bytes: &[u8]) -> bool {
        self.names.bare_objects && self.name.is_empty() && bytes.first() == Some(&b'{')
    }

    fn enter_object(&mut self) -> Result<(), FrameError> {
        self.state = Place::Value(Field::Object, false);
        self.bare_start = self.data.len();
        self.data_lines += 1;
        self.bare_lines += 1;
        if self.data_lines > 1 {
            self.hold(Field::Data, b"\n")
        } else {
            Ok(())
        }
    }

    /// The line starts like an object and is complete. It is data only if it also ends like one.
    fn end_object(&mut self) {
        let line = self.data.get(self.bare_start..).unwrap_or_default();
        if looks_like_object(line.strip_prefix(b"\n").unwrap_or(line)) {
            return;
        }
        let line = self.data.split_off(self.bare_start);
        self.data_lines -= 1;
        self.bare_lines -= 1;
        self.keep_stray(&line);
        self.keep_stray(b"\n");
    }

    fn keep_stray(&mut self, bytes: &[u8]) {
        if !self.names.bare_objects {
            return;
        }
        self.stray.extend_from_slice(bytes.get(bytes.len().saturating_sub(MAX_STRAY)..).unwrap_or_default());
        if self.stray.len() > 2 * MAX_STRAY {
            self.stray.drain(..self.stray.len() - MAX_STRAY);
        }
    }

    fn hold_name(&mut self, bytes: &[u8]) {
        let longest = self.names.longest();
        let room = (longest + 1).saturating_sub(self.name.len()).min(bytes.len());
        let (name, rest) = bytes.split_at(room);
        self.name.extend_from_slice(name);
        if self.name.len() > longest {
            self.enter_stray();
            self.keep_stray(rest);
        }
    }

    fn enter_stray(&mut self) {
        self.state = Place::Stray;
        let name = std::mem::take(&mut self.name);
        self.keep_stray(&name);
    }

    /// The name is complete: continue with its value.
    fn enter(&mut self) -> Result<(), FrameError> {
        if self.state == Place::Stray {
            return Ok(());
        }
        match self.names.field(&self.name) {
            Some(field) => self.state = Place::Value(field, true),
            None if self.name.is_empty() => self.state = Place::Skip,
            None => self.enter_stray(),
        }
        match self.state {
            Place::Value(Field::Data, _) => {
                self.data_lines += 1;
                if self.data_lines > 1 {
                    self.hold(Field::Data, b"\n")?;
                }
            }
            Place::Value(Field::Error, _) => {
                self.error_lines += 1;
                if self.error_lines > 1 {
                    self.hold(Field::Error, b"\n")?;
                }
            }
            Place::Value(Field::Event, _) => self.event.clear(),
            Place::Value(Field::Id, _) => self.id_line.clear(),
            Place::Value(Field::Retry, _) => self.retry_line = Retry::Empty,
            _ => {}
        }
        Ok(())
    }

    fn value(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        let Place::Value(field, at_start) = self.state else {
            if self.state == Place::Stray {
                self.keep_stray(bytes);
            }
            return Ok(());
        };
        let mut bytes = bytes;
        if at_start && !bytes.is_empty() {
            self.state = Place::Value(field, false);
            bytes = bytes.strip_prefix(b" ").unwrap_or(bytes);
        }
        self.hold(field, bytes)
    }

    fn hold(&mut self, field: Field, bytes: &[u8]) -> Result<(), FrameError> {
        if field == Field::Retry {
            self.retry_line = bytes.iter().fold(self.retry_line, |number, byte| number.digit(*byte));
            return Ok(());
        }
        let held = self.data.len() + self.event.len() + self.error.len() + self.id_line.len();
        if held + bytes.len() > self.limit {
            let size = self.limit.saturating_add(1);
            return Err(FrameError::TooLarge(TooLarge { limit: self.limit, size, position: self.frame_start }));
        }
        let buffer = match field {
            Field::Data | Field::Object => &mut self.data,
            Field::Event => &mut self.event,
            Field::Error => &mut self.error,
            Field::Id => &mut self.id_line,
            Field::Retry => return Ok(()),
        };
        Ok(memory::extend(buffer, bytes)?)
    }

    /// The line is complete. `true` if it was the blank line that ends a frame.
    fn end_line(&mut self) -> Result<bool, FrameError> {
        if self.state == Place::Name {
            if self.name.is_empty() {
                if let Some(id) = self.id_next.take() {
                    self.set_id(&id)?;
                }
                return Ok(true);
            }
            self.enter()?; // a field without a colon has an empty value (point 12)
        }
        match self.state {
            Place::Value(Field::Id, _) if memchr(0, &self.id_line).is_none() => {
                let mut id = Vec::new();
                memory::extend(&mut id, &self.id_line)?;
                self.id_next = Some(id);
            }
            Place::Value(Field::Object, _) => self.end_object(),
            Place::Stray => self.keep_stray(b"\n"),
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

/// A complete frame that was found in place.
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
        // An empty part may not be a slice of the block.
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
            bare: self.frame.bare,
            retry_ms: self.frame.retry_ms,
            head_id: None,
        }
    }

    /// Whether the head of the frame ends in the name of the data field.
    fn is_plain(&self) -> bool {
        !self.frame.bare && self.id.is_none() && self.frame.error.is_none() && self.frame.retry_ms.is_none()
    }

    fn dispatches(&self) -> bool {
        self.frame.data.is_some() || self.frame.error.is_some()
    }
}

/// Reads a frame that begins at `at` in `block`, if it is complete there and has no field twice. `None`: the block has to be
/// read piece by piece.
fn whole<'a>(block: &'a [u8], at: usize, names: &Names) -> Option<Whole<'a>> {
    let mut frame = Frame { event: b"", data: None, error: None, joined: false, bare: false, retry_ms: None };
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
            Some(Field::Retry) => {
                if let Retry::Ms(ms) = value.iter().fold(Retry::Empty, |number, byte| number.digit(*byte)) {
                    frame.retry_ms = Some(ms);
                }
            }
            Some(_) => return None,
            None if names.bare_objects && frame.data.is_none() && looks_like_object(line) => {
                (frame.data, frame.bare) = (Some(line), true);
            }
            None if names.bare_objects && line.first() != Some(&b':') => return None,
            None => {}
        }
    }
}

fn looks_like_object(line: &[u8]) -> bool {
    line.starts_with(b"{\"") && line.trim_ascii_end().ends_with(b"}")
}

/// The length of the line end at the start of `tail`, and whether it is a CR at the end of the block. In that case an LF may
/// follow in the next block.
fn line_end(tail: &[u8]) -> (usize, bool) {
    match tail {
        [b'\r', b'\n', ..] => (2, false),
        [b'\r'] => (1, true),
        _ => (1, false),
    }
}

/// A line's name and value (points 10 to 12). A comment has the name "".
fn split(line: &[u8], longest: usize) -> (&[u8], &[u8]) {
    // The known names are short, so the colon of a line with a meaning is near.
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
