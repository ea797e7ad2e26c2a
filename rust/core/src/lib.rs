//! Server-Sent Events for LLM streams: blocks -> lines -> frames -> rows of a dialect's table -> text.
//!
//! No I/O, no Python, no provider's name. A block is some bytes as they arrived, cut anywhere;
//! results never depend on the cuts.
#![forbid(unsafe_code)]

pub mod chunked;
pub mod dispatch;
pub mod frames;
pub mod framing;
pub mod json;
pub mod ledger;
pub mod lines;
pub mod session;
pub mod skim;
pub mod template;
pub mod text;
pub mod textpath;
