//! From JSON bytes to the text at a path such as `delta.content[*].text.value`.
//!
//! It takes one walk over the document, in place. Groups of keys lead to arrays (`[*]`). In each element, or in the document
//! itself if the path has no array, the text and its index are read.
//!
//! The fast path is a [`Template`]: most documents of a stream are like the one before.

use crate::json::{Cursor, Found, Key, Malformed, Validation, Value, MAX_PATHS};
use crate::template::{Template, VariableValue};
use crate::text::Text;

/// A path as it is written: `a.b[*].c`. The empty path is the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Path {
    /// The keys before each `[*]`.
    groups: Vec<Vec<Key>>,
    /// The keys after the last `[*]`.
    leaf: Vec<Key>,
}

impl Path {
    pub fn parse(path: &str) -> Result<Path, String> {
        let mut parts: Vec<Vec<Key>> = Vec::new();
        let pieces: Vec<&str> = path.split("[*]").collect();
        for (i, piece) in pieces.iter().enumerate() {
            let piece = match i {
                0 => piece,
                _ if piece.is_empty() => piece,
                _ => piece
                    .strip_prefix('.')
                    .filter(|keys| !keys.is_empty())
                    .ok_or_else(|| format!("path {path:?}: `[*]` must be followed by `.key`"))?,
            };
            let keys: Vec<Key> =
                piece.split('.').filter(|_| !piece.is_empty()).map(|key| key.as_bytes().into()).collect();
            if keys.iter().any(|key| key.is_empty() || key.contains(&b'[')) {
                return Err(format!("path {path:?}: a key is missing, or `[*]` is misspelt"));
            }
            parts.push(keys);
        }
        let leaf = parts.pop().unwrap_or_default();
        if parts.iter().any(Vec::is_empty) {
            return Err(format!("path {path:?}: `[*]` must be preceded by a key"));
        }
        Ok(Path { groups: parts, leaf })
    }
}

/// Where a kind of text is in an event, and which choice, content part or tool call it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    groups: Vec<Vec<Key>>,
    /// Alternatives: the first one that is a string counts, never two.
    leaves: Vec<Vec<Key>>,
    /// Where the finish reason is, in the same element.
    finish: Option<Vec<Key>>,
    index: Option<Vec<Key>>,
}

impl Channel {
    /// The alternatives and the index must lie in the same array.
    pub fn new(paths: Vec<Path>, index: Option<Path>) -> Result<Channel, String> {
        let Some(first) = paths.first() else {
            return Err("a channel needs a path".into());
        };
        let groups = first.groups.clone();
        if paths.len() + usize::from(index.is_some()) > MAX_PATHS {
            return Err(format!("a channel has at most {} paths", MAX_PATHS - 1));
        }
        if paths.iter().chain(&index).any(|path| path.groups != groups) {
            return Err("all paths of a channel and its index need the same prefix up to the last `[*]`".into());
        }
        if paths.iter().chain(&index).any(|path| path.leaf.is_empty()) {
            return Err("a channel path must end in a key, not `[*]`".into());
        }
        let leaves = paths.into_iter().map(|path| path.leaf).collect();
        Ok(Channel { groups, leaves, finish: None, index: index.map(|path| path.leaf) })
    }

    /// A channel of finish reasons without text.
    pub fn of_finish(path: Path, index: Option<Path>) -> Result<Channel, String> {
        let mut channel = Channel::new(vec![path], index)?;
        channel.finish = channel.leaves.pop();
        Ok(channel)
    }

    /// Lets the same walk find the finish reasons, if they are in the same element as the text.
    pub fn join(&mut self, finish: &Channel) {
        let room = self.leaves.len() + 1 + usize::from(self.index.is_some()) <= MAX_PATHS;
        if room && self.groups == finish.groups && self.index == finish.index {
            self.finish.clone_from(&finish.finish);
        }
    }

    /// Whether a walk finds the finish reasons.
    pub fn has_finish(&self) -> bool {
        self.finish.is_some()
    }
}

/// The content of one element that a channel's path led to: the first alternative that is a string, a finish reason, or
/// neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    pub index: i64,
    pub value: Option<Value>,
    pub is_finish: bool,
}

impl Element {
    pub fn text(&self) -> Option<Value> {
        self.value.filter(|_| !self.is_finish)
    }

    pub fn finish(&self) -> Option<Value> {
        self.value.filter(|_| self.is_finish)
    }
}

/// Walks `doc` and puts the content of the elements of `channel` into `elements`, in order. An element without content whose
/// index was seen before is omitted: an array of zeros would take sixteen times its size. A document without an index counts
/// as index 0, since some servers omit it.
pub fn elements(
    doc: &[u8],
    channel: &Channel,
    validation: Validation,
    elements: &mut Vec<Element>,
) -> Result<(), Malformed> {
    walk(&mut Cursor::new(doc, validation), channel, elements)
}

fn walk<'d>(cursor: &mut Cursor<'d>, channel: &'d Channel, elements: &mut Vec<Element>) -> Result<(), Malformed> {
    elements.clear();
    let mut walk = Walk { doc: cursor.doc(), channel, elements };
    walk.group(cursor, 0, 0)?;
    cursor.finish()
}

/// Extracts text from documents of one row and channel, and remembers their template.
#[derive(Debug, Default)]
pub struct Extractor {
    template: Template,
    elements: Vec<Element>,
    variables: Vec<VariableValue>,
}

/// Memory for more elements is freed.
const KEEP_ELEMENTS: usize = 1 << 8;

impl Extractor {
    /// Whether documents that match may differ in more than their text.
    pub fn has_variables(&self) -> bool {
        self.template.has_variables()
    }

    pub fn forget(&mut self) {
        self.template.forget();
    }

    /// Appends the text of `doc` to `out`. Returns false if it has no text. `index`: read this index only; `None` reads all.
    pub fn text(
        &mut self,
        doc: &[u8],
        channel: &Channel,
        index: Option<i64>,
        out: &mut Text,
    ) -> Result<bool, Malformed> {
        let added = self.by_template(doc, out) || self.by_walk(doc, channel, index, (Validation::Full, true), out)?;
        self.release();
        Ok(added)
    }

    /// The fast path. Returns false if the template does not match, or if that is unclear. True also means that `doc` differs
    /// from the document that was walked last only in this text and in variable values.
    pub fn by_template(&self, doc: &[u8], out: &mut Text) -> bool {
        self.template.take(doc, out)
    }

    /// The plain path. Values that no path leads to may be `variables` in matching documents, if only this channel reads them.
    pub fn by_walk(
        &mut self,
        doc: &[u8],
        channel: &Channel,
        index: Option<i64>,
        (validation, variables): (Validation, bool),
        out: &mut Text,
    ) -> Result<bool, Malformed> {
        let mut cursor = Cursor::new(doc, validation);
        if variables {
            cursor.collect_variables(std::mem::take(&mut self.variables));
        }
        let walked = walk(&mut cursor, channel, &mut self.elements);
        self.variables = cursor.variables();
        if walked.is_err() {
            self.elements.clear();
        }
        walked?;
        let (mut count, mut last) = (0, (0, 0));
        for element in &self.elements {
            if let (Some(Value::Str { start, end, plain }), true) =
                (element.text(), index.is_none_or(|i| i == element.index))
            {
                out.push_json(doc.get(start..end).unwrap_or_default(), plain);
                (count, last) = (count + 1, (start, end));
            }
        }
        match count {
            1 => self.template.learn(doc, last.0..last.1, &mut self.variables),
            _ => self.forget(), // a template must be that of the last document
        }
        Ok(count > 0)
    }

    /// Frees the memory that a large document needed; the result of its walk is forgotten.
    pub fn release(&mut self) {
        if self.elements.capacity() > KEEP_ELEMENTS {
            self.elements = Vec::new();
        }
    }

    /// The result of the last walk.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }
}

/// The text of a single document.
pub fn text(doc: &[u8], channel: &Channel, index: Option<i64>, out: &mut Text) -> Result<bool, Malformed> {
    Extractor::default().by_walk(doc, channel, index, (Validation::Full, false), out)
}

struct Walk<'d, 'o> {
    doc: &'d [u8],
    channel: &'d Channel,
    elements: &'o mut Vec<Element>,
}

impl<'d> Walk<'d, '_> {
    /// Follows the keys of group `g` from `k` on to its array.
    fn group(&mut self, cursor: &mut Cursor<'d>, g: usize, k: usize) -> Result<(), Malformed> {
        let channel = self.channel;
        let Some(keys) = channel.groups.get(g) else {
            return self.element(cursor);
        };
        let Some(want) = keys.get(k) else {
            return self.each(cursor, g);
        };
        if cursor.kind() != Some(b'{') {
            return cursor.skip();
        }
        let mark = self.elements.len();
        let doc = self.doc;
        cursor.members(|cursor, key| {
            if !key.is(doc, want) {
                return cursor.skip();
            }
            // Of duplicate keys the last one counts: remove the result of an earlier one.
            self.elements.truncate(mark);
            self.group(cursor, g, k + 1)
        })
    }

    fn each(&mut self, cursor: &mut Cursor<'d>, g: usize) -> Result<(), Malformed> {
        match cursor.kind() {
            Some(b'[') => cursor.elements(|cursor| self.group(cursor, g + 1, 0)),
            _ => cursor.skip(),
        }
    }

    fn element(&mut self, cursor: &mut Cursor<'d>) -> Result<(), Malformed> {
        let channel = self.channel;
        let mut paths: [&[Key]; MAX_PATHS] = [&[]; MAX_PATHS];
        for (slot, leaf) in paths.iter_mut().zip(channel.leaves.iter().chain(&channel.finish).chain(&channel.index)) {
            *slot = leaf;
        }
        let mut found = Found::default();
        cursor.follow(&paths, &mut found)?;
        let texts = found.get(..channel.leaves.len()).unwrap_or_default();
        let text = texts.iter().copied().flatten().find(|value| matches!(value, Value::Str { .. }));
        let mut rest = found.iter().copied().skip(texts.len());
        let finish = channel.finish.as_ref().and_then(|_| rest.next()?).filter(is_reason);
        let index = match channel.index.as_ref().and_then(|_| rest.next()?) {
            Some(Value::Int(index)) => index,
            _ => 0,
        };
        let told = self.elements.last().is_some_and(|last| last.index == index);
        if text.is_some() || (finish.is_none() && !told) {
            self.elements.push(Element { index, value: text, is_finish: false });
        }
        if finish.is_some() {
            self.elements.push(Element { index, value: finish, is_finish: true });
        }
        Ok(())
    }
}

/// Null is not a finish reason, and neither is the empty string that some servers send in every chunk.
fn is_reason(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Str { start, end, .. } => start != end,
        _ => true,
    }
}
