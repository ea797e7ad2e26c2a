//! The places of the values in a small document, so that one value can be read and the others need not be decoded.
//!
//! One pass notes them. What is nested deeply, or comes after many values, and arrays of anything but objects, are each one
//! value: only their brackets and quotes are looked at. All else is checked.
//!
//! A document that is malformed, or in which a key has an escape or an integer may not fit, is refused; it must be decoded as a
//! whole. So is one with `NaN` or `Infinity`.

use crate::json::{self, digits, ordinary, Cursor, Value};
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
    /// An array of objects that are indexed, or an empty one.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Default, Clone)]
pub struct ValueIndex {
    entries: Vec<Entry>,
}

impl ValueIndex {
    pub const fn new() -> Self {
        ValueIndex { entries: Vec::new() }
    }

    /// Indexes a document. Returns false if it is neither an object nor an array, or is refused.
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
        if !matches!(self.token(), b'{' | b'[') {
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
        self.at = skip::end_of(self.doc, self.at, json::MAX_DEPTH).ok()?;
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
                let kind = self.scalar()?;
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
        while token == b'{' && depth + 1 < MAX_DEPTH && self.entries.len() < MAX_VALUES {
            self.nested(self.at..self.at, depth + 1)?;
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
        self.string_with_escapes()
    }

    /// The rest of a string from its first escape on.
    #[cold]
    fn string_with_escapes(&mut self) -> Option<Kind> {
        let mut cursor = Cursor::at(self.doc, self.at, 0);
        cursor.string().ok()?;
        self.at = cursor.position();
        Some(Kind::EscapedText)
    }

    /// A literal or a number.
    fn scalar(&mut self) -> Option<Kind> {
        let start = self.at;
        let mut cursor = Cursor::at(self.doc, start, 0);
        let value = cursor.value().ok()?;
        self.at = cursor.position();
        match value {
            Value::Null => Some(Kind::Null),
            Value::True => Some(Kind::True),
            Value::False => Some(Kind::False),
            Value::Int(_) => Some(Kind::Int),
            _ => {
                let digits = self.doc.get(start..self.at)?;
                digits.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')).then_some(Kind::Float)
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::json;

    struct Random(u64);

    impl Random {
        fn below(&mut self, n: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 as usize % n
        }

        fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
            of[self.below(of.len())]
        }

        fn space(&mut self) -> &'static str {
            self.one(&["", "", "", "", " ", "\n\t", "  \r"])
        }

        fn value(&mut self, depth: usize) -> String {
            match self.below(if depth == 0 { 6 } else { 10 }) {
                0 | 1 => self.string(),
                2 | 3 => self.one(&["0", "-0", "12", "-7", "1.5e3", "0.25", "1E-2", "123456789012345678"]).into(),
                4 => self.one(&["null", "true", "false"]).into(),
                5 => self.one(&["[]", "{}", "[ ]", "{ }", "[1, \"]\"]", "[{}, 1]"]).into(),
                6 | 7 => self.object(depth - 1),
                _ => {
                    let items: Vec<_> = (0..self.below(3)).map(|_| self.object(depth - 1)).collect();
                    format!("[{}{}{}]", self.space(), items.join(","), self.space())
                }
            }
        }

        fn string(&mut self) -> String {
            let parts =
                ["a", "text ", "\u{e9}", "\u{1f600}", "[", "}", ":", ",", "0123456789abcdef", "\\n", "\\\"", "\\ud83d"];
            let count = self.below(4);
            format!("\"{}\"", (0..count).map(|_| self.one(&parts)).collect::<String>())
        }

        fn object(&mut self, depth: usize) -> String {
            let mut members = Vec::new();
            for _ in 0..self.below(5) {
                let key = self.one(&["a", "b", "c", "de", "a"]);
                members.push(format!(
                    "{}\"{key}\"{}:{}{}",
                    self.space(),
                    self.space(),
                    self.space(),
                    self.value(depth)
                ));
            }
            format!("{{{}{}}}", members.join(&format!("{},", self.space())), self.space())
        }

        fn damage(&mut self, doc: &[u8]) -> Vec<u8> {
            let mut doc = doc.to_vec();
            let at = self.below(doc.len() + 1);
            match self.below(4) {
                0 => doc.truncate(at),
                1 => doc.insert(at, b"\"\\{}[]:,0x \n\xff"[self.below(13)]),
                2 if at < doc.len() => drop(doc.remove(at)),
                _ if at < doc.len() => doc[at] = b"\"\\{}[]:,0x \n\xff"[self.below(13)],
                _ => {}
            }
            doc
        }
    }

    fn index(doc: &[u8]) -> Option<ValueIndex> {
        let mut index = ValueIndex::new();
        index.build(doc).then_some(index)
    }

    /// Compares each object with what the walk of `json` finds.
    fn compare(index: &ValueIndex, doc: &[u8], at: u32) {
        let object = index.entry(at).unwrap();
        assert_eq!(object.kind, Kind::Object);
        let part = &doc[object.range()];
        for key in ["a", "b", "c", "de", "none"] {
            let path: json::Key = key.as_bytes().into();
            let [found, ..] = json::find(part, &[&[path]]).unwrap();
            let member = index.member(doc, at, key.as_bytes());
            assert_eq!(found.is_some(), member.is_some(), "{key} in {}", part.escape_ascii());
            let (Some(found), Some(member)) = (found, member) else { continue };
            let entry = index.entry(member).unwrap();
            let json = &doc[entry.range()];
            match found {
                json::Value::Str { start, end, plain } => {
                    assert_eq!(json, &part[start..end]);
                    assert_eq!(entry.kind, if plain { Kind::Text } else { Kind::EscapedText });
                }
                json::Value::Other { start, end } => assert_eq!(json, &part[start..end]),
                _ => assert!(!entry.is_nested() && json.len() < 20, "{entry:?}"),
            }
            if entry.kind == Kind::Object {
                compare(index, doc, member);
            }
            let mut element = if entry.kind == Kind::Array { index.element(member, member) } else { None };
            while let Some(at) = element {
                compare(index, doc, at);
                element = index.element(member, at);
            }
        }
    }

    #[test]
    fn as_the_walk() {
        let mut indexed = 0;
        for seed in 1..20_000 {
            let mut random = Random(seed * 7919);
            let doc = random.object(6).into_bytes();
            let Some(found) = index(&doc) else { unreachable!("seed {seed}: {}", doc.escape_ascii()) };
            compare(&found, &doc, 0);
            indexed += found.entries.len();
            let damaged = random.damage(&doc);
            if let Some(found) = index(&damaged) {
                if !found.entries.iter().any(|entry| entry.kind == Kind::Opaque) {
                    assert!(json::check(&damaged).is_ok(), "seed {seed}: {}", damaged.escape_ascii());
                }
            }
        }
        assert!(indexed > 100_000, "{indexed} values");
    }

    #[test]
    fn a_similar_document_is_indexed_as_any_other() {
        let mut adapted = 0;
        for seed in 1..100_000 {
            let mut random = Random(seed * 104_729);
            let known = random.object(3).into_bytes();
            let doc = match random.below(3) {
                0 => random.damage(&known),
                1 => String::from_utf8(known.clone())
                    .unwrap()
                    .replacen("text ", random.one(&["", "longer text"]), 1)
                    .into(),
                _ => String::from_utf8(known.clone()).unwrap().replace("\"a\"", random.one(&["\"\"", "\"bc\""])).into(),
            };
            let mut like = index(&known).unwrap();
            let fresh = index(&doc);
            adapted += usize::from(like.clone().adapt(&known, &doc).is_some() && doc != known);
            assert_eq!(like.build_like(&known, &doc), fresh.is_some(), "seed {seed}: {}", doc.escape_ascii());
            if let Some(fresh) = fresh {
                assert_eq!(like.entries, fresh.entries, "seed {seed}: {}", doc.escape_ascii());
            }
        }
        assert!(adapted > 2_000, "{adapted} of the documents differed in a string");
    }

    #[test]
    fn refused() {
        let long = format!(r#"{{"a": "{}"}}"#, "x".repeat(MAX_BYTES));
        let docs = [
            "",
            "[",
            "[] x",
            "1",
            "{",
            r#"{"a":1,}"#,
            r#"{"a" 1}"#,
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":-}"#,
            r#"{"a":1e}"#,
            r#"{"a":NaN}"#,
            r#"{"a":Infinity}"#,
            r#"{"a":nul}"#,
            r#"{"a":1} x"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\u12"}"#,
            r#"{"\u0061":1}"#,
            r#"{"a":12345678901234567890}"#,
            r#"{"a":-9223372036854775808}"#,
            "{\"a\":\"\n\"}",
            r#"{"a":[{}"#,
            r#"{"a":[{}{}]}"#,
            r#"{,}"#,
            &long,
        ];
        for doc in docs {
            assert!(index(doc.as_bytes()).is_none(), "{doc}");
        }
        for doc in
            [r#"{"a":9223372036854775807}"#, r#"{"a":-1.2345678901234567890}"#, " { } ", " [ ] ", "[{}, {}]", "[1]"]
        {
            assert!(index(doc.as_bytes()).is_some(), "{doc}");
        }
    }

    #[test]
    fn deep_and_many_values_are_opaque() {
        let deep = br#"{"a":{"b":{"c":{"d":{"e":{"f":tru}}}}}}"#;
        let index = index(deep).unwrap();
        let last = index.entries.last().unwrap();
        assert_eq!((last.kind, &deep[last.range()]), (Kind::Opaque, &br#"{"f":tru}"#[..]));
        let many = format!(r#"{{"a":[{}{{}}]}}"#, r#"{"b":{}},"#.repeat(300));
        let index = super::tests::index(many.as_bytes()).unwrap();
        assert!(index.entries.len() == 2 && index.entries.last().unwrap().kind == Kind::Opaque);
    }

    #[test]
    fn long_integers_are_found_anywhere() {
        for before in 0..60 {
            for digits in 15..45 {
                let json = format!("{}-{}{}", "x".repeat(before), "7".repeat(digits), " ".repeat(before % 5));
                assert_eq!(may_have_long_integer(json.as_bytes()), digits >= LONG_INTEGER, "{json}");
            }
        }
    }
}
