//! A slow and obvious reader of HTTP bodies: the second opinion on their framing. It takes the whole body at once.
#![allow(dead_code)] // every test takes its own part of it

use super::common::blocks;
use ssescan_core::framing::{Framing, Invalid};

/// How the end of a body is found.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Chunked,
    Length(u64),
    UntilClose,
}

/// How a body ends: after this many bytes, or not. The places are bytes from its start.
#[derive(Debug, PartialEq)]
pub enum End {
    At(usize),
    Incomplete,
    Invalid(u64),
}

pub fn slowly(kind: Kind, body: &[u8]) -> (Vec<u8>, End) {
    match kind {
        Kind::Chunked => chunked(body),
        Kind::UntilClose => (body.to_vec(), End::At(body.len())),
        Kind::Length(length) => match body.get(..length as usize) {
            Some(data) => (data.to_vec(), End::At(data.len())),
            None => (body.to_vec(), End::Incomplete),
        },
    }
}

/// RFC 9112, section 7.1. The body is shorter than the bounds of extensions and trailers.
fn chunked(body: &[u8]) -> (Vec<u8>, End) {
    let (mut data, mut at) = (Vec::new(), 0);
    loop {
        let digits = body[at..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if digits > 16 {
            return (data, End::Invalid(at as u64 + 16));
        }
        let size = std::str::from_utf8(&body[at..at + digits]).unwrap();
        at += digits;
        match (size, body.get(at)) {
            (_, None) => return (data, End::Incomplete),
            ("", Some(_)) => return (data, End::Invalid(at as u64)),
            _ => {}
        }
        let size = u64::from_str_radix(size, 16).unwrap();
        at = match end_of_size(body, at) {
            Ok(end) => end,
            Err(end) => return (data, end),
        };
        if size == 0 {
            let end = end_of_trailers(body, at);
            return (data, end);
        }
        let chunk = &body[at..body.len().min(at.saturating_add(size as usize))];
        data.extend_from_slice(chunk);
        at += chunk.len();
        if (chunk.len() as u64) < size {
            return (data, End::Incomplete);
        }
        for want in *b"\r\n" {
            match body.get(at) {
                None => return (data, End::Incomplete),
                Some(byte) if *byte != want => return (data, End::Invalid(at as u64)),
                Some(_) => at += 1,
            }
        }
    }
}

/// Where the line of a size ends. After the digits are white space, an extension, and LF or CRLF.
fn end_of_size(body: &[u8], mut at: usize) -> Result<usize, End> {
    while matches!(body.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    if body.get(at) == Some(&b';') {
        while body.get(at).is_some_and(|byte| !b"\r\n".contains(byte)) {
            at += 1;
        }
    }
    if body.get(at) == Some(&b'\r') {
        at += 1;
    }
    match body.get(at) {
        None => Err(End::Incomplete),
        Some(b'\n') => Ok(at + 1),
        Some(_) => Err(End::Invalid(at as u64)),
    }
}

/// Trailers are lines. An empty one ends the body.
fn end_of_trailers(body: &[u8], mut at: usize) -> End {
    loop {
        let Some(size) = body[at..].iter().position(|byte| *byte == b'\n') else { return End::Incomplete };
        let line = &body[at..at + size];
        at += size + 1;
        if line.is_empty() || line == b"\r" {
            return End::At(at);
        }
    }
}

/// Reads a body in blocks. The result must be that of the slow reader.
pub fn agree(kind: Kind, body: &[u8], cuts: &[usize]) {
    let (want, end) = slowly(kind, body);
    let mut framing = match kind {
        Kind::Chunked => Framing::chunked(),
        Kind::Length(length) => Framing::length(length),
        Kind::UntilClose => Framing::until_close(),
    };
    let (mut data, mut places, mut before, mut reusable) = (Vec::new(), Vec::new(), 0, framing.is_ended());
    for block in blocks(body, cuts).filter(|block| !block.is_empty()).chain([&b""[..]]) {
        let was_ended = framing.is_ended();
        framing.feed(block, &mut places);
        let mut last = 0;
        for place in &places {
            assert!(last <= place.start && place.start < place.end, "{places:?}");
            data.extend_from_slice(&block[place.clone()]);
            last = place.end;
        }
        before += block.len();
        if framing.is_ended() && !was_ended {
            reusable = end == End::At(before) && !matches!(kind, Kind::UntilClose);
        }
    }
    let got = match framing.invalid() {
        Some(Invalid::Chunk { at, .. }) => End::Invalid(at),
        Some(Invalid::IncompleteChunks) => End::Incomplete,
        Some(Invalid::IncompleteLength { received, length }) => {
            assert!(received == body.len() as u64 && received < length);
            End::Incomplete
        }
        None if framing.is_ended() => End::At(0),
        None => panic!("the body has no end"),
    };
    let is_same = got == end || matches!((&got, &end), (End::At(_), End::At(_)));
    assert!(is_same, "{kind:?}: {got:?}, not {end:?}: {}", body.escape_ascii());
    assert_eq!(data, want, "{kind:?}, cut at {cuts:?}: {}", body.escape_ascii());
    assert_eq!(framing.is_reusable(), reusable, "{kind:?}, cut at {cuts:?}: {}", body.escape_ascii());
}

/// All kinds of framing, and some lengths.
pub fn kinds(body: &[u8]) -> [Kind; 6] {
    let length = body.len() as u64;
    [
        Kind::Chunked,
        Kind::UntilClose,
        Kind::Length(0),
        Kind::Length(length / 2),
        Kind::Length(length),
        Kind::Length(length + 1),
    ]
}
