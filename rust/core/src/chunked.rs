//! HTTP/1.1 chunked transfer coding, incrementally (RFC 9112, section 7.1).
//!
//! It is strict where errors hide: a size has one to sixteen hexadecimal digits and nothing else, and CRLF follows the data
//! of a chunk. Extensions and trailers are bounded and dropped. A size line may end with a lone LF, as in http.client.

use std::ops::Range;

/// The most bytes of the extensions of one chunk, and of the trailers of a body.
const MAX_SKIPPED: usize = 16 << 10;
const MAX_DIGITS: usize = 16;

/// Why a body is invalid, and where, in bytes from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadChunk {
    pub at: u64,
    pub why: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In the digits of a size: the number of digits so far.
    Size(usize),
    /// After the digits: white space, which some servers pad sizes with.
    Space,
    /// After a semicolon.
    Extension,
    /// A CR ended the size line; LF must follow.
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// In the trailers: the number of bytes of the line so far.
    Trailer(usize),
    TrailerLf(usize),
    Done,
}

#[derive(Debug)]
pub struct Chunked {
    state: State,
    /// The size as far as it was read, then the number of data bytes that are left in the chunk.
    left: u64,
    extensions: usize,
    trailers: usize,
    /// Bytes of the body that were read.
    at: u64,
}

impl Default for Chunked {
    fn default() -> Self {
        Chunked { state: State::Size(0), left: 0, extensions: 0, trailers: 0, at: 0 }
    }
}

impl Chunked {
    /// Appends the places of the data in `block` to `places`. Returns how many bytes belong to the body: fewer than all of
    /// them only if the body ends in this block.
    pub fn decode(&mut self, block: &[u8], places: &mut Vec<Range<usize>>) -> Result<usize, BadChunk> {
        let mut rest = block;
        while self.state != State::Done {
            if self.state == State::Data {
                let take = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
                let start = block.len() - rest.len();
                if take > 0 {
                    places.push(start..start + take);
                }
                self.left -= take as u64;
                self.at += take as u64;
                rest = rest.get(take..).unwrap_or_default();
                if self.left > 0 {
                    break;
                }
                self.state = State::DataCr;
            }
            let Some((byte, behind)) = rest.split_first() else { break };
            self.state = self.framing(*byte)?;
            self.at += 1;
            rest = behind;
        }
        Ok(block.len() - rest.len())
    }

    /// The last chunk and its trailers were read.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    fn fail(&self, why: &'static str) -> Result<State, BadChunk> {
        Err(BadChunk { at: self.at, why })
    }

    /// Takes one byte of the framing.
    fn framing(&mut self, byte: u8) -> Result<State, BadChunk> {
        match (self.state, byte) {
            (State::Size(digits), _) if byte.is_ascii_hexdigit() => self.digit(digits, byte),
            (State::Size(0), _) => self.fail("expected a chunk size"),
            (State::Size(_) | State::Space | State::Extension, b'\r') => Ok(State::SizeLf),
            (State::Size(_) | State::Space | State::Extension | State::SizeLf, b'\n') => Ok(self.sized()),
            (State::Size(_) | State::Space, b' ' | b'\t') => self.extension(State::Space),
            (State::Size(_) | State::Space, b';') | (State::Extension, _) => self.extension(State::Extension),
            (State::Size(_) | State::Space, _) => self.fail("expected the end of a chunk size"),
            (State::SizeLf, _) => self.fail("expected LF after a chunk size"),
            (State::DataCr, b'\r') => Ok(State::DataLf),
            (State::DataLf, b'\n') => {
                self.extensions = 0;
                Ok(State::Size(0))
            }
            (State::DataCr | State::DataLf, _) => self.fail("expected CRLF after a chunk"),
            (State::Trailer(size), b'\r') => Ok(State::TrailerLf(size)),
            (State::Trailer(0) | State::TrailerLf(0), b'\n') => Ok(State::Done),
            (State::Trailer(_) | State::TrailerLf(_), b'\n') => Ok(State::Trailer(0)),
            (State::Trailer(size) | State::TrailerLf(size), _) => self.trailer(size),
            (State::Data | State::Done, _) => Ok(self.state),
        }
    }

    fn digit(&mut self, digits: usize, byte: u8) -> Result<State, BadChunk> {
        if digits == MAX_DIGITS {
            return self.fail("chunk size has more than 16 digits");
        }
        let value = char::from(byte).to_digit(16).unwrap_or_default();
        self.left = if digits == 0 { 0 } else { self.left << 4 } | u64::from(value);
        Ok(State::Size(digits + 1))
    }

    /// The size line is complete.
    fn sized(&self) -> State {
        match self.left {
            0 => State::Trailer(0),
            _ => State::Data,
        }
    }

    fn extension(&mut self, state: State) -> Result<State, BadChunk> {
        self.extensions += 1;
        match self.extensions > MAX_SKIPPED {
            true => self.fail("chunk extensions are longer than 16 KiB"),
            false => Ok(state),
        }
    }

    fn trailer(&mut self, size: usize) -> Result<State, BadChunk> {
        self.trailers += 1;
        match self.trailers > MAX_SKIPPED {
            true => self.fail("trailers are longer than 16 KiB"),
            false => Ok(State::Trailer(size + 1)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn decode(blocks: &[&[u8]]) -> Result<(Vec<u8>, bool, usize), BadChunk> {
        let (mut chunked, mut out, mut taken) = (Chunked::default(), Vec::new(), 0);
        for block in blocks {
            let mut places = Vec::new();
            taken += chunked.decode(block, &mut places)?;
            places.into_iter().for_each(|place| out.extend_from_slice(block.get(place).unwrap()));
        }
        Ok((out, chunked.is_done(), taken))
    }

    const BODY: &[u8] = b"5\r\nhello\r\n1;a=b\r\n \r\n05\r\nworld\r\n0\r\nx: y\r\n\r\n";

    #[test]
    fn every_cut_gives_the_same() {
        let whole = decode(&[BODY]).unwrap();
        assert_eq!(whole, (b"hello world".to_vec(), true, BODY.len()));
        for cut in 0..=BODY.len() {
            let (a, b) = BODY.split_at(cut);
            assert_eq!(decode(&[a, b]).unwrap(), whole, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = BODY.chunks(1).collect();
        assert_eq!(decode(&bytes).unwrap(), whole);
    }

    #[test]
    fn what_follows_the_body_is_left() {
        let body = [BODY, b"HTTP/1.1"].concat();
        assert_eq!(decode(&[&body]).unwrap().2, BODY.len());
    }

    #[test]
    fn an_unfinished_body_is_not_done() {
        for cut in 0..BODY.len() {
            assert!(!decode(&[BODY.get(..cut).unwrap()]).unwrap().1, "cut at {cut}");
        }
    }

    #[test]
    fn bad_framing_is_an_error() {
        let long = format!("1;{}\r\n", "x".repeat(MAX_SKIPPED + 1));
        let trailer = format!("0\r\n{}\r\n\r\n", "x".repeat(MAX_SKIPPED + 1));
        for bad in [
            "\r\n",
            ";x\r\n",
            "-5\r\n",
            "+5\r\n",
            "0x5\r\n",
            "1_0\r\n",
            " 5\r\n",
            "1 2\r\n",
            "1\t a\r\n",
            "g\r\n",
            "00000000000000001\r\n",
            "5\rx",
            "1\r\nxx\r\n",
            "1\r\nx\n",
            "1\r\nx\rx",
            &long,
            &trailer,
        ] {
            let failed = decode(&[bad.as_bytes()]);
            assert!(failed.is_err(), "{bad:?} returned {failed:?}");
        }
    }

    #[test]
    fn a_line_may_end_with_lf() {
        assert_eq!(decode(&[b"2\nab\r\n0\n\n"]).unwrap(), (b"ab".to_vec(), true, 9));
    }

    #[test]
    fn a_size_may_be_padded() {
        assert_eq!(decode(&[b"2 \t\r\nab\r\n0  ;x y\r\n\r\n"]).unwrap(), (b"ab".to_vec(), true, 20));
    }
}
