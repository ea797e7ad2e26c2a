//! The start of a body that does not look like an event stream: an HTML page, or a JSON error.
//!
//! Servers send such bodies with the media type of event streams too. Their start is kept for the error message.

/// How much is kept.
const MAX_BYTES: usize = 64 << 10;

/// The start of a body until it looks like an event stream.
#[derive(Debug, Default)]
pub struct Prefix {
    /// False if nothing is kept, or nothing any more.
    active: bool,
    bytes: Vec<u8>,
}

impl Prefix {
    /// Keeps the start of the body from now on.
    pub fn start(&mut self) {
        self.active = true;
    }

    /// Takes the next data of the body.
    pub fn push(&mut self, data: &[u8]) {
        if !self.active {
            return;
        }
        let first = self.bytes.iter().chain(data).find(|byte| !byte.is_ascii_whitespace());
        if first.is_some_and(|byte| !b"{[<".contains(byte)) {
            self.stop();
            return;
        }
        let left = MAX_BYTES - self.bytes.len();
        self.bytes.extend_from_slice(data.get(..left).unwrap_or(data));
    }

    /// The body is an event stream: drops what was kept.
    pub fn stop(&mut self) {
        *self = Prefix::default();
    }

    /// The start of the body; empty if it looks like an event stream.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(blocks: &[&[u8]]) -> Vec<u8> {
        let mut prefix = Prefix::default();
        prefix.start();
        blocks.iter().for_each(|block| prefix.push(block));
        prefix.bytes().to_vec()
    }

    #[test]
    fn the_start_of_a_page_or_of_json_is_kept() {
        assert_eq!(kept(&[b" \r\n", b"<html>", b"data: x\n\n"]), b" \r\n<html>data: x\n\n");
        assert_eq!(kept(&[b"{}"]), b"{}");
        assert_eq!(kept(&[b"[", b"1]"]), b"[1]");
    }

    #[test]
    fn nothing_of_an_event_stream_is_kept() {
        assert_eq!(kept(&[b"\n", b"data: <p>"]), b"");
        assert_eq!(kept(&[b"data: x\n", b"{}"]), b"");
    }

    #[test]
    fn at_most_64_kib_are_kept() {
        assert_eq!(kept(&[b"<", &[b'a'; 40_000], &[b'b'; 40_000]]).len(), MAX_BYTES);
    }

    #[test]
    fn nothing_is_kept_before_the_start() {
        let mut prefix = Prefix::default();
        prefix.push(b"<html>");
        assert_eq!(prefix.bytes(), b"");
    }
}
