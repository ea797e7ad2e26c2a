//! What the core's steps cost, without Python: `cargo bench -p ssescan-core --bench core`.
//!
//! Every figure is for a whole body of the same events, and is shown in bytes per second; the count of
//! events is in the group's name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../../tests/rust/common.rs"]
mod common;

use common::NO_LIMIT;
use criterion::{criterion_group, criterion_main, BenchmarkGroup, Criterion, Throughput};
use ssescan_core::chunked::Chunked;
use ssescan_core::dispatch::Verdict;
use ssescan_core::frames::Frames;
use ssescan_core::json::Care;
use ssescan_core::ledger::{View, Which};
use ssescan_core::session::{Session, Step, Tables};
use ssescan_core::text::Text;
use ssescan_core::textpath::Extractor;
use std::hint::black_box;
use std::time::Duration;

const EVENTS: usize = 5_000;
const BLOCK_BYTES: usize = 1 << 16;
const WORDS: [&str; 5] = ["the", "quick", "brown", "fox", "jumps"];

type Group<'a> = BenchmarkGroup<'a, criterion::measurement::WallTime>;

/// A body of one kind of event, and the payloads in it.
struct Body {
    name: &'static str,
    dialect: &'static str,
    payloads: Vec<String>,
    frames: Vec<String>,
    bytes: Vec<u8>,
}

impl Body {
    fn new(name: &'static str, dialect: &'static str, events: usize, payload: impl Fn(&str) -> String) -> Body {
        let payloads: Vec<String> = (0..events).map(|at| payload(WORDS[at % WORDS.len()])).collect();
        let head = if dialect == "assistants" { "event: thread.message.delta\n" } else { "" };
        let frames: Vec<String> = payloads.iter().map(|payload| format!("{head}data: {payload}\n\n")).collect();
        let bytes = frames.concat().into_bytes();
        Body { name, dialect, payloads, frames, bytes }
    }

    fn blocks(&self) -> Vec<&[u8]> {
        self.bytes.chunks(BLOCK_BYTES).collect()
    }

    /// One event in a block.
    fn lone_blocks(&self) -> Vec<&[u8]> {
        self.frames.iter().map(String::as_bytes).collect()
    }
}

fn delta(word: &str) -> String {
    format!(
        r#"{{"id":"msg_abc123","object":"thread.message.delta","delta":{{"content":[{{"index":0,"type":"text","text":{{"value":" {word}","annotations":[]}}}}]}}}}"#
    )
}

/// With the log probabilities of three words, 20 each: no two payloads are alike but for their text.
fn chunk(word: &str) -> String {
    let top: Vec<String> = (0..60)
        .map(|rank| format!(r#"{{"token":" {word}","logprob":-{rank}.31725305,"bytes":[32,102,111,120]}}"#))
        .collect();
    let logprobs = format!(r#"{{"content":[{{"token":"a","top_logprobs":[{}]}}],"refusal":null}}"#, top.join(","));
    format!(
        r#"{{"id":"chatcmpl-abc123","object":"chat.completion.chunk","created":1718345013,"model":"gpt-4o","choices":[{{"index":0,"delta":{{"content":" {word}"}},"logprobs":{logprobs},"finish_reason":null}}]}}"#
    )
}

fn bodies() -> [Body; 2] {
    [Body::new("delta", "assistants", EVENTS, delta), Body::new("chunk 4 KB", "chat", EVENTS / 10, chunk)]
}

fn group<'a>(criterion: &'a mut Criterion, name: &str, body: &Body) -> Group<'a> {
    let mut group = criterion.benchmark_group(format!("{name}, {} x {}", body.frames.len(), body.name));
    group.throughput(Throughput::Bytes(body.bytes.len() as u64));
    group
}

/// Blocks -> frames.
fn frames(criterion: &mut Criterion) {
    for body in bodies() {
        let mut group = group(criterion, "frames", &body);
        for (cut, blocks) in [("64 KiB", body.blocks()), ("one per block", body.lone_blocks())] {
            group.bench_function(cut, |bencher| bencher.iter(|| count_frames(&blocks)));
        }
    }
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

/// Frame -> row, each frame looked at anew; and a whole session, which knows the row from the frame before.
fn dispatch(criterion: &mut Criterion) {
    for body in bodies() {
        let table = common::table(body.dialect);
        let mut group = group(criterion, "dispatch", &body);
        group.bench_function("each frame anew", |bencher| {
            bencher.iter(|| {
                let mut frames = Frames::new(NO_LIMIT, b"", None);
                let mut pos = 0;
                let mut events = 0;
                while frames.next(&body.bytes, &mut pos).unwrap() {
                    events += usize::from(matches!(table.dispatch(&frames.frame(&body.bytes)), Verdict::Event { .. }));
                }
                events
            });
        });
        for (cut, blocks) in [("64 KiB", body.blocks()), ("one per block", body.lone_blocks())] {
            group.bench_function(format!("session, {cut}"), |bencher| {
                bencher.iter(|| {
                    let mut session = Session::new(NO_LIMIT, b"", Tables::One(table.clone()));
                    for block in &blocks {
                        session.push(*block);
                        while session.step() == Step::Event {
                            black_box(session.event());
                        }
                    }
                    session.events()
                });
            });
        }
    }
}

/// Payload -> text: by the template of the one before, by a walk, and in a session as a reader does it.
fn text(criterion: &mut Criterion) {
    for body in bodies() {
        let table = common::table(body.dialect);
        let row = table.row_of.get(b"thread.message.delta".as_slice()).copied().unwrap_or(table.default);
        let channel = table.row(row).unwrap().channel("text").unwrap();
        let mut group = group(criterion, "text", &body);
        group.bench_function("by template, else by walk", |bencher| {
            bencher.iter(|| {
                let (mut extractor, mut out) = (Extractor::default(), Text::default());
                for payload in &body.payloads {
                    extractor.text(payload.as_bytes(), channel, table.index, &mut out).unwrap();
                }
                out.len()
            });
        });
        group.bench_function("by walk", |bencher| {
            bencher.iter(|| {
                let (mut extractor, mut out) = (Extractor::default(), Text::default());
                for payload in &body.payloads {
                    extractor.by_walk(payload.as_bytes(), channel, table.index, (Care::Whole, true), &mut out).unwrap();
                }
                out.len()
            });
        });
        let view = View { channel: "text".into(), index: Which::Default };
        let blocks = body.blocks();
        group.bench_function("session, 64 KiB", |bencher| {
            bencher.iter(|| {
                let mut session = Session::new(NO_LIMIT, b"", Tables::One(table.clone()));
                let mut out = Text::default();
                for block in &blocks {
                    session.push(*block);
                    session.read(&view, false, &mut out);
                }
                out.len()
            });
        });
    }
}

/// The chunked coding: one event a chunk.
fn chunked(criterion: &mut Criterion) {
    let body = Body::new("delta", "assistants", EVENTS, delta);
    let coded: Vec<u8> =
        body.frames.iter().flat_map(|frame| format!("{:x}\r\n{frame}\r\n", frame.len()).into_bytes()).collect();
    let mut group = group(criterion, "chunked", &body);
    group.bench_function("64 KiB", |bencher| {
        bencher.iter(|| {
            let (mut chunked, mut out) = (Chunked::default(), Vec::new());
            for block in coded.chunks(BLOCK_BYTES) {
                out.clear();
                chunked.decode(block, &mut out).unwrap();
                black_box(&out);
            }
        });
    });
}

fn brief() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
}

criterion_group! { name = benches; config = brief(); targets = frames, dispatch, text, chunked }
criterion_main!(benches);
