"""Removes the Markdown fence around an answer, wherever its text is split.

A fence is a line of three or more backticks or tildes before and after a block of code (CommonMark 0.31, section 4.5). Models
often put one around JSON or CSV, sometimes after a line such as "Here is the JSON:".
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from ssescan.errors import SSEScanError

__all__ = ["FencedReads"]

#: How many characters one read takes from the stream, if they have arrived.
READ_CHARS = 65536
#: The longest line that may be a fence or lead up to one, and where the last such line may start. They bound the text that
#: is held back.
MAX_LINE_CHARS, MAX_START_CHARS = 200, 400
#: How many lines an introduction may have: "Sure!", "Here is the JSON:".
MAX_LEAD_LINES = 2

_OPENING = re.compile(r" {0,3}(?P<fence>`{3,}(?=[^`]*$)|~{3,})")
_MAYBE_OPENING = re.compile(r" {0,3}(`{0,2}|`{3,}[^`]*|~{1,2}|~{3,}.*)")
#: A line of an introduction. JSON and XML begin otherwise, so that they are never held back.
_LEAD = re.compile(r"\s*([^\W\d_]|[*_#])")


class FencedReads:
    """`read` and `readline` of the text inside a fence; see `Scanner.reader`.

    Args:
        source: Returns 1 to n characters of the answer, and "" at its end.
    """

    def __init__(self, source: Callable[[int], str]) -> None:
        self._source = source
        self._fence = Fence()
        self._ended = False
        #: Text that was not returned yet, from `_at` on.
        self._text, self._at = "", 0

    # A traceback keeps the frames below, and must not keep the stream: hence `del self`.

    def read(self, size: int | None, /) -> str:
        """Return 1 to `size` characters, or all the text that is left if `size` is negative or None."""
        try:
            if size is None or size < 0:
                return self._joined(sys.maxsize, "")
            return self._take(size) if size and self._fill() else ""
        finally:
            del self

    def readline(self, size: int | None, /) -> str:
        """Return the next line with its newline, of at most `size` characters."""
        try:
            return self._joined(sys.maxsize if size is None or size < 0 else size, "\n")
        finally:
            del self

    def _joined(self, left: int, end: str) -> str:
        """Return up to `left` characters, until after the first `end` if that is not empty."""
        parts: list[str] = []
        try:
            while left and self._fill():
                found = self._text.find(end, self._at) if end else -1
                parts.append(self._take(min(left, len(self._text) if found < 0 else found + 1 - self._at)))
                left -= len(parts[-1])
                if found >= 0 and parts[-1].endswith(end):
                    break
        except SSEScanError:
            raise
        except BaseException:  # an interrupted read loses nothing; after a failure each read raises
            self._text, self._at = "".join(parts) + self._text[self._at :], 0
            raise
        finally:
            del self
        return "".join(parts)

    def _take(self, size: int) -> str:
        taken = self._text[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def _fill(self) -> bool:
        """Return whether there is text to return. Waits for it, or for the end of the answer."""
        try:
            while self._at == len(self._text) and not self._ended:
                text = self._source(READ_CHARS)
                self._ended = not text
                self._text, self._at = self._fence.feed(text) if text else self._fence.finish(), 0
            return self._at < len(self._text)
        finally:
            del self


class Fence:
    """Text in, the text inside the fence out. At most a few hundred characters are held back."""

    def __init__(self) -> None:
        self._state = Fence._before  # not a bound method, which would be a cycle
        self._held = ""

    def feed(self, text: str) -> str:
        """Return the text that is certain to be inside the fence. An answer without a fence is returned as it is."""
        held, self._held = self._held + text, ""
        return self._state(self, held)

    def finish(self) -> str:
        """Return the rest at the end of the answer."""
        text = self.feed("\n")  # completes the last line
        if self._state is Fence._before:
            text = self._held
        return text[:-1]

    def _before(self, text: str) -> str:
        """Look for the opening line: the first line, or one after a short introduction."""
        start, left = 0, MAX_LEAD_LINES
        while start <= MAX_START_CHARS and 0 <= (end := text.find("\n", start)) <= start + MAX_LINE_CHARS:
            line = text[start:end]
            if opening := _OPENING.match(line):
                return self._open(opening["fence"], text[end + 1 :])
            if line.strip():
                if not left or not _LEAD.match(line):
                    return self._pass(text)
                left -= 1
            start = end + 1
        line = text[start:]
        may_begin = not line.strip() or _MAYBE_OPENING.fullmatch(line) or (left and _LEAD.match(line))
        if not may_begin or start > MAX_START_CHARS or len(line) > MAX_LINE_CHARS:
            return self._pass(text)
        self._held = text
        return ""

    def _open(self, fence: str, text: str) -> str:
        self._closing = re.compile(
            rf"^(?=[^\n]{{0,{MAX_LINE_CHARS}}}\n) {{0,3}}{fence}{fence[0]}*[ \t]*\r?\n", re.MULTILINE
        )
        self._maybe_closing = re.compile(rf" {{0,3}}{fence[0]}*[ \t]*\r?")
        #: Whether the next text begins a line.
        self._at_line = True
        self._state = Fence._inside
        return self._inside(text)

    def _inside(self, text: str) -> str:
        if closing := self._closing.search(text, 0 if self._at_line else 1):
            self._state = Fence._after
            return text[: closing.start()]
        start = text.rfind("\n") + 1
        line = text[start:]
        begins_line = start > 0 or self._at_line
        if begins_line and len(line) <= MAX_LINE_CHARS and self._maybe_closing.fullmatch(line):
            self._held, self._at_line = line, True
            return text[:start]
        self._at_line = False
        return text

    def _pass(self, text: str) -> str:
        self._state = Fence._plain
        return text

    def _plain(self, text: str) -> str:
        return text

    def _after(self, text: str) -> str:
        return ""
