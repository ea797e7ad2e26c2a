//! Declarations of dialects and bodies for them, made by choices that any bytes are.
#![allow(dead_code)] // every test takes its own part of it

use super::common::{bytewise, random_cuts, Rng, NO_LIMIT};
use super::document;
use super::observed::{self, observe, By};
use ssescan_core::declaration::{
    ChannelDeclaration, Declaration, FinishDeclaration, NameDeclaration, RowDeclaration, TextDeclaration,
    WhenDeclaration,
};
use ssescan_core::session::{Session, Step, Tables};
use std::sync::Arc;

/// Choices; after the last byte every choice is the first one.
struct Choices<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

const KEYS: [&str; 4] = ["a", "b", "t", "i"];
const NAMES: [&str; 3] = ["x", "y", "t"];

impl Choices<'_> {
    fn below(&mut self, end: usize) -> usize {
        usize::from(self.bytes.next().copied().unwrap_or_default()) % end.max(1)
    }

    /// False in most cases, and after the last byte.
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    fn maybe<T>(&mut self, n: usize, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.one_in(n).then(|| make(self))
    }

    fn list<T>(&mut self, most: usize, make: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    fn keys(&mut self) -> String {
        let mut path = self.pick(&KEYS).to_owned();
        while self.one_in(3) {
            path = format!("{path}.{}", self.pick(&KEYS));
        }
        path
    }

    /// Arrays, up to the last `[*]`.
    fn arrays(&mut self) -> String {
        let mut arrays = self.pick(&["", "", "", "", "", "", "[0].", "[1]."]).to_owned();
        while self.one_in(3) {
            arrays = format!("{arrays}{}[*].", self.keys());
        }
        arrays
    }

    fn path(&mut self) -> String {
        let path = format!("{}{}", self.arrays(), self.keys());
        if self.one_in(12) {
            return path + "[*]";
        }
        path
    }

    fn when(&mut self, path: String) -> WhenDeclaration {
        WhenDeclaration {
            path,
            is_true: self.one_in(4),
            is_reason: self.one_in(4),
            strings: self.list(2, |choices| choices.pick(&["x", "Y", "", "0", "true"]).into()),
            ignore_case: self.one_in(2),
            negated: self.one_in(2),
        }
    }

    fn channel(&mut self, name: &str) -> ChannelDeclaration {
        let outer = self.arrays();
        let index = self.maybe(2, |choices| format!("{outer}{}", choices.keys()));
        let text = |choices: &mut Self| {
            let inner = if choices.one_in(4) { format!("{}[*].", choices.keys()) } else { String::new() };
            let path = format!("{outer}{inner}{}", choices.keys());
            let when = choices.maybe(4, |choices| {
                let keys = choices.keys();
                choices.when(format!("{outer}{inner}{keys}"))
            });
            TextDeclaration { path, when, as_json: choices.one_in(4) }
        };
        let texts = (0..=self.below(3)).map(|_| text(self)).collect();
        ChannelDeclaration { name: name.into(), texts, index, reads_first: name != "text" && self.one_in(8) }
    }

    fn row(&mut self, name: Option<&str>, is_last: bool) -> RowDeclaration {
        let whole = (!is_last && self.one_in(4)).then(|| self.list(2, Self::keys));
        let when = |choices: &mut Self| {
            let path = choices.path();
            choices.when(path)
        };
        let mut channels: Vec<ChannelDeclaration> =
            self.maybe(8, |choices| choices.channel("other")).into_iter().collect();
        if !self.one_in(4) {
            channels.push(self.channel("text"));
        }
        RowDeclaration {
            name: name.map(Into::into),
            channels,
            ends: self.maybe(4, |choices| choices.pick(&["payload", "reopens", "last", "mark"]).into()),
            error: self.one_in(12),
            fails: self.one_in(12),
            usage: self.maybe(3, Self::path).into_iter().collect(),
            when: if is_last { vec![] } else { (0..=self.below(2)).map(|_| when(self)).collect() },
            whole,
        }
    }

    /// The rows of a name; the last one has no condition.
    fn rows(&mut self, name: Option<&str>) -> Vec<RowDeclaration> {
        let conditional = if self.one_in(2) { self.below(3) } else { 0 };
        (0..=conditional).map(|at| self.row(name, at == conditional)).collect()
    }

    fn declaration(&mut self) -> Declaration {
        let mut rows = Vec::new();
        for name in NAMES.iter().take(self.below(NAMES.len() + 1)) {
            rows.extend(self.rows(Some(name)));
        }
        rows.extend(self.rows(None));
        let named = |choices: &mut Self| match choices.below(3) {
            0 => NameDeclaration::Sse,
            1 => NameDeclaration::Key("t".into()),
            _ => NameDeclaration::Present(choices.pick(&["", "a"]).into()),
        };
        Declaration {
            rows,
            named_by: self.list(2, named),
            payload: self.maybe(4, |choices| choices.pick(&KEYS).into()),
            finish: self.maybe(2, |choices| {
                let arrays = choices.arrays();
                FinishDeclaration {
                    path: format!("{arrays}{}", choices.keys()),
                    each: (!choices.one_in(4)).then(|| format!("{arrays}{}", choices.keys())),
                    unset: choices.list(1, |choices| choices.pick(&["x", "Y"]).into()),
                    fails: choices.list(1, |_| "x".into()),
                    error: choices.list(2, Self::path),
                }
            }),
            index: [None, Some(0), Some(1)][self.below(3)],
            done_completes: self.one_in(2),
            claims: self.list(2, |choices| choices.pick(&["x", "a", "t=x"]).into()),
            error_key: self.maybe(2, |choices| choices.pick(&["e", "b"]).into()),
            error_key_not_in: self.list(1, |_| "x".into()),
            error_field: self.maybe(3, |_| "error".into()),
            skip: self.list(1, |_| "y".into()),
        }
    }

    fn string(&mut self) -> String {
        let texts = ["x", "", "y", "Hello", "t", "\\u0061", "\\ud83d", "\\ude00", "\\\"a\\\"", "\u{e9}", "X", "}]"];
        format!("\"{}\"", self.pick(&texts))
    }

    fn value(&mut self, depth: usize) -> String {
        match self.below(10) {
            0..=2 => self.string(),
            3 => self.pick(&["0", "1", "7", "-1", "1.5", "10"]).into(),
            4 => self.pick(&["null", "true", "false", "NaN"]).into(),
            5 | 6 if depth < 5 => format!("[{}]", self.list(3, |choices| choices.value(depth + 1)).join(",")),
            _ if depth < 5 => self.object(depth),
            _ => "1".into(),
        }
    }

    fn object(&mut self, depth: usize) -> String {
        let keys = ["a", "b", "t", "i", "a", "b", "t", "i", "e", "x", "y", "\\u0061"];
        let member = |choices: &mut Self| format!("\"{}\":{}", choices.pick(&keys), choices.value(depth + 1));
        format!("{{{}}}", self.list(4, member).join(","))
    }

    /// A value in which something is where these ways lead, mostly.
    fn toward(&mut self, ways: &[Vec<String>], depth: usize) -> String {
        let Some(way) = ways.iter().find(|way| !way.is_empty()).filter(|_| !self.one_in(12)) else {
            return match self.below(8) {
                0..=4 if !ways.is_empty() => self.string(),
                5 | 6 => self.pick(&["0", "1", "true"]).into(),
                _ => self.value(depth),
            };
        };
        let into = |step: &str| -> Vec<Vec<String>> {
            ways.iter()
                .filter(|way| way.first().is_some_and(|first| first == step))
                .map(|way| way[1..].to_vec())
                .collect()
        };
        if way[0].starts_with('[') {
            return format!("[{}]", self.list(3, |choices| choices.toward(&into(&way[0]), depth + 1)).join(","));
        }
        let mut keys: Vec<&String> = ways.iter().filter_map(|way| way.first()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|_| !self.one_in(10));
        let mut members: Vec<String> =
            keys.into_iter().map(|key| format!("\"{key}\":{}", self.toward(&into(key), depth + 1))).collect();
        members.extend(
            self.maybe(3, |choices| format!("\"{}\":{}", choices.pick(&["n", "b", "t"]), choices.value(depth))),
        );
        format!("{{{}}}", members.join(","))
    }

    /// The data of an event. `ways`: the paths of each row. `last`: the data of the event before.
    fn data(&mut self, ways: &[Vec<Vec<String>>], last: &str) -> String {
        let mut data = match self.below(32) {
            0..=13 if !last.is_empty() => self.with_another_string(last),
            0..=26 => {
                let row = self.below(ways.len());
                self.toward(&ways[row], 0)
            }
            27 | 28 => self.object(0),
            29 => format!("[{}]", self.list(3, |choices| choices.value(1)).join(",")),
            30 => self.pick(&["[DONE]", "DONE", "", "{\"e\":{}}", "{\"e\":\"x\"}", ":", "{}"]).into(),
            _ => self.value(0),
        };
        if self.one_in(20) && !data.is_empty() {
            let at = self.below(data.len());
            let byte = self.pick(&["\"", "{", "}", "[", "]", ",", "0", "\\", "\u{1}", "x", " ", ""]);
            if data.is_char_boundary(at) && data.is_char_boundary(at + 1) {
                data.replace_range(at..at + 1, byte);
            }
        }
        data
    }

    fn with_another_string(&mut self, last: &str) -> String {
        let quotes: Vec<usize> = last.match_indices('"').map(|(at, _)| at).collect();
        let at = self.below(quotes.len());
        match quotes.get(at..at + 2) {
            Some([start, end]) => format!("{}{}{}", &last[..*start], self.string(), &last[end + 1..]),
            _ => last.into(),
        }
    }

    fn body(&mut self, declaration: &Declaration) -> Vec<u8> {
        let ways: Vec<_> = declaration.rows.iter().map(|row| ways(row, declaration)).collect();
        let (mut body, mut last) = (String::new(), String::new());
        while self.bytes.len() > 0 {
            if self.one_in(2) {
                body += &format!("event: {}\n", self.pick(&["x", "y", "t", "other", "message"]));
            }
            last = self.data(&ways, &last);
            body += match self.below(24) {
                0 => "",
                1 => "error: ",
                _ => "data: ",
            };
            body += &last;
            body += match self.below(24) {
                0 => "",
                1 => "\n",
                2 => "\r\n\r\n",
                _ => "\n\n",
            };
        }
        body.into_bytes()
    }
}

/// The paths at which a row, or its dialect, looks for something.
fn ways(row: &RowDeclaration, declaration: &Declaration) -> Vec<Vec<String>> {
    let texts = || row.channels.iter().flat_map(|channel| &channel.texts);
    let finish = declaration.finish.iter().flat_map(|finish| std::iter::once(&finish.path).chain(&finish.each));
    let paths =
        texts().map(|text| &text.path).chain(texts().filter_map(|text| text.when.as_ref()).map(|when| &when.path));
    let paths = paths.chain(row.channels.iter().filter_map(|channel| channel.index.as_ref()));
    let paths = paths.chain(row.when.iter().map(|when| &when.path)).chain(&row.usage).chain(finish);
    let steps = |path: &String| -> Vec<String> {
        path.replace("[*]", ".[]").split('.').filter(|step| !step.is_empty()).map(Into::into).collect()
    };
    paths.map(steps).collect()
}

/// Makes a declaration and a body and compares all ways to read the body. Returns the number of events that have a text, or
/// None if the declaration is invalid.
pub fn agree(choices: &[u8]) -> Option<usize> {
    let mut choices = Choices { bytes: choices.iter() };
    let declaration = choices.declaration();
    let table = Arc::new(declaration.compile().ok()?);
    let body = choices.body(&declaration);
    let tables = if body.len().is_multiple_of(5) { Tables::Auto(vec![table]) } else { Tables::One(table) };
    let observe = |cuts: &[usize], by| observe(&body, cuts, NO_LIMIT, tables.clone(), by);
    let shown = || format!("{declaration:?}\n{}", body.escape_ascii());
    let [steps, read] = [By::Steps, By::Reading].map(|by| {
        let whole = observe(&[], by);
        for cuts in [bytewise(&body), random_cuts(&body, &mut Rng::new(body.len() as u64))] {
            assert_eq!(observe(&cuts, by), whole, "{by:?}, cut at {cuts:?}: {}", shown());
        }
        whole
    });
    observed::agree(&steps, &read);
    Some(texts(&declaration, &body, tables.clone()))
}

/// Compares the text of each event with that of the slow reader.
fn texts(declaration: &Declaration, body: &[u8], tables: Tables) -> usize {
    let mut session: Session<&[u8]> = Session::new(NO_LIMIT, b"", tables);
    session.push(body);
    let mut texts = 0;
    loop {
        match session.step() {
            Step::NeedBlock => session.finish(),
            Step::End => return texts,
            Step::Event => {
                let event = session.event();
                let row = event.row.and_then(|row| declaration.rows.get(row));
                for channel in row.into_iter().flat_map(|row| &row.channels) {
                    let (compiled, slow) = (channel.compile().unwrap(), document::Slow::of(channel));
                    document::agree(event.payload, &compiled, &slow, declaration.index);
                    let text = document::walked(event.payload, &compiled, declaration.index);
                    texts += usize::from(matches!(text, Ok(Some(_))));
                }
            }
        }
    }
}
