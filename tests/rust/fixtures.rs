//! Every pair of files in tests/streams/ (its README says what they mean), whole, byte by byte, at every
//! cut into two blocks, and cut at random.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
#[path = "observed.rs"]
mod observed;

use common::{bytewise, mend, random_cuts, reference, shapes, tables, tests_folder, Rng, NO_LIMIT};
use observed::{By, Observed};
use serde_json::Value;
use ssescan_core::dispatch::{Named, Table};
use ssescan_core::session::{End, Tables};
use std::sync::Arc;

/// Random ways to cut each body.
const RANDOM_CUTS: u64 = 20;

struct Case {
    name: String,
    body: Vec<u8>,
    frames: Vec<Value>,
    end: Value,
}

fn cases() -> Vec<Case> {
    let folder = tests_folder().join("streams");
    let of = |prefix: &'static str| {
        let entries = std::fs::read_dir(folder.join(prefix)).unwrap();
        entries.filter_map(move |entry| {
            Some(format!("{prefix}{}", entry.unwrap().file_name().to_str()?.strip_suffix(".sse")?))
        })
    };
    let mut names: Vec<String> = of("").chain(of("quirks/")).chain(of("shapes/")).collect();
    names.sort();
    assert!(names.len() >= 400, "only {} fixtures were found", names.len());
    let load = |name: String| {
        let answer = std::fs::read_to_string(folder.join(format!("{name}.events.jsonl"))).unwrap();
        let mut frames: Vec<Value> = answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let end = frames.pop().unwrap()["end"].take();
        Case { body: std::fs::read(folder.join(format!("{name}.sse"))).unwrap(), name, frames, end }
    };
    names.into_iter().map(load).collect()
}

/// Runs `check` with each way to cut the body, and says which one it was if it panics.
fn at_every_cut(case: &Case, seed: u64, check: impl Fn(&[usize])) {
    check(&[]);
    check(&bytewise(&case.body));
    for cut in 0..=case.body.len() {
        check(&[cut]);
    }
    for round in 0..RANDOM_CUTS {
        check(&random_cuts(&case.body, &mut Rng::new(seed * RANDOM_CUTS + round)));
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn frames_at_every_cut() {
    for (seed, case) in cases().iter().enumerate() {
        let read = |cuts: &[usize]| common::read(&case.body, cuts, NO_LIMIT, None);
        let whole = read(&[]);
        frames_fit_the_answer(case, &whole.answer);
        assert_eq!(whole.answer, reference::parse(&case.body, NO_LIMIT, None), "{}: the reference", case.name);
        at_every_cut(case, seed as u64, |cuts| assert_eq!(read(cuts), whole, "{} cut at {cuts:?}", case.name));
    }
}

fn frames_fit_the_answer(case: &Case, answer: &reference::Answer) {
    let name = &case.name;
    assert_eq!(answer.frames.len(), case.frames.len(), "{name}: frames");
    for (frame, want) in answer.frames.iter().zip(&case.frames) {
        let event = if frame.event.is_empty() { "message".into() } else { lossy(&frame.event) };
        assert_eq!(Value::from(event), want["event"], "{name}: event");
        assert_eq!(Value::from(lossy(frame.data.as_ref().unwrap())), want["data"], "{name}: data");
        assert_eq!(Value::from(lossy(&frame.id)), want["id"], "{name}: id");
        assert_eq!(Value::from(frame.retry_ms), want["retry"], "{name}: retry");
    }
    assert_eq!(Value::from(lossy(&answer.last_event_id)), case.end["last_event_id"], "{name}: last_event_id");
    assert_eq!(Value::from(answer.retry_ms), case.end["retry_ms"], "{name}: retry_ms");
    assert_eq!(Value::from(case.body.len() as u64 - answer.tail_at), case.end["tail_bytes"], "{name}: tail_bytes");
}

/// A frame is handed out with the byte that ends its blank line, neither before nor after it.
#[test]
fn frames_are_handed_out_with_their_last_byte() {
    for case in cases() {
        let mut frames = ssescan_core::frames::Frames::new(NO_LIMIT, b"", None);
        let mut given = Vec::new();
        for (at, block) in case.body.chunks(1).enumerate() {
            let mut pos = 0;
            while frames.next(block, &mut pos).unwrap() {
                given.push(at as u64 + 1);
            }
        }
        let ready = reference::parse(&case.body, NO_LIMIT, None).frames.into_iter().map(|frame| frame.ready);
        assert_eq!(given, ready.collect::<Vec<_>>(), "{}", case.name);
    }
}

#[test]
fn dialects_at_every_cut() {
    let tables = [tables(), shapes()].concat();
    for (seed, case) in cases().iter().enumerate() {
        let Some(dialect) = case.end["dialect"].as_str() else { continue };
        let table = &tables.iter().find(|(name, _)| name == dialect).unwrap().1;
        for by in [By::Steps, By::Reading, By::Turns(seed as u64)] {
            let observe =
                |cuts: &[usize]| observed::observe(&case.body, cuts, NO_LIMIT, Tables::One(Arc::clone(table)), by);
            let whole = observe(&[]);
            check_answer(case, table, &whole, by);
            if matches!(by, By::Turns(_)) {
                continue; // other cuts, other turns
            }
            at_every_cut(case, seed as u64, |cuts| {
                assert_eq!(observe(cuts), whole, "{} by {by:?} cut at {cuts:?}", case.name);
            });
        }
    }
}

fn check_answer(case: &Case, table: &Table, observed: &Observed, by: By) {
    let name = &case.name;
    let (outcome, kind) = outcome_of(&observed.end);
    if matches!(observed.end, End::Failed { .. }) {
        assert_ne!(by, By::Steps, "{name}: only readers fail there");
        assert_eq!(case.end["reader"], "error", "{name}: by {by:?}");
    } else {
        assert!(by != By::Reading || case.end["reader"].is_null(), "{name}: readers fail there");
        assert_eq!(Value::from(outcome), case.end["outcome"], "{name}: outcome by {by:?}");
        assert_eq!(Value::from(kind), case.end["error"]["kind"], "{name}: error by {by:?}");
        assert_eq!(Value::from(mend(observed.text.as_bytes())), case.end["text"], "{name}: text by {by:?}");
    }
    if let Some(tail_bytes) = observed.tail_bytes {
        assert_eq!(Value::from(tail_bytes), case.end["tail_bytes"], "{name}: tail_bytes by {by:?}");
    }
    if by == By::Steps {
        // In a dialect without names in its JSON the event line says nothing about the class.
        let named = table.named_by.iter().any(|by| *by != Named::Sse) || !table.default_is_known();
        let shown = |event: &[u8]| if named { lossy(event) } else { String::new() };
        let names = observed.events.iter().map(|(event, ..)| Value::from(shown(event)));
        assert_eq!(Value::from_iter(names), case.end["events"], "{name}: events");
    }
}

fn outcome_of(end: &End) -> (&'static str, Option<&'static str>) {
    match end {
        End::Done => ("done", None),
        End::Eof { complete: true } => ("finished", None),
        End::Eof { complete: false } | End::OnlyDone => ("truncated", Some("truncated")),
        End::Error { .. } | End::Failed { .. } => ("error", Some("api")),
        End::Malformed { .. } | End::TooLarge(_) => ("error", Some("decode")),
        End::OutOfMemory => ("broken", None),
    }
}

/// What `auto` tells of a body is what its dialect tells, if it claims the body at all.
#[test]
fn auto_finds_the_dialect() {
    let tables = tables();
    let all: Vec<Arc<Table>> = tables.iter().map(|(_, table)| Arc::clone(table)).collect();
    let (mut claimed, mut unclaimed) = (0, 0);
    for (seed, case) in cases().iter().enumerate() {
        let Some(dialect) = case.end["dialect"].as_str() else { continue };
        let Some((_, table)) = tables.iter().find(|(name, _)| name == dialect) else { continue };
        let cuts = random_cuts(&case.body, &mut Rng::new(seed as u64));
        let observe = |cuts: &[usize], tables| observed::observe(&case.body, cuts, NO_LIMIT, tables, By::Steps);
        let auto = observe(&[], Tables::Auto(all.clone()));
        assert_eq!(observe(&cuts, Tables::Auto(all.clone())), auto, "{} cut at {cuts:?}", case.name);
        let one = observe(&[], Tables::One(Arc::clone(table)));
        claimed += usize::from(auto == one);
        unclaimed += usize::from(auto != one);
    }
    assert!(claimed > 10 * unclaimed, "{claimed} claimed, {unclaimed} not");
}
