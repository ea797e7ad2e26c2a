//! Conditions on the values of an event.

use crate::json::Value;
use crate::lookup::Quoted;
use crate::text::Text;
use crate::textpath::{self, Channel, Path};

/// A condition on one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    pub accept: Accept,
    /// The condition holds if the value is not accepted.
    pub negated: bool,
}

/// The values that a condition accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accept {
    /// Every value but null and the empty string.
    Any,
    /// The values that are true in Python.
    True,
    /// One of these strings. Integers, true and false are compared as they are in JSON.
    OneOf { strings: Vec<Vec<u8>>, ignore_case: bool },
    /// A finish reason: a string that is not blank and not one of these, in any case.
    Reason { unset: Vec<Vec<u8>> },
}

impl Test {
    /// `value`: `None` if it is missing.
    pub fn holds(&self, value: Option<Value>, doc: &[u8]) -> bool {
        value.is_some_and(|value| self.accept.accepts(value, doc)) != self.negated
    }
}

impl Accept {
    pub fn accepts(&self, value: Value, doc: &[u8]) -> bool {
        match (self, value) {
            (Accept::Any, Value::Str { start, end, .. }) => start != end,
            (Accept::Any, value) => value != Value::Null,
            (Accept::True, value) => value.is_truthy(doc),
            (Accept::OneOf { strings, ignore_case }, Value::Str { start, end, plain }) => {
                let text = text_of(doc.get(start..end).unwrap_or_default(), plain);
                strings.iter().any(|string| match ignore_case {
                    true => text.as_bytes().eq_ignore_ascii_case(string),
                    false => text.as_bytes() == string.as_slice(),
                })
            }
            (Accept::OneOf { strings, .. }, Value::Int(_) | Value::True | Value::False) => {
                strings.iter().any(|string| value.json(doc) == string.as_slice())
            }
            (Accept::Reason { unset }, Value::Str { start, end, plain }) if start != end => {
                let text = text_of(doc.get(start..end).unwrap_or_default(), plain);
                let word = text.as_bytes().trim_ascii();
                !word.is_empty() && !unset.iter().any(|string| word.eq_ignore_ascii_case(string))
            }
            (Accept::OneOf { .. } | Accept::Reason { .. }, _) => false,
        }
    }
}

/// The text of a string in a document. `plain`: it has no escapes.
fn text_of(string: &[u8], plain: bool) -> Text {
    let mut text = Text::default();
    text.push_json(string, plain);
    text
}

/// A condition on the values at a path of a payload: it holds if one of them is accepted.
#[derive(Debug)]
pub struct Condition {
    values: Channel,
    quoted: Option<Quoted>,
    test: Test,
}

impl Condition {
    pub fn new(path: Path, test: Test) -> Result<Condition, String> {
        let quoted = Quoted::of(&path);
        Ok(Condition { values: Channel::of_values(vec![path])?, quoted, test })
    }

    pub fn holds(&self, payload: &[u8]) -> bool {
        let absent = self.quoted.as_ref().is_some_and(|quoted| !quoted.may_be_in(payload));
        let accepts = |value: &Value| self.test.accept.accepts(*value, payload);
        (!absent && textpath::values(payload, &self.values).iter().any(accepts)) != self.test.negated
    }

    /// The key without which the condition does not hold, if there is one.
    pub fn needed_key(&self) -> Option<&Quoted> {
        self.quoted.as_ref().filter(|_| !self.test.negated)
    }

    /// Whether the payload must be an array.
    pub fn is_in_array(&self) -> bool {
        self.values.is_in_array()
    }
}
