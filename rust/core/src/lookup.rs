//! Searches for keys and values that most documents do not have. A search finds that out sooner than a walk.

use crate::json::{self, Key, Value};
use crate::template::Role;
use crate::textpath::{self, Channel, Path};
use memchr::{memchr_iter, memmem};

/// A key in its quotes.
#[derive(Debug, Clone)]
#[allow(clippy::len_without_is_empty)] // it is never empty
pub struct Quoted {
    /// Making a searcher takes as long as searching a small document.
    finder: memmem::Finder<'static>,
}

impl Quoted {
    pub fn new(key: &[u8]) -> Quoted {
        Quoted { finder: memmem::Finder::new(&[b"\"", key, b"\""].concat()).into_owned() }
    }

    /// The last key of a path; `None` if it does not end in one.
    pub fn of(path: &Path) -> Option<Quoted> {
        path.last_key().map(Quoted::new)
    }

    /// The length of the key, with its quotes.
    pub fn len(&self) -> usize {
        self.finder.needle().len()
    }

    /// The key without its quotes.
    pub fn key(&self) -> &[u8] {
        let key = self.finder.needle();
        key.get(1..key.len() - 1).unwrap_or_default()
    }

    /// Whether these bytes end in the key, with its quotes.
    pub fn is_end_of(&self, bytes: &[u8]) -> bool {
        bytes.ends_with(self.finder.needle())
    }

    /// Where the key ends in the document, from `at` on.
    pub fn end_after(&self, doc: &[u8], at: usize) -> Option<usize> {
        Some(at + self.finder.find(doc.get(at..)?)? + self.len())
    }

    /// Whether the document contains the key, or could contain it, written with escapes.
    pub fn may_be_in(&self, doc: &[u8]) -> bool {
        self.finder.find(doc).is_some() || has_escaped_letter(doc)
    }
}

/// Whether a character below U+0100 is written as an escape.
pub fn has_escaped_letter(doc: &[u8]) -> bool {
    memchr_iter(b'\\', doc).any(|at| doc.get(at..).is_some_and(|rest| rest.starts_with(b"\\u00")))
}

/// A key at the top of a document.
#[derive(Debug)]
pub struct Lookup {
    key: [Key; 1],
    quoted: Quoted,
}

impl Lookup {
    pub fn new(key: Key) -> Lookup {
        Lookup { quoted: Quoted::new(&key), key: [key] }
    }

    pub fn path(&self) -> &[Key] {
        &self.key
    }

    pub fn may_be_in(&self, doc: &[u8]) -> bool {
        self.quoted.may_be_in(doc)
    }

    /// The value, if there is one.
    pub fn find(&self, doc: &[u8]) -> Option<Value> {
        let [value, ..] = self.may_be_in(doc).then(|| json::find(doc, &[&self.key]))?.ok()?;
        value
    }
}

/// Paths of a value. The first one counts at which there is a value other than null.
#[derive(Debug)]
pub struct Values {
    quoted: Quoted,
    values: Channel,
}

impl Values {
    /// All paths must end in the same key.
    pub fn new(paths: Vec<Path>) -> Result<Values, String> {
        let last = paths.first().and_then(Path::last_key).map(<[u8]>::to_vec);
        let Some(key) = last.filter(|key| paths.iter().all(|path| path.last_key() == Some(key))) else {
            return Err("all paths of the usage must end in the same key".into());
        };
        Ok(Values { quoted: Quoted::new(&key), values: Channel::of_values(paths)? })
    }

    /// The role of the values of a key.
    pub fn role(&self, key: &[u8]) -> Role {
        if self.values.begins_with(key) {
            Role::TopUsage
        } else if self.values.has_key(key) {
            Role::Usage
        } else {
            Role::Unused
        }
    }

    /// The value; of several in an array the last one.
    pub fn find(&self, doc: &[u8]) -> Option<Value> {
        self.quoted.may_be_in(doc).then(|| textpath::values(doc, &self.values))?.pop()
    }
}
