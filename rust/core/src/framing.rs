//! The framing of an HTTP/1.1 body (RFC 9112, section 6): what belongs to the body, and where it ends.
//!
//! Three kinds: the chunked transfer coding, a length, or the end of the connection. A block may be split anywhere.

use crate::chunked::Chunked;
use std::ops::Range;

/// How the end of a body is found.
#[derive(Debug)]
enum Kind {
    Chunked(Chunked),
    /// The number of bytes that are missing.
    Length(u64),
    /// The body ends with its connection.
    UntilClose,
}

/// Why a body is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// The connection was closed before the last chunk.
    IncompleteChunks,
    /// The connection was closed before the end: bytes received, and bytes that were announced.
    IncompleteLength { received: u64, length: u64 },
    /// The chunked transfer coding is invalid at this byte of the body.
    Chunk { at: u64, why: &'static str },
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Invalid::IncompleteChunks => out.write_str("connection closed inside a chunked body"),
            Invalid::IncompleteLength { received, length } => {
                write!(out, "connection closed early: received {received} of {length} body bytes")
            }
            Invalid::Chunk { at, why } => write!(out, "invalid chunked body at byte {at}: {why}"),
        }
    }
}

/// The state of one body.
#[derive(Debug)]
pub struct Framing {
    kind: Kind,
    length: u64,
    ended: bool,
    reusable: bool,
    invalid: Option<Invalid>,
}

impl Framing {
    fn new(kind: Kind, length: u64) -> Self {
        let ended = matches!(kind, Kind::Length(0));
        Framing { kind, length, ended, reusable: ended, invalid: None }
    }

    /// A body in the chunked transfer coding.
    pub fn chunked() -> Self {
        Self::new(Kind::Chunked(Chunked::default()), 0)
    }

    /// A body of `length` bytes.
    pub fn length(length: u64) -> Self {
        Self::new(Kind::Length(length), length)
    }

    /// A body that ends with its connection.
    pub fn until_close() -> Self {
        Self::new(Kind::UntilClose, 0)
    }

    /// Takes a block of the connection; an empty one says that the connection was closed. The places of the body's data in
    /// the block replace those in `places`. After the end of the body, and after an error, blocks have no data.
    pub fn feed(&mut self, block: &[u8], places: &mut Vec<Range<usize>>) {
        places.clear();
        if self.ended || self.invalid.is_some() {
            return;
        }
        if block.is_empty() {
            return self.close();
        }
        match &mut self.kind {
            Kind::UntilClose => places.push(0..block.len()),
            Kind::Length(missing) => {
                let taken = usize::try_from(*missing).unwrap_or(usize::MAX).min(block.len());
                places.push(0..taken);
                *missing -= taken as u64;
                if *missing == 0 {
                    self.end(taken == block.len());
                }
            }
            Kind::Chunked(chunked) => match chunked.decode(block, places) {
                Ok(taken) if chunked.is_done() => self.end(taken == block.len()),
                Ok(_) => {}
                Err(bad) => self.invalid = Some(Invalid::Chunk { at: bad.at, why: bad.why }),
            },
        }
    }

    /// The connection was closed.
    fn close(&mut self) {
        match &self.kind {
            Kind::UntilClose => self.end(false),
            Kind::Length(missing) => {
                let received = self.length.saturating_sub(*missing);
                self.invalid = Some(Invalid::IncompleteLength { received, length: self.length });
            }
            Kind::Chunked(_) => self.invalid = Some(Invalid::IncompleteChunks),
        }
    }

    fn end(&mut self, reusable: bool) {
        self.ended = true;
        self.reusable = reusable;
    }

    /// The body was read to its end.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// The body was read to its end, and nothing after it: the connection can carry another request.
    pub fn is_reusable(&self) -> bool {
        self.reusable
    }

    /// Why the body is invalid after the data that was returned so far.
    pub fn invalid(&self) -> Option<Invalid> {
        self.invalid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data, whether the body ended, whether its connection is reusable, and what is invalid, of a body in blocks.
    fn read(mut framing: Framing, blocks: &[&[u8]]) -> (Vec<u8>, bool, bool, Option<Invalid>) {
        let mut data = Vec::new();
        for block in blocks {
            let mut places = Vec::new();
            framing.feed(block, &mut places);
            places.into_iter().for_each(|place| data.extend_from_slice(block.get(place).unwrap_or_default()));
        }
        (data, framing.is_ended(), framing.is_reusable(), framing.invalid())
    }

    #[test]
    fn a_length_ends_the_body() {
        assert_eq!(read(Framing::length(5), &[b"ab", b"cde"]), (b"abcde".to_vec(), true, true, None));
        assert_eq!(read(Framing::length(3), &[b"ab", b"cde"]), (b"abc".to_vec(), true, false, None));
        assert_eq!(read(Framing::length(0), &[]), (Vec::new(), true, true, None));
    }

    #[test]
    fn a_connection_that_closes_early_is_an_error() {
        let early = Invalid::IncompleteLength { received: 2, length: 5 };
        assert_eq!(read(Framing::length(5), &[b"ab", b""]), (b"ab".to_vec(), false, false, Some(early)));
        let (data, ended, _, invalid) = read(Framing::chunked(), &[b"2\r\nab\r\n", b""]);
        assert_eq!((data, ended, invalid), (b"ab".to_vec(), false, Some(Invalid::IncompleteChunks)));
        assert_eq!(early.to_string(), "connection closed early: received 2 of 5 body bytes");
    }

    #[test]
    fn the_last_chunk_ends_the_body() {
        let body = b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
        for at in 0..=body.len() {
            let (first, second) = body.split_at(at);
            let blocks: Vec<&[u8]> = [first, second].into_iter().filter(|block| !block.is_empty()).collect();
            assert_eq!(read(Framing::chunked(), &blocks), (b"abc".to_vec(), true, true, None));
        }
        assert_eq!(read(Framing::chunked(), &[b"1\r\na\r\n0\r\n\r\nHTTP"]), (b"a".to_vec(), true, false, None));
    }

    #[test]
    fn data_before_an_invalid_chunk_is_returned() {
        let (data, ended, _, invalid) = read(Framing::chunked(), &[b"2\r\nab\r\nx", b"3\r\nabc"]);
        assert_eq!((data, ended), (b"ab".to_vec(), false));
        assert!(matches!(invalid, Some(Invalid::Chunk { at: 7, .. })));
    }

    #[test]
    fn without_a_length_the_connection_ends_the_body() {
        assert_eq!(read(Framing::until_close(), &[b"ab", b"c"]), (b"abc".to_vec(), false, false, None));
        assert_eq!(read(Framing::until_close(), &[b"ab", b"", b"c"]), (b"ab".to_vec(), true, false, None));
    }
}
