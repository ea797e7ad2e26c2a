//! Fields that are read from the bytes of a payload, while nothing of it is decoded.
//!
//! A string or number is made when it is read. A nested object becomes a *part*: a node that refers to the payload and to a
//! range in it. A list of objects becomes a list of parts. The node keeps the nested value, so that the next read returns the
//! same object. It keeps one: a second nested value, a write and whatever else needs all of an object decode it. The decoded
//! object then holds the value that was kept.
//!
//! One index is kept, of the payload that was read last, since programs read an event and then the next one. So neither an
//! event nor a part owns memory for it.

use super::{make, Field, Kind, Node, NodeObject, LOADS};
use crate::once;
use crate::row::RowObject;
use crate::stream::{new_bytes, py_text};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyList, PyString, PyType};
use ssescan_core::text::Text;
use ssescan_core::value_index::{self, Entry, Kind as JsonKind, ValueIndex};
use std::cell::RefCell;
use std::ops::Range;
use std::ptr;

static DECODE_PART: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// A node whose payload was indexed more often is decoded: the program returns to old events.
const MAX_INDEXINGS: u8 = 3;

/// The payload that was read last.
struct Indexed {
    raw: Option<Py<PyBytes>>,
    /// False: it must be decoded as a whole.
    valid: bool,
    index: ValueIndex,
}

impl Indexed {
    #[inline(never)]
    fn change_to(&mut self, raw: &Bound<'_, PyBytes>) {
        let doc = raw.as_bytes();
        self.valid = match self.raw.as_ref().filter(|_| self.valid) {
            Some(known) => self.index.build_like(known.as_bytes(raw.py()), doc),
            None => self.index.build(doc),
        };
        self.raw = Some(raw.clone().unbind());
    }
}

struct UnderGil<T>(T);

// SAFETY: used with a `Python` token only, and the module needs the GIL (`gil_used = true`).
unsafe impl<T> Sync for UnderGil<T> {}

static INDEXED: UnderGil<RefCell<Indexed>> =
    UnderGil(RefCell::new(Indexed { raw: None, valid: false, index: ValueIndex::new() }));

/// The place of an object in a payload: its entry in the index, and the payload itself.
struct Place<'a, 'py> {
    node: Node<'a, 'py>,
    raw: Bound<'py, PyBytes>,
    entry: u32,
}

/// Returns the value of a field; None if the node's object must be decoded. `payload`: the field shows the whole payload.
pub(super) fn read<'py>(node: Node<'_, 'py>, field: &Field, payload: bool) -> PyResult<Option<Bound<'py, PyAny>>> {
    let key = field.key.bind(node.py());
    if let Some(value) = node.kept(key) {
        return Ok(Some(value));
    }
    let Some(place) = Place::of(node)? else { return Ok(None) };
    let found = place.look(|index, doc| {
        let at = if payload { Some(0) } else { index.member(doc, place.entry, &field.wire_key) };
        Some(at.and_then(|at| Some((at, index.entry(at)?))))
    });
    match found {
        None => Ok(None),
        Some(None) => Ok(Some(node.py().None().into_bound(node.py()))),
        Some(Some((_, entry))) if !entry.is_nested() => place.scalar(&entry).map(Some),
        Some(Some(_)) if node.keeps() => Ok(None),
        Some(Some((at, entry))) => {
            let value = place.nested(at, &entry, field.kind(node.py())?)?;
            Ok(node.keep(key, value))
        }
    }
}

/// Decodes the value in a range of a payload, as it is decoded with the whole payload.
pub(super) fn decode<'py>(
    raw: &Bound<'py, PyBytes>,
    range: Range<usize>,
    row: Option<&Bound<'py, RowObject>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = raw.py();
    let json = raw.as_bytes().get(range.clone()).unwrap_or_default();
    // Whether a long integer becomes a float depends on the rest of the payload.
    if !value_index::may_have_long_integer(json) {
        if let Ok(value) = once::import(py, &LOADS, "orjson", "loads")?.call1((new_bytes(py, json)?,)) {
            return Ok(value);
        }
    }
    let name = row.map(|row| row.get().name.clone_ref(py));
    once::import(py, &DECODE_PART, "ssescan.models._json", "decode_part")?.call1((raw, range.start, range.end, name))
}

impl<'a, 'py> Place<'a, 'py> {
    fn of(node: Node<'a, 'py>) -> PyResult<Option<Self>> {
        let source = node.source()?.filter(|(raw, _)| raw.as_bytes().len() <= value_index::MAX_BYTES);
        Ok(source.map(|(raw, entry)| Place { node, raw, entry }))
    }

    /// Calls `read` with the index of the payload. Returns None if there is no index. `read` must not run Python code.
    #[inline(always)]
    fn look<T>(&self, read: impl FnOnce(&ValueIndex, &[u8]) -> Option<T>) -> Option<T> {
        let doc = self.raw.as_bytes();
        let mut last = INDEXED.0.try_borrow_mut().ok()?;
        if !last.raw.as_ref().is_some_and(|known| known.is(&self.raw)) {
            if self.node.count_indexing() > MAX_INDEXINGS {
                return None;
            }
            last.change_to(&self.raw);
        }
        match last.valid {
            true => read(&last.index, doc),
            false => None,
        }
    }

    /// The value of an entry that is neither an object nor an array.
    fn scalar(&self, entry: &Entry) -> PyResult<Bound<'py, PyAny>> {
        let py = self.raw.py();
        let json = self.raw.as_bytes().get(entry.range()).unwrap_or_default();
        let digits = || std::str::from_utf8(json).unwrap_or_default();
        Ok(match entry.kind {
            JsonKind::Null => py.None().into_bound(py),
            JsonKind::True => PyBool::new(py, true).to_owned().into_any(),
            JsonKind::False => PyBool::new(py, false).to_owned().into_any(),
            JsonKind::Int => digits().parse::<i64>()?.into_pyobject(py)?.into_any(),
            JsonKind::Float => PyFloat::new(py, digits().parse()?).into_any(),
            JsonKind::Text => match PyString::from_bytes(py, json) {
                Ok(text) => text.into_any(),
                Err(_) => string(py, json)?,
            },
            _ => string(py, json)?,
        })
    }

    /// The value of an entry that is an object or array.
    fn nested(&self, at: u32, entry: &Entry, kind: &Kind) -> PyResult<Bound<'py, PyAny>> {
        let made = match entry.kind {
            JsonKind::Object => self.object(at, entry, kind)?,
            JsonKind::Array => self.list(at, kind)?,
            _ => None,
        };
        if let Some(made) = made {
            return Ok(made);
        }
        kind.value(decode(&self.raw, entry.range(), self.node.any_row().as_ref())?)
    }

    /// None if the class depends on more than a string.
    fn object(&self, at: u32, entry: &Entry, kind: &Kind) -> PyResult<Option<Bound<'py, PyAny>>> {
        let class = self.look(|index, doc| class_of(kind, index, doc, at));
        class.map(|class| self.part(class, at, entry)).transpose()
    }

    /// None if the class of an element depends on more than a string.
    fn list(&self, array: u32, kind: &Kind) -> PyResult<Option<Bound<'py, PyAny>>> {
        let inner = if let Kind::List(inner) = kind { inner } else { &Kind::Open };
        let list = PyList::empty(self.raw.py());
        let mut after = array;
        loop {
            let next = self.look(|index, doc| match index.element(array, after) {
                None => Some(None),
                Some(at) => Some(Some((at, index.entry(at)?, class_of(inner, index, doc, at)?))),
            });
            match next {
                None => return Ok(None),
                Some(None) => return Ok(Some(list.into_any())),
                Some(Some((at, entry, class))) => {
                    list.append(self.part(class, at, &entry)?)?;
                    after = at;
                }
            }
        }
    }

    fn part(&self, class: &Py<PyType>, at: u32, entry: &Entry) -> PyResult<Bound<'py, PyAny>> {
        let row = self.node.any_row().map_or(ptr::null_mut(), Bound::into_ptr);
        let made = make(class.bind(self.raw.py()), self.raw.clone().into_ptr(), ptr::null_mut(), row)?;
        // SAFETY: just made, and not shared yet.
        let parts = unsafe { &mut *made.as_ptr().cast::<NodeObject>() };
        (parts.is_part, parts.entry) = (true, at);
        (parts.start, parts.len) = (entry.range().start, entry.range().len());
        Ok(made)
    }
}

/// The class of the object at an entry. None for an object without a class, or if more than a string decides.
fn class_of<'k>(kind: &'k Kind, index: &ValueIndex, doc: &[u8], at: u32) -> Option<&'k Py<PyType>> {
    match kind {
        Kind::Model(class) => Some(class),
        Kind::Union { tag, classes_by_text, .. } => {
            let tag = index.entry(index.member(doc, at, tag)?)?;
            let text = doc.get(tag.range()).filter(|_| tag.kind == JsonKind::Text)?;
            classes_by_text.iter().find(|(known, _)| **known == *text).map(|(_, class)| class)
        }
        _ => None,
    }
}

/// The Python string of a JSON string.
fn string<'py>(py: Python<'py>, json: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let mut text = Text::default();
    text.push_json(json, false);
    py_text(py, &text)
}
