//! Finds the end of an object or array by its brackets and quotes alone.
//!
//! The brackets must balance, kind by kind, and the strings must be closed. Nothing else inside is checked: neither commas and
//! colons nor numbers, literals, escapes and control characters. Sixty-four bytes are handled at a time, as bits for quotes,
//! backslashes and brackets.

use wide::u8x16;

const BLOCK: usize = 64;

/// Where the value ends whose opening bracket is at `start`, or where and why it is invalid. `max_depth`: how deeply it may be
/// nested.
pub fn end_of(doc: &[u8], start: usize, max_depth: usize) -> Result<usize, (usize, &'static str)> {
    let mut skim = Skim { open: Open::default(), max_depth, inside: 0, escaped: 0 };
    let value = doc.get(start..).unwrap_or_default();
    for (i, block) in value.chunks(BLOCK).enumerate() {
        let at = |place: usize| start + i * BLOCK + place + 1;
        let found = match block.first_chunk() {
            Some(block) => skim.block(block),
            None => skim.block(&padded(block)),
        };
        match found {
            Ok(None) => {}
            Ok(Some(place)) => return Ok(at(place)),
            Err((place, why)) => return Err((at(place), why)),
        }
    }
    Err((doc.len(), "unterminated object or array"))
}

fn padded(bytes: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
    block
}

/// The kinds of the open brackets, innermost last. A set bit is a brace.
#[derive(Debug, Default)]
pub struct Open {
    /// The last 64 of them at most; the innermost one is the lowest bit.
    last: u64,
    /// Those before, 64 in each number.
    before: Vec<u64>,
    depth: usize,
}

impl Open {
    #[inline]
    pub fn push(&mut self, is_brace: bool) {
        if self.depth.is_multiple_of(64) && self.depth > 0 {
            self.before.push(self.last);
        }
        self.last = self.last << 1 | u64::from(is_brace);
        self.depth += 1;
    }

    #[inline]
    pub fn pop(&mut self) {
        self.last >>= 1;
        self.depth = self.depth.saturating_sub(1);
        if self.depth.is_multiple_of(64) {
            self.last = self.before.pop().unwrap_or_default();
        }
    }

    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Whether the innermost one is a brace.
    pub fn is_brace(&self) -> bool {
        self.last & 1 == 1
    }
}

struct Skim {
    /// The open brackets before the block.
    open: Open,
    max_depth: usize,
    /// All ones if the block begins inside a string.
    inside: u64,
    /// 1 if a backslash before the block escapes its first byte.
    escaped: u64,
}

impl Skim {
    /// The place in the block of the bracket that closes the value, or of a wrong one.
    fn block(&mut self, block: &[u8; BLOCK]) -> Result<Option<usize>, (usize, &'static str)> {
        let found = Marks::of(block);
        let quotes = found.quotes & !self.escapes(found.backslashes);
        let inside = odd_up_to(quotes) ^ self.inside;
        self.inside = 0u64.wrapping_sub(inside >> 63);
        let mut left = (found.opens | found.closes) & !inside;
        while left != 0 {
            let place = left.trailing_zeros() as usize;
            let is_brace = block.get(place).is_some_and(|bracket| bracket & BRACE != 0);
            if found.opens >> place & 1 == 1 {
                self.open.push(is_brace);
                if self.open.depth() > self.max_depth {
                    return Err((place, "nested too deeply"));
                }
            } else if self.open.is_brace() != is_brace {
                return Err((place, "wrong closing bracket"));
            } else {
                self.open.pop();
                if self.open.depth() == 0 {
                    return Ok(Some(place));
                }
            }
            left &= left - 1;
        }
        Ok(None)
    }

    /// The bytes that the byte before them escapes.
    fn escapes(&mut self, backslashes: u64) -> u64 {
        let mut escaped = std::mem::take(&mut self.escaped);
        let mut left = backslashes & !escaped;
        while left != 0 {
            let at = left & left.wrapping_neg();
            self.escaped = at >> 63;
            escaped |= at << 1;
            left &= !(at | at << 1);
        }
        escaped
    }
}

/// Bit n is set if an odd number of bits is set from 0 to n.
fn odd_up_to(bits: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].into_iter().fold(bits, |bits, shift| bits ^ (bits << shift))
}

/// The places of quotes, backslashes and brackets in a block; bit n is byte n.
#[derive(Debug, PartialEq, Eq)]
struct Marks {
    quotes: u64,
    backslashes: u64,
    opens: u64,
    closes: u64,
}

/// Brackets differ from braces in this bit only.
const BRACE: u8 = 0x20;

impl Marks {
    fn of(block: &[u8; BLOCK]) -> Marks {
        let mut marks = Marks { quotes: 0, backslashes: 0, opens: 0, closes: 0 };
        for (i, part) in block.chunks_exact(16).filter_map(|part| part.first_chunk()).enumerate() {
            let bytes = u8x16::new(*part);
            let folded = bytes | u8x16::splat(BRACE);
            let are = |bytes: u8x16, byte: u8| u64::from(bytes.simd_eq(u8x16::splat(byte)).to_bitmask()) << (16 * i);
            marks.quotes |= are(bytes, b'"');
            marks.backslashes |= are(bytes, b'\\');
            marks.opens |= are(folded, b'{');
            marks.closes |= are(folded, b'}');
        }
        marks
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// A small generator, so that the case can be named by its seed.
    fn random(seed: &mut u64) -> u64 {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        *seed
    }

    fn bytes(seed: u64, len: usize) -> Vec<u8> {
        let mut state = seed.wrapping_mul(2) | 1;
        let bytes: &[u8] = b"{}[]\"\\ab:,{}[]\"\" \xff\x5c;|";
        (0..len).map(|_| bytes[random(&mut state) as usize % bytes.len()]).collect()
    }

    /// Finds the end byte by byte.
    fn slowly(doc: &[u8], start: usize) -> Option<usize> {
        let (mut open, mut inside, mut escaped) = (Vec::new(), false, false);
        for (at, byte) in doc.iter().enumerate().skip(start) {
            let was_escaped = escaped;
            escaped = *byte == b'\\' && !was_escaped;
            match byte {
                b'"' if !was_escaped => inside = !inside,
                b'{' | b'[' if !inside => open.push(*byte),
                b'}' | b']' if !inside => {
                    // In ASCII a closing bracket follows its opening one by two.
                    if open.pop() != Some(byte - 2) {
                        return None;
                    }
                    if open.is_empty() {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Random bytes, with brackets of which most match.
    fn nested(seed: u64) -> Vec<u8> {
        let (mut state, mut doc, mut open) = (seed * 2 + 1, Vec::new(), vec![]);
        for _ in 0..seed % 60 {
            let part = bytes(random(&mut state), 3);
            doc.extend(part.iter().filter(|byte| !b"{}[]\"\\".contains(byte)));
            match random(&mut state) % 7 {
                0..3 => {
                    let bracket = *b"[{".get((random(&mut state) % 2) as usize).unwrap();
                    doc.push(bracket);
                    open.push(bracket + 2);
                }
                3..6 => doc.extend(open.pop()),
                _ => doc.extend(b"\"}\\\"]\""),
            }
        }
        doc.extend(open.into_iter().rev());
        if seed.is_multiple_of(5) && !doc.is_empty() {
            let at = random(&mut state) as usize % doc.len();
            doc[at] = b"{}[]\"\\"[random(&mut state) as usize % 6];
        }
        doc
    }

    #[test]
    fn as_byte_by_byte() {
        let mut ended = 0;
        for seed in 0..100_000 {
            let mut doc = if seed % 2 == 0 { nested(seed / 2) } else { bytes(seed, (seed % 300) as usize) };
            let start = doc.len() / 3;
            doc.splice(start..start, *b"[");
            let end = end_of(&doc, start, 1024).ok();
            assert_eq!(end, slowly(&doc, start), "seed {seed}: {}", doc.escape_ascii());
            doc = [b"[", &*nested(seed), b"]"].concat();
            let end = end_of(&doc, 0, 1024).ok();
            assert_eq!(end, slowly(&doc, 0), "seed {seed}: {}", doc.escape_ascii());
            ended += usize::from(end.is_some_and(|end| end > 2 * BLOCK));
        }
        assert!(ended > 1_000, "{ended} of the values were longer than two blocks");
    }

    #[test]
    fn the_depth_is_bounded() {
        let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
        for depth in [1, 63, 64, 65, 128, 129, 1000] {
            assert_eq!(end_of(nested(depth).as_bytes(), 0, depth), Ok(2 * depth));
            assert_eq!(end_of(nested(depth).as_bytes(), 0, depth - 1), Err((depth, "nested too deeply")));
        }
    }
}
