//! Recognizes documents that differ from a known one only in some places.
//!
//! The places are found by comparing bytes: the content of strings that are not keys, digits, and white space between tokens.
//! With [`Keys`], a search for each of the keys, in its quotes, finds as many in a recognized document as in the known one.
//! Without, strings are the same, and a recognized document is JSON if the known one is.

use crate::json;
use crate::lookup::{has_escaped_letter, Quoted};
use crate::template::{common_prefix, is_space, spaces};
use memchr::memchr2;
use std::ops::Range;
use wide::u8x16;

/// Larger documents are not kept.
const MAX_DOC: usize = 1 << 14;
/// Documents that differ in more places are not recognized.
const MAX_PLACES: usize = 32;
/// After so many documents that were not recognized, only some are kept.
const MAX_MISSES: u32 = 8;
/// So many documents may differ in a place in another way than others do: in an escape that may hide a key, for example.
const MAX_EXCEPTIONS: u32 = 4;

/// So many bytes are compared at once.
const STEP: usize = 16;
const PADDING: [u8; STEP] = [0; STEP];

/// The keys of a search.
#[derive(Debug)]
pub struct Keys {
    keys: Vec<Box<[u8]>>,
    /// A key whose value must stay the same. In a box, since a search has vectors of 32 bytes: what contains one directly must be
    /// aligned to that, and Python aligns its objects to 16.
    fixed: Option<Box<Quoted>>,
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
        keys.iter().all(|key| is_word(key)).then(|| Keys { fixed: Some(Box::new(Quoted::new(fixed))), keys, starts })
    }

    /// No keys: every string that is not a key of its object may differ, and no search finds less or more for it.
    pub fn none() -> Keys {
        Keys { keys: Vec::new(), fixed: None, starts: [false; 256] }
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
    /// The document, and [`PADDING`].
    padded: Vec<u8>,
    is_one_line: bool,
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
    pub fn end_in(&mut self, keys: Option<&Keys>, bytes: &[u8], at: usize) -> Option<usize> {
        self.end_at(keys, bytes, at, false)
    }

    /// As [`Alike::end_in`], of a document at the start that has no line end. Returns `None` if the known one has one.
    #[inline]
    pub fn end_in_line(&mut self, keys: Option<&Keys>, bytes: &[u8]) -> Option<usize> {
        self.is_one_line.then(|| self.end_at(keys, bytes, 0, true))?
    }

    #[inline(always)]
    fn end_at(&mut self, keys: Option<&Keys>, bytes: &[u8], at: usize, one_line: bool) -> Option<usize> {
        if self.padded.is_empty() {
            return None;
        }
        let rest = self.compare(keys, part(bytes, at), one_line).ok()?;
        self.misses = self.misses.saturating_sub(1);
        Some(bytes.len() - rest.len())
    }

    pub fn forget(&mut self) {
        self.version += 1;
        self.padded.clear();
        self.places.clear();
    }

    /// Whether the known document has no line end.
    #[inline]
    pub fn is_one_line(&self) -> bool {
        self.is_one_line
    }

    fn doc(&self) -> &[u8] {
        self.padded.get(..self.padded.len().saturating_sub(STEP)).unwrap_or_default()
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
            self.padded.extend_from_slice(doc);
            self.padded.extend_from_slice(&PADDING);
            self.is_one_line = memchr2(b'\n', b'\r', doc).is_none();
        }
    }

    /// Adds the places in which a document differs. Returns false if the document must replace the known one: it differs
    /// elsewhere, or in a place in another way than others do, and such documents are many.
    fn grow(&mut self, keys: Option<&Keys>, doc: &[u8], are_many: bool) -> bool {
        while !self.padded.is_empty() && self.places.len() < MAX_PLACES {
            let mismatch = match self.compare(keys, doc, false) {
                Ok(rest) => return rest.is_empty(),
                Err((next, left)) => self.mismatch(doc, next, left),
            };
            let Some(mismatch) = mismatch else { return !are_many };
            let place = self.place_of(keys, doc, &mismatch);
            let Some(place) = place.filter(|place| self.is_free(place, mismatch.next)) else { return false };
            self.places.insert(mismatch.next, place);
            self.version += 1;
        }
        false
    }

    /// Whether a place overlaps neither the place with this number nor the one before.
    fn is_free(&self, place: &Place, next: usize) -> bool {
        let before = next.checked_sub(1).and_then(|last| self.places.get(last));
        let after = self.places.get(next);
        before.is_none_or(|before| before.at.end <= place.at.start)
            && after.is_none_or(|after| place.at.end <= after.at.start)
    }

    /// Compares the document at the start of `bytes`, and returns the bytes after it. `one_line`: white space must have no line
    /// end; other places have none. The error is the number of the next
    /// place, and the number of bytes after the last one.
    #[inline(always)]
    fn compare<'b>(
        &mut self,
        keys: Option<&Keys>,
        bytes: &'b [u8],
        one_line: bool,
    ) -> Result<&'b [u8], (usize, usize)> {
        let (mut known, mut rest, mut start) = (self.padded.as_slice(), bytes, 0);
        for (next, place) in self.places.iter_mut().enumerate() {
            let here = after_same(rest, known, place.at.start - start);
            let Some((here, after)) = here.and_then(|here| Some((here, place.after(keys, here, one_line)?))) else {
                return Err((next, rest.len()));
            };
            place.found = bytes.len() - here.len()..bytes.len() - after.len();
            known = part(known, place.at.end - start);
            (rest, start) = (after, place.at.end);
        }
        after_same(rest, known, known.len() - STEP).ok_or((self.places.len(), rest.len()))
    }

    /// Where a document begins to differ before the place with this number. `left`: the bytes after the last place. `None`
    /// if it differs in the place itself, in another way than others do.
    #[cold]
    fn mismatch(&self, doc: &[u8], next: usize, left: usize) -> Option<Mismatch> {
        let at = doc.len() - left;
        let start = next.checked_sub(1).and_then(|last| self.places.get(last)).map_or(0, |last| last.at.end);
        let end = self.places.get(next).map_or(self.doc().len(), |place| place.at.start);
        let known = self.doc().get(start..end)?;
        let same = common_prefix(part(doc, at), known);
        let differs = same < known.len();
        differs.then(|| Mismatch { known: start + same, at: at + same, next })
    }

    /// The place that a mismatch is in; `None` if documents must not differ there.
    fn place_of(&self, keys: Option<&Keys>, doc: &[u8], mismatch: &Mismatch) -> Option<Place> {
        let (before, after) = self.doc().split_at_checked(mismatch.known)?;
        let other = doc.get(mismatch.at..)?;
        if let Some(start) = open_string(before) {
            let keys = keys?;
            let end = self.doc().len() - string_end(keys, self.doc().get(start..)?)?.len();
            let is_key = self.doc().get(end + 1..)?.trim_ascii_start().first() == Some(&b':');
            let is_fixed = || {
                let before = self.doc().get(..start - 1).unwrap_or_default().trim_ascii_end();
                let key = before.strip_suffix(b":").map(<[u8]>::trim_ascii_end);
                keys.fixed.as_ref().zip(key).is_some_and(|(fixed, key)| fixed.is_end_of(key))
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
            let kind = match self.doc().get(..at.start)? {
                [.., b'.'] | [.., b'e' | b'E', b'-'] => Kind::Digits,
                [.., b':' | b',' | b'[' | b'-' | b' ' | b'\t' | b'\n' | b'\r'] => Kind::Integer,
                _ => return None,
            };
            return (!at.is_empty()).then_some(Place::new(at, kind));
        }
        let at = run(|byte| is_space(*byte));
        let is_mark = |byte: Option<&u8>| byte.is_none_or(|byte| b"{}[]:,".contains(byte));
        let is_between = is_mark(self.doc().get(..at.start)?.last()) || is_mark(self.doc().get(at.end));
        (are(|byte| is_space(*byte)) && is_between).then_some(Place::new(at, Kind::Space))
    }
}

impl Place {
    fn new(at: Range<usize>, kind: Kind) -> Place {
        Place { at, kind, found: 0..0 }
    }

    /// The bytes after this place in a document whose bytes from it on are `rest`.
    #[inline(always)]
    fn after<'b>(&self, keys: Option<&Keys>, rest: &'b [u8], one_line: bool) -> Option<&'b [u8]> {
        match self.kind {
            Kind::Str => string_end(keys?, rest),
            Kind::Space => after_spaces(rest, one_line),
            Kind::Integer | Kind::Digits => {
                let len = json::digits(rest);
                let is_number = len == 1 || len > 0 && (self.kind == Kind::Digits || rest.first() != Some(&b'0'));
                rest.get(len..).filter(|_| is_number)
            }
        }
    }
}

/// The bytes of `bytes` after the first `len` ones of `known`, if it begins with them. At least [`STEP`] bytes follow them.
#[inline(always)]
fn after_same<'b>(bytes: &'b [u8], known: &[u8], len: usize) -> Option<&'b [u8]> {
    if len > STEP {
        return bytes.strip_prefix(known.get(..len)?);
    }
    let (Some(one), Some(other)) = (bytes.first_chunk(), known.first_chunk()) else {
        return bytes.strip_prefix(known.get(..len)?);
    };
    let equal = u8x16::new(*one).simd_eq(u8x16::new(*other)).to_bitmask();
    bytes.get(len..).filter(|_| equal.trailing_ones() as usize >= len)
}

/// The bytes from `at` on.
#[inline]
fn part(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or_default()
}

/// The bytes after white space, which is mostly a few blanks. `one_line`: it must have no line end.
#[inline(always)]
fn after_spaces(bytes: &[u8], one_line: bool) -> Option<&[u8]> {
    if let Some(part) = bytes.first_chunk::<STEP>() {
        let blanks = u8x16::new(*part).simd_eq(u8x16::splat(b' ')).to_bitmask().trailing_ones() as usize;
        if part.get(blanks).is_some_and(|after| *after > b' ') {
            return bytes.get(blanks..);
        }
    }
    after_many_spaces(bytes, one_line)
}

#[inline(never)]
fn after_many_spaces(bytes: &[u8], one_line: bool) -> Option<&[u8]> {
    let (spaces, rest) = bytes.split_at_checked(spaces(bytes))?;
    (!one_line || memchr2(b'\n', b'\r', spaces).is_none()).then_some(rest)
}

/// The bytes from the end of a string on, if it is closed and has no key. `content`: the bytes after its opening quote.
#[inline(always)]
fn string_end<'b>(keys: &Keys, content: &'b [u8]) -> Option<&'b [u8]> {
    let len = match content.first_chunk().map(json::special_in) {
        None | Some(0) => json::ordinary(content),
        Some(special) => special.trailing_zeros() as usize, // most texts are short
    };
    let (string, end) = content.split_at_checked(len)?;
    match end.first() {
        Some(b'"') => (!keys.contain(string)).then_some(end),
        _ => escaped_string_end(keys, content),
    }
}

#[inline(never)]
fn escaped_string_end<'b>(keys: &Keys, content: &'b [u8]) -> Option<&'b [u8]> {
    let mut at = 0;
    loop {
        at += json::ordinary(part(content, at));
        match part(content, at) {
            [b'"', ..] => break,
            [b'\\', escaped, ..] if *escaped >= b' ' => at += 2,
            _ => return None,
        }
    }
    let (string, end) = content.split_at_checked(at)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new(b"finish", vec![]).unwrap_or_else(|| unreachable!())
    }

    fn recognizes(known: &[&[u8]], doc: &[u8]) -> bool {
        let mut alike = Alike::default();
        known.iter().for_each(|doc| alike.learn(Some(&keys()), doc));
        assert_eq!(
            known.last().map(|last| alike.end_in(Some(&keys()), last, 0)),
            known.last().map(|last| Some(last.len()))
        );
        alike.end_in(Some(&keys()), doc, 0) == Some(doc.len())
    }

    /// A place must not begin inside another one: blanks and digits after a whole number are not JSON.
    #[test]
    fn places_do_not_overlap() {
        assert!(!recognizes(&[b"{\"a\":123}", b"{\"a\":123 }", b"{\"a\":1 }"], b"{\"a\":123 4}"));
    }

    /// Whatever follows a document in its block, it ends where it ends alone, if it has no line end.
    #[test]
    fn the_bytes_after_a_line_change_nothing() {
        let known: [&[u8]; 2] = [b"{\"a\":\"x\",\"n\":1 }", b"{\"a\":\"yy\",\"n\":22}"];
        let docs: [(&[u8], bool, bool); 9] = [
            (b"{\"a\":\"a \\\" b\",\"n\":7    }", true, true),
            (b"{\"a\":\"a long text of many words\",\"n\":1234567890                       \t}", true, true),
            (b"{\"a\":\"\",\"n\":0}", true, true),
            (b"{\"a\":\"a\",\"n\":0\n}", true, false),
            (b"{\"a\":\"a\",\"n\":0 \r }", true, false),
            (b"{\"a\":\"a\n\",\"n\":0}", false, false),
            (b"{\"a\":\"\\\n\",\"n\":0}", false, false),
            (b"{\"a\":\"a", false, false),
            (b"{\"a\":\"a\",\"n\":", false, false),
        ];
        for (doc, is_alike, in_line) in docs {
            assert_eq!(recognizes(&known, doc), is_alike, "{}", doc.escape_ascii());
            for after in [&b""[..], b"\n\n", b"\n\n\"}", b"\r\n\r\ndata: {\"a\":\"x\",\"n\":1 }\n\nand more bytes"] {
                let mut alike = Alike::default();
                known.iter().for_each(|doc| alike.learn(Some(&keys()), doc));
                let end = alike.end_in_line(Some(&keys()), &[doc, after].concat());
                assert_eq!(end, in_line.then_some(doc.len()), "{}", doc.escape_ascii());
            }
        }
        let mut alike = Alike::default();
        alike.learn(Some(&keys()), b"{\n}");
        assert_eq!(
            (alike.end_in(Some(&keys()), b"{\n}", 0), alike.end_in_line(Some(&keys()), b"{\n}")),
            (Some(3), None)
        );
    }
}
