//! Documents that differ from the one before only in their text, and in what no path leads to.
//!
//! Most deltas of a stream do, so the document that was walked last is kept. So are the places of its one text and of the values
//! that the walk skipped. A document with the same bytes has the same structure. Where its bytes differ, two things
//! are accepted: white space between tokens, and another value in the place of a skipped one. Such a value is skipped by the
//! function that the walk uses, so that both agree on damaged documents.

use crate::alike::{Alike, Kind, Span};
use crate::json::{self, Cursor, KeyAt, Value};
use crate::text::Text;
use std::ops::Range;
use wide::u8x16;

/// Larger documents are not kept.
const MAX_DOC: usize = 1 << 16;

/// Further values must be the same in every document.
const MAX_SKIPPED: usize = 64;

/// How a value that the walk of a channel skips is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It must be the same in every document.
    Fixed,
    /// It is not read.
    Unused,
    /// It may contain the usage.
    Usage,
    /// At the top of a document it is the usage, unless it is null.
    TopUsage,
}

/// The role of the values of a key.
pub type Roles<'a> = &'a dyn Fn(&[u8]) -> Role;

/// A value that a walk skipped, and that may differ between documents.
#[derive(Debug, Clone)]
pub struct Skipped {
    key: KeyAt,
    place: Range<usize>,
    /// The number of objects and arrays around it.
    depth: usize,
}

impl Skipped {
    /// Adds the value of a key that was skipped.
    pub fn note(found: &mut Vec<Skipped>, key: KeyAt, place: Range<usize>, depth: usize) {
        if found.len() < MAX_SKIPPED {
            found.push(Skipped { key, place, depth });
        }
    }
}

/// A place in which matching documents differ.
#[derive(Debug)]
struct Difference {
    place: Range<usize>,
    kind: Differs,
    /// The values there, if they are objects or arrays: most differ from the one before only in their numbers.
    alike: Alike,
}

#[derive(Debug, Clone, Copy)]
enum Differs {
    /// White space between tokens.
    Space,
    /// A value that no path leads to, in so many objects and arrays.
    Value { depth: usize, is_usage: bool },
}

/// Further places with other white space are searched for in each document.
const MAX_DIFFERENCES: usize = 2 * MAX_SKIPPED;

/// The document that others are compared with.
#[derive(Debug, Default)]
pub struct Template {
    learnt: bool,
    doc: Vec<u8>,
    /// The text, without its quotes.
    text: Range<usize>,
    skipped: Vec<Skipped>,
    /// The one place after the text in which the white space of matching documents differs.
    gap: Option<Range<usize>>,
    /// Matching documents differ in more than their text and the gap.
    differs: bool,
    usage: Usage,
    /// The places in which the documents differed so far, in order. The text is not one of them.
    differences: Vec<Difference>,
}

/// Where text and usage are in the documents that an [`Alike`] recognizes.
#[derive(Debug)]
pub struct Spans {
    text: Span,
    /// The second value: it is JSON.
    usage: Option<(Span, bool)>,
}

impl Spans {
    /// Appends the text of the document that `alike` recognized last. Returns false if its string is not valid.
    #[inline]
    pub fn take(&self, alike: &Alike, doc: &[u8], out: &mut Text) -> bool {
        let place = alike.range(&self.text);
        doc.get(place.clone()).is_some_and(|text| push_text(doc, place.start, text, out))
    }

    /// The usage of the document that `alike` recognized last, if it has one.
    #[inline]
    pub fn usage(&self, alike: &Alike) -> Option<Usage> {
        self.usage.as_ref().map(|(span, is_json)| Usage::At { place: alike.range(span), is_json: *is_json })
    }
}

/// The usage of the document that matched last.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Usage {
    /// That of the document that was learnt.
    #[default]
    Known,
    /// An object at this place in the document that matched last. `is_json`: it is known to be JSON.
    At { place: Range<usize>, is_json: bool },
    /// Another one, perhaps.
    Unknown,
}

impl Template {
    /// The usage of the document that matched last.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    pub fn forget(&mut self) {
        self.learnt = false;
    }

    /// Learns a document that was walked and has one text, in this place, and these values that were skipped, in order.
    pub fn learn(&mut self, doc: &[u8], text: Range<usize>, skipped: &mut Vec<Skipped>) {
        self.learnt = doc.len() <= MAX_DOC;
        if self.learnt {
            self.doc.clear();
            self.doc.extend_from_slice(doc);
            self.text = text;
            self.gap = None;
            self.differs = false;
            self.usage = Usage::Known;
            self.differences.clear();
            std::mem::swap(&mut self.skipped, skipped);
        }
    }

    /// Appends the text of a document that differs in its text only, and in white space in one place after it.
    pub fn take_exactly(&self, doc: &[u8], out: &mut Text) -> bool {
        if !self.learnt || self.differs || !doc.starts_with(self.part(0..self.text.start)) {
            return false;
        }
        let (rest, suffix) = match &self.gap {
            None => (doc, self.part(self.text.end..self.doc.len())),
            Some(gap) => (self.before(doc, gap), self.part(self.text.end..gap.start)),
        };
        let end = rest.len().saturating_sub(suffix.len());
        let Some(text) = doc.get(self.text.start..end).filter(|_| rest.ends_with(suffix)) else { return false };
        push_text(doc, self.text.start, text, out)
    }

    /// The bytes of a document before its white space in `gap`; empty if the document does not match.
    #[inline(never)]
    fn before<'d>(&self, doc: &'d [u8], gap: &Range<usize>) -> &'d [u8] {
        let padded = doc.strip_suffix(self.part(gap.end..self.doc.len())).unwrap_or_default();
        padded.get(..padded.len() - spaces_at_end(padded)).unwrap_or_default()
    }

    /// Where text and usage are in the documents that `alike` recognizes, as it did this one, which was learnt. `None` if they
    /// may differ elsewhere too.
    pub fn spans(&self, alike: &Alike, roles: Roles<'_>) -> Option<Spans> {
        if !self.learnt || self.skipped.len() == MAX_SKIPPED {
            return None; // further values may have been skipped
        }
        let may_differ = |place: &Range<usize>| {
            let key = self.skipped.iter().find(|one| is_in(place, &one.place)).and_then(|one| one.key.plain(&self.doc));
            key.is_some_and(|key| roles(key) != Role::Fixed)
        };
        let all_may = alike.places().all(|(at, kind)| kind == Kind::Space || *at == self.text || may_differ(at));
        let text = alike.span(&self.text).filter(|_| all_may)?;
        let Some(usage) = self.usage_place(roles)? else { return Some(Spans { text, usage: None }) };
        let has_string = alike.places().any(|(at, kind)| kind == Kind::Str && is_in(at, &usage));
        let is_json = !has_string && json::check(self.part(usage.clone())).is_ok();
        Some(Spans { text, usage: Some((alike.span(&usage)?, is_json)) })
    }

    /// The place of the usage, if it is an object; the inner value is `None` without one. `None` if another value may be it.
    fn usage_place(&self, roles: Roles<'_>) -> Option<Option<Range<usize>>> {
        let mut place = None;
        for one in &self.skipped {
            let key = one.key.plain(&self.doc)?;
            match roles(key) {
                Role::Fixed | Role::Unused => {}
                Role::TopUsage if one.depth == 1 && self.is_single(key) => place = Some(one.place.clone()),
                Role::Usage | Role::TopUsage => return None,
            }
        }
        place.as_ref().is_none_or(|place| self.part(place.clone()).ends_with(b"}")).then_some(place)
    }

    /// Appends the text of a document that differs in its text, in white space and in values that were skipped.
    pub fn take_alike(&mut self, doc: &[u8], roles: Roles<'_>, out: &mut Text) -> bool {
        let Some((text, plain)) = self.learnt.then(|| self.text_alike(doc, roles)).flatten() else { return false };
        out.push_json(doc.get(text).unwrap_or_default(), plain);
        true
    }

    /// The place of the text in a document that matches, and whether it has no escapes.
    fn text_alike(&mut self, doc: &[u8], roles: Roles<'_>) -> Option<(Range<usize>, bool)> {
        let mut place = Place::default();
        self.compare(doc, &mut place, self.text.start, roles)?;
        let mut cursor = Cursor::at(doc, place.at, 0);
        let Ok(Value::Str { start, end, plain }) = cursor.string() else { return None };
        (place.known, place.at) = (self.text.end + 1, end + 1); // after the closing quotes
        self.compare(doc, &mut place, self.doc.len(), roles)?;
        let rest = doc.get(place.at..)?;
        (spaces(rest) == rest.len()).then_some((start..end, plain))
    }

    /// Moves both places to `end` of the template, if the document matches up to there.
    fn compare(&mut self, doc: &[u8], place: &mut Place, end: usize, roles: Roles<'_>) -> Option<()> {
        loop {
            let next = self.differences.get(place.next).filter(|next| next.place.start < end);
            let stop = next.map_or(end, |next| next.place.start);
            let (rest, same) = (doc.get(place.at..)?, self.part(place.known..stop));
            if !rest.starts_with(same) {
                let len = common_prefix(rest, same);
                self.accept(doc, place, len, roles)?;
                continue;
            }
            let Some(Difference { place: known, kind, .. }) = next else {
                (place.known, place.at) = (stop, place.at + same.len());
                return Some(());
            };
            let at = place.at + same.len();
            let spaces = spaces(doc.get(at..)?);
            (place.known, place.at, place.next) = (known.end, at + spaces, place.next + 1);
            if let Differs::Value { .. } = kind {
                place.at = self.skip(doc, at + spaces, place.next - 1)?;
            }
        }
    }

    /// Skips a value that varies, and returns where it ends. `number`: that of the difference.
    fn skip(&mut self, doc: &[u8], at: usize, number: usize) -> Option<usize> {
        let Difference { kind: Differs::Value { depth, is_usage }, alike, .. } = self.differences.get_mut(number)?
        else {
            return Some(at);
        };
        if let Some(end) = alike.end_in(None, doc, at) {
            if *is_usage {
                self.usage = Usage::At { place: at..end, is_json: true };
            }
            return Some(end);
        }
        let mut cursor = Cursor::at(doc, at, *depth);
        cursor.skip().ok()?;
        let end = cursor.position();
        let value = doc.get(at..end)?;
        let is_json = !*is_usage || json::check(value).is_ok();
        if is_json && matches!(value, [b'{' | b'[', ..]) {
            alike.learn(None, value);
        }
        if *is_usage {
            self.usage = match value.last() {
                Some(b'}') => Usage::At { place: at..end, is_json },
                _ => Usage::Unknown,
            };
        }
        Some(end)
    }

    /// Accepts a difference after `len` equal bytes: white space, or another value in the place of a skipped one.
    #[cold]
    fn accept(&mut self, doc: &[u8], place: &mut Place, len: usize, roles: Roles<'_>) -> Option<()> {
        let (known, at) = (place.known + len, place.at + len);
        let index = self.skipped.partition_point(|skipped| skipped.place.start <= known).checked_sub(1);
        let skipped = index.and_then(|index| self.skipped.get(index)).filter(|one| one.place.start >= place.known);
        let is_inside = skipped.as_ref().is_some_and(|one| one.place.start < known && known < one.place.end);
        let (space_known, space) = (spaces(self.doc.get(known..)?), spaces(doc.get(at..)?));
        if !is_inside && space_known + space > 0 {
            let before = self.doc.get(place.known..known)?;
            let after = self.doc.get(known + space_known);
            if ends_in_string(before) || !is_between_tokens(self.doc.get(..known)?, after) {
                return None;
            }
            let start = known - before.iter().rev().take_while(|byte| is_space(**byte)).count();
            let is_noted = self.note(place.next, start..known + space_known, Differs::Space);
            *place = Place { known: known + space_known, at: at + space, next: place.next + usize::from(is_noted) };
            return Some(());
        }
        let skipped = skipped?;
        let ends_in_word = self.doc.get(skipped.place.end - 1).is_some_and(|last| !b"\"}]".contains(last));
        if known > skipped.place.end || known == skipped.place.end && !ends_in_word {
            return None;
        }
        let (key, depth) = (skipped.key.plain(&self.doc)?, skipped.depth);
        let is_usage = match roles(key) {
            Role::Fixed => return None,
            Role::Unused => false,
            Role::TopUsage if depth == 1 && self.is_single(key) => true,
            Role::Usage | Role::TopUsage => {
                self.usage = Usage::Unknown;
                false
            }
        };
        let value = skipped.place.clone();
        *place = Place { known: value.start, at: at - (known - value.start), next: place.next };
        self.note(place.next, value, Differs::Value { depth, is_usage }).then_some(())
    }

    /// Adds a difference before the one with this number. Returns false if there are too many.
    fn note(&mut self, number: usize, place: Range<usize>, kind: Differs) -> bool {
        match kind {
            Differs::Space if self.differences.is_empty() && place.start > self.text.end => {
                self.gap = Some(place.clone())
            }
            _ => self.differs = true,
        }
        let has_room = self.differences.len() < MAX_DIFFERENCES;
        if has_room {
            self.differences.insert(number, Difference { place, kind, alike: Alike::default() });
        }
        has_room
    }

    /// Whether one skipped value has this key.
    fn is_single(&self, key: &[u8]) -> bool {
        self.skipped.iter().filter(|one| one.key.is(&self.doc, key)).nth(1).is_none()
    }

    fn part(&self, part: Range<usize>) -> &[u8] {
        self.doc.get(part).unwrap_or_default()
    }
}

/// A place in the template, and the one in a document that it corresponds to. Both are outside strings.
#[derive(Debug, Default)]
struct Place {
    known: usize,
    at: usize,
    /// The number of the next difference.
    next: usize,
}

/// Whether a text needs no unescaping and no check of its UTF-8, and does not end a JSON string.
fn is_plain_ascii(text: &[u8]) -> bool {
    !text.iter().fold(false, |any, byte| any | (*byte < 0x20) | (*byte >= 0x80) | (*byte == b'"') | (*byte == b'\\'))
}

/// Appends the text of the string whose content begins at `at`, and ends after `text`. Returns false if it is not a string.
#[inline(always)]
fn push_text(doc: &[u8], at: usize, text: &[u8], out: &mut Text) -> bool {
    if is_plain_ascii(text) {
        out.push_plain(text);
        return true;
    }
    out.push_simple(text) || by_string(doc, at, text.len(), out)
}

/// Appends a text of so many bytes that has to be read byte by byte.
fn by_string(doc: &[u8], at: usize, len: usize, out: &mut Text) -> bool {
    let mut cursor = Cursor::at(doc, at, 0);
    let Ok(Value::Str { start, end, plain }) = cursor.string() else { return false };
    if end != start + len {
        return false;
    }
    out.push_json(doc.get(start..end).unwrap_or_default(), plain);
    true
}

/// How much white space is at the start.
#[inline]
pub fn spaces(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((part, after)) = rest.split_first_chunk::<16>() {
        let part = u8x16::new(*part);
        let space = b" \t\n\r".iter().map(|space| part.simd_eq(u8x16::splat(*space)));
        let others = !space.fold(u8x16::default(), |any, equal| any | equal).to_bitmask() & 0xFFFF;
        if others != 0 {
            return bytes.len() - rest.len() + others.trailing_zeros() as usize;
        }
        rest = after;
    }
    bytes.len() - rest.len() + rest.iter().position(|byte| !is_space(*byte)).unwrap_or(rest.len())
}

/// How much white space is at the end.
fn spaces_at_end(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some(before) = rest.strip_suffix(b"    ") {
        rest = before;
    }
    bytes.len() - rest.len() + rest.iter().rev().take_while(|byte| is_space(**byte)).count()
}

pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_in(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Whether a string that begins in these bytes does not end there.
fn ends_in_string(bytes: &[u8]) -> bool {
    let (mut inside, mut bytes) = (false, bytes.iter());
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => inside = !inside,
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
    inside
}

/// Whether a document differs from a valid one only in integers that are not negative. Then it is valid too.
pub fn differs_in_integers(valid: &[u8], doc: &[u8]) -> bool {
    if memchr::memchr(b'\\', valid).is_some() {
        return false; // the digits of an escape are not an integer
    }
    let (mut valid, mut doc) = (valid, doc);
    while valid != doc {
        let same = common_prefix(valid, doc);
        let (before, _) = valid.split_at(same);
        let start = same - before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let (Some(known), Some(other)) = (after_integer(valid, start), after_integer(doc, start)) else { return false };
        (valid, doc) = (known, other);
    }
    true
}

/// The bytes after the integer at `start`; `None` if it is not one, or has a leading zero.
fn after_integer(doc: &[u8], start: usize) -> Option<&[u8]> {
    let rest = doc.get(start..)?;
    let (integer, after) = rest.split_at(json::digits(rest));
    match integer {
        [] | [b'0', _, ..] => None,
        _ => Some(after),
    }
}

/// Whether white space is allowed between these bytes of a valid document, and not inside a number or literal.
fn is_between_tokens(before: &[u8], after: Option<&u8>) -> bool {
    let last = before.iter().rev().find(|byte| !is_space(**byte));
    let is_mark = |byte: Option<&u8>| byte.is_none_or(|byte| b"{}[]:,\"".contains(byte));
    is_mark(last) || is_mark(after)
}

/// How many bytes at the start of both are equal.
pub fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    const STEP: usize = 16;
    let equal = one.chunks_exact(STEP).zip(other.chunks_exact(STEP)).take_while(|(one, other)| one == other).count();
    let rest = one.iter().zip(other).skip(equal * STEP);
    equal * STEP + rest.take_while(|(one, other)| one == other).count()
}
