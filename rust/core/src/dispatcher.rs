//! From the frames of one stream to rows: what depends on more than one frame.
//!
//! The result for frames that begin with the same bytes is cached. Payloads that may end the answer are checked whole.

use crate::alike::Alike;
use crate::dispatch::{self, Ends, FrameKind, Table};
use crate::frames::{Frame, FrameError, Frames};
use crate::json;
use crate::shape::{Plain, Tail};
use std::ops::Range;

/// The properties that frames with the same head share.
#[derive(Debug, Clone, Copy)]
struct Known {
    row: usize,
    may_be_error: bool,
    /// The payload is searched for a finish reason. The value: it must have the part of the text.
    search: Option<bool>,
}

/// Dispatches the frames of one stream by one table.
#[derive(Debug, Default)]
pub struct Dispatcher {
    known: Option<(u64, Known)>,
    tail: Tail,
    /// The payload of the last event was recognized by an earlier one.
    is_alike: bool,
    /// The result of comparing the bytes after the head of the last frame, if they were compared: where its payload ends.
    compared: Option<Option<usize>>,
    /// The last event may end the answer; its payload is valid JSON.
    may_end: bool,
    /// An event of the dialect was seen, and the last one was one.
    seen: bool,
    knows_last: bool,
}

impl Dispatcher {
    /// Whether the last event may end the answer. Its payload is valid JSON then.
    pub fn may_end(&self) -> bool {
        self.may_end
    }

    /// Whether an event of the dialect was seen.
    pub fn has_seen(&self) -> bool {
        self.seen
    }

    /// Whether the last event is of the dialect.
    pub fn knows_last(&self) -> bool {
        self.knows_last
    }

    /// The comparison that recognized the payload of the last event, if one did.
    pub fn alike(&self) -> Option<&Alike> {
        self.is_alike.then(|| self.tail.alike())
    }

    /// Continues to the next frame in `block`, as [`Frames::next`] does. A payload that is like the last one is compared here, so
    /// that its end need not be searched.
    #[inline]
    pub fn next(
        &mut self,
        table: &Table,
        frames: &mut Frames,
        block: &[u8],
        pos: &mut usize,
    ) -> Result<bool, FrameError> {
        self.compared = None;
        if let (Some((head, Known { search: Some(needs_part), .. })), Some(plain)) = (&self.known, &table.plain) {
            let known = (*head, *needs_part);
            if self.tail.is_one_line() && self.next_compared(plain, known, frames, block, pos) {
                return Ok(true);
            }
        }
        frames.next(block, pos)
    }

    /// Continues to the next frame, if it has this head and its payload is like the last one.
    #[inline(never)]
    fn next_compared(
        &mut self,
        plain: &Plain,
        (known, needs_part): (u64, bool),
        frames: &mut Frames,
        block: &[u8],
        pos: &mut usize,
    ) -> bool {
        let Dispatcher { tail, compared, .. } = self;
        frames.next_of_size(block, pos, |head, bytes| {
            let end = (head == known).then(|| tail.end_of_alike(plain, bytes, needs_part))?;
            *compared = Some(end);
            end
        })
    }

    /// The row of the last frame, if a frame with the same head was an event of that row without a name in its JSON. Then
    /// only the payload needs a look, and the payload is all of the data. `None`: the frame must be classified.
    #[inline]
    pub fn row_of_same_head(&mut self, table: &Table, frames: &Frames, data: &[u8]) -> Option<usize> {
        self.is_alike = false;
        let (head, known) = self.known.as_ref()?;
        if frames.head_id() != Some(*head) {
            return None;
        }
        let shaped = data.first() == Some(&b'{') && data.last() == Some(&b'}');
        if !shaped {
            return None;
        }
        let known = *known;
        let is_plain = match (known.search, &table.plain) {
            (Some(needs_part), Some(plain)) => {
                self.searched_is_plain(table, plain, data, known.may_be_error, needs_part)
            }
            _ => !(known.may_be_error && table.error_key.as_ref().is_some_and(|key| key.may_be_in(data))),
        };
        if !is_plain {
            return None;
        }
        self.may_end = false;
        self.knows_last = true; // a head is known only of such events
        Some(known.row)
    }

    /// Whether a payload that must be searched is not an error and cannot end the answer.
    #[inline(never)]
    fn searched_is_plain(
        &mut self,
        table: &Table,
        plain: &Plain,
        data: &[u8],
        may_be_error: bool,
        needs_part: bool,
    ) -> bool {
        let has_error = || may_be_error && table.error_key.as_ref().is_some_and(|key| key.may_be_in(data));
        self.is_alike = match self.compared {
            Some(end) => end == Some(data.len()),
            None => self.tail.is_alike(plain, data, needs_part),
        };
        self.is_alike || !has_error() && self.tail.is_plain(plain, data, needs_part)
    }

    /// Classifies the frame.
    #[inline(never)]
    pub fn dispatch(&mut self, table: &Table, frames: &Frames, frame: &Frame<'_>) -> FrameKind {
        let verdict = self.refine(table, frame, table.dispatch(frame));
        self.known = frames.head_id().zip(self.known_of(table, frame, &verdict));
        verdict
    }

    /// Classifies one line of the data of a frame that is [`FrameKind::Lines`].
    pub fn dispatch_line(&mut self, table: &Table, frame: &Frame<'_>, line: &Range<usize>) -> FrameKind {
        let verdict = table.dispatch_line(frame, line);
        self.refine(table, frame, verdict)
    }

    /// Classifies the first line of the data of a frame.
    pub fn first_line(&mut self, table: &Table, frame: &Frame<'_>) -> FrameKind {
        let line = dispatch::line_at(frame.data.unwrap_or_default(), 0).unwrap_or_default();
        self.dispatch_line(table, frame, &line)
    }

    /// The kind of a frame, and after [`FrameKind::Lines`] the kinds of its lines.
    pub fn lines_too<'a>(
        &'a mut self,
        table: &'a Table,
        frame: &'a Frame<'a>,
        verdict: FrameKind,
    ) -> impl Iterator<Item = FrameKind> + use<'a> {
        let data = frame.data.unwrap_or_default();
        let has_lines = verdict == FrameKind::Lines && !data.is_empty();
        let first = dispatch::line_at(data, 0).filter(|_| has_lines);
        let lines = std::iter::successors(first, |line| dispatch::line_at(data, line.end + 1));
        std::iter::once(verdict).chain(lines.map(move |line| self.dispatch_line(table, frame, &line)))
    }

    /// Chooses among the rows of a name, and checks a payload that may end the answer.
    fn refine(&mut self, table: &Table, frame: &Frame<'_>, verdict: FrameKind) -> FrameKind {
        self.is_alike = false;
        let FrameKind::Event { row: first, name, payload } = verdict else { return verdict };
        let inner = frame.data.unwrap_or_default().get(payload.clone()).unwrap_or_default();
        let error = table.failure.is_some() && table.error_key.as_ref().is_some_and(|key| key.may_be_in(inner));
        self.may_end = error || !self.is_plain(table, first, inner);
        if !self.may_end {
            self.seen |= table.claims_name(name.as_deref().unwrap_or(frame.event));
            return FrameKind::Event { row: table.last_of(first), name, payload };
        }
        if let Err(malformed) = json::check(inner) {
            return FrameKind::Malformed { name, malformed };
        }
        let row = table.row_for(first, inner);
        let (ends, is_error) = table.row(row).map_or((Ends::No, false), |row| (row.ends, row.error));
        if is_error && ends != Ends::Last {
            return FrameKind::Error { row: Some(row), name, payload: Some(payload) };
        }
        if ends == Ends::Mark {
            return FrameKind::Mark;
        }
        self.see(!table.is_default(first) || table.default_is_known() && table.claims_payload(inner));
        FrameKind::Event { row, name, payload }
    }

    /// Whether a payload cannot end the answer, and its row is the last one of the name of `row`. Call it once for each payload.
    #[inline]
    fn is_plain(&mut self, table: &Table, row: usize, payload: &[u8]) -> bool {
        let last = table.last_of(row);
        let Some(entry) = table.row(last) else { return true };
        let is_default = table.is_default(last);
        let plain = match &table.plain {
            _ if entry.is_checked() => false,
            Some(plain) if is_default || !entry.has_variants => self.tail.is_plain(plain, payload, entry.has_variants),
            _ => !entry.has_variants,
        };
        if plain {
            self.see(!is_default || table.default_is_known());
        }
        plain
    }

    fn see(&mut self, is_known: bool) {
        self.knows_last = is_known;
        self.seen |= is_known;
    }

    /// The properties that later frames with the same head share with this one, which is of this kind.
    fn known_of(&self, table: &Table, frame: &Frame<'_>, verdict: &FrameKind) -> Option<Known> {
        let FrameKind::Event { row, name: None, .. } = verdict else { return None };
        let name = match table.named_by.contains(&dispatch::Named::Sse) {
            true => dispatch::sse_name(frame),
            false => b"",
        };
        if name.is_empty() && table.is_named_by_json() {
            return None; // an array has no name, but an object with the same head may have one
        }
        let known = Known {
            row: *row,
            may_be_error: table.failure.is_some() || table.looks_for_error(name),
            search: table.plain.as_ref().and_then(|_| table.row(*row)).map(|row| row.has_variants),
        };
        (!self.may_end && self.knows_last).then_some(known)
    }
}
