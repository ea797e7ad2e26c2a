//! The Python bindings of ssescan-core: arguments, objects, errors. Decisions are made in the core or in Python.

mod end;
mod http;
mod node;
mod row;
mod sse;
mod stream;
mod table;

use pyo3::prelude::*;

/// The module relies on the GIL: events are made and dropped without locks.
#[pymodule(gil_used = true)]
mod _core {
    use super::*;

    #[pymodule_export]
    use super::end::End;
    #[pymodule_export]
    use super::http::Framing;
    #[pymodule_export]
    use super::node::{node_new, node_raw, node_row, node_set_tree, node_tree, Field};
    #[pymodule_export]
    use super::row::RowObject;
    #[pymodule_export]
    use super::sse::ServerSentEvent;
    #[pymodule_export]
    use super::stream::text_reader::SelectionObject;
    #[pymodule_export]
    use super::stream::{payload_text, Stream};
    #[pymodule_export]
    use super::table::TableObject;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("Node", node::node_type(module.py())?)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
