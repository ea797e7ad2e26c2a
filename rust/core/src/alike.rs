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

/// The keys of a search.
#[derive(Debug)]
pub struct Keys {
    keys: Vec<Box<[u8]>>,
    /// A key whose value must stay the same.
    fixed: Quoted,
    /// The last bytes of the keys.
    ends: [bool; 256],
}

impl Keys {
    /// `None` if a key has bytes that may be elsewhere than in a string.
    pub fn new(fixed: &[u8], others: Vec<Box<[u8]>>) -> Option<Keys> {
        let is_word =
            |key: &[u8]| !key.is_empty() && key.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let keys: Vec<Box<[u8]>> = std::iter::once(fixed.into()).chain(others).collect();
        let mut ends = [false; 256];
        for last in keys.iter().filter_map(|key| key.last()) {
            ends.get_mut(usize::from(*last)).into_iter().for_each(|end| *end = true);
        }
        keys.iter().all(|key| is_word(key)).then(|| Keys { fixed: Quoted::new(fixed), keys, ends })
    }

    /// Whether a string has a key in quotes, together with its own quotes. No key ends in a quote or a backslash.
    #[inline]
    fn are_in(&self, string: &[u8]) -> bool {
        let may_be = string.last().and_then(|last| self.ends.get(usize::from(*last)));
        may_be == Some(&true) && self.search(string)
    }

    #[cold]
    fn search(&self, string: &[u8]) -> bool {
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The content of a string.
    Str,
    /// At least one digit.
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
}

impl Alike {
    /// Where the document ends that begins at `at` in `bytes`; `None` if it differs where it may not.
    #[inline]
    pub fn end_in(&mut self, keys: Option<&Keys>, bytes: &[u8], at: usize) -> Option<usize> {
        if self.doc.is_empty() {
            return None;
        }
        let end = self.compare(keys, bytes, at).ok()?;
        self.misses = self.misses.saturating_sub(1);
        Some(end)
    }

    pub fn forget(&mut self) {
        self.doc.clear();
        self.places.clear();
    }

    /// Learns from a document that is not recognized: where documents differ, or that they are others.
    #[cold]
    pub fn learn(&mut self, keys: Option<&Keys>, doc: &[u8]) {
        self.misses = self.misses.saturating_add(1);
        if doc.len() > MAX_DOC || self.misses > MAX_MISSES && !self.misses.is_power_of_two() {
            return;
        }
        if !self.grow(keys, doc) {
            self.forget();
            self.doc.extend_from_slice(doc);
        }
    }

    /// Adds the places in which a document differs. Returns false if it differs elsewhere.
    fn grow(&mut self, keys: Option<&Keys>, doc: &[u8]) -> bool {
        while !self.doc.is_empty() && self.places.len() < MAX_PLACES {
            let mismatch = match self.compare(keys, doc, 0) {
                Ok(end) => return end == doc.len(),
                Err(mismatch) => mismatch,
            };
            let place = mismatch.and_then(|mismatch| Some((mismatch.next, self.place_of(keys, doc, &mismatch)?)));
            let Some((number, place)) = place else { return false };
            self.places.insert(number, place);
        }
        false
    }

    /// Compares the document that begins at `at`, and returns where it ends. The error is `None` if it differs in a known
    /// place in another way than others do.
    #[inline]
    fn compare(&self, keys: Option<&Keys>, bytes: &[u8], mut at: usize) -> Result<usize, Option<Mismatch>> {
        let mut known = 0;
        for (next, place) in self.places.iter().enumerate() {
            let (rest, same) = (part(bytes, at), self.doc.get(known..place.at.start).unwrap_or_default());
            if !rest.starts_with(same) {
                return Err(self.mismatch(rest, Mismatch { known, at, next }));
            }
            known = place.at.end;
            at = place.end_in(keys, bytes, at + same.len()).ok_or(None)?;
        }
        let (rest, same) = (part(bytes, at), part(&self.doc, known));
        match rest.starts_with(same) {
            true => Ok(at + same.len()),
            false => Err(self.mismatch(rest, Mismatch { known, at, next: self.places.len() })),
        }
    }

    /// `from`: from there on the bytes are compared.
    #[cold]
    fn mismatch(&self, rest: &[u8], from: Mismatch) -> Option<Mismatch> {
        let same = common_prefix(rest, part(&self.doc, from.known));
        Some(Mismatch { known: from.known + same, at: from.at + same, ..from })
    }

    /// The place that a mismatch is in; `None` if documents must not differ there.
    fn place_of(&self, keys: Option<&Keys>, doc: &[u8], mismatch: &Mismatch) -> Option<Place> {
        let (before, after) = self.doc.split_at_checked(mismatch.known)?;
        let other = doc.get(mismatch.at..)?;
        if let Some(start) = open_string(before) {
            let keys = keys?;
            let end = string_end(keys, &self.doc, start)?;
            let is_key = self.doc.get(end + 1..)?.trim_ascii_start().first() == Some(&b':');
            let is_fixed = || {
                let before = self.doc.get(..start - 1).unwrap_or_default().trim_ascii_end();
                before.strip_suffix(b":").is_some_and(|before| keys.fixed.is_end_of(before.trim_ascii_end()))
            };
            return (!is_key && !is_fixed()).then_some(Place { at: start..end, kind: Kind::Str });
        }
        let are = |is: fn(&u8) -> bool| after.first().is_some_and(is) || other.first().is_some_and(is);
        let run = |is: fn(&u8) -> bool| {
            let len = |bytes: &mut dyn Iterator<Item = &u8>| bytes.take_while(|byte| is(byte)).count();
            mismatch.known - len(&mut before.iter().rev())..mismatch.known + len(&mut after.iter())
        };
        if are(u8::is_ascii_digit) {
            let at = run(u8::is_ascii_digit);
            let is_number = self.doc.get(at.start.checked_sub(1)?).is_some_and(|byte| b":,[ -.\t\n\r".contains(byte));
            return (is_number && !at.is_empty()).then_some(Place { at, kind: Kind::Digits });
        }
        let at = run(|byte| is_space(*byte));
        let is_mark = |byte: Option<&u8>| byte.is_none_or(|byte| b"{}[]:,".contains(byte));
        let is_between = is_mark(self.doc.get(..at.start)?.last()) || is_mark(self.doc.get(at.end));
        (are(|byte| is_space(*byte)) && is_between).then_some(Place { at, kind: Kind::Space })
    }
}

impl Place {
    /// Where this place, which begins at `at`, ends in a document.
    #[inline]
    fn end_in(&self, keys: Option<&Keys>, bytes: &[u8], at: usize) -> Option<usize> {
        match (self.kind, keys) {
            (Kind::Str, Some(keys)) => string_end(keys, bytes, at),
            (Kind::Str, None) => None,
            (Kind::Space, _) => Some(at + spaces(part(bytes, at))),
            (Kind::Digits, keys) => {
                let rest = part(bytes, at);
                let len = json::digits(rest);
                let is_number = len == 1 || len > 0 && (keys.is_some() || rest.first() != Some(&b'0'));
                is_number.then_some(at + len)
            }
        }
    }
}

/// The bytes from `at` on.
#[inline]
fn part(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or_default()
}

/// Where the string ends whose content begins at `at`, if it is closed and has no key.
#[inline]
fn string_end(keys: &Keys, bytes: &[u8], at: usize) -> Option<usize> {
    let (string, after) = part(bytes, at).split_at_checked(json::ordinary(part(bytes, at)))?;
    match after.first() {
        Some(b'"') if !keys.are_in(string) => Some(at + string.len()),
        Some(b'"') => None,
        _ => escaped_string_end(keys, bytes, at),
    }
}

#[inline(never)]
fn escaped_string_end(keys: &Keys, bytes: &[u8], at: usize) -> Option<usize> {
    let mut cursor = Cursor::at(bytes, at - 1, 0);
    cursor.skip_string().ok()?;
    let end = cursor.position() - 1;
    let string = bytes.get(at..end)?;
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
