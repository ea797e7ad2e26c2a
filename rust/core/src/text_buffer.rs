//! Text that was read from the events and not returned yet.
//!
//! A block may hold more text than a read asks for, a line may need several blocks, and a surrogate pair may be split over two
//! events. The rest stays here, whatever interrupts a read. The buffer belongs to one channel and index at a time.
//!
//! Each byte is searched once and moved at most once on average, so reading in small pieces takes linear time.

use crate::history::{IndexChoice, Selection};
use crate::text::{self, Text};
use std::fmt;

/// How much a read returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// At most this many characters, as soon as there are any.
    Chars(usize),
    /// Whole characters of at most this many bytes, or one character if it is longer, as soon as there are any.
    Bytes(usize),
    /// A line with its newline, or at most this many characters of it.
    Line(usize),
    /// All text at hand, as soon as it has this many bytes.
    AtLeast(usize),
}

impl Amount {
    /// Whether the read waits for more than the text at hand. Such a read returns its text only if the stream ends well.
    pub fn is_long(self) -> bool {
        matches!(self, Amount::Line(_) | Amount::AtLeast(_))
    }
}

/// Text of another channel or index is buffered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherChannel {
    pub wanted: Selection,
    pub buffered: Selection,
    pub chars: usize,
}

impl fmt::Display for OtherChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OtherChannel { wanted, buffered, chars } = self;
        write!(
            f,
            "Cannot read channel {}: {chars} unread characters of {} are buffered. ",
            shown(wanted),
            shown(buffered)
        )?;
        f.write_str("Read them first.")
    }
}

fn shown(selection: &Selection) -> String {
    let channel = &selection.channel;
    match selection.index {
        IndexChoice::Default => format!("'{channel}' (index default)"),
        IndexChoice::All => format!("'{channel}' (index None)"),
        IndexChoice::Index(index) => format!("'{channel}' (index {index})"),
    }
}

#[derive(Debug, Default)]
pub struct TextBuffer {
    text: Text,
    /// The unread text begins here.
    start: usize,
    /// The unread text begins with this many bytes, and characters, without a newline.
    searched: (usize, usize),
    selection: Option<Selection>,
    claimed: bool,
}

impl TextBuffer {
    /// The channel and index that were read last.
    pub fn selection(&self) -> Option<&Selection> {
        self.selection.as_ref()
    }

    /// From here on the text is that of `selection`.
    pub fn select(&mut self, selection: &Selection) -> Result<(), OtherChannel> {
        match &self.selection {
            Some(buffered) if buffered == selection => return Ok(()),
            Some(buffered) if !self.unread().is_empty() => {
                let chars = text::count_chars(self.unread());
                return Err(OtherChannel { wanted: selection.clone(), buffered: buffered.clone(), chars });
            }
            _ => {}
        }
        self.selection = Some(selection.clone());
        Ok(())
    }

    /// The unread text. UTF-8 unless [`TextBuffer::has_surrogates`].
    pub fn unread(&self) -> &[u8] {
        self.text.as_bytes().get(self.start..).unwrap_or_default()
    }

    /// Sets whether a read is in progress that returns all of the text or fails with it, and returns the value before.
    pub fn claim(&mut self, claimed: bool) -> bool {
        std::mem::replace(&mut self.claimed, claimed)
    }

    /// The number of bytes that do not count as returned.
    pub fn unreturned_len(&self) -> usize {
        match self.claimed {
            true => 0,
            false => self.unread().len(),
        }
    }

    pub fn has_surrogates(&self) -> bool {
        self.text.has_surrogates()
    }

    /// The text, to append more to.
    pub fn text(&mut self) -> &mut Text {
        if self.start > 0 && self.start >= self.unread().len() {
            self.text.remove_front(self.start);
            self.start = 0;
        }
        &mut self.text
    }

    /// The number of bytes that a read of `amount` returns; `None` if it must wait for more text. The first half of a surrogate
    /// pair waits for its other half. At the end of the stream (`ended`) nothing waits.
    pub fn piece(&mut self, amount: Amount, ended: bool) -> Option<usize> {
        let ready = self.ready(ended);
        let len = match amount {
            Amount::Chars(chars) => text::end_of_chars(ready, chars),
            Amount::Bytes(bytes) => match text::whole_chars(ready, bytes) {
                0 => text::end_of_chars(ready, 1),
                len => len,
            },
            Amount::Line(chars) => return self.line(chars, ended),
            Amount::AtLeast(_) => ready.len(),
        };
        let enough = if let Amount::AtLeast(bytes) = amount { bytes } else { 1 };
        (ended || len >= enough).then_some(len)
    }

    /// The unread text without half a pair at its end.
    pub fn ready(&self, ended: bool) -> &[u8] {
        let unread = self.unread();
        match !ended && text::ends_in_high(unread) {
            true => unread.get(..unread.len() - 3).unwrap_or_default(),
            false => unread,
        }
    }

    fn line(&mut self, limit: usize, ended: bool) -> Option<usize> {
        let ready = self.ready(ended);
        // A character has at most four bytes, so the line ends within these.
        let window = ready.get(..limit.saturating_mul(4)).unwrap_or(ready);
        let (from, chars_before) = match self.searched {
            (from, chars) if from <= window.len() && chars <= limit => (from, chars),
            _ => (0, 0),
        };
        let rest = window.get(from..).unwrap_or_default();
        let newline = memchr::memchr(b'\n', rest);
        let part = newline.and_then(|at| rest.get(..=at)).unwrap_or(rest);
        let chars = chars_before + text::count_chars(part);
        if chars >= limit {
            return Some(from + text::end_of_chars(part, limit - chars_before));
        }
        let end = from + part.len();
        if newline.is_none() && !ended {
            self.searched = (end, chars);
            return None;
        }
        Some(end)
    }

    /// Marks the next `len` bytes as returned.
    pub fn consume(&mut self, len: usize) {
        self.start = self.text.len().min(self.start.saturating_add(len));
        self.searched = (0, 0);
        if self.start == self.text.len() {
            self.text.clear();
            self.start = 0;
        }
    }

    /// Drops the unread text.
    pub fn clear(&mut self) {
        self.consume(usize::MAX);
    }

    /// Puts text before the unread text that a read took and could not return.
    pub fn put_back(&mut self, mut front: Text) {
        self.text.remove_front(self.start);
        front.push_text(&self.text);
        self.text = front;
        self.start = 0;
        self.searched = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn buffer(text: &str) -> TextBuffer {
        let mut buffer = TextBuffer::default();
        buffer.text().push_plain(text.as_bytes());
        buffer
    }

    /// Reads a piece; `None` if it must wait.
    fn read(buffer: &mut TextBuffer, amount: Amount, ended: bool) -> Option<String> {
        let len = buffer.piece(amount, ended)?;
        let piece = String::from_utf8_lossy(&buffer.unread()[..len]).into_owned();
        buffer.consume(len);
        Some(piece)
    }

    fn selection(channel: &str, index: IndexChoice) -> Selection {
        Selection { channel: channel.into(), index }
    }

    #[test]
    fn characters() {
        let mut text = buffer("aü€🙂z");
        assert_eq!(read(&mut text, Amount::Chars(3), false).unwrap(), "aü€");
        assert_eq!(read(&mut text, Amount::Chars(1), false).unwrap(), "🙂");
        assert_eq!(read(&mut text, Amount::Chars(usize::MAX), false).unwrap(), "z");
        assert_eq!(read(&mut text, Amount::Chars(1), false), None);
        assert_eq!(read(&mut text, Amount::Chars(1), true).unwrap(), "");
    }

    #[test]
    fn bytes_of_whole_characters() {
        let mut text = buffer("ü€🙂z");
        assert_eq!(read(&mut text, Amount::Bytes(4), false).unwrap(), "ü");
        assert_eq!(read(&mut text, Amount::Bytes(1), false).unwrap(), "€");
        assert_eq!(read(&mut text, Amount::Bytes(5), false).unwrap(), "🙂z");
    }

    #[test]
    fn lines() {
        for at_once in [true, false] {
            let (mut text, mut lines) = (TextBuffer::default(), Vec::new());
            for piece in ["one\ntw", "ö", "🙂🙂\n\nthree"] {
                text.text().push_plain(piece.as_bytes());
                while let Some(line) = read(&mut text, Amount::Line(if at_once { usize::MAX } else { 3 }), false) {
                    lines.push(line);
                }
            }
            lines.extend(read(&mut text, Amount::Line(usize::MAX), true));
            match at_once {
                true => assert_eq!(lines, ["one\n", "twö🙂🙂\n", "\n", "three"]),
                false => assert_eq!(lines, ["one", "\n", "twö", "🙂🙂\n", "\n", "thr", "ee"]),
            }
        }
    }

    #[test]
    fn a_line_with_another_limit_after_a_search() {
        let mut text = buffer("🙂🙂🙂🙂🙂🙂");
        assert_eq!(read(&mut text, Amount::Line(usize::MAX), false), None);
        assert_eq!(read(&mut text, Amount::Line(2), false).unwrap(), "🙂🙂");
        assert_eq!(read(&mut text, Amount::Line(9), false), None);
        text.text().push_plain("a\nb".as_bytes());
        assert_eq!(read(&mut text, Amount::Line(5), false).unwrap(), "🙂🙂🙂🙂a");
        assert_eq!(read(&mut text, Amount::Line(5), false).unwrap(), "\n");
    }

    #[test]
    fn half_a_pair_waits() {
        let mut text = buffer("a");
        text.text().push_json(br"\ud83d", false);
        assert_eq!(read(&mut text, Amount::Chars(9), false).unwrap(), "a");
        assert_eq!(text.piece(Amount::Chars(9), false), None);
        assert_eq!(text.piece(Amount::Chars(9), true), Some(3));
        text.text().push_json(br"\ude42b", false);
        assert_eq!(read(&mut text, Amount::Chars(9), false).unwrap(), "🙂b");
    }

    #[test]
    fn another_channel() {
        let mut text = TextBuffer::default();
        let (own, other) = (selection("text", IndexChoice::Default), selection("reasoning", IndexChoice::Index(1)));
        text.select(&own).unwrap();
        text.text().push_plain("aü€".as_bytes());
        assert_eq!(
            text.select(&other).unwrap_err().to_string(),
            "Cannot read channel 'reasoning' (index 1): 3 unread characters of 'text' (index default) are buffered. \
             Read them first."
        );
        text.select(&own).unwrap();
        text.consume(6);
        text.select(&other).unwrap();
        assert_eq!(text.selection(), Some(&other));
    }

    #[test]
    fn text_that_is_put_back() {
        let mut text = buffer("abcdef");
        let mut taken = Text::default();
        taken.push_plain(b"abc");
        text.consume(3);
        text.put_back(taken);
        assert_eq!(read(&mut text, Amount::AtLeast(9), true).unwrap(), "abcdef");
    }
}
