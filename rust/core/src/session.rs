//! A stream's life without its I/O: blocks go in, steps come out.
//!
//! [`Session`] joins frames, table and ledger. It decides what is handed out, what ends the stream,
//! and what can be told of the answer afterwards; it never waits and knows no source.

use crate::dispatch::{self, Dispatcher, Ends, Table, Verdict};
use crate::frames::{Frame, Frames, TooLarge};
use crate::json::{Care, Malformed};
use crate::ledger::{Ledger, Summary, View};
use crate::text::Text;
use crate::textpath::Extractor;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Which tables a stream is read with.
#[derive(Debug, Clone)]
pub enum Tables {
    /// Every frame is an event.
    None,
    One(Arc<Table>),
    /// The first event tells; unclaimed means `None` for good.
    Auto(Vec<Arc<Table>>),
}

/// What is handed out. The slices are valid until the next step.
#[derive(Debug)]
pub struct Event<'a> {
    /// The row of the table; `None` without a dialect.
    pub row: Option<usize>,
    /// Empty: the event has no name.
    pub name: &'a [u8],
    pub payload: &'a [u8],
    pub retry_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// [`Session::event`] gives it.
    Event,
    /// The block is used up: [`Session::push`] the next one, or [`Session::finish`].
    NeedBlock,
    /// Nothing comes any more, and [`Session::end`] says why. Given for ever.
    End,
}

/// Why nothing comes any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The dialect's end mark, or its last event.
    Done,
    /// The body ended. `complete`: the payloads said before that the answer is whole.
    Eof {
        complete: bool,
    },
    /// The server sent an error; `row` if a row said that it is one.
    Error {
        row: Option<usize>,
        name: Vec<u8>,
        payload: Vec<u8>,
    },
    /// A reader met an event after which its text is no whole answer.
    Failed {
        row: usize,
        name: Vec<u8>,
        payload: Vec<u8>,
    },
    /// A payload is no JSON object.
    Malformed {
        name: Vec<u8>,
        payload: Vec<u8>,
        malformed: Malformed,
    },
    TooLarge(TooLarge),
}

/// What the frame that was dispatched last leaves to do.
#[derive(Debug)]
enum Then {
    /// Its event was the last one: the next step is this end.
    End(End),
    /// Its lines are events each; the next one begins there in the data.
    Line(usize),
}

#[derive(Debug)]
pub struct Session<B> {
    frames: Frames,
    tables: Tables,
    block: Option<B>,
    pos: usize,
    /// The block was read to its end. Frames count a block's bytes when that happens, so once.
    used_up: bool,
    ledger: Ledger<B>,
    end: Option<End>,
    /// A row said that the answer is complete.
    complete: bool,
    /// What comes before the next frame.
    then: Option<Then>,
    dispatcher: Dispatcher,
    /// The event of the last step: its row, its name if it came out of JSON, its place in the data.
    current: (Option<usize>, Option<Vec<u8>>, Range<usize>),
    events: u64,
    bytes: u64,
    /// The template of the text that a reader takes, and the row it is of.
    extractor: Extractor,
    extractor_row: Option<usize>,
    /// What the last reader read; a template is of one view.
    view: Option<View>,
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
            ledger: Ledger::new(max_event_bytes),
            end: None,
            complete: false,
            then: None,
            dispatcher: Dispatcher::default(),
            current: (None, None, 0..0),
            events: 0,
            bytes: 0,
            extractor: Extractor::default(),
            extractor_row: None,
            view: None,
        }
    }

    pub fn frames(&self) -> &Frames {
        &self.frames
    }

    /// Events handed out.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Bytes given.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes behind the last blank line that was reached.
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

    /// The next block; the one before must be used up. It goes to the ledger, unless there is no
    /// dialect to read it again with.
    pub fn push(&mut self, block: B) {
        self.bytes += block.len() as u64;
        self.pos = 0;
        self.used_up = false;
        let Some(used) = self.block.replace(block) else { return };
        match &self.tables {
            Tables::None => {}
            Tables::Auto(_) => self.ledger.keep(used, None, 0),
            Tables::One(table) => self.ledger.keep(used, Some(table), self.events),
        }
    }

    /// The body has ended. The standard drops an unfinished frame; in a dialect it counts if it says how
    /// the answer ended. Further steps give what there is still to give, and then the end.
    pub fn finish(&mut self) {
        if self.end.is_none() && self.then.is_none() && !self.hears_unfinished() {
            self.end = Some(End::Eof { complete: self.is_complete() });
        }
    }

    fn hears_unfinished(&mut self) -> bool {
        let frame = self.frames.unfinished();
        let heard = match &self.tables {
            Tables::None => false,
            Tables::One(table) => table.hears(&frame),
            Tables::Auto(known) => known.iter().any(|table| table.hears(&frame)),
        };
        if heard {
            self.dispatch();
        }
        self.end.is_some() || self.then.is_some()
    }

    /// Whether the payloads so far say that the answer is whole.
    pub fn is_complete(&self) -> bool {
        self.complete || self.table().is_some_and(|table| table.finish.is_some()) && self.summary().is_finished()
    }

    /// What can be told of the events handed out so far. Reads the kept blocks again.
    pub fn summary(&self) -> Summary {
        let present = self.block.as_deref().and_then(|block| block.get(..self.pos)).unwrap_or_default();
        match self.table() {
            Some(table) => self.ledger.summary(table, present, self.events),
            None => Summary::default(),
        }
    }

    /// The event of the last step, if that was one.
    pub fn event(&self) -> Event<'_> {
        let frame = self.frame();
        let (row, name, place) = &self.current;
        Event {
            row: *row,
            name: name.as_deref().unwrap_or(frame.event),
            payload: frame.data.unwrap_or_default().get(place.clone()).unwrap_or_default(),
            retry_ms: frame.retry_ms,
        }
    }

    /// The row of the event of the last step.
    pub fn row_index(&self) -> Option<usize> {
        self.current.0
    }

    /// Where in the block the event's payload stands, if it lies there in one piece.
    pub fn payload_in_block(&self) -> Option<Range<usize>> {
        let data = self.frames.data_in_block()?;
        let (_, _, place) = &self.current;
        Some(data.start + place.start..data.start + place.end)
    }

    /// The block that was given last.
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
                self.extractor.forget(); // a reader's template is of the last event
                self.note();
                Step::Event
            }
            other => other,
        }
    }

    /// Appends the text of the events up to the end of the block to `out`. Stops behind each event
    /// that adds none, if `notify`. An event after which the text is no whole answer is an end.
    pub fn read(&mut self, view: &View, notify: bool, out: &mut Text) -> Step {
        self.ledger.look_through(view);
        if self.view.as_ref() != Some(view) {
            self.view = Some(view.clone());
            self.extractor.forget();
        }
        loop {
            match self.advance() {
                Step::Event => {}
                other => return other,
            }
            let added = match self.take_text(view, out) {
                Ok(added) => added,
                Err(malformed) => return self.fail(|name, payload| End::Malformed { name, payload, malformed }),
            };
            self.events += 1;
            let row = self.current.0;
            if let (Some(index), true) = (row, self.row().is_some_and(|row| row.fails)) {
                return self.fail(|name, payload| End::Failed { row: index, name, payload });
            }
            if notify && !added {
                return Step::Event;
            }
        }
    }

    /// From now on [`Session::read_alike`] takes the events that are like the one of the last step but for their
    /// text, of any index of `channel`, if `alike`; else none. Appends the text of that one to `out`.
    pub fn look_for_alike(&mut self, channel: &str, alike: bool, out: &mut Text) {
        self.view = None; // a reader's template is another one
        self.extractor.forget();
        let Tables::One(table) = &self.tables else { return };
        self.extractor_row = self.current.0.filter(|_| alike);
        let row = self.extractor_row.and_then(|index| table.row(index));
        let Some((row, channel)) = row.and_then(|row| Some((row, row.channel(channel)?))) else { return };
        let payload = payload_of(&self.frames, self.block.as_deref(), &self.current.2);
        let manner = (Care::Whole, table.leaves_loose(channel));
        let walked = self.extractor.by_walk(payload, channel, None, manner, out);
        if walked.is_err() || self.extractor.is_loose() && row.is_usage_loose(payload) {
            self.extractor.forget();
        }
        self.extractor.release();
    }

    /// Appends the text of the events that are alike to `out`, and stops behind the first one that is not.
    pub fn read_alike(&mut self, out: &mut Text) -> Step {
        loop {
            match self.advance() {
                Step::Event => {}
                other => return other,
            }
            self.events += 1;
            self.note();
            let payload = payload_of(&self.frames, self.block.as_deref(), &self.current.2);
            if self.current.0 != self.extractor_row || !self.extractor.by_template(payload, out) {
                return Step::Event;
            }
        }
    }

    /// Ends the stream with what the current event says.
    fn fail(&mut self, end: impl FnOnce(Vec<u8>, Vec<u8>) -> End) -> Step {
        let event = self.event();
        self.end = Some(end(event.name.to_vec(), event.payload.to_vec()));
        Step::End
    }

    fn row(&self) -> Option<&crate::dispatch::Row> {
        self.table()?.row(self.current.0?)
    }

    /// Appends the current event's text to `out`, and to the ledger if that takes notes.
    fn take_text(&mut self, view: &View, out: &mut Text) -> Result<bool, Malformed> {
        let Tables::One(table) = &self.tables else { return Ok(false) };
        let (Some(index), _, place) = &self.current else { return Ok(false) };
        let payload = payload_of(&self.frames, self.block.as_deref(), place);
        if self.extractor_row.replace(*index) != Some(*index) {
            self.extractor.forget();
        }
        let mark = out.len();
        if self.extractor.by_template(payload, out) {
            // But for its text the document is like one that was noted before.
            if !self.ledger.append(view, out, mark) {
                self.ledger.note(table, *index, payload);
            }
            return Ok(true);
        }
        let row = table.row(*index);
        let Some((row, channel)) = row.and_then(|row| Some((row, row.channel(&view.channel)?))) else {
            self.ledger.note(table, *index, payload);
            return Ok(false);
        };
        let manner = (Care::Whole, table.leaves_loose(channel));
        let added = self.extractor.by_walk(payload, channel, view.index.of(table), manner, out)?;
        match self.ledger.append(view, out, mark) {
            true => self.ledger.note_rest(table, row, payload, channel, self.extractor.elements()),
            false => self.ledger.note(table, *index, payload),
        }
        if self.extractor.is_loose() && row.is_usage_loose(payload) {
            self.extractor.forget();
        }
        self.extractor.release();
        Ok(added)
    }

    fn note(&mut self) {
        if !self.ledger.is_folded() {
            return;
        }
        let Tables::One(table) = &self.tables else { return };
        if let (Some(row), _, place) = &self.current {
            self.ledger.note(table, *row, payload_of(&self.frames, self.block.as_deref(), place));
        }
    }

    /// On to the next event; the ledger and the count are the caller's.
    fn advance(&mut self) -> Step {
        if self.end.is_some() {
            return Step::End;
        }
        loop {
            if self.then.is_some() {
                match self.go_on() {
                    Some(step) => return step,
                    None => continue,
                }
            }
            let Some(block) = self.block.as_deref().filter(|_| !self.used_up) else { return Step::NeedBlock };
            match self.frames.next(block, &mut self.pos) {
                Ok(true) => {}
                Ok(false) => {
                    self.used_up = true;
                    return Step::NeedBlock;
                }
                Err(too_large) => {
                    self.end = Some(End::TooLarge(too_large));
                    return Step::End;
                }
            }
            if let Some(step) = self.dispatch() {
                return step;
            }
        }
    }

    /// Does what the last frame left to do; `None` if that gives nothing.
    fn go_on(&mut self) -> Option<Step> {
        let at = match self.then.take()? {
            Then::Line(at) => at,
            Then::End(end) => {
                self.end = Some(end);
                return Some(Step::End);
            }
        };
        let Tables::One(table) = &self.tables else { return None };
        let data = self.frames.frame(self.block.as_deref().unwrap_or_default()).data.unwrap_or_default();
        let line = dispatch::line_at(data, at)?;
        self.then = Some(Then::Line(line.end + 1));
        let verdict = table.dispatch_line(data, &line);
        self.obey(verdict)
    }

    /// What the present frame means; `None` if nothing yet.
    fn dispatch(&mut self) -> Option<Step> {
        let frame = self.frames.frame(self.block.as_deref().unwrap_or_default());
        if let Tables::Auto(known) = &self.tables {
            if let (None, Some(error)) = (frame.data, frame.error) {
                if !known.iter().any(|table| table.is_error(error)) {
                    return None;
                }
                let (name, payload) = (frame.event.to_vec(), error.to_vec());
                self.end = Some(End::Error { row: None, name, payload });
                return Some(Step::End);
            }
            if known.iter().any(|table| table.skips_frame(&frame)) {
                return None;
            }
            let claiming = known.iter().find(|table| table.claims(&frame)).cloned();
            self.tables = claiming.map_or(Tables::None, Tables::One);
        }
        let data = frame.data.unwrap_or_default();
        let Tables::One(table) = &self.tables else {
            frame.data?; // only the further field was there, which nobody asked for
            self.current = (None, None, 0..data.len());
            return Some(Step::Event);
        };
        if let Some(row) = self.dispatcher.again(table, &self.frames, data) {
            self.current.0 = Some(row);
            self.current.1 = None;
            self.current.2 = 0..data.len();
            return Some(Step::Event);
        }
        let verdict = self.dispatcher.dispatch(table, &self.frames, &frame);
        self.obey(verdict)
    }

    /// Does what the present frame, or a line of it, was found to ask for.
    fn obey(&mut self, verdict: Verdict) -> Option<Step> {
        let frame = self.frames.frame(self.block.as_deref().unwrap_or_default());
        let Tables::One(table) = &self.tables else { return None };
        let data = frame.data.unwrap_or_default();
        match verdict {
            Verdict::Skip => return None,
            Verdict::Lines => {
                self.then = Some(Then::Line(0));
                return None;
            }
            Verdict::Mark => self.end = Some(End::Done),
            Verdict::Event { row, name, payload } => {
                let (ends, error) = table.row(row).map_or((Ends::No, false), |row| (row.ends, row.error));
                self.complete |= ends == Ends::Payload;
                self.current = (Some(row), name, payload);
                if ends == Ends::Last {
                    self.then = Some(Then::End(self.last(error)));
                }
                return Some(Step::Event);
            }
            Verdict::Error { row, name, payload } => {
                let name = name.unwrap_or_else(|| frame.event.to_vec());
                let payload =
                    payload.map_or(frame.error.unwrap_or_default(), |place| data.get(place).unwrap_or_default());
                self.end = Some(End::Error { row, name, payload: payload.to_vec() });
            }
            Verdict::Malformed { name, malformed } => {
                let name = name.unwrap_or_else(|| frame.event.to_vec());
                self.end = Some(End::Malformed { name, payload: data.to_vec(), malformed });
            }
        }
        Some(Step::End)
    }

    /// The end behind an event that is the last one.
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

/// The payload at `place` in the data of the last frame.
fn payload_of<'a>(frames: &'a Frames, block: Option<&'a [u8]>, place: &Range<usize>) -> &'a [u8] {
    let data = frames.frame(block.unwrap_or_default()).data.unwrap_or_default();
    data.get(place.clone()).unwrap_or_default()
}
