//! What can still be told of a stream when it has ended: the text handed out, the finish reason,
//! the usage.
//!
//! Nobody may ever ask, so nothing is worked out while events go by: the blocks are kept, and read
//! again on demand. What is kept is bounded; beyond that the blocks are read once, dropped, and from
//! then on each event is noted as it is handed out.

use crate::dispatch::{Dispatcher, Row, Table, Verdict};
use crate::frames::Frame;
use crate::json::{Care, Value};
use crate::text::Text;
use crate::textpath::{self, Channel, Element, Extractor};
use std::collections::BTreeMap;
use std::ops::Deref;

/// Bytes kept, each block counting its own size and what it costs to hold it. To read an event again costs four
/// times what it costs to note it as it goes by, so a long stream should not have much to read again.
const MAX_KEPT: usize = 1 << 17;
const BLOCK_COST: usize = 96;

/// A kind of text, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub channel: String,
    pub index: Which,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The dialect's own choice.
    Default,
    All,
    Index(i64),
}

impl Which {
    /// The one index, or `None` for all.
    pub fn of(self, table: &Table) -> Option<i64> {
        match self {
            Which::Default => table.index,
            Which::All => None,
            Which::Index(index) => Some(index),
        }
    }
}

/// What was worked out from the events handed out.
#[derive(Debug, Default)]
pub struct Summary {
    pub text: Text,
    /// The last non-null finish reason of the index that text is taken of, and the last non-null
    /// usage, as JSON.
    pub finish_reason: Option<Vec<u8>>,
    pub usage: Option<Vec<u8>>,
    /// Every index seen, and whether it is finished.
    finished: BTreeMap<i64, bool>,
    extractor: Extractor,
    /// The row that the extractor's template is of.
    row: Option<usize>,
}

impl Summary {
    /// Every index that was seen is finished, and one was seen.
    pub fn is_finished(&self) -> bool {
        !self.finished.is_empty() && self.finished.values().all(|finished| *finished)
    }

    /// The same without the memory of the extractor.
    fn copy(&self) -> Summary {
        Summary {
            text: self.text.clone(),
            finish_reason: self.finish_reason.clone(),
            usage: self.usage.clone(),
            finished: self.finished.clone(),
            ..Summary::default()
        }
    }

    fn note(&mut self, table: &Table, index: usize, payload: &[u8], view: Option<&View>) {
        let Some(row) = table.row(index) else { return };
        if self.row.replace(index) != Some(index) {
            self.extractor.forget();
        }
        // A document that fits the template differs in its text only, so the rest is known.
        if !self.extractor.by_template(payload, &mut self.text) {
            self.note_all(table, row, payload, view);
        }
    }

    /// Malformed documents add nothing here, unless what is wrong is off the way to what is looked for;
    /// whoever looks at the event itself is told.
    fn note_all(&mut self, table: &Table, row: &Row, payload: &[u8], view: Option<&View>) {
        let (channel, index) = view.map_or(("text", table.index), |view| (view.channel.as_str(), view.index.of(table)));
        match row.channel(channel) {
            Some(channel) => {
                let mut extractor = std::mem::take(&mut self.extractor);
                let manner = (Care::Way, table.leaves_loose(channel));
                if extractor.by_walk(payload, channel, index, manner, &mut self.text).is_ok() {
                    self.note_rest(table, row, payload, channel, extractor.elements());
                }
                if extractor.is_loose() && row.is_usage_loose(payload) {
                    extractor.forget();
                }
                extractor.release();
                self.extractor = extractor;
            }
            None => self.note_beside(table, row, payload),
        }
    }

    /// What a document tells besides its text. `elements`: what a walk for `channel` found in it.
    fn note_rest(&mut self, table: &Table, row: &Row, payload: &[u8], channel: &Channel, elements: &[Element]) {
        match channel.has_finish() {
            true => {
                self.note_usage(row, payload);
                self.note_finish(table, payload, elements);
            }
            false => self.note_beside(table, row, payload),
        }
    }

    fn note_beside(&mut self, table: &Table, row: &Row, payload: &[u8]) {
        self.note_usage(row, payload);
        let mut elements = Vec::new();
        if let Some(finish) = &table.finish {
            if textpath::elements(payload, finish, Care::Way, &mut elements).is_ok() {
                self.note_finish(table, payload, &elements);
            }
        }
    }

    fn note_usage(&mut self, row: &Row, payload: &[u8]) {
        let usage = row.usage.as_ref().and_then(|usage| usage.find(payload));
        if let Some(usage) = usage.filter(|usage| *usage != Value::Null) {
            self.usage = Some(usage.json(payload).to_vec());
        }
    }

    fn note_finish(&mut self, table: &Table, payload: &[u8], elements: &[Element]) {
        for element in elements {
            *self.finished.entry(element.index).or_default() |= element.finish().is_some();
            if let Some(value) = element.finish().filter(|_| element.index == table.index.unwrap_or(0)) {
                self.finish_reason = Some(value.json(payload).to_vec());
            }
        }
    }
}

#[derive(Debug)]
pub struct Ledger<B> {
    kept: Vec<B>,
    cost: usize,
    max_event_bytes: usize,
    /// The kept blocks were too many: they are folded into this, and events are noted one by one.
    folded: Option<Summary>,
    view: Option<View>,
}

impl<B: Deref<Target = [u8]>> Ledger<B> {
    pub fn new(max_event_bytes: usize) -> Self {
        Ledger { kept: Vec::new(), cost: 0, max_event_bytes, folded: None, view: None }
    }

    /// The text is that of another view from here on; no change once it is being folded.
    pub fn look_through(&mut self, view: &View) {
        if self.folded.is_none() && self.view.as_ref() != Some(view) {
            self.view = Some(view.clone());
        }
    }

    /// Keeps a used-up block. `events`: handed out so far. Without a table there is nothing to
    /// fold: a dialect is still looked for, so nothing was handed out.
    pub fn keep(&mut self, block: B, table: Option<&Table>, events: u64) {
        if self.folded.is_some() {
            return;
        }
        self.cost += block.len() + BLOCK_COST;
        self.kept.push(block);
        if self.cost > MAX_KEPT {
            self.folded = Some(table.map(|table| self.summary(table, &[], events)).unwrap_or_default());
            self.kept = Vec::new();
        }
    }

    /// Whether events are to be noted.
    pub fn is_folded(&self) -> bool {
        self.folded.is_some()
    }

    /// Notes what an event tells besides its text, which was appended. `elements`: what a walk found in it.
    pub fn note_rest(&mut self, table: &Table, row: &Row, payload: &[u8], channel: &Channel, elements: &[Element]) {
        if let Some(summary) = &mut self.folded {
            summary.extractor.forget(); // its template is not of the last event any more
            summary.note_rest(table, row, payload, channel, elements);
        }
    }

    /// Notes what was appended to `text` behind `mark`. False: it could not; note the event itself.
    pub fn append(&mut self, view: &View, text: &Text, mark: usize) -> bool {
        let Some(summary) = &mut self.folded else { return true };
        if self.view.as_ref() != Some(view) || text.has_surrogates() {
            return false;
        }
        summary.text.push_plain(text.as_bytes().get(mark..).unwrap_or_default());
        true
    }

    pub fn note(&mut self, table: &Table, row: usize, payload: &[u8]) {
        if let Some(summary) = &mut self.folded {
            summary.note(table, row, payload, self.view.as_ref());
        }
    }

    /// The first `events` events in the kept blocks and the read part of the present one.
    fn read_again(&self, table: &Table, present: &[u8], events: u64) -> Summary {
        let mut summary = Summary::default();
        let mut frames = table.frames(self.max_event_bytes, b"");
        let mut dispatcher = Dispatcher::default();
        let mut left = events;
        for block in self.kept.iter().map(Deref::deref).chain([present]) {
            let mut pos = 0;
            while left > 0 && frames.next(block, &mut pos).unwrap_or(false) {
                let frame = frames.frame(block);
                let data = frame.data.unwrap_or_default();
                if let Some(row) = dispatcher.again(table, &frames, data) {
                    summary.note(table, row, data, self.view.as_ref());
                    left -= 1;
                } else {
                    let verdict = dispatcher.dispatch(table, &frames, &frame);
                    self.note_frame(table, &frame, verdict, &mut left, &mut summary);
                }
            }
        }
        if left > 0 {
            // It came out of a frame that the end of the body left unfinished.
            let frame = frames.unfinished();
            self.note_frame(table, &frame, table.dispatch(&frame), &mut left, &mut summary);
        }
        summary
    }

    /// At most `left` events of a frame.
    fn note_frame(&self, table: &Table, frame: &Frame<'_>, verdict: Verdict, left: &mut u64, summary: &mut Summary) {
        for verdict in table.lines_too(frame, verdict) {
            if let (Verdict::Event { row, payload, .. }, true) = (verdict, *left > 0) {
                let payload = frame.data.unwrap_or_default().get(payload).unwrap_or_default();
                summary.note(table, row, payload, self.view.as_ref());
                *left -= 1;
            }
        }
    }

    /// What can be told of the `events` events handed out so far; `present` is the read part of
    /// the present block.
    pub fn summary(&self, table: &Table, present: &[u8], events: u64) -> Summary {
        match &self.folded {
            Some(folded) => folded.copy(),
            None => self.read_again(table, present, events),
        }
    }
}
