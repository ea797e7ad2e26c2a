//! From an event to the bytes of its frame.

use std::io::Write;

/// The name of events without an `event` line.
const DEFAULT_NAME: &[u8] = b"message";

/// A name or an id that no line can contain.
#[derive(Debug, PartialEq, Eq)]
pub enum Unsendable {
    Name,
    Id,
}

/// The frame of an event, with its blank line. Line breaks in `data` become LF.
///
/// # Errors
/// `name` or `id` contains a line break, or `id` a NUL, with which parsers ignore it.
pub fn frame(name: &[u8], data: &[u8], id: &[u8], retry: Option<u64>) -> Result<Vec<u8>, Unsendable> {
    let breaks = |text: &[u8]| memchr::memchr2(b'\r', b'\n', text).is_some();
    if breaks(name) {
        return Err(Unsendable::Name);
    }
    if breaks(id) || memchr::memchr(0, id).is_some() {
        return Err(Unsendable::Id);
    }
    let mut frame = Vec::with_capacity(data.len() + name.len() + id.len() + 64);
    if !name.is_empty() && name != DEFAULT_NAME {
        line(&mut frame, b"event: ", name);
    }
    if !id.is_empty() {
        line(&mut frame, b"id: ", id);
    }
    if let Some(retry) = retry {
        let _ = writeln!(frame, "retry: {retry}"); // writing to memory cannot fail
    }
    let mut rest = data;
    while let Some((first, others)) = memchr::memchr2(b'\r', b'\n', rest).and_then(|at| rest.split_at_checked(at)) {
        line(&mut frame, b"data: ", first);
        rest = others.strip_prefix(b"\r\n").or_else(|| others.get(1..)).unwrap_or_default();
    }
    line(&mut frame, b"data: ", rest);
    frame.push(b'\n');
    Ok(frame)
}

fn line(frame: &mut Vec<u8>, field: &[u8], value: &[u8]) {
    frame.extend_from_slice(field);
    frame.extend_from_slice(value);
    frame.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_a_line_for_each_field() {
        let made = frame("größe".as_bytes(), b"{}", b"7", Some(3000));
        assert_eq!(made, Ok("event: größe\nid: 7\nretry: 3000\ndata: {}\n\n".into()));
        assert_eq!(frame(b"message", b"", b"", None), Ok(b"data: \n\n".to_vec()));
        assert_eq!(
            frame(b"", b" a\r\nb\rc\n\n", b"", None),
            Ok(b"data:  a\ndata: b\ndata: c\ndata: \ndata: \n\n".to_vec())
        );
    }

    #[test]
    fn a_field_of_one_line_has_no_line_breaks() {
        for text in [&b"a\nb"[..], b"a\r", b"\n"] {
            assert_eq!(frame(text, b"", b"", None), Err(Unsendable::Name));
            assert_eq!(frame(b"", b"", text, None), Err(Unsendable::Id));
        }
        assert_eq!(frame(b"", b"", b"a\0", None), Err(Unsendable::Id));
    }
}
