//! Blocks -> pieces of lines.
//!
//! A block is cut anywhere, so a line comes out in pieces: every piece lies in one block and says
//! whether its line ends there. Nothing is copied and nothing is held back but up to two bytes of
//! a byte order mark.
//!
//! Points of the standard (docs/sse-points.md): 2 (one leading BOM), 4 (cuts anywhere), 5 to 7
//! (CR, LF, CRLF; a CR ends its line at once), 8 (what follows the last line end is no line).

use memchr::memchr2;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Some bytes of the current line, and whether the line ends behind them.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    pub bytes: &'a [u8],
    pub ends: bool,
}

#[derive(Debug, Default)]
pub struct Lines {
    /// How many bytes of a BOM the body began with so far; `None` once that is decided.
    /// Only the first three bytes of a body are ever looked at (point 2).
    bom: Bom,
    /// The last byte was a CR: it ended its line, and one LF that comes next belongs to it,
    /// also when it comes in the next block (point 7).
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
    /// The next piece in `block` from `*pos` on, which moves behind it. `None`: the block is used up.
    pub fn next<'a>(&mut self, block: &'a [u8], pos: &mut usize) -> Option<Piece<'a>> {
        if let Some(held) = self.start(block, pos) {
            return Some(Piece { bytes: held, ends: false });
        }
        self.swallow(block, pos);
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

    /// Nothing of a line is held and the BOM is decided, so a reader may look at the block itself.
    /// It must tell with [`Lines::resume`] how it left off.
    pub fn at_ease(&mut self, block: &[u8], pos: &mut usize) -> bool {
        if matches!(self.bom, Bom::Matched(0)) && block.get(*pos).is_some_and(|b| *b != 0xEF) {
            self.bom = Bom::Decided;
        }
        self.swallow(block, pos);
        matches!(self.bom, Bom::Decided)
    }

    /// A reader that looked at the block itself stopped behind a line end; was it a lone CR?
    pub fn resume(&mut self, after_cr: bool) {
        self.after_cr = after_cr;
    }

    /// Drops the LF that completes a CRLF. True when it did.
    pub fn swallow(&mut self, block: &[u8], pos: &mut usize) -> bool {
        let Some(byte) = block.get(*pos) else { return false };
        let completes = self.after_cr && *byte == b'\n';
        self.after_cr = false;
        *pos += usize::from(completes);
        completes
    }

    /// Drops one BOM at the start of the body. Returns bytes that began like one and were none.
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
