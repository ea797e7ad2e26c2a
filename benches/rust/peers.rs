//! Frames of event streams: our core beside other crates, in turn. Each is checked to see the same data first.
//!
//!     cargo run --release --locked --manifest-path benches/rust/Cargo.toml
//!
//! Prints a line for each body and parser, separated by tabs: the body, the parser, and the nanoseconds of processor time
//! per event in each round. `memchr` is one pass over the blocks: no parser that finds line ends is faster.

use bytes::Bytes;
use cpu_time::ProcessTime;
use eventsource_stream::Eventsource;
use futures_util::{stream, StreamExt};
use std::hint::black_box;

const ROUNDS: usize = 9;
/// A case is repeated within a round until it has taken this long.
const ENOUGH_S: f64 = 0.01;
const BODY_BYTES: usize = 1 << 20;

/// The number of events in the blocks, and the bytes of their data.
type Seen = (usize, usize);
type Parser = fn(&[Bytes]) -> Seen;

const PARSERS: [(&str, Parser); 5] = [
    ("ssescan-core", ours),
    ("sse-core 0.2.3", sse_core),
    ("sseer 0.3.1", sseer),
    ("eventsource-stream 0.2.3", eventsource_stream),
    ("memchr", memchr_pass),
];

fn ours(blocks: &[Bytes]) -> Seen {
    let mut frames = ssescan_core::frames::Frames::new(usize::MAX, b"", None);
    let mut seen = (0, 0);
    for block in blocks {
        let mut at = 0;
        while frames.next(block, &mut at).expect("no limit") {
            let data = black_box(frames.frame(block)).data.unwrap_or_default();
            seen = (seen.0 + 1, seen.1 + data.len());
        }
    }
    seen
}

fn sse_core(blocks: &[Bytes]) -> Seen {
    let mut decoder = sse_core::SseDecoder::new();
    let mut seen = (0, 0);
    for block in blocks {
        let mut block = block.clone();
        while let Some(event) = decoder.next(&mut block) {
            if let sse_core::SseEvent::Message(message) = black_box(event.expect("small enough")) {
                seen = (seen.0 + 1, seen.1 + message.data.len());
            }
        }
    }
    seen
}

fn sseer(blocks: &[Bytes]) -> Seen {
    let blocks = stream::iter(blocks.iter().cloned().map(Ok::<Bytes, std::convert::Infallible>));
    let events = sseer::event_stream::EventStream::new(blocks);
    let add = |seen: Seen, event: Result<sseer::event::Event, _>| async move {
        let event = black_box(event).expect("valid");
        (seen.0 + 1, seen.1 + event.data.len())
    };
    futures_util::FutureExt::now_or_never(events.fold((0, 0), add)).expect("nothing waits")
}

fn eventsource_stream(blocks: &[Bytes]) -> Seen {
    let blocks = stream::iter(blocks.iter().cloned().map(Ok::<Bytes, std::convert::Infallible>));
    let add = |seen: Seen, event: Result<eventsource_stream::Event, _>| async move {
        let event = black_box(event).expect("valid");
        (seen.0 + 1, seen.1 + event.data.len())
    };
    futures_util::FutureExt::now_or_never(blocks.eventsource().fold((0, 0), add)).expect("nothing waits")
}

fn memchr_pass(blocks: &[Bytes]) -> Seen {
    (0, blocks.iter().map(|block| usize::from(memchr::memchr(0, black_box(block)).is_some())).sum())
}

/// A body of equal events, in blocks of so many bytes.
struct Body {
    name: &'static str,
    events: usize,
    blocks: Vec<Bytes>,
}

impl Body {
    fn new(name: &'static str, frame: &str, block_bytes: usize) -> Body {
        let events = (BODY_BYTES / frame.len()).max(1);
        let body = Bytes::from(frame.repeat(events));
        let starts = (0..body.len()).step_by(block_bytes);
        let blocks = starts.map(|start| body.slice(start..body.len().min(start + block_bytes))).collect();
        Body { name, events, blocks }
    }

    fn check(&self) {
        let wanted = ours(&self.blocks);
        assert_eq!(wanted.0, self.events, "{}", self.name);
        for (parser, parse) in PARSERS.iter().take(PARSERS.len() - 1) {
            assert_eq!(parse(&self.blocks), wanted, "{}: {parser}", self.name);
        }
    }

    /// The nanoseconds per event of each parser, round by round.
    fn measure(&self) -> Vec<Vec<f64>> {
        let mut rounds: Vec<Vec<f64>> = vec![Vec::new(); PARSERS.len()];
        for _ in 0..ROUNDS {
            for ((_, parse), taken) in PARSERS.iter().zip(&mut rounds) {
                let (start, mut runs) = (ProcessTime::now(), 0);
                while runs == 0 || start.elapsed().as_secs_f64() < ENOUGH_S {
                    black_box(parse(black_box(&self.blocks)));
                    runs += 1;
                }
                taken.push(start.elapsed().as_secs_f64() * 1e9 / (runs * self.events) as f64);
            }
        }
        rounds
    }
}

fn main() {
    let delta = r#"{"id":"msg_abc123","object":"thread.message.delta","delta":{"content":[{"index":0,"type":"text","text":{"value":" fox","annotations":[]}}]}}"#;
    let delta = format!("event: thread.message.delta\ndata: {delta}\n\n");
    let data = |bytes: usize| format!("data: {}\n\n", "x".repeat(bytes));
    let bodies = [
        Body::new("Deltas of 176 bytes, blocks of 64 KiB", &delta, 1 << 16),
        Body::new("Deltas of 176 bytes, one per block", &delta, delta.len()),
        Body::new("Deltas of 176 bytes, blocks of 1,460 bytes", &delta, 1460),
        Body::new("Data of 9 bytes, blocks of 1,460 bytes", &data(9), 1460),
        Body::new("Data of 4 KiB, blocks of 64 KiB", &data(1 << 12), 1 << 16),
        Body::new("Data of 4 KiB, blocks of 10 bytes", &data(1 << 12), 10),
        Body::new("Data of 40 KiB, blocks of 1,460 bytes", &data(40 << 10), 1460),
    ];
    for body in &bodies {
        body.check();
        for ((parser, _), rounds) in PARSERS.iter().zip(body.measure()) {
            let rounds: Vec<String> = rounds.iter().map(|ns| format!("{ns:.2}")).collect();
            println!("{}\t{parser}\t{}", body.name, rounds.join(","));
        }
    }
}
