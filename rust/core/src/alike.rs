//! Recognizes documents that differ from a known one only in some places.
//!
//! The places are found by comparing bytes: the content of strings that are not keys, digits, and white space between tokens.
//! With [`Keys`], a search for each of the keys, in its quotes, finds as many in a recognized document as in the known one.
//! Without, strings are the same, and a recognized document is JSON if the known one is.

use crate::json::{self, Cursor};
use crate::lookup::{has_escaped_letter, Quoted};
use crate::template::{common_prefix, is_space, spaces};
use std::ops::Range;

/// Larger documents are not kept.
const MAX_DOC: usize = 1 << 14;
/// Documents that differ in more places are not recognized.
const MAX_PLACES: usize = 32;
/// After so many documents that were not recognized, only some are kept.
const MAX_MISSES: u32 = 8;
/// So many documents may differ in a place in another way than others do: in an escape that may hide a key, for example.
const MAX_EXCEPTIONS: u32 = 4;

/// The keys of a search.
#[derive(Debug)]
pub struct Keys {
    keys: Vec<Box<[u8]>>,
    /// A key whose value must stay the same.
    fixed: Quoted,
    /// The first bytes of the keys.
    starts: [bool; 256],
}

impl Keys {
    /// `None` if a key has bytes that may be elsewhere than in a string.
    pub fn new(fixed: &[u8], others: Vec<Box<[u8]>>) -> Option<Keys> {
        let is_word =
            |key: &[u8]| !key.is_empty() && key.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let keys: Vec<Box<[u8]>> = std::iter::once(fixed.into()).chain(others).collect();
        let mut starts = [false; 256];
        for first in keys.iter().filter_map(|key| key.first()) {
            starts.get_mut(usize::from(*first)).into_iter().for_each(|start| *start = true);
        }
        keys.iter().all(|key| is_word(key)).then(|| Keys { fixed: Quoted::new(fixed), keys, starts })
    }

    /// Whether a string without escapes is a key. Most texts begin with a blank, and no key does.
    #[inline]
    fn contain(&self, string: &[u8]) -> bool {
        let may_be = string.first().and_then(|first| self.starts.get(usize::from(*first)));
        may_be == Some(&true) && self.are_in(string)
    }

    /// Whether a string has a key in quotes, together with its own quotes. No key ends in a quote or a backslash.
    #[inline(never)]
    fn are_in(&self, string: &[u8]) -> bool {
        self.keys.iter().any(|key| {
            let before = string.strip_suffix(&**key);
            before.is_some_and(|before| matches!(before.last(), None | Some(b'"')))
        })
    }
}

/// A place in which documents differ.
#[derive(Debug)]
struct Place {
    at: Range<usize>,
    kind: Kind,
    /// Where it is in the document that was recognized last.
    found: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The content of a string.
    Str,
    /// At least one digit, and more than one only without a zero at the start.
    Integer,
    /// At least one digit, after the dot or in the exponent of a number.
    Digits,
    Space,
}

/// Where a document begins to differ.
struct Mismatch {
    known: usize,
    at: usize,
    /// The number of the next place.
    next: usize,
}

/// A document, and where others differ from it.
#[derive(Debug, Default)]
pub struct Alike {
    doc: Vec<u8>,
    places: Vec<Place>,
    misses: u32,
    version: u64,
}

/// Where a value is in documents that are recognized.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    start: Position,
    end: Position,
}

/// So many bytes after the last of so many places, or after the start of the document.
#[derive(Debug, Clone, Copy)]
struct Position {
    places: usize,
    bytes: usize,
}

impl Alike {
    /// Where the document ends that begins at `at` in `bytes`; `None` if it differs where it may not.
    #[inline]
    pub fn end_in(&mut self, keys: Option<&Keys>, bytes: &[u8], at: usize) -> Option<usize> {
        if self.doc.is_empty() {
            return None;
        }
        let rest = self.compare(keys, part(bytes, at)).ok()?;
        self.misses = self.misses.saturating_sub(1);
        Some(bytes.len() - rest.len())
    }

    pub fn forget(&mut self) {
        self.version += 1;
        self.doc.clear();
        self.places.clear();
    }

    /// A number that changes when other documents are recognized.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The places in which the document that was recognized last may differ.
    pub fn places(&self) -> impl Iterator<Item = (&Range<usize>, Kind)> {
        self.places.iter().map(|place| (&place.found, place.kind))
    }

    /// Where the value is in other documents that has this range in the document that was recognized last. `None` if it is
    /// empty, or begins or ends inside a place.
    pub fn span(&self, range: &Range<usize>) -> Option<Span> {
        let position = |at: usize, places: usize| {
            let bytes = at.checked_sub(self.end_of(places))?;
            Some(Position { places, bytes })
        };
        let start = self.places.partition_point(|place| place.found.end <= range.start);
        let end = self.places.partition_point(|place| place.found.start < range.end);
        let is_whole = self.places.get(start).is_none_or(|next| next.found.start >= range.start);
        (is_whole && !range.is_empty()).then_some(())?;
        Some(Span { start: position(range.start, start)?, end: position(range.end, end)? })
    }

    /// The range of a value in the document that was recognized last.
    #[inline]
    pub fn range(&self, span: &Span) -> Range<usize> {
        let of = |position: &Position| self.end_of(position.places) + position.bytes;
        of(&span.start)..of(&span.end)
    }

    /// Where the last of the first `places` places ends in the document that was recognized last.
    #[inline]
    fn end_of(&self, places: usize) -> usize {
        places.checked_sub(1).and_then(|last| self.places.get(last)).map_or(0, |last| last.found.end)
    }

    /// Learns from a document that is not recognized: where documents differ, or that they are others.
    #[cold]
    pub fn learn(&mut self, keys: Option<&Keys>, doc: &[u8]) {
        self.misses = self.misses.saturating_add(1);
        if doc.len() > MAX_DOC || self.misses > MAX_MISSES && !self.misses.is_power_of_two() {
            return;
        }
        let misses = self.misses;
        if !self.grow(keys, doc, misses > MAX_EXCEPTIONS) {
            self.forget();
            self.doc.extend_from_slice(doc);
        }
    }

    /// Adds the places in which a document differs. Returns false if the document must replace the known one: it differs
    /// elsewhere, or in a place in another way than others do, and such documents are many.
    fn grow(&mut self, keys: Option<&Keys>, doc: &[u8], are_many: bool) -> bool {
        while !self.doc.is_empty() && self.places.len() < MAX_PLACES {
            let mismatch = match self.compare(keys, doc) {
                Ok(rest) => return rest.is_empty(),
                Err((next, left)) => self.mismatch(doc, next, left),
            };
            let Some(mismatch) = mismatch else { return !are_many };
            let Some(place) = self.place_of(keys, doc, &mismatch) else { return false };
            self.places.insert(mismatch.next, place);
            self.version += 1;
        }
        false
    }

    /// Compares the document at the start of `bytes`, and returns the bytes after it. The error is the number of the next
    /// place, and the number of bytes after the last one.
    #[inline]
    fn compare<'b>(&mut self, keys: Option<&Keys>, bytes: &'b [u8]) -> Result<&'b [u8], (usize, usize)> {
        let (mut known, mut rest) = (0, bytes);
        for (next, place) in self.places.iter_mut().enumerate() {
            let same = self.doc.get(known..place.at.start).unwrap_or_default();
            let Some(here) = rest.strip_prefix(same) else { return Err((next, rest.len())) };
            let Some(after) = place.after(keys, here) else { return Err((next, rest.len())) };
            place.found = bytes.len() - here.len()..bytes.len() - after.len();
            (known, rest) = (place.at.end, after);
        }
        rest.strip_prefix(part(&self.doc, known)).ok_or((self.places.len(), rest.len()))
    }

    /// Where a document begins to differ before the place with this number. `left`: the bytes after the last place. `None`
    /// if it differs in the place itself, in another way than others do.
    #[cold]
    fn mismatch(&self, doc: &[u8], next: usize, left: usize) -> Option<Mismatch> {
        let at = doc.len() - left;
        let start = next.checked_sub(1).and_then(|last| self.places.get(last)).map_or(0, |last| last.at.end);
        let end = self.places.get(next).map_or(self.doc.len(), |place| place.at.start);
        let known = self.doc.get(start..end)?;
        let same = common_prefix(part(doc, at), known);
        let differs = same < known.len();
        differs.then(|| Mismatch { known: start + same, at: at + same, next })
    }

    /// The place that a mismatch is in; `None` if documents must not differ there.
    fn place_of(&self, keys: Option<&Keys>, doc: &[u8], mismatch: &Mismatch) -> Option<Place> {
        let (before, after) = self.doc.split_at_checked(mismatch.known)?;
        let other = doc.get(mismatch.at..)?;
        if let Some(start) = open_string(before) {
            let keys = keys?;
            let end = self.doc.len() - string_end(keys, self.doc.get(start..)?)?.len();
            let is_key = self.doc.get(end + 1..)?.trim_ascii_start().first() == Some(&b':');
            let is_fixed = || {
                let before = self.doc.get(..start - 1).unwrap_or_default().trim_ascii_end();
                before.strip_suffix(b":").is_some_and(|before| keys.fixed.is_end_of(before.trim_ascii_end()))
            };
            return (!is_key && !is_fixed()).then_some(Place::new(start..end, Kind::Str));
        }
        let are = |is: fn(&u8) -> bool| after.first().is_some_and(is) || other.first().is_some_and(is);
        let run = |is: fn(&u8) -> bool| {
            let len = |bytes: &mut dyn Iterator<Item = &u8>| bytes.take_while(|byte| is(byte)).count();
            mismatch.known - len(&mut before.iter().rev())..mismatch.known + len(&mut after.iter())
        };
        if are(u8::is_ascii_digit) {
            let at = run(u8::is_ascii_digit);
            let kind = match self.doc.get(..at.start)? {
                [.., b'.'] | [.., b'e' | b'E', b'-'] => Kind::Digits,
                [.., b':' | b',' | b'[' | b'-' | b' ' | b'\t' | b'\n' | b'\r'] => Kind::Integer,
                _ => return None,
            };
            return (!at.is_empty()).then_some(Place::new(at, kind));
        }
        let at = run(|byte| is_space(*byte));
        let is_mark = |byte: Option<&u8>| byte.is_none_or(|byte| b"{}[]:,".contains(byte));
        let is_between = is_mark(self.doc.get(..at.start)?.last()) || is_mark(self.doc.get(at.end));
        (are(|byte| is_space(*byte)) && is_between).then_some(Place::new(at, Kind::Space))
    }
}

impl Place {
    fn new(at: Range<usize>, kind: Kind) -> Place {
        Place { at, kind, found: 0..0 }
    }

    /// The bytes after this place in a document whose bytes from it on are `rest`.
    #[inline]
    fn after<'b>(&self, keys: Option<&Keys>, rest: &'b [u8]) -> Option<&'b [u8]> {
        match self.kind {
            Kind::Str => string_end(keys?, rest),
            Kind::Space => rest.get(spaces(rest)..),
            Kind::Integer | Kind::Digits => {
                let len = json::digits(rest);
                let is_number = len == 1 || len > 0 && (self.kind == Kind::Digits || rest.first() != Some(&b'0'));
                rest.get(len..).filter(|_| is_number)
            }
        }
    }
}

/// The bytes from `at` on.
#[inline]
fn part(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or_default()
}

/// The bytes from the end of a string on, if it is closed and has no key. `content`: the bytes after its opening quote.
#[inline]
fn string_end<'b>(keys: &Keys, content: &'b [u8]) -> Option<&'b [u8]> {
    let (string, end) = content.split_at_checked(json::ordinary(content))?;
    match end.first() {
        Some(b'"') => (!keys.contain(string)).then_some(end),
        _ => escaped_string_end(keys, content),
    }
}

#[inline(never)]
fn escaped_string_end<'b>(keys: &Keys, content: &'b [u8]) -> Option<&'b [u8]> {
    let mut cursor = Cursor::new(content);
    cursor.skip_string_end().ok()?;
    let (string, end) = content.split_at_checked(cursor.position() - 1)?;
    (!keys.are_in(string) && !has_escaped_letter(string)).then_some(end)
}

/// Where the content of the string begins that these bytes end in.
fn open_string(bytes: &[u8]) -> Option<usize> {
    let (mut start, mut at) = (None, 0);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' if start.is_some() => start = None,
            b'"' => start = Some(at),
            b'\\' => at += 1,
            _ => {}
        }
    }
    start
}
