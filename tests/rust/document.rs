//! A slow and obvious reader of documents, with serde_json for strings, numbers and literals: the second opinion on JSON and
//! on the text at a path.
//!
//! Only the objects and arrays on a path, and the values there, have to be JSON. Of every other value the brackets must
//! balance and the strings must be closed.
//!
//! The library takes more for JSON than serde_json does, as Python's `json` module does. [`standard`] writes such documents so
//! that serde_json takes them too, and in no other way: what is malformed stays so.

#![allow(dead_code)] // every test takes its own part of it

use super::common::{self, mend};
use serde_json::Value;
use ssescan_core::declaration::{ChannelDeclaration, WhenDeclaration};
use ssescan_core::json::{self, Malformed};
use ssescan_core::text::Text;
use ssescan_core::textpath::{self, Channel};
use std::ops::Range;

/// Nested more deeply, a document is refused by serde_json (at 128) earlier than by the library (at 1024).
const MAX_DEPTH: usize = 120;

/// Surrogates that stand alone in a string are written as characters from here on, so that they can
/// still be observed apart when the strings are joined. U+100000 is for private use.
pub const ALONE: u32 = 0x10_0000;

/// The document as RFC 8259 has it. `None`: too deep, or it holds the characters that stand for surrogates.
pub fn standard(doc: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(doc);
    let (mut out, mut rest, mut depth) = (String::new(), &*text, 0usize);
    while let Some(next) = rest.chars().next() {
        let size = match next {
            '"' => string(rest, &mut out)?,
            'N' | 'I' | '-' if word(rest) > 0 => {
                out.push_str("null");
                word(rest)
            }
            '0'..='9' | 'e' | 'E' => number(rest, &mut out),
            _ => {
                depth = match next {
                    '[' | '{' => depth + 1,
                    ']' | '}' => depth.saturating_sub(1),
                    _ => depth,
                };
                out.push(next);
                next.len_utf8()
            }
        };
        if depth > MAX_DEPTH {
            return None;
        }
        rest = &rest[size..];
    }
    Some(out)
}

/// The size of a number that JSON does not have.
fn word(rest: &str) -> usize {
    ["NaN", "Infinity", "-Infinity"].iter().find(|word| rest.starts_with(**word)).map_or(0, |word| word.len())
}

/// Digits, fewer if they are many, or an exponent, made small: serde_json refuses what no f64 can hold.
fn number(rest: &str, out: &mut String) -> usize {
    let sign = usize::from(rest.starts_with(['e', 'E'])) + usize::from(rest[1..].starts_with(['+', '-']));
    let head = if rest.starts_with(['e', 'E']) { sign } else { 0 };
    let digits = rest[head..].bytes().take_while(u8::is_ascii_digit).count();
    out.push_str(&rest[..head]);
    out.push_str(match (head, digits) {
        (1.., 1..) => "1",
        _ => &rest[head..head + digits.min(300)],
    });
    head + digits
}

/// A string, with its surrogates that have no other half written in another way.
fn string(rest: &str, out: &mut String) -> Option<usize> {
    let mut at = 1;
    out.push('"');
    while let Some(next) = rest[at..].chars().next() {
        let size = match (next, unit(&rest[at..])) {
            (_, Some(high @ 0xD800..=0xDBFF)) => match rest.get(at + 6..).and_then(unit) {
                Some(0xDC00..=0xDFFF) if high & !1 != 0xDBC0 => 12,
                Some(0xDC00..=0xDFFF) => return None,
                _ => 6,
            },
            (_, Some(_)) => 6,
            ('\\', None) => 1 + rest[at + 1..].chars().next().map_or(0, char::len_utf8),
            _ => next.len_utf8(),
        };
        match unit(&rest[at..]) {
            Some(alone @ 0xD800..=0xDFFF) if size == 6 => out.push(char::from_u32(ALONE + alone - 0xD800)?),
            _ if (ALONE..ALONE + 0x800).contains(&u32::from(next)) => return None,
            _ => out.push_str(&rest[at..at + size]),
        }
        at += size;
        if next == '"' {
            break;
        }
    }
    Some(at)
}

/// The UTF-16 unit that an escape at the start of `rest` is.
fn unit(rest: &str) -> Option<u32> {
    let hex = rest.strip_prefix("\\u")?.get(..4).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(hex, 16).ok()
}

/// What the halves of surrogates in a joined text are: a character where two met, else U+FFFD.
pub fn joined(text: &str) -> String {
    let mut units = Vec::new();
    for char in text.chars() {
        match u32::from(char).checked_sub(ALONE).filter(|alone| *alone < 0x800) {
            Some(alone) => units.push((0xD800 + alone) as u16),
            None => units.extend_from_slice(char.encode_utf16(&mut [0; 2])),
        }
    }
    String::from_utf16_lossy(&units)
}

/// A step of a path: into a member, into each element of an array, or into one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Each,
    Item(usize),
}

type Way = Vec<Step>;

fn steps(path: &str) -> Way {
    let mut steps = Vec::new();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let keys = part.replace("[*]", "\n*");
        for key in keys.split('\n').filter(|key| !key.is_empty()) {
            steps.push(match key.strip_prefix('[').and_then(|key| key.strip_suffix(']')) {
                _ if key == "*" => Step::Each,
                Some(item) => Step::Item(item.parse().unwrap()),
                None => Step::Key(key.into()),
            });
        }
    }
    steps
}

/// The steps up to the last array, and the keys after it.
fn parts(way: &[Step]) -> (&[Step], &[Step]) {
    way.split_at(way.iter().rposition(|step| !matches!(step, Step::Key(_))).map_or(0, |at| at + 1))
}

/// A value, as far as the ways lead into it.
#[derive(Debug)]
enum Node {
    /// An object or array that no way leads into.
    Skipped(Range<usize>),
    /// A string, a number or a literal.
    Scalar(Range<usize>, Value),
    Object(Range<usize>, Vec<(String, Node)>),
    Array(Range<usize>, Vec<Node>),
}

/// Why there is no node.
#[derive(Debug, PartialEq)]
enum Bad {
    Malformed,
    /// The reference cannot say: see [`standard`].
    Unclear,
}

/// How deeply a document may be nested.
const LIMIT: usize = 1024;

struct Reader<'a> {
    doc: &'a [u8],
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// The whole document.
    fn document(doc: &'a [u8], ways: &[Way]) -> Result<Node, Bad> {
        let mut reader = Reader { doc, at: 0, depth: 0 };
        let node = reader.node(&ways.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
        match reader.peek() {
            None => Ok(node),
            Some(_) => Err(Bad::Malformed),
        }
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        while self.doc.get(self.at).is_some_and(|byte| b" \t\r\n".contains(byte)) {
            self.at += 1;
        }
        self.doc.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn must(&mut self, byte: u8) -> Result<(), Bad> {
        self.take(byte).then_some(()).ok_or(Bad::Malformed)
    }

    /// The value to which some ways lead; these are their further steps.
    fn node(&mut self, ways: &[&[Step]]) -> Result<Node, Bad> {
        let has =
            |key: bool| ways.iter().any(|way| way.first().is_some_and(|step| matches!(step, Step::Key(_)) == key));
        self.peek();
        let start = self.at;
        match self.peek() {
            Some(b'{') if has(true) => self.object(ways).map(|members| Node::Object(start..self.at, members)),
            Some(b'[') if has(false) => self.array(ways).map(|items| Node::Array(start..self.at, items)),
            Some(b'{' | b'[') => self.skip().map(|()| Node::Skipped(start..self.at)),
            _ => {
                self.skip()?;
                Ok(Node::Scalar(start..self.at, check(&self.doc[start..self.at])?))
            }
        }
    }

    fn object(&mut self, ways: &[&[Step]]) -> Result<Vec<(String, Node)>, Bad> {
        let mut members = Vec::new();
        self.enter()?;
        if self.take(b'}') {
            self.depth -= 1;
            return Ok(members);
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(Bad::Malformed);
            }
            let start = self.at;
            self.skip()?;
            let key = check(&self.doc[start..self.at])?.as_str().ok_or(Bad::Malformed)?.to_owned();
            self.must(b':')?;
            let onward = |way: &&[Step]| matches!(way.first(), Some(Step::Key(want)) if *want == key);
            let onward: Vec<&[Step]> = ways.iter().filter(|way| onward(way)).map(|way| &way[1..]).collect();
            match onward.is_empty() {
                true => self.skip()?,
                false => {
                    let node = self.node(&onward)?;
                    members.retain(|(have, _)| *have != key); // of duplicate keys the last one counts
                    members.push((key, node));
                }
            }
            if self.take(b'}') {
                self.depth -= 1;
                return Ok(members);
            }
            self.must(b',')?;
        }
    }

    fn array(&mut self, ways: &[&[Step]]) -> Result<Vec<Node>, Bad> {
        let mut items = Vec::new();
        self.enter()?;
        if self.take(b']') {
            self.depth -= 1;
            return Ok(items);
        }
        loop {
            let at = items.len();
            let onward = |way: &&[Step]| match way.first() {
                Some(Step::Each) => true,
                Some(Step::Item(item)) => *item == at,
                _ => false,
            };
            let onward: Vec<&[Step]> = ways.iter().filter(|way| onward(way)).map(|way| &way[1..]).collect();
            items.push(match onward.is_empty() {
                true => {
                    self.peek();
                    let start = self.at;
                    self.skip()?;
                    Node::Skipped(start..self.at)
                }
                false => self.node(&onward)?,
            });
            if self.take(b']') {
                self.depth -= 1;
                return Ok(items);
            }
            self.must(b',')?;
        }
    }

    fn enter(&mut self) -> Result<(), Bad> {
        self.at += 1;
        self.depth += 1;
        (self.depth <= LIMIT).then_some(()).ok_or(Bad::Malformed)
    }

    /// Skips a value by its brackets and quotes.
    fn skip(&mut self) -> Result<(), Bad> {
        let first = self.peek().ok_or(Bad::Malformed)?;
        if !b"{[\"".contains(&first) {
            let start = self.at;
            while self.doc.get(self.at).is_some_and(|byte| !b" \t\r\n,:\"[]{}".contains(byte)) {
                self.at += 1;
            }
            return if self.at > start { Ok(()) } else { Err(Bad::Malformed) };
        }
        let (mut open, mut inside, mut escaped) = (Vec::new(), false, false);
        while let Some(byte) = self.doc.get(self.at) {
            self.at += 1;
            let was_escaped = escaped;
            escaped = *byte == b'\\' && !was_escaped;
            match byte {
                b'"' if !was_escaped => inside = !inside,
                b'{' | b'[' if !inside => open.push(*byte),
                // In ASCII a closing bracket follows its opening one by two.
                b'}' | b']' if !inside && open.pop() != Some(byte - 2) => return Err(Bad::Malformed),
                _ => {}
            }
            if self.depth + open.len() > LIMIT {
                return Err(Bad::Malformed);
            }
            if open.is_empty() && !inside {
                return Ok(());
            }
        }
        Err(Bad::Malformed)
    }
}

/// A value as serde_json reads it.
fn check(token: &[u8]) -> Result<Value, Bad> {
    let plain = standard(token).ok_or(Bad::Unclear)?;
    serde_json::from_str(&plain).map_err(|_| Bad::Malformed)
}

/// A text: a string, or the place of the JSON of another value.
#[derive(Debug, Clone, PartialEq)]
enum Found {
    Text(String),
    Json(Range<usize>),
}

impl Node {
    /// A document without places.
    fn of(value: &Value) -> Node {
        match value {
            Value::Object(members) => {
                Node::Object(0..0, members.iter().map(|(key, value)| (key.clone(), Node::of(value))).collect())
            }
            Value::Array(items) => Node::Array(0..0, items.iter().map(Node::of).collect()),
            scalar => Node::Scalar(0..4, scalar.clone()),
        }
    }

    /// The nodes at the end of a way.
    fn all(&self, way: &[Step]) -> Vec<&Node> {
        match (way.split_first(), self) {
            (None, _) => vec![self],
            (Some((Step::Key(want), rest)), Node::Object(_, members)) => {
                members.iter().filter(|(key, _)| key == want).flat_map(|(_, node)| node.all(rest)).collect()
            }
            (Some((Step::Each, rest)), Node::Array(_, items)) => items.iter().flat_map(|item| item.all(rest)).collect(),
            (Some((Step::Item(at), rest)), Node::Array(_, items)) => {
                items.get(*at).map(|item| item.all(rest)).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    fn one(&self, keys: &[Step]) -> Option<&Node> {
        self.all(keys).into_iter().next()
    }

    fn value(&self) -> Option<&Value> {
        match self {
            Node::Scalar(_, value) => Some(value),
            _ => None,
        }
    }

    /// The value if it is a text.
    fn text(&self, as_json: bool) -> Option<Found> {
        match self {
            Node::Scalar(_, Value::String(text)) => Some(Found::Text(text.clone())),
            Node::Scalar(_, Value::Null) if !self.is_number_word() => None,
            Node::Scalar(range, _) | Node::Skipped(range) | Node::Object(range, _) | Node::Array(range, _) => {
                as_json.then(|| Found::Json(range.clone()))
            }
        }
    }

    /// [`standard`] writes `NaN` and the like as null, which is shorter or longer.
    fn is_number_word(&self) -> bool {
        matches!(self, Node::Scalar(range, Value::Null) if range.len() != 4)
    }

    /// Whether a condition accepts the value.
    fn is(&self, when: &WhenDeclaration, doc: &[u8]) -> bool {
        if let Node::Skipped(range) | Node::Object(range, _) | Node::Array(range, _) = self {
            let inside = doc[range.start + 1..range.end - 1].trim_ascii();
            return if when.is_true { !inside.is_empty() } else { when.strings.is_empty() && !when.is_reason };
        }
        if when.is_reason && !when.is_true {
            let Some(Value::String(text)) = self.value() else { return false };
            let word = text.trim_ascii();
            return !word.is_empty() && !when.strings.iter().any(|one| one.eq_ignore_ascii_case(word));
        }
        match self.value() {
            Some(Value::String(text)) if !when.strings.is_empty() && !when.is_true => {
                when.strings.iter().any(|one| one == text || when.ignore_case && one.eq_ignore_ascii_case(text))
            }
            Some(value @ (Value::Bool(_) | Value::Number(_))) if !when.strings.is_empty() && !when.is_true => {
                !value.is_f64() && when.strings.contains(&value.to_string())
            }
            _ if !when.strings.is_empty() && !when.is_true => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Null) => self.is_number_word(),
            Some(Value::Bool(is)) => *is || !when.is_true,
            Some(Value::Number(number)) => !when.is_true || number.as_f64() != Some(0.0),
            _ => true,
        }
    }
}

/// The text that a document adds to a channel: of each element of an array, its index and its text.
pub struct Slow {
    /// Where the index is: its arrays, and its keys.
    index: Option<(Way, Way)>,
    sites: Vec<Site>,
    /// The arrays that all alternatives share.
    shared: Way,
}

/// An array, and the alternatives in its elements.
struct Site {
    array: Way,
    leaves: Vec<Leaf>,
    /// The ways on which a walk goes.
    ways: Vec<Way>,
}

struct Leaf {
    keys: Way,
    when: Option<(Way, WhenDeclaration)>,
    as_json: bool,
}

impl Slow {
    pub fn of(channel: &ChannelDeclaration) -> Slow {
        let index: Option<Way> = channel.index.as_deref().map(steps);
        let mut sites: Vec<Site> = Vec::new();
        for text in &channel.texts {
            let way = steps(&text.path);
            let (array, keys) = parts(&way);
            if sites.last().is_none_or(|site| site.array != array) {
                sites.push(Site { array: array.to_vec(), leaves: vec![], ways: index.iter().cloned().collect() });
            }
            let at = sites.len() - 1;
            let when = text.when.as_ref().map(|when| (steps(&when.path), when.clone()));
            sites[at].ways.extend(when.iter().map(|(way, _)| way.clone()));
            let when = when.map(|(way, when)| (parts(&way).1.to_vec(), when));
            sites[at].leaves.push(Leaf { keys: keys.to_vec(), when, as_json: text.as_json });
            sites[at].ways.push(way);
        }
        let first = &sites[0].array;
        let common = |site: &Site| first.iter().zip(&site.array).take_while(|(one, other)| one == other).count();
        let common = sites.iter().map(common).min().unwrap_or_default();
        let shared = parts(&first[..common]).0.to_vec();
        Slow { index: index.map(|way| (parts(&way).0.to_vec(), parts(&way).1.to_vec())), sites, shared }
    }

    /// For each element of the array of a site: the number of the shared element around it, its index, and its text.
    fn elements(&self, site: &Site, root: &Node, doc: &[u8]) -> Vec<(usize, i64, Option<Found>)> {
        let (mut elements, mut place) = (Vec::new(), 0);
        let indexed = self.index.as_ref().map_or(&[][..], |(arrays, _)| arrays);
        for outer in root.all(indexed) {
            let index = self.index.as_ref().and_then(|(_, keys)| outer.one(keys)?.value()?.as_i64());
            let index = index.filter(|index| *index != i64::MIN).unwrap_or(0); // one of too many digits for the library
            for middle in outer.all(&self.shared[indexed.len()..]) {
                let found = middle.all(&site.array[self.shared.len()..]).into_iter();
                elements.extend(found.map(|element| (place, index, first_text(element, &site.leaves, doc))));
                place += 1;
            }
        }
        elements
    }

    /// Index and text of each element, whether it has a text or not. `read` returns the document as a site needs it.
    fn all(&self, doc: &[u8], read: impl Fn(&Site) -> Result<Node, Bad>) -> Result<Vec<(i64, Option<Found>)>, Bad> {
        let mut all = self.elements(&self.sites[0], &read(&self.sites[0])?, doc);
        for site in &self.sites[1..] {
            // Whether damage on the way of a further alternative matters depends on the texts of those before.
            let further = self.elements(site, &read(site).map_err(|_| Bad::Unclear)?, doc);
            let has_text = |place: usize| all.iter().any(|(have, _, text)| *have == place && text.is_some());
            let is_new = |(place, _, text): &(usize, i64, Option<Found>)| text.is_some() && !has_text(*place);
            let new: Vec<_> = further.into_iter().filter(is_new).collect();
            all.extend(new);
        }
        all.sort_by_key(|(place, ..)| *place);
        Ok(all.into_iter().map(|(_, index, text)| (index, text)).collect())
    }

    /// The text of one index, or of all.
    fn text(&self, doc: &[u8], index: Option<i64>) -> Result<Option<String>, Bad> {
        let all = self.all(doc, |site| Reader::document(doc, &site.ways))?;
        let mut out: Option<String> = None;
        for (_, found) in all.into_iter().filter(|(have, _)| index.is_none_or(|index| index == *have)) {
            match found {
                None => {}
                Some(Found::Text(text)) => out.get_or_insert_default().push_str(&text),
                Some(Found::Json(range)) => {
                    check(&doc[range.clone()])?; // JSON that is returned must be JSON
                    out.get_or_insert_default().push_str(&String::from_utf8_lossy(&doc[range]));
                }
            }
        }
        Ok(out.map(|out| joined(&out)))
    }
}

/// The first alternative in an element that is a text.
fn first_text(element: &Node, leaves: &[Leaf], doc: &[u8]) -> Option<Found> {
    leaves.iter().find_map(|leaf| {
        let found = element.one(&leaf.keys)?.text(leaf.as_json)?;
        let holds = |(keys, when): &(Way, WhenDeclaration)| {
            element.one(keys).is_some_and(|value| value.is(when, doc)) != when.negated
        };
        leaf.when.as_ref().is_none_or(holds).then_some(found)
    })
}

/// Paths of a channel and of its index, as a dialect writes them.
#[derive(Debug, Clone, Copy)]
pub struct Paths<'a> {
    pub alternatives: &'a [&'a str],
    pub index: Option<&'a str>,
}

impl Paths<'_> {
    pub fn declaration(&self) -> ChannelDeclaration {
        common::channel_declaration(self.alternatives, self.index)
    }

    pub fn channel(&self) -> Channel {
        self.declaration().compile().unwrap()
    }

    /// Index and text of each element, if it has one, in a document that serde_json took.
    pub fn elements(&self, doc: &Value) -> Vec<(i64, Option<String>)> {
        let text = |found| match found {
            Some(Found::Text(text)) => Some(text),
            _ => None,
        };
        let all = Slow::of(&self.declaration()).all(b"", |_| Ok(Node::of(doc))).unwrap();
        all.into_iter().map(|(index, found)| (index, text(found))).collect()
    }

    /// The text of one index, or of all; its surrogates are still to be [`joined`].
    pub fn text(&self, doc: &Value, index: Option<i64>) -> Option<String> {
        let elements = self.elements(doc).into_iter().filter(|(have, _)| index.is_none_or(|index| index == *have));
        let texts: Vec<String> = elements.filter_map(|(_, text)| text).collect();
        (!texts.is_empty()).then(|| texts.concat())
    }
}

/// Text on a channel by a walk, mended; `None` for none.
pub fn walked(doc: &[u8], channel: &Channel, index: Option<i64>) -> Result<Option<String>, Malformed> {
    let mut out = Text::default();
    let added = textpath::text(doc, channel, index, &mut out)?;
    Ok(added.then(|| mend(out.as_bytes())))
}

/// The library and the reference agree on whether a text can be read, and on the text. True if it can.
pub fn agree(doc: &[u8], channel: &Channel, slow: &Slow, index: Option<i64>) -> bool {
    let text = walked(doc, channel, index);
    let shown = || format!("{channel:?}, {index:?}: {}", doc.escape_ascii());
    match slow.text(doc, index) {
        Err(Bad::Unclear) => {}
        Err(Bad::Malformed) => assert!(text.is_err(), "{text:?} of {}", shown()),
        Ok(want) => assert_eq!(text, Ok(want), "{}", shown()),
    }
    text.is_ok()
}

/// The library and serde_json agree on whether all of this is JSON. True if it is.
pub fn agree_on_json(doc: &[u8]) -> bool {
    let checked = json::check(doc);
    let Some(plain) = standard(doc) else { return checked.is_ok() };
    let want = serde_json::from_str::<Value>(&plain);
    assert_eq!(checked.is_ok(), want.is_ok(), "{checked:?}, {want:?}: {}", doc.escape_ascii());
    checked.is_ok()
}

/// One for each thing a path can be.
pub const CHANNELS: [Paths; 8] = [
    Paths { alternatives: &["delta.content[*].text.value"], index: Some("delta.content[*].index") },
    Paths { alternatives: &["delta.content[*].refusal"], index: None },
    Paths { alternatives: &["choices[*].delta.content"], index: Some("choices[*].index") },
    Paths { alternatives: &["c[*].d.reasoning", "c[*].d.thinking", "c[*].text"], index: Some("c[*].index") },
    Paths { alternatives: &["c[*].d.calls[*].f.args"], index: Some("c[*].d.calls[*].index") },
    Paths { alternatives: &["delta"], index: Some("output_index") },
    Paths { alternatives: &["delta", "delta.text", "delta.text.value"], index: Some("delta.index") },
    Paths { alternatives: &["a.b.c"], index: None },
];
