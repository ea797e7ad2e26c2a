//! What serde_json says of a document: the second opinion on JSON and on the text at a path.
//!
//! The library takes more for JSON than serde_json does, as Python's `json` module does. [`standard`]
//! writes such documents so that serde_json takes them too, and in no other way: what is malformed stays so.

#![allow(dead_code)] // every test takes its own part of it

use super::common::{self, mend};
use serde_json::Value;
use ssescan_core::json::Malformed;
use ssescan_core::text::Text;
use ssescan_core::textpath::{self, Channel};

/// Nested more deeply, a document is refused by serde_json (at 128) earlier than by the library (at 1024).
const MAX_DEPTH: usize = 120;

/// Surrogates that stand alone in a string are written as characters from here on, so that they can
/// still be observed apart when the strings are joined. U+100000 is for private use.
pub const ALONE: u32 = 0x10_0000;

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
pub fn joined(text: &str) -> String {
    let mut units = Vec::new();
    for char in text.chars() {
        match u32::from(char).checked_sub(ALONE).filter(|alone| *alone < 0x800) {
            Some(alone) => units.push((0xD800 + alone) as u16),
            None => units.extend_from_slice(char.encode_utf16(&mut [0; 2])),
        }
    }
    String::from_utf16_lossy(&units)
}

/// Paths of a channel and of its index, as a dialect writes them.
#[derive(Debug, Clone, Copy)]
pub struct Paths<'a> {
    pub alternatives: &'a [&'a str],
    pub index: Option<&'a str>,
}

impl Paths<'_> {
    pub fn channel(&self) -> Channel {
        common::channel(self.alternatives, self.index)
    }

    /// Index and text of each element, if it has one, in a document that serde_json took.
    pub fn elements(&self, doc: &Value) -> Vec<(i64, Option<String>)> {
        let (groups, _) = parts(self.alternatives[0]);
        let mut elements = vec![doc];
        for group in groups {
            let arrays = elements.into_iter().filter_map(|element| at(element, group)?.as_array());
            elements = arrays.flatten().collect();
        }
        let leaf = |element, path| at(element, parts(path).1);
        let observed = |element| {
            let index = self.index.and_then(|path| leaf(element, path)?.as_i64()).unwrap_or(0);
            let text = self.alternatives.iter().find_map(|path| leaf(element, path)?.as_str());
            (index, text.map(str::to_owned))
        };
        elements.into_iter().map(observed).collect()
    }

    /// The text of one index, or of all; its surrogates are still to be [`joined`].
    pub fn text(&self, doc: &Value, index: Option<i64>) -> Option<String> {
        let elements = self.elements(doc).into_iter().filter(|(have, _)| index.is_none_or(|index| index == *have));
        let texts: Vec<String> = elements.filter_map(|(_, text)| text).collect();
        (!texts.is_empty()).then(|| texts.concat())
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

/// Text on a channel by a walk, mended; `None` for none.
pub fn walked(doc: &[u8], channel: &Channel, index: Option<i64>) -> Result<Option<String>, Malformed> {
    let mut out = Text::default();
    let added = textpath::text(doc, channel, index, &mut out)?;
    Ok(added.then(|| mend(out.as_bytes())))
}

/// The library and serde_json agree on whether this is JSON, and if so on its text. True if it is.
pub fn agree(doc: &[u8], paths: &Paths, index: Option<i64>) -> bool {
    let Some(plain) = standard(doc) else { return false };
    let text = walked(doc, &paths.channel(), index);
    match serde_json::from_str::<Value>(&plain) {
        Ok(value) => {
            let want = paths.text(&value, index).map(|text| joined(&text));
            assert_eq!(text, Ok(want), "{paths:?}, {index:?}: {}", doc.escape_ascii());
            true
        }
        Err(error) => {
            assert!(text.is_err(), "{paths:?}: {text:?}, but {error}: {}", doc.escape_ascii());
            false
        }
    }
}

/// One for each thing a path can be.
pub const CHANNELS: [Paths; 8] = [
    Paths { alternatives: &["delta.content[*].text.value"], index: Some("delta.content[*].index") },
    Paths { alternatives: &["delta.content[*].refusal"], index: None },
    Paths { alternatives: &["choices[*].delta.content"], index: Some("choices[*].index") },
    Paths { alternatives: &["c[*].d.reasoning", "c[*].d.thinking", "c[*].text"], index: Some("c[*].index") },
    Paths { alternatives: &["c[*].d.calls[*].f.args"], index: Some("c[*].d.calls[*].index") },
    Paths { alternatives: &["delta"], index: Some("output_index") },
    Paths { alternatives: &["delta", "delta.text", "delta.text.value"], index: Some("delta.index") },
    Paths { alternatives: &["a.b.c"], index: None },
];
