//! From JSON bytes to the text at paths such as `delta.content[*].text.value`.
//!
//! A channel has one or more sites. A site is an array (`[*]`), or the document itself, in whose elements text may be. One
//! walk over the document, in place, reads the texts, the indices and the finish reasons of a site. Further sites are walked
//! only if the first one lacks a text and the document may have their keys.
//!
//! The fast path is a [`Template`]: most documents of a stream are like the one before.

use crate::alike::Alike;
use crate::condition::{Accept, Test};
use crate::json::{self, Cursor, Found, Key, Malformed, Value, MAX_PATHS};
use crate::lookup::Quoted;
use crate::template::{Role, Roles, Skipped, Spans, Template, Usage};
use crate::text::Text;
use std::collections::HashSet;

/// A path as it is written: `a.b[*].c`, or `[0].a` for a document that is an array. The empty path is the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Path {
    /// The number of the element, if the document is an array.
    item: Option<usize>,
    /// The keys before each `[*]`.
    groups: Vec<Vec<Key>>,
    /// The keys after the last `[*]`.
    leaf: Vec<Key>,
}

impl Path {
    pub fn parse(path: &str) -> Result<Path, String> {
        let (item, keys) = item_of(path)?;
        let mut parts: Vec<Vec<Key>> = Vec::new();
        for (i, piece) in keys.split("[*]").enumerate() {
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
        Ok(Path { item, groups: parts, leaf })
    }

    /// Whether the document must be an array.
    pub fn is_in_array(&self) -> bool {
        self.item.is_some()
    }

    /// The last key; `None` if the path does not end in one.
    pub fn last_key(&self) -> Option<&[u8]> {
        self.leaf.last().map(|key| &**key)
    }

    /// The key after the last `[*]`.
    pub fn leaf_key(&self) -> Option<&[u8]> {
        self.leaf.first().map(|key| &**key)
    }

    fn is_beside(&self, other: &Path) -> bool {
        self.item == other.item && self.groups == other.groups
    }
}

/// Splits the number of `[0]` from the start of a path.
fn item_of(path: &str) -> Result<(Option<usize>, &str), String> {
    let Some((number, rest)) = path.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return Ok((None, path));
    };
    if number == "*" {
        return Err(format!("path {path:?}: `[*]` must be preceded by a key"));
    }
    let keys = if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.').filter(|keys| !keys.is_empty()) };
    match (number.parse(), keys) {
        (Ok(item), Some(keys)) => Ok((Some(item), keys)),
        _ => Err(format!("path {path:?}: `[0]` must be a number, followed by `.key`")),
    }
}

/// A place where a text may be.
#[derive(Debug, Clone, Default)]
pub struct Alternative {
    pub path: Path,
    /// A condition on a value in the same element.
    pub when: Option<(Path, Test)>,
    /// A value that is not a string is the text, as JSON.
    pub as_json: bool,
}

/// Where a kind of text is in an event, and which choice, content part or tool call it belongs to.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The alternatives in order; neighbours in one array are one site. In each element of the innermost array that all of
    /// them share, the first one with a text counts, never two.
    sites: Vec<Site>,
    /// The number of arrays that all sites share.
    shared: usize,
    /// A condition, or the finish reason, is at the place of a text, so that another text there may change what is a text.
    depends_on_text: bool,
    /// The index that is read by default is the first one with a text, instead of that of the dialect.
    pub reads_first: bool,
}

/// An array, or the document, and the places of texts in its elements.
#[derive(Debug, Clone)]
struct Site {
    item: Option<usize>,
    groups: Vec<Vec<Key>>,
    /// The first one that is a text counts.
    leaves: Vec<Leaf>,
    /// The keys of the leaves, then other keys: of conditions, of the finish reason and of the index.
    keys: Vec<Vec<Key>>,
    /// The number of the keys of the finish reason, which is in the same element, and the values that are one.
    finish: Option<(usize, Accept)>,
    index: Option<Index>,
    /// The last keys of the leaves. Most documents have none of them.
    quoted: Vec<Quoted>,
    /// A leaf is the element itself.
    takes_elements: bool,
}

#[derive(Debug, Clone)]
struct Leaf {
    /// The number of the keys of the condition, and the condition.
    when: Option<(usize, Test)>,
    as_json: bool,
    is_element: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Index {
    /// The number of arrays around it.
    depth: usize,
    keys: Vec<Key>,
    /// The number of the keys, if it is in the same element as the text.
    slot: Option<usize>,
}

impl Site {
    fn of(alternatives: &[Alternative], index: Option<&Path>) -> Result<Site, String> {
        let first = &alternatives.first().ok_or("a channel needs a path")?.path;
        let mut keys: Vec<Vec<Key>> = alternatives.iter().map(|alternative| alternative.path.leaf.clone()).collect();
        let mut leaves = Vec::new();
        for Alternative { path, when, as_json } in alternatives {
            let when = match when {
                None => None,
                Some((at, _)) if !at.is_beside(path) || at.leaf.is_empty() => {
                    return Err(
                        "a condition needs the same prefix as its path up to the last `[*]`, and a key. For a \
                        condition on another part of the event, use several rows with `Row(when=...)`"
                            .into(),
                    );
                }
                Some((at, test)) => {
                    let slot = keys.iter().position(|known| *known == at.leaf).unwrap_or(keys.len());
                    if slot == keys.len() {
                        keys.push(at.leaf.clone());
                    }
                    Some((slot, test.clone()))
                }
            };
            leaves.push(Leaf { when, as_json: *as_json, is_element: path.leaf.is_empty() });
        }
        let mut site = Site {
            item: first.item,
            groups: first.groups.clone(),
            takes_elements: leaves.iter().any(|leaf| leaf.is_element),
            leaves,
            keys,
            finish: None,
            index: None,
            quoted: Vec::new(),
        };
        site.quoted = alternatives.iter().filter_map(|alternative| Quoted::of(&alternative.path)).collect();
        if let Some(index) = index {
            site.set_index(index)?;
        }
        match site.keys.len() > MAX_PATHS {
            true => Err(format!("too many paths in one array: {} (limit {MAX_PATHS})", site.keys.len())),
            false => Ok(site),
        }
    }

    fn set_index(&mut self, index: &Path) -> Result<(), String> {
        if index.item != self.item || !self.groups.starts_with(&index.groups) {
            return Err(
                "all paths of a channel need the same prefix as its index up to the last `[*]` of the index".into()
            );
        }
        if index.leaf.is_empty() {
            return Err("the path of an index must end in a key, not `[*]`".into());
        }
        let depth = index.groups.len();
        let beside = depth == self.groups.len();
        if beside {
            self.keys.push(index.leaf.clone());
        }
        self.index = Some(Index { depth, keys: index.leaf.clone(), slot: beside.then(|| self.keys.len() - 1) });
        Ok(())
    }

    /// Whether a condition or the finish reason is at the place of a text.
    fn depends_on_text(&self) -> bool {
        let of_leaf = |slot: usize| {
            let keys = self.keys.get(slot);
            self.keys.iter().take(self.leaves.len()).any(|leaf| Some(leaf) == keys)
        };
        let conditions = self.leaves.iter().filter_map(|leaf| leaf.when.as_ref()).map(|(slot, _)| *slot);
        conditions.chain(self.finish.as_ref().map(|(slot, _)| *slot)).any(of_leaf)
    }

    /// False if no document of these bytes has a text here.
    fn may_be_in(&self, doc: &[u8]) -> bool {
        self.takes_elements || self.quoted.iter().any(|quoted| quoted.may_be_in(doc))
    }
}

impl Channel {
    /// The index must be in an array that all alternatives go through, or in the document.
    pub fn new(alternatives: &[Alternative], index: Option<&Path>) -> Result<Channel, String> {
        let sites = alternatives.chunk_by(|one, next| next.path.is_beside(&one.path));
        let sites = sites.map(|beside| Site::of(beside, index)).collect::<Result<Vec<_>, _>>()?;
        let Some((first, others)) = sites.split_first() else { return Err("a channel needs a path".into()) };
        let shared = |site: &Site| match site.item == first.item {
            true => site.groups.iter().zip(&first.groups).take_while(|(one, other)| one == other).count(),
            false => 0,
        };
        let shared = others.iter().map(shared).min().unwrap_or(usize::MAX);
        let depends_on_text = sites.iter().any(Site::depends_on_text);
        Ok(Channel { shared, depends_on_text, sites, reads_first: false })
    }

    /// A channel of finish reasons without text. `reason`: the values that are one.
    pub fn of_finish(path: Path, index: Option<&Path>, reason: &Accept) -> Result<Channel, String> {
        if path.last_key().is_none() {
            return Err("the path of the finish reason must end in a key, not `[*]`".into());
        }
        let mut channel = Channel::new(&[Alternative { path, ..Alternative::default() }], index)?;
        for site in &mut channel.sites {
            site.leaves.clear();
            site.finish = Some((0, reason.clone()));
        }
        Ok(channel)
    }

    /// A channel of all values at the first of these paths that has one, other than null. Strings are among them.
    pub fn of_values(paths: Vec<Path>) -> Result<Channel, String> {
        let any = |path| Alternative { path, when: None, as_json: true };
        Channel::new(&paths.into_iter().map(any).collect::<Vec<_>>(), None)
    }

    /// Lets the same walk find the finish reasons, if they are in the same element as the text.
    pub fn join(&mut self, finish: &Channel) {
        let (Some(site), Some(other)) = (self.sites.first_mut(), finish.sites.first()) else { return };
        let places = |site: &Site| site.index.as_ref().map(|index| (index.depth, index.keys.clone()));
        let same = site.item == other.item && site.groups == other.groups && places(site) == places(other);
        let Some((slot, reason)) = other.finish.as_ref().filter(|_| same && site.keys.len() < MAX_PATHS) else {
            return;
        };
        if let Some(keys) = other.keys.get(*slot) {
            site.finish = Some((site.keys.len(), reason.clone()));
            site.keys.push(keys.clone());
            self.depends_on_text |= site.depends_on_text();
        }
    }

    /// Whether a walk finds the finish reasons.
    pub fn has_finish(&self) -> bool {
        self.sites.first().is_some_and(|site| site.finish.is_some())
    }

    /// The key of the part of an element in which the text is, if the finish reason is in the same element.
    pub fn part_key(&self) -> Option<&[u8]> {
        let site = self.sites.first().filter(|site| site.finish.is_some())?;
        site.keys.first()?.first().map(|key| &**key)
    }

    /// The last key of the first text.
    pub fn text_key(&self) -> Option<&[u8]> {
        self.sites.first()?.keys.first()?.last().map(|key| &**key)
    }

    /// The last key of the finish reason.
    pub fn finish_key(&self) -> Option<&[u8]> {
        let site = self.sites.first()?;
        site.keys.get(site.finish.as_ref()?.0)?.last().map(|key| &**key)
    }

    /// Whether a path has this key, so that a value of it may be read.
    pub fn has_key(&self, key: &[u8]) -> bool {
        let has = |site: &Site| {
            let index = site.index.iter().flat_map(|index| &index.keys);
            let keys = site.groups.iter().chain(&site.keys).flatten().chain(index);
            keys.into_iter().any(|have| **have == *key)
        };
        self.sites.iter().any(has)
    }

    /// Whether the first path is this key alone.
    pub fn begins_with(&self, key: &[u8]) -> bool {
        let first = self.sites.first().filter(|site| site.item.is_none() && site.groups.is_empty());
        first.and_then(|site| site.keys.first()).is_some_and(|keys| matches!(keys.as_slice(), [only] if **only == *key))
    }

    /// The role of the values of a key that a walk skips, if only this channel is read.
    pub fn role(&self, key: &[u8]) -> Role {
        if self.has_key(key) {
            Role::Fixed
        } else {
            Role::Unused
        }
    }

    /// Whether the document must be an array.
    pub fn is_in_array(&self) -> bool {
        self.sites.iter().any(|site| site.item.is_some())
    }
}

impl Channel {
    /// Whether a document has a text here that is not empty.
    pub fn has_text(&self, doc: &[u8]) -> bool {
        let may_be_in = || self.sites.iter().any(|site| site.may_be_in(doc));
        may_be_in() && values(doc, self).iter().any(|text| text.is_truthy(doc))
    }
}

/// The content of one element that a channel's path led to: the first alternative that is a text, a finish reason, or
/// neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    pub index: i64,
    pub value: Option<Value>,
    pub is_finish: bool,
    /// The number of the element of the array that all sites of the channel share.
    place: u32,
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
pub fn elements(doc: &[u8], channel: &Channel, elements: &mut Vec<Element>) -> Result<(), Malformed> {
    walk(&mut Cursor::new(doc), channel, elements)
}

/// The values of a channel of values; none if the document is malformed.
pub fn values(doc: &[u8], channel: &Channel) -> Vec<Value> {
    let mut found = Vec::new();
    match elements(doc, channel, &mut found) {
        Ok(()) => found.iter().filter_map(Element::text).collect(),
        Err(_) => Vec::new(),
    }
}

fn walk<'d>(cursor: &mut Cursor<'d>, channel: &'d Channel, elements: &mut Vec<Element>) -> Result<(), Malformed> {
    elements.clear();
    let Some((first, others)) = channel.sites.split_first() else { return cursor.skip() };
    let lacks_text = Walk::new(cursor.doc(), first, channel.shared, elements).document(cursor)?;
    cursor.finish()?;
    match lacks_text && !others.is_empty() {
        true => walk_others(cursor.doc(), others, channel.shared, elements),
        false => Ok(()),
    }
}

/// Adds the texts of further sites where the sites before have none.
#[cold]
fn walk_others(doc: &[u8], sites: &[Site], shared: usize, elements: &mut Vec<Element>) -> Result<(), Malformed> {
    let walked = |site| -> Result<Vec<Element>, Malformed> {
        let mut found = Vec::new();
        Walk::new(doc, site, shared, &mut found).document(&mut Cursor::new(doc))?;
        Ok(found)
    };
    let (likely, others): (Vec<&Site>, Vec<&Site>) = sites.iter().partition(|site| site.may_be_in(doc));
    for site in likely {
        let has_text = elements.iter().filter(|element| element.text().is_some());
        let places: HashSet<u32> = has_text.map(|element| element.place).collect();
        let found = walked(site)?;
        elements.extend(found.into_iter().filter(|new| new.text().is_some() && !places.contains(&new.place)));
    }
    // A document with a text may become a template. Others that match it may have the keys of these sites, in their text.
    if elements.iter().any(|element| element.text().is_some()) {
        others.into_iter().try_for_each(|site| walked(site).map(drop))?;
    }
    elements.sort_by_key(|element| element.place); // stable: an element's index stays before its texts
    Ok(())
}

/// Extracts text from documents of one row and channel, and remembers their template.
#[derive(Debug, Default)]
pub struct Extractor {
    template: Template,
    elements: Vec<Element>,
    skipped: Vec<Skipped>,
    /// The version of what recognizes documents, and where the text is in those that it recognizes; `None` if that is not known.
    spans: Option<(u64, Option<Spans>)>,
    /// The usage of the last document, if that was recognized. [`Usage::Known`]: it has none. In the document after it,
    /// [`Usage::Unknown`]: only the usage of the template's own documents is comparable.
    usage: Option<Usage>,
}

/// Memory for more elements is freed.
const KEEP_ELEMENTS: usize = 1 << 8;

impl Extractor {
    /// The usage of the last document, if that matched the template or was recognized.
    pub fn usage(&self) -> &Usage {
        match (&self.usage, self.template.usage()) {
            (Some(usage @ (Usage::At { .. } | Usage::Known)), _) | (Some(usage), Usage::Known) => usage,
            (_, usage) => usage,
        }
    }

    pub fn forget(&mut self) {
        self.template.forget();
        self.spans = None;
        self.usage = None;
    }

    /// Appends the text of a document that `alike` recognized. Returns false if it is not known where that is.
    #[inline]
    pub fn by_alike(&mut self, alike: &Alike, doc: &[u8], out: &mut Text) -> bool {
        let Some((version, Some(spans))) = &self.spans else { return false };
        if *version != alike.version() || !spans.take(alike, doc, out) {
            return false;
        }
        self.usage = Some(spans.usage(alike).unwrap_or(Usage::Known));
        true
    }

    /// Prepares for a document whose text is not found by [`Extractor::by_alike`].
    pub fn leave_alike(&mut self) {
        self.usage = matches!(self.usage, Some(Usage::At { .. })).then_some(Usage::Unknown);
    }

    /// Whether a walk may find out where the text is in documents that `alike` recognizes.
    pub fn may_learn(&self, alike: &Alike) -> bool {
        self.spans.as_ref().is_none_or(|(version, _)| *version != alike.version())
    }

    /// Notes where the text is in documents that `alike` recognizes, as it did the document that was walked last.
    pub fn learn(&mut self, alike: &Alike, roles: Roles<'_>) {
        self.spans = Some((alike.version(), self.template.spans(alike, roles)));
    }

    /// Appends the text of `doc` to `out`. Returns false if it has no text. `index`: read this index only; `None` reads all.
    pub fn text(
        &mut self,
        doc: &[u8],
        channel: &Channel,
        index: Option<i64>,
        out: &mut Text,
    ) -> Result<bool, Malformed> {
        let role = |key: &[u8]| channel.role(key);
        let added = self.by_exact_template(doc, out)
            || self.by_template(doc, &role, out)
            || self.by_walk(doc, channel, index, true, out)?;
        self.release();
        Ok(added)
    }

    /// The fast path for documents that differ in more than their text. Returns false if the template does not match. True also means that `doc` differs
    /// from the document that was walked last only in this text, in white space and in values that `roles` lets differ.
    pub fn by_template(&mut self, doc: &[u8], roles: Roles<'_>, out: &mut Text) -> bool {
        self.template.take_alike(doc, roles, out)
    }

    /// The fast path for documents that differ only in their text. Returns false if that is unclear.
    pub fn by_exact_template(&self, doc: &[u8], out: &mut Text) -> bool {
        matches!(self.usage, None | Some(Usage::Known)) && self.template.take_exactly(doc, out)
    }

    /// The plain path. `learns`: later documents are compared with this one.
    pub fn by_walk(
        &mut self,
        doc: &[u8],
        channel: &Channel,
        index: Option<i64>,
        learns: bool,
        out: &mut Text,
    ) -> Result<bool, Malformed> {
        self.by_walk_choosing(doc, channel, |_| index, learns, out)
    }

    /// As [`Extractor::by_walk`]. `choose` returns the index to read, or `None` for all.
    pub fn by_walk_choosing(
        &mut self,
        doc: &[u8],
        channel: &Channel,
        choose: impl FnOnce(&[Element]) -> Option<i64>,
        learns: bool,
        out: &mut Text,
    ) -> Result<bool, Malformed> {
        self.usage = None;
        let mut cursor = Cursor::new(doc);
        if learns {
            cursor.collect_skipped(std::mem::take(&mut self.skipped));
        }
        let walked = walk(&mut cursor, channel, &mut self.elements);
        self.skipped = cursor.skipped();
        if walked.is_err() {
            self.elements.clear();
        }
        walked?;
        let index = choose(&self.elements);
        let text_of = |element: &Element| element.text().filter(|_| index.is_none_or(|i| i == element.index));
        for value in self.elements.iter().filter_map(text_of) {
            check_json(value, doc)?;
        }
        if self.elements.iter().any(|element| element.finish().is_some()) {
            self.spans = None; // a text in the next document would mean that the answer continues
        }
        let (mut count, mut last) = (0, None);
        for text in self.elements.iter().filter_map(text_of) {
            count += 1;
            if let Value::Str { start, end, plain } = text {
                out.push_json(doc.get(start..end).unwrap_or_default(), plain);
                last = Some(start..end);
            } else {
                out.push_json(&text.json(doc), true);
                last = None;
            }
        }
        match (count, last) {
            (1, Some(last)) if learns && !channel.depends_on_text => self.template.learn(doc, last, &mut self.skipped),
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

/// Checks a value whose JSON is the text.
fn check_json(value: Value, doc: &[u8]) -> Result<(), Malformed> {
    let Value::Other { start, end } = value else { return Ok(()) };
    let checked = json::check(doc.get(start..end).unwrap_or_default());
    checked.map_err(|malformed| Malformed { at: start + malformed.at, ..malformed })
}

/// The index of the first element with a text.
pub fn first_index(elements: &[Element]) -> Option<i64> {
    elements.iter().find(|element| element.text().is_some()).map(|element| element.index)
}

/// The text of a single document.
pub fn text(doc: &[u8], channel: &Channel, index: Option<i64>, out: &mut Text) -> Result<bool, Malformed> {
    Extractor::default().by_walk(doc, channel, index, false, out)
}

/// A walk over a document for one site.
struct Walk<'d, 'o> {
    doc: &'d [u8],
    site: &'d Site,
    shared: usize,
    elements: &'o mut Vec<Element>,
    /// The index, if it is in an outer array.
    index: i64,
    /// The number of the element of the shared array, and whether one of them has no text.
    place: u32,
    lacks_text: bool,
}

impl<'d, 'o> Walk<'d, 'o> {
    fn new(doc: &'d [u8], site: &'d Site, shared: usize, elements: &'o mut Vec<Element>) -> Self {
        Walk { doc, site, shared, elements, index: 0, place: 0, lacks_text: false }
    }

    /// Returns whether an element of the shared array has no text.
    fn document(mut self, cursor: &mut Cursor<'d>) -> Result<bool, Malformed> {
        let mark = self.elements.len();
        match self.site.item {
            None => self.enter(cursor, 0)?,
            Some(item) if cursor.kind() == Some(b'[') => {
                let mut at = 0;
                cursor.elements(|cursor| {
                    at += 1;
                    if at == item + 1 {
                        self.enter(cursor, 0)
                    } else {
                        cursor.skip()
                    }
                })?;
            }
            Some(_) => drop(cursor.value()?),
        }
        if self.shared == 0 {
            self.lacks_text = !self.has_text_since(mark);
        }
        Ok(self.lacks_text)
    }

    /// Walks an element of the array before group `g`, or the document.
    fn enter(&mut self, cursor: &mut Cursor<'d>, g: usize) -> Result<(), Malformed> {
        let (mark, outer) = (self.elements.len(), self.index);
        if let Some(index) = self.site.index.as_ref().filter(|index| index.depth == g && index.slot.is_none()) {
            self.index = index_ahead(cursor, index)?;
        }
        match g == self.site.groups.len() {
            true => self.element(cursor)?,
            false => self.group(cursor, g, 0)?,
        }
        self.index = outer;
        if g == self.shared && g > 0 {
            self.lacks_text |= !self.has_text_since(mark);
            self.place = self.place.saturating_add(1);
        }
        Ok(())
    }

    fn has_text_since(&self, mark: usize) -> bool {
        self.elements.iter().skip(mark).any(|element| element.text().is_some())
    }

    /// Follows the keys of group `g` from `k` on to its array.
    fn group(&mut self, cursor: &mut Cursor<'d>, g: usize, k: usize) -> Result<(), Malformed> {
        let site = self.site;
        let Some(want) = site.groups.get(g).and_then(|keys| keys.get(k)) else {
            return self.each(cursor, g);
        };
        if cursor.kind() != Some(b'{') {
            return cursor.value().map(drop);
        }
        let (mark, place) = (self.elements.len(), self.place);
        let doc = self.doc;
        cursor.members(|cursor, key| {
            if !key.is(doc, want) {
                return cursor.skip_member(key);
            }
            // Of duplicate keys the last one counts: remove the result of an earlier one.
            self.elements.truncate(mark);
            self.place = place;
            self.group(cursor, g, k + 1)
        })
    }

    fn each(&mut self, cursor: &mut Cursor<'d>, g: usize) -> Result<(), Malformed> {
        match cursor.kind() {
            Some(b'[') => cursor.elements(|cursor| self.enter(cursor, g + 1)),
            _ => cursor.value().map(drop),
        }
    }

    fn element(&mut self, cursor: &mut Cursor<'d>) -> Result<(), Malformed> {
        let site = self.site;
        let mut paths: [&[Key]; MAX_PATHS] = [&[]; MAX_PATHS];
        for (slot, keys) in paths.iter_mut().zip(&site.keys) {
            *slot = keys;
        }
        let mut found = Found::default();
        let whole = match site.takes_elements {
            true => Some(cursor.value_and_follow(paths.get(..site.keys.len()).unwrap_or_default(), &mut found)?),
            false => {
                cursor.follow(paths.get(..site.keys.len()).unwrap_or_default(), &mut found)?;
                None
            }
        };
        let text = site.leaves.iter().zip(&found).find_map(|(leaf, value)| {
            let value = if leaf.is_element { whole } else { *value };
            leaf.text(value, &found, self.doc)
        });
        let reason = |(slot, reason): &(usize, Accept)| {
            let value = (*found.get(*slot)?)?;
            reason.accepts(value, self.doc).then_some(value)
        };
        let finish = site.finish.as_ref().and_then(reason);
        let index = match site.index.as_ref().map(|index| index.slot.and_then(|slot| *found.get(slot)?)) {
            Some(Some(Value::Int(index))) => index,
            _ => self.index,
        };
        let place = self.place;
        let noted = self.elements.last().is_some_and(|last| last.index == index && last.place == place);
        if text.is_some() || (finish.is_none() && !noted) {
            self.elements.push(Element { index, value: text, is_finish: false, place });
        }
        if finish.is_some() {
            self.elements.push(Element { index, value: finish, is_finish: true, place });
        }
        Ok(())
    }
}

impl Leaf {
    /// The value if it is a text, and the condition holds.
    fn text(&self, value: Option<Value>, found: &Found, doc: &[u8]) -> Option<Value> {
        let is_text = |value: &Value| match value {
            Value::Str { .. } => true,
            Value::Null => false,
            _ => self.as_json,
        };
        let value = value.filter(is_text)?;
        let Some((slot, test)) = &self.when else { return Some(value) };
        test.holds(found.get(*slot).copied().flatten(), doc).then_some(value)
    }
}

/// Reads the index of an element before the element is walked, since it may come after the array in it.
fn index_ahead(cursor: &Cursor<'_>, index: &Index) -> Result<i64, Malformed> {
    let mut found = Found::default();
    cursor.ahead().follow(&[&index.keys], &mut found)?;
    match found.first() {
        Some(Some(Value::Int(index))) => Ok(*index),
        _ => Ok(0),
    }
}
