//! Takes any bytes as a document. It is JSON if serde_json says so, apart from the documented additions. Its text is that of a
//! slow reader, or neither of them can read it. A template returns the same text as a walk.
#![no_main]

#[path = "../../tests/rust/common.rs"]
mod common;
#[path = "../../tests/rust/document.rs"]
mod document;

use document::{agree, agree_on_json, Slow, CHANNELS};
use libfuzzer_sys::fuzz_target;
use ssescan_core::json::Value;
use ssescan_core::text::Text;
use ssescan_core::textpath::{self, Channel, Extractor};

/// Replacements for a text: valid, empty, escaped, and invalid ones.
const TEXTS: [&[u8]; 8] = [b"", b"a", b"\\ud83d", b"\\ude00\\n", b"\xC3\xA9\xFF", b"\"", b"\x01", b"\\"];

fuzz_target!(|doc: &[u8]| {
    // A document's length says where its text is looked for, so that every file is a seed.
    let paths = &CHANNELS[doc.len() % CHANNELS.len()];
    let (channel, slow) = (paths.channel(), Slow::of(&paths.declaration()));
    let is_json = agree_on_json(doc);
    for index in [None, Some(0)] {
        assert!(agree(doc, &channel, &slow, index) || !is_json);
        template(doc, &channel, index);
    }
});

/// Documents that differ from this one in one text or in a piece of it, in sequence.
fn template(doc: &[u8], channel: &Channel, index: Option<i64>) {
    let mut elements = Vec::new();
    if textpath::elements(doc, channel, &mut elements).is_err() {
        return;
    }
    let mut extractor = Extractor::default();
    same(&mut extractor, doc, channel, index);
    for element in elements.iter().take(3) {
        let Some(Value::Str { start, end, .. }) = element.text() else { continue };
        for text in TEXTS {
            same(&mut extractor, &[&doc[..start], text, &doc[end..]].concat(), channel, index);
        }
        same(&mut extractor, &doc[..end], channel, index);
        same(&mut extractor, &[doc, b" "].concat(), channel, index);
        same(&mut extractor, doc, channel, index);
    }
}

fn same(extractor: &mut Extractor, doc: &[u8], channel: &Channel, index: Option<i64>) {
    let (mut fast, mut slow) = (Text::default(), Text::default());
    let added = extractor.text(doc, channel, index, &mut fast);
    assert_eq!(added, textpath::text(doc, channel, index, &mut slow));
    assert_eq!(fast, slow);
}
