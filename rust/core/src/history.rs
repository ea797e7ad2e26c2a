//! The facts of a stream: the text that was returned, the finish reason, and the usage.
//!
//! Most programs never ask before the end, so nothing is computed while events pass. The blocks are kept, and read again on
//! demand. Their size is bounded. Beyond the bound they are read once and dropped, and from then on each event is recorded when
//! it is returned. That also begins when a program asks while the stream is open, since it may ask after every event.

use crate::alike::Alike;
use crate::dispatch::{FrameKind, Row, Table};
use crate::dispatcher::Dispatcher;
use crate::indexes::Indexes;
use crate::json::{self, Value};
use crate::row_extractor::{Found, RowExtractor, Walked};
use crate::template;
use crate::text::{self, Text};
use crate::textpath::{self, Channel, Element};
use std::collections::HashSet;
use std::ops::Deref;

/// The most bytes to keep; each block also counts the cost of holding it. Reading an event again costs four times as much as
/// recording it when it passes, so that a long stream should not have much to read again.
const MAX_KEPT: usize = 1 << 17;
const BLOCK_COST: usize = 96;

/// The most text to report, in bytes of UTF-8: its end. More is kept for a while, so that the text is seldom moved.
pub const MAX_TEXT: usize = 1 << 24;
const MAX_TEXT_KEPT: usize = MAX_TEXT + MAX_TEXT / 2;

/// The most parts of an answer that are distinguished.
const MAX_PARTS: usize = 1 << 12;

/// A channel and an index: the text that a reader reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    pub channel: String,
    pub index: IndexChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexChoice {
    /// The default of the dialect.
    Default,
    All,
    Index(i64),
}

impl IndexChoice {
    /// The one index, or `None` for all.
    pub fn of(self, table: &Table) -> Option<i64> {
        match self {
            IndexChoice::Default => table.index,
            IndexChoice::All => None,
            IndexChoice::Index(index) => Some(index),
        }
    }
}

/// The summary of the events that were returned.
#[derive(Debug, Default)]
pub struct Summary {
    text: Text,
    /// The text had more before this.
    truncated: bool,
    /// The last non-null finish reason of the index that text is read of, and the last non-null usage, as JSON.
    pub finish_reason: Option<Vec<u8>>,
    pub usage: Option<Vec<u8>>,
    indexes: Indexes,
    extractor: RowExtractor,
    /// The kind of the events that added the first text.
    origin: Option<Origin>,
}

/// The kind of events that add a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Pieces,
    /// Events that contain a whole answer or part. The number is that of the last row of their name.
    Wholes(usize),
}

impl Origin {
    fn of(table: &Table, row: usize) -> Origin {
        match table.row(row).is_some_and(|row| row.whole.is_some()) {
            true => Origin::Wholes(table.last_of(row)),
            false => Origin::Pieces,
        }
    }
}

impl Summary {
    /// Every index that was seen is finished, and at least one was seen.
    pub fn is_finished(&self) -> bool {
        self.indexes.is_finished()
    }

    /// The text that was returned; the last [`MAX_TEXT`] bytes of it.
    pub fn text(&self) -> &[u8] {
        text::last_chars(self.text.as_bytes(), MAX_TEXT)
    }

    /// The text has surrogates.
    pub fn has_surrogates(&self) -> bool {
        self.text.has_surrogates()
    }

    /// Text before [`Summary::text`] was dropped.
    pub fn is_truncated(&self) -> bool {
        self.truncated || self.text.is_lost() || self.text.len() > MAX_TEXT
    }

    /// Drops text that is not reported.
    fn bound_text(&mut self) {
        if self.text.len() > MAX_TEXT_KEPT {
            self.truncated |= self.text.keep_last(MAX_TEXT);
        }
    }

    /// An empty summary, with the text of `selection`.
    fn of(selection: Option<Selection>) -> Summary {
        Summary { extractor: RowExtractor::of(selection), ..Summary::default() }
    }

    /// Records an event. Malformed documents add nothing, as for a reader; reading the event itself reports the error.
    /// `alike`: what recognized the payload.
    fn note(&mut self, table: &Table, index: usize, payload: &[u8], alike: Option<&Alike>) {
        let Summary { text, finish_reason, usage, indexes, extractor, origin, .. } = self;
        let mut facts = Facts { finish_reason, usage, indexes };
        // An event that matches the template differs from the last one in its text only.
        let found = extractor.take(table, index, payload, alike, text, |_, walked| match walked {
            Some(walked) => facts.note_walked(table, payload, &walked),
            None => table.row(index).into_iter().for_each(|row| facts.note_beside(table, row, payload)),
        });
        if found != Ok(Found::ByTemplate) && indexes.is_finished() {
            extractor.forget(); // a text in the next event would mean that the answer continues
        }
        if origin.is_none() && !text.is_empty() {
            *origin = Some(Origin::of(table, index));
        }
        self.bound_text();
    }

    fn facts(&mut self) -> Facts<'_> {
        let Summary { finish_reason, usage, indexes, .. } = self;
        Facts { finish_reason, usage, indexes }
    }
}

/// A summary that is at hand, or that was made for this call.
#[derive(Debug)]
pub enum SummaryView<'a> {
    Recorded(&'a Summary),
    Made(Box<Summary>),
}

impl Default for SummaryView<'_> {
    fn default() -> Self {
        SummaryView::Made(Box::default())
    }
}

impl Deref for SummaryView<'_> {
    type Target = Summary;

    fn deref(&self) -> &Summary {
        match self {
            SummaryView::Recorded(summary) => summary,
            SummaryView::Made(summary) => summary,
        }
    }
}

/// The parts of a summary other than its text.
struct Facts<'a> {
    finish_reason: &'a mut Option<Vec<u8>>,
    usage: &'a mut Option<Vec<u8>>,
    indexes: &'a mut Indexes,
}

impl Facts<'_> {
    #[inline]
    fn note_walked(&mut self, table: &Table, payload: &[u8], walked: &Walked<'_>) {
        match *walked {
            Walked::Usage { usage, is_json } => self.set_usage(usage, is_json),
            Walked::All { row, channel, elements } => self.note_rest(table, row, payload, channel, elements),
        }
    }

    /// Records the facts of a document other than its text. `elements`: the result of a walk for `channel`.
    fn note_rest(&mut self, table: &Table, row: &Row, payload: &[u8], channel: &Channel, elements: &[Element]) {
        match channel.has_finish() {
            true => {
                self.note_usage(row, payload);
                self.note_finish(table, row, payload, elements);
            }
            false => self.note_beside(table, row, payload),
        }
    }

    fn note_beside(&mut self, table: &Table, row: &Row, payload: &[u8]) {
        self.note_usage(row, payload);
        let mut elements = Vec::new();
        if let Some(finish) = &table.finish {
            if textpath::elements(payload, finish, &mut elements).is_ok() {
                self.note_finish(table, row, payload, &elements);
            }
        }
    }

    fn note_usage(&mut self, row: &Row, payload: &[u8]) {
        let usage = row.usage.as_ref().and_then(|usage| usage.find(payload));
        let Some(usage) = usage.filter(|usage| *usage != Value::Null) else { return };
        self.set_usage(&usage.json(payload), false);
    }

    /// `is_json`: the usage is known to be JSON.
    fn set_usage(&mut self, usage: &[u8], is_json: bool) {
        let known = || self.usage.as_ref().is_some_and(|known| template::differs_in_integers(known, usage));
        if is_json || known() || json::check(usage).is_ok() {
            let kept = self.usage.get_or_insert_default();
            kept.clear();
            kept.extend_from_slice(usage);
        }
    }

    fn note_finish(&mut self, table: &Table, row: &Row, payload: &[u8], elements: &[Element]) {
        let continues = self.indexes.is_finished() && row.has_text(payload);
        for element in elements {
            if continues {
                self.indexes.reopen(element.index);
            }
            self.indexes.note(element.index, element.finish().is_some());
            if let Some(value) = element.finish().filter(|_| element.index == table.index.unwrap_or(0)) {
                *self.finish_reason = Some(value.json(payload).to_vec());
            }
        }
    }
}

#[derive(Debug)]
pub struct History<B> {
    kept: Vec<B>,
    cost: usize,
    max_event_bytes: usize,
    /// The blocks were too many, and are no longer kept.
    dropped: bool,
    /// The summary of the events so far, to which events are added one by one.
    recorded: Option<Summary>,
    selection: Option<Selection>,
    /// The kinds of the events that added the first text of a channel, as far as they were needed.
    origins: Vec<(String, Origin)>,
    /// The parts of the answer that whole events contained: the last row of their name, and the part.
    parts: HashSet<(usize, u64)>,
    /// The rows of the events of names with rows for whole events, by the numbers of the events.
    chosen: Vec<(u64, usize)>,
    /// The position after the frames that came before the dialect was known.
    begins_at: u64,
}

/// Called with the row and the payload of an event, and with what recognized the payload. Returns true to stop.
trait Visit: FnMut(usize, &[u8], Option<&Alike>) -> bool {}

impl<F: FnMut(usize, &[u8], Option<&Alike>) -> bool> Visit for F {}

impl<B: Deref<Target = [u8]>> History<B> {
    pub fn new(max_event_bytes: usize) -> Self {
        History {
            kept: Vec::new(),
            cost: 0,
            max_event_bytes,
            dropped: false,
            recorded: None,
            selection: None,
            origins: Vec::new(),
            parts: HashSet::new(),
            chosen: Vec::new(),
            begins_at: 0,
        }
    }

    /// The frames up to `position` are not events, since the dialect is not known yet.
    pub fn begin_after(&mut self, position: u64) {
        self.begins_at = position;
    }

    /// From here on the text is that of another selection. Without effect once blocks were dropped.
    pub fn select(&mut self, selection: &Selection) {
        if !self.dropped && self.selection.as_ref() != Some(selection) {
            self.selection = Some(selection.clone());
            self.recorded = None;
        }
    }

    /// Keeps a block that is used up. `events`: the number of events returned so far. Without a table there is nothing to
    /// record: the dialect is not known yet, so that no event was returned.
    pub fn keep(&mut self, block: B, table: Option<&Table>, events: u64) {
        if self.dropped {
            return;
        }
        self.cost += block.len() + BLOCK_COST;
        self.kept.push(block);
        if self.cost > MAX_KEPT {
            match table {
                Some(table) => self.record(table, &[], events),
                None => self.recorded = Some(Summary::of(self.selection.clone())),
            }
            self.kept = Vec::new();
            self.chosen = Vec::new();
            self.dropped = true;
        }
    }

    /// From here on events are recorded one by one. `present` is the read part of the current block.
    pub fn record(&mut self, table: &Table, present: &[u8], events: u64) {
        if self.recorded.is_none() {
            let mut summary = self.read_again(table, self.selection.clone(), present, events);
            summary.extractor.forget(); // other documents are recognized by what recognizes events from here on
            self.recorded = Some(summary);
        }
    }

    /// Whether events are recorded, and the answer is finished as far as they say.
    pub fn is_finished(&self) -> bool {
        self.recorded.as_ref().is_some_and(Summary::is_finished)
    }

    /// Whether events are recorded one by one.
    pub fn is_recording(&self) -> bool {
        self.recorded.is_some()
    }

    /// Records the facts of an event other than its text, which was appended.
    pub fn note_rest(&mut self, table: &Table, payload: &[u8], walked: &Walked<'_>) {
        let Some(summary) = &mut self.recorded else { return };
        summary.extractor.forget(); // its template belongs to an earlier event
        summary.facts().note_walked(table, payload, walked);
    }

    /// Records the part of `text` after `mark`, which an event of row `index` added. Returns false if it cannot; then record the
    /// event itself.
    pub fn append(&mut self, table: &Table, index: usize, selection: &Selection, text: &Text, mark: usize) -> bool {
        let Some(summary) = &mut self.recorded else { return true };
        if self.selection.as_ref() != Some(selection) || text.has_surrogates() {
            return false;
        }
        if summary.origin.is_none() && text.len() > mark {
            summary.origin = Some(Origin::of(table, index));
        }
        summary.text.push_plain(text.as_bytes().get(mark..).unwrap_or_default());
        summary.bound_text();
        true
    }

    /// Records an event. `alike`: what recognized its payload.
    pub fn note(&mut self, table: &Table, row: usize, payload: &[u8], alike: Option<&Alike>) {
        if let Some(summary) = &mut self.recorded {
            summary.note(table, row, payload, alike);
        }
    }

    /// The row of an event whose row may be for whole events. `read`: the read part of the current block, and the number of
    /// events before this one.
    pub fn choose_row(&mut self, table: &Table, read: (&[u8], u64), mut row: usize, payload: &[u8]) -> usize {
        let is_whole = |row: usize| table.row(row).filter(|row| row.whole.is_some());
        if is_whole(row).is_none() {
            return row;
        }
        while let Some(entry) = is_whole(row) {
            let Some(next) = entry.or_else.filter(|_| !self.takes_whole(table, read, entry, payload)) else { break };
            row = table.row_for(next, payload);
        }
        if !self.dropped {
            self.chosen.push((read.1, row));
        }
        row
    }

    /// Whether a whole event counts: its text must not have come in events of another kind, or in one of the same part.
    fn takes_whole(&mut self, table: &Table, read: (&[u8], u64), row: &Row, payload: &[u8]) -> bool {
        let own = Origin::Wholes(row.last);
        let texts: Vec<&String> =
            row.channels.iter().filter(|(_, channel)| channel.has_text(payload)).map(|(name, _)| name).collect();
        if texts.is_empty() || texts.iter().any(|name| self.origin(table, read, name).is_some_and(|it| it != own)) {
            return false;
        }
        let is_new = match row.part(payload) {
            Some(part) => self.parts.len() < MAX_PARTS && self.parts.insert((row.last, part)),
            None => true,
        };
        let is_known = |name: &&String| self.origins.iter().any(|(known, _)| known == *name);
        let added: Vec<&String> = texts.into_iter().filter(|name| is_new && !is_known(name)).collect();
        self.origins.extend(added.into_iter().map(|name| (name.clone(), own)));
        is_new
    }

    /// The kind of the events that added the first text of a channel, or `None`.
    fn origin(&mut self, table: &Table, read: (&[u8], u64), channel: &str) -> Option<Origin> {
        if let Some((_, origin)) = self.origins.iter().find(|(name, _)| name == channel) {
            return Some(*origin);
        }
        let selected = self.selection.as_ref().map_or("text", |selection| selection.channel.as_str());
        let origin = match &self.recorded {
            Some(recorded) if selected == channel => recorded.origin,
            // The texts of other channels are not known any more. So many bytes without one do not precede a whole answer.
            _ if self.dropped => Some(Origin::Pieces),
            _ => self.first_text(table, read, channel),
        };
        self.origins.extend(origin.map(|origin| (channel.to_owned(), origin)));
        origin
    }

    /// The kind of the first kept event with text on a channel.
    fn first_text(&self, table: &Table, (present, events): (&[u8], u64), channel: &str) -> Option<Origin> {
        let mut origin = None;
        self.visit(table, present, events, &mut |row, payload, _| {
            let has_text = table.row(row).and_then(|row| row.channel(channel)).is_some_and(|it| it.has_text(payload));
            origin = has_text.then(|| Origin::of(table, row));
            has_text
        });
        origin
    }

    /// Reads the first `events` events in the kept blocks and in the read part of the current one.
    fn read_again(&self, table: &Table, selection: Option<Selection>, present: &[u8], events: u64) -> Summary {
        let mut summary = Summary::of(selection);
        self.visit(table, present, events, &mut |row, payload, alike| {
            summary.note(table, row, payload, alike);
            false
        });
        summary
    }

    /// Calls `visit` with the rows and payloads of the first `events` events, and with what recognized them, until it returns
    /// true.
    fn visit(&self, table: &Table, present: &[u8], events: u64, visit: &mut impl Visit) {
        let mut frames = table.frames(self.max_event_bytes, b"");
        let mut dispatcher = Dispatcher::default();
        let mut left = events;
        for block in self.kept.iter().map(Deref::deref).chain([present]) {
            let mut pos = 0;
            while left > 0 && dispatcher.next(table, &mut frames, block, &mut pos).unwrap_or(false) {
                if frames.position() <= self.begins_at {
                    continue;
                }
                let data = frames.data(block).unwrap_or_default();
                let stops = match dispatcher.row_of_same_head(table, &frames, data) {
                    Some(row) => {
                        left -= 1;
                        visit(row, data, dispatcher.alike())
                    }
                    None => {
                        let frame = frames.frame(block);
                        let verdict = dispatcher.dispatch(table, &frames, &frame);
                        let verdicts = dispatcher.lines_too(table, &frame, verdict);
                        self.visit_frame(data, verdicts, (events, &mut left), visit)
                    }
                };
                if stops {
                    return;
                }
            }
        }
        if left > 0 {
            // The event came from a frame that the end of the body left unfinished.
            let frame = frames.unfinished();
            let data = frame.data.unwrap_or_default();
            let verdict = match table.ends_stream_unfinished(&frame) {
                true => dispatcher.dispatch(table, &frames, &frame),
                false => dispatcher.first_line(table, &frame),
            };
            let verdicts = dispatcher.lines_too(table, &frame, verdict);
            self.visit_frame(data, verdicts, (events, &mut left), visit);
        }
    }

    /// Visits at most `left` events of a frame. `events`: the number of events to visit of the whole stream.
    fn visit_frame(
        &self,
        data: &[u8],
        verdicts: impl Iterator<Item = FrameKind>,
        (events, left): (u64, &mut u64),
        visit: &mut impl Visit,
    ) -> bool {
        for verdict in verdicts {
            let (FrameKind::Event { row, payload, .. }, true) = (verdict, *left > 0) else { continue };
            let chosen = self.chosen.binary_search_by_key(&(events - *left), |(event, _)| *event);
            let row = chosen.ok().and_then(|at| self.chosen.get(at)).map_or(row, |(_, row)| *row);
            *left -= 1;
            if visit(row, data.get(payload).unwrap_or_default(), None) {
                return true;
            }
        }
        false
    }

    /// The summary of the `events` events that were returned so far. `present` is the read part of the current block.
    pub fn summary(&self, table: &Table, present: &[u8], events: u64) -> SummaryView<'_> {
        match &self.recorded {
            Some(recorded) => SummaryView::Recorded(recorded),
            None => SummaryView::Made(Box::new(self.read_again(table, self.selection.clone(), present, events))),
        }
    }
}
