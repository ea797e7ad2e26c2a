//! Text out of JSON, against serde_json: on documents that are made at random, on damaged ones, on
//! documents that a template fits, and on surrogates that were split.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
#[path = "document.rs"]
mod document;

use common::{mend, Rng};
use document::{agree, agree_on_json, standard, walked, Paths, Slow, CHANNELS};
use serde_json::Value;
use ssescan_core::condition::Accept;
use ssescan_core::declaration::{ChannelDeclaration, TextDeclaration, WhenDeclaration};
use ssescan_core::json::{self, Malformed};
use ssescan_core::text::{self, Text};
use ssescan_core::textpath::{self, Channel, Element, Extractor, Path};
use std::collections::BTreeMap;

/// Writes documents in which something stands where a channel's paths lead to, mostly.
struct Maker<'r> {
    rng: &'r mut Rng,
    out: Vec<u8>,
    /// Also what only the library takes: NaN, surrogates without their other half, bad UTF-8.
    extensions: bool,
}

/// What is left of a path, and whether it leads to a text or to an index.
type Way = (Vec<String>, bool);

const NOT_STANDARD: [&[u8]; 8] =
    [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e-999", b"123456789012345678901234567890", b"1E400", b"0.5e+300"];
const SCALARS: [&[u8]; 14] = [
    b"0",
    b"1",
    b"-1",
    b"2",
    b"-0",
    b"1.5",
    b"1e2",
    b"2E-3",
    b"9223372036854775807",
    b"9223372036854775808",
    b"null",
    b"true",
    b"false",
    b"1.0",
];
const TEXTS: [&[u8]; 20] = [
    b"a",
    b"Hello",
    b" wor",
    b"ld",
    b"\xC3\xA9",
    b"\xF0\x9F\x98\x80",
    b"\\n",
    b"\\\"",
    b"\\\\",
    b"\\/",
    b"\\u0041",
    b"\\u00e9",
    b"\\ud83d\\ude00",
    b"\\uD83D\\uDE00",
    b"\\t\\b\\f\\r",
    b"\x7F",
    b"{:",
    b"]}",
    b"\xE2\x80\xA8",
    b"\\u0000",
];
/// What may not stand in a string.
const NO_TEXTS: [&[u8]; 7] = [b"\x01", b"\x1F", b"\n", b"\"", b"\\", b"\\x", b"\\u12"];
const SURROGATES: [&[u8]; 6] = [b"\\ud83d", b"\\ude00", b"\\udfff\\ud800", b"\\uDBFF", b"\xFF", b"\xF0\x9F\x98"];

impl Maker<'_> {
    fn document(rng: &mut Rng, paths: &Paths, extensions: bool) -> Vec<u8> {
        let steps = |path: &str| path.replace("[*]", ".[]").split('.').map(str::to_owned).collect();
        let mut ways: Vec<Way> = paths.alternatives.iter().map(|path| (steps(path), false)).collect();
        ways.extend(paths.index.iter().map(|path| (steps(path), true)));
        let mut maker = Maker { rng, out: Vec::new(), extensions };
        maker.toward(&ways, 0);
        maker.out
    }

    fn space(&mut self) {
        while self.rng.one_in(12) {
            self.out.push(*b" \n\t\r".get(self.rng.below(4)).unwrap());
        }
    }

    fn toward(&mut self, ways: &[Way], depth: usize) {
        self.space();
        let onward: Vec<&Way> = ways.iter().filter(|(steps, _)| !steps.is_empty()).collect();
        let ends = onward.len() < ways.len();
        if depth > 12 || onward.is_empty() && ways.is_empty() || self.rng.one_in(16) {
            self.any(depth);
        } else if ends && (onward.is_empty() || self.rng.one_in(2)) {
            let is_index = ways.iter().any(|(steps, is_index)| steps.is_empty() && *is_index);
            if is_index {
                self.scalar()
            } else {
                self.string()
            }
        } else if onward.iter().any(|(steps, _)| steps[0] == "[]") {
            let inner: Vec<Way> = onward.iter().map(|(steps, is_index)| (steps[1..].to_vec(), *is_index)).collect();
            let count = self.rng.below(4);
            self.list(b'[', b']', count, |maker, _| maker.toward(&inner, depth + 1));
        } else {
            self.object(&onward, depth);
        }
        self.space();
    }

    /// An object with the keys of the ways, some left away, some twice, and others.
    fn object(&mut self, ways: &[&Way], depth: usize) {
        let mut keys: Vec<&str> = ways.iter().map(|(steps, _)| steps[0].as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|_| !self.rng.one_in(10));
        for _ in 0..self.rng.below(3) {
            keys.push(if self.rng.one_in(3) { &ways[0].0[0] } else { self.rng.pick(&["x", "index", "text", ""]) });
        }
        for at in (1..keys.len()).rev() {
            keys.swap(at, self.rng.below(at + 1));
        }
        self.list(b'{', b'}', keys.len(), |maker, at| {
            maker.space();
            maker.key(keys[at]);
            maker.space();
            maker.out.push(b':');
            let led = ways.iter().filter(|(steps, _)| steps[0] == keys[at]);
            let inner: Vec<Way> = led.map(|(steps, is_index)| (steps[1..].to_vec(), *is_index)).collect();
            maker.toward(&inner, depth + 1);
        });
    }

    fn list(&mut self, open: u8, close: u8, count: usize, mut each: impl FnMut(&mut Self, usize)) {
        self.out.push(open);
        self.space();
        for at in 0..count {
            if at > 0 {
                self.out.push(b',');
            }
            each(self, at);
        }
        self.out.push(close);
    }

    fn any(&mut self, depth: usize) {
        match self.rng.below(if depth > 12 { 2 } else { 4 }) {
            0 => self.scalar(),
            1 => self.string(),
            2 => {
                let count = self.rng.below(3);
                self.list(b'[', b']', count, |maker, _| maker.any(depth + 1));
            }
            _ => {
                let way = (vec!["text".to_owned()], false);
                self.object(&[&way], depth + 1);
            }
        }
    }

    fn scalar(&mut self) {
        let scalar =
            if self.extensions && self.rng.one_in(4) { self.rng.pick(&NOT_STANDARD) } else { self.rng.pick(&SCALARS) };
        self.out.extend_from_slice(scalar);
    }

    fn string(&mut self) {
        self.out.push(b'"');
        let most = if self.rng.one_in(8) { 40 } else { 4 };
        for _ in 0..self.rng.below(most) {
            let text =
                if self.extensions && self.rng.one_in(3) { self.rng.pick(&SURROGATES) } else { self.rng.pick(&TEXTS) };
            self.out.extend_from_slice(text);
        }
        self.out.push(b'"');
    }

    /// A key, some of its letters written as escapes.
    fn key(&mut self, key: &str) {
        self.out.push(b'"');
        for byte in key.bytes() {
            match self.rng.one_in(30) {
                true => self.out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
                false => self.out.push(byte),
            }
        }
        self.out.push(b'"');
    }
}

#[test]
fn made_documents() {
    let mut with_text = 0;
    for seed in 0..40_000 {
        let mut rng = Rng::new(seed);
        let paths = &CHANNELS[rng.below(CHANNELS.len())];
        let extensions = rng.one_in(3);
        let doc = Maker::document(&mut rng, paths, extensions);
        let (channel, slow) = (paths.channel(), Slow::of(&paths.declaration()));
        for index in [None, Some(0), Some(1)] {
            assert!(agree(&doc, &channel, &slow, index), "{}", doc.escape_ascii());
        }
        with_text += usize::from(walked(&doc, &paths.channel(), None).unwrap().is_some());
    }
    assert!(with_text > 10_000, "only {with_text} documents had a text");
}

/// Elements without a text count too: a choice that was seen has to be finished.
#[test]
fn indices_of_made_documents() {
    for seed in 0..10_000 {
        let mut rng = Rng::new(seed);
        let paths = &CHANNELS[rng.below(CHANNELS.len())];
        let doc = Maker::document(&mut rng, paths, false);
        let mut elements = Vec::new();
        textpath::elements(&doc, &paths.channel(), &mut elements).unwrap();
        let (mut seen, mut want) = (BTreeMap::new(), BTreeMap::new());
        for element in &elements {
            *seen.entry(element.index).or_insert(false) |= element.text().is_some();
        }
        let value: Value = serde_json::from_str(&standard(&doc).unwrap()).unwrap();
        for (index, text) in paths.elements(&value) {
            *want.entry(index).or_insert(false) |= text.is_some();
        }
        assert_eq!(seen, want, "{paths:?}: {}", doc.escape_ascii());
    }
}

/// Values that a channel skips: which of them are read over, wherever they are.
#[test]
fn skipped_values() {
    let (channel, slow) = (CHANNELS[0].channel(), Slow::of(&CHANNELS[0].declaration()));
    for (value, is) in [
        ("01", true),
        ("-", true),
        ("nul", true),
        ("'a'", true),
        ("\"\\x\"", true),
        ("\"\0\n\"", true),
        ("\"\\\\\"", true),
        ("[1 2,,:]", true),
        ("{a 1, \"}]\"}", true),
        ("[[{},[{}]]]", true),
        ("\"\\\"", false),
        ("", false),
        (" ", false),
        ("1 2", false),
        ("1:2", false),
        ("\"a\"\"b\"", false),
        ("[", false),
        ("]", false),
        ("[}", false),
        ("{\"a\":[1}]", false),
        ("[\"]", false),
        ("[]]", false),
    ] {
        for (before, after) in [
            ("{\"x\":", ",\"delta\":{\"content\":[{\"text\":{\"value\":\"Hi\"}}]}}"),
            ("{\"delta\":{\"content\":[{\"text\":{\"value\":\"Hi\",\"x\":", "}}]}}"),
            ("{\"delta\":{\"content\":[{\"x\":", ",\"text\":{\"value\":\"Hi\"}}]}}"),
            ("{\"delta\":{\"content\":[{\"text\":{\"value\":\"Hi\"}}]},\"x\":[0,{\"y\":", "}]}"),
        ] {
            let doc = [before, value, after].concat();
            let deep = before.ends_with("\"y\":") && ["", " ", "1 2", "1:2", "\"a\"\"b\""].contains(&value);
            let text = walked(doc.as_bytes(), &channel, None);
            assert_eq!(text.ok(), (is || deep).then(|| Some("Hi".into())), "{doc}");
            agree(doc.as_bytes(), &channel, &slow, None);
        }
    }
}

#[test]
fn text_and_finish_in_one_walk() {
    let text = common::channel(&["choices[*].delta.content"], Some("choices[*].index"));
    let path = |path: &str| Path::parse(path).unwrap();
    let finish = Channel::of_finish(
        path("choices[*].finish_reason"),
        Some(&path("choices[*].index")),
        &Accept::Reason { unset: vec![] },
    )
    .unwrap();
    let mut joined = text.clone();
    joined.join(&finish);
    assert!(joined.has_finish() && !text.has_finish());
    let docs = [
        r#"{"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"x":[1,2]}]},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{"content":"b"},"finish_reason":""}]}"#,
        r#"{"choices":[{"finish_reason":"length"},{"index":2},{"index":2,"finish_reason":7}]}"#,
        r#"{"choices":[{"finish_reason":"a","finish_reason":null,"index":3}],"choices":[{"finish_reason":"b"}]}"#,
        r#"{"choices":[],"usage":{}}"#,
    ];
    for doc in docs {
        let walk = |channel: &Channel| {
            let mut found = Vec::new();
            textpath::elements(doc.as_bytes(), channel, &mut found).unwrap();
            found
        };
        let one = walk(&joined);
        let texts = |found: &[Element]| -> Vec<_> {
            found.iter().filter(|e| e.text().is_some()).map(|e| (e.index, e.text())).collect()
        };
        let ends = |found: &[Element]| -> Vec<_> {
            found.iter().filter(|e| e.finish().is_some()).map(|e| (e.index, e.finish())).collect()
        };
        assert_eq!(texts(&one), texts(&walk(&text)), "{doc}");
        assert_eq!(ends(&one), ends(&walk(&finish)), "{doc}");
    }
}

#[test]
fn truncated_documents() {
    for seed in 0..1_500 {
        let mut rng = Rng::new(seed);
        let paths = &CHANNELS[rng.below(CHANNELS.len())];
        let doc = Maker::document(&mut rng, paths, seed % 3 == 0);
        let (channel, slow) = (paths.channel(), Slow::of(&paths.declaration()));
        for end in 0..doc.len() {
            agree(&doc[..end], &channel, &slow, None);
            agree_on_json(&doc[..end]);
        }
    }
}

#[test]
fn damaged_documents() {
    let (mut still_json, mut only_read) = (0, 0);
    for seed in 0..60_000 {
        let mut rng = Rng::new(seed);
        let paths = &CHANNELS[rng.below(CHANNELS.len())];
        let mut doc = Maker::document(&mut rng, paths, seed % 3 == 0);
        damage(&mut doc, &mut rng);
        let can_be_read = agree(&doc, &paths.channel(), &Slow::of(&paths.declaration()), None);
        let is_json = agree_on_json(&doc);
        assert!(can_be_read || !is_json, "{}", doc.escape_ascii());
        still_json += usize::from(is_json);
        only_read += usize::from(can_be_read && !is_json);
    }
    assert!((10_000..50_000).contains(&still_json), "{still_json} were still JSON");
    assert!(only_read > 1_000, "of {only_read} others the text was read");
}

/// Another byte, one more, one less, or two pieces swapped.
fn damage(doc: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..=rng.below(2) {
        let at = rng.below(doc.len());
        let byte = *rng.pick(&[
            b"{", b"}", b"[", b"]", b"\"", b"\\", b",", b":", b"0", b"-", b"e", b".", b"u", b" ", b"\n", b"\x00",
            b"\xFF", b"N",
        ]);
        match rng.below(4) {
            _ if doc.is_empty() => {}
            0 => doc[at] = rng.draw() as u8,
            1 => doc[at] = byte[0],
            2 => doc.insert(at, byte[0]),
            _ => drop(doc.remove(at)),
        }
    }
}

#[test]
fn each_byte_of_a_delta_damaged() {
    let (channel, slow) = (CHANNELS[0].channel(), Slow::of(&CHANNELS[0].declaration()));
    let delta = br#"{"id":"m","delta":{"content":[{"index":0,"type":"text","text":{"value":"Hi\u00e9 \n, and so on for more bytes than are looked at one by one"}}],"n":[-1.5e+3,null,true]}}"#;
    for at in 0..delta.len() {
        for byte in 0..=255 {
            let mut doc = delta.to_vec();
            doc[at] = byte;
            agree(&doc, &channel, &slow, None);
            agree_on_json(&doc);
        }
    }
}

#[test]
fn values_and_what_is_none() {
    for (json, is) in [
        ("0", true),
        ("-0", true),
        ("00", false),
        ("-", false),
        ("-01", false),
        ("1.", false),
        (".5", false),
        ("+1", false),
        ("1e", false),
        ("1e+", false),
        ("1E+05", true),
        ("0x1", false),
        ("1_0", false),
        ("nul", false),
        ("nulll", false),
        ("True", false),
        ("nan", false),
        ("-NaN", false),
        ("NaN", true),
        ("Infinity", true),
        ("-Infinity", true),
        ("+Infinity", false),
        ("Infinit", false),
        ("'a'", false),
        ("\"\\x\"", false),
        ("\"\\u12g4\"", false),
        ("\"\\u123\"", false),
        ("\"\t\"", false),
        ("\"\x7F\"", true),
        ("\"", false),
        ("", false),
        (" ", false),
        ("[1,]", false),
        ("[,1]", false),
        ("[1 2]", false),
        ("{\"a\":1,}", false),
        ("{,}", false),
        ("{\"a\"}", false),
        ("{\"a\":}", false),
        ("{a:1}", false),
        ("{1:1}", false),
        ("[}", false),
        ("{]", false),
        ("[1]]", false),
        ("1 1", false),
        (" [ ] ", true),
        ("\x0C1", false),
        ("\u{FEFF}1", false),
        ("[1]//", false),
        ("1\0", false),
    ] {
        assert_eq!(json::check(json.as_bytes()).is_ok(), is, "{json:?}");
        assert_eq!(
            serde_json::from_str::<Value>(&standard(json.as_bytes()).unwrap()).is_ok(),
            is,
            "{json:?}: the reference"
        );
    }
}

/// The template gives what a walk gives, for whatever comes after whatever.
#[test]
fn template_or_walk() {
    let mut by_template = 0;
    for seed in 0..4_000 {
        let mut rng = Rng::new(seed);
        let paths = &CHANNELS[rng.below(CHANNELS.len())];
        let channel = paths.channel();
        let index = [None, Some(0), Some(1)][rng.below(3)];
        let shapes: Vec<Vec<u8>> = (0..3).map(|_| Maker::document(&mut rng, paths, seed % 4 == 0)).collect();
        let (mut extractor, mut shape) = (Extractor::default(), &shapes[0]);
        for _ in 0..20 {
            if rng.one_in(4) {
                shape = &shapes[rng.below(shapes.len())];
            }
            let doc = with_another_text(shape, &channel, &mut rng);
            by_template += usize::from(extractor.by_template(&doc, &|key| channel.role(key), &mut Text::default()));
            let (mut fast, mut slow) = (Text::default(), Text::default());
            let added = extractor.text(&doc, &channel, index, &mut fast);
            assert_eq!(added, textpath::text(&doc, &channel, index, &mut slow), "seed {seed}: {}", doc.escape_ascii());
            assert_eq!(fast, slow, "seed {seed}: {}", doc.escape_ascii());
        }
    }
    assert!(by_template > 5_000, "the template was used {by_template} times");
}

/// Documents that differ only in a text are not alike if a condition depends on that text.
#[test]
fn conditions_on_the_text() {
    let when = WhenDeclaration { path: "b".into(), strings: vec!["yes".into()], ..Default::default() };
    let texts = vec![TextDeclaration { path: "b".into(), when: Some(when), as_json: false }];
    let channel = ChannelDeclaration { name: "text".into(), texts, ..Default::default() }.compile().unwrap();
    let mut extractor = Extractor::default();
    for (doc, wanted) in [(r#"{"b":"yes"}"#, true), (r#"{"b":"yes"}"#, true), (r#"{"b":"no"}"#, false)] {
        let mut text = Text::default();
        let by_template = extractor.by_template(doc.as_bytes(), &|key| channel.role(key), &mut text);
        assert!(!by_template, "{doc}");
        assert_eq!(extractor.text(doc.as_bytes(), &channel, None, &mut text), Ok(wanted), "{doc}");
    }
}

/// Numbers and strings that nobody wants differ from document to document, and with them all that must not.
#[test]
fn loose_documents() {
    let channel = common::channel(&["delta"], Some("output_index"));
    let values: [&[u8]; 14] = [
        b"0",
        b"7",
        b"10",
        b"007",
        b"-3",
        b"1.5",
        b"1e3",
        b"null",
        b"\"\"",
        b"\"abc\"",
        b"\"a\\nb\"",
        b"\"\xC3\xA9\"",
        b"{}",
        b"\"x",
    ];
    let mut by_template = 0;
    for seed in 0..4_000 {
        let mut rng = Rng::new(seed);
        let mut extractor = Extractor::default();
        // Few of the fields differ, mostly in value and not in kind: as servers do it.
        let wild = rng.below(40);
        for round in 0..12 {
            let mut scalar = |usual: Vec<u8>| match rng.below(40) == wild {
                true => values[rng.below(values.len())].to_vec(),
                false => usual,
            };
            let number = scalar(format!("{}", 8 + round).into_bytes());
            let index = scalar(b"0".to_vec());
            let text = scalar(format!("\"t{round}\"").into_bytes());
            let noise = scalar(format!("\"{}\"", "z".repeat(round % 5)).into_bytes());
            let parts: [&[u8]; 9] = [
                b"{\"type\":\"d\",\"n\":",
                &number,
                b",\"output_index\":",
                &index,
                b",\"delta\":",
                &text,
                b",\"noise\": ",
                &noise,
                b" ,\"end\":[1]}",
            ];
            let doc = parts.concat();
            let (mut fast, mut slow) = (Text::default(), Text::default());
            by_template += usize::from(extractor.by_template(&doc, &|key| channel.role(key), &mut Text::default()));
            let asked = [None, Some(0)][seed as usize % 2];
            let added = extractor.text(&doc, &channel, asked, &mut fast);
            assert_eq!(added, textpath::text(&doc, &channel, asked, &mut slow), "seed {seed}: {}", doc.escape_ascii());
            assert_eq!(fast, slow, "seed {seed}: {}", doc.escape_ascii());
        }
    }
    assert!(by_template > 20_000, "the template was used {by_template} times");
}

/// The same document with another text, or with another string replaced, or damaged.
fn with_another_text(shape: &[u8], channel: &Channel, rng: &mut Rng) -> Vec<u8> {
    let mut elements = Vec::new();
    textpath::elements(shape, channel, &mut elements).unwrap();
    let quotes: Vec<usize> = (0..shape.len()).filter(|at| shape[*at] == b'"').collect();
    let mut places: Vec<(usize, usize)> = quotes.windows(2).map(|pair| (pair[0] + 1, pair[1])).collect();
    if !rng.one_in(4) {
        places = elements.iter().filter_map(|element| place(element.text()?)).collect();
    }
    let mut doc = shape.to_vec();
    if !places.is_empty() {
        let (start, end) = places[rng.below(places.len())];
        let last = if rng.one_in(6) { rng.pick(&NO_TEXTS) } else { rng.pick(&SURROGATES) };
        let text = [rng.pick(&TEXTS), rng.pick(&TEXTS), last][rng.below(4)..].concat();
        doc.splice(start..end, text);
    }
    if rng.one_in(10) {
        damage(&mut doc, rng);
    }
    doc
}

fn place(value: json::Value) -> Option<(usize, usize)> {
    match value {
        json::Value::Str { start, end, .. } => Some((start, end)),
        _ => None,
    }
}

/// Of any UTF-16 units, written as escapes in any number of strings, `Text` makes what UTF-16 means.
#[test]
fn surrogates_meet() {
    for seed in 0..20_000 {
        let mut rng = Rng::new(seed);
        let (mut whole, mut parts, mut units) = (Text::default(), Text::default(), Vec::new());
        for _ in 0..rng.below(8) {
            let mut string = Vec::new();
            for _ in 0..rng.below(4) {
                let unit = [0x41, 0xE9, 0x20AC, 0xD800, 0xD83D, 0xDBFF, 0xDC00, 0xDE00, 0xDFFF][rng.below(9)];
                units.push(unit);
                match char::from_u32(u32::from(unit)).filter(|_| rng.one_in(2)) {
                    Some(char) => string.extend_from_slice(char.to_string().as_bytes()),
                    None => string.extend_from_slice(format!("\\u{unit:04x}").as_bytes()),
                }
            }
            whole.push_json(&string, false);
            let mut part = Text::default();
            part.push_json(&string, false);
            parts.push_text(&part);
        }
        assert_eq!(mend(whole.as_bytes()), String::from_utf16_lossy(&units), "seed {seed}");
        assert_eq!(whole, parts, "seed {seed}");
        assert_eq!(text::count_chars(whole.as_bytes()), char::decode_utf16(units).count(), "seed {seed}");
        texts_are_cut_between_characters(&whole, &mut rng);
    }
}

fn texts_are_cut_between_characters(text: &Text, rng: &mut Rng) {
    let (bytes, chars) = (text.as_bytes(), text::count_chars(text.as_bytes()));
    let keep = rng.below(chars + 2);
    let first = &bytes[..text::end_of_chars(bytes, keep)];
    assert_eq!(text::count_chars(first), keep.min(chars));
    let most = rng.below(bytes.len() + 2);
    let whole = text::whole_chars(bytes, most);
    assert!(whole <= most && (most.min(bytes.len()) - whole) < 4);
    assert_eq!(text::end_of_chars(bytes, text::count_chars(&bytes[..whole])), whole);
    let ends_high = bytes.rchunks(3).next().is_some_and(|last| matches!(last, [0xED, 0xA0..=0xAF, _]));
    assert_eq!(text::ends_in_high(bytes), ends_high);
    let (mut joined, mut rest) = (Text::default(), Text::default());
    joined.push_wtf8(first);
    rest.push_wtf8(&bytes[first.len()..]);
    joined.push_text(&rest);
    assert_eq!(joined.as_bytes(), bytes);
    let mut replaced = bytes.to_vec();
    text::replace_surrogates(&mut replaced);
    assert_eq!(String::from_utf8(replaced).unwrap(), mend(text.as_bytes()));
}

/// A pair that a server split over two deltas is one character when the second one was read, by
/// template too.
#[test]
fn a_split_pair_is_joined_across_documents() {
    let channel = CHANNELS[5].channel();
    let (mut extractor, mut out) = (Extractor::default(), Text::default());
    for doc in [
        r#"{"delta":"a"}"#,
        r#"{"delta":"\ud83d"}"#,
        r#"{"delta":"\ude00"}"#,
        r#"{"delta":"b\uD83D"}"#,
        r#"{ "delta":"\uDE00c"}"#,
    ] {
        assert_eq!(extractor.text(doc.as_bytes(), &channel, None, &mut out), Ok(true));
    }
    assert_eq!(std::str::from_utf8(out.as_bytes()), Ok("a\u{1F600}b\u{1F600}c"));
}

/// Nested a million times, a document is refused: it does not take the stack down, small as that may be.
#[test]
fn deep_documents() {
    let deep = || {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"delta\":", "}]"), ("{\"choices\":[", "]}")] {
            let doc = [open.repeat(1_000_000), "1".into(), close.repeat(1_000_000)].concat();
            for paths in &CHANNELS {
                let refused = walked(doc.as_bytes(), &paths.channel(), None).unwrap_err();
                assert_eq!(refused.why, "nested too deeply");
                assert!(walked(open.repeat(1_000_000).as_bytes(), &paths.channel(), None).is_err());
            }
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(deep).unwrap().join().unwrap();
}

#[test]
fn how_deep_is_too_deep() {
    let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    let too_deep = Malformed { at: 1025, why: "nested too deeply" };
    assert_eq!((json::check(nested(1024).as_bytes()), json::check(nested(1025).as_bytes())), (Ok(()), Err(too_deep)));
    assert!(json::find(nested(1024).as_bytes(), &[]).is_ok());
    assert_eq!(json::find(nested(1025).as_bytes(), &[]), Err(too_deep));
}

/// What a path may be.
#[test]
fn paths() {
    for good in ["", "a", "a.b", "a[*].b", "a.b[*].c.d", "a[*].b[*].c", "a[*]", "[0]", "[12].a[*].b"] {
        assert!(Path::parse(good).is_ok(), "{good:?}");
    }
    for bad in ["a..b", ".a", "a.", "[*].a", "a[*]b", "a[0].b", "a[*][*].b", "a[*].", "[0]a", "[0].", "[x].a", "[*]"] {
        assert!(Path::parse(bad).is_err(), "{bad:?}");
    }
    for (paths, index) in [
        (&["a[*].b", "a[*].c"][..], Some("a[*].i")),
        (&["a[*].b", "c[*].b"], None),
        (&["a[*].b", "c[*].b", "d"], Some("i")),
        (&["a[*].b[*].c", "a[*].d"], Some("a[*].i")),
        (&["a[*]", ""], None),
        (&["[0].a", "[1].b[*].c"], None),
    ] {
        assert_eq!(declared(paths, index).err(), None);
    }
    for (paths, index, problem) in [
        (&[][..], None, "a channel needs a path"),
        (&["a[*].b", "b"], Some("a[*].i"), "same prefix as its index"),
        (&["[0].a"], Some("[1].i"), "same prefix as its index"),
        (&["a[*].b"], Some("a[*]"), "must end in a key"),
        (&["a", "b", "c", "d", "e", "f", "g"], None, "too many paths"),
    ] {
        let why = declared(paths, index).unwrap_err();
        assert!(why.contains(problem), "{paths:?}: {why}");
    }
}

fn declared(paths: &[&str], index: Option<&str>) -> Result<Channel, String> {
    let text = |path: &&str| TextDeclaration { path: (*path).into(), ..Default::default() };
    let texts = paths.iter().map(text).collect();
    ChannelDeclaration { name: "text".into(), texts, index: index.map(Into::into), reads_first: false }.compile()
}
