//! Documents that differ from the one before only in their text.
//!
//! Most deltas of a stream do, so the document that was walked last is kept. A document with the same bytes around one JSON
//! string has the same structure and the same one text. Some servers also number their events or pad them with noise
//! (`sequence_number`, `obfuscation`): these are numbers and strings at the top of the document that no path leads to. One that
//! was seen to differ may have another value of its kind. Nothing else is assumed.

use crate::json::{digits, ordinary, Cursor, Value};
use crate::text::Text;
use std::ops::Range;

/// Larger documents are not kept.
const MAX_DOC: usize = 1 << 16;

/// Further numbers and strings must be the same in every document.
const MAX_VARIABLES: usize = 16;

/// A number or string at the top of a document that no path leads to, and that may change between documents.
#[derive(Debug, Clone)]
pub struct VariableValue {
    place: Range<usize>,
    is_number: bool,
    /// It differed between two documents.
    varies: bool,
}

impl VariableValue {
    /// Adds a value that was walked over, if it can be variable.
    pub fn note(found: &mut Vec<VariableValue>, doc: &[u8], value: Value, whole: Range<usize>) {
        let (place, is_number) = match value {
            Value::Str { start, end, plain: true } => (start..end, false),
            Value::Int(_) if doc.get(whole.start).is_some_and(u8::is_ascii_digit) => (whole, true),
            _ => return,
        };
        if found.len() < MAX_VARIABLES {
            found.push(VariableValue { place, is_number, varies: false });
        }
    }

    /// How many bytes at the start of `rest` can replace it.
    fn span(&self, rest: &[u8]) -> Option<usize> {
        match (self.is_number, rest) {
            (false, _) => Some(ordinary(rest)),
            (true, [b'0', ..]) => Some(1),
            (true, _) => Some(digits(rest)).filter(|count| *count > 0),
        }
    }
}

/// The document that others are compared with.
#[derive(Debug, Default)]
pub struct Template {
    learnt: bool,
    doc: Vec<u8>,
    text: Range<usize>,
    variables: Vec<VariableValue>,
    /// Whether a variable value before the text varies, and one after it.
    varies: (bool, bool),
}

impl Template {
    pub fn has_variables(&self) -> bool {
        self.learnt && (self.varies.0 || self.varies.1)
    }

    pub fn forget(&mut self) {
        self.learnt = false;
    }

    /// Learns a document that was walked and has one text, in this place, and these variable values.
    pub fn learn(&mut self, doc: &[u8], text: Range<usize>, variables: &mut Vec<VariableValue>) {
        let comparable = self.learnt && self.variables.len() == variables.len();
        for (now, before) in variables.iter_mut().zip(&self.variables).filter(|_| comparable) {
            now.varies = before.varies || doc.get(now.place.clone()) != self.doc.get(before.place.clone());
        }
        self.learnt = doc.len() <= MAX_DOC;
        if self.learnt {
            let varies =
                |is_after: bool| variables.iter().any(|l| l.varies && (l.place.start > text.start) == is_after);
            self.varies = (varies(false), varies(true));
            self.doc.clear();
            self.doc.extend_from_slice(doc);
            self.text = text;
            std::mem::swap(&mut self.variables, variables);
        }
    }

    /// Appends the text of a document that matches the template. Returns false if it does not, or if that is unclear.
    pub fn take(&self, doc: &[u8], out: &mut Text) -> bool {
        self.learnt && self.front(doc).is_some_and(|start| self.text_from(doc, start, out))
    }

    /// Where the text begins in a document that matches so far.
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
        let suffix = self.part(self.text.end..self.doc.len());
        let end = doc.len().saturating_sub(suffix.len());
        let Some(text) = doc.get(start..end).filter(|_| doc.ends_with(suffix)) else {
            return false;
        };
        if is_plain_ascii(text) {
            out.push_plain(text);
            return true;
        }
        out.push_simple(text) || self.by_string(doc, start, out)
    }

    /// Appends a text that has to be read byte by byte to its end.
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

    /// Where the match of this part of the template ends in `doc`, from `at` on.
    fn alike(&self, doc: &[u8], mut at: usize, part: Range<usize>) -> Option<usize> {
        let mut known = part.start;
        let within = |variables: &&VariableValue| {
            variables.varies && part.start <= variables.place.start && variables.place.end <= part.end
        };
        for variables in self.variables.iter().filter(within) {
            at = self.same(doc, at, known..variables.place.start)?;
            at += variables.span(doc.get(at..)?)?;
            known = variables.place.end;
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

/// Whether a text needs no unescaping and no check of its UTF-8, and does not end a JSON string.
fn is_plain_ascii(text: &[u8]) -> bool {
    !text.iter().fold(false, |any, byte| any | (*byte < 0x20) | (*byte >= 0x80) | (*byte == b'"') | (*byte == b'\\'))
}
