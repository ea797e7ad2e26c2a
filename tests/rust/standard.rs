//! The standard, point by point (docs/explanation/sse-standard.md), the limit, and random bodies against the
//! reference parser: whole, byte by byte, at every cut, cut at random.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "bodies.rs"]
mod bodies;
mod common;

use common::{bytewise, random_cuts, read, reference, Read, Rng, NO_LIMIT};
use ssescan_core::frames::{Frames, TooLarge};

/// Event, data, id, and retry of a frame.
type Row<'a> = (&'a [u8], &'a [u8], &'a [u8], Option<u64>);

/// `(points, body, frames, (last_event_id, retry_ms, tail_bytes))`
type Rule<'a> = (&'a str, &'a [u8], &'a [Row<'a>], (&'a [u8], Option<u64>, u64));

const RULES: &[Rule] = &[
    ("2: one BOM", b"\xEF\xBB\xBFdata: a\n\n", &[(b"", b"a", b"", None)], (b"", None, 0)),
    ("2: a second one is part of the name", b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\n", &[], (b"", None, 0)),
    ("2: nor at a later line", b"data: a\n\xEF\xBB\xBFdata: b\n\n", &[(b"", b"a", b"", None)], (b"", None, 0)),
    ("2: nor in a later frame", b"\n\xEF\xBB\xBFdata: b\n\n", &[], (b"", None, 0)),
    ("2: half a BOM is a name", b"\xEF\xBBdata: a\n\n", &[], (b"", None, 0)),
    ("2: half a BOM, and no more", b"\xEF\xBB", &[], (b"", None, 2)),
    ("2, 9: half a BOM is no empty line", b"data: a\n\n\xEF\n", &[(b"", b"a", b"", None)], (b"", None, 2)),
    ("2, 23: a BOM is in the tail", b"\xEF\xBB\xBFdata: a", &[], (b"", None, 10)),
    ("2, 9: a BOM and an empty line", b"\xEF\xBB\xBF\ndata: a\n\n", &[(b"", b"a", b"", None)], (b"", None, 0)),
    ("3: bad bytes are kept for the decoder", b"data: \xFF\xC3\n\n", &[(b"", b"\xFF\xC3", b"", None)], (b"", None, 0)),
    ("5: LF", b"data: a\ndata: b\n\n", &[(b"", b"a\nb", b"", None)], (b"", None, 0)),
    ("5: CR LF", b"data: a\r\ndata: b\r\n\r\n", &[(b"", b"a\nb", b"", None)], (b"", None, 0)),
    ("5: CR", b"data: a\rdata: b\r\r", &[(b"", b"a\nb", b"", None)], (b"", None, 0)),
    (
        "5: nothing else",
        b"data: \x0B\x0C\x1C\x1D\x1E\xC2\x85\xE2\x80\xA8\xE2\x80\xA9\n\n",
        &[(b"", b"\x0B\x0C\x1C\x1D\x1E\xC2\x85\xE2\x80\xA8\xE2\x80\xA9", b"", None)],
        (b"", None, 0),
    ),
    ("6: LF CR are two", b"data: a\n\r", &[(b"", b"a", b"", None)], (b"", None, 0)),
    (
        "6: CR CR LF are two",
        b"data: a\r\r\ndata: b\n\n",
        &[(b"", b"a", b"", None), (b"", b"b", b"", None)],
        (b"", None, 0),
    ),
    (
        "6, 7: CR LF LF are two",
        b"data: a\r\n\ndata: b\r\n\n",
        &[(b"", b"a", b"", None), (b"", b"b", b"", None)],
        (b"", None, 0),
    ),
    ("6: mixed", b"event: e\rdata: a\r\ndata: b\n\r\n", &[(b"e", b"a\nb", b"", None)], (b"", None, 0)),
    ("7, 23: a CR at the end completes", b"data: a\r\n\r", &[(b"", b"a", b"", None)], (b"", None, 0)),
    ("7, 23: its LF is no tail", b"data: a\n\r\n", &[(b"", b"a", b"", None)], (b"", None, 0)),
    ("8, 23: no line end, no line", b"data: a\n\ndata: b", &[(b"", b"a", b"", None)], (b"", None, 7)),
    ("9, 23: no blank line, no frame", b"data: a\n\ndata: b\n", &[(b"", b"a", b"", None)], (b"", None, 8)),
    ("9: a space is not empty", b"data: a\n \ndata: b\n\n", &[(b"", b"a\nb", b"", None)], (b"", None, 0)),
    ("9: nor are a tab and a NUL", b"data: a\n\t\n\0\n\n", &[(b"", b"a", b"", None)], (b"", None, 0)),
    ("10: comments", b":\n: data: x\n:data: y\ndata: a\n::\n\n", &[(b"", b"a", b"", None)], (b"", None, 0)),
    ("10, 20: a comment alone", b": keep-alive\n\n", &[], (b"", None, 0)),
    ("11: one space", b"data:  a \n\n", &[(b"", b" a ", b"", None)], (b"", None, 0)),
    ("11: no other blank", b"data:\ta\n\n", &[(b"", b"\ta", b"", None)], (b"", None, 0)),
    ("11: other colons stay", b"data:: a:b\n\n", &[(b"", b": a:b", b"", None)], (b"", None, 0)),
    ("11: a space alone is dropped", b"data: \n\n", &[(b"", b"", b"", None)], (b"", None, 0)),
    ("12: without a colon", b"data\nevent\nid\nretry\n\n", &[(b"", b"", b"", None)], (b"", None, 0)),
    ("13: exact names", b"Data: a\ndata : a\n data: a\nDATA\ndatum: a\ndat: a\n\n", &[], (b"", None, 0)),
    (
        "14: unknown names",
        b"foo: x\nfoo\nerror: x\nretryretry: 5\ndata: a\n\n",
        &[(b"", b"a", b"", None)],
        (b"", None, 0),
    ),
    ("15: the last one wins", b"event: e\nevent: f\ndata: a\n\n", &[(b"f", b"a", b"", None)], (b"", None, 0)),
    ("15: an empty one resets", b"event: e\nevent\ndata: a\n\n", &[(b"", b"a", b"", None)], (b"", None, 0)),
    (
        "16, 21: lines are joined",
        b"data: a\ndata:\ndata\ndata: b\n\n",
        &[(b"", b"a\n\n\nb", b"", None)],
        (b"", None, 0),
    ),
    (
        "17, 19: sticky",
        b"id: 1\ndata: a\n\ndata: b\n\n",
        &[(b"", b"a", b"1", None), (b"", b"b", b"1", None)],
        (b"1", None, 0),
    ),
    (
        "17: reset",
        b"id: 1\ndata: a\n\nid\ndata: b\n\n",
        &[(b"", b"a", b"1", None), (b"", b"b", b"", None)],
        (b"", None, 0),
    ),
    ("17: NUL", b"id: 1\nid: 2\x003\ndata: a\n\n", &[(b"", b"a", b"1", None)], (b"1", None, 0)),
    ("17: NUL first", b"id: 2\x003\nid: 1\ndata: a\n\n", &[(b"", b"a", b"1", None)], (b"1", None, 0)),
    ("17: NUL alone", b"id: 1\n\nid: \0\ndata: a\n\n", &[(b"", b"a", b"1", None)], (b"1", None, 0)),
    ("17: the last one wins", b"id: 1\nid: 2\ndata: a\n\n", &[(b"", b"a", b"2", None)], (b"2", None, 0)),
    ("18: digits", b"retry: 0015\ndata: a\n\n", &[(b"", b"a", b"", Some(15))], (b"", Some(15), 0)),
    ("18: nothing else", b"retry: 1.5\nretry: -1\nretry: 1 \nretry: +1\nretry:  1\n\n", &[], (b"", None, 0)),
    ("18: nor empty", b"retry: 7\nretry:\nretry\ndata: a\n\n", &[(b"", b"a", b"", Some(7))], (b"", Some(7), 0)),
    ("18: nor other digits", b"retry: \xD9\xA1\ndata: a\n\n", &[(b"", b"a", b"", None)], (b"", None, 0)),
    ("18: 2^64 - 1", b"retry: 18446744073709551615\n\n", &[], (b"", Some(u64::MAX), 0)),
    ("18: not 2^64", b"retry: 18446744073709551616\n\n", &[], (b"", None, 0)),
    ("18: nor 10 * 2^64", b"retry: 184467440737095516150\n\n", &[], (b"", None, 0)),
    ("18, 23: at once", b"retry: 5\n", &[], (b"", Some(5), 9)),
    ("8, 18: but as a line", b"retry: 5", &[], (b"", None, 8)),
    (
        "18: of its frame only",
        b"retry: 5\ndata: a\n\ndata: b\n\n",
        &[(b"", b"a", b"", Some(5)), (b"", b"b", b"", None)],
        (b"", Some(5), 0),
    ),
    ("18, 20: not of the next frame", b"retry: 5\n\ndata: b\n\n", &[(b"", b"b", b"", None)], (b"", Some(5), 0)),
    (
        "18: the last one wins",
        b"retry: 5\nretry: x\nretry: 6\ndata: a\n\n",
        &[(b"", b"a", b"", Some(6))],
        (b"", Some(6), 0),
    ),
    ("19: also without data", b"id: 1\n\n", &[], (b"1", None, 0)),
    ("19, 20: for the next one", b"id: 1\n\ndata: a\n\n", &[(b"", b"a", b"1", None)], (b"1", None, 0)),
    ("20: nothing leaks", b"event: e\n\ndata: a\n\n", &[(b"", b"a", b"", None)], (b"", None, 0)),
    (
        "21: `message` is a name like others",
        b"event: message\ndata: a\n\n",
        &[(b"message", b"a", b"", None)],
        (b"", None, 0),
    ),
    (
        "22: empty data",
        b"data\n\ndata\ndata\ndata\n\n",
        &[(b"", b"", b"", None), (b"", b"\n\n", b"", None)],
        (b"", None, 0),
    ),
    ("22: and with a colon", b"data:\n\ndata: \n\n", &[(b"", b"", b"", None), (b"", b"", b"", None)], (b"", None, 0)),
    ("23: the id is not taken over", b"id: 1\n\nid: 2\ndata: a\n", &[], (b"1", None, 14)),
    (
        "24: cleared",
        b"event: e\ndata: a\n\ndata: b\n\n",
        &[(b"e", b"a", b"", None), (b"", b"b", b"", None)],
        (b"", None, 0),
    ),
];

/// The same bytes, cut in every way that is tried.
fn at_cuts(body: &[u8], seed: u64, check: &dyn Fn(&[usize])) {
    check(&[]);
    check(&bytewise(body));
    (0..=body.len()).for_each(|cut| check(&[cut]));
    (0..10).for_each(|round| check(&random_cuts(body, &mut Rng::new(seed * 10 + round))));
}

#[test]
fn point_by_point() {
    for (seed, (points, body, rows, (last_event_id, retry_ms, tail_bytes))) in RULES.iter().enumerate() {
        at_cuts(body, seed as u64, &|cuts| {
            let answer = read(body, cuts, NO_LIMIT, None).answer;
            let got = answer.frames.iter().map(|f| (&*f.event, f.data.as_deref().unwrap(), &*f.id, f.retry_ms));
            assert_eq!(got.collect::<Vec<_>>(), *rows, "{points}, cut at {cuts:?}");
            assert_eq!(answer.last_event_id, *last_event_id, "{points}, cut at {cuts:?}");
            assert_eq!(answer.retry_ms, *retry_ms, "{points}, cut at {cuts:?}");
            assert_eq!(body.len() as u64 - answer.tail_at, *tail_bytes, "{points}, cut at {cuts:?}");
        });
        let tail_at = reference::parse(body, NO_LIMIT, None).tail_at;
        assert_eq!(body.len() as u64 - tail_at, *tail_bytes, "{points}: the reference");
    }
}

/// Points 34 and 35: a new body starts with the id that the last one ended with.
#[test]
fn the_last_event_id_lives_on() {
    for (body, want) in [(&b"data: a\n\n"[..], &b"7"[..]), (b"id: 8\ndata: a\n\n", b"8"), (b"id\ndata: a\n\n", b"")] {
        let mut frames = Frames::new(NO_LIMIT, b"7", None);
        assert_eq!(frames.last_event_id(), b"7");
        let before = frames.id_changes();
        assert!(frames.next(body, &mut 0).unwrap());
        assert_eq!(frames.last_event_id(), want);
        assert_eq!(frames.id_changes() - before, u64::from(want != b"7"));
    }
}

/// Reads with a limit: the same whole, bytewise and cut at random, and as the reference says.
fn read_limited(body: &[u8], limit: usize, seed: u64) -> Read {
    let whole = read(body, &[], limit, None);
    at_cuts(body, seed, &|cuts| assert_eq!(read(body, cuts, limit, None), whole, "limit {limit}, cut at {cuts:?}"));
    let reference = reference::parse(body, limit, None);
    assert_eq!(whole.answer, reference, "limit {limit}");
    if let Some(TooLarge { limit: named, size, position }) = whole.too_large {
        assert_eq!((named, size, Some(position)), (limit, limit + 1, reference.too_large));
    }
    whole
}

/// The smallest limit under which a body is read to its end.
fn held(body: &[u8]) -> usize {
    let held = (0..=body.len()).find(|limit| read_limited(body, *limit, 0).too_large.is_none());
    held.expect("no event holds more than the body has bytes")
}

#[test]
fn what_is_held() {
    assert_eq!(held(b"data: 12345\n\n"), 5, "the value, without its space");
    assert_eq!(held(b"data:12345\r\n\r\n"), 5);
    assert_eq!(held(b"data: 12345"), 5, "an unfinished line is held too");
    assert_eq!(held(b"data: 12\ndata: 34\n\n"), 5, "the LF between data lines");
    assert_eq!(held(b"data\ndata\ndata\n\n"), 2);
    assert_eq!(held(b"event: 123\ndata: 12\n\n"), 5, "the event");
    assert_eq!(held(b"event: 12345\nevent: 1\ndata: 12\n\n"), 5, "an event line replaces the one before");
    assert_eq!(held(b"id: 123\ndata: 12\n\n"), 5, "the id");
    assert_eq!(held(b"id: 12345\nid: 1\ndata: 1\n\n"), 5, "and the last one only");
    assert_eq!(held(b"id: 1\x0034\ndata: 1\n\n"), 5, "also one that is ignored");
    assert_eq!(held(b"data: 123\n\ndata: 12345\n\ndata: 1\n\n"), 5, "each event for itself");
    assert_eq!(held(b": a comment that is long\n\n"), 0);
    assert_eq!(held(b"unknown: a field that is long\nunknown without a colon\ndata: 1\n\n"), 1);
    assert_eq!(held(b"retry: 000000000000000000000000001\n\n"), 0);
    assert_eq!(held(b"data12345: 678\n\n"), 0, "a name that only begins like one");
    assert_eq!(held(b"\xEF\xBB\xBFdata: 12345\n\n"), 5);
}

#[test]
fn events_before_a_too_large_one_are_handed_out() {
    let small = b"event: a\ndata: 1\r\n\r\nid: 7\ndata: 2\n\n: a comment\n\nretry: 5\n\n".to_vec();
    let mut body = small.clone();
    body.extend_from_slice(b"data: 123456\n\ndata: 3\n\n");
    let Read { answer, too_large, .. } = read_limited(&body, 5, 0);
    assert_eq!(answer.frames.len(), 2);
    assert_eq!(too_large, Some(TooLarge { limit: 5, size: 6, position: small.len() as u64 }));
    assert_eq!((&*answer.last_event_id, answer.retry_ms), (&b"7"[..], Some(5)));
}

/// The event begins behind the LF of the blank line before it, also if that came in another block,
/// and a byte order mark belongs to the first one.
#[test]
fn position_of_a_too_large_event() {
    for (before, start) in
        [(&b""[..], 0), (b"\xEF\xBB\xBF", 0), (b"data: 1\r\n\r\n", 11), (b"data: 1\r\r", 9), (b"\xEF\xBB\xBF\r\n", 5)]
    {
        let body = [before, b": comment\nevent: abc\ndata: 1234\n\n"].concat();
        assert_eq!(read_limited(&body, 6, 0).too_large.map(|error| error.position), Some(start), "{before:?}");
    }
}

/// The further field may have any name but an empty one, which comments have.
#[test]
fn further_fields() {
    let body = b"error: 1\nx: 2\nexception: 3\nexception\nexceptions: 4\n: 5\n\ndata: a\nexception:6\n\n";
    for name in ["error", "x", "exception", "exceptio", "no such name", "data"] {
        let further = Some(name.as_bytes());
        let reference = reference::parse(body, NO_LIMIT, further);
        assert_eq!(reference.frames.len(), if ["error", "x", "exception"].contains(&name) { 2 } else { 1 }, "{name:?}");
        at_cuts(body, 0, &|cuts| assert_eq!(read(body, cuts, NO_LIMIT, further).answer, reference, "{name:?}"));
    }
    assert_eq!(read(body, &[], NO_LIMIT, Some(b"")), read(body, &[], NO_LIMIT, None));
}

const ENDS: [&[u8]; 3] = [b"\n", b"\r\n", b"\r"];
const HEADS: [&[u8]; 8] = [
    b"data:",
    b"data: ",
    b"data:",
    b"data: ",
    b"event: e\ndata: ",
    b"event: e\ndata:",
    b"x: y\ndata: ",
    b"id: 1\ndata: ",
];
const VALUES: [&[u8]; 12] = [
    b"",
    b" ",
    b"a",
    b" a",
    b"  a",
    b"{\"a\":1}",
    b":",
    b"\0",
    b"7",
    b"18446744073709551615",
    b"\xC3\xA9\xFF",
    b"[DONE]",
];
const NAMES: [&[u8]; 16] = [
    b"data",
    b"data",
    b"data",
    b"event",
    b"event",
    b"id",
    b"retry",
    b"error",
    b"",
    b"Data",
    b"dat",
    b"datas",
    b" data",
    b"foobar",
    b"\xEF\xBB\xBFdata",
    b"e",
];

/// Frames that begin alike, as those of a stream of deltas do, with others in between.
fn stream_of_heads(rng: &mut Rng) -> Vec<u8> {
    let (mut body, mut end, mut head) = (Vec::new(), rng.pick(&ENDS), rng.pick(&HEADS));
    for _ in 0..rng.below(24) {
        if rng.one_in(4) {
            head = rng.pick(&HEADS);
        }
        if rng.one_in(10) {
            end = rng.pick(&ENDS);
        }
        if rng.one_in(6) {
            body.extend_from_slice(&line(rng));
        }
        body.extend_from_slice(&[head, rng.pick(&VALUES), end].concat());
        if rng.one_in(8) {
            body.extend_from_slice(&line(rng));
        }
        body.extend_from_slice(if rng.one_in(10) { rng.pick(&ENDS) } else { end });
    }
    body
}

/// Any lines in any order.
fn stream_of_lines(rng: &mut Rng) -> Vec<u8> {
    let bom: &[u8] = [&b""[..], b"", b"\xEF\xBB\xBF", b"\xEF\xBB"][rng.below(4)];
    let lines = (0..rng.below(30)).map(|_| line(rng)).collect::<Vec<_>>().concat();
    [bom, &lines, b"data: a"].concat()
}

fn line(rng: &mut Rng) -> Vec<u8> {
    if rng.one_in(3) {
        return rng.pick(&ENDS).to_vec();
    }
    let colon: &[u8] = [&b":"[..], b": ", b":  ", b""][rng.below(4)];
    [rng.pick(&NAMES), colon, rng.pick(&VALUES), rng.pick(&ENDS)].concat()
}

/// Bytes of which every one means something.
fn noise(rng: &mut Rng) -> Vec<u8> {
    let pieces: [&[u8]; 14] = [
        b"\n",
        b"\n",
        b"\r",
        b"\r\n",
        b":",
        b" ",
        b"data",
        b"data:",
        b"event:",
        b"id:",
        b"retry:",
        b"0",
        b"\0",
        b"\xEF\xBB\xBF",
    ];
    (0..rng.below(60)).map(|_| rng.pick(&pieces)).collect::<Vec<_>>().concat()
}

/// Every way through a block gives what the reference gives, with and without a limit, and with
/// and without a further field.
fn agree(make: fn(&mut Rng) -> Vec<u8>, bodies: u64) {
    for seed in 0..bodies {
        let mut rng = Rng::new(seed);
        let body = make(&mut rng);
        let limit = if rng.one_in(3) { rng.below(24) } else { NO_LIMIT };
        let further = rng.one_in(2).then_some(&b"error"[..]);
        let reference = reference::parse(&body, limit, further);
        let whole = read(&body, &[], limit, further);
        assert_eq!(whole.answer, reference, "seed {seed}: {:?}", body.escape_ascii().to_string());
        let some =
            [bytewise(&body), vec![rng.below(body.len())], random_cuts(&body, &mut rng), random_cuts(&body, &mut rng)];
        for cuts in some {
            let cut = read(&body, &cuts, limit, further);
            assert_eq!(cut, whole, "seed {seed}: {:?} cut at {cuts:?}", body.escape_ascii().to_string());
        }
    }
}

#[test]
fn random_heads() {
    agree(stream_of_heads, 20_000);
}

#[test]
fn random_lines() {
    agree(stream_of_lines, 20_000);
}

#[test]
fn random_noise() {
    agree(noise, 20_000);
}

/// Frames that have a head in common have everything in common but their data.
#[test]
fn equal_heads_are_equal() {
    let mut again = 0;
    for seed in 0..2_000 {
        let body = stream_of_heads(&mut Rng::new(seed));
        let (mut frames, mut pos) = (Frames::new(NO_LIMIT, b"", Some(b"error")), 0);
        let mut last: Option<(u64, Vec<u8>)> = None;
        while frames.next(&body, &mut pos).unwrap() {
            let frame = frames.frame(&body);
            let Some(head) = frames.head_id() else { continue };
            assert_eq!((frame.error, frame.retry_ms), (None, None), "seed {seed}");
            if let Some((_, event)) = last.filter(|(same, _)| *same == head) {
                assert_eq!(frame.event, event, "seed {seed}");
                again += 1;
            }
            last = Some((head, frame.event.to_vec()));
        }
    }
    assert!(again > 2_000, "the shortcut was taken {again} times");
}

/// HTTP bodies of random pieces: the framing is that of a slow reader, however the body is split.
#[test]
fn random_http_bodies() {
    let pieces: [&[u8]; 16] = [
        b"1\r\na\r\n",
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
        b"0\r\n",
        b"2",
        b"0a",
        b"\r\n",
        b"\r",
        b"\n",
        b" ",
        b";x=y",
        b"x: y\r\n",
        b"ffffffffffffffff",
        b"g",
        b"0123456789",
        b"a;\t\n0123456789\r\n",
    ];
    for seed in 0..20_000 {
        let mut rng = Rng::new(seed);
        let count = rng.below(8);
        let body: Vec<u8> = (0..count).flat_map(|_| rng.pick(&pieces)).copied().collect();
        for kind in bodies::kinds(&body) {
            for cuts in [vec![], bytewise(&body), random_cuts(&body, &mut rng)] {
                bodies::agree(kind, &body, &cuts);
            }
        }
    }
}
