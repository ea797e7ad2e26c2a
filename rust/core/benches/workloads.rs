//! The workloads of the core's benches. `core.rs` measures their time, `instructions.rs` counts their instructions.
//!
//! A workload reads a whole body of equal events once. Everything that it needs is built before.

#[path = "../../../tests/rust/common.rs"]
mod common;

use common::NO_LIMIT;
use ssescan_core::chunked::Chunked;
use ssescan_core::dispatch::{FrameKind, Table};
use ssescan_core::frames::Frames;
use ssescan_core::history::{IndexChoice, Selection};
use ssescan_core::session::{Session, Step, Tables};
use ssescan_core::text::Text;
use ssescan_core::textpath::Extractor;
use std::hint::black_box;
use std::sync::{Arc, OnceLock};

const EVENTS: usize = 5_000;
const LARGE_EVENT_BYTES: usize = 1 << 20;
const BLOCK_BYTES: usize = 1 << 16;
const SMALL_BLOCK_BYTES: usize = 100;
const CACHE_LINE_BYTES: usize = 64;
const WORDS: [&str; 5] = ["the", "quick", "brown", "fox", "jumps"];
/// As they are written in JSON.
const ESCAPED_WORDS: [&str; 5] = [r"\n\n", r#"a \"fox\""#, r"caf\u00e9", "naïve", r"\ud83e\udd8a"];

pub struct Workload {
    /// The input that is counted: one step of the core, or one body.
    pub group: String,
    /// How it is read.
    pub name: &'static str,
    pub events: usize,
    pub bytes: usize,
    /// Reads the body once. The number returned keeps the compiler from leaving anything out.
    pub run: Box<dyn Fn() -> usize>,
}

impl Workload {
    fn new(step: &str, body: &Body, name: &'static str, run: impl Fn() -> usize + 'static) -> Workload {
        let events = body.frames.len();
        Workload {
            group: format!("{step}, {events} x {}", body.name),
            name,
            events,
            bytes: body.bytes.len(),
            run: Box::new(run),
        }
    }
}

/// Dialects of providers whose payloads vary.
const VARYING: &str = include_str!("dialects.json");

/// All workloads; those of one group are neighbours.
pub fn all() -> Vec<Workload> {
    let plain = Body::new("delta", "assistants", EVENTS, &WORDS, delta);
    let escaped = Body::new("escaped delta", "assistants", EVENTS, &ESCAPED_WORDS, delta);
    let chunk = Body::new("chunk 4 KB", "chat", EVENTS / 10, &WORDS, chunk);
    let large = Body::new("delta 1 MiB", "assistants", 1, &[&"x".repeat(LARGE_EVENT_BYTES)], delta);
    let mut workloads = Vec::new();
    workloads.extend([plain, chunk].into_iter().flat_map(frames));
    workloads.push(large_event(large));
    workloads.extend([plain, chunk].into_iter().flat_map(dispatch));
    workloads.extend([plain, escaped, chunk].into_iter().flat_map(text));
    workloads.extend([plain, chunk].map(summary));
    workloads.push(chunked(plain));
    let numbers = ["1", "22", "333", "4444", "55555"];
    for (name, dialect, words, payload) in [
        ("Anthropic delta", "anthropic", &WORDS, anthropic as fn(&str) -> String),
        ("Anthropic delta, padded", "anthropic", &WORDS, padded_anthropic),
        ("Gemini chunk", "gemini", &numbers, gemini),
        ("chunk with usage", "chat", &numbers, chunk_with_usage),
    ] {
        let body = Body::new(name, dialect, EVENTS, words, payload);
        workloads.extend([as_readers_do(body), summary(body)]);
    }
    workloads
}

/// A body of one kind of event, and the frames and payloads in it. Bodies live as long as the process.
struct Body {
    name: &'static str,
    dialect: &'static str,
    bytes: &'static [u8],
    frames: Vec<&'static [u8]>,
    payloads: Vec<&'static [u8]>,
}

impl Body {
    fn new(
        name: &'static str,
        dialect: &'static str,
        events: usize,
        words: &[&str],
        payload: impl Fn(&str) -> String,
    ) -> &'static Body {
        let head = match dialect {
            "assistants" => "event: thread.message.delta\ndata: ",
            "anthropic" => "event: content_block_delta\ndata: ",
            _ => "data: ",
        };
        let of_words: Vec<String> = words.iter().map(|word| format!("{head}{}\n\n", payload(word))).collect();
        let all = || of_words.iter().cycle().take(events);
        let bytes = leak_aligned(all().flat_map(|frame| frame.bytes()).collect());
        let (mut frames, mut rest) = (Vec::new(), bytes);
        for frame in all() {
            let (first, others) = rest.split_at(frame.len());
            frames.push(first);
            rest = others;
        }
        let payloads = frames.iter().map(|frame| &frame[head.len()..frame.len() - 2]).collect();
        Box::leak(Box::new(Body { name, dialect, bytes, frames, payloads }))
    }

    fn blocks(&self, block_bytes: usize) -> Vec<&'static [u8]> {
        self.bytes.chunks(block_bytes).collect()
    }

    /// The names of the usual ways to cut a body into blocks, and the blocks.
    fn cuts(&self) -> [(&'static str, Vec<&'static [u8]>); 2] {
        [("64 KiB", self.blocks(BLOCK_BYTES)), ("one per block", self.frames.clone())]
    }

    fn table(&self) -> Arc<Table> {
        tables().iter().find(|(name, _)| name == self.dialect).unwrap().1.clone()
    }
}

/// Moves bytes to where a cache line begins, so that no count depends on what was allocated before.
fn leak_aligned(bytes: Vec<u8>) -> &'static [u8] {
    let space = vec![0; bytes.len() + CACHE_LINE_BYTES].leak();
    let start = space.as_ptr().align_offset(CACHE_LINE_BYTES);
    let place = &mut space[start..start + bytes.len()];
    place.copy_from_slice(&bytes);
    place
}

fn tables() -> &'static [(String, Arc<Table>)] {
    static TABLES: OnceLock<Vec<(String, Arc<Table>)>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let varying: Vec<serde_json::Value> = serde_json::from_str(VARYING).unwrap();
        let compiled = varying.iter().map(|dialect| {
            let table = common::declaration(dialect).compile().unwrap();
            (dialect["name"].as_str().unwrap().to_owned(), Arc::new(table))
        });
        common::tables().into_iter().chain(compiled).collect()
    })
}

fn delta(word: &str) -> String {
    format!(
        r#"{{"id":"msg_abc123","object":"thread.message.delta","delta":{{"content":[{{"index":0,"type":"text","text":{{"value":" {word}","annotations":[]}}}}]}}}}"#
    )
}

/// With the log probabilities of three words, 20 each: the payloads differ in more than their text.
fn chunk(word: &str) -> String {
    let top: Vec<String> = (0..60)
        .map(|rank| format!(r#"{{"token":" {word}","logprob":-{rank}.31725305,"bytes":[32,102,111,120]}}"#))
        .collect();
    let logprobs = format!(r#"{{"content":[{{"token":"a","top_logprobs":[{}]}}],"refusal":null}}"#, top.join(","));
    format!(
        r#"{{"id":"chatcmpl-abc123","object":"chat.completion.chunk","created":1718345013,"model":"gpt-4o","choices":[{{"index":0,"delta":{{"content":" {word}"}},"logprobs":{logprobs},"finish_reason":null}}]}}"#
    )
}

fn anthropic(word: &str) -> String {
    format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":" {word}"}}}}"#)
}

/// Anthropic's servers pad payloads by random white space.
fn padded_anthropic(word: &str) -> String {
    let (delta, space) = (anthropic(word), " ".repeat(word.bytes().map(usize::from).sum::<usize>() % 17));
    delta.replace("\"}}", &format!("\"}}{space}}}"))
}

/// The usage and the parts of it differ in each chunk.
fn gemini(number: &str) -> String {
    let usage = format!(
        r#"{{"promptTokenCount":8,"candidatesTokenCount":{number},"totalTokenCount":{number},"promptTokensDetails":[{{"modality":"TEXT","tokenCount":8}}],"thoughtsTokenCount":{number}}}"#
    );
    format!(
        r#"{{"candidates":[{{"content":{{"parts":[{{"text":" text {number}"}}],"role":"model"}},"index":0}}],"usageMetadata":{usage},"modelVersion":"gemini-2.5-flash","responseId":"mBuWaMXkGcaHkdUP"}}"#
    )
}

fn chunk_with_usage(number: &str) -> String {
    format!(
        r#"{{"id":"chatcmpl-abc123","object":"chat.completion.chunk","created":1718345013,"model":"gpt-4o","choices":[{{"index":0,"delta":{{"content":" text"}},"logprobs":null,"finish_reason":null}}],"usage":{{"prompt_tokens":9,"completion_tokens":{number},"total_tokens":{number}}},"obfuscation":"{}"}}"#,
        "x".repeat(number.len())
    )
}

/// Blocks -> frames.
fn frames(body: &'static Body) -> Vec<Workload> {
    body.cuts().map(|(cut, blocks)| Workload::new("frames", body, cut, move || count_frames(&blocks))).into()
}

/// One event that arrives in many blocks.
fn large_event(body: &'static Body) -> Workload {
    let blocks = body.blocks(SMALL_BLOCK_BYTES);
    Workload::new("frames", body, "100 B", move || count_frames(&blocks))
}

fn count_frames(blocks: &[&[u8]]) -> usize {
    let mut frames = Frames::new(NO_LIMIT, b"", None);
    let mut count = 0;
    for block in blocks {
        let mut pos = 0;
        while frames.next(block, &mut pos).unwrap() {
            count += black_box(frames.frame(block)).data.map_or(0, <[u8]>::len);
        }
    }
    count
}

/// From a frame to its row: each frame classified by itself, and a whole session, which compares a frame with the last one.
fn dispatch(body: &'static Body) -> Vec<Workload> {
    let table = body.table();
    let anew = Workload::new("dispatch", body, "each frame", move || {
        let mut frames = Frames::new(NO_LIMIT, b"", None);
        let mut pos = 0;
        let mut events = 0;
        while frames.next(body.bytes, &mut pos).unwrap() {
            events += usize::from(matches!(table.dispatch(&frames.frame(body.bytes)), FrameKind::Event { .. }));
        }
        events
    });
    let [(_, large), (_, small)] = body.cuts();
    let auto: Vec<Arc<Table>> = common::tables().into_iter().map(|(_, table)| table).collect();
    let sessions = [
        ("session, 64 KiB", large.clone(), Tables::One(body.table())),
        ("session, one per block", small, Tables::One(body.table())),
        ("session, 64 KiB, dialect auto", large.clone(), Tables::Auto(auto)),
        ("session, 64 KiB, no dialect", large, Tables::None),
    ];
    let session = |(name, blocks, tables): (_, Vec<&'static [u8]>, Tables)| {
        Workload::new("dispatch", body, name, move || step_through(&blocks, tables.clone()).events() as usize)
    };
    std::iter::once(anew).chain(sessions.map(session)).collect()
}

fn step_through<'a>(blocks: &[&'a [u8]], tables: Tables) -> Session<&'a [u8]> {
    let mut session = Session::new(NO_LIMIT, b"", tables);
    for block in blocks {
        session.push(*block);
        while session.step() == Step::Event {
            black_box(session.event());
        }
    }
    session
}

/// Payload -> text: by the template of the one before, by a walk, and in a session as readers and batches do it.
fn text(body: &'static Body) -> Vec<Workload> {
    vec![by_template(body), by_walk(body), as_readers_do(body), as_batches_do(body)]
}

fn by_template(body: &'static Body) -> Workload {
    let table = body.table();
    Workload::new("text", body, "by template, else by walk", move || {
        let channel = table.row(row_of(body, &table)).unwrap().channel("text").unwrap();
        let (mut extractor, mut out) = (Extractor::default(), Text::default());
        for payload in &body.payloads {
            extractor.text(payload, channel, table.index, &mut out).unwrap();
        }
        out.len()
    })
}

fn by_walk(body: &'static Body) -> Workload {
    let table = body.table();
    Workload::new("text", body, "by walk", move || {
        let channel = table.row(row_of(body, &table)).unwrap().channel("text").unwrap();
        let (mut extractor, mut out) = (Extractor::default(), Text::default());
        for payload in &body.payloads {
            extractor.by_walk(payload, channel, table.index, true, &mut out).unwrap();
        }
        out.len()
    })
}

fn as_readers_do(body: &'static Body) -> Workload {
    let (table, blocks) = (body.table(), body.blocks(BLOCK_BYTES));
    let selection = Selection { channel: "text".into(), index: IndexChoice::Default };
    Workload::new("text", body, "session, 64 KiB", move || {
        let mut session = Session::new(NO_LIMIT, b"", Tables::One(table.clone()));
        let mut out = Text::default();
        for block in &blocks {
            session.push(*block);
            session.read(&selection, false, &mut out);
        }
        out.len()
    })
}

fn as_batches_do(body: &'static Body) -> Workload {
    let (table, blocks) = (body.table(), body.blocks(BLOCK_BYTES));
    Workload::new("text", body, "session, 64 KiB, like events joined", move || {
        let mut session = Session::new(NO_LIMIT, b"", Tables::One(table.clone()));
        let mut out = Text::default();
        for block in &blocks {
            session.push(*block);
            while session.read_merged(&mut out) == Step::Event {
                session.begin_merge("text", true, &mut out);
            }
        }
        out.len()
    })
}

fn row_of(body: &Body, table: &Table) -> usize {
    let name: &[u8] = if body.dialect == "assistants" { b"thread.message.delta" } else { b"" };
    table.row_of.get(name).copied().unwrap_or(table.default)
}

/// The summary after a stream broke: the kept blocks are read again.
fn summary(body: &'static Body) -> Workload {
    let session = step_through(&body.blocks(BLOCK_BYTES)[..1], Tables::One(body.table()));
    let mut workload = Workload::new("summary", body, "of the first 64 KiB", move || {
        black_box(session.summary());
        session.events() as usize
    });
    workload.bytes = BLOCK_BYTES;
    workload.events = (workload.run)();
    workload
}

/// The chunked transfer coding: one event per chunk.
fn chunked(body: &'static Body) -> Workload {
    let of_frame = |frame: &&[u8]| [format!("{:x}\r\n", frame.len()).as_bytes(), frame, b"\r\n"].concat();
    let coded = leak_aligned(body.frames.iter().flat_map(of_frame).collect());
    Workload::new("chunked", body, "64 KiB", move || {
        let (mut chunked, mut places) = (Chunked::default(), Vec::new());
        let mut decoded = 0;
        for block in coded.chunks(BLOCK_BYTES) {
            places.clear();
            chunked.decode(block, &mut places).unwrap();
            decoded += black_box(&places).iter().map(|place| place.len()).sum::<usize>();
        }
        decoded
    })
}
