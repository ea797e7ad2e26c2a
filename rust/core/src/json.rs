//! A small JSON reader. It walks a document once and remembers the places of the values at a few given paths. It builds no
//! values.
//!
//! There are two levels of checking. A walk ([`find`], [`Cursor`]) checks the objects and arrays on its paths, and the values
//! at their ends. Every other value is skipped ([`Cursor::skip`]): its brackets must balance and its strings must be closed.
//! Event text, readers and the summary walk, so that they agree on damaged documents. [`check`] checks everything, for
//! payloads that end, complete or fail an answer.
//!
//! The reader accepts the JSON that Python's `json` module accepts: RFC 8259, and `NaN`, `Infinity`, `-Infinity`, and lone surrogates
//! in `\u` escapes. Of duplicate keys the last one counts. The depth is bounded, so that the walk cannot exhaust the stack.
//! Invalid UTF-8 does not matter here: every byte with a meaning is ASCII, and a string is decoded, with U+FFFD, when it is
//! read.

use crate::skip::{self, Open};
use crate::template::Skipped;
use crate::text::Text;
use wide::u8x16;

/// Deeper documents are refused, as orjson does.
pub const MAX_DEPTH: usize = 1024;

/// Where and why a document is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    pub at: usize,
    pub why: &'static str,
}

/// The value at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// The bytes between the quotes; `plain` if there is no escape among them.
    Str {
        start: usize,
        end: usize,
        plain: bool,
    },
    Int(i64),
    Null,
    True,
    False,
    /// Another number, an object or an array, with its bytes.
    Other {
        start: usize,
        end: usize,
    },
}

impl Value {
    /// The value's own bytes.
    pub fn json<'a>(&self, doc: &'a [u8]) -> std::borrow::Cow<'a, [u8]> {
        match *self {
            Value::Str { start, end, .. } => doc.get(start.wrapping_sub(1)..end + 1).unwrap_or_default().into(),
            Value::Other { start, end } => doc.get(start..end).unwrap_or_default().into(),
            Value::Int(int) => int.to_string().into_bytes().into(),
            Value::Null => b"null"[..].into(),
            Value::True => b"true"[..].into(),
            Value::False => b"false"[..].into(),
        }
    }

    /// The truth value that Python has for the decoded value.
    pub fn is_truthy(&self, doc: &[u8]) -> bool {
        match *self {
            Value::Null | Value::False | Value::Int(0) => false,
            Value::Str { start, end, .. } => start != end,
            Value::Other { start, end } => truthy(doc.get(start..end).unwrap_or_default()),
            Value::Int(_) | Value::True => true,
        }
    }
}

fn truthy(value: &[u8]) -> bool {
    match value.first() {
        Some(b'{' | b'[') => value.iter().skip(1).any(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'}' | b']')),
        // A number is zero if it has only zeros before its exponent.
        Some(b'-' | b'0') => {
            let digits = value.iter().take_while(|b| !matches!(b, b'e' | b'E'));
            digits.into_iter().any(|b| matches!(b, b'1'..=b'9' | b'I'))
        }
        _ => true,
    }
}

/// A key of a path, as it is in a document without escapes.
pub type Key = Box<[u8]>;

/// How many paths one walk can follow.
pub const MAX_PATHS: usize = 6;
pub type Found = [Option<Value>; MAX_PATHS];

/// Walks all of `doc` and returns the values at `paths`. Each path is a list of keys, from the outside in.
pub fn find(doc: &[u8], paths: &[&[Key]]) -> Result<Found, Malformed> {
    let mut cursor = Cursor::new(doc);
    let mut found = Found::default();
    cursor.follow(paths, &mut found)?;
    cursor.finish()?;
    Ok(found)
}

/// Checks that all of `doc` is JSON.
pub fn check(doc: &[u8]) -> Result<(), Malformed> {
    let mut cursor = Cursor::new(doc);
    cursor.everything()?;
    cursor.finish()
}

#[derive(Debug)]
pub struct Cursor<'a> {
    doc: &'a [u8],
    at: usize,
    depth: usize,
    /// The values of keys that were skipped so far, if they are collected.
    skipped: Option<Vec<Skipped>>,
}

impl<'a> Cursor<'a> {
    pub fn new(doc: &'a [u8]) -> Self {
        Cursor::at(doc, 0, 0)
    }

    /// A cursor inside a document. `depth`: the number of objects and arrays around it.
    pub fn at(doc: &'a [u8], at: usize, depth: usize) -> Self {
        Cursor { doc, at, depth, skipped: None }
    }

    /// Collects the values of keys that no path leads to, in `found`.
    pub fn collect_skipped(&mut self, mut found: Vec<Skipped>) {
        found.clear();
        self.skipped = Some(found);
    }

    /// The values that were collected.
    pub fn skipped(self) -> Vec<Skipped> {
        self.skipped.unwrap_or_default()
    }

    pub fn doc(&self) -> &'a [u8] {
        self.doc
    }

    pub fn position(&self) -> usize {
        self.at
    }

    fn fail<T>(&self, why: &'static str) -> Result<T, Malformed> {
        Err(Malformed { at: self.at, why })
    }

    fn peek(&self) -> Option<u8> {
        self.doc.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Checks that only white space is left.
    pub fn finish(&mut self) -> Result<(), Malformed> {
        self.space();
        match self.at == self.doc.len() {
            true => Ok(()),
            false => self.fail("trailing characters"),
        }
    }

    /// Walks the value at the cursor. Members of objects on the paths go to `found`.
    pub fn follow(&mut self, paths: &[&[Key]], found: &mut Found) -> Result<(), Malformed> {
        let all = paths.iter().enumerate().fold(0, |bits, (i, path)| bits | (u32::from(!path.is_empty()) << i));
        self.follow_at(paths, 0, all, found)
    }

    /// Like [`Cursor::follow`]. Returns the value that was walked.
    pub fn value_and_follow(&mut self, paths: &[&[Key]], found: &mut Found) -> Result<Value, Malformed> {
        if self.kind() != Some(b'{') || paths.iter().all(|path| path.is_empty()) {
            return self.value();
        }
        let (start, mark) = (self.at, self.skipped.as_ref().map_or(0, Vec::len));
        self.follow(paths, found)?;
        self.keep_skipped(mark);
        Ok(Value::Other { start, end: self.at })
    }

    /// Drops the skipped values after the first `count`: they are inside a value that is looked for.
    fn keep_skipped(&mut self, count: usize) {
        self.skipped.iter_mut().for_each(|skipped| skipped.truncate(count));
    }

    /// A cursor at the same place, to read ahead.
    pub fn ahead(&self) -> Cursor<'a> {
        Cursor::at(self.doc, self.at, self.depth)
    }

    /// `active`: the paths, as bits, whose first `depth` keys led here.
    fn follow_at(&mut self, paths: &[&[Key]], depth: usize, active: u32, found: &mut Found) -> Result<(), Malformed> {
        if self.kind() != Some(b'{') {
            return self.value().map(drop);
        }
        self.members(|cursor, key| {
            let mut onward = 0;
            for (i, path) in paths.iter().enumerate() {
                if active & (1 << i) == 0 || !path.get(depth).is_some_and(|want| key.is(cursor.doc, want)) {
                    continue;
                }
                onward |= 1 << i;
                if let Some(slot) = found.get_mut(i) {
                    *slot = None; // of duplicate keys the last one counts
                }
            }
            if onward == 0 {
                return cursor.skip_member(key);
            }
            let ends = |i: usize| onward & (1 << i) != 0 && paths.get(i).is_some_and(|path| path.len() == depth + 1);
            let ending = (0..paths.len()).fold(0, |bits, i| bits | (u32::from(ends(i)) << i));
            // One path may end where another one continues.
            let value = match (cursor.kind(), onward & !ending) {
                (Some(b'{'), further @ 1..) => {
                    let (start, mark) = (cursor.at, cursor.skipped.as_ref().map_or(0, Vec::len));
                    cursor.follow_at(paths, depth + 1, further, found)?;
                    if ending != 0 {
                        cursor.keep_skipped(mark);
                    }
                    Value::Other { start, end: cursor.at }
                }
                _ => cursor.value()?,
            };
            for (_, slot) in found.iter_mut().enumerate().filter(|(i, _)| ending & (1 << i) != 0) {
                *slot = Some(value);
            }
            Ok(())
        })
    }

    /// Walks an object. `each` is called before the value of each member and must walk it.
    pub fn members<F>(&mut self, mut each: F) -> Result<(), Malformed>
    where
        F: FnMut(&mut Cursor<'a>, KeyAt) -> Result<(), Malformed>,
    {
        self.open(b'{')?;
        if self.eat(b'}') {
            return self.close();
        }
        loop {
            self.space();
            if !self.eat(b'"') {
                return self.fail("expected a key");
            }
            let key = self.string()?;
            self.colon()?;
            each(self, KeyAt(key))?;
            self.space();
            if self.eat(b'}') {
                return self.close();
            }
            if !self.eat(b',') {
                return self.fail("expected a comma or }");
            }
        }
    }

    /// Walks an array. `each` must walk the element.
    pub fn elements<F>(&mut self, mut each: F) -> Result<(), Malformed>
    where
        F: FnMut(&mut Cursor<'a>) -> Result<(), Malformed>,
    {
        self.open(b'[')?;
        if self.eat(b']') {
            return self.close();
        }
        loop {
            each(self)?;
            self.space();
            if self.eat(b']') {
                return self.close();
            }
            if !self.eat(b',') {
                return self.fail("expected a comma or ]");
            }
        }
    }

    fn open(&mut self, bracket: u8) -> Result<(), Malformed> {
        self.space();
        if !self.eat(bracket) {
            return self.fail("expected an object or an array");
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail("nested too deeply");
        }
        self.space();
        Ok(())
    }

    fn close(&mut self) -> Result<(), Malformed> {
        self.depth -= 1;
        Ok(())
    }

    pub fn kind(&mut self) -> Option<u8> {
        self.space();
        self.peek()
    }

    /// Skips the value of a key that no path leads to.
    pub fn skip_member(&mut self, key: KeyAt) -> Result<(), Malformed> {
        self.space();
        let start = self.at;
        self.skip()?;
        if let Some(skipped) = &mut self.skipped {
            Skipped::note(skipped, key, start..self.at, self.depth);
        }
        Ok(())
    }

    /// Skips a value that no path leads to. Its brackets must balance and its strings must be closed; nothing else is checked.
    pub fn skip(&mut self) -> Result<(), Malformed> {
        match self.kind() {
            Some(b'{' | b'[') => self.skip_container(),
            Some(b'"') => self.skip_string(),
            _ => self.skip_word(),
        }
    }

    fn skip_container(&mut self) -> Result<(), Malformed> {
        match skip::end_of(self.doc, self.at, MAX_DEPTH - self.depth) {
            Ok(end) => {
                self.at = end;
                Ok(())
            }
            Err((at, why)) => Err(Malformed { at, why }),
        }
    }

    /// Skips a string to the next quote without a backslash before it.
    pub fn skip_string(&mut self) -> Result<(), Malformed> {
        self.at += 1;
        self.skip_string_end()
    }

    /// Skips the rest of a string whose opening quote is before the cursor.
    pub fn skip_string_end(&mut self) -> Result<(), Malformed> {
        loop {
            self.at += ordinary(self.doc.get(self.at..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => break,
                Some(byte) => self.at += 1 + usize::from(byte == b'\\'),
                None => return self.fail("unterminated string"),
            }
        }
        self.at += 1;
        Ok(())
    }

    /// Skips a number or literal to the next byte that no number or literal has.
    fn skip_word(&mut self) -> Result<(), Malformed> {
        let ends =
            |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b'"' | b'[' | b']' | b'{' | b'}');
        let rest = self.doc.get(self.at..).unwrap_or_default();
        // Most words are null, a truth value, or digits to their end.
        let count = match rest {
            [b'n', b'u', b'l', b'l', ..] | [b't', b'r', b'u', b'e', ..] => 4,
            _ => digits(rest),
        };
        let others = rest.iter().skip(count).take_while(|byte| !ends(byte)).count();
        match count + others {
            0 => self.fail("expected a value"),
            len => {
                self.at += len;
                Ok(())
            }
        }
    }

    /// Walks and checks a value and everything in it, without recursion.
    fn everything(&mut self) -> Result<(), Malformed> {
        let mut open = Open::default();
        loop {
            match self.kind() {
                Some(bracket @ (b'{' | b'[')) => {
                    self.open(bracket)?;
                    open.push(bracket == b'{');
                    if !self.eat(closing(&open)) {
                        if open.is_brace() {
                            self.name()?;
                        }
                        continue;
                    }
                    self.depth -= 1;
                    open.pop();
                }
                _ => drop(self.scalar()?),
            }
            // After a value: continue with the next one, or leave what ends here.
            loop {
                if open.depth() == 0 {
                    return Ok(());
                }
                self.space();
                if self.eat(b',') {
                    if open.is_brace() {
                        self.name()?;
                    }
                    break;
                }
                if !self.eat(closing(&open)) {
                    return self.fail(if open.is_brace() { "expected a comma or }" } else { "expected a comma or ]" });
                }
                self.depth -= 1;
                open.pop();
            }
        }
    }

    /// Walks the key and the colon of a member.
    fn name(&mut self) -> Result<(), Malformed> {
        self.space();
        if !self.eat(b'"') {
            return self.fail("expected a key");
        }
        self.string()?;
        self.colon()
    }

    fn colon(&mut self) -> Result<(), Malformed> {
        self.space();
        match self.eat(b':') {
            true => Ok(()),
            false => self.fail("expected a colon"),
        }
    }

    /// Walks a value on a path. Objects and arrays are skipped; other values are checked.
    pub fn value(&mut self) -> Result<Value, Malformed> {
        match self.kind() {
            Some(b'{' | b'[') => {
                let start = self.at;
                self.skip_container()?;
                Ok(Value::Other { start, end: self.at })
            }
            _ => self.scalar(),
        }
    }

    /// Walks a value that is neither an object nor an array.
    #[inline]
    fn scalar(&mut self) -> Result<Value, Malformed> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string()
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.literal(b"null", Value::Null),
            Some(b't') => self.literal(b"true", Value::True),
            Some(b'f') => self.literal(b"false", Value::False),
            Some(b'N') => self.literal(b"NaN", Value::Other { start, end: start + 3 }),
            Some(b'I') => self.literal(b"Infinity", Value::Other { start, end: start + 8 }),
            _ => self.fail("expected a value"),
        }
    }

    fn literal(&mut self, word: &[u8], value: Value) -> Result<Value, Malformed> {
        if !self.doc.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return self.fail("expected a value");
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Malformed> {
        let start = self.at;
        let negative = self.eat(b'-');
        if negative && self.peek() == Some(b'I') {
            return self.literal(b"Infinity", Value::Other { start, end: start + 9 });
        }
        let leading_zero = self.peek() == Some(b'0');
        let digits = self.digits()?;
        if leading_zero && digits > 1 {
            return self.fail("a number with a leading zero");
        }
        let whole = self.at;
        if self.eat(b'.') {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if !self.eat(b'-') {
                self.eat(b'+');
            }
            self.digits()?;
        }
        let int = match self.at == whole {
            true => int(self.doc.get(whole - digits..whole).unwrap_or_default()),
            false => None,
        };
        Ok(match int {
            Some(int) => Value::Int(if negative { -int } else { int }),
            None => Value::Other { start, end: self.at },
        })
    }

    /// Walks at least one digit, and returns the number of digits.
    fn digits(&mut self) -> Result<usize, Malformed> {
        let rest = self.doc.get(self.at..).unwrap_or_default();
        let count = digits(rest);
        self.at += count;
        match count {
            0 => self.fail("expected a digit"),
            _ => Ok(count),
        }
    }

    /// Walks a string. The cursor is after its opening quote.
    pub fn string(&mut self) -> Result<Value, Malformed> {
        let start = self.at;
        let mut plain = true;
        loop {
            self.at += ordinary(self.doc.get(self.at..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    plain = false;
                    self.escape()?;
                }
                Some(_) => return self.fail("control character in a string"),
                None => return self.fail("unterminated string"),
            }
        }
        let end = self.at;
        self.at += 1;
        Ok(Value::Str { start, end, plain })
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        let digits = match self.doc.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 0,
            Some(b'u') => 4,
            _ => return self.fail("invalid escape"),
        };
        let hex = self.doc.get(self.at + 2..self.at + 2 + digits);
        if !hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) {
            return self.fail("invalid escape");
        }
        self.at += 2 + digits;
        Ok(())
    }
}

/// The bracket that closes the innermost open one.
fn closing(open: &Open) -> u8 {
    match open.is_brace() {
        true => b'}',
        false => b']',
    }
}

/// The value of digits, if it fits.
fn int(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0i64, |value, digit| value.checked_mul(10)?.checked_add(i64::from(digit - b'0')))
}

/// The number of bytes before the next quote, backslash or control character.
#[inline]
pub fn ordinary(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((part, after)) = rest.split_first_chunk() {
        let special = special_in(part);
        if special != 0 {
            return bytes.len() - rest.len() + special.trailing_zeros() as usize;
        }
        rest = after;
    }
    let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
    bytes.len() - rest.len() + rest.iter().position(special).unwrap_or(rest.len())
}

/// The places of quotes, backslashes and control characters; bit n is byte n.
#[inline(always)]
pub fn special_in(part: &[u8; 16]) -> u32 {
    let part = u8x16::new(*part);
    let control = part.min(u8x16::splat(0x1F)).simd_eq(part);
    (part.simd_eq(u8x16::splat(b'"')) | part.simd_eq(u8x16::splat(b'\\')) | control).to_bitmask()
}

/// The number of digits at the start, eight bytes at a time, as one number.
#[inline]
pub fn digits(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        let value = u64::from_le_bytes(*word) ^ (ONES * u64::from(b'0'));
        // A byte above nine gets its highest bit, or has it.
        let others = (((value & !HIGH) + ONES * (0x80 - 10)) | value) & HIGH;
        if others != 0 {
            return bytes.len() - rest.len() + others.trailing_zeros() as usize / 8;
        }
        rest = after;
    }
    bytes.len() - rest.len() + rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len())
}

/// The key of a member in the document.
#[derive(Debug, Clone, Copy)]
pub struct KeyAt(Value);

impl KeyAt {
    /// The key; `None` if it has escapes.
    pub fn plain<'d>(&self, doc: &'d [u8]) -> Option<&'d [u8]> {
        match self.0 {
            Value::Str { start, end, plain: true } => doc.get(start..end),
            _ => None,
        }
    }

    pub fn is(&self, doc: &[u8], want: &[u8]) -> bool {
        let Value::Str { start, end, plain } = self.0 else { return false };
        let raw = doc.get(start..end).unwrap_or_default();
        if plain {
            return raw == want;
        }
        self.text(doc).as_bytes() == want
    }

    pub fn text(&self, doc: &[u8]) -> Text {
        let mut text = Text::default();
        if let Value::Str { start, end, plain } = self.0 {
            text.push_json(doc.get(start..end).unwrap_or_default(), plain);
        }
        text
    }
}
