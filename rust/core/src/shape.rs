//! Recognizes payloads without a finish reason by a search, without a walk.
//!
//! A payload that may complete the answer is checked whole when it arrives. Nearly all payloads of a stream do not, so they
//! must cost next to nothing. They end in the same bytes, among them the finish reason, which is null there.

use crate::alike::{Alike, Keys};
use crate::lookup::Quoted;
use crate::textpath::Channel;

/// How to recognize payloads without a finish reason.
#[derive(Debug)]
pub struct Plain {
    finish: Quoted,
    /// The key of the part of an element that has the text. Two of them may be two payloads in one data line.
    part: Option<Quoted>,
    apart: Option<Apart>,
    /// The key of errors.
    error: Option<Quoted>,
    /// All of these keys; `None` if one is unusual.
    keys: Option<Keys>,
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
    /// the other rows of these payloads do not apply; `None` if a row may apply without one. `error`: the key of errors.
    pub fn of(
        finish: &Channel,
        text: Option<&Channel>,
        needed: Option<Vec<Quoted>>,
        error: Option<&[u8]>,
    ) -> Option<Plain> {
        let finish = finish.finish_key()?;
        let part = text.and_then(Channel::part_key).map(Quoted::new);
        let text = text.and_then(Channel::text_key).filter(|_| part.is_none()).map(Quoted::new);
        let apart = text.zip(needed).map(|(text, needed)| Apart { text, needed });
        let error = error.map(Quoted::new);
        let of_apart = apart.iter().flat_map(|apart| std::iter::once(&apart.text).chain(&apart.needed));
        let others = part.iter().chain(&error).chain(of_apart).map(|key| key.key().into()).collect();
        Some(Plain { finish: Quoted::new(finish), keys: Keys::new(finish, others), part, apart, error })
    }

    /// Whether a payload may have the key of errors.
    fn may_be_error(&self, payload: &[u8]) -> bool {
        self.error.as_ref().is_some_and(|error| error.may_be_in(payload))
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
    /// The last payload that is not recognized by its end, and whether it was searched for the part of the text.
    alike: Alike,
    needs_part: bool,
}

impl Tail {
    /// Whether a payload has no finish reason and is not two payloads. `needs_part`: the payload must have the part of the text.
    #[inline]
    pub fn is_plain(&mut self, plain: &Plain, payload: &[u8], needs_part: bool) -> bool {
        let same = payload.len() < self.max_len && payload.ends_with(&self.bytes);
        same || self.search(plain, payload, needs_part)
    }

    /// Whether a payload is plain and has no error, since it differs from the last one only in what does not matter. False:
    /// it must be searched. Other payloads have the same result, so that this changes nothing.
    #[inline]
    pub fn is_alike(&mut self, plain: &Plain, payload: &[u8], needs_part: bool) -> bool {
        self.keys(plain, needs_part)
            .is_some_and(|keys| self.alike.end_in(Some(keys), payload, 0) == Some(payload.len()))
    }

    /// Where a payload without a line end ends that is as [`Tail::is_alike`] says. It begins where `bytes` do.
    #[inline]
    pub fn end_of_alike(&mut self, plain: &Plain, bytes: &[u8], needs_part: bool) -> Option<usize> {
        let keys = self.keys(plain, needs_part)?;
        self.alike.end_in_line(Some(keys), bytes)
    }

    fn keys<'p>(&self, plain: &'p Plain, needs_part: bool) -> Option<&'p Keys> {
        plain.keys.as_ref().filter(|_| self.needs_part || !needs_part)
    }

    /// Whether [`Tail::end_of_alike`] may find an end.
    pub fn is_one_line(&self) -> bool {
        self.alike.is_one_line()
    }

    /// The comparison that recognized the last payload, if [`Tail::is_alike`] was true for it.
    pub fn alike(&self) -> &Alike {
        &self.alike
    }

    /// Learns from a payload whose end is not kept. The ends of others like it are not kept either.
    fn learn(&mut self, plain: &Plain, payload: &[u8], needs_part: bool) {
        let is_wanted = |_: &&Keys| self.bytes.is_empty() && !plain.may_be_error(payload);
        let Some(keys) = plain.keys.as_ref().filter(is_wanted) else { return };
        if std::mem::replace(&mut self.needs_part, needs_part) != needs_part {
            self.alike.forget();
        }
        self.alike.learn(Some(keys), payload);
    }

    fn search(&mut self, plain: &Plain, payload: &[u8], needs_part: bool) -> bool {
        let parts = plain.count_parts(payload);
        let (no_reason, last) = plain.has_no_reason(payload);
        let is_apart = || plain.apart.as_ref().is_some_and(|apart| apart.is_plain(payload));
        if !no_reason || parts > 1 || needs_part && parts == 0 && !is_apart() {
            return false;
        }
        let Some(last) = last.filter(|_| parts == 1) else {
            self.learn(plain, payload, needs_part);
            return true;
        };
        if let Some(end) = payload.get(last..).filter(|end| end.len() <= MAX_TAIL) {
            self.bytes.clear();
            self.bytes.extend_from_slice(end);
            let max_len = payload.len() + payload.len() / 2;
            self.max_len = if self.max_len == 0 { max_len } else { self.max_len.min(max_len) };
        }
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::condition::Accept;
    use crate::textpath::{Alternative, Path};

    fn random(seed: &mut u64) -> usize {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        (*seed >> 8) as usize
    }

    fn pick<'a>(seed: &mut u64, from: &[&'a str]) -> &'a str {
        from.iter().copied().cycle().nth(random(seed) % from.len()).unwrap()
    }

    /// `#` is a string, `@` a number, `~` white space.
    const FORMS: [&str; 5] = [
        r##"{"type":"content_block_delta","index":@,"delta":{"type":"text_delta","text":"#"}~}"##,
        r##"{"candidates":[{"content":{"parts":[{"text":"#"}],"role":"#"},~"index":0,"finishReason":~""}],"u":{"n":@,"m":[-@,@.@]}}"##,
        r##"{"delta":{"a":"#"},"stop_reason"~:~null,"#":@,"text":"#"}~"##,
        r##"{"x" er@ror"y":@,"text":"#"error~"b""@":"#"}"##,
        r##"{"id":"#\","text":["#",@,"\\"],"k":"#"}"##,
    ];
    const STRINGS: [&str; 12] = [
        "error",
        "text",
        "delta",
        "say \\\"error",
        "finishReason",
        "error\\\\",
        "\\n",
        "\\u0065rror",
        "stop_reason",
        "na\u{ef}ve",
        "x\\",
        "\\\"",
    ];

    fn made(form: &str, seed: &mut u64) -> Vec<u8> {
        let mut out = String::new();
        for char in form.chars() {
            match char {
                '#' if !random(seed).is_multiple_of(8) => {
                    out.push_str(pick(seed, &["", "a", " the", "fox", " jumps", "12"]))
                }
                '#' => out.push_str(pick(seed, &STRINGS)),
                '@' => out.push_str(pick(seed, &["1", "22", "3", "404", "5", "6", "7", "8"])),
                '~' => out.push_str(pick(seed, &["", "", " ", "  ", "\n"])),
                char => out.push(char),
            }
        }
        let mut out = out.into_bytes();
        if random(seed).is_multiple_of(40) {
            let at = random(seed) % out.len();
            let byte = pick(seed, &["\"", "\\", "1", " ", ":", "e"]).bytes();
            out.splice(at..at + random(seed) % 2, byte);
        }
        out
    }

    /// Payloads that are recognized would be found plain by a search too, whatever they contain.
    #[test]
    fn what_is_alike_is_plain() {
        let path = |path: &str| Path::parse(path).unwrap();
        let reason = Accept::Reason { unset: vec![] };
        let of = |finish: &str, index: &str, text: &str, needed: &str| {
            let finish = Channel::of_finish(path(finish), Some(&path(index)), &reason).unwrap();
            let at = Alternative { path: path(text), ..Alternative::default() };
            let mut text = Channel::new(&[at], Some(&path(index))).unwrap();
            text.join(&finish);
            Plain::of(&finish, Some(&text), Some(vec![Quoted::new(needed.as_bytes())]), Some(b"error")).unwrap()
        };
        let plains = [
            of("delta.stop_reason", "index", "delta.text", "b"),
            of("c[*].finishReason", "c[*].index", "c[*].parts[*].text", "blockReason"),
            of("stop_reason", "index", "choices[*].text", "y2"),
        ];
        let (mut alike, mut others) = (0, 0);
        for number in 0..3_000 {
            let seed = &mut (number * 2 + 1);
            let plain = plains.iter().cycle().nth(random(seed) % plains.len()).unwrap();
            let (mut tail, form) = (Tail::default(), pick(seed, &FORMS));
            for _ in 0..60 {
                let (payload, needs_part) = (made(form, seed), !random(seed).is_multiple_of(40));
                let found = Tail::default().search(plain, &payload, needs_part) && !plain.may_be_error(&payload);
                if tail.is_alike(plain, &payload, needs_part) {
                    assert!(found, "seed {number}: {} like {tail:?}", payload.escape_ascii());
                    alike += 1;
                } else if found {
                    tail.is_plain(plain, &payload, needs_part);
                    others += 1;
                }
            }
        }
        assert!(alike > 40_000 && others > 10_000, "{alike} recognized, {others} others");
    }
}
