//! Finds the end of an object or array by its brackets and quotes alone.
//!
//! Nothing inside is checked: brackets of both kinds count as one. The result is right for valid JSON; for other documents it
//! is some place or `None`. Sixty-four bytes are handled at a time, as bits for quotes, backslashes and brackets.

use wide::u8x16;

const BLOCK: usize = 64;

/// The end of the value whose opening bracket is at `start`; `None` if the document ends before.
pub fn end_of(doc: &[u8], start: usize) -> Option<usize> {
    let mut skip = Skim { depth: 0, inside: 0, escaped: 0 };
    let blocks = doc.get(start..)?.chunks(BLOCK);
    blocks.enumerate().find_map(|(i, block)| {
        let end = match block.first_chunk() {
            Some(block) => skip.block(block),
            None => skip.block(&padded(block)),
        };
        Some(start + i * BLOCK + end? + 1)
    })
}

fn padded(bytes: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
    block
}

struct Skim {
    /// The number of open brackets before the block.
    depth: u32,
    /// All ones if the block begins inside a string.
    inside: u64,
    /// 1 if a backslash before the block escapes its first byte.
    escaped: u64,
}

impl Skim {
    /// The place in the block of the bracket that closes the value.
    fn block(&mut self, block: &[u8; BLOCK]) -> Option<usize> {
        let found = Marks::of(block);
        let quotes = found.quotes & !self.escapes(found.backslashes);
        let inside = odd_up_to(quotes) ^ self.inside;
        self.inside = 0u64.wrapping_sub(inside >> 63);
        let (opens, closes) = (found.opens & !inside, found.closes & !inside);
        if closes.count_ones() >= self.depth {
            return self.each(opens, closes);
        }
        self.depth = self.depth + opens.count_ones() - closes.count_ones();
        None
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

    /// The depth may reach zero here, so go bracket by bracket.
    fn each(&mut self, opens: u64, closes: u64) -> Option<usize> {
        let mut left = opens | closes;
        while left != 0 {
            let at = left & left.wrapping_neg();
            left ^= at;
            match opens & at {
                0 => self.depth = self.depth.saturating_sub(1),
                _ => self.depth += 1,
            }
            if self.depth == 0 {
                return Some(at.trailing_zeros() as usize);
            }
        }
        None
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
        let mut state = seed * 2 + 1;
        let bytes: &[u8] = b"{}[]\"\\ab:,{}[]\"\" \xff\x5c;|";
        (0..len).map(|_| bytes[random(&mut state) as usize % bytes.len()]).collect()
    }

    /// Finds the end byte by byte.
    fn slowly(doc: &[u8], start: usize) -> Option<usize> {
        let (mut depth, mut inside, mut escaped) = (0, false, false);
        for (at, byte) in doc.iter().enumerate().skip(start) {
            let was_escaped = escaped;
            escaped = *byte == b'\\' && !was_escaped;
            match byte {
                b'"' if !was_escaped => inside = !inside,
                b'{' | b'[' if !inside => depth += 1,
                b'}' | b']' if !inside => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }

    #[test]
    fn as_byte_by_byte() {
        let mut ended = 0;
        for seed in 0..100_000 {
            let mut doc = bytes(seed, (seed % 300) as usize);
            let start = doc.len() / 3;
            let opens = if seed % 2 == 0 { b"{[{{[[{[{{[[" } else { b"[{[[{{[{[[{{" };
            doc.splice(start..start, opens.iter().copied().take(1 + seed as usize % opens.len()));
            assert_eq!(end_of(&doc, start), slowly(&doc, start), "seed {seed}: {}", doc.escape_ascii());
            ended += usize::from(end_of(&doc, start).is_some_and(|end| end > start + 2 * BLOCK));
        }
        assert!(ended > 1_000, "{ended} of the values were longer than two blocks");
    }
}
