//! A small checked JSON reader: it walks a document once, front to back, and remembers where the
//! values at a few given paths stand. It builds nothing.
//!
//! What it takes for JSON is what Python's `json` module takes: RFC 8259, and `NaN`, `Infinity`,
//! `-Infinity`, and lone surrogates in `\u` escapes. Of equal keys the last one counts. Depth is
//! bounded, so that the walk never runs out of stack. Bad UTF-8 is no concern here: every byte that
//! means something is ASCII, and a string is decoded, with U+FFFD, only when somebody wants it.

use crate::text::Text;
use memchr::memchr2;

/// Deeper documents are refused, as orjson does.
const MAX_DEPTH: usize = 1024;

/// Where and why a document is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    pub at: usize,
    pub why: &'static str,
}

/// A value that a path led to.
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

    /// As Python sees the truth of what `json.loads` gives.
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
        // A number: zero has no digit but 0 in front of its exponent.
        Some(b'-' | b'0') => {
            let digits = value.iter().take_while(|b| !matches!(b, b'e' | b'E'));
            digits.into_iter().any(|b| matches!(b, b'1'..=b'9' | b'I'))
        }
        _ => true,
    }
}

/// A key of a path, as it would stand in the document without escapes.
pub type Key = Box<[u8]>;

/// How many paths one walk can follow.
pub const MAX_PATHS: usize = 4;
pub type Found = [Option<Value>; MAX_PATHS];

/// Walks all of `doc` and gives the values at `paths` (each a list of keys, from the outside in).
pub fn find(doc: &[u8], paths: &[&[Key]]) -> Result<Found, Malformed> {
    let mut cursor = Cursor::new(doc);
    let mut found = Found::default();
    cursor.follow(paths, &mut found)?;
    cursor.finish()?;
    Ok(found)
}

#[derive(Debug)]
pub struct Cursor<'a> {
    doc: &'a [u8],
    at: usize,
    depth: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(doc: &'a [u8]) -> Self {
        Cursor { doc, at: 0, depth: 0 }
    }

    pub fn at(doc: &'a [u8], at: usize) -> Self {
        Cursor { doc, at, depth: 0 }
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

    /// Only white space may be left.
    pub fn finish(&mut self) -> Result<(), Malformed> {
        self.space();
        match self.at == self.doc.len() {
            true => Ok(()),
            false => self.fail("something stands behind the value"),
        }
    }

    /// Walks the value at the cursor; an object's members on the way of `paths` go to `found`.
    pub fn follow(&mut self, paths: &[&[Key]], found: &mut Found) -> Result<(), Malformed> {
        let all = paths.iter().enumerate().fold(0, |bits, (i, path)| bits | (u32::from(!path.is_empty()) << i));
        self.follow_at(paths, 0, all, found)
    }

    /// `active`: the paths, as bits, whose first `depth` keys led here.
    fn follow_at(&mut self, paths: &[&[Key]], depth: usize, active: u32, found: &mut Found) -> Result<(), Malformed> {
        self.space();
        if self.peek() != Some(b'{') {
            return self.skip();
        }
        self.members(|cursor, key| {
            let mut onward = 0;
            for (i, path) in paths.iter().enumerate() {
                if active & (1 << i) == 0 || !path.get(depth).is_some_and(|want| key.is(cursor.doc, want)) {
                    continue;
                }
                onward |= 1 << i;
                if let Some(slot) = found.get_mut(i) {
                    *slot = None; // of equal keys the last one counts
                }
            }
            if onward == 0 {
                return cursor.skip();
            }
            let ends = |i: usize| onward & (1 << i) != 0 && paths.get(i).is_some_and(|path| path.len() == depth + 1);
            let ending = (0..paths.len()).fold(0, |bits, i| bits | (u32::from(ends(i)) << i));
            // One path may end where another one goes on.
            let value = match (cursor.kind(), onward & !ending) {
                (Some(b'{'), further @ 1..) => {
                    let start = cursor.at;
                    cursor.follow_at(paths, depth + 1, further, found)?;
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

    /// Walks an object. `each` must walk the member's value, in front of which it is called.
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
            self.space();
            if !self.eat(b':') {
                return self.fail("expected a colon");
            }
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

    pub fn skip(&mut self) -> Result<(), Malformed> {
        self.value().map(drop)
    }

    /// Walks the value at the cursor.
    pub fn value(&mut self) -> Result<Value, Malformed> {
        self.space();
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                return self.string();
            }
            Some(b'{') => self.members(|cursor, _| cursor.skip())?,
            Some(b'[') => self.elements(Cursor::skip)?,
            Some(b'-' | b'0'..=b'9') => return self.number(),
            Some(b'n') => return self.literal(b"null", Value::Null),
            Some(b't') => return self.literal(b"true", Value::True),
            Some(b'f') => return self.literal(b"false", Value::False),
            Some(b'N') => return self.literal(b"NaN", Value::Other { start, end: start + 3 }),
            Some(b'I') => return self.literal(b"Infinity", Value::Other { start, end: start + 8 }),
            _ => return self.fail("expected a value"),
        }
        Ok(Value::Other { start, end: self.at })
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
        let int = self.digits()?;
        if leading_zero && self.at > start + usize::from(negative) + 1 {
            return self.fail("a number with a leading zero");
        }
        let mut whole = true;
        if self.eat(b'.') {
            whole = false;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            whole = false;
            self.at += 1;
            if !self.eat(b'-') {
                self.eat(b'+');
            }
            self.digits()?;
        }
        Ok(match int.filter(|_| whole) {
            Some(int) => Value::Int(if negative { -int } else { int }),
            None => Value::Other { start, end: self.at },
        })
    }

    /// At least one digit; their value, if it is one that matters here.
    fn digits(&mut self) -> Result<Option<i64>, Malformed> {
        let start = self.at;
        let mut value = Some(0i64);
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            value = value.and_then(|v| v.checked_mul(10)?.checked_add(i64::from(byte - b'0')));
            self.at += 1;
        }
        match self.at > start {
            true => Ok(value),
            false => self.fail("expected a digit"),
        }
    }

    /// Walks a string whose opening quote is behind the cursor.
    pub fn string(&mut self) -> Result<Value, Malformed> {
        let start = self.at;
        let mut plain = true;
        loop {
            self.at += self.ordinary()?;
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    plain = false;
                    self.escape()?;
                }
                Some(_) => return self.fail("a control character in a string"),
                None => return self.fail("a string without its end"),
            }
        }
        let end = self.at;
        self.at += 1;
        Ok(Value::Str { start, end, plain })
    }

    /// How many bytes stand in front of the next quote, backslash or control character.
    fn ordinary(&self) -> Result<usize, Malformed> {
        /// Most strings end within this; a longer one is worth a vector search.
        const NEAR: usize = 24;
        let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
        let rest = self.doc.get(self.at..).unwrap_or_default();
        if let Some(near) = rest.iter().take(NEAR).position(special) {
            return Ok(near);
        }
        let end = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        let span = rest.get(..end).unwrap_or_default();
        match span.iter().fold(false, |any, byte| any | (*byte < 0x20)) {
            true => Ok(span.iter().position(special).unwrap_or(end)),
            false => Ok(end),
        }
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        let digits = match self.doc.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 0,
            Some(b'u') => 4,
            _ => return self.fail("an unknown escape"),
        };
        let hex = self.doc.get(self.at + 2..self.at + 2 + digits);
        if !hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) {
            return self.fail("an unknown escape");
        }
        self.at += 2 + digits;
        Ok(())
    }
}

/// A member's key in the document.
#[derive(Debug, Clone, Copy)]
pub struct KeyAt(Value);

impl KeyAt {
    pub fn is(&self, doc: &[u8], want: &[u8]) -> bool {
        let Value::Str { start, end, plain } = self.0 else { return false };
        let raw = doc.get(start..end).unwrap_or_default();
        if plain {
            return raw == want;
        }
        let mut key = Text::default();
        key.push_json(raw, false);
        key.as_bytes() == want
    }
}
