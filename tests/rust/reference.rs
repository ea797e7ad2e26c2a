//! A slow and obvious event-stream parser: the second opinion that the fast one must agree with.
//!
//! Lines first, then fields, then frames, each by the words of the standard; "point N" is a point of
//! docs/explanation/sse-standard.md. Three things are added to them: the limit, the one further field that a dialect
//! may ask for, and where things stand. Nothing here is shared with the library, or may become clever.

/// Bytes, not characters: line ends and field names are ASCII, so decoding may come last (point 4).
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Frame {
    pub event: Vec<u8>,
    pub data: Option<Vec<u8>>,
    pub error: Option<Vec<u8>>,
    pub id: Vec<u8>,
    pub retry_ms: Option<u64>,
    /// Behind the CR or LF that completes the frame: it is handed out when that byte is there.
    pub ready: u64,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Answer {
    pub frames: Vec<Frame>,
    pub last_event_id: Vec<u8>,
    pub retry_ms: Option<u64>,
    /// Behind the last blank line; the LF of a CRLF belongs to it.
    pub tail_at: u64,
    /// Where the event begins that holds more bytes than the limit.
    pub too_large: Option<u64>,
}

/// A line, and where it ends: behind its CR or LF, and behind the LF of a CRLF. `None`: it does not.
type Line<'a> = (&'a [u8], Option<(usize, usize)>);

fn lines_of(body: &[u8]) -> Vec<Line<'_>> {
    let mut at = if body.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 }; // point 2
    let (mut start, mut lines) = (at, Vec::new());
    while at < body.len() {
        let size = match (body[at], body.get(at + 1)) {
            (b'\r', Some(b'\n')) => 2,
            (b'\r' | b'\n', _) => 1, // points 5, 6
            _ => 0,
        };
        if size > 0 {
            lines.push((&body[start..at], Some((at + 1, at + size)))); // point 7
            start = at + size;
        }
        at += size.max(1);
    }
    lines.push((&body[start..], None)); // point 8: no line, but what it holds counts for the limit
    lines
}

fn retry_of(value: &[u8]) -> Option<u64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| digits)?.parse().ok() // point 18
}

/// Appends a line to the data (point 16), with the LF between lines instead of behind each.
fn join(data: &mut Option<Vec<u8>>, value: &[u8]) {
    match data {
        Some(data) => data.extend_from_slice(&[b"\n", value].concat()),
        None => *data = Some(value.to_vec()), // points 21, 22: the last LF is not there
    }
}

pub fn parse(body: &[u8], limit: usize, further: Option<&[u8]>) -> Answer {
    let mut answer = Answer::default();
    let (mut frame, mut id_line, mut id_buffer) = (Frame::default(), Vec::new(), Vec::new());
    for (line, ends) in lines_of(body) {
        if let (b"", Some((ready, end))) = (line, ends) {
            answer.last_event_id.clone_from(&id_buffer); // points 9, 19
            frame.id.clone_from(&id_buffer);
            frame.ready = ready as u64;
            if frame.data.is_some() || frame.error.is_some() {
                answer.frames.push(frame); // points 20, 21
            }
            (frame, id_line, answer.tail_at) = (Frame::default(), Vec::new(), end as u64);
            continue;
        }
        let (name, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]), // points 10, 11
            None if ends.is_some() => (line, &b""[..]),          // point 12
            None => continue,
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"event" => frame.event = value.to_vec(), // point 15
            b"data" => join(&mut frame.data, value),  // point 16
            b"id" => id_line = value.to_vec(),        // point 17
            b"retry" if ends.is_some() && retry_of(value).is_some() => {
                frame.retry_ms = retry_of(value);
                answer.retry_ms = frame.retry_ms; // point 18
            }
            _ if further == Some(name) => join(&mut frame.error, value),
            _ => {} // points 13, 14
        }
        if name == b"id" && ends.is_some() && !value.contains(&0) {
            id_buffer = value.to_vec();
        }
        let sizes = [Some(&frame.event), frame.data.as_ref(), frame.error.as_ref(), Some(&id_line)];
        if sizes.into_iter().flatten().map(Vec::len).sum::<usize>() > limit {
            answer.too_large = Some(answer.tail_at);
            return answer;
        }
    }
    answer
}
