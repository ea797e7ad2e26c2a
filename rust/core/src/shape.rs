//! Recognizes payloads without a finish reason by a search, without a walk.
//!
//! A payload that may complete the answer is checked whole when it arrives. Nearly all payloads of a stream do not, so they
//! must cost next to nothing. They end in the same bytes, among them the finish reason, which is null there.

use crate::lookup::Quoted;
use crate::textpath::Channel;

/// How to recognize payloads without a finish reason.
#[derive(Debug)]
pub struct Plain {
    finish: Quoted,
    /// The key of the part of an element that has the text. Two of them may be two payloads in one data line.
    part: Option<Quoted>,
    apart: Option<Apart>,
}

/// How to recognize the row of payloads whose text and finish reason are in different elements.
#[derive(Debug)]
struct Apart {
    text: Quoted,
    /// The keys without which the rows with conditions do not apply.
    needed: Vec<Quoted>,
}

impl Apart {
    /// Whether a payload has one text, and no row with conditions applies.
    fn is_plain(&self, payload: &[u8]) -> bool {
        let first = self.text.end_after(payload, 0);
        let is_one = first.is_some_and(|end| self.text.end_after(payload, end).is_none());
        is_one && !self.needed.iter().any(|key| key.may_be_in(payload))
    }
}

impl Plain {
    /// `finish`: where the finish reasons are. `text`: where the text of the same payloads is. `needed`: the keys without which
    /// the other rows of these payloads do not apply; `None` if a row may apply without one.
    pub fn of(finish: &Channel, text: Option<&Channel>, needed: Option<Vec<Quoted>>) -> Option<Plain> {
        let part = text.and_then(Channel::part_key).map(Quoted::new);
        let text = text.and_then(Channel::text_key).filter(|_| part.is_none()).map(Quoted::new);
        let apart = text.zip(needed).map(|(text, needed)| Apart { text, needed });
        Some(Plain { finish: Quoted::new(finish.finish_key()?), part, apart })
    }

    /// How often a payload has the part of the text: 0, 1, or 2 for more.
    fn count_parts(&self, payload: &[u8]) -> usize {
        let Some(part) = &self.part else { return 0 };
        let first = part.end_after(payload, 0);
        first.map_or(0, |end| 1 + usize::from(part.end_after(payload, end).is_some()))
    }

    /// Whether all finish reasons are null or empty. The second value is where the key of the last one begins.
    fn has_no_reason(&self, payload: &[u8]) -> (bool, Option<usize>) {
        let (mut at, mut last) = (0, None);
        while let Some(end) = self.finish.end_after(payload, at) {
            let value = after_colon(payload.get(end..).unwrap_or_default());
            if !value.is_some_and(|value| value.starts_with(b"null") || value.starts_with(b"\"\"")) {
                return (false, None);
            }
            (at, last) = (end, Some(end - self.finish.len()));
        }
        (true, last)
    }
}

/// The bytes of the value after a key.
fn after_colon(rest: &[u8]) -> Option<&[u8]> {
    rest.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start)
}

/// Longer ends are not kept.
const MAX_TAIL: usize = 48;

/// The end of the payloads of a stream. It depends on the payloads alone, and not on how the body is split.
#[derive(Debug, Default)]
pub struct Tail {
    /// The last bytes of a payload without a finish reason: its last finish reason, and all that follows.
    bytes: Vec<u8>,
    /// Longer payloads may be two in one data line.
    max_len: usize,
}

impl Tail {
    /// Whether a payload has no finish reason and is not two payloads. `needs_part`: the payload must have the part of the text.
    #[inline]
    pub fn is_plain(&mut self, plain: &Plain, payload: &[u8], needs_part: bool) -> bool {
        let same = payload.len() < self.max_len && payload.ends_with(&self.bytes);
        same || self.search(plain, payload, needs_part)
    }

    fn search(&mut self, plain: &Plain, payload: &[u8], needs_part: bool) -> bool {
        let parts = plain.count_parts(payload);
        let (no_reason, last) = plain.has_no_reason(payload);
        let is_apart = || plain.apart.as_ref().is_some_and(|apart| apart.is_plain(payload));
        if !no_reason || parts > 1 || needs_part && parts == 0 && !is_apart() {
            return false;
        }
        let end = last.and_then(|at| payload.get(at..)).filter(|end| end.len() <= MAX_TAIL && parts == 1);
        if let Some(end) = end {
            self.bytes.clear();
            self.bytes.extend_from_slice(end);
            let max_len = payload.len() + payload.len() / 2;
            self.max_len = if self.max_len == 0 { max_len } else { self.max_len.min(max_len) };
        }
        true
    }
}
