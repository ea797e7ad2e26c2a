//! `Node`, the one native base of events and models, and `Field`, the descriptor of their fields.
//!
//! Python declares the classes. Instances are made here without a call into Python, which would cost more than framing and
//! dispatch together. A node has three pointers:
//!
//! * `raw`: the payload of an event as bytes; NULL in a model.
//! * `tree`: the decoded JSON object; NULL until it is read. Nested objects in it are replaced by nodes when they are read, so
//!   that all nodes share one tree and see assignments.
//! * `row`: the row of the dialect's table that the event belongs to; NULL in a model.
//!
//! The garbage collector tracks a node once it is read. Before that it has only bytes, which cannot be part of a cycle, and
//! most events are dropped without being read.
//!
//! The unsafe code is in this file, since PyO3 cannot make instances of Python subclasses without a call. Every pointer
//! handled here is owned by a live object while the GIL is held.
//!
//! A payload in a block is not copied at first, since the event may be dropped unread. The node refers to the block as `raw`,
//! and `start` and `len` are the place. Reading the payload copies it. [`detach_payload`] copies it too, so that a small event
//! that is kept does not keep a large block alive.
//!
//! A *part* is a model that shows an object inside a payload and is not decoded yet. See [`on_demand`].

mod on_demand;

use crate::once;
use crate::row::{RowObject, Shown};
use crate::stream::new_bytes;
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::ffi;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyType};
use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::ptr;

#[repr(C)]
struct NodeObject {
    base: ffi::PyObject,
    raw: *mut ffi::PyObject,
    tree: *mut ffi::PyObject,
    row: *mut ffi::PyObject,
    /// The nested value that was read, if the node is not decoded; and its key. For an event with a payload field this is the
    /// payload as a model. Most programs never need the object around it.
    kept: *mut ffi::PyObject,
    kept_key: *mut ffi::PyObject,
    start: usize,
    /// `WHOLE`: the payload is all of `raw`.
    len: usize,
    /// The node is a part: `raw` and `row` are those of the event around it, `start` and `len` are its place in `raw`.
    is_part: bool,
    /// How often the payload was indexed to read this node.
    indexings: u8,
    /// The entry of a part in the index of the payload.
    entry: u32,
}

const WHOLE: usize = usize::MAX;

extern "C" {
    /// CPython's cached attribute lookup along the MRO. Returns a borrowed reference and never an error.
    fn _PyType_Lookup(tp: *mut ffi::PyTypeObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject;
}

static NODE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static DECODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static LIST: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static OBJECT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The type object `Node`, made at the first call.
pub fn node_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    let made = once::get_or_make(py, &NODE, || {
        let mut slots = [
            slot(ffi::Py_tp_dealloc, node_dealloc as *mut c_void),
            slot(ffi::Py_tp_traverse, node_traverse as *mut c_void),
            slot(ffi::Py_tp_clear, node_clear as *mut c_void),
            slot(ffi::Py_tp_getattro, node_getattro as *mut c_void),
            slot(ffi::Py_tp_setattro, node_setattro as *mut c_void),
            ffi::PyType_Slot { slot: 0, pfunc: ptr::null_mut() },
        ];
        let mut spec = ffi::PyType_Spec {
            name: c"ssescan._core.Node".as_ptr(),
            basicsize: size_of::<NodeObject>() as c_int,
            itemsize: 0,
            flags: (ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE | ffi::Py_TPFLAGS_HAVE_GC) as u32,
            slots: slots.as_mut_ptr(),
        };
        // SAFETY: the spec lives through the call, its slots have the signatures that they name.
        let made = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&mut spec))? };
        Ok(made.cast_into::<PyType>()?.unbind())
    })?;
    Ok(made.bind(py))
}

fn slot(slot: c_int, pfunc: *mut c_void) -> ffi::PyType_Slot {
    ffi::PyType_Slot { slot, pfunc }
}

/// Checks that instances of `cls` can be made here: it must be a subclass of `Node` that adds nothing to it. A `__dict__` or a
/// weak reference would survive when an event is reused.
pub fn check_class(cls: &Bound<'_, PyType>) -> PyResult<()> {
    let py = cls.py();
    // SAFETY: `cls` is a live type object.
    let plain = unsafe {
        let cls = &*cls.as_type_ptr();
        cls.tp_basicsize as usize == size_of::<NodeObject>() && cls.tp_dictoffset == 0 && cls.tp_weaklistoffset == 0
    };
    match plain && cls.is_subclass(node_type(py)?)? {
        true => {
            drop_directly(cls);
            Ok(())
        }
        false => Err(PyTypeError::new_err(format!("{cls} must derive from Model and declare __slots__ = ()"))),
    }
}

/// Lets [`node_dealloc`] drop instances without the detour that CPython makes for classes declared in Python, which looks for
/// slots, a `__dict__` and weak references.
fn drop_directly(cls: &Bound<'_, PyType>) {
    // SAFETY: a live type. Its instances have nothing beside a node, so nothing else must be dropped; finalizers are called.
    unsafe { (*cls.as_type_ptr()).tp_dealloc = Some(node_dealloc) };
}

/// Makes an instance of `cls`, which [`check_class`] has accepted. Takes the references.
fn make<'py>(
    cls: &Bound<'py, PyType>,
    raw: *mut ffi::PyObject,
    tree: *mut ffi::PyObject,
    row: *mut ffi::PyObject,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the class has the layout of a node; the object is new, so its fields hold garbage
    // that must be overwritten, not dropped.
    unsafe {
        let node = ffi::PyObject_GC_New::<NodeObject>(cls.as_type_ptr());
        if !node.is_null() {
            (*node).raw = raw;
            (*node).tree = tree;
            (*node).row = row;
            (*node).kept = ptr::null_mut();
            (*node).kept_key = ptr::null_mut();
            (*node).start = 0;
            (*node).len = WHOLE;
            (*node).is_part = false;
            (*node).indexings = 0;
            (*node).entry = 0;
            if !tree.is_null() {
                ffi::PyObject_GC_Track(node.cast());
            }
        }
        Bound::from_owned_ptr_or_err(cls.py(), node.cast())
    }
}

/// Makes an event of `row` whose undecoded payload is all of `raw`, or a part of it.
pub fn new_event<'py>(
    row: &Bound<'py, RowObject>,
    raw: Bound<'py, PyBytes>,
    place: Option<(usize, usize)>,
) -> PyResult<Bound<'py, PyAny>> {
    let event = make(row.get().cls.bind(row.py()), raw.into_ptr(), ptr::null_mut(), row.clone().into_ptr())?;
    if let Some((start, len)) = place {
        // SAFETY: just made, and not shared yet.
        let parts = unsafe { &mut *event.as_ptr().cast::<NodeObject>() };
        (parts.start, parts.len) = (start, len);
    }
    Ok(event)
}

/// Turns an event without other references into another event of the same row. Returns false if that is not possible. An event
/// with a finalizer must reach it.
pub fn recycle(
    event: &Bound<'_, PyAny>,
    row: &Bound<'_, RowObject>,
    block: &Bound<'_, PyBytes>,
    start: usize,
    len: usize,
) -> bool {
    // The class is that of the row, by identity, so it has the layout of a node.
    if event.get_type().as_ptr() != row.get().cls.as_ptr() {
        return false;
    }
    // SAFETY: the layout is known, and the caller's reference is the only one if the count says so.
    unsafe {
        let parts = &mut *event.as_ptr().cast::<NodeObject>();
        if ffi::Py_REFCNT(event.as_ptr()) != 1
            || !parts.tree.is_null()
            || !parts.kept.is_null()
            || parts.row != row.as_ptr()
            || (*ffi::Py_TYPE(event.as_ptr())).tp_finalize.is_some()
        {
            return false;
        }
        if parts.raw != block.as_ptr() {
            let old = std::mem::replace(&mut parts.raw, block.clone().into_ptr());
            ffi::Py_XDECREF(old);
        }
        parts.indexings = 0;
        (parts.start, parts.len) = (start, len);
    }
    true
}

/// Copies the payload out of its block, if the event has other references. Other objects are left as they are.
///
/// This also runs when a stream is dropped, perhaps while an exception is being raised. So it must not look up an attribute:
/// CPython loses the exception if the lookup misses its cache.
pub fn detach_payload(event: &Bound<'_, PyAny>) -> PyResult<()> {
    // SAFETY: a live object.
    match unsafe { ffi::Py_REFCNT(event.as_ptr()) } > 1 && Node::is(event) {
        true => Node(event).raw().map(drop),
        false => Ok(()),
    }
}

fn new_model<'py>(cls: &Bound<'py, PyType>, tree: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    make(cls, ptr::null_mut(), tree.clone().into_ptr(), ptr::null_mut())
}

unsafe extern "C" fn node_traverse(node: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    let this = &*node.cast::<NodeObject>();
    // The type is ours to visit, since `Node` itself was made at run time.
    for held in [this.tree, this.kept, ffi::Py_TYPE(node).cast()] {
        if !held.is_null() {
            let stop = visit(held, arg);
            if stop != 0 {
                return stop;
            }
        }
    }
    0
}

unsafe extern "C" fn node_clear(node: *mut ffi::PyObject) -> c_int {
    let this = &mut *node.cast::<NodeObject>();
    let tree = std::mem::replace(&mut this.tree, ptr::null_mut());
    let kept = std::mem::replace(&mut this.kept, ptr::null_mut());
    ffi::Py_XDECREF(tree);
    ffi::Py_XDECREF(kept);
    0
}

unsafe extern "C" fn node_dealloc(node: *mut ffi::PyObject) {
    if (*ffi::Py_TYPE(node)).tp_finalize.is_some() && ffi::PyObject_CallFinalizerFromDealloc(node) != 0 {
        return; // it was resurrected
    }
    ffi::PyObject_GC_UnTrack(node.cast());
    let this = &*node.cast::<NodeObject>();
    let (raw, tree, row, kept, kept_key) = (this.raw, this.tree, this.row, this.kept, this.kept_key);
    let tp = ffi::Py_TYPE(node);
    if let Some(free) = (*tp).tp_free {
        free(node.cast());
    }
    ffi::Py_DECREF(tp.cast());
    ffi::Py_XDECREF(raw);
    ffi::Py_XDECREF(tree);
    ffi::Py_XDECREF(row);
    ffi::Py_XDECREF(kept);
    ffi::Py_XDECREF(kept_key);
}

/// A borrowed node.
#[derive(Clone, Copy)]
struct Node<'a, 'py>(&'a Bound<'py, PyAny>);

impl<'a, 'py> Node<'a, 'py> {
    fn is(object: &Bound<'_, PyAny>) -> bool {
        let made = NODE.get(object.py());
        // SAFETY: both are live type objects.
        made.is_some_and(|made| unsafe {
            ffi::PyType_IsSubtype(ffi::Py_TYPE(object.as_ptr()), made.as_ptr().cast()) != 0
        })
    }

    fn of(object: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        match Node::is(object) {
            true => Ok(Node(object)),
            false => Err(PyTypeError::new_err(format!("expected a Node, got {}", object.get_type()))),
        }
    }

    fn py(self) -> Python<'py> {
        self.0.py()
    }

    fn parts(self) -> *mut NodeObject {
        self.0.as_ptr().cast()
    }

    /// The payload of an event. The first call copies it out of its block.
    fn raw(self) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let py = self.py();
        // SAFETY: the node is alive and owns what it points to.
        let Some(raw) = (unsafe { Bound::from_borrowed_ptr_or_opt(py, (*self.parts()).raw) }) else { return Ok(None) };
        // SAFETY: `raw` is a bytes object or NULL.
        let raw = unsafe { raw.cast_into_unchecked::<PyBytes>() };
        // SAFETY: as above; the range was one of the block's when it was set, and bytes do not change.
        unsafe {
            let parts = &mut *self.parts();
            if parts.is_part {
                return Ok(None);
            }
            if parts.len == WHOLE {
                return Ok(Some(raw));
            }
            let payload = raw.as_bytes().get(parts.start..parts.start + parts.len).unwrap_or_default();
            let copy = new_bytes(py, payload)?;
            let block = std::mem::replace(&mut parts.raw, copy.clone().into_ptr());
            parts.len = WHOLE;
            ffi::Py_DECREF(block);
            Ok(Some(copy))
        }
    }

    /// The row of an event.
    fn row(self) -> Option<Bound<'py, RowObject>> {
        // SAFETY: the node is alive.
        match unsafe { (*self.parts()).is_part } {
            true => None,
            false => self.any_row(),
        }
    }

    /// The row of an event; for a part that of the event around it.
    fn any_row(self) -> Option<Bound<'py, RowObject>> {
        // SAFETY: as above; `row` is a row or NULL.
        unsafe { Bound::from_borrowed_ptr_or_opt(self.py(), (*self.parts()).row).map(|row| row.cast_into_unchecked()) }
    }

    /// The payload around a part, its place in it, and its entry in the index. None for other nodes.
    fn part(self) -> Option<Part<'py>> {
        // SAFETY: as above; the `raw` of a part is a bytes object.
        unsafe {
            let parts = &*self.parts();
            let raw = Bound::from_borrowed_ptr_or_opt(self.py(), parts.raw).filter(|_| parts.is_part)?;
            let place = parts.start..parts.start + parts.len;
            Some(Part { raw: raw.cast_into_unchecked(), place, entry: parts.entry })
        }
    }

    /// The payload of an event and 0, or the payload around a part and its entry in the index.
    fn source(self) -> PyResult<Option<(Bound<'py, PyBytes>, u32)>> {
        match self.part() {
            Some(part) => Ok(Some((part.raw, part.entry))),
            None => Ok(self.raw()?.map(|raw| (raw, 0))),
        }
    }

    /// Notes that the payload was indexed to read this node, and returns how often that happened.
    fn count_indexing(self) -> u8 {
        // SAFETY: as above.
        let count = unsafe { &mut (*self.parts()).indexings };
        *count = count.saturating_add(1);
        *count
    }

    fn decoded(self) -> Option<Bound<'py, PyDict>> {
        // SAFETY: as above; `tree` is a dict or NULL.
        unsafe {
            Bound::from_borrowed_ptr_or_opt(self.py(), (*self.parts()).tree).map(|tree| tree.cast_into_unchecked())
        }
    }

    /// The nested value of a field, if it was read before the node was decoded.
    fn kept(self, key: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
        // SAFETY: as above.
        unsafe {
            let parts = &*self.parts();
            let value = parts.kept_key == key.as_ptr();
            Bound::from_borrowed_ptr_or_opt(self.py(), if value { parts.kept } else { ptr::null_mut() })
        }
    }

    /// Whether a nested value is kept.
    fn keeps(self) -> bool {
        // SAFETY: as above.
        unsafe { !(*self.parts()).kept.is_null() }
    }

    /// Keeps a nested value, and returns it. If one was kept while it was made, that one counts. None: the node was decoded
    /// meanwhile, or has another one.
    fn keep(self, key: &Bound<'py, PyString>, value: Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
        if self.keeps() {
            return self.kept(key);
        }
        // SAFETY: as above.
        unsafe {
            let parts = &mut *self.parts();
            if !parts.tree.is_null() {
                return None;
            }
            parts.kept = value.clone().into_ptr();
            ffi::Py_XDECREF(std::mem::replace(&mut parts.kept_key, key.clone().into_ptr()));
        }
        self.track();
        Some(value)
    }

    /// Stores the decoded object, and drops the value that was kept. A part no longer needs its payload.
    fn set_tree(self, tree: Bound<'py, PyDict>) {
        // SAFETY: as above. What the node owned is dropped after the new object is in place.
        unsafe {
            let parts = &mut *self.parts();
            let tree = std::mem::replace(&mut parts.tree, tree.into_ptr());
            let kept = std::mem::replace(&mut parts.kept, ptr::null_mut());
            let raw = if parts.is_part { std::mem::replace(&mut parts.raw, ptr::null_mut()) } else { ptr::null_mut() };
            self.track();
            ffi::Py_XDECREF(tree);
            ffi::Py_XDECREF(kept);
            ffi::Py_XDECREF(raw);
        }
    }

    fn track(self) {
        // SAFETY: nodes are allocated with what the collector needs.
        unsafe {
            if ffi::PyObject_GC_IsTracked(self.0.as_ptr()) == 0 {
                ffi::PyObject_GC_Track(self.0.as_ptr().cast());
            }
        }
    }

    /// The payload of an event, or the object of a part; an empty object for an event that was made without one.
    fn payload(self) -> PyResult<Bound<'py, PyDict>> {
        if let Some(part) = self.part().filter(|part| part.entry > 0) {
            return Ok(on_demand::decode(&part.raw, part.place, self.any_row().as_ref())?.cast_into::<PyDict>()?);
        }
        match self.source()? {
            Some((raw, _)) => decode(&raw, self.any_row().as_ref()),
            None => Ok(PyDict::new(self.py())),
        }
    }

    /// The payload of an event, which is a list if the dialect has such payloads.
    fn payload_or_list(self) -> PyResult<Bound<'py, PyAny>> {
        match self.raw()? {
            Some(raw) if raw.as_bytes().trim_ascii_start().starts_with(b"[") => {
                let name = self.row().map(|row| row.get().name.clone_ref(self.py()));
                once::import(self.py(), &LIST, "ssescan.models._json", "loads")?.call1((raw, name))
            }
            _ => self.payload().map(Bound::into_any),
        }
    }

    /// The decoded object. The first call decodes it.
    fn tree(self) -> PyResult<Bound<'py, PyDict>> {
        if let Some(tree) = self.decoded() {
            return Ok(tree);
        }
        let tree = match self.row().filter(|row| row.get().wraps()) {
            Some(row) if self.keeps() => row.get().wrap(self.py(), self.py().None().bind(self.py()))?,
            Some(row) => row.get().wrap(self.py(), &self.payload_or_list()?)?,
            None => self.payload()?,
        };
        if let Some(tree) = self.decoded() {
            return Ok(tree); // decoding may run Python code
        }
        if self.keeps() {
            // SAFETY: both are set together.
            unsafe {
                let parts = &*self.parts();
                let (key, value) = (parts.kept_key, parts.kept);
                tree.set_item(Bound::from_borrowed_ptr(self.py(), key), Bound::from_borrowed_ptr(self.py(), value))?;
            }
        }
        self.set_tree(tree.clone());
        Ok(tree)
    }

    /// The payload field of an event, without the object around it.
    fn payload_of(self, field: &Field) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some(payload) = on_demand::read(self, field, true)? {
            return Ok(Some(payload));
        }
        let payload = field.kind(self.py())?.value(self.payload_or_list()?)?;
        Ok(self.keep(field.key.bind(self.py()), payload))
    }
}

/// The object of a part.
struct Part<'py> {
    raw: Bound<'py, PyBytes>,
    place: Range<usize>,
    entry: u32,
}

/// Decodes the JSON object in `raw`, with orjson, and with `ssescan.models._json` where orjson refuses.
fn decode<'py>(raw: &Bound<'py, PyBytes>, row: Option<&Bound<'py, RowObject>>) -> PyResult<Bound<'py, PyDict>> {
    let py = raw.py();
    let loads = once::import(py, &LOADS, "orjson", "loads")?;
    if let Ok(payload) = loads.call1((raw,)) {
        if let Ok(payload) = payload.cast_into_exact::<PyDict>() {
            return Ok(payload);
        }
    }
    let name = row.map(|row| row.get().name.clone_ref(py));
    Ok(once::import(py, &DECODE, "ssescan.models._json", "decode")?.call1((raw, name))?.cast_into::<PyDict>()?)
}

unsafe extern "C" fn node_getattro(node: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    let py = Python::assume_attached();
    let node = Bound::from_borrowed_ptr(py, node);
    let found = _PyType_Lookup(ffi::Py_TYPE(node.as_ptr()), name);
    let value = if found.is_null() {
        undeclared(Node(&node), Bound::from_borrowed_ptr(py, name))
    } else if ffi::Py_TYPE(found) == Field::type_object_raw(py) {
        let field = Bound::from_borrowed_ptr(py, found).cast_into_unchecked::<Field>();
        field.get().read(Node(&node))
    } else {
        return ffi::PyObject_GenericGetAttr(node.as_ptr(), name);
    };
    give(py, value)
}

unsafe extern "C" fn node_setattro(
    node: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> c_int {
    let py = Python::assume_attached();
    let node = Bound::from_borrowed_ptr(py, node);
    let found = _PyType_Lookup(ffi::Py_TYPE(node.as_ptr()), name);
    let key = if found.is_null() {
        Bound::from_borrowed_ptr(py, name)
    } else if ffi::Py_TYPE(found) == Field::type_object_raw(py) {
        let field = Bound::from_borrowed_ptr(py, found).cast_into_unchecked::<Field>();
        field.get().key.bind(py).clone().into_any()
    } else {
        return ffi::PyObject_GenericSetAttr(node.as_ptr(), name, value);
    };
    let done = Node(&node).tree().and_then(|tree| match Bound::from_borrowed_ptr_or_opt(py, value) {
        Some(value) => tree.set_item(key, value),
        None => tree.del_item(&key).map_err(|_| no_attribute(&node, &key)),
    });
    match done {
        Ok(()) => 0,
        Err(error) => {
            error.restore(py);
            -1
        }
    }
}

fn give(py: Python<'_>, value: PyResult<Bound<'_, PyAny>>) -> *mut ffi::PyObject {
    value.map(Bound::into_ptr).unwrap_or_else(|error| {
        error.restore(py);
        ptr::null_mut()
    })
}

/// A key of the payload that the class does not declare; it can be read all the same.
fn undeclared<'py>(node: Node<'_, 'py>, name: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the generic lookup, for subclasses of users that have a __dict__.
    if unsafe { (*ffi::Py_TYPE(node.0.as_ptr())).tp_dictoffset } != 0 {
        // SAFETY: both are live objects.
        let found = unsafe {
            Bound::from_owned_ptr_or_err(node.py(), ffi::PyObject_GenericGetAttr(node.0.as_ptr(), name.as_ptr()))
        };
        if found.is_ok() {
            return found;
        }
    }
    // Names with two leading underscores belong to Python; a lookup of one must not decode the payload.
    let dunder = name.cast::<PyString>().is_ok_and(|name| name.to_str().is_ok_and(|name| name.starts_with("__")));
    if !dunder {
        let tree = node.tree()?;
        if let Some(value) = tree.get_item(&name)? {
            return look(&tree, &name, value, &Kind::Open);
        }
    }
    Err(no_attribute(node.0, &name))
}

fn no_attribute(node: &Bound<'_, PyAny>, name: &Bound<'_, PyAny>) -> PyErr {
    let class = node.get_type().name().map(|name| name.to_string()).unwrap_or_default();
    PyAttributeError::new_err(format!("'{class}' object has no attribute '{name}'"))
}

/// A kind that contains itself has no end; declared types are a few levels deep.
const MAX_KIND_DEPTH: usize = 32;

/// The type that a JSON object or array in a field becomes when it is read.
enum Kind {
    /// It stays the dict or list that it is.
    Keep,
    /// Objects become `Object`, a dict with attribute access.
    Open,
    Model(Py<PyType>),
    /// The value of `key` decides: a class, or a further kind as `parse_kind` takes it. `other` is for the remaining values.
    Union {
        key: Py<PyString>,
        classes: Py<PyDict>,
        other: Option<Py<PyType>>,
        /// The key, and those of the classes that one string decides, for `on_demand`.
        tag: Box<[u8]>,
        classes_by_text: Vec<(Box<[u8]>, Py<PyType>)>,
    },
    List(Box<Kind>),
    /// The values of an object are of this kind; the object stays a dict.
    Map(Box<Kind>),
}

impl Kind {
    /// The value of a field. Objects in it are converted.
    fn value<'py>(&self, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let value = match value.cast_into_exact::<PyDict>() {
            Ok(dict) => return self.object(dict),
            Err(error) => error.into_inner(),
        };
        if let Ok(list) = value.cast_exact::<PyList>() {
            self.list(list)?;
        }
        Ok(value)
    }

    fn object<'py>(&self, dict: Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        let py = dict.py();
        match self {
            Kind::Keep => Ok(dict.into_any()),
            Kind::Model(cls) => new_model(cls.bind(py), &dict),
            Kind::Union { key, classes, other, .. } => {
                let tag = dict.get_item(key)?;
                let cls = tag.and_then(|tag| classes.bind(py).get_item(tag).ok().flatten());
                match (cls, other) {
                    (Some(cls), _) => match cls.cast::<PyType>() {
                        Ok(cls) => new_model(cls, &dict),
                        Err(_) => parse_kind(&cls, 0)?.object(dict),
                    },
                    (None, Some(cls)) => new_model(cls.bind(py), &dict),
                    (None, None) => to_object(&dict),
                }
            }
            Kind::Open | Kind::List(_) => to_object(&dict),
            Kind::Map(inner) => {
                for (key, value) in dict.copy()? {
                    if let Ok(value) = value.cast_into_exact::<PyDict>() {
                        dict.set_item(key, inner.object(value)?)?;
                    }
                }
                Ok(dict.into_any())
            }
        }
    }

    fn list(&self, list: &Bound<'_, PyList>) -> PyResult<()> {
        let inner = match self {
            Kind::List(inner) => inner,
            Kind::Keep => return Ok(()),
            _ => &Kind::Open,
        };
        // The first read converts all objects of a list. So a list that neither begins nor ends with one was read already, or
        // has no objects.
        let is_dict = |at: usize| list.get_item(at).is_ok_and(|item| item.is_exact_instance_of::<PyDict>());
        if !is_dict(0) && !is_dict(list.len().saturating_sub(1)) {
            return Ok(());
        }
        let mut at = 0;
        while let Ok(item) = list.get_item(at) {
            if let Ok(dict) = item.cast_exact::<PyDict>() {
                let made = inner.object(dict.clone())?;
                // Making an object may run code that changes the list.
                if list.get_item(at).is_ok_and(|now| now.is(&item)) {
                    list.set_item(at, made)?;
                }
            }
            at += 1;
        }
        Ok(())
    }
}

fn to_object<'py>(dict: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    once::import(dict.py(), &OBJECT, "ssescan.models", "Object")?.call1((dict,))
}

/// Returns the value of `key`. Objects in it are converted as `kind` says, and stay converted.
fn look<'py>(
    tree: &Bound<'py, PyDict>,
    key: &Bound<'py, PyAny>,
    value: Bound<'py, PyAny>,
    kind: &Kind,
) -> PyResult<Bound<'py, PyAny>> {
    let made = kind.value(value.clone())?;
    if !made.is(&value) {
        tree.set_item(key, &made)?;
    }
    Ok(made)
}

/// One declared field of a class. `resolver(field)` returns the type of its JSON objects at the first read, so that classes
/// may refer to each other in any order.
#[pyclass(frozen, module = "ssescan._core")]
pub struct Field {
    #[pyo3(get)]
    name: Py<PyString>,
    /// The name on the wire.
    #[pyo3(get)]
    key: Py<PyString>,
    #[pyo3(get)]
    annotation: Py<PyAny>,
    #[pyo3(get)]
    required: bool,
    #[pyo3(get)]
    owner: Py<PyAny>,
    resolver: Py<PyAny>,
    kind: PyOnceLock<Kind>,
    /// `key` in UTF-8.
    wire_key: Box<[u8]>,
}

#[pymethods]
impl Field {
    #[new]
    fn new(
        name: &Bound<'_, PyString>,
        key: &Bound<'_, PyString>,
        annotation: Py<PyAny>,
        required: bool,
        owner: Py<PyAny>,
        resolver: Py<PyAny>,
    ) -> PyResult<Self> {
        let py = name.py();
        let intern = |text: &Bound<'_, PyString>| -> PyResult<Py<PyString>> {
            Ok(PyString::intern(py, text.to_str()?).unbind())
        };
        Ok(Field {
            name: intern(name)?,
            key: intern(key)?,
            annotation,
            required,
            owner,
            resolver,
            kind: PyOnceLock::new(),
            wire_key: key.to_str()?.as_bytes().into(),
        })
    }

    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        node: &Bound<'py, PyAny>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match node.is_none() {
            true => Ok(slf.clone().into_any()),
            false => slf.get().read(Node::of(node)?),
        }
    }

    fn __set__(&self, node: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        Node::of(node)?.tree()?.set_item(self.key.bind(node.py()), value)
    }

    /// A class refers to its fields, and they to their class.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.owner)?;
        visit.call(&self.annotation)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<field {}: {}>", self.name.bind(py), self.annotation.bind(py).str()?))
    }
}

impl Field {
    fn type_object_raw(py: Python<'_>) -> *mut ffi::PyTypeObject {
        <Field as pyo3::PyTypeInfo>::type_object_raw(py)
    }

    fn read<'py>(&self, node: Node<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let py = node.py();
        let tree = match node.decoded() {
            Some(tree) => tree,
            None => match self.read_undecoded(node)? {
                Some(value) => return Ok(value),
                None => node.tree()?,
            },
        };
        let key = self.key.bind(py);
        // SAFETY: a live dict and key; the reference is borrowed and taken at once.
        let value =
            unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyDict_GetItemWithError(tree.as_ptr(), key.as_ptr())) };
        let Some(value) = value else {
            return Ok(py.None().into_bound(py));
        };
        if value.is_exact_instance_of::<PyDict>() || value.is_exact_instance_of::<PyList>() {
            return look(&tree, key.as_any(), value, self.kind(py)?);
        }
        Ok(value)
    }

    /// None if the object of the node must be decoded.
    fn read_undecoded<'py>(&self, node: Node<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = node.py();
        let Some(row) = node.row() else { return on_demand::read(node, self, false) };
        match row.get().shows(py, &self.key) {
            Shown::Name(name) => Ok(Some(name.into_bound(py).into_any())),
            Shown::Payload => node.payload_of(self),
            Shown::Part if row.get().wraps() => Ok(None),
            Shown::Part => on_demand::read(node, self, false),
        }
    }

    fn kind(&self, py: Python<'_>) -> PyResult<&Kind> {
        if let Some(kind) = self.kind.get(py) {
            return Ok(kind);
        }
        once::get_or_make(py, &self.kind, || {
            parse_kind(&self.resolver.bind(py).call1((self.owner.bind(py), self.annotation.bind(py)))?, 0)
        })
    }
}

/// Reads the kind that the resolver returns: a class, `(key, {value: class or kind}, class or None)`, `[kind]`, `{"*": kind}`,
/// "keep", or None. `depth`: the kinds around it.
fn parse_kind(spec: &Bound<'_, PyAny>, depth: usize) -> PyResult<Kind> {
    if depth > MAX_KIND_DEPTH {
        return Err(PyTypeError::new_err(format!("Field type is nested too deeply (limit {MAX_KIND_DEPTH})")));
    }
    let class = |cls: &Bound<'_, PyAny>| -> PyResult<Py<PyType>> {
        let cls = cls.cast::<PyType>()?;
        check_class(cls)?;
        Ok(cls.clone().unbind())
    };
    if spec.is_none() {
        return Ok(Kind::Open);
    }
    if spec.cast::<PyString>().is_ok() {
        return Ok(Kind::Keep);
    }
    if let Ok(list) = spec.cast::<PyList>() {
        return Ok(Kind::List(Box::new(parse_kind(&list.get_item(0)?, depth + 1)?)));
    }
    if let Ok(map) = spec.cast::<PyDict>() {
        let inner = map.get_item("*")?.ok_or_else(|| PyTypeError::new_err("expected a kind under '*'"))?;
        return Ok(Kind::Map(Box::new(parse_kind(&inner, depth + 1)?)));
    }
    if spec.cast::<PyType>().is_ok() {
        return Ok(Kind::Model(class(spec)?));
    }
    let (key, classes, other): (Bound<'_, PyString>, Bound<'_, PyDict>, Bound<'_, PyAny>) = spec.extract()?;
    for cls in classes.values() {
        parse_kind(&cls, depth + 1)?;
    }
    let other = match other.is_none() {
        true => None,
        false => Some(class(&other)?),
    };
    let tag = key.to_str()?.as_bytes().into();
    let mut classes_by_text = Vec::new();
    for (text, cls) in &classes {
        if let (Ok(text), Ok(cls)) = (text.extract::<String>(), cls.cast_into::<PyType>()) {
            classes_by_text.push((text.into_bytes().into(), cls.unbind()));
        }
    }
    Ok(Kind::Union { key: key.unbind(), classes: classes.unbind(), other, tag, classes_by_text })
}

/// The payload of an event as bytes, or None.
#[pyfunction]
pub fn node_raw<'py>(node: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    Node::of(node)?.raw()
}

/// The row of the dialect's table that an event is of, or None.
#[pyfunction]
pub fn node_row<'py>(node: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, RowObject>>> {
    Ok(Node::of(node)?.row())
}

/// The decoded object of a node. With `decode=False` it is None if no part of the node was read.
#[pyfunction]
#[pyo3(signature = (node, *, decode=true))]
pub fn node_tree<'py>(node: &Bound<'py, PyAny>, decode: bool) -> PyResult<Option<Bound<'py, PyDict>>> {
    let node = Node::of(node)?;
    match decode {
        true => node.tree().map(Some),
        false if node.keeps() || node.part().is_some() => node.tree().map(Some),
        false => Ok(node.decoded()),
    }
}

/// Replaces the object of a node.
#[pyfunction]
pub fn node_set_tree<'py>(node: &Bound<'py, PyAny>, tree: Bound<'py, PyDict>) -> PyResult<()> {
    Node::of(node)?.set_tree(tree);
    Ok(())
}

/// Makes a node of class `cls` from its parts.
#[pyfunction]
pub fn node_new<'py>(
    cls: &Bound<'py, PyType>,
    raw: Option<Bound<'py, PyBytes>>,
    tree: Option<Bound<'py, PyDict>>,
    row: Option<Bound<'py, RowObject>>,
) -> PyResult<Bound<'py, PyAny>> {
    check_class(cls)?;
    let pointer = |object: Option<Bound<'py, PyAny>>| object.map_or(ptr::null_mut(), Bound::into_ptr);
    make(cls, pointer(raw.map(Bound::into_any)), pointer(tree.map(Bound::into_any)), pointer(row.map(Bound::into_any)))
}
