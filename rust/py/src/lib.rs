//! The Python bindings of ssescan-core: arguments, objects, errors. Decisions are made in the core or in Python.

mod end;
mod event_text;
mod http;
mod node;
mod once;
mod row;
mod sse;
mod stream;
mod table;

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicI64, Ordering};

/// The interpreter that imported the module first; -1 before that.
static INTERPRETER: AtomicI64 = AtomicI64::new(-1);

/// Classes and imported functions are kept once per process, so that they belong to one interpreter.
fn check_interpreter() -> PyResult<()> {
    // SAFETY: the GIL is held.
    let current = unsafe { pyo3::ffi::PyInterpreterState_GetID(pyo3::ffi::PyInterpreterState_Get()) };
    match INTERPRETER.compare_exchange(-1, current, Ordering::SeqCst, Ordering::SeqCst) {
        Err(first) if first != current => Err(PyImportError::new_err(format!(
            "Cannot import ssescan in a second interpreter of one process (this is interpreter {current}, it was imported in \
             interpreter {first}). Use one interpreter, or one process for each."
        ))),
        _ => Ok(()),
    }
}

/// The module relies on the GIL: events are made and dropped without locks.
#[pymodule(gil_used = true)]
mod _core {
    use super::*;

    #[pymodule_export]
    use super::end::End;
    #[pymodule_export]
    use super::event_text::{event_text, text_property};
    #[pymodule_export]
    use super::http::Framing;
    #[pymodule_export]
    use super::node::{node_new, node_raw, node_row, node_set_tree, node_tree, Field};
    #[pymodule_export]
    use super::row::RowObject;
    #[pymodule_export]
    use super::sse::{encode_frame, ServerSentEvent};
    #[pymodule_export]
    use super::stream::cursor::EventIterator;
    #[pymodule_export]
    use super::stream::text_reader::{SelectionObject, TextIterator, TextReads};
    #[pymodule_export]
    use super::stream::{payload_text, Stream};
    #[pymodule_export]
    use super::table::TableObject;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        check_interpreter()?;
        module.add("Node", node::node_type(module.py())?)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
