//! Any bytes as a document: JSON if serde_json says so (but for what the library takes besides), with the
//! same text; a template gives what a walk gives, and so does a walk that skims what nobody wants.
#![no_main]

#[path = "../../tests/rust/common.rs"]
mod common;
#[path = "../../tests/rust/document.rs"]
mod document;

use document::{agree, CHANNELS};
use libfuzzer_sys::fuzz_target;
use ssescan_core::json::{Care, Value};
use ssescan_core::text::Text;
use ssescan_core::textpath::{self, Channel, Extractor};

/// What may stand in place of a text: much, or nothing, or the end of the string.
const TEXTS: [&[u8]; 8] = [b"", b"a", b"\\ud83d", b"\\ude00\\n", b"\xC3\xA9\xFF", b"\"", b"\x01", b"\\"];

fuzz_target!(|doc: &[u8]| {
    // A document's length says where its text is looked for, so that every file is a seed.
    let paths = &CHANNELS[doc.len() % CHANNELS.len()];
    for index in [None, Some(0)] {
        agree(doc, paths, index);
        template(doc, &paths.channel(), index);
    }
});

/// Documents that are this one but for a text, or a piece of it, one after the other.
fn template(doc: &[u8], channel: &Channel, index: Option<i64>) {
    let (mut elements, mut skimmed) = (Vec::new(), Vec::new());
    let by_skimming = textpath::elements(doc, channel, Care::Way, &mut skimmed);
    if textpath::elements(doc, channel, Care::Whole, &mut elements).is_err() {
        return;
    }
    assert_eq!((by_skimming, skimmed), (Ok(()), elements.clone()));
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
