//! The life of a stream without its I/O: blocks go in, steps come out.
//!
//! [`Session`] joins frames, table and history. It decides which events are returned, what ends the stream, and what can be
//! reported of the answer afterwards. It never waits and has no source.

use crate::dispatch::{self, Ends, FrameKind, Table};
use crate::dispatcher::Dispatcher;
use crate::frames::{Frame, FrameError, Frames, TooLarge};
use crate::history::{History, IndexChoice, Selection, SummaryView};
use crate::json::Malformed;
use crate::memory;
use crate::row_extractor::{Found, RowExtractor};
use crate::text::Text;
use std::ops::{ControlFlow, Deref, Range};
use std::sync::Arc;

/// The tables that a stream is read with.
#[derive(Debug, Clone)]
pub enum Tables {
    /// Every frame is an event.
    None,
    One(Arc<Table>),
    /// The first event decides. If no table recognizes it, the stream has no dialect.
    Auto(Vec<Arc<Table>>),
}

/// An event. The slices are valid until the next step.
#[derive(Debug)]
pub struct Event<'a> {
    /// The row of the table; `None` without a dialect.
    pub row: Option<usize>,
    /// The name; empty if the event does not have one.
    pub name: &'a [u8],
    pub payload: &'a [u8],
    pub retry_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// [`Session::event`] returns the event.
    Event,
    /// The block is used up: [`Session::push`] the next one, or [`Session::finish`].
    NeedBlock,
    /// The stream has ended, and [`Session::end`] says why. Every further step returns this too.
    End,
}

/// Why a stream ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The end marker of the dialect, or its last event.
    Done,
    /// The body ended. `complete`: the payloads said that the answer is complete.
    Eof {
        complete: bool,
    },
    /// `[DONE]`, which does not complete the answer.
    OnlyDone,
    /// The server sent an error. `row`: the row that says so, if one does.
    Error {
        row: Option<usize>,
        name: Vec<u8>,
        payload: Vec<u8>,
    },
    /// A reader read the event of an answer that failed.
    Failed {
        row: usize,
        name: Vec<u8>,
        payload: Vec<u8>,
    },
    /// A payload is not a JSON object.
    Malformed {
        name: Vec<u8>,
        payload: Vec<u8>,
        malformed: Malformed,
    },
    TooLarge(TooLarge),
    /// Memory for an event or its text could not be allocated.
    OutOfMemory,
}

/// How much of a payload that the dialect does not know is kept.
const MAX_UNCLAIMED: usize = 1 << 12;

/// A task before the next frame.
#[derive(Debug)]
enum Pending {
    /// The last event was returned: the next step is this end.
    End(End),
    /// The lines of the frame are events; the next one begins here in the data.
    Line(usize),
    /// The body ended in this frame, which is an event.
    Unfinished,
    /// The body ended.
    Eof,
}

#[derive(Debug)]
pub struct Session<B> {
    frames: Frames,
    tables: Tables,
    block: Option<B>,
    pos: usize,
    /// The block was read to its end. Frames count the bytes of a block when that happens, so it must happen once.
    used_up: bool,
    history: History<B>,
    end: Option<End>,
    /// A row said that the answer is complete.
    complete: bool,
    /// A row reopened the answer, so that an end marker does not complete it.
    reopened: bool,
    /// An event had something else in the place of a finish reason, so that `[DONE]` does not complete the answer.
    doubtful: bool,
    /// The task before the next frame, if there is one.
    pending: Option<Pending>,
    dispatcher: Dispatcher,
    /// The start of the last payload, if the dialect does not know it.
    unclaimed: Vec<u8>,
    /// The event of the last step.
    current: Current,
    events: u64,
    bytes: u64,
    extractor: RowExtractor,
}

/// An event, as parts of the current frame.
#[derive(Debug, Default)]
struct Current {
    /// The row of the table; `None` without a dialect.
    row: Option<usize>,
    /// The name, if it came from JSON; `None` is that of the frame.
    name: Option<Vec<u8>>,
    /// The place of the payload in the data of the frame.
    payload: Range<usize>,
}

impl<B: Deref<Target = [u8]>> Session<B> {
    pub fn new(max_event_bytes: usize, last_event_id: &[u8], tables: Tables) -> Self {
        let table = match &tables {
            Tables::None => None,
            Tables::One(table) => Some(table),
            Tables::Auto(tables) => tables.iter().find(|table| table.error_field.is_some()),
        };
        Session {
            frames: match table {
                Some(table) => table.frames(max_event_bytes, last_event_id),
                None => Frames::new(max_event_bytes, last_event_id, None),
            },
            tables,
            block: None,
            pos: 0,
            used_up: false,
            history: History::new(max_event_bytes),
            end: None,
            complete: false,
            reopened: false,
            doubtful: false,
            pending: None,
            dispatcher: Dispatcher::default(),
            unclaimed: Vec::new(),
            current: Current::default(),
            events: 0,
            bytes: 0,
            extractor: RowExtractor::default(),
        }
    }

    pub fn frames(&self) -> &Frames {
        &self.frames
    }

    /// The number of events that were returned.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The number of bytes that were pushed.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The number of bytes after the last blank line.
    pub fn tail_bytes(&self) -> u64 {
        self.bytes.saturating_sub(self.frames.position())
    }

    /// The table that the stream is read with, once that is known.
    pub fn table(&self) -> Option<&Arc<Table>> {
        match &self.tables {
            Tables::One(table) => Some(table),
            _ => None,
        }
    }

    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Takes the next block; the one before must be used up. The history keeps the block, unless there is no dialect to read it
    /// again with.
    pub fn push(&mut self, block: B) {
        self.bytes += block.len() as u64;
        self.pos = 0;
        self.used_up = false;
        let Some(used) = self.block.replace(block) else { return };
        match &self.tables {
            Tables::None => {}
            Tables::Auto(_) => self.history.keep(used, None, 0),
            Tables::One(table) => self.history.keep(used, Some(table), self.events),
        }
    }

    /// Ends the body. The standard drops an unfinished frame; with a dialect it counts if it says how the answer ended. Further
    /// steps return the remaining events, and then the end.
    pub fn finish(&mut self) {
        if self.end.is_none() && self.pending.is_none() && !self.dispatch_unfinished() {
            self.end = Some(End::Eof { complete: self.is_complete() });
        }
    }

    fn dispatch_unfinished(&mut self) -> bool {
        let frame = self.frames.unfinished();
        let heard = match &self.tables {
            Tables::None => false,
            Tables::One(table) => table.ends_stream_unfinished(&frame),
            Tables::Auto(known) => known.iter().any(|table| table.ends_stream_unfinished(&frame)),
        };
        match heard {
            true => drop(self.dispatch()),
            false if Table::has_bare_object(&frame) => self.pending = Some(Pending::Unfinished),
            false => {}
        }
        self.end.is_some() || self.pending.is_some()
    }

    /// The last lines without a known field, or else the last payload that the dialect does not know. Empty if an event
    /// followed.
    pub fn unread_tail(&self) -> &[u8] {
        let unfinished = self.frames.unfinished();
        match self.frames.stray_lines() {
            b"" if unfinished.bare => unfinished.data.unwrap_or_default(),
            b"" => &self.unclaimed,
            lines => lines,
        }
    }

    /// Whether the payloads so far say that the answer is complete.
    pub fn is_complete(&self) -> bool {
        self.complete || self.table().is_some_and(|table| table.finish.is_some()) && self.summary().is_finished()
    }

    /// The summary of the events that were returned so far. Reads the kept blocks again, unless it is [recorded](Self::record).
    pub fn summary(&self) -> SummaryView<'_> {
        match self.table() {
            Some(table) => self.history.summary(table, self.present(), self.events),
            None => SummaryView::default(),
        }
    }

    /// Records each event when it is returned from now on, so that the summary is at hand.
    pub fn record(&mut self) {
        if let Tables::One(table) = &self.tables {
            self.history.record(table, read_part(self.block.as_deref(), self.pos), self.events);
        }
    }

    /// Ends the stream, since memory for the event of the last step could not be allocated.
    pub fn run_out_of_memory(&mut self) -> Step {
        self.end = Some(End::OutOfMemory);
        Step::End
    }

    /// The read part of the current block.
    fn present(&self) -> &[u8] {
        read_part(self.block.as_deref(), self.pos)
    }

    /// The event of the last step, if that was one.
    pub fn event(&self) -> Event<'_> {
        let frame = self.frame();
        let current = &self.current;
        Event {
            row: current.row,
            name: current.name.as_deref().unwrap_or(frame.event),
            payload: frame.data.unwrap_or_default().get(current.payload.clone()).unwrap_or_default(),
            retry_ms: frame.retry_ms,
        }
    }

    /// The row of the event of the last step.
    pub fn row_index(&self) -> Option<usize> {
        self.current.row
    }

    /// The place of the event's payload in the block, if it is there in one piece.
    pub fn payload_in_block(&self) -> Option<Range<usize>> {
        let data = self.frames.data_in_block()?;
        let place = &self.current.payload;
        Some(data.start + place.start..data.start + place.end)
    }

    /// The block that was pushed last.
    pub fn block(&self) -> Option<&B> {
        self.block.as_ref()
    }

    fn frame(&self) -> Frame<'_> {
        self.frames.frame(self.block.as_deref().unwrap_or_default())
    }

    /// Advances to the next event.
    pub fn step(&mut self) -> Step {
        match self.advance() {
            Step::Event => {
                self.events += 1;
                self.extractor.forget(); // the template of a reader is that of the last event
                self.note();
                Step::Event
            }
            other => other,
        }
    }

    /// Appends the text of the events up to the end of the block to `out`. With `notify` it stops after each event that adds no
    /// text. The event of an answer that failed is an end.
    pub fn read(&mut self, selection: &Selection, notify: bool, out: &mut Text) -> Step {
        self.select(selection);
        loop {
            match self.read_event(selection, out) {
                ControlFlow::Continue(added) if added || !notify => {}
                ControlFlow::Continue(_) => return Step::Event,
                ControlFlow::Break(step) => return step,
            }
        }
    }

    /// As [`Session::read`], but stops after each event that has text, which may be empty.
    pub fn read_one(&mut self, selection: &Selection, out: &mut Text) -> Step {
        self.select(selection);
        loop {
            match self.read_event(selection, out) {
                ControlFlow::Continue(true) => return Step::Event,
                ControlFlow::Continue(false) => {}
                ControlFlow::Break(step) => return step,
            }
        }
    }

    fn select(&mut self, selection: &Selection) {
        self.history.select(selection);
        self.extractor.select(&selection.channel, selection.index);
    }

    /// Appends the text of the next event to `out`, and returns whether it has some. Breaks with a step that is not an event.
    #[inline(always)]
    fn read_event(&mut self, selection: &Selection, out: &mut Text) -> ControlFlow<Step, bool> {
        match self.advance() {
            Step::Event => {}
            other => return ControlFlow::Break(other),
        }
        let added = match self.take_text(selection, out) {
            Ok(added) => added,
            Err(malformed) => {
                return ControlFlow::Break(self.fail(|name, payload| End::Malformed { name, payload, malformed }))
            }
        };
        if out.is_lost() {
            return ControlFlow::Break(self.run_out_of_memory());
        }
        self.events += 1;
        let row = self.current.row;
        if let (Some(index), true) = (row, self.fails()) {
            return ControlFlow::Break(self.fail(|name, payload| End::Failed { row: index, name, payload }));
        }
        ControlFlow::Continue(added)
    }

    /// Lets [`Session::read_merged`] merge the events that differ from the last one only in their text on `channel`, of any
    /// index. Without `alike` it merges no events. Appends the text of the last event to `out`.
    pub fn begin_merge(&mut self, channel: &str, alike: bool, out: &mut Text) {
        self.extractor.select(channel, IndexChoice::All);
        self.extractor.forget();
        let (Tables::One(table), Some(row), true) = (&self.tables, self.current.row, alike) else { return };
        let payload = payload_of(&self.frames, self.block.as_deref(), &self.current.payload);
        // Without a template, after a malformed payload for example, the next event differs.
        let _ = self.extractor.take(table, row, payload, None, out, |_, _| {});
    }

    /// Appends the text of the events to merge to `out`, and stops after the first event that differs.
    pub fn read_merged(&mut self, out: &mut Text) -> Step {
        loop {
            match self.advance() {
                Step::Event => {}
                other => return other,
            }
            self.events += 1;
            self.note();
            let payload = payload_of(&self.frames, self.block.as_deref(), &self.current.payload);
            if !self.extractor.by_exact_template(self.current.row, payload, out) {
                return Step::Event;
            }
            if out.is_lost() {
                return self.run_out_of_memory();
            }
        }
    }

    /// Ends the stream because of the current event.
    fn fail(&mut self, end: impl FnOnce(Vec<u8>, Vec<u8>) -> End) -> Step {
        let event = self.event();
        self.end = Some(end(event.name.to_vec(), event.payload.to_vec()));
        Step::End
    }

    /// Whether the current event says that the answer failed.
    fn fails(&self) -> bool {
        let Some((table, row)) = self.table().zip(self.row()) else { return false };
        row.fails || self.dispatcher.may_end() && table.fails(self.event().payload)
    }

    fn row(&self) -> Option<&crate::dispatch::Row> {
        self.table()?.row(self.current.row?)
    }

    /// Appends the text of the current event to `out`, and to the history if it records events.
    fn take_text(&mut self, selection: &Selection, out: &mut Text) -> Result<bool, Malformed> {
        let Tables::One(table) = &self.tables else { return Ok(false) };
        let Some(index) = self.current.row else { return Ok(false) };
        let payload = payload_of(&self.frames, self.block.as_deref(), &self.current.payload);
        let (alike, mark, history) = (self.dispatcher.alike(), out.len(), &mut self.history);
        let found = self.extractor.take(table, index, payload, alike, out, |out, walked| match walked {
            Some(walked) if history.append(table, index, selection, out, mark) => {
                history.note_rest(table, payload, &walked)
            }
            _ => history.note(table, index, payload, alike),
        })?;
        match found {
            Found::ByTemplate if self.history.append(table, index, selection, out, mark) => {}
            Found::ByTemplate => self.history.note(table, index, payload, alike),
            // A text in the next event would mean that the answer continues.
            _ if self.history.is_finished() => self.extractor.forget(),
            _ => {}
        }
        Ok(found != Found::Nothing)
    }

    fn note(&mut self) {
        if !self.history.is_recording() {
            return;
        }
        let Tables::One(table) = &self.tables else { return };
        if let Some(row) = self.current.row {
            let payload = payload_of(&self.frames, self.block.as_deref(), &self.current.payload);
            self.history.note(table, row, payload, self.dispatcher.alike());
            if self.history.is_finished() {
                self.extractor.forget();
            }
        }
    }

    /// Advances to the next event. The caller updates history and count.
    fn advance(&mut self) -> Step {
        if self.end.is_some() {
            return Step::End;
        }
        loop {
            if self.pending.is_some() {
                match self.resume_pending() {
                    Some(step) => return step,
                    None => continue,
                }
            }
            let Some(block) = self.block.as_deref().filter(|_| !self.used_up) else { return Step::NeedBlock };
            let next = match &self.tables {
                Tables::One(table) => self.dispatcher.next(table, &mut self.frames, block, &mut self.pos),
                _ => self.frames.next(block, &mut self.pos),
            };
            match next {
                Ok(true) => {}
                Ok(false) => {
                    self.used_up = true;
                    return Step::NeedBlock;
                }
                Err(error) => {
                    self.end = Some(match error {
                        FrameError::TooLarge(too_large) => End::TooLarge(too_large),
                        FrameError::OutOfMemory => End::OutOfMemory,
                    });
                    return Step::End;
                }
            }
            if let Some(step) = self.dispatch() {
                return step;
            }
        }
    }

    /// Does what is pending; `None` if that returns no step.
    #[cold]
    #[inline(never)]
    fn resume_pending(&mut self) -> Option<Step> {
        let at = match self.pending.take()? {
            Pending::Line(at) => at,
            Pending::End(end) => {
                self.end = Some(end);
                return Some(Step::End);
            }
            Pending::Unfinished => {
                self.pending = Some(Pending::Eof);
                if matches!(self.tables, Tables::Auto(_)) {
                    return self.dispatch();
                }
                0
            }
            Pending::Eof => {
                self.end = Some(End::Eof { complete: self.is_complete() });
                return Some(Step::End);
            }
        };
        let Tables::One(table) = &self.tables else { return None };
        let frame = self.frames.frame(self.block.as_deref().unwrap_or_default());
        let line = dispatch::line_at(frame.data.unwrap_or_default(), at)?;
        self.pending.get_or_insert(Pending::Line(line.end + 1));
        let verdict = self.dispatcher.dispatch_line(table, &frame, &line);
        self.apply(verdict)
    }

    /// Chooses the table by the current frame. Breaks with the result of [`Session::dispatch`] if the frame decides nothing.
    #[cold]
    #[inline(never)]
    fn choose_table(&mut self) -> ControlFlow<Option<Step>> {
        let frame = self.frames.frame(self.block.as_deref().unwrap_or_default());
        let Tables::Auto(known) = &self.tables else { return ControlFlow::Continue(()) };
        if let (None, Some(error)) = (frame.data, frame.error) {
            if !known.iter().any(|table| table.is_error(error)) {
                return ControlFlow::Break(None);
            }
            let (name, payload) = (frame.event.to_vec(), error.to_vec());
            self.end = Some(End::Error { row: None, name, payload });
            return ControlFlow::Break(Some(Step::End));
        }
        if known.iter().any(|table| table.skips_frame(&frame)) {
            return ControlFlow::Break(None);
        }
        if let (true, Some(data)) = (frame.bare, frame.data) {
            if known.iter().any(|table| table.reports_error(data)) {
                let (name, payload) = (frame.event.to_vec(), data.to_vec());
                self.end = Some(End::Error { row: None, name, payload });
                return ControlFlow::Break(Some(Step::End));
            }
            if !known.iter().any(|table| table.recognizes(&frame)) {
                return ControlFlow::Break(None);
            }
        }
        let claiming = known.iter().find(|table| table.recognizes(&frame)).cloned();
        if claiming.is_none() && known.iter().any(|table| table.is_error_frame(&frame)) {
            let (name, payload) = (frame.event.to_vec(), frame.data.unwrap_or_default().to_vec());
            self.end = Some(End::Error { row: None, name, payload });
            return ControlFlow::Break(Some(Step::End));
        }
        self.tables = claiming.map_or(Tables::None, Tables::One);
        ControlFlow::Continue(())
    }

    /// Handles the current frame; `None` if it is not a step.
    #[inline(never)]
    fn dispatch(&mut self) -> Option<Step> {
        match self.dispatch_same_head() {
            true => Some(Step::Event),
            false => self.dispatch_other_head(),
        }
    }

    /// Handles an event without a dialect, or whose frame begins like the last one. Returns false if it is another one.
    #[inline]
    fn dispatch_same_head(&mut self) -> bool {
        let Some(data) = self.frames.data(self.block.as_deref().unwrap_or_default()) else { return false };
        if memory::check_available(data.len()).is_err() {
            return false;
        }
        let row = match &self.tables {
            Tables::None => None,
            Tables::One(table) => match self.dispatcher.row_of_same_head(table, &self.frames, data) {
                None => return false,
                row => row,
            },
            Tables::Auto(_) => return false,
        };
        self.current.row = row;
        self.current.name = None;
        self.current.payload = 0..data.len();
        if !self.unclaimed.is_empty() {
            self.unclaimed.clear();
        }
        true
    }

    #[inline(never)]
    fn dispatch_other_head(&mut self) -> Option<Step> {
        if matches!(self.tables, Tables::Auto(_)) {
            if let ControlFlow::Break(step) = self.choose_table() {
                self.history.begin_after(self.frames.position());
                return step;
            }
        }
        let frame = self.frames.frame(self.block.as_deref().unwrap_or_default());
        let data = frame.data.unwrap_or_default();
        if memory::check_available(data.len() + frame.error.map_or(0, <[u8]>::len)).is_err() {
            return Some(self.run_out_of_memory());
        }
        let Tables::One(table) = &self.tables else {
            frame.data?; // the frame has only the additional field, which is not read without a dialect
            self.current = Current { row: None, name: None, payload: 0..data.len() };
            return Some(Step::Event);
        };
        let verdict = self.dispatcher.dispatch(table, &self.frames, &frame);
        self.apply(verdict)
    }

    /// Applies the kind of the current frame, or of one of its lines.
    #[inline(never)]
    fn apply(&mut self, verdict: FrameKind) -> Option<Step> {
        let frame = self.frames.frame(self.block.as_deref().unwrap_or_default());
        let Tables::One(table) = &self.tables else { return None };
        let data = frame.data.unwrap_or_default();
        match verdict {
            FrameKind::Skip => return None,
            FrameKind::Lines => {
                self.pending = Some(Pending::Line(0));
                return None;
            }
            FrameKind::Mark => self.end = Some(if self.reopened { End::OnlyDone } else { End::Done }),
            FrameKind::Done => {
                let is_open = self.reopened || self.doubtful;
                let completes = self.complete || table.done_completes && self.dispatcher.has_seen() && !is_open;
                self.end = Some(if completes || self.is_complete() { End::Done } else { End::OnlyDone });
            }
            FrameKind::LikeDone if self.is_complete() => self.end = Some(End::Done),
            FrameKind::LikeDone => {
                let malformed = Malformed { at: 0, why: "expected a JSON object" };
                let name = frame.event.to_vec();
                self.end = Some(End::Malformed { name, payload: data.to_vec(), malformed });
            }
            FrameKind::Event { row, name, payload } => {
                let inner = data.get(payload.clone()).unwrap_or_default();
                let present = read_part(self.block.as_deref(), self.pos);
                let row = self.history.choose_row(table, (present, self.events), row, inner);
                let (ends, error) = table.row(row).map_or((Ends::No, false), |row| (row.ends, row.error));
                let is_odd = self.dispatcher.may_end() && table.has_odd_reason(inner);
                self.doubtful |= is_odd;
                let is_known = self.dispatcher.knows_last() && !is_odd;
                let start = inner.get(..MAX_UNCLAIMED).unwrap_or(inner);
                let unclaimed = if is_known { Vec::new() } else { start.to_vec() };
                match ends {
                    Ends::Payload => (self.complete, self.reopened) = (true, false),
                    Ends::Reopens => (self.complete, self.reopened) = (false, true),
                    _ => {}
                }
                self.unclaimed = unclaimed;
                self.current = Current { row: Some(row), name, payload };
                if ends == Ends::Last {
                    self.pending = Some(Pending::End(self.last(error)));
                }
                return Some(Step::Event);
            }
            FrameKind::Error { row, name, payload } => {
                let name = name.unwrap_or_else(|| frame.event.to_vec());
                let payload =
                    payload.map_or(frame.error.unwrap_or_default(), |place| data.get(place).unwrap_or_default());
                self.end = Some(End::Error { row, name, payload: payload.to_vec() });
            }
            FrameKind::Malformed { name, malformed } => {
                let name = name.unwrap_or_else(|| frame.event.to_vec());
                self.end = Some(End::Malformed { name, payload: data.to_vec(), malformed });
            }
        }
        Some(Step::End)
    }

    /// The end after the last event.
    fn last(&self, error: bool) -> End {
        match error {
            false => End::Done,
            true => {
                let event = self.event();
                End::Error { row: event.row, name: event.name.to_vec(), payload: event.payload.to_vec() }
            }
        }
    }
}

/// The part of the block before `pos`.
fn read_part(block: Option<&[u8]>, pos: usize) -> &[u8] {
    block.and_then(|block| block.get(..pos)).unwrap_or_default()
}

/// The payload at `place` in the data of the last frame.
fn payload_of<'a>(frames: &'a Frames, block: Option<&'a [u8]>, place: &Range<usize>) -> &'a [u8] {
    let data = frames.data(block.unwrap_or_default()).unwrap_or_default();
    data.get(place.clone()).unwrap_or_default()
}
