//! Server-Sent Events for LLM streams: from blocks to lines, frames, rows of a dialect's table, and text.
//!
//! No I/O, no Python, no provider names. A block is some bytes as they arrived, split anywhere. Results never depend on the
//! splits.
#![forbid(unsafe_code)]

pub mod alike;
pub mod chunked;
pub mod condition;
pub mod declaration;
pub mod dispatch;
pub mod dispatcher;
pub mod doc_extractor;
pub mod encode;
pub mod frames;
pub mod framing;
pub mod history;
pub mod indexes;
pub mod json;
pub mod lines;
pub mod lookup;
pub mod memory;
pub mod prefix;
pub mod row_extractor;
pub mod session;
pub mod shape;
pub mod skip;
pub mod template;
pub mod text;
pub mod text_buffer;
pub mod textpath;
pub mod value_index;
