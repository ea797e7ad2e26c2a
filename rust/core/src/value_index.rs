//! The places of the values in a small document, so that one value can be read and the others need not be decoded.
//!
//! One pass notes them. What is nested deeply, or comes after many values, and arrays of anything but objects, are each one
//! value: only their brackets and quotes are looked at. All else is checked.
//!
//! A document that is malformed, or in which a key has an escape or an integer may not fit, is refused; it must be decoded as a
//! whole. So is one with `NaN` or `Infinity`.

use crate::json::{digits, ordinary};
use crate::skip;
use std::ops::Range;

/// Deltas have their text in the fifth level.
const MAX_DEPTH: usize = 5;
/// Objects and arrays after this many values are not indexed.
const MAX_VALUES: usize = 256;
/// Longer documents are not indexed.
pub const MAX_BYTES: usize = 16 * 1024;
/// Integers with this many digits may not fit into 64 bits.
const LONG_INTEGER: usize = 19;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Object,
    /// An array of objects, or an empty one.
    Array,
    /// An object or array that is not indexed.
    Opaque,
    Text,
    /// A string with escapes.
    EscapedText,
    Null,
    True,
    False,
    Int,
    Float,
}

/// A value in the document.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub kind: Kind,
    key: u32,
    key_len: u32,
    start: u32,
    end: u32,
    /// The number of the first entry after it that is not inside it.
    next: u32,
}

impl Entry {
    /// The bytes of the value; of a string those between its quotes.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether it is an object or array.
    pub fn is_nested(&self) -> bool {
        matches!(self.kind, Kind::Object | Kind::Array | Kind::Opaque)
    }

    fn has_key(&self, doc: &[u8], key: &[u8]) -> bool {
        let start = self.key as usize;
        self.key_len as usize == key.len() && doc.get(start..start + key.len()).is_some_and(|at| at == key)
    }
}

/// Values in the order of the document, with the root first. A value is followed by what is inside it.
#[derive(Debug, Default)]
pub struct ValueIndex {
    entries: Vec<Entry>,
}

impl ValueIndex {
    pub const fn new() -> Self {
        ValueIndex { entries: Vec::new() }
    }

    /// Indexes a document. Returns false if it is not an object, or is refused.
    pub fn build(&mut self, doc: &[u8]) -> bool {
        self.entries.clear();
        if doc.len() > MAX_BYTES {
            return false;
        }
        let mut walk = Walk { doc, at: 0, entries: &mut self.entries };
        walk.document().is_some()
    }

    /// Indexes a document that may differ from the indexed one, `known`, in one string only, as most events of a stream do.
    pub fn build_like(&mut self, known: &[u8], doc: &[u8]) -> bool {
        (doc.len() <= MAX_BYTES && self.adapt(known, doc).is_some()) || self.build(doc)
    }

    /// Moves the entries after the only difference. None, and nothing is changed, if the difference is not inside a string.
    fn adapt(&mut self, known: &[u8], doc: &[u8]) -> Option<()> {
        let same = common_start(known, doc);
        let is_in =
            |entry: &Entry| entry.kind == Kind::Text && entry.start as usize <= same && same <= entry.end as usize;
        let changed = self.entries.iter().position(is_in)?;
        let text = self.entries.get(changed)?.range();
        let rest = known.get(text.end..)?;
        let new = doc.get(text.start..doc.len().checked_sub(rest.len())?)?;
        if !doc.ends_with(rest) || ordinary(new) != new.len() {
            return None;
        }
        let longer = (doc.len() as u32).wrapping_sub(known.len() as u32);
        if longer != 0 {
            let (around, later) = self.entries.split_at_mut_checked(changed + 1)?;
            for entry in around.iter_mut().filter(|entry| entry.next as usize > changed) {
                entry.end = entry.end.wrapping_add(longer);
            }
            for entry in later {
                entry.key = entry.key.wrapping_add(longer);
                entry.start = entry.start.wrapping_add(longer);
                entry.end = entry.end.wrapping_add(longer);
            }
        }
        Some(())
    }

    pub fn entry(&self, at: u32) -> Option<Entry> {
        self.entries.get(at as usize).copied()
    }

    /// The element after the element `after` of the entry `array`; the first one after `array` itself.
    pub fn element(&self, array: u32, after: u32) -> Option<u32> {
        let end = self.entry(array)?.next;
        let at = if after == array { array + 1 } else { self.entry(after)?.next };
        (at < end).then_some(at)
    }

    /// The member `key` of the entry `at`. Of duplicate keys the last one counts.
    pub fn member(&self, doc: &[u8], at: u32, key: &[u8]) -> Option<u32> {
        let end = self.entry(at)?.next;
        let (mut at, mut found) = (at + 1, None);
        while at < end {
            let entry = self.entries.get(at as usize)?;
            if entry.has_key(doc, key) {
                found = Some(at);
            }
            at = entry.next;
        }
        found
    }
}

/// Whether some JSON may have an integer that does not fit into 64 bits.
pub fn may_have_long_integer(json: &[u8]) -> bool {
    let is_digit = |at: usize| json.get(at).is_some_and(u8::is_ascii_digit);
    (LONG_INTEGER - 1..json.len()).step_by(LONG_INTEGER).filter(|at| is_digit(*at)).any(|at| {
        let before = (0..at).rev().take_while(|at| is_digit(*at)).count();
        before + digits(json.get(at..).unwrap_or_default()) >= LONG_INTEGER
    })
}

/// The number of bytes that are the same at the start of both.
fn common_start(a: &[u8], b: &[u8]) -> usize {
    let (a_chunks, b_chunks) = (a.as_chunks::<16>().0, b.as_chunks::<16>().0);
    let chunks = a_chunks.iter().zip(b_chunks).take_while(|(a, b)| a == b).count() * 16;
    chunks + a.iter().zip(b).skip(chunks).take_while(|(a, b)| a == b).count()
}

/// A walk over a document. None is a reason to refuse it.
struct Walk<'a> {
    doc: &'a [u8],
    at: usize,
    entries: &'a mut Vec<Entry>,
}

impl Walk<'_> {
    fn document(&mut self) -> Option<()> {
        if self.token() != b'{' {
            return None;
        }
        self.nested(0..0, 0)?;
        self.token();
        (self.at == self.doc.len()).then_some(())
    }

    /// The byte at the cursor; 0, which JSON has nowhere, at the end.
    #[inline(always)]
    fn peek(&self) -> u8 {
        self.doc.get(self.at).copied().unwrap_or(0)
    }

    /// The next byte that is not white space.
    #[inline(always)]
    fn token(&mut self) -> u8 {
        let byte = self.peek();
        if byte > b' ' {
            return byte;
        }
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.peek()
    }

    #[inline(always)]
    fn note(&mut self, key: Range<usize>, place: Range<usize>, kind: Kind) {
        let next = self.entries.len() as u32 + 1;
        let (key_len, key) = (key.len() as u32, key.start as u32);
        self.entries.push(Entry { kind, key, key_len, start: place.start as u32, end: place.end as u32, next });
    }

    /// An object or array. `depth`: the number of those around it.
    fn nested(&mut self, key: Range<usize>, depth: usize) -> Option<()> {
        let (start, number) = (self.at, self.entries.len());
        self.note(key, start..start, Kind::Opaque);
        let kind = match self.peek() {
            _ if depth >= MAX_DEPTH || number >= MAX_VALUES => self.skip()?,
            b'{' => self.object(depth)?,
            _ => self.array(depth)?,
        };
        let next = self.entries.len() as u32;
        let entry = self.entries.get_mut(number)?;
        (entry.kind, entry.end, entry.next) = (kind, self.at as u32, next);
        Some(())
    }

    fn skip(&mut self) -> Option<Kind> {
        self.at = skip::end_of(self.doc, self.at)?;
        Some(Kind::Opaque)
    }

    fn object(&mut self, depth: usize) -> Option<Kind> {
        self.at += 1;
        if self.token() == b'}' {
            self.at += 1;
            return Some(Kind::Object);
        }
        loop {
            if self.token() != b'"' {
                return None;
            }
            let key = self.at + 1;
            if self.string()? != Kind::Text {
                return None;
            }
            let key = key..self.at - 1;
            if self.token() != b':' {
                return None;
            }
            self.at += 1;
            self.member(key, depth)?;
            let token = self.token();
            self.at += 1;
            match token {
                b',' => {}
                b'}' => return Some(Kind::Object),
                _ => return None,
            }
        }
    }

    /// The value of a member of an object.
    #[inline(always)]
    fn member(&mut self, key: Range<usize>, depth: usize) -> Option<()> {
        let token = self.token();
        let start = self.at;
        match token {
            b'"' => {
                let kind = self.string()?;
                self.note(key, start + 1..self.at - 1, kind);
            }
            b'{' | b'[' => self.nested(key, depth + 1)?,
            _ => {
                let kind = self.literal_or_number(token)?;
                self.note(key, start..self.at, kind);
            }
        }
        Some(())
    }

    fn array(&mut self, depth: usize) -> Option<Kind> {
        let (start, first) = (self.at, self.entries.len());
        self.at += 1;
        let mut token = self.token();
        if token == b']' {
            self.at += 1;
            return Some(Kind::Array);
        }
        while token == b'{' {
            self.nested(0..0, depth + 1)?;
            token = self.token();
            self.at += 1;
            match token {
                b',' => token = self.token(),
                b']' => return Some(Kind::Array),
                _ => return None,
            }
        }
        self.entries.truncate(first);
        self.at = start;
        self.skip()
    }

    /// A string. The cursor is at its opening quote.
    #[inline(always)]
    fn string(&mut self) -> Option<Kind> {
        self.at += 1;
        self.at += ordinary(self.doc.get(self.at..)?);
        if self.peek() == b'"' {
            self.at += 1;
            return Some(Kind::Text);
        }
        self.escaped()
    }

    /// The rest of a string from its first escape on.
    #[cold]
    fn escaped(&mut self) -> Option<Kind> {
        while self.peek() == b'\\' {
            let hex = match self.doc.get(self.at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 0,
                b'u' => 4,
                _ => return None,
            };
            self.at += 2;
            if !self.doc.get(self.at..self.at + hex)?.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            self.at += hex;
            self.at += ordinary(self.doc.get(self.at..)?);
        }
        let ended = self.peek() == b'"'; // not a control character, nor the end
        self.at += 1;
        ended.then_some(Kind::EscapedText)
    }

    #[inline]
    fn literal_or_number(&mut self, token: u8) -> Option<Kind> {
        match token {
            b'n' => self.literal(b"null", Kind::Null),
            b't' => self.literal(b"true", Kind::True),
            b'f' => self.literal(b"false", Kind::False),
            _ => self.number(),
        }
    }

    #[inline]
    fn literal(&mut self, word: &[u8], kind: Kind) -> Option<Kind> {
        let there = self.doc.get(self.at..)?.starts_with(word);
        self.at += word.len();
        there.then_some(kind)
    }

    fn number(&mut self) -> Option<Kind> {
        self.at += usize::from(self.peek() == b'-');
        let zero = self.peek() == b'0';
        let whole = self.digits()?;
        if zero && whole > 1 {
            return None;
        }
        let mut kind = Kind::Int;
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
            kind = Kind::Float;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            self.digits()?;
            kind = Kind::Float;
        }
        (kind == Kind::Float || whole < LONG_INTEGER).then_some(kind)
    }

    fn digits(&mut self) -> Option<usize> {
        let count = digits(self.doc.get(self.at..)?);
        self.at += count;
        Some(count).filter(|count| *count > 0)
    }
}
