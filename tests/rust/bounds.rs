//! Work that is linear and memory that is bounded, without a clock: bodies that a quadratic way would not
//! finish, and an allocator that counts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{channel, table, NO_LIMIT};
use ssescan_core::frames::Frames;
use ssescan_core::history::{IndexChoice, Selection};
use ssescan_core::session::{End, Session, Step, Tables};
use ssescan_core::text::Text;
use ssescan_core::textpath::{self, Extractor};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Counts what each thread holds; a test is one thread.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(by: isize) {
    // A thread that is ending has no counters any more.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + by);
        PEAK.with(|peak| peak.set(peak.get().max(held.get())));
    });
}

// SAFETY: everything is done by the system's allocator; the counters do not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        System.alloc(layout)
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        System.dealloc(at, layout);
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        System.realloc(at, layout, size)
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What `run` gives, the bytes that it held at most, and those that its result holds.
fn counted<T>(run: impl FnOnce() -> T) -> (T, usize, usize) {
    let before = HELD.get();
    PEAK.set(before);
    let result = run();
    (result, (PEAK.get() - before) as usize, (HELD.get() - before).max(0) as usize)
}

/// Gives a body to frames in blocks of `size` bytes; the sizes of the data that came out.
fn sizes(frames: &mut Frames, body: &[u8], size: usize) -> Vec<usize> {
    let mut sizes = Vec::new();
    for block in body.chunks(size) {
        let mut pos = 0;
        while frames.next(block, &mut pos).unwrap() {
            sizes.push(frames.frame(block).data.map_or(0, <[u8]>::len));
        }
    }
    sizes
}

fn frame_of(data: usize) -> Vec<u8> {
    [b"data: ".as_slice(), &b"x".repeat(data), b"\n\n"].concat()
}

#[test]
fn a_large_event_in_small_blocks() {
    let body = frame_of(8 * MIB);
    for size in [1, 2, 1000] {
        let (sizes, peak, _) = counted(|| sizes(&mut Frames::new(NO_LIMIT, b"", None), &body, size));
        assert_eq!(sizes, [8 * MIB]);
        assert!(peak <= 24 * MIB, "{peak} bytes for 8 MiB in blocks of {size}");
    }
}

#[test]
fn an_event_of_many_lines_in_small_blocks() {
    for (line, value) in [("data\n", 0), ("data: x\r\n", 1), ("data:xy\r", 2)] {
        let body = [line.repeat(MIB).as_bytes(), b"\n\n"].concat();
        let want = MIB * (value + 1) - 1;
        for size in [1, 999, body.len()] {
            assert_eq!(
                sizes(&mut Frames::new(NO_LIMIT, b"", None), &body, size),
                [want],
                "{line:?} in blocks of {size}"
            );
        }
    }
}

/// Comments, unknown fields, and lines without a colon are not held, however long they are.
#[test]
fn what_means_nothing_is_not_held() {
    for start in [":", "unknown: ", "data but no colon ", "retry: ", "event\n:", "\n\n:"] {
        let body = [start.as_bytes(), &b"7".repeat(4 * MIB)].concat();
        for size in [1, 4096, body.len()] {
            let mut frames = Frames::new(NO_LIMIT, b"", None);
            let (sizes, peak, _) = counted(|| sizes(&mut frames, &body, size));
            assert!(sizes.is_empty(), "{start:?} gave events");
            assert!(peak < KIB, "{peak} bytes for {start:?} in blocks of {size}");
        }
    }
}

/// A stream of small events holds no memory that grows, however the blocks are cut.
#[test]
fn small_events_are_not_held() {
    let body = b"event: e\nid: 1\ndata: some\ndata: data\n\n".repeat(50_000);
    for size in [1, 7, 4096, body.len()] {
        let mut frames = Frames::new(NO_LIMIT, b"", None);
        let mut count = 0;
        let (_, peak, _) = counted(|| {
            for block in body.chunks(size) {
                let mut pos = 0;
                while frames.next(block, &mut pos).unwrap() {
                    count += 1;
                }
            }
        });
        assert_eq!(count, 50_000);
        assert!(peak < KIB, "{peak} bytes in blocks of {size}");
    }
}

/// What a large event, or a large id, needed is given back with the next one.
#[test]
fn large_buffers_are_given_back() {
    let large = "x".repeat(8 * MIB);
    for field in ["data", "event", "error", "id"] {
        let body = format!("{field}: {large}\ndata: 1\n\nid\ndata: 2\ndata: 3\n\ndata: 4\ndata: 5\n\n");
        for size in [1000, body.len()] {
            let (frames, _, held) = counted(|| {
                let mut frames = Frames::new(NO_LIMIT, b"", Some(b"error"));
                assert_eq!(sizes(&mut frames, body.as_bytes(), size).len(), 3);
                frames
            });
            assert!(held <= MIB + KIB, "{held} bytes are held after a large {field}, by {frames:.0?}");
        }
    }
}

fn text_view() -> Selection {
    Selection { channel: "text".into(), index: IndexChoice::Default }
}

fn assistants<B: std::ops::Deref<Target = [u8]>>() -> Session<B> {
    Session::new(NO_LIMIT, b"", Tables::One(table("assistants")))
}

#[test]
fn a_large_event_of_a_dialect_in_small_blocks() {
    let text = "x".repeat(8 * MIB);
    let payload = format!(r#"{{"delta":{{"content":[{{"index":0,"text":{{"value":"{text}"}}}}]}}}}"#);
    let body = format!("event: thread.message.delta\ndata: {payload}\n\n");
    let (mut session, mut out) = (assistants::<&[u8]>(), Text::default());
    let (_, peak, _) = counted(|| {
        for block in body.as_bytes().chunks(1) {
            session.push(block);
            assert_eq!(
                session.step(),
                if session.bytes() as usize == body.len() { Step::Event } else { Step::NeedBlock }
            );
        }
    });
    assert!(peak <= 28 * MIB, "{peak} bytes"); // the summary's text is among them
    let (_, peak, _) = counted(|| {
        let mut session = assistants::<&[u8]>();
        for block in body.as_bytes().chunks(16) {
            session.push(block);
            assert_eq!(session.read(&text_view(), false, &mut out), Step::NeedBlock);
        }
    });
    assert_eq!(out.len(), text.len());
    assert!(peak <= 40 * MIB, "{peak} bytes"); // the text came out, and the summary has it too
}

/// A session keeps its blocks up to 128 KiB, also when they are tiny or hold no event at all, and drops them then.
#[test]
fn kept_blocks_are_bounded() {
    let delta = br#"event: thread.message.delta
data: {"delta":{"content":[{"index":0,"text":{"value":""}}]}}

"#;
    for (part, size) in
        [(&delta[..], 64 * KIB), (delta, 1), (b": keep-alive\n\n", 7), (b"event: ping\ndata: {}\n\n", 1000)]
    {
        let body = part.repeat(8 * MIB / part.len() / if size == 1 { 8 } else { 1 });
        let mut session = assistants::<Vec<u8>>();
        let (_, peak, _) = counted(|| {
            for block in body.chunks(size) {
                session.push(block.to_vec());
                while session.step() == Step::Event {}
            }
        });
        let blocks = (128 * KIB / (size + 96)).next_power_of_two() * 24; // and the list of them
        assert!(peak <= 128 * KIB + 2 * size + blocks + 128 * KIB, "{peak} bytes in blocks of {size}");
    }
}

#[test]
fn a_session_is_small() {
    let (_, peak, held) = counted(|| {
        let mut session = assistants::<&[u8]>();
        session.push(b"event: thread.created\ndata: {}\n\n");
        assert_eq!(session.step(), Step::Event);
        session
    });
    assert!(peak.max(held) + size_of::<Session<&[u8]>>() < 64 * KIB + table_size(), "{peak} bytes");
}

/// Each call of `table` reads it anew; in use it is shared.
fn table_size() -> usize {
    counted(|| table("assistants")).1
}

/// Of an array with many elements that hold no text only what matters is remembered.
#[test]
fn arrays_without_text() {
    let (text, no_text) = (channel(&["choices[*].delta.content"], Some("choices[*].index")), "0,".repeat(4 * MIB));
    let doc = format!(r#"{{"choices":[{no_text}{{"delta":{{"content":"a"}}}},{no_text}0]}}"#);
    let (mut extractor, mut out) = (Extractor::default(), Text::default());
    let (added, peak, held) = counted(|| extractor.text(doc.as_bytes(), &text, Some(0), &mut out));
    assert_eq!((added, out.as_bytes()), (Ok(true), &b"a"[..]));
    assert!(peak < doc.len() && held < 64 * KIB, "{peak} bytes, and {held} kept");
}

/// The memory that a document with many texts needed is given back.
#[test]
fn arrays_with_text() {
    let (text, element) = (channel(&["choices[*].delta.content"], None), r#"{"delta":{"content":"abc"}},"#);
    let doc = format!(r#"{{"choices":[{}0]}}"#, element.repeat(8 * MIB / element.len()));
    let (mut extractor, mut out) = (Extractor::default(), Text::default());
    let (added, peak, _) = counted(|| textpath::text(doc.as_bytes(), &text, None, &mut out));
    assert_eq!((added, out.len()), (Ok(true), 8 * MIB / element.len() * 3));
    assert!(peak <= 3 * doc.len(), "{peak} bytes for {}", doc.len());
    out.clear();
    let (_, _, held) = counted(|| extractor.text(doc.as_bytes(), &text, None, &mut out));
    assert!(held <= MIB, "{held} bytes are kept");
}

/// A million choices, each with its own index, in one event or in one event each.
#[test]
fn many_indices() {
    let choice = |index: usize| format!(r#"{{"index":{index},"delta":{{}},"finish_reason":"stop"}}"#);
    let all: Vec<String> = (0..1_000_000).map(choice).collect();
    let one = format!("data: {{\"choices\":[{}]}}\n\n", all.join(","));
    let each: String = all.iter().take(200_000).map(|choice| format!("data: {{\"choices\":[{choice}]}}\n\n")).collect();
    for body in [one, each] {
        let mut session: Session<&[u8]> = Session::new(NO_LIMIT, b"", Tables::One(table("chat")));
        for block in body.as_bytes().chunks(64 * KIB) {
            session.push(block);
            while session.step() == Step::Event {}
        }
        session.finish();
        assert_eq!(session.end(), Some(&End::Eof { complete: true }));
        assert_eq!(session.summary().finish_reason.as_deref(), Some(&b"\"stop\""[..]));
    }
}

/// Documents that a reader could go over again and again: long strings of escapes, many keys, keys
/// that are nearly those of the path, white space.
#[test]
fn documents_are_walked_once() {
    let text = channel(&["delta.content[*].text.value"], Some("delta.content[*].index"));
    let members =
        |member: &str| format!(r#"{{"delta":{{{}"content":[{{"text":{{"value":"a"}}}}]}}}}"#, member.repeat(400_000));
    for doc in [
        members(r#""content":[{"text":{"value":"b"}}],"#),
        members("\"\\u0063ontent\":0,"),
        members(r#""x":{"content":[[],{}]},"#),
        members("  \n\t\r"),
        format!(
            r#"{{"x":"{}","delta":{{"content":[{{"text":{{"value":"a"}}}}]}}}}"#,
            r#"\n\u00e9 and some letters"#.repeat(400_000)
        ),
        format!(
            r#"{{"delta":{{"content":[{}{{"text":{{"value":"a"}}}}]}}}}"#,
            r#"{"index":0,"text":{"x":"\\"}},"#.repeat(400_000)
        ),
    ] {
        let mut out = Text::default();
        assert_eq!(textpath::text(doc.as_bytes(), &text, None, &mut out), Ok(true));
        assert_eq!(out.as_bytes(), b"a");
    }
}
