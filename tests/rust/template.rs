//! Documents that vary in white space and in values that no path leads to: a template takes what a walk takes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
#[path = "observed.rs"]
mod observed;

use common::{bytewise, random_cuts, shapes, table, Rng, NO_LIMIT};
use observed::{observe, By};
use ssescan_core::alike::{Alike, Keys};
use ssescan_core::dispatch::Table;
use ssescan_core::doc_extractor::DocExtractor;
use ssescan_core::history::{IndexChoice, Selection};
use ssescan_core::json;
use ssescan_core::session::{Session, Step, Tables};
use ssescan_core::template::{differs_in_integers, Role, Usage};
use ssescan_core::text::Text;
use ssescan_core::textpath::{self, Extractor};
use std::sync::Arc;

/// The paths of a channel's texts, and that of its index.
type Paths = (&'static [&'static str], Option<&'static str>);

/// Documents of servers. `~` is white space, `@` a value of any kind, `#` a text.
const FORMS: [(&str, Paths); 8] = [
    (
        "~{~\"id\"~:~@~,~\"n\":@,~\"choices\"~:~[~{~\"index\"~:~0~,~\"delta\"~:~{~\"role\":@,~\"content\"~:~#~,\"x\":@}~,~\"logprobs\":~@~,\"finish_reason\":null}~]~,\"usage\":~@~}~",
        (&["choices[*].delta.content"], Some("choices[*].index")),
    ),
    (
        "{\"type\":\"d\",~\"index\":1,\"delta\":{\"type\":@,\"text\":#}~~}~~~",
        (&["delta.text"], Some("index")),
    ),
    (
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":#~,\"signature\":@}],\"role\":@},\"index\":2}],\"usageMetadata\":@,\"v\":@}",
        (&["candidates[*].content.parts[*].text"], Some("candidates[*].index")),
    ),
    (
        "{\"a\":@,\"c\":[{\"d\":{\"thinking\":#,\"x\":@},\"text\":0}],\"c2\":@}",
        (&["c[*].d.reasoning", "c[*].d.thinking", "c[*].text"], Some("c[*].index")),
    ),
    (
        "{\"c\":[{\"index\":@,\"d\":{\"calls\":[{\"f\":{\"name\":@,\"args\":#}}],\"y\":@}}]}",
        (&["c[*].d.calls[*].f.args"], Some("c[*].index")),
    ),
    (
        "{\"delta\":#,\"output_index\":1,\"a b\":@,~\"obfuscation\":@}",
        (&["delta", "delta.text"], Some("output_index")),
    ),
    (
        "{\"a\":{\"b\":{\"c\":#,\"d\":@},\"e\":@},\"a\\u0062\":@,\"f\":12~,\"g\":@}",
        (&["a.b.c"], None),
    ),
    (
        "{\"x\":@,\"x\":@,\"delta\":{\"text\":{\"value\":#}},\"delta\":{\"q\":@,\"text\":{\"value\":#,\"annotations\":@}}}",
        (&["delta", "delta.text", "delta.text.value"], Some("delta.index")),
    ),
];
const SCALARS: [&str; 16] = [
    "0",
    "7",
    "12",
    "123",
    "-3.25",
    "1e3",
    "null",
    "true",
    "false",
    "\"\"",
    "\"abc\"",
    "\"a b\"",
    "\"{[\"",
    "\"\\\"]\"",
    "\"\\\\\"",
    "\"caf\u{e9} \\u00e9\"",
];
const TEXTS: [&str; 9] = [
    "",
    "a",
    " the",
    "12",
    "\\n",
    "\\\"}",
    "na\u{ef}ve",
    "\\ud83d\\ude00",
    "and more than sixteen bytes of plain text",
];
/// Bytes that damage a document at most places.
const DAMAGES: [&str; 18] =
    ["{", "}", "[", "]", "\"", "\\", ",", ":", "1", " ", "e", "\n", "x", "{}", "[1", "\"\"", "}}", "\u{1}"];

/// How the documents of one stream vary: by the chance of each.
#[derive(Debug)]
struct Variety {
    space: usize,
    value: usize,
    damage: usize,
}

/// A document, and its text if the document is not damaged.
type Made = (Vec<u8>, Option<String>);

/// A document of a form. `usual`: the values that most documents have.
fn document(form: &str, usual: &[String], variety: &Variety, rng: &mut Rng) -> Made {
    let (mut out, mut text) = (String::new(), String::new());
    let mut usual = usual.iter();
    for part in form.chars() {
        match part {
            '~' if rng.one_in(variety.space) => {
                (0..rng.below(20)).for_each(|_| out.push_str(rng.pick(&[" ", "\n", "\t", "\r"])))
            }
            '~' => {}
            '#' => {
                text = format!("\"{}{}\"", rng.pick(&TEXTS), rng.pick(&TEXTS));
                out.push_str(&text);
            }
            '@' => {
                let usual = usual.next().unwrap();
                match rng.one_in(variety.value) {
                    true => value(&mut out, rng, 0),
                    false => out.push_str(usual),
                }
            }
            other => out.push(other),
        }
    }
    let is_damaged = rng.one_in(variety.damage);
    if is_damaged {
        let mut at = rng.below(out.len());
        while !out.is_char_boundary(at) {
            at -= 1;
        }
        let end = at + out[at..].chars().next().map_or(0, char::len_utf8);
        match rng.below(3) {
            0 => out.insert_str(at, rng.pick(&DAMAGES)),
            1 => out.replace_range(at..end, rng.pick(&DAMAGES)),
            _ => out.replace_range(at..end, ""),
        }
    }
    (out.into_bytes(), (!is_damaged).then(|| serde_json::from_str(&text).unwrap()))
}

/// Any value; at times a long one.
fn value(out: &mut String, rng: &mut Rng, depth: usize) {
    let count = if rng.one_in(5) { rng.below(12) } else { rng.below(3) };
    match rng.below(if depth > 4 { 2 } else { 4 }) {
        0 | 1 => out.push_str(rng.pick(&SCALARS)),
        2 => list(out, rng, ('[', ']'), count, |out, rng, _| value(out, rng, depth + 1)),
        _ => list(out, rng, ('{', '}'), count, |out, rng, at| {
            out.push_str(&format!("\"{}{at}\":", rng.pick(&["k", "text", "content", "index"])));
            value(out, rng, depth + 1);
        }),
    }
}

fn list(
    out: &mut String,
    rng: &mut Rng,
    ends: (char, char),
    count: usize,
    each: impl Fn(&mut String, &mut Rng, usize),
) {
    out.push(ends.0);
    for at in 0..count {
        if at > 0 {
            out.push_str(rng.pick(&[",", ", ", ",", "\n,"]));
        }
        each(out, rng, at);
    }
    out.push(ends.1);
}

fn stream(rng: &mut Rng, form: &str, count: usize) -> Vec<Made> {
    let pick = |rng: &mut Rng| [1, 2, 4, 50, 1_000_000][rng.below(5)];
    let variety = Variety { space: pick(rng), value: pick(rng), damage: [3, 20, 1_000_000][rng.below(3)] };
    let usual = |_| {
        let mut out = String::new();
        value(&mut out, rng, 3);
        out
    };
    let usual: Vec<String> = (0..form.matches('@').count()).map(usual).collect();
    (0..count).map(|_| document(form, &usual, &variety, rng)).collect()
}

/// For whatever comes after whatever, the template takes the text that a walk takes.
#[test]
fn template_or_walk() {
    let (mut by_template, mut refused) = (0, 0);
    for seed in 0..4_000 {
        let mut rng = Rng::new(seed);
        let (form, paths) = &FORMS[rng.below(FORMS.len())];
        let channel = common::channel(paths.0, paths.1);
        let index = [None, Some(0), Some(1), Some(2)][rng.below(4)];
        let mut extractor = Extractor::default();
        for (doc, text) in stream(&mut rng, form, 12) {
            let (mut fast, mut slow) = (Text::default(), Text::default());
            let walked = textpath::text(&doc, &channel, index, &mut slow);
            let role = |key: &[u8]| channel.role(key);
            match extractor.by_template(&doc, &role, &mut fast) {
                true => {
                    by_template += 1;
                    assert_eq!((Ok(true), &fast), (walked, &slow), "seed {seed}: {}", doc.escape_ascii());
                }
                false => assert_eq!(extractor.by_walk(&doc, &channel, index, true, &mut fast), walked),
            }
            refused += usize::from(walked.is_err());
            assert_eq!(fast, slow, "seed {seed}: {}", doc.escape_ascii());
            if let (Some(text), None) = (text, index) {
                assert_eq!(slow.as_bytes(), text.as_bytes(), "seed {seed}: {}", doc.escape_ascii());
            }
        }
    }
    assert!(by_template > 10_000 && refused > 1_000, "{by_template} by template, {refused} refused");
}

/// Where the text of recognized documents is known, it is the text that a walk takes, and so is the usage.
#[test]
fn alike_or_walk() {
    let keys = Keys::new(b"finish", vec![b"text"[..].into()]).unwrap();
    let usages: [json::Key; 2] = [b"usage"[..].into(), b"usageMetadata"[..].into()];
    let (mut by_alike, mut with_usage) = (0, 0);
    for seed in 0..4_000 {
        let mut rng = Rng::new(seed);
        let (form, paths) = &FORMS[rng.below(FORMS.len())];
        let channel = common::channel(paths.0, paths.1);
        let role = |key: &[u8]| match usages.iter().any(|usage| **usage == *key) {
            true => Role::TopUsage,
            false => channel.role(key),
        };
        let (mut extractor, mut alike) = (Extractor::default(), Alike::default());
        for (doc, _) in stream(&mut rng, form, 30) {
            let (mut fast, mut slow) = (Text::default(), Text::default());
            let walked = textpath::text(&doc, &channel, None, &mut slow);
            let known = (alike.end_in(Some(&keys), &doc, 0) == Some(doc.len())).then_some(&alike);
            if known.is_some_and(|alike| extractor.by_alike(alike, &doc, &mut fast)) {
                by_alike += 1;
                assert_eq!((Ok(true), &fast), (walked, &slow), "seed {seed}: {}", doc.escape_ascii());
                let found = usages.iter().find_map(|key| json::find(&doc, &[std::slice::from_ref(key)]).unwrap()[0]);
                let usage = found.map(|value| value.json(&doc).into_owned());
                if let Usage::At { place, is_json } = extractor.usage() {
                    assert_eq!(Some(&doc[place.clone()]), usage.as_deref(), "seed {seed}: {}", doc.escape_ascii());
                    assert!(
                        !is_json || json::check(&doc[place.clone()]).is_ok(),
                        "seed {seed}: {}",
                        doc.escape_ascii()
                    );
                    with_usage += 1;
                } else {
                    assert_eq!(usage, None, "seed {seed}: {}", doc.escape_ascii());
                }
            } else if extractor.by_walk(&doc, &channel, None, true, &mut fast).is_ok() {
                match known {
                    Some(alike) => extractor.learn(alike, &role),
                    None => alike.learn(Some(&keys), &doc),
                }
            }
        }
    }
    assert!(by_alike > 5_000 && with_usage > 500, "{by_alike} recognized, {with_usage} with a usage");
}

/// The text of documents that come one by one is the text that a walk takes.
#[test]
fn one_by_one_or_walk() {
    let (mut found, mut refused) = (0, 0);
    for seed in 0..4_000 {
        let mut rng = Rng::new(seed);
        let (form, paths) = &FORMS[rng.below(FORMS.len())];
        let channel = common::channel(paths.0, paths.1);
        let index = [None, Some(0), Some(1)][rng.below(3)];
        let mut extractor = DocExtractor::default();
        for (doc, _) in stream(&mut rng, form, 30) {
            let (mut fast, mut slow) = (Text::default(), Text::default());
            let walked = textpath::text(&doc, &channel, index, &mut slow);
            let taken = match extractor.by_exact_template(&doc, &mut fast) {
                true => Ok(true),
                false => extractor.text(&doc, &channel, index, &mut fast),
            };
            assert_eq!((&taken, &fast), (&walked, &slow), "seed {seed}: {}", doc.escape_ascii());
            found += usize::from(taken == Ok(true));
            refused += usize::from(taken.is_err());
            if rng.one_in(100) {
                extractor.forget();
            }
        }
    }
    assert!(found > 50_000 && refused > 1_000, "{found} found, {refused} refused");
}

/// Events of providers, with their dialects. `#` is a text, `@` a number, `~` white space.
const EVENTS: [(&str, &str); 2] = [
    (
        "gemini",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"#\"}],\"role\":\"model\"},\"index\":0~}],\"usageMetadata\":{\"a\":8,\"b\":@,\"c\":[{\"d\":0.@,\"e\":\"#\"}]~},\"v\":\"#\"~}\n\n",
    ),
    (
        "anthropic",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"#\"}~}\n\n",
    ),
];
/// Changes of an event of any dialect, most of which have another meaning.
const CHANGES: [(&str, &str); 12] = [
    ("\"index\":0", "\"index\":1"),
    ("\"index\":0", "\"index\":0,\"finishReason\":\"STOP\""),
    ("\"delta\":{", "\"delta\":{\"stop_reason\":\"end_turn\","),
    ("\"usageMetadata\":{\"a\":8", "\"usageMetadata\":null,\"other\":{\"a\":8"),
    ("\"usageMetadata\":{\"a\":8", "\"other\":{\"a\":8"),
    ("\"b\":", "\"b\":0"),
    ("\"a\":8", "\"a\":\"\\x\""),
    ("\"text\":\"", "\"thought\":true,\"text\":\""),
    ("\"text\":\"", "\"other\":\""),
    ("\"text\":\"", "\"text\":\"\\ud83d"),
    ("\"v\":", "\"usageMetadata\":{},\"v\":"),
    ("content_block_delta", "content_block_start"),
];

/// An event of a form; seldom a changed one.
fn event(form: &str, rng: &mut Rng) -> String {
    let mut out = String::new();
    for part in form.chars() {
        match part {
            '#' if rng.one_in(9) => {
                out.push_str(rng.pick(&["error", "\\u0065", "finishReason", "na\u{ef}ve", "\\n", ""]))
            }
            '#' => out.push_str(rng.pick(&["a", " the", "12", " a long word"])),
            '@' => out.push_str(rng.pick(&["0", "7", "12", "345"])),
            '~' => out.push_str(rng.pick(&["", "", " ", "    "])),
            other => out.push(other),
        }
    }
    let (from, to) = CHANGES[rng.below(CHANGES.len())];
    if rng.one_in(12) {
        out = out.replace(from, to);
    }
    out
}

/// However a stream is read and recorded, its text and its usage are those of a walk over each event.
fn reads_as_walked(dialect: &str, body: &str, seed: u64) {
    let (table, selection) = (table(dialect), Selection { channel: "text".into(), index: IndexChoice::Default });
    let started = || {
        let mut session = Session::new(NO_LIMIT, b"", Tables::One(table.clone()));
        session.push(body.as_bytes());
        session
    };
    let (mut text, mut usage) = (Text::default(), None);
    let (mut stepped, mut recorded, mut read) = (started(), started(), started());
    recorded.record();
    while stepped.step() == Step::Event && recorded.step() == Step::Event {
        let event = stepped.event();
        let row = table.row(event.row.unwrap()).unwrap();
        if let Some(channel) = row.channel("text") {
            textpath::text(event.payload, channel, table.index, &mut text).unwrap();
        }
        let found = row.usage.as_ref().and_then(|usage| usage.find(event.payload));
        let found = found.map(|value| value.json(event.payload).into_owned());
        usage = found.filter(|usage| usage != b"null" && json::check(usage).is_ok()).or(usage);
        assert_eq!(recorded.summary().usage, usage, "seed {seed}: {body}");
    }
    let mut taken = Text::default();
    read.read(&selection, false, &mut taken);
    assert_eq!(taken, text, "seed {seed}: {body}");
    for session in [stepped, recorded, read] {
        let summary = session.summary();
        assert_eq!((summary.text(), &summary.usage), (text.as_bytes(), &usage), "seed {seed}: {body}");
    }
}

#[test]
fn events_like_others() {
    for seed in 0..600 {
        let mut rng = Rng::new(seed);
        let (name, form) = EVENTS[rng.below(EVENTS.len())];
        let body: String = (0..40).map(|_| event(form, &mut rng)).collect();
        reads_as_walked(name, &body, seed);
    }
}

/// Chunks of two shapes, one with a usage, in turns: the usage of one is not looked for in the other.
#[test]
fn events_of_two_shapes() {
    let forms = [
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"#\"}}],\"timings\":{\"a\":@,\"b\":\"#\"}}\n\n",
        "data: {\"id\":\"#\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"#\"},\"finish_reason\":null}],\"usage\":{\"total_tokens\":@},\"o\":\"#\"}\n\n",
    ];
    for seed in 0..2_000 {
        let mut rng = Rng::new(seed);
        let (mut body, mut shape) = (String::new(), 0);
        for _ in 0..30 {
            shape ^= usize::from(rng.one_in(3));
            body.push_str(&event(forms[shape], &mut rng));
        }
        reads_as_walked("chat", &body, seed);
    }
}

/// An event that is like the last one ends where it would end in a search for line ends: damage by line ends means the same
/// in any blocks. Blocks of one byte are not compared with the last event before their end is known.
#[test]
fn line_ends_in_events_like_others() {
    for seed in 0..400 {
        let mut rng = Rng::new(seed);
        let (name, form) = EVENTS[rng.below(EVENTS.len())];
        let damaged = 2 + rng.below(6);
        let mut body = String::new();
        for _ in 0..30 {
            let mut event = event(form, &mut rng);
            if rng.one_in(damaged) {
                let from = rng.pick(&["text\":\"", "\"}", "}", ",", ":", "delta", "\n\n"]);
                let end = rng.pick(&["\n", "\r", "\r\n", "\ndata: ", "\n\n", "\\\n", "\\\"\n", " \n", "\t", "0\n"]);
                event = event.replacen(from, &format!("{from}{end}"), 1 + rng.below(3));
            }
            body.push_str(&event);
        }
        let limit = if rng.one_in(8) { 150 } else { NO_LIMIT };
        for by in [By::Steps, By::Reading] {
            let observed = |cuts: &[usize]| observe(body.as_bytes(), cuts, limit, Tables::One(table(name)), by);
            let want = observed(&bytewise(body.as_bytes()));
            assert_eq!(observed(&[]), want, "seed {seed}: {body:?}");
            let cuts = random_cuts(body.as_bytes(), &mut rng);
            assert_eq!(observed(&cuts), want, "seed {seed}, cuts {cuts:?}: {body:?}");
        }
    }
}

/// Streams of servers that vary need a walk for their first document only, or for each kind of difference once.
#[test]
fn what_varies_is_skipped() {
    let mut rng = Rng::new(1);
    for (form, paths) in FORMS.iter().filter(|(form, _)| form.matches('#').count() == 1) {
        let (channel, variety) =
            (common::channel(paths.0, paths.1), Variety { space: 2, value: 1, damage: usize::MAX });
        // Values that may be read must not differ, nor those of keys with escapes: all but these do.
        let form = form.replace("\"index\":@", "\"index\":1").replace("\\u0062\":@", "\\u0062\":1");
        let usual = vec![String::new(); form.matches('@').count()];
        let mut extractor = Extractor::default();
        for count in 0..200 {
            let (doc, _) = document(&form, &usual, &variety, &mut rng);
            let taken = extractor.by_template(&doc, &|key| channel.role(key), &mut Text::default());
            assert!(taken || count == 0, "{}", doc.escape_ascii());
            if !taken {
                assert_eq!(extractor.by_walk(&doc, &channel, None, true, &mut Text::default()), Ok(true));
            }
        }
    }
}

/// White space is not accepted inside strings, numbers and literals, and a fixed value must be the same.
#[test]
fn what_must_not_vary() {
    let channel = common::channel(&["delta"], Some("index"));
    let known = r#"{"a key":1,"index":12,"n":true,"delta":"x","s":"a \" b"}"#;
    let documents = [
        (r#"{"a  key":1,"index":12,"n":true,"delta":"x","s":"a \" b"}"#, false),
        (r#"{"akey":1,"index":12,"n":true,"delta":"x","s":"a \" b"}"#, false),
        (r#"{"a key":1,"index":1 2,"n":true,"delta":"x","s":"a \" b"}"#, false),
        (r#"{"a key":1,"index":13,"n":true,"delta":"x","s":"a \" b"}"#, false),
        (r#"{"a key":1,"index":12,"n":tr ue,"delta":"x","s":"a \" b"}"#, false),
        (r#"{"a key":1,"index":12,"n":true,"delta":"x","s":"a \" b"},"#, false),
        (r#"{"a key":1,"index":12,"n":true,"delta":"x","s":"a \" b}"#, false),
        (r#"{"a key":1,"index":12,"n":[{]},"delta":"x","s":"a \" b"}"#, false),
        (r#"{"a key":1,"index":12,"n":,"delta":"x","s":"a \" b"}"#, false),
        (r#"{"a key":1,"index":12,"n":true,"delta":null,"s":"a \" b"}"#, false),
        (r#"{"a key":1,"index":12 , "n":true,"delta" : "x","s":"a \" b" } "#, true),
        (r#"{"a key":10,"index":12,"n":[{"delta":"y"}],"delta":"x","s":{}}"#, true),
    ];
    for (doc, is_taken) in documents {
        let mut extractor = Extractor::default();
        extractor.text(known.as_bytes(), &channel, None, &mut Text::default()).unwrap();
        let mut text = Text::default();
        let taken = extractor.by_template(doc.as_bytes(), &|key| channel.role(key), &mut text);
        assert_eq!((taken, text.as_bytes() == b"x"), (is_taken, is_taken), "{doc}");
    }
    let mut extractor = Extractor::default();
    extractor.text(known.as_bytes(), &channel, None, &mut Text::default()).unwrap();
    let other = known.replace("true", "false");
    assert!(!extractor.by_template(other.as_bytes(), &|_| Role::Fixed, &mut Text::default()));
    assert!(extractor.by_template(other.as_bytes(), &|_| Role::Unused, &mut Text::default()));
}

/// A document that differs from a valid one in integers only is valid. Other differences are left to the check.
#[test]
fn other_integers() {
    let valid = r#"{"a":12,"b":[0,1.5,-3,1e5,10],"s":"x9 é","t":null}"#;
    assert!(differs_in_integers(valid.as_bytes(), valid.as_bytes()));
    let longer = r#"{"a":7,"b":[123456789012345678901,10.25,-40,1e15,0],"s":"x10 é","t":null}"#;
    assert!(differs_in_integers(valid.as_bytes(), longer.as_bytes()));
    let (escape, shorter) = (r#"{"a":"\u1234"}"#, r#"{"a":"\u123"}"#);
    assert!(json::check(escape.as_bytes()).is_ok() && json::check(shorter.as_bytes()).is_err());
    assert!(!differs_in_integers(escape.as_bytes(), shorter.as_bytes()));
    let (mut rng, mut same, mut refused) = (Rng::new(1), 0, 0);
    for _ in 0..100_000 {
        let mut doc: Vec<char> = valid.chars().collect();
        for _ in 0..=rng.below(2) {
            let at = rng.below(doc.len());
            let end = at + rng.below(2).min(doc.len() - at);
            let new = rng.pick(&["", "0", "7", "12", "-", ".", "e", ",", "\"", "]", "\\", "1"]);
            doc.splice(at..end, new.chars());
        }
        let doc: String = doc.into_iter().collect();
        let is_valid = json::check(doc.as_bytes()).is_ok();
        let is_same = differs_in_integers(valid.as_bytes(), doc.as_bytes());
        assert!(is_valid || !is_same, "{doc}");
        same += usize::from(is_same && doc != valid);
        refused += usize::from(!is_valid);
    }
    assert!(same > 5_000 && refused > 5_000, "{same} differ in integers, {refused} refused");
}

/// The payloads of a stream, as an SSE body. Line ends in them would end the data line.
fn body(documents: &[Made]) -> Vec<u8> {
    let line = |doc: &[u8]| -> Vec<u8> { doc.iter().filter(|byte| !b"\r\n".contains(byte)).copied().collect() };
    documents.iter().flat_map(|(doc, _)| [b"data: ".to_vec(), line(doc), b"\n\n".to_vec()].concat()).collect()
}

/// Text, end, finish reason and usage depend neither on the cuts nor on whether events are read or iterated.
#[test]
fn whole_streams_at_all_cuts() {
    let shapes = shapes();
    let parts: &Arc<Table> = &shapes.iter().find(|(name, _)| name == "parts").unwrap().1;
    let forms = [
        (FORMS[0].0.to_owned(), table("chat")),
        (
            FORMS[2].0.replace("usageMetadata", "usage").replace("\"index\":2", "\"index\":0,\"finish\":@"),
            parts.clone(),
        ),
    ];
    for seed in 0..150 {
        let mut rng = Rng::new(seed);
        let (form, table) = &forms[rng.below(forms.len())];
        let body = body(&stream(&mut rng, form, 6));
        let observed = |cuts: &[usize], by| observe(&body, cuts, NO_LIMIT, Tables::One(table.clone()), by);
        let steps = observed(&[], By::Steps);
        observed::agree(&steps, &observed(&bytewise(&body), By::Reading));
        observed::agree(&steps, &observed(&random_cuts(&body, &mut rng), By::Turns(seed)));
        let every = if seed < 10 { 1 } else { 17 };
        let whole = observed(&[], By::Reading);
        for cut in (seed as usize % every..body.len()).step_by(every) {
            assert_eq!(observed(&[cut], By::Reading), whole, "seed {seed}, cut {cut}: {}", body.escape_ascii());
        }
        observed::agree(&steps, &whole);
    }
}
