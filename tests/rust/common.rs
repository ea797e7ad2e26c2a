//! What several tests use: seeded randomness, ways to cut a body into blocks, frames read with their
//! cuts, and the tables of the dialects.
#![allow(dead_code)] // every test takes its own part of it

#[path = "reference.rs"]
pub mod reference;

use serde_json::Value;
use ssescan_core::declaration::{
    ChannelDeclaration, Declaration, FinishDeclaration, NameDeclaration, RowDeclaration, TextDeclaration,
    WhenDeclaration,
};
use ssescan_core::dispatch::Table;
use ssescan_core::frames::{FrameError, Frames, TooLarge};
use ssescan_core::textpath::Channel;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The limit where a test is not about limits.
pub const NO_LIMIT: usize = 1 << 26;

/// A xorshift generator: every run of a test sees the same cases.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        Rng((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub fn draw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.draw() % end.max(1) as u64) as usize
    }

    /// True in one of `n` cases.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// Where a body is cut: block borders, in order.
pub type Cuts = Vec<usize>;

pub fn bytewise(body: &[u8]) -> Cuts {
    (1..body.len()).collect()
}

/// Mostly small blocks, empty ones among them.
pub fn random_cuts(body: &[u8], rng: &mut Rng) -> Cuts {
    let (mut cuts, mut at) = (Vec::new(), 0);
    while at < body.len() {
        at += match rng.below(4) {
            0 => rng.below(2),
            1 => rng.below(4),
            _ => rng.below(60),
        };
        cuts.push(at.min(body.len()));
    }
    cuts
}

pub fn blocks<'a>(body: &'a [u8], cuts: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([body.len()]);
    starts.zip(ends).map(|(start, end)| &body[start..end])
}

/// What is left of a frame that the body did not complete.
pub type Unfinished = (Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>, Option<u64>);

#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    pub answer: reference::Answer,
    pub too_large: Option<TooLarge>,
    pub unfinished: Unfinished,
}

/// Reads a body that is cut into blocks. `ready` is where the reader stood when it gave the frame, less
/// an LF that it swallowed on the way: that depends on whether the LF was there already.
pub fn read(body: &[u8], cuts: &[usize], limit: usize, further: Option<&[u8]>) -> Read {
    let mut frames = Frames::new(limit, b"", further);
    let mut answer = reference::Answer::default();
    let (mut before, mut too_large) = (0, None);
    'body: for block in blocks(body, cuts) {
        let mut pos = 0;
        loop {
            match frames.next(block, &mut pos) {
                Ok(true) => answer.frames.push(owned(&frames, block, without_lf(body, before + pos))),
                Ok(false) => break,
                Err(FrameError::TooLarge(error)) => {
                    too_large = Some(error);
                    break 'body;
                }
                Err(FrameError::OutOfMemory) => panic!("out of memory"),
            }
        }
        assert_eq!(pos, block.len(), "the block is not used up");
        before += block.len();
    }
    let rest = frames.unfinished();
    let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
    let unfinished = match too_large {
        None => (rest.event.to_vec(), owned(rest.data), owned(rest.error), rest.retry_ms),
        Some(_) => Unfinished::default(), // nobody asks for the rest of it
    };
    answer.last_event_id = frames.last_event_id().to_vec();
    answer.retry_ms = frames.retry_ms();
    answer.tail_at = frames.position();
    answer.too_large = too_large.map(|error| error.position);
    Read { answer, too_large, unfinished }
}

fn owned(frames: &Frames, block: &[u8], ready: u64) -> reference::Frame {
    let frame = frames.frame(block);
    if let Some(place) = frames.data_in_block() {
        assert_eq!(block.get(place), frame.data, "the data stands elsewhere");
    }
    reference::Frame {
        event: frame.event.to_vec(),
        data: frame.data.map(<[u8]>::to_vec),
        error: frame.error.map(<[u8]>::to_vec),
        id: frames.last_event_id().to_vec(),
        retry_ms: frame.retry_ms,
        ready,
    }
}

fn without_lf(body: &[u8], at: usize) -> u64 {
    (at - usize::from(body[..at].ends_with(b"\r\n"))) as u64
}

/// Text as the answers write it: a surrogate that stayed alone is U+FFFD.
pub fn mend(text: &[u8]) -> String {
    let mut bytes = text.to_vec();
    for at in 0..bytes.len() {
        if bytes[at] == 0xED && bytes.get(at + 1).is_some_and(|next| *next >= 0xA0) {
            bytes[at..at + 3].copy_from_slice("\u{FFFD}".as_bytes());
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The folder `tests`, seen from any crate of the project.
pub fn tests_folder() -> PathBuf {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("tests"));
    folders.into_iter().find(|tests| tests.join("streams").is_dir()).expect("a crate of this project")
}

/// A channel by its paths, as Python declares it.
pub fn channel_declaration(paths: &[&str], index: Option<&str>) -> ChannelDeclaration {
    let text = |path: &&str| TextDeclaration { path: (*path).into(), ..Default::default() };
    let texts = paths.iter().map(text).collect();
    ChannelDeclaration { name: "text".into(), texts, index: index.map(Into::into), reads_first: false }
}

pub fn channel(paths: &[&str], index: Option<&str>) -> Channel {
    channel_declaration(paths, index).compile().unwrap()
}

/// The dialects by name, in the order in which `auto` asks them.
pub fn tables() -> Vec<(String, Arc<Table>)> {
    tables_of("dialects.json")
}

/// The dialects of no provider, one for each thing that the schema can say.
pub fn shapes() -> Vec<(String, Arc<Table>)> {
    tables_of("shapes.json")
}

fn tables_of(file: &str) -> Vec<(String, Arc<Table>)> {
    let text = std::fs::read_to_string(tests_folder().join("rust").join(file)).unwrap();
    let dialects: Vec<Value> = serde_json::from_str(&text).unwrap();
    dialects.iter().map(|dialect| (string(&dialect["name"]), Arc::new(compile(dialect)))).collect()
}

pub fn table(name: &str) -> Arc<Table> {
    tables().into_iter().find(|(have, _)| have == name).unwrap().1
}

fn compile(dialect: &Value) -> Table {
    declaration(dialect).compile().unwrap()
}

/// A declaration as Python writes it.
pub fn declaration(dialect: &Value) -> Declaration {
    Declaration {
        rows: list(&dialect["rows"], row),
        named_by: list(&dialect["named_by"], |by| match (string(&by[0]).as_str(), string(&by[1])) {
            ("sse", _) => NameDeclaration::Sse,
            ("present", path) => NameDeclaration::Present(path),
            (_, key) => NameDeclaration::Key(key),
        }),
        payload: optional(&dialect["payload"], string),
        finish: optional(&dialect["finish"], |finish| FinishDeclaration {
            path: string(&finish["path"]),
            each: optional(&finish["each"], string),
            unset: list(&finish["unset"], string),
            fails: list(&finish["fails"], string),
            error: list(&finish["error"], string),
        }),
        index: dialect["index"].as_i64(),
        done_completes: dialect["done_completes"] == true,
        claims: list(&dialect["claims"], string),
        error_key: optional(&dialect["error_key"], string),
        error_key_not_in: list(&dialect["error_key_not_in"], string),
        error_field: optional(&dialect["error_field"], string),
        skip: list(&dialect["skip"], string),
    }
}

fn row(row: &Value) -> RowDeclaration {
    RowDeclaration {
        name: optional(&row["name"], string),
        channels: list(&row["channels"], |channel| ChannelDeclaration {
            name: string(&channel["name"]),
            texts: list(&channel["texts"], |text| TextDeclaration {
                path: string(&text["path"]),
                when: optional(&text["when"], when),
                as_json: text["as_json"] == true,
            }),
            index: optional(&channel["index"], string),
            reads_first: channel["reads_first"] == true,
        }),
        ends: optional(&row["ends"], string),
        error: row["error"] == true,
        fails: row["fails"] == true,
        usage: list(&row["usage"], string),
        when: list(&row["when"], when),
        whole: row["whole"].is_array().then(|| list(&row["whole"], string)),
    }
}

fn when(when: &Value) -> WhenDeclaration {
    WhenDeclaration {
        path: string(&when["path"]),
        is_true: when["is_true"] == true,
        is_reason: when["is_reason"] == true,
        strings: list(&when["strings"], string),
        ignore_case: when["ignore_case"] == true,
        negated: when["negated"] == true,
    }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn list<T>(values: &Value, each: impl Fn(&Value) -> T) -> Vec<T> {
    values.as_array().unwrap().iter().map(each).collect()
}

fn optional<T>(value: &Value, map: impl Fn(&Value) -> T) -> Option<T> {
    Some(value).filter(|value| !value.is_null()).map(map)
}
