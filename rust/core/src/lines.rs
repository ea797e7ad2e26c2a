//! From blocks to pieces of lines.
//!
//! A block may be split anywhere, so that a line arrives in pieces. Each piece is in one block and says whether its line ends
//! there. Nothing is copied. At most two bytes of a byte order mark are held back.
//!
//! Points of the standard (docs/explanation/sse-standard.md): 2 (one leading BOM), 4 (splits anywhere), 5 to 7 (CR, LF and CRLF).
//! A CR ends its line at once. Point 8: the bytes after the last line end are not a line.

use memchr::memchr2;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Some bytes of the current line, and whether the line ends after them.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    pub bytes: &'a [u8],
    pub ends: bool,
}

#[derive(Debug, Default)]
pub struct Lines {
    /// How many bytes of a BOM the body started with so far. Only the first three bytes of a body are checked (point 2).
    bom: Bom,
    /// The last byte was a CR, which ended its line. If an LF follows, it belongs to the CR, also in the next block (point 7).
    after_cr: bool,
}

#[derive(Debug)]
enum Bom {
    Matched(usize),
    Decided,
}

impl Default for Bom {
    fn default() -> Self {
        Bom::Matched(0)
    }
}

impl Lines {
    /// Returns the next piece in `block` from `*pos` on, and moves `*pos` after it. `None`: the block is used up.
    pub fn next<'a>(&mut self, block: &'a [u8], pos: &mut usize) -> Option<Piece<'a>> {
        if let Some(held) = self.start(block, pos) {
            return Some(Piece { bytes: held, ends: false });
        }
        self.skip_lf(block, pos);
        let rest = block.get(*pos..).filter(|rest| !rest.is_empty())?;
        let Some(end) = memchr2(b'\n', b'\r', rest) else {
            *pos = block.len();
            return Some(Piece { bytes: rest, ends: false });
        };
        let (bytes, tail) = rest.split_at(end);
        self.after_cr = tail.first() == Some(&b'\r');
        *pos += end + 1;
        Some(Piece { bytes, ends: true })
    }

    /// Whether a caller may read the block itself: no part of a line is held, and the BOM is decided. Afterwards the caller
    /// must call [`Lines::resume`].
    pub fn can_read_directly(&mut self, block: &[u8], pos: &mut usize) -> bool {
        if matches!(self.bom, Bom::Matched(0)) && block.get(*pos).is_some_and(|b| *b != 0xEF) {
            self.bom = Bom::Decided;
        }
        self.skip_lf(block, pos);
        matches!(self.bom, Bom::Decided)
    }

    /// Continues after a caller that read the block itself and stopped after a line end. `after_cr`: that was a lone CR.
    pub fn resume(&mut self, after_cr: bool) {
        self.after_cr = after_cr;
    }

    /// Drops the LF that completes a CRLF. Returns true if it did.
    pub fn skip_lf(&mut self, block: &[u8], pos: &mut usize) -> bool {
        let Some(byte) = block.get(*pos) else { return false };
        let completes = self.after_cr && *byte == b'\n';
        self.after_cr = false;
        *pos += usize::from(completes);
        completes
    }

    /// Drops one BOM at the start of the body. Returns bytes that looked like the start of a BOM but were data.
    fn start<'a>(&mut self, block: &'a [u8], pos: &mut usize) -> Option<&'a [u8]> {
        while let Bom::Matched(seen) = self.bom {
            let byte = block.get(*pos)?;
            if BOM.get(seen) != Some(byte) {
                self.bom = Bom::Decided;
                return BOM.get(..seen).filter(|held| !held.is_empty());
            }
            *pos += 1;
            self.bom = if seen + 1 == BOM.len() { Bom::Decided } else { Bom::Matched(seen + 1) };
        }
        None
    }
}
