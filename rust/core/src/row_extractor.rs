//! The text of one event after another, by the rows of a table.
//!
//! Most events are like the one before, so the template of the last one is tried first. A template belongs to one row, one
//! channel and one index: [`RowExtractor`] owns all of them, and forgets the template when one of them changes.

use crate::dispatch::{Row, Table};
use crate::history::{IndexChoice, Selection};
use crate::json::Malformed;
use crate::text::Text;
use crate::textpath::{Channel, Element, Extractor};

/// How the text of an event was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// By the template: the event differs from the last one only in its text.
    ByTemplate,
    ByWalk,
    Nothing,
}

/// The result of a walk over a payload.
pub struct Walked<'a> {
    pub row: &'a Row,
    pub channel: &'a Channel,
    pub elements: &'a [Element],
}

#[derive(Debug, Default)]
pub struct RowExtractor {
    extractor: Extractor,
    /// The row of the template.
    row: Option<usize>,
    /// The channel and index; `None` is the text of the dialect.
    selection: Option<Selection>,
}

impl RowExtractor {
    pub fn of(selection: Option<Selection>) -> Self {
        RowExtractor { selection, ..RowExtractor::default() }
    }

    /// From here on the text is that of `channel` and `index`.
    pub fn select(&mut self, channel: &str, index: IndexChoice) {
        let same = |have: &Selection| have.index == index && have.channel == channel;
        if !self.selection.as_ref().is_some_and(same) {
            self.selection = Some(Selection { channel: channel.into(), index });
            self.forget();
        }
    }

    /// Forgets the template; a template must be that of the last event.
    pub fn forget(&mut self) {
        self.extractor.forget();
    }

    /// Appends the text of an event if its row and payload match the template. Returns false if they do not.
    pub fn by_template(&self, row: Option<usize>, payload: &[u8], out: &mut Text) -> bool {
        row == self.row && self.extractor.by_template(payload, out)
    }

    /// Appends the text of an event of row `index`. If the template does not match, `walked` is called with `out` and the result
    /// of the walk, or with `None` if the row does not have the channel. It is not called for a malformed payload.
    #[inline(always)]
    pub fn take(
        &mut self,
        table: &Table,
        index: usize,
        payload: &[u8],
        out: &mut Text,
        walked: impl FnOnce(&Text, Option<Walked<'_>>),
    ) -> Result<Found, Malformed> {
        if self.row.replace(index) != Some(index) {
            self.extractor.forget();
        }
        match self.extractor.by_template(payload, out) {
            true => Ok(Found::ByTemplate),
            false => self.walk(table, index, payload, out, walked),
        }
    }

    fn walk(
        &mut self,
        table: &Table,
        index: usize,
        payload: &[u8],
        out: &mut Text,
        walked: impl FnOnce(&Text, Option<Walked<'_>>),
    ) -> Result<Found, Malformed> {
        let (name, choice) = match &self.selection {
            Some(selection) => (selection.channel.as_str(), selection.index.of(table)),
            None => ("text", table.index),
        };
        let row = table.row(index);
        let Some((row, channel)) = row.and_then(|row| Some((row, row.channel(name)?))) else {
            walked(out, None);
            return Ok(Found::Nothing);
        };
        let added = self.extractor.by_walk(payload, channel, choice, table.keeps_variables(channel), out);
        match added {
            Ok(_) => walked(out, Some(Walked { row, channel, elements: self.extractor.elements() })),
            Err(_) => self.extractor.forget(),
        }
        // A usage that may vary is part of the summary, so each of them must be read.
        if self.extractor.has_variables() && row.is_usage_variable(payload) {
            self.extractor.forget();
        }
        self.extractor.release();
        added.map(|added| if added { Found::ByWalk } else { Found::Nothing })
    }
}
