//! Documents that are alike: the same bytes but for one text.
//!
//! Deltas of a stream mostly differ in nothing but their text, so the document that was walked last is kept. One with the
//! same bytes around one JSON string has the same parse and the same one text. Some servers also number their events, or
//! pad them with noise (`sequence_number`, `obfuscation`): numbers and strings at the top of the document that
//! nobody wants. One of those that was seen to differ may be another number, or another string. Nothing else is assumed.

use crate::json::{digits, ordinary, Cursor, Value};
use crate::text::Text;
use std::ops::Range;

/// Larger documents are not kept.
const MAX_DOC: usize = 1 << 16;

/// More numbers and strings that nobody wants are taken to be the same always.
const MAX_LOOSE: usize = 16;

/// A number or a string at the top of a document that nobody wants.
#[derive(Debug, Clone)]
pub struct Loose {
    place: Range<usize>,
    is_number: bool,
    /// It differed from document to document.
    varies: bool,
}

impl Loose {
    /// A value that was walked over, if it may be one, is put behind those before it.
    pub fn note(found: &mut Vec<Loose>, doc: &[u8], value: Value, whole: Range<usize>) {
        let (place, is_number) = match value {
            Value::Str { start, end, plain: true } => (start..end, false),
            Value::Int(_) if doc.get(whole.start).is_some_and(u8::is_ascii_digit) => (whole, true),
            _ => return,
        };
        if found.len() < MAX_LOOSE {
            found.push(Loose { place, is_number, varies: false });
        }
    }

    /// How many bytes at the start of `rest` may stand there instead.
    fn span(&self, rest: &[u8]) -> Option<usize> {
        match (self.is_number, rest) {
            (false, _) => Some(ordinary(rest)),
            (true, [b'0', ..]) => Some(1),
            (true, _) => Some(digits(rest)).filter(|count| *count > 0),
        }
    }
}

/// What documents are held against.
#[derive(Debug, Default)]
pub struct Template {
    learnt: bool,
    doc: Vec<u8>,
    text: Range<usize>,
    loose: Vec<Loose>,
    /// One of them in front of the text varies, and one behind it.
    varies: (bool, bool),
}

impl Template {
    pub fn is_loose(&self) -> bool {
        self.learnt && (self.varies.0 || self.varies.1)
    }

    pub fn forget(&mut self) {
        self.learnt = false;
    }

    /// A document was walked that has one text, in this place. `loose`: what of it nobody wants.
    pub fn learn(&mut self, doc: &[u8], text: Range<usize>, loose: &mut Vec<Loose>) {
        let comparable = self.learnt && self.loose.len() == loose.len();
        for (now, before) in loose.iter_mut().zip(&self.loose).filter(|_| comparable) {
            now.varies = before.varies || doc.get(now.place.clone()) != self.doc.get(before.place.clone());
        }
        self.learnt = doc.len() <= MAX_DOC;
        if self.learnt {
            let varies = |behind: bool| loose.iter().any(|l| l.varies && (l.place.start > text.start) == behind);
            self.varies = (varies(false), varies(true));
            self.doc.clear();
            self.doc.extend_from_slice(doc);
            self.text = text;
            std::mem::swap(&mut self.loose, loose);
        }
    }

    /// Appends the text of a document that is like the one that was walked. False says nothing about `doc`.
    pub fn take(&self, doc: &[u8], out: &mut Text) -> bool {
        self.learnt && self.front(doc).is_some_and(|start| self.text_from(doc, start, out))
    }

    /// Where the text begins in a document that is alike so far.
    fn front(&self, doc: &[u8]) -> Option<usize> {
        match self.varies.0 {
            false => doc.starts_with(self.part(0..self.text.start)).then_some(self.text.start),
            true => self.alike(doc, 0, 0..self.text.start),
        }
    }

    fn text_from(&self, doc: &[u8], start: usize, out: &mut Text) -> bool {
        if self.varies.1 {
            return self.by_string(doc, start, out);
        }
        let behind = self.part(self.text.end..self.doc.len());
        let end = doc.len().saturating_sub(behind.len());
        let Some(text) = doc.get(start..end).filter(|_| doc.ends_with(behind)) else {
            return false;
        };
        if is_plain_ascii(text) {
            out.push_plain(text);
            return true;
        }
        out.push_simple(text) || self.by_string(doc, start, out)
    }

    /// The same for a text that has to be looked at byte by byte, to its end.
    fn by_string(&self, doc: &[u8], start: usize, out: &mut Text) -> bool {
        let mut cursor = Cursor::at(doc, start);
        let Ok(Value::Str { start, end, plain }) = cursor.string() else {
            return false;
        };
        if self.alike(doc, end, self.text.end..self.doc.len()) != Some(doc.len()) {
            return false;
        }
        out.push_json(doc.get(start..end).unwrap_or_default(), plain);
        true
    }

    /// Where in `doc`, from `at` on, what is like this part of the template ends.
    fn alike(&self, doc: &[u8], mut at: usize, part: Range<usize>) -> Option<usize> {
        let mut known = part.start;
        let within = |loose: &&Loose| loose.varies && part.start <= loose.place.start && loose.place.end <= part.end;
        for loose in self.loose.iter().filter(within) {
            at = self.same(doc, at, known..loose.place.start)?;
            at += loose.span(doc.get(at..)?)?;
            known = loose.place.end;
        }
        self.same(doc, at, known..part.end)
    }

    fn same(&self, doc: &[u8], at: usize, part: Range<usize>) -> Option<usize> {
        let same = self.part(part);
        doc.get(at..)?.starts_with(same).then_some(at + same.len())
    }

    fn part(&self, part: Range<usize>) -> &[u8] {
        self.doc.get(part).unwrap_or_default()
    }
}

/// Nothing in it ends a JSON string, needs an escape undone, or needs a look at its UTF-8.
fn is_plain_ascii(text: &[u8]) -> bool {
    !text.iter().fold(false, |any, byte| any | (*byte < 0x20) | (*byte >= 0x80) | (*byte == b'"') | (*byte == b'\\'))
}
