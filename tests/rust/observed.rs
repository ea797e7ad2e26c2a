//! What a session tells of a body, which depends neither on the cuts nor on who asks.
#![allow(dead_code)] // every test takes its own part of it

use super::common::{blocks, Rng};
use ssescan_core::history::{IndexChoice, Selection};
use ssescan_core::session::{End, Session, Step, Tables};
use ssescan_core::text::Text;
use ssescan_core::textpath;

#[derive(Debug, PartialEq)]
pub struct Observed {
    /// Name, payload, and retry of each event.
    pub events: Vec<(Vec<u8>, Vec<u8>, Option<u64>)>,
    /// The text of its events, joined.
    pub text: Text,
    pub end: End,
    /// The finish reason and the usage, as JSON.
    pub finish_reason: Option<Vec<u8>>,
    pub usage: Option<Vec<u8>>,
    /// Only of a body that was read to its end.
    pub tail_bytes: Option<u64>,
    pub last_event_id: Vec<u8>,
    pub retry_ms: Option<u64>,
}

/// How a session is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum By {
    Steps,
    Reading,
    /// One or the other by a coin.
    Turns(u64),
}

pub fn observe(body: &[u8], cuts: &[usize], limit: usize, tables: Tables, by: By) -> Observed {
    let mut session: Session<&[u8]> = Session::new(limit, b"", tables);
    let (mut events, mut text) = (Vec::new(), Text::default());
    let selection = Selection { channel: "text".into(), index: IndexChoice::Default };
    let mut coin = Rng::new(if let By::Turns(seed) = by { seed } else { 0 });
    let mut blocks = blocks(body, cuts);
    loop {
        let stepping = by == By::Steps || by != By::Reading && coin.one_in(2);
        let step = if stepping { session.step() } else { session.read(&selection, false, &mut text) };
        match step {
            Step::Event => {
                let event = session.event();
                events.push((event.name.to_vec(), event.payload.to_vec(), event.retry_ms));
                add_text(&session, &mut text);
            }
            Step::End => break,
            Step::NeedBlock => match blocks.next() {
                Some(block) => session.push(block),
                None => session.finish(),
            },
        }
    }
    let summary = session.summary();
    let has_table = session.table().is_some();
    assert!(!has_table || summary.text() == text.as_bytes(), "the summary has another text");
    let end = session.end().cloned().expect("a session that gave its end has one");
    Observed {
        events,
        text,
        finish_reason: summary.finish_reason.clone(),
        usage: summary.usage.clone(),
        tail_bytes: matches!(end, End::Eof { .. }).then(|| session.tail_bytes()),
        end,
        last_event_id: session.frames().last_event_id().to_vec(),
        retry_ms: session.frames().retry_ms(),
    }
}

/// A reader agrees with iteration up to an end of its own: an event that says that the answer failed, or whose text is
/// malformed. Such an event adds no text to an iteration.
pub fn agree(steps: &Observed, read: &Observed) {
    let has_own_end = matches!(read.end, End::Failed { .. } | End::Malformed { .. });
    if has_own_end && read.end != steps.end {
        // A half of a surrogate pair that comes last has its other half in a later event, which the reader has not seen.
        let whole = match read.text.as_bytes() {
            [whole @ .., 0xed, 0xa0..=0xaf, _] => whole,
            whole => whole,
        };
        assert!(steps.text.as_bytes().starts_with(whole), "a reader returns another text");
        return;
    }
    assert_eq!(read.text, steps.text, "a reader returns another text");
    assert_eq!(read.end, steps.end, "a reader ends in another way");
    assert_eq!(
        (&read.finish_reason, &read.usage),
        (&steps.finish_reason, &steps.usage),
        "a reader has another summary"
    );
}

/// Adds the text of the current event; nothing if it is malformed inside.
fn add_text(session: &Session<&[u8]>, out: &mut Text) {
    let event = session.event();
    let Some((table, row)) = session.table().zip(event.row) else { return };
    if let Some(channel) = table.row(row).and_then(|row| row.channel("text")) {
        let _ = textpath::text(event.payload, channel, table.index, out);
    }
}
