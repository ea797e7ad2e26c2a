//! What serde_json says of a document: the second opinion on JSON and on the text at a path.
//!
//! The library takes more for JSON than serde_json does, as Python's `json` module does. [`standard`]
//! writes such documents so that serde_json takes them too, and in no other way: what is malformed stays so.

use serde_json::Value;
use ssescan_core::text::Text;

/// Nested more deeply, a document is refused by serde_json (at 128) earlier than by the library (at 1024).
const MAX_DEPTH: usize = 120;

/// Surrogates that stand alone in a string are written as characters from here on, so that they can
/// still be told apart when the strings are joined. U+100000 is for private use.
const ALONE: u32 = 0x10_0000;

/// The document as RFC 8259 has it. `None`: too deep, or it holds the characters that stand for surrogates.
pub fn standard(doc: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(doc);
    let (mut out, mut rest, mut depth) = (String::new(), &*text, 0usize);
    while let Some(next) = rest.chars().next() {
        let size = match next {
            '"' => string(rest, &mut out)?,
            'N' | 'I' | '-' if word(rest) > 0 => {
                out.push_str("null");
                word(rest)
            }
            '0'..='9' | 'e' | 'E' => number(rest, &mut out),
            _ => {
                depth = match next {
                    '[' | '{' => depth + 1,
                    ']' | '}' => depth.saturating_sub(1),
                    _ => depth,
                };
                out.push(next);
                next.len_utf8()
            }
        };
        if depth > MAX_DEPTH {
            return None;
        }
        rest = &rest[size..];
    }
    Some(out)
}

/// The size of a number that JSON does not have.
fn word(rest: &str) -> usize {
    ["NaN", "Infinity", "-Infinity"].iter().find(|word| rest.starts_with(**word)).map_or(0, |word| word.len())
}

/// Digits, fewer if they are many, or an exponent, made small: serde_json refuses what no f64 can hold.
fn number(rest: &str, out: &mut String) -> usize {
    let sign = usize::from(rest.starts_with(['e', 'E'])) + usize::from(rest[1..].starts_with(['+', '-']));
    let head = if rest.starts_with(['e', 'E']) { sign } else { 0 };
    let digits = rest[head..].bytes().take_while(u8::is_ascii_digit).count();
    out.push_str(&rest[..head]);
    out.push_str(match (head, digits) {
        (1.., 1..) => "1",
        _ => &rest[head..head + digits.min(300)],
    });
    head + digits
}

/// A string, with its surrogates that have no other half written in another way.
fn string(rest: &str, out: &mut String) -> Option<usize> {
    let mut at = 1;
    out.push('"');
    while let Some(next) = rest[at..].chars().next() {
        let size = match (next, unit(&rest[at..])) {
            (_, Some(high @ 0xD800..=0xDBFF)) => match rest.get(at + 6..).and_then(unit) {
                Some(0xDC00..=0xDFFF) if high & !1 != 0xDBC0 => 12,
                Some(0xDC00..=0xDFFF) => return None,
                _ => 6,
            },
            (_, Some(_)) => 6,
            ('\\', None) => 1 + rest[at + 1..].chars().next().map_or(0, char::len_utf8),
            _ => next.len_utf8(),
        };
        match unit(&rest[at..]) {
            Some(alone @ 0xD800..=0xDFFF) if size == 6 => out.push(char::from_u32(ALONE + alone - 0xD800)?),
            _ if (ALONE..ALONE + 0x800).contains(&u32::from(next)) => return None,
            _ => out.push_str(&rest[at..at + size]),
        }
        at += size;
        if next == '"' {
            break;
        }
    }
    Some(at)
}

/// The UTF-16 unit that an escape at the start of `rest` is.
fn unit(rest: &str) -> Option<u32> {
    let hex = rest.strip_prefix("\\u")?.get(..4).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(hex, 16).ok()
}

/// What the halves of surrogates in a joined text are: a character where two met, else U+FFFD.
fn joined(text: &str) -> String {
    let mut units = Vec::new();
    for char in text.chars() {
        match u32::from(char).checked_sub(ALONE).filter(|alone| *alone < 0x800) {
            Some(alone) => units.push((0xD800 + alone) as u16),
            None => units.extend_from_slice(char.encode_utf16(&mut [0; 2])),
        }
    }
    String::from_utf16_lossy(&units)
}

/// What the library's text is after the same replacement.
pub fn mend(text: &Text) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for at in 0..bytes.len() {
        if bytes[at] == 0xED && bytes.get(at + 1).is_some_and(|next| *next >= 0xA0) {
            bytes[at..at + 3].copy_from_slice("\u{FFFD}".as_bytes());
        }
    }
    String::from_utf8(bytes).expect("text is UTF-8 but for surrogates")
}

/// Paths of a channel and of its index, as a dialect writes them.
#[derive(Debug, Clone, Copy)]
pub struct Paths<'a> {
    pub alternatives: &'a [&'a str],
    pub index: Option<&'a str>,
}

impl Paths<'_> {
    /// Index and text of each element, if it has one, in a document that serde_json took.
    pub fn elements(&self, doc: &Value) -> Vec<(i64, Option<String>)> {
        let (groups, _) = parts(self.alternatives[0]);
        let mut elements = vec![doc];
        for group in groups {
            let arrays = elements.into_iter().filter_map(|element| at(element, group)?.as_array());
            elements = arrays.flatten().collect();
        }
        let leaf = |element, path| at(element, parts(path).1);
        let told = |element| {
            let index = self.index.and_then(|path| leaf(element, path)?.as_i64()).unwrap_or(0);
            let text = self.alternatives.iter().find_map(|path| leaf(element, path)?.as_str());
            (index, text.map(str::to_owned))
        };
        elements.into_iter().map(told).collect()
    }

    /// The text of one index, or of all.
    pub fn text(&self, doc: &Value, index: Option<i64>) -> Option<String> {
        let elements = self.elements(doc).into_iter().filter(|(have, _)| index.is_none_or(|index| index == *have));
        let texts: Vec<String> = elements.filter_map(|(_, text)| text).collect();
        (!texts.is_empty()).then(|| joined(&texts.concat()))
    }
}

/// The keys in front of each `[*]`, and those behind the last one.
fn parts(path: &str) -> (Vec<&str>, &str) {
    let mut parts: Vec<&str> = path.split("[*]").map(|part| part.trim_start_matches('.')).collect();
    let leaf = parts.pop().unwrap_or_default();
    (parts, leaf)
}

fn at<'a>(value: &'a Value, keys: &str) -> Option<&'a Value> {
    keys.split('.').try_fold(value, |value, key| value.as_object()?.get(key))
}
