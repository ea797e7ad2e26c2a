//! Text to return: UTF-8, and lone surrogates, which JSON can write as `\ud83d` and Python's str can hold.
//!
//! A lone surrogate has three bytes here (ED A0..BF xx, "WTF-8"). A pair that a server split over two deltas is joined when its
//! second half is appended.

use crate::memory;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Text {
    bytes: Vec<u8>,
    /// There are or were surrogates among the bytes, so that they may not be valid UTF-8.
    surrogates: bool,
    /// Memory for more text could not be allocated, so that the text was dropped.
    lost: bool,
}

impl Text {
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// False: the bytes are UTF-8.
    pub fn has_surrogates(&self) -> bool {
        self.surrogates
    }

    /// True if memory could not be allocated. The text before that is gone.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    pub fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.surrogates = false;
    }

    /// Appends another text, and joins a pair across the border.
    pub fn push_text(&mut self, other: &Text) {
        self.surrogates |= other.surrogates;
        match surrogate(&other.bytes) {
            Some(low @ 0xDC00..=0xDFFF) => {
                self.push_unit(low);
                self.extend(other.bytes.get(3..).unwrap_or_default());
            }
            _ => self.extend(&other.bytes),
        }
    }

    /// Appends bytes of another text that has no surrogates.
    pub fn push_plain(&mut self, utf8: &[u8]) {
        self.extend(utf8);
    }

    /// Appends UTF-8 with lone surrogates.
    pub fn push_wtf8(&mut self, bytes: &[u8]) {
        self.surrogates |= std::str::from_utf8(bytes).is_err();
        self.extend(bytes);
    }

    /// Drops the text before the last `len` bytes, and the rest of a character there. Returns whether there was any.
    pub fn keep_last(&mut self, len: usize) -> bool {
        let start = self.bytes.len() - last_chars(&self.bytes, len).len();
        self.bytes.drain(..start);
        if self.bytes.capacity() / 2 > len {
            self.bytes.shrink_to(len + len / 2);
        }
        start > 0
    }

    /// Drops the first `len` bytes.
    pub fn remove_front(&mut self, len: usize) {
        self.bytes.drain(..len.min(self.bytes.len()));
    }

    /// Appends the text between the quotes of a JSON string that was walked, so that its escapes are valid. Invalid UTF-8
    /// becomes U+FFFD.
    pub fn push_json(&mut self, raw: &[u8], plain: bool) {
        if plain {
            return self.push_lossy(raw);
        }
        let mut rest = raw;
        while let Some(at) = memchr::memchr(b'\\', rest) {
            let (before, escape) = rest.split_at(at);
            self.push_lossy(before);
            rest = self.push_escape(escape);
        }
        self.push_lossy(rest);
    }

    /// Appends the text between the quotes of a JSON string that was not walked. Returns false without appending if `raw` has a
    /// quote, a control character, a `\u` escape or invalid UTF-8.
    pub fn push_simple(&mut self, raw: &[u8]) -> bool {
        let control = raw.iter().fold(false, |any, byte| any | (*byte < 0x20));
        if control || std::str::from_utf8(raw).is_err() {
            return false;
        }
        let mark = self.bytes.len();
        let mut rest = raw;
        while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
            let (before, escape) = rest.split_at(at);
            let [b'\\', byte @ (b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'), after @ ..] = escape else {
                self.bytes.truncate(mark);
                return false;
            };
            self.extend(before);
            self.extend(&[unescaped(*byte)]);
            rest = after;
        }
        self.extend(rest);
        true
    }

    fn push_lossy(&mut self, raw: &[u8]) {
        // Most texts are short and ASCII.
        match raw.is_ascii() || std::str::from_utf8(raw).is_ok() {
            true => self.extend(raw),
            false => self.push_invalid(raw),
        }
    }

    fn push_invalid(&mut self, raw: &[u8]) {
        for chunk in raw.utf8_chunks() {
            self.extend(chunk.valid().as_bytes());
            if !chunk.invalid().is_empty() {
                self.extend("\u{fffd}".as_bytes());
            }
        }
    }

    #[inline]
    fn extend(&mut self, bytes: &[u8]) {
        if memory::extend(&mut self.bytes, bytes).is_err() {
            self.lose();
        }
    }

    #[cold]
    fn lose(&mut self) {
        self.bytes = Vec::new();
        self.lost = true;
    }

    /// Appends the character of the escape at the start of `escape`, and returns the bytes after it.
    fn push_escape<'a>(&mut self, escape: &'a [u8]) -> &'a [u8] {
        let plain = match escape.get(1) {
            Some(b'u') => {
                let hex = escape.get(2..6).and_then(|hex| std::str::from_utf8(hex).ok());
                self.push_unit(hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()).unwrap_or(0xFFFD));
                return escape.get(6..).unwrap_or_default();
            }
            Some(byte) => unescaped(*byte),
            None => b'\\',
        };
        self.extend(&[plain]);
        escape.get(2..).unwrap_or_default()
    }

    /// Appends a UTF-16 unit. A low surrogate after a high one completes a character.
    fn push_unit(&mut self, unit: u32) {
        let at = self.bytes.len().saturating_sub(3);
        let high = surrogate(self.bytes.get(at..).unwrap_or_default()).filter(|high| *high < 0xDC00);
        let code = match (high, unit) {
            (Some(high), 0xDC00..=0xDFFF) => {
                self.bytes.truncate(at);
                0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00)
            }
            _ => unit,
        };
        match char::from_u32(code) {
            Some(char) => self.extend(char.encode_utf8(&mut [0; 4]).as_bytes()),
            None => {
                self.surrogates = true;
                let low = |shift: u32| 0x80 | (code >> shift & 0x3F) as u8;
                self.extend(&[0xE0 | (code >> 12) as u8, low(6), low(0)]);
            }
        }
    }
}

fn is_start(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// The number of characters: code points, a surrogate counting as one.
pub fn count_chars(text: &[u8]) -> usize {
    text.iter().filter(|byte| is_start(**byte)).count()
}

/// Where the first `chars` characters end.
pub fn end_of_chars(text: &[u8], chars: usize) -> usize {
    if chars >= text.len() {
        return text.len();
    }
    let starts = text.iter().enumerate().filter(|(_, byte)| is_start(**byte));
    starts.map(|(at, _)| at).nth(chars).unwrap_or(text.len())
}

/// How many of the first `bytes` bytes are whole characters.
pub fn whole_chars(text: &[u8], bytes: usize) -> usize {
    match text.get(..bytes.saturating_add(1)) {
        Some(more) => more.iter().rposition(|byte| is_start(*byte)).unwrap_or(0),
        None => text.len(),
    }
}

/// The whole characters in the last `bytes` bytes.
pub fn last_chars(text: &[u8], bytes: usize) -> &[u8] {
    let last = text.get(text.len().saturating_sub(bytes)..).unwrap_or_default();
    let start = last.iter().position(|byte| is_start(*byte)).unwrap_or(last.len());
    last.get(start..).unwrap_or_default()
}

/// Whether the text ends in the first half of a surrogate pair.
pub fn ends_in_high(text: &[u8]) -> bool {
    let end = text.get(text.len().saturating_sub(3)..).unwrap_or_default();
    matches!(surrogate(end), Some(0xD800..=0xDBFF))
}

/// Replaces lone surrogates by U+FFFD, which is as long.
pub fn replace_surrogates(text: &mut [u8]) {
    let mut from = 0;
    while let Some(at) = memchr::memchr(0xED, text.get(from..).unwrap_or_default()) {
        let place = from + at..from + at + 3;
        if let Some(place) = text.get_mut(place).filter(|place| surrogate(place).is_some()) {
            place.copy_from_slice("\u{fffd}".as_bytes());
        }
        from += at + 1;
    }
}

/// The character of a backslash and this byte.
fn unescaped(byte: u8) -> u8 {
    match byte {
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => byte,
    }
}

/// The surrogate in the first three bytes.
fn surrogate(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [0xED, b @ 0xA0..=0xBF, c, ..] => Some(0xD000 | (u32::from(*b & 0x3F) << 6) | u32::from(*c & 0x3F)),
        _ => None,
    }
}
