//! The text of one event after another, by the rows of a table.
//!
//! Most events are like the one before. If the dispatcher recognized a payload by an earlier one, it is known where the text is.
//! Else the template of the last event is tried first. It belongs to one row, one channel and one index: [`RowExtractor`] owns
//! all of them, and forgets the template when one of them changes.

use crate::alike::Alike;
use crate::dispatch::{Row, Table};
use crate::history::{IndexChoice, Selection};
use crate::json::Malformed;
use crate::template::{Role, Usage};
use crate::text::Text;
use crate::textpath::{self, Channel, Element, Extractor};

/// How the text of an event was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// By the template: the event differs from the last one only in its text, and in values that are not read.
    ByTemplate,
    /// By a walk, or by the template if the event may have another usage.
    ByWalk,
    Nothing,
}

/// The parts of an event, other than its text, that may differ from the last one.
pub enum Walked<'a> {
    /// Its usage only. `is_json`: it is known to be JSON.
    Usage { usage: &'a [u8], is_json: bool },
    /// The result of a walk.
    All { row: &'a Row, channel: &'a Channel, elements: &'a [Element] },
}

#[derive(Debug, Default)]
pub struct RowExtractor {
    extractor: Extractor,
    /// The row of the template.
    row: Option<usize>,
    /// The channel and index; `None` is the text of the dialect.
    selection: Option<Selection>,
    /// The first index with a text of each channel that reads it by default.
    firsts: Vec<(String, i64)>,
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

    /// Appends the text of an event that differs from the last one only in its text. Returns false if it does not.
    pub fn by_exact_template(&self, row: Option<usize>, payload: &[u8], out: &mut Text) -> bool {
        row == self.row && self.extractor.by_exact_template(payload, out)
    }

    /// Appends the text of an event of row `index`. If more may have changed, `walked` is called with `out` and the
    /// result of the walk. It is called with `None` if the row does not have the channel. It is not called for a malformed payload.
    /// `alike`: what recognized the payload.
    #[inline(always)]
    pub fn take(
        &mut self,
        table: &Table,
        index: usize,
        payload: &[u8],
        alike: Option<&Alike>,
        out: &mut Text,
        walked: impl FnOnce(&Text, Option<Walked<'_>>),
    ) -> Result<Found, Malformed> {
        if self.row.replace(index) != Some(index) {
            self.extractor.forget();
        }
        match alike {
            None if self.extractor.by_exact_template(payload, out) => Ok(Found::ByTemplate),
            None => self.take_other(table, index, payload, out, walked),
            Some(alike) => self.take_alike(table, index, payload, alike, out, walked),
        }
    }

    /// Appends the text of an event whose payload `alike` recognized. The first one is walked, to learn where the text is.
    #[inline(never)]
    fn take_alike(
        &mut self,
        table: &Table,
        index: usize,
        payload: &[u8],
        alike: &Alike,
        out: &mut Text,
        walked: impl FnOnce(&Text, Option<Walked<'_>>),
    ) -> Result<Found, Malformed> {
        if self.extractor.by_alike(alike, payload, out) {
            return self.found(table, index, payload, out, walked);
        }
        if !self.extractor.may_learn(alike) {
            return self.take_other(table, index, payload, out, walked);
        }
        let found = self.walk(table, index, payload, out, walked)?;
        let selection = self.selection.as_ref();
        self.extractor.learn(alike, &|key| role(table, index, selection, key));
        Ok(found)
    }

    /// Appends the text of an event that differs from the last one in more than its text.
    #[inline(never)]
    fn take_other(
        &mut self,
        table: &Table,
        index: usize,
        payload: &[u8],
        out: &mut Text,
        walked: impl FnOnce(&Text, Option<Walked<'_>>),
    ) -> Result<Found, Malformed> {
        self.extractor.leave_alike();
        let selection = self.selection.as_ref();
        match self.extractor.by_template(payload, &|key| role(table, index, selection, key), out) {
            true => self.found(table, index, payload, out, walked),
            false => self.walk(table, index, payload, out, walked),
        }
    }

    /// Reports an event that was taken without a walk.
    #[inline]
    fn found(
        &self,
        table: &Table,
        index: usize,
        payload: &[u8],
        out: &Text,
        walked: impl FnOnce(&Text, Option<Walked<'_>>),
    ) -> Result<Found, Malformed> {
        match self.extractor.usage() {
            Usage::Known => Ok(Found::ByTemplate),
            _ => self.report_usage(table, index, payload, out, walked),
        }
    }

    /// Reports an event that may have another usage than the last one.
    #[inline(never)]
    fn report_usage(
        &self,
        table: &Table,
        index: usize,
        payload: &[u8],
        out: &Text,
        walked: impl FnOnce(&Text, Option<Walked<'_>>),
    ) -> Result<Found, Malformed> {
        if let Usage::At { place, is_json } = self.extractor.usage() {
            if let Some(usage) = payload.get(place.clone()) {
                walked(out, Some(Walked::Usage { usage, is_json: *is_json }));
                return Ok(Found::ByWalk);
            }
        }
        let found = selected(table, index, self.selection.as_ref());
        // The indices and finish reasons are those of the last event.
        walked(out, found.map(|(row, channel)| Walked::All { row, channel, elements: &[] }));
        Ok(Found::ByWalk)
    }

    fn walk(
        &mut self,
        table: &Table,
        index: usize,
        payload: &[u8],
        out: &mut Text,
        walked: impl FnOnce(&Text, Option<Walked<'_>>),
    ) -> Result<Found, Malformed> {
        let Some((row, channel)) = selected(table, index, self.selection.as_ref()) else {
            walked(out, None);
            return Ok(Found::Nothing);
        };
        let choice = self.selection.as_ref().map_or(table.index, |selection| selection.index.of(table));
        let default = self.selection.as_ref().filter(|it| channel.reads_first && it.index == IndexChoice::Default);
        let added = match default {
            None => self.extractor.by_walk(payload, channel, choice, true, out),
            Some(selection) => {
                let known = self.firsts.iter().find(|(name, _)| *name == selection.channel).map(|(_, first)| *first);
                let choose = |elements: &[Element]| {
                    let first = known.or_else(|| textpath::first_index(elements));
                    let new = first.filter(|_| known.is_none());
                    self.firsts.extend(new.map(|first| (selection.channel.clone(), first)));
                    first
                };
                self.extractor.by_walk_choosing(payload, channel, choose, true, out)
            }
        };
        match added {
            Ok(_) => walked(out, Some(Walked::All { row, channel, elements: self.extractor.elements() })),
            Err(_) => self.extractor.forget(),
        }
        self.extractor.release();
        added.map(|added| if added { Found::ByWalk } else { Found::Nothing })
    }
}

/// The role of the values of a key that a walk skips.
fn role(table: &Table, index: usize, selection: Option<&Selection>, key: &[u8]) -> Role {
    match selected(table, index, selection) {
        Some((row, channel)) => table.role(row, channel, key),
        None => Role::Fixed,
    }
}

/// The row of a table, and its channel that is selected.
fn selected<'t>(table: &'t Table, index: usize, selection: Option<&Selection>) -> Option<(&'t Row, &'t Channel)> {
    let name = selection.map_or("text", |selection| selection.channel.as_str());
    let row = table.row(index)?;
    Some((row, row.channel(name)?))
}
