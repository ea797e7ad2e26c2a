//! A stream's life: what can be observed of it at any time, what ends it, and what must not matter:
//! cuts, whether it is iterated or read, and how often it is asked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
#[path = "declared.rs"]
mod declared;
#[path = "document.rs"]
mod document;
#[path = "observed.rs"]
mod observed;

use common::{blocks, bytewise, mend, random_cuts, table, tables, Rng, NO_LIMIT};
use document::{joined, Paths};
use observed::{observe, By};
use serde_json::{json, Value};
use ssescan_core::declaration::{
    ChannelDeclaration, Declaration, FinishDeclaration, NameDeclaration, RowDeclaration, TextDeclaration,
};
use ssescan_core::dispatch::{Row, Table};
use ssescan_core::frames::TooLarge;
use ssescan_core::history::{IndexChoice, Selection, SummaryView, MAX_TEXT};
use ssescan_core::lookup::Lookup;
use ssescan_core::session::{End, Session, Step, Tables};
use ssescan_core::text::Text;
use std::collections::HashMap;
use std::sync::Arc;

const CONTENT: Paths = Paths { alternatives: &["choices[*].delta.content"], index: Some("choices[*].index") };
const REASONING: Paths = Paths {
    alternatives: &["choices[*].delta.reasoning_content", "choices[*].delta.reasoning"],
    index: Some("choices[*].index"),
};

fn session<'a>(dialect: &str) -> Session<&'a [u8]> {
    Session::new(NO_LIMIT, b"", Tables::One(table(dialect)))
}

fn selection(channel: &str, index: IndexChoice) -> Selection {
    Selection { channel: channel.into(), index }
}

/// Texts of deltas, among them halves of surrogate pairs, as `document` writes them.
const CONTENTS: [&str; 8] =
    ["", "Hi", " there", "\n", "\u{1F600}", "some longer text \"with\" escapes", "a\u{10003D}", "\u{100600}b"];

/// Chunks of a chat that differ in little, as those of servers do: they come in few shapes, and again
/// and again in each of them.
fn chunks(rng: &mut Rng, count: usize) -> Vec<Value> {
    let mut shapes: Vec<Value> = (0..=rng.below(5)).map(|_| shape(rng)).collect();
    let chunk = |_| {
        let shape = rng.below(shapes.len());
        if let Some(content) = shapes[shape].pointer_mut("/choices/0/delta/content") {
            *content = json!(rng.pick(&CONTENTS));
        }
        shapes[shape].clone()
    };
    (0..count).map(chunk).collect()
}

/// Mostly one choice, the first, with a content.
fn shape(rng: &mut Rng) -> Value {
    let choice = |rng: &mut Rng| {
        let unset = [json!(""), json!(" "), json!("Null"), json!(0), json!({})][rng.below(5)].take();
        let reason = [json!(null), json!(null), unset, json!("stop"), json!("length")][rng.below(5)].take();
        json!({"index": rng.below(7) / 3, "delta": delta(rng), "finish_reason": reason})
    };
    let usage = [json!(null), json!({"n": 1}), json!({"n": 2}), json!({"n": 3})][rng.below(4)].take();
    let choices: Vec<Value> = (0..[0, 1, 1, 1, 2, 2][rng.below(6)]).map(|_| choice(rng)).collect();
    json!({"choices": choices, "usage": usage})
}

fn delta(rng: &mut Rng) -> Value {
    let others =
        [json!({"reasoning": "c"}), json!({"content": "a", "reasoning": "c"}), json!({}), json!({"content": null})];
    others.get(rng.below(10)).cloned().unwrap_or(json!({"content": "a"}))
}

/// The body, some lines between its frames meaning nothing to the answer.
fn body_of(chunks: &[Value], rng: &mut Rng) -> Vec<u8> {
    let line = |chunk: &Value| {
        let before = rng.pick(&["", "", "", ": comment\n", "id: 1\n", "event: ping\ndata: {}\n\n"]);
        let chunk = chunk.to_string().replace('\u{10003D}', "\\ud83d").replace('\u{100600}', "\\ude00");
        format!("{before}data: {chunk}\n\n").into_bytes()
    };
    chunks.iter().map(line).collect::<Vec<_>>().concat()
}

/// Text, finish reason, usage, and whether every choice that was seen is finished.
type Summed = (String, Option<String>, Option<String>, bool);

/// The same of whole documents, in the words of the design.
fn summed(chunks: &[Value]) -> Summed {
    let text: String = chunks.iter().filter_map(|chunk| CONTENT.text(chunk, Some(0))).collect();
    let choices = || chunks.iter().flat_map(|chunk| chunk["choices"].as_array().unwrap());
    let is_reason = |reason: &Value| ["stop", "length"].iter().any(|known| reason == known);
    let reason = |choice: &Value| Some(choice["finish_reason"].clone()).filter(is_reason);
    let of = |index: &Value| choices().filter(|choice| choice["index"] == *index).filter_map(reason).next_back();
    let usage = chunks.iter().map(|chunk| &chunk["usage"]).rfind(|usage| !usage.is_null());
    (joined(&text), of(&json!(0)).map(|reason| reason.to_string()), usage.map(Value::to_string), are_finished(chunks))
}

/// Whether every choice that was seen is finished. Text after that means that the choices of its chunk continue.
fn are_finished(chunks: &[Value]) -> bool {
    let mut finished = HashMap::new();
    let all = |finished: &HashMap<_, bool>| !finished.is_empty() && finished.values().all(|finished| *finished);
    for chunk in chunks {
        let has_text =
            [CONTENT, REASONING].iter().filter_map(|paths| paths.text(chunk, None)).any(|text| !text.is_empty());
        let continues = all(&finished) && has_text;
        for choice in chunk["choices"].as_array().unwrap() {
            let is_finished = finished.entry(choice["index"].to_string()).or_default();
            *is_finished &= !continues;
            *is_finished |= ["stop", "length"].iter().any(|reason| choice["finish_reason"] == *reason);
        }
    }
    all(&finished)
}

fn summary(session: &Session<&[u8]>) -> Summed {
    let summary = session.summary();
    let json = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8(bytes.clone()).unwrap());
    (mend(summary.text()), json(&summary.finish_reason), json(&summary.usage), summary.is_finished())
}

/// At any time the summary is that of the events handed out, whether the blocks are still kept or
/// were folded, and whether the events were iterated or read.
#[test]
fn the_summary_is_that_of_the_events_handed_out() {
    let selection = selection("text", IndexChoice::Default);
    for seed in 0..120 {
        let mut rng = Rng::new(seed);
        let count = rng.below(200);
        let chunks = chunks(&mut rng, count);
        let body = body_of(&chunks, &mut rng);
        // Small blocks cost more to keep, so these are folded early.
        let cuts = if rng.one_in(2) { bytewise(&body) } else { random_cuts(&body, &mut rng) };
        let (mut session, mut blocks) = (session("chat"), blocks(&body, &cuts));
        loop {
            let (reading, mut text) = (rng.one_in(2), Text::default());
            let before = session.events() as usize;
            match if reading { session.read(&selection, rng.one_in(2), &mut text) } else { session.step() } {
                Step::Event if !reading => assert_eq!(session.events() as usize, before + 1),
                Step::NeedBlock => match blocks.next() {
                    Some(block) => session.push(block),
                    None => session.finish(),
                },
                Step::End => break,
                Step::Event => {}
            }
            let now = session.events() as usize;
            assert!(
                !reading || mend(text.as_bytes()) == summed(&chunks[before..now]).0,
                "seed {seed}, events {before} to {now}"
            );
            if rng.one_in(100) {
                assert_eq!(summary(&session), summed(&chunks[..now]), "seed {seed}, event {now}");
            }
            if seed % 2 == 0 && rng.one_in(100) {
                session.record();
            }
        }
        assert_eq!(session.events() as usize, chunks.len(), "seed {seed}");
        let want = summed(&chunks);
        assert_eq!(session.end(), Some(&End::Eof { complete: want.3 }), "seed {seed}");
        assert_eq!(summary(&session), want, "seed {seed}");
    }
}

/// Readers of several channels and indices take turns: each gets the text of its own.
#[test]
fn readers_take_turns() {
    let reasoning = || "reasoning".to_owned();
    let views = [
        (selection("text", IndexChoice::Default), CONTENT, Some(0)),
        (selection("text", IndexChoice::All), CONTENT, None),
        (selection("text", IndexChoice::Index(1)), CONTENT, Some(1)),
        (Selection { channel: reasoning(), index: IndexChoice::Default }, REASONING, Some(0)),
        (Selection { channel: reasoning(), index: IndexChoice::Index(2) }, REASONING, Some(2)),
    ];
    for seed in 0..400 {
        let mut rng = Rng::new(seed);
        let chunks = chunks(&mut rng, 100);
        let body = body_of(&chunks, &mut rng);
        let cuts = random_cuts(&body, &mut rng);
        let mut session = session("chat");
        for block in blocks(&body, &cuts) {
            session.push(block);
            let (selection, paths, index) = &views[rng.below(views.len())];
            let (before, mut text) = (session.events() as usize, Text::default());
            while session.read(selection, true, &mut text) == Step::Event {}
            let read = &chunks[before..session.events() as usize];
            let want: String = read.iter().filter_map(|chunk| paths.text(chunk, *index)).collect();
            assert_eq!(mend(text.as_bytes()), joined(&want), "seed {seed}, {selection:?}");
        }
    }
}

/// Once the blocks are folded the summary stays with the selection it was folded with, whoever reads on.
#[test]
fn a_folded_summary_keeps_its_view() {
    for seed in 0..40 {
        let mut rng = Rng::new(seed);
        let chunks = chunks(&mut rng, 200);
        let body = body_of(&chunks, &mut rng);
        let views = [
            selection("text", IndexChoice::Default),
            selection("text", IndexChoice::All),
            selection("reasoning", IndexChoice::All),
        ];
        let (mut session, mut text) = (session("chat"), Text::default());
        for (at, block) in body.chunks(1).enumerate() {
            session.push(block);
            let selection = if at < 12_000 { &views[0] } else { &views[at / 1000 % 3] };
            session.read(selection, false, &mut text);
            text.clear();
        }
        assert_eq!(summary(&session), summed(&chunks), "seed {seed}");
    }
}

/// Documents of two rows may be alike, byte for byte, and mean something else.
#[test]
fn rows_do_not_share_a_template() {
    let names = ["response.output_text.delta", "response.refusal.delta", "response.mcp_call_arguments.delta"];
    for seed in 0..20 {
        let mut rng = Rng::new(seed);
        let (mut body, mut want) = (String::new(), String::new());
        for at in 0..1000 {
            let name = names[rng.below(3)];
            body.push_str(&format!("event: {name}\ndata: {{\"delta\":\"{at} \"}}\n\n"));
            want.push_str(&if name == names[0] { format!("{at} ") } else { String::new() });
        }
        for (size, stepping) in [(1, true), (1, false), (1000, true), (1000, false), (1, seed % 2 == 0)] {
            let (mut session, mut text) = (session("responses"), Text::default());
            for block in body.as_bytes().chunks(size) {
                session.push(block);
                while stepping && session.step() == Step::Event {}
                session.read(&selection("text", IndexChoice::Default), false, &mut text);
            }
            assert!(stepping || mend(text.as_bytes()) == want, "seed {seed}, blocks of {size}");
            assert_eq!(mend(session.summary().text()), want, "seed {seed}, blocks of {size}");
        }
    }
}

/// Asking again without giving anything changes nothing.
#[test]
fn asking_again_is_free() {
    let body = b"data: {\"choices\":[]}\r\n\r\ndata: 12".as_slice();
    for cut in 0..body.len() {
        let mut session = session("chat");
        for block in [&body[..cut], b"", &body[cut..]] {
            session.push(block);
            while session.step() == Step::Event {}
            let observed = |session: &Session<&[u8]>| {
                (session.events(), session.bytes(), session.tail_bytes(), session.frames().position())
            };
            let before = observed(&session);
            for _ in 0..3 {
                assert_eq!(session.step(), Step::NeedBlock);
                assert_eq!(
                    session.read(&selection("text", IndexChoice::All), true, &mut Text::default()),
                    Step::NeedBlock
                );
                assert_eq!(observed(&session), before, "cut at {cut}");
            }
        }
        assert_eq!(session.tail_bytes(), 8);
        session.finish();
        assert_eq!(session.end(), Some(&End::Eof { complete: false }));
        assert_eq!((session.step(), session.step()), (Step::End, Step::End));
        session.finish();
        assert_eq!(session.end(), Some(&End::Eof { complete: false }));
    }
}

/// Reads by steps to the end; the names of the events, and the end.
fn run(session: &mut Session<&'static [u8]>, body: &'static [u8]) -> (Vec<String>, End) {
    let mut names = Vec::new();
    session.push(body);
    loop {
        match session.step() {
            Step::Event => names.push(String::from_utf8(session.event().name.to_vec()).unwrap()),
            Step::NeedBlock => session.finish(),
            Step::End => return (names, session.end().unwrap().clone()),
        }
    }
}

#[test]
fn a_too_large_event_ends_the_stream_for_good() {
    let mut session = Session::new(20, b"", Tables::One(table("chat")));
    let body = b"data: {\"a\":1}\n\ndata: {\"a\":\"123456789012345\"}\n\ndata: {\"a\":1}\n\n";
    let (names, end) = run(&mut session, body);
    assert_eq!(names.len(), 1);
    assert_eq!(end, End::TooLarge(TooLarge { limit: 20, size: 21, position: 15 }));
    session.push(b"data: {\"a\":1}\n\n");
    assert_eq!(session.step(), Step::End);
    assert_eq!(session.read(&selection("text", IndexChoice::All), false, &mut Text::default()), Step::End);
    session.finish();
    assert_eq!(session.end(), Some(&end));
    assert_eq!(session.events(), 1);
}

/// After the last event nothing is read, whatever stands there.
#[test]
fn nothing_behind_the_end_is_read() {
    let ends: [&[u8]; 3] = [
        b"data: [DONE]\n\n",
        b"data: [DONE] and more\n\n",
        b"event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{}}\n\n",
    ];
    for (end, (count, want)) in ends.into_iter().zip([(0, End::OnlyDone), (0, End::OnlyDone), (1, End::Done)]) {
        for behind in [&b"data: nonsense\n\n"[..], b"data: {\"error\":{}}\n\n", b"event: response.failed\ndata: {}\n\n"]
        {
            let (mut session, body) = (session("responses"), [end, behind].concat());
            assert_eq!(run(&mut session, body.leak()).1, want);
            assert_eq!(session.events(), count);
        }
    }
}

/// Of a run that failed an iterating reader gets the event, and a reader of text the end.
#[test]
fn a_failed_run_is_an_end_for_readers_only() {
    let body = b"event: thread.run.failed\ndata: {\"last_error\":{}}\n\nevent: done\ndata: [DONE]\n\n";
    assert_eq!(run(&mut session("assistants"), body), (vec!["thread.run.failed".to_owned()], End::Done));
    let mut session = session("assistants");
    session.push(body);
    assert_eq!(session.read(&selection("text", IndexChoice::All), true, &mut Text::default()), Step::End);
    assert!(matches!(session.end(), Some(End::Failed { name, .. }) if name == b"thread.run.failed"));
}

fn object(table: Table) -> Session<&'static [u8]> {
    Session::new(NO_LIMIT, b"", Tables::One(Arc::new(table)))
}

/// What is known of a frame by its head is what its dispatch would give: names whose events may have
/// the error key are names of the dialect, not any event line.
#[test]
fn a_known_head_hides_no_error() {
    let table = || Table {
        rows: vec![Row::default()],
        error_key: Some(Lookup::new(b"error"[..].into())),
        error_key_not_in: vec![b"thread.".to_vec()],
        ..Table::default()
    };
    for event in ["", "event: thread.x\n", "event: other\n"] {
        let frame = |payload: &str| format!("{event}data: {payload}\n\n");
        let body = [frame("{\"a\":1}"), frame("{\"error\":1}")].concat();
        let cut: &[&str] = &[&frame("{\"a\":1}"), &frame("{\"error\":1}")];
        let (names, end) = run(&mut object(table()), body.clone().leak().as_bytes());
        assert!(matches!(end, End::Error { .. }), "{event:?}: {end:?} behind {names:?}");
        // Cut inside its second frame the body is read without the shortcut.
        let mut slow = object(table());
        slow.push(cut[0].to_owned().leak().as_bytes());
        while slow.step() == Step::Event {}
        for byte in cut[1].to_owned().leak().as_bytes().chunks(1) {
            slow.push(byte);
            while slow.step() == Step::Event {}
        }
        slow.finish();
        assert_eq!(slow.end(), Some(&end), "{event:?}");
    }
}

/// A number or string at the top of a payload may be what tells the usage or the finish reason, also of events that
/// are alike but for it: once blocks are folded these are observed by the last event that was noted.
#[test]
fn what_varies_may_be_wanted() {
    let table = |usage: &str, finish| {
        let texts = vec![TextDeclaration { path: "delta".into(), ..Default::default() }];
        let channels = vec![ChannelDeclaration { name: "text".into(), texts, ..Default::default() }];
        let row = RowDeclaration { channels, usage: vec![usage.into()], ..Default::default() };
        Declaration { rows: vec![row], finish, ..Default::default() }.compile().unwrap()
    };
    let finish = FinishDeclaration { path: "reason".into(), each: Some("i".into()), ..Default::default() };
    let (counted, finished) = (table("n", None), table("none", Some(finish)));
    let event = |at: usize| format!("data: {{\"n\":{at},\"reason\":\"r{at}\",\"x\":\"{at}\",\"delta\":\"t\"}}\n\n");
    const EVENTS: usize = 12_000; // more bytes than are kept
    let block: &[u8] = (0..EVENTS).map(event).collect::<String>().leak().as_bytes();
    for (table, reason, count) in [(counted, None, Some("11999")), (finished, Some("\"r11999\""), None)] {
        let table = Arc::new(table);
        for read in [false, true] {
            let mut session: Session<&[u8]> = Session::new(NO_LIMIT, b"", Tables::One(Arc::clone(&table)));
            for block in block.chunks(1 << 16) {
                session.push(block);
                match read {
                    true => {
                        while session.read(&selection("text", IndexChoice::All), false, &mut Text::default())
                            == Step::Event
                        {}
                    }
                    false => while session.step() == Step::Event {},
                }
            }
            session.finish();
            let summary = session.summary();
            let observed = |json: &Option<Vec<u8>>| json.as_ref().map(|json| String::from_utf8(json.clone()).unwrap());
            assert_eq!(observed(&summary.usage).as_deref(), count);
            assert_eq!(observed(&summary.finish_reason).as_deref(), reason);
            assert_eq!(summary.text().len(), EVENTS);
        }
    }
}

/// The error key may be written with escapes, in the first frame and in one that begins like it.
#[test]
fn an_error_key_may_have_escapes() {
    for before in ["", "data: {\"choices\":[]}\n\n"] {
        for key in ["error", "\\u0065rror", "erro\\u0072"] {
            let body = format!("{before}data: {{\"x\":1,\"{key}\":{{\"message\":\"no\"}}}}\n\n");
            let (_, end) = run(&mut session("chat"), body.leak().as_bytes());
            assert!(matches!(end, End::Error { .. }), "{key:?} behind {before:?}: {end:?}");
        }
        let body = format!("{before}data: {{\"x\":{{\"error\":1}},\"error\":null,\"choices\":[]}}\n\ndata: [DONE]\n\n");
        assert_eq!(run(&mut session("chat"), body.leak().as_bytes()).1, End::Done);
    }
}

/// An error in the further field alone is one in whatever dialect this would have become.
#[test]
fn an_error_field_may_come_before_the_dialect_is_told() {
    let auto = || Session::new(NO_LIMIT, b"", Tables::Auto(tables().into_iter().map(|(_, table)| table).collect()));
    let body = b": comment\n\nerror: {\"message\":\"no\"}\n\ndata: {\"choices\":[]}\n\n";
    let (names, end) = run(&mut session("chat"), body);
    assert!(names.is_empty() && matches!(&end, End::Error { payload, .. } if payload == b"{\"message\":\"no\"}"));
    assert_eq!(run(&mut auto(), body), (names, end));
    // Beside data it is one if the dialect is observed by that frame, and else a field that means nothing.
    assert!(matches!(run(&mut auto(), b"error: no\ndata: {\"choices\":[]}\n\n").1, End::Error { .. }));
    assert_eq!(run(&mut auto(), b"error: no\ndata: plain\n\n"), (vec![String::new()], End::Eof { complete: false }));
}

/// What servers send beside the standard, in any mixture: events that end by one line feed, objects of
/// several lines, and errors without a field, with a blank line behind some of them.
fn careless(rng: &mut Rng) -> Vec<u8> {
    let lines = [
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}",
        "data: {\"choices\":[{\"delta\":{\"content\":\"!\"},\"finish_reason\":\"stop\"}]}",
        "data: {\"choices\":[],\"usage\":{\"n\":1}}",
        "data: {\"choices\":[],\ndata: \"x\":1}",
        "data: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\",\"output_index\":0}",
        "data: {\"type\":\"response.completed\",\"response\":{}}",
        "data: {\"event\":\"thread.message.delta\",\"data\":{\"delta\":{\"content\":[]}}}",
        "data: [DONE]",
        "data: {\"error\":null}",
        "data: {",
        "data",
        "id: 1",
        ": comment",
        "event: ping",
        "{\"error\":null}",
        "{\"error\": {\"message\":\"no\"}}",
        "{\"error\"",
        "error: no",
    ];
    let line = |rng: &mut Rng| {
        // Few kinds, so that long runs of one happen.
        let line = lines[if rng.one_in(3) { rng.below(lines.len()) } else { rng.below(3) }];
        format!("{line}{}", rng.pick(&["\n", "\n", "\n\n", "\r\n", "\r", "\r\n\r\n", ""]))
    };
    (0..rng.below(12)).map(|_| line(rng)).collect::<String>().into_bytes()
}

#[test]
fn careless_bodies_mean_the_same_however_they_are_cut() {
    let known: Vec<Arc<Table>> = tables().into_iter().map(|(_, table)| table).collect();
    let mut events = 0;
    for seed in 0..6_000 {
        let mut rng = Rng::new(seed);
        let body = careless(&mut rng);
        let tables =
            known.get(rng.below(4)).map_or(Tables::Auto(known.clone()), |table| Tables::One(Arc::clone(table)));
        let limit = if rng.one_in(9) { 70 } else { NO_LIMIT };
        let observe = |cuts: &[usize], by| observe(&body, cuts, limit, tables.clone(), by);
        let whole = observe(&[], By::Steps);
        let cuts = random_cuts(&body, &mut rng);
        assert_eq!(observe(&cuts, By::Steps), whole, "seed {seed} cut at {cuts:?}");
        assert_eq!(observe(&bytewise(&body), By::Steps), whole, "seed {seed} bytewise");
        let read = observe(&cuts, By::Reading);
        if !matches!(read.end, End::Malformed { .. }) {
            // A reader finds what is malformed deeper down, and makes no events.
            assert_eq!(read, observed::Observed { events: vec![], ..observe(&[], By::Steps) }, "seed {seed} read");
        }
        events += whole.events.len();
    }
    assert!(events > 6_000, "{events} events");
}

/// Once a program has asked, nothing is read again: the summary is at hand after every event, also for another reader.
#[test]
fn a_summary_that_was_asked_for_is_recorded() {
    let body: String =
        (0..50).map(|n| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{n} \"}}}}]}}\n\n")).collect();
    let mut session = session("chat");
    session.push(body.leak().as_bytes());
    let mut want = String::new();
    for n in 0..50 {
        assert_eq!(session.step(), Step::Event);
        want += &format!("{n} ");
        session.record();
        assert!(matches!(session.summary(), SummaryView::Recorded(_)));
        assert_eq!(session.summary().text(), want.as_bytes());
    }
    let other = selection("reasoning", IndexChoice::Default);
    assert_eq!(session.read(&other, false, &mut Text::default()), Step::NeedBlock);
    assert_eq!(session.summary().text(), b"");
    session.record();
    assert_eq!(session.summary().text(), b"");
}

/// The last 16 MiB of the text, wherever the blocks are split.
#[test]
fn the_text_of_a_summary_is_bounded() {
    let event = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", "\u{fc}x".repeat(70_000));
    let body: &[u8] = event.repeat(100).leak().as_bytes();
    for size in [1 << 16, 1 << 20, body.len()] {
        let mut session = session("chat");
        for block in body.chunks(size) {
            session.push(block);
            while session.step() == Step::Event {}
        }
        let summary = session.summary();
        assert!(summary.is_truncated());
        assert!((MAX_TEXT - 1..=MAX_TEXT).contains(&summary.text().len()), "{} bytes", summary.text().len());
        assert!(std::str::from_utf8(summary.text()).is_ok_and(|text| text.ends_with("\u{fc}x")));
    }
}

/// A line of JSON without a field name is not a head of later frames.
#[test]
fn a_row_with_variants_is_chosen_although_text_and_finish_reason_are_apart() {
    let text = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"index":0}]}"#;
    let end_of = |last: &str| {
        let body = format!("data: {text}\n\ndata: {text}\n\ndata: {last}\n\n");
        let (names, end) = run(&mut session("gemini"), body.leak().as_bytes());
        (names.len(), end)
    };
    assert_eq!(end_of(text), (3, End::Eof { complete: false }));
    let finish = text.replace(r#""index""#, r#""finishReason":"STOP","index""#);
    assert_eq!(end_of(&finish), (3, End::Eof { complete: true }));
    let blocked = text.replacen('{', r#"{"promptFeedback":{"blockReason":"SAFETY"},"#, 1);
    assert!(matches!(end_of(&blocked), (2, End::Error { .. })));
    let failed = text.replacen('{', r#"{"error":{"message":"no"},"#, 1);
    assert!(matches!(end_of(&failed), (2, End::Error { .. })));
    assert!(matches!(end_of(&format!("{text}{text}")), (2, End::Malformed { .. })));
    assert!(matches!(end_of(&format!("{text}{finish}")), (2, End::Malformed { .. })));
}

#[test]
fn frames_before_the_dialect_is_known_are_not_in_the_summary() {
    let body: &[u8] = b"{\"}\n{\"delta\"}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    let tables = Tables::Auto(tables().into_iter().map(|(_, table)| table).collect());
    for cuts in [vec![], bytewise(body)] {
        let seen = observe(body, &cuts, NO_LIMIT, tables.clone(), By::Steps);

        assert_eq!((seen.events.len(), seen.text.as_bytes()), (1, &b"Hi"[..]));
    }
}

#[test]
fn a_bare_line_is_not_a_head() {
    for head in ["event: message\n", ""] {
        let chunk = "{\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}";
        let body: &[u8] = format!("{head}{chunk}\n\n{head}data: {chunk}\n\ndata: [DONE]\n\n").leak().as_bytes();
        for cuts in [vec![], bytewise(body)] {
            for by in [By::Steps, By::Reading] {
                let read = observe(body, &cuts, NO_LIMIT, Tables::One(table("chat")), by);
                assert_eq!((read.text.as_bytes(), read.end), (&b"HiHi"[..], End::Done), "{head:?}");
            }
        }
    }
}

/// An array has no name in its JSON. An object with the same head may have one.
#[test]
fn an_array_hides_no_name() {
    let row = |name: Option<&str>, path: &str| {
        let texts = vec![TextDeclaration { path: path.into(), ..Default::default() }];
        let channels = vec![ChannelDeclaration { name: "text".into(), texts, ..Default::default() }];
        RowDeclaration { name: name.map(Into::into), channels, ..Default::default() }
    };
    let declaration = Declaration {
        rows: vec![row(Some("named"), "named"), row(None, "[0].a")],
        named_by: vec![NameDeclaration::Present(String::new())],
        ..Default::default()
    };
    let tables = Tables::One(Arc::new(declaration.compile().unwrap()));
    let body = b"data: [{\"a\":\"Hi\"}]\n\ndata: {\"named\":\" there\"}\n\n";
    for cuts in [vec![], bytewise(body)] {
        let read = observe(body, &cuts, NO_LIMIT, tables.clone(), By::Steps);
        assert_eq!(read.events[1].0, b"named");
        assert_eq!(read.text.as_bytes(), b"Hi there");
    }
}

/// Declarations and bodies made at random: however a body is split, and whether it is iterated or read, it has the same text.
#[test]
fn random_declarations() {
    let (mut compiled, mut texts) = (0, 0);
    for seed in 0..2_000 {
        let mut rng = Rng::new(seed);
        let choices: Vec<u8> = (0..rng.below(600)).map(|_| rng.draw() as u8).collect();
        if let Some(count) = declared::agree(&choices) {
            compiled += 1;
            texts += count;
        }
    }
    assert!(compiled > 1_500 && texts > 100, "{compiled} were valid, {texts} events had a text");
}
