//! A dialect as it is declared: names and paths as text. It is compiled to a [`Table`] once.

use crate::condition::{Accept, Condition, Test};
use crate::dispatch::{Ends, Failure, Named, Row, Table};
use crate::json::{Key, MAX_PATHS};
use crate::lookup::{Lookup, Values};
use crate::textpath::{Alternative, Channel, Path};
use std::collections::HashMap;

/// A dialect. `ssescan.dialects.schema` explains all fields.
#[derive(Debug, Clone, Default)]
pub struct Declaration {
    pub rows: Vec<RowDeclaration>,
    pub named_by: Vec<NameDeclaration>,
    pub payload: Option<String>,
    pub finish: Option<FinishDeclaration>,
    pub index: Option<i64>,
    pub done_completes: bool,
    pub claims: Vec<String>,
    pub error_key: Option<String>,
    pub error_key_not_in: Vec<String>,
    pub error_field: Option<String>,
    pub skip: Vec<String>,
}

/// A row. The default row has no name.
#[derive(Debug, Clone, Default)]
pub struct RowDeclaration {
    pub name: Option<String>,
    pub channels: Vec<ChannelDeclaration>,
    pub ends: Option<String>,
    pub error: bool,
    pub fails: bool,
    pub usage: Vec<String>,
    pub when: Vec<WhenDeclaration>,
    /// The paths of the values that identify the part of the answer; empty: it is the whole answer.
    pub whole: Option<Vec<String>>,
}

#[derive(Debug, Clone, Default)]
pub struct ChannelDeclaration {
    pub name: String,
    pub texts: Vec<TextDeclaration>,
    pub index: Option<String>,
    /// The index that is read by default is the first one with a text.
    pub reads_first: bool,
}

#[derive(Debug, Clone, Default)]
pub struct TextDeclaration {
    pub path: String,
    pub when: Option<WhenDeclaration>,
    pub as_json: bool,
}

#[derive(Debug, Clone, Default)]
pub struct WhenDeclaration {
    pub path: String,
    /// The value must be true.
    pub is_true: bool,
    /// The value must be a finish reason.
    pub is_reason: bool,
    /// The strings that the value may be; empty: every value but null and "". With `is_reason` those that it must not be.
    pub strings: Vec<String>,
    pub ignore_case: bool,
    pub negated: bool,
}

#[derive(Debug, Clone, Default)]
pub struct FinishDeclaration {
    pub path: String,
    /// The path of the index; `None`: there is one answer.
    pub each: Option<String>,
    /// The strings that are not a finish reason.
    pub unset: Vec<String>,
    pub fails: Vec<String>,
    /// The paths of errors that mean the same.
    pub error: Vec<String>,
}

#[derive(Debug, Clone)]
pub enum NameDeclaration {
    Sse,
    Key(String),
    Present(String),
}

impl Declaration {
    /// The table, or what is wrong.
    pub fn compile(&self) -> Result<Table, String> {
        let names: Vec<Option<&[u8]>> =
            self.rows.iter().map(|row| row.name.as_ref().map(|name| name.as_bytes())).collect();
        let default = names.iter().position(Option::is_none).ok_or("a dialect needs a default row")?;
        let mut row_of = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            if let Some(name) = name {
                row_of.entry(name.to_vec()).or_insert(at);
            }
        }
        let finish = self.finish.as_ref();
        let table = Table {
            rows: self.rows.iter().map(RowDeclaration::compile).collect::<Result<_, _>>()?,
            row_of,
            default,
            named_by: self.named_by.iter().map(NameDeclaration::compile).collect(),
            payload: self.payload.as_ref().map(key),
            finish: finish.map(FinishDeclaration::compile).transpose()?,
            reasons: finish.map(|finish| values_at(&finish.path)).transpose()?,
            failure: finish.map(FinishDeclaration::failure).transpose()?.flatten(),
            plain: None,
            index: self.index,
            done_completes: self.done_completes,
            claims: self.claims.iter().map(key).collect(),
            error_key: self.error_key.as_ref().map(|text| Lookup::new(key(text))),
            error_key_not_in: bytes(&self.error_key_not_in),
            error_field: self.error_field.as_ref().map(key),
            skip: bytes(&self.skip),
        };
        table.link(&names)
    }
}

/// A channel of all values at a path.
fn values_at(path: &str) -> Result<Channel, String> {
    Channel::of_values(vec![Path::parse(path)?])
}

fn bytes(strings: &[String]) -> Vec<Vec<u8>> {
    strings.iter().map(|text| text.clone().into_bytes()).collect()
}

fn key(text: &String) -> Key {
    text.as_bytes().into()
}

fn keys(path: &str) -> Vec<Key> {
    path.split('.').filter(|key| !key.is_empty()).map(|key| key.as_bytes().into()).collect()
}

impl RowDeclaration {
    fn compile(&self) -> Result<Row, String> {
        let in_row = |problem: String| match &self.name {
            Some(name) => format!("row {name:?}: {problem}"),
            None => format!("default row: {problem}"),
        };
        self.parts().map_err(in_row)
    }

    fn parts(&self) -> Result<Row, String> {
        let ends = match self.ends.as_deref() {
            None => Ends::No,
            Some("payload") => Ends::Payload,
            Some("mark") => Ends::Mark,
            Some("last") => Ends::Last,
            Some("reopens") => Ends::Reopens,
            Some(other) => {
                return Err(format!("ends must be None, 'payload', 'mark', 'last' or 'reopens', got {other:?}"))
            }
        };
        let channels = self.channels.iter().map(|channel| Ok((channel.name.clone(), channel.compile()?)));
        if self.whole.as_ref().is_some_and(|paths| paths.len() > MAX_PATHS) {
            return Err(format!("too many paths in whole (limit {MAX_PATHS})"));
        }
        let paths = self.usage.iter().map(|path| Path::parse(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Row {
            channels: channels.collect::<Result<_, String>>()?,
            ends,
            error: self.error,
            fails: self.fails,
            usage: if paths.is_empty() { None } else { Some(Values::new(paths)?) },
            when: self.when.iter().map(WhenDeclaration::condition).collect::<Result<_, _>>()?,
            whole: self.whole.as_ref().map(|paths| paths.iter().map(|path| keys(path)).collect()),
            ..Row::default()
        })
    }
}

impl ChannelDeclaration {
    /// The channel.
    pub fn compile(&self) -> Result<Channel, String> {
        let texts = self.texts.iter().map(TextDeclaration::compile).collect::<Result<Vec<_>, _>>()?;
        let index = self.index.as_ref().map(|path| Path::parse(path)).transpose()?;
        let mut channel =
            Channel::new(&texts, index.as_ref()).map_err(|problem| format!("channel {:?}: {problem}", self.name))?;
        channel.reads_first = self.reads_first;
        Ok(channel)
    }
}

impl TextDeclaration {
    fn compile(&self) -> Result<Alternative, String> {
        let when = self.when.as_ref().map(|when| Ok::<_, String>((Path::parse(&when.path)?, when.test())));
        Ok(Alternative { path: Path::parse(&self.path)?, when: when.transpose()?, as_json: self.as_json })
    }
}

impl WhenDeclaration {
    fn test(&self) -> Test {
        let accept = match (self.is_true, self.is_reason, self.strings.is_empty()) {
            (true, _, _) => Accept::True,
            (_, true, _) => Accept::Reason { unset: bytes(&self.strings) },
            (_, _, true) => Accept::Any,
            _ => Accept::OneOf { strings: bytes(&self.strings), ignore_case: self.ignore_case },
        };
        Test { accept, negated: self.negated }
    }

    fn condition(&self) -> Result<Condition, String> {
        Condition::new(Path::parse(&self.path)?, self.test())
    }
}

impl FinishDeclaration {
    fn compile(&self) -> Result<Channel, String> {
        let reason = Accept::Reason { unset: bytes(&self.unset) };
        let each = self.each.as_deref().map(Path::parse).transpose()?;
        Channel::of_finish(Path::parse(&self.path)?, each.as_ref(), &reason)
            .map_err(|problem| format!("finish: {problem}"))
    }

    fn failure(&self) -> Result<Option<Failure>, String> {
        if self.fails.is_empty() && self.error.is_empty() {
            return Ok(None);
        }
        Ok(Some(Failure {
            reasons: Accept::OneOf { strings: bytes(&self.fails), ignore_case: true },
            errors: self.error.iter().map(|path| values_at(path)).collect::<Result<_, _>>()?,
        }))
    }
}

impl NameDeclaration {
    fn compile(&self) -> Named {
        match self {
            NameDeclaration::Sse => Named::Sse,
            NameDeclaration::Key(name) => Named::Key(key(name)),
            NameDeclaration::Present(path) => Named::Present(keys(path)),
        }
    }
}
