//! JSON bytes -> the text at a path such as `delta.content[*].text.value`.
//!
//! One walk over the document, in place: groups of keys lead to arrays (`[*]`), and in each element
//! (or in the document itself, if the path has no array) the text and its index are looked up.
//!
//! The fast way is a [`Template`]: most documents of a stream are like the one before.

use crate::json::{Care, Cursor, Found, Key, Malformed, Value, MAX_PATHS};
use crate::template::{Loose, Template};
use crate::text::Text;

/// A path as it is written: `a.b[*].c`. The empty path is the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Path {
    /// The keys in front of each `[*]`.
    groups: Vec<Vec<Key>>,
    /// The keys behind the last one.
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
                    .ok_or_else(|| format!("path {path:?}: expected a dot and a key behind [*]"))?,
            };
            let keys: Vec<Key> =
                piece.split('.').filter(|_| !piece.is_empty()).map(|key| key.as_bytes().into()).collect();
            if keys.iter().any(|key| key.is_empty() || key.contains(&b'[')) {
                return Err(format!("path {path:?}: a key is missing or [*] is misspelt"));
            }
            parts.push(keys);
        }
        let leaf = parts.pop().unwrap_or_default();
        if parts.iter().any(Vec::is_empty) {
            return Err(format!("path {path:?}: [*] needs a key in front of it"));
        }
        Ok(Path { groups: parts, leaf })
    }
}

/// Where a kind of text stands in an event, and whose text it is (choice, content part, tool call).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    groups: Vec<Vec<Key>>,
    /// Alternatives: the first one that is a string counts, never two.
    leaves: Vec<Vec<Key>>,
    /// Where the finish reason stands beside them.
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
            return Err("the paths of a channel and its index must share what stands in front of their last [*]".into());
        }
        if paths.iter().chain(&index).any(|path| path.leaf.is_empty()) {
            return Err("a channel's path must end in a key: there is no channel of an array's own strings".into());
        }
        let leaves = paths.into_iter().map(|path| path.leaf).collect();
        Ok(Channel { groups, leaves, finish: None, index: index.map(|path| path.leaf) })
    }

    /// Finish reasons, and no text.
    pub fn of_finish(path: Path, index: Option<Path>) -> Result<Channel, String> {
        let mut channel = Channel::new(vec![path], index)?;
        channel.finish = channel.leaves.pop();
        Ok(channel)
    }

    /// Finds the finish reasons too, in the same walk, if they stand beside the text.
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

/// What one element that a channel's path led to has: the first alternative that is a string, or a finish
/// reason, or nothing.
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

/// Walks `doc` and gives what the elements of `channel` have in `elements`, in order. One that has nothing
/// and the index of one before it is left away: an array of zeros would take sixteen times its size.
/// A document without an index counts as index 0: some servers leave it away.
pub fn elements(doc: &[u8], channel: &Channel, care: Care, elements: &mut Vec<Element>) -> Result<(), Malformed> {
    walk(&mut Cursor::new(doc, care), channel, elements)
}

fn walk<'d>(cursor: &mut Cursor<'d>, channel: &'d Channel, elements: &mut Vec<Element>) -> Result<(), Malformed> {
    elements.clear();
    let mut walk = Walk { doc: cursor.doc(), channel, elements };
    walk.group(cursor, 0, 0)?;
    cursor.finish()
}

/// Takes text out of documents of one row and channel, and remembers their template.
#[derive(Debug, Default)]
pub struct Extractor {
    template: Template,
    elements: Vec<Element>,
    loose: Vec<Loose>,
}

/// Room for more elements is given back.
const KEEP_ELEMENTS: usize = 1 << 8;

impl Extractor {
    /// Whether documents that are alike may differ in more than their text.
    pub fn is_loose(&self) -> bool {
        self.template.is_loose()
    }

    pub fn forget(&mut self) {
        self.template.forget();
    }

    /// Appends the text of `doc` to `out`; false if it has none. `index`: only this one's, or all.
    pub fn text(
        &mut self,
        doc: &[u8],
        channel: &Channel,
        index: Option<i64>,
        out: &mut Text,
    ) -> Result<bool, Malformed> {
        let added = self.by_template(doc, out) || self.by_walk(doc, channel, index, (Care::Whole, true), out)?;
        self.release();
        Ok(added)
    }

    /// The fast way. False says nothing about `doc`. True says besides that `doc` differs from the one that
    /// was walked last in nothing but this text, and what may be loose.
    pub fn by_template(&self, doc: &[u8], out: &mut Text) -> bool {
        self.template.take(doc, out)
    }

    /// The plain way. What nobody wants may be `loose` in documents that are alike, if nobody but this channel
    /// looks at them.
    pub fn by_walk(
        &mut self,
        doc: &[u8],
        channel: &Channel,
        index: Option<i64>,
        (care, loose): (Care, bool),
        out: &mut Text,
    ) -> Result<bool, Malformed> {
        let mut cursor = Cursor::new(doc, care);
        if loose {
            cursor.note_loose(std::mem::take(&mut self.loose));
        }
        let walked = walk(&mut cursor, channel, &mut self.elements);
        self.loose = cursor.loose();
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
            1 => self.template.learn(doc, last.0..last.1, &mut self.loose),
            _ => self.forget(), // the template is that of the last document, or none
        }
        Ok(count > 0)
    }

    /// Gives back the room that a large document needed; what its walk found is forgotten.
    pub fn release(&mut self) {
        if self.elements.capacity() > KEEP_ELEMENTS {
            self.elements = Vec::new();
        }
    }

    /// What the last walk found.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }
}

/// The text of a single document.
pub fn text(doc: &[u8], channel: &Channel, index: Option<i64>, out: &mut Text) -> Result<bool, Malformed> {
    Extractor::default().by_walk(doc, channel, index, (Care::Whole, false), out)
}

struct Walk<'d, 'o> {
    doc: &'d [u8],
    channel: &'d Channel,
    elements: &'o mut Vec<Element>,
}

impl<'d> Walk<'d, '_> {
    /// Goes down to the array of group `g` by its keys from `k` on.
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
            // Of equal keys the last one counts: what an earlier one gave is taken back.
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

/// Null is no reason yet, and neither is the empty string that some servers send in every chunk.
fn is_reason(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Str { start, end, .. } => start != end,
        _ => true,
    }
}
