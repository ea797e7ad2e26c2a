//! `Node`, the one native base of events and models, and `Field`, the descriptor of their fields.
//!
//! Python declares the classes; instances are made here without calling into Python, which would
//! cost more than framing and dispatch together. A node is three pointers:
//!
//! * `raw`: the payload as bytes, of an event; NULL in a model.
//! * `tree`: the decoded JSON object; NULL until somebody looks. Nested objects in it are replaced by
//!   nodes as they are looked at, so a model is a view, and an assignment is seen by everybody.
//! * `row`: the row of the dialect's table that the event is of; NULL in a model.
//!
//! A node is tracked by the garbage collector from the first look on. Before that it holds bytes, which
//! can't be part of a cycle, and most events are dropped unseen.
//!
//! This file is where the unsafe code is: PyO3 can't make instances of Python subclasses without
//! a call. Every pointer handled here is owned by a live object while the GIL is held.
//!
//! A payload that lies in a block is not copied as long as its event may be dropped unseen: the node
//! refers to the block, `raw`, and `start` and `len` say where. [`settle_raw`] makes the copy, so that a
//! small event that is kept does not keep a large block alive; looking at the payload does too.

use crate::table::{RowObject, Shown};
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::ffi;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyType};
use std::ffi::{c_int, c_void};
use std::ptr;

#[repr(C)]
struct NodeObject {
    base: ffi::PyObject,
    raw: *mut ffi::PyObject,
    tree: *mut ffi::PyObject,
    row: *mut ffi::PyObject,
    /// The payload as a model, of an event that shows it in a field, as long as nothing but that
    /// field was looked at: most programs never need the event as an object around it.
    view: *mut ffi::PyObject,
    start: usize,
    /// `WHOLE`: the payload is all of `raw`.
    len: usize,
}

const WHOLE: usize = usize::MAX;

extern "C" {
    /// CPython's cached attribute lookup along the MRO; gives a borrowed reference, never an error.
    fn _PyType_Lookup(tp: *mut ffi::PyTypeObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject;
}

static NODE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static DECODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static OBJECT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The type object `Node`, made at the first call.
pub fn node_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    let made = NODE.get_or_try_init(py, || -> PyResult<Py<PyType>> {
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

/// Whether instances of `cls` can be made here: a subclass of `Node` that adds nothing to its layout.
pub fn check_class(cls: &Bound<'_, PyType>) -> PyResult<()> {
    let py = cls.py();
    // SAFETY: `cls` is a live type object.
    let plain = unsafe { (*cls.as_type_ptr()).tp_basicsize as usize == size_of::<NodeObject>() };
    match plain && cls.is_subclass(node_type(py)?)? {
        true => {
            drop_directly(cls);
            Ok(())
        }
        false => Err(PyTypeError::new_err(format!("{cls} must derive from Model and declare __slots__ = ()"))),
    }
}

/// Has instances dropped by [`node_dealloc`] without the detour that CPython makes for classes declared in
/// Python: that looks for slots, a `__dict__` and weak references. Node's own size says that there are no slots.
fn drop_directly(cls: &Bound<'_, PyType>) {
    // SAFETY: a live type; if its instances have nothing beside a node, nothing else is to be dropped, and a
    // finalizer is called there too.
    unsafe {
        let cls = &mut *cls.as_type_ptr();
        if cls.tp_dictoffset == 0 && cls.tp_weaklistoffset == 0 {
            cls.tp_dealloc = Some(node_dealloc);
        }
    }
}

/// A new instance of `cls`, which [`check_class`] has passed. Takes the references.
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
            (*node).view = ptr::null_mut();
            (*node).start = 0;
            (*node).len = WHOLE;
            if !tree.is_null() {
                ffi::PyObject_GC_Track(node.cast());
            }
        }
        Bound::from_owned_ptr_or_err(cls.py(), node.cast())
    }
}

/// An event of `row` whose undecoded payload is all of `raw`, or stands at a place in it.
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

/// Makes an event that nobody else refers to into another one of the same row; false if it can't be.
pub fn renew(
    event: &Bound<'_, PyAny>,
    row: &Bound<'_, RowObject>,
    block: &Bound<'_, PyBytes>,
    start: usize,
    len: usize,
) -> bool {
    // The same class by identity: that of the row, so it has the layout of a node.
    if event.get_type().as_ptr() != row.get().cls.as_ptr() {
        return false;
    }
    // SAFETY: the layout is known, and the caller's reference is the only one if the count says so.
    unsafe {
        let parts = &mut *event.as_ptr().cast::<NodeObject>();
        if ffi::Py_REFCNT(event.as_ptr()) != 1
            || !parts.tree.is_null()
            || !parts.view.is_null()
            || parts.row != row.as_ptr()
        {
            return false;
        }
        if parts.raw != block.as_ptr() {
            let old = std::mem::replace(&mut parts.raw, block.clone().into_ptr());
            ffi::Py_XDECREF(old);
        }
        (parts.start, parts.len) = (start, len);
    }
    true
}

/// Copies the payload out of its block, if anybody else refers to the event. Other objects pass.
///
/// This runs when a stream is dropped too, and an exception may be on its way then: nothing here may look up an
/// attribute, since CPython forgets the exception if that misses its cache.
pub fn settle_raw(event: &Bound<'_, PyAny>) {
    // SAFETY: a live object.
    if unsafe { ffi::Py_REFCNT(event.as_ptr()) } > 1 && Node::is(event) {
        Node(event).raw();
    }
}

fn new_model<'py>(cls: &Bound<'py, PyType>, tree: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    make(cls, ptr::null_mut(), tree.clone().into_ptr(), ptr::null_mut())
}

unsafe extern "C" fn node_traverse(node: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    let this = &*node.cast::<NodeObject>();
    // The type is ours to visit, since `Node` itself was made at run time.
    for held in [this.tree, this.view, ffi::Py_TYPE(node).cast()] {
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
    let view = std::mem::replace(&mut this.view, ptr::null_mut());
    ffi::Py_XDECREF(tree);
    ffi::Py_XDECREF(view);
    0
}

unsafe extern "C" fn node_dealloc(node: *mut ffi::PyObject) {
    if (*ffi::Py_TYPE(node)).tp_finalize.is_some() && ffi::PyObject_CallFinalizerFromDealloc(node) != 0 {
        return; // it lives on
    }
    ffi::PyObject_GC_UnTrack(node.cast());
    let this = &*node.cast::<NodeObject>();
    let (raw, tree, row, view) = (this.raw, this.tree, this.row, this.view);
    let tp = ffi::Py_TYPE(node);
    if let Some(free) = (*tp).tp_free {
        free(node.cast());
    }
    ffi::Py_DECREF(tp.cast());
    ffi::Py_XDECREF(raw);
    ffi::Py_XDECREF(tree);
    ffi::Py_XDECREF(row);
    ffi::Py_XDECREF(view);
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

    /// The payload; copies it out of its block at the first look.
    fn raw(self) -> Option<Bound<'py, PyBytes>> {
        let py = self.py();
        // SAFETY: the node is alive and owns what it points to; `raw` is a bytes object or NULL.
        let raw = unsafe { Bound::from_borrowed_ptr_or_opt(py, (*self.parts()).raw)?.cast_into_unchecked::<PyBytes>() };
        // SAFETY: as above; the range was one of the block's when it was set, and bytes do not change.
        unsafe {
            let parts = &mut *self.parts();
            if parts.len == WHOLE {
                return Some(raw);
            }
            let payload = raw.as_bytes().get(parts.start..parts.start + parts.len).unwrap_or_default();
            let copy = PyBytes::new(py, payload);
            let block = std::mem::replace(&mut parts.raw, copy.clone().into_ptr());
            parts.len = WHOLE;
            ffi::Py_DECREF(block);
            Some(copy)
        }
    }

    fn row(self) -> Option<Bound<'py, RowObject>> {
        // SAFETY: as above; `row` is a row or NULL.
        unsafe { Bound::from_borrowed_ptr_or_opt(self.py(), (*self.parts()).row).map(|row| row.cast_into_unchecked()) }
    }

    fn decoded(self) -> Option<Bound<'py, PyDict>> {
        // SAFETY: as above; `tree` is a dict or NULL.
        unsafe {
            Bound::from_borrowed_ptr_or_opt(self.py(), (*self.parts()).tree).map(|tree| tree.cast_into_unchecked())
        }
    }

    fn view(self) -> Option<Bound<'py, PyAny>> {
        // SAFETY: as above.
        unsafe { Bound::from_borrowed_ptr_or_opt(self.py(), (*self.parts()).view) }
    }

    /// Puts `tree` or `view` into the node, and the other one out of it.
    fn set(self, tree: Option<Bound<'py, PyDict>>, view: Option<Bound<'py, PyAny>>) {
        let tree = tree.map_or(ptr::null_mut(), Bound::into_ptr);
        let view = view.map_or(ptr::null_mut(), Bound::into_ptr);
        // SAFETY: nodes are allocated with what the collector needs. What the node owned is dropped
        // after the new objects are in place.
        unsafe {
            let parts = &mut *self.parts();
            let tree = std::mem::replace(&mut parts.tree, tree);
            let view = std::mem::replace(&mut parts.view, view);
            if ffi::PyObject_GC_IsTracked(self.0.as_ptr()) == 0 {
                ffi::PyObject_GC_Track(self.0.as_ptr().cast());
            }
            ffi::Py_XDECREF(tree);
            ffi::Py_XDECREF(view);
        }
    }

    /// The payload of an event; an empty object for what was made without one.
    fn payload(self) -> PyResult<Bound<'py, PyDict>> {
        match self.raw() {
            Some(raw) => decode(&raw, self.row().as_ref()),
            None => Ok(PyDict::new(self.py())),
        }
    }

    /// The decoded object; decodes at the first look.
    fn tree(self) -> PyResult<Bound<'py, PyDict>> {
        if let Some(tree) = self.decoded() {
            return Ok(tree);
        }
        let row = self.row();
        let tree = match (row, self.view()) {
            (Some(row), Some(view)) => row.get().wrap(self.py(), &view)?,
            (Some(row), None) if row.get().wraps() => row.get().wrap(self.py(), self.payload()?.as_any())?,
            _ => self.payload()?,
        };
        self.set(Some(tree.clone()), None);
        Ok(tree)
    }

    /// The field of an event in which the payload is shown, without the object around it.
    fn shown(self, field: &Field) -> PyResult<Bound<'py, PyAny>> {
        if let Some(view) = self.view() {
            return Ok(view);
        }
        let view = field.kind(self.py())?.object(self.payload()?)?;
        self.set(None, Some(view.clone()));
        Ok(view)
    }
}

/// The JSON object that `raw` holds: orjson, and `ssescan.models._json` where it refuses.
fn decode<'py>(raw: &Bound<'py, PyBytes>, row: Option<&Bound<'py, RowObject>>) -> PyResult<Bound<'py, PyDict>> {
    let py = raw.py();
    let loads = LOADS.import(py, "orjson", "loads")?;
    if let Ok(payload) = loads.call1((raw,)) {
        if let Ok(payload) = payload.cast_into_exact::<PyDict>() {
            return Ok(payload);
        }
    }
    let name = row.map(|row| row.get().name.clone_ref(py));
    Ok(DECODE.import(py, "ssescan.models._json", "decode")?.call1((raw, name))?.cast_into::<PyDict>()?)
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

/// A key of the payload that the class does not declare: reachable all the same.
fn undeclared<'py>(node: Node<'_, 'py>, name: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the generic lookup, for subclasses of the user's that have a __dict__.
    if unsafe { (*ffi::Py_TYPE(node.0.as_ptr())).tp_dictoffset } != 0 {
        // SAFETY: both are live objects.
        let found = unsafe {
            Bound::from_owned_ptr_or_err(node.py(), ffi::PyObject_GenericGetAttr(node.0.as_ptr(), name.as_ptr()))
        };
        if found.is_ok() {
            return found;
        }
    }
    // Names with two leading underscores are Python's own; a lookup of one must not decode.
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

/// What becomes of a JSON object or array in a field when it is looked at.
enum Kind {
    /// Stays the dict or list that it is.
    Keep,
    /// Objects become `Object`, a dict with attribute access.
    Open,
    Model(Py<PyType>),
    /// Value of `key` -> class, or what tells further (a kind as `parse_kind` takes it); another value or none: `other`.
    Union {
        key: Py<PyString>,
        classes: Py<PyDict>,
        other: Option<Py<PyType>>,
    },
    List(Box<Kind>),
    /// The values of an object are of this kind; it stays a dict.
    Map(Box<Kind>),
}

impl Kind {
    fn object<'py>(&self, dict: Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        let py = dict.py();
        match self {
            Kind::Keep => Ok(dict.into_any()),
            Kind::Model(cls) => new_model(cls.bind(py), &dict),
            Kind::Union { key, classes, other } => {
                let tag = dict.get_item(key)?;
                let cls = tag.and_then(|tag| classes.bind(py).get_item(tag).ok().flatten());
                match (cls, other) {
                    (Some(cls), _) => match cls.cast::<PyType>() {
                        Ok(cls) => new_model(cls, &dict),
                        Err(_) => parse_kind(&cls)?.object(dict),
                    },
                    (None, Some(cls)) => new_model(cls.bind(py), &dict),
                    (None, None) => open(&dict),
                }
            }
            Kind::Open | Kind::List(_) => open(&dict),
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
        // The first look changes all objects of a list, so a list that neither begins nor ends with one
        // has been looked at, or holds none.
        let is_dict = |at: usize| list.get_item(at).is_ok_and(|item| item.is_exact_instance_of::<PyDict>());
        if !is_dict(0) && !is_dict(list.len().saturating_sub(1)) {
            return Ok(());
        }
        for at in 0..list.len() {
            if let Ok(dict) = list.get_item(at)?.cast_into_exact::<PyDict>() {
                list.set_item(at, inner.object(dict)?)?;
            }
        }
        Ok(())
    }
}

fn open<'py>(dict: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    OBJECT.import(dict.py(), "ssescan.models", "Object")?.call1((dict,))
}

/// The value of `key`, looked at: objects become what `kind` says, and stay that.
fn look<'py>(
    tree: &Bound<'py, PyDict>,
    key: &Bound<'py, PyAny>,
    value: Bound<'py, PyAny>,
    kind: &Kind,
) -> PyResult<Bound<'py, PyAny>> {
    let value = match value.cast_into_exact::<PyDict>() {
        Ok(dict) => {
            let made = kind.object(dict)?;
            tree.set_item(key, &made)?;
            return Ok(made);
        }
        Err(error) => error.into_inner(),
    };
    if let Ok(list) = value.cast_exact::<PyList>() {
        kind.list(list)?;
    }
    Ok(value)
}

/// One declared field of a class. What its JSON objects become is told by `resolver(field)` at the
/// first look, so that classes may refer to each other in any order.
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

    /// A class holds its fields, and they their class.
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
            None => match node.row().map(|row| row.get().shows(py, &self.key)) {
                Some(Shown::Name(name)) => return Ok(name.into_bound(py).into_any()),
                Some(Shown::Payload) => return node.shown(self),
                _ => node.tree()?,
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

    fn kind(&self, py: Python<'_>) -> PyResult<&Kind> {
        self.kind.get_or_try_init(py, || {
            parse_kind(&self.resolver.bind(py).call1((self.owner.bind(py), self.annotation.bind(py)))?)
        })
    }
}

/// What the resolver gives: a class; `(key, {value: class or kind}, class or None)`; `[kind]`; `{"*": kind}`; "keep";
/// None.
fn parse_kind(spec: &Bound<'_, PyAny>) -> PyResult<Kind> {
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
        return Ok(Kind::List(Box::new(parse_kind(&list.get_item(0)?)?)));
    }
    if let Ok(map) = spec.cast::<PyDict>() {
        let inner = map.get_item("*")?.ok_or_else(|| PyTypeError::new_err("expected a kind under '*'"))?;
        return Ok(Kind::Map(Box::new(parse_kind(&inner)?)));
    }
    if spec.cast::<PyType>().is_ok() {
        return Ok(Kind::Model(class(spec)?));
    }
    let (key, classes, other): (Bound<'_, PyString>, Bound<'_, PyDict>, Bound<'_, PyAny>) = spec.extract()?;
    for cls in classes.values() {
        parse_kind(&cls)?;
    }
    let other = match other.is_none() {
        true => None,
        false => Some(class(&other)?),
    };
    Ok(Kind::Union { key: key.unbind(), classes: classes.unbind(), other })
}

/// The payload of an event as bytes, or None.
#[pyfunction]
pub fn node_raw<'py>(node: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    Ok(Node::of(node)?.raw())
}

/// The row of the dialect's table that an event is of, or None.
#[pyfunction]
pub fn node_row<'py>(node: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, RowObject>>> {
    Ok(Node::of(node)?.row())
}

/// The decoded object that a node is a view of; `decode=False`: or None, if nobody has looked at any of it.
#[pyfunction]
#[pyo3(signature = (node, *, decode=true))]
pub fn node_tree<'py>(node: &Bound<'py, PyAny>, decode: bool) -> PyResult<Option<Bound<'py, PyDict>>> {
    let node = Node::of(node)?;
    match decode {
        true => node.tree().map(Some),
        false if node.view().is_some() => node.tree().map(Some),
        false => Ok(node.decoded()),
    }
}

/// Puts another object under a node.
#[pyfunction]
pub fn node_set_tree<'py>(node: &Bound<'py, PyAny>, tree: Bound<'py, PyDict>) -> PyResult<()> {
    Node::of(node)?.set(Some(tree), None);
    Ok(())
}

/// A node of class `cls` from its parts.
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
