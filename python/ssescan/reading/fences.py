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
#: The longest reasoning before an introduction, which is held back too.
MAX_THINKING_CHARS = 1024 * 1024

_BLANKS = " \t\r\n"
#: A list item may begin with a fence. Its lines are then indented as far as the text of the item.
_MARKER = r"(?:[-+*]|\d{1,9}[.)]) {1,4}"
_OPENING = re.compile(rf"(?P<indent> *(?:{_MARKER})?)(?P<fence>`{{3,}}(?=[^`]*$)|~{{3,}})")
_MAYBE_OPENING = re.compile(rf"\s*(?:{_MARKER})?(`{{0,2}}|`{{3,}}[^`]*|~{{1,2}}|~{{3,}}.*)|\s*(?:[-+*]|\d{{1,9}}[.)]?)")
#: A line of an introduction, perhaps an item of a list. JSON and XML begin otherwise, so that they are never held back.
_LEAD = re.compile(rf"\s*(?:{_MARKER})?(?:[^\W\d_]|[*_#])")
_ITEM = re.compile(rf" *{_MARKER}")
#: Models that reason in their answer do it between these tags.
_THINKING = re.compile(r"\ufeff?\s*<(think|thinking)>")
_MAYBE_THINKING = re.compile(r"\ufeff?\s*(?:<(?:t(?:h(?:i(?:n(?:k(?:i(?:n(?:g)?)?)?)?)?)?)?)?)?")


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
    """Text in, the text inside the fence out. At most a few hundred characters are held back, and reasoning in tags."""

    def __init__(self) -> None:
        self._state = Fence._start  # not a bound method, which would be a cycle
        self._held = ""
        #: Reasoning before the answer, in pieces, and its length.
        self._thinking: list[str] = []
        self._thinking_chars = 0

    def feed(self, text: str) -> str:
        """Return the text that is certain to be inside the fence. An answer without a fence is returned as it is."""
        held, self._held = self._held + text, ""
        return self._state(self, held)

    def finish(self) -> str:
        """Return the rest at the end of the answer."""
        if self._state is Fence._inside:
            return self._last()
        text = self.feed("\n")  # completes the last line
        if self._state in (Fence._start, Fence._think, Fence._before):
            text = "".join((*self._thinking, self._held))
        return text[:-1]

    def _start(self, text: str) -> str:
        """Look for the tag of reasoning."""
        if _MAYBE_THINKING.fullmatch(text) and len(text) <= MAX_LINE_CHARS:
            self._held = text
            return ""
        if thinking := _THINKING.match(text):
            self._end_of_thinking = f"</{thinking[1]}>"
            self._state = Fence._think
            return self._think(text)
        self._state = Fence._before
        return self._before(text)

    def _think(self, text: str) -> str:
        """Keep the reasoning for an answer without a fence."""
        end = text.find(tag := self._end_of_thinking)
        cut = max(0, len(text) - len(tag) + 1) if end < 0 else end + len(tag)
        self._thinking.append(text[:cut])
        self._thinking_chars += cut
        if end < 0 and self._thinking_chars <= MAX_THINKING_CHARS:
            self._held = text[cut:]
            return ""
        self._state = Fence._before
        return self._pass(text[cut:]) if end < 0 else self._before(text[cut:])

    def _before(self, text: str) -> str:
        """Look for the opening line: the first line, or one after a short introduction."""
        start, left, deepest = int(text.startswith("\ufeff")), MAX_LEAD_LINES, 3
        while start <= MAX_START_CHARS and 0 <= (end := text.find("\n", start)) <= start + MAX_LINE_CHARS:
            line = text[start:end]
            opening = _OPENING.match(line)
            if opening and line.find(opening["indent"].lstrip(" ") or opening["fence"]) <= deepest:
                return self._open(opening["fence"], len(opening["indent"]), text[end + 1 :])
            if line.strip():
                if not left or not _LEAD.match(line):
                    return self._pass(text)
                left -= 1
                deepest = 3 + (item.end() if (item := _ITEM.match(line)) else 0)
            start = end + 1
        line = text[start:]
        may_begin = not line.strip() or _MAYBE_OPENING.fullmatch(line) or (left and _LEAD.match(line))
        if not may_begin or start > MAX_START_CHARS or len(line) > MAX_LINE_CHARS:
            return self._pass(text)
        self._held = text
        return ""

    def _open(self, fence: str, indent: int, text: str) -> str:
        self._char, self._fence = fence[0], fence
        self._closing = re.compile(
            rf"^(?=[^\n]{{0,{MAX_LINE_CHARS}}}\n) {{0,{indent + 3}}}{fence}{fence[0]}*[ \t]*\r?\n", re.MULTILINE
        )
        self._maybe_closing = re.compile(rf" {{0,{indent + 3}}}{fence[0]}*[ \t]*\r?")
        self._indentation = re.compile(rf"(?<=\n) {{1,{indent}}}") if indent else None
        #: Whether the next text begins a line, and whether the line that it continues has a fence in its text.
        self._at_line, self._has_fence = True, False
        self._state = Fence._inside
        self._thinking.clear()
        return self._inside(text)

    def _inside(self, text: str) -> str:
        if closing := self._closing.search(text, 0 if self._at_line else 1):
            self._state = Fence._after
            return self._emit(text[: closing.start()])
        start = text.rfind("\n") + 1
        line = text[start:]
        begins_line = start > 0 or self._at_line
        if not (begins_line and len(line) <= MAX_LINE_CHARS and self._maybe_closing.fullmatch(line)):
            start = len(text)
        start = min(start, self._start_of_tail(text))
        self._held = text[start:]
        return self._emit(text[:start])

    def _start_of_tail(self, text: str) -> int:
        """Return where a fence at the end of a line of text begins; the length of the text without one.

        Such a fence is text, unless the answer ends with it.
        """
        line = text.rstrip(_BLANKS)
        start = len(line.rstrip(self._char))
        may_be_fence = len(line) - start >= len(self._fence) or start < len(line) == len(text)
        return start if may_be_fence and len(text) - start <= MAX_LINE_CHARS else len(text)

    def _emit(self, text: str) -> str:
        """Return text without the indentation of the fence."""
        found = text
        if self._indentation:
            found = self._indentation.sub("", f"\n{text}")[1:] if self._at_line else self._indentation.sub("", text)
        if text:
            line = text[text.rfind("\n") + 1 :]
            self._has_fence = self._fence in line or (self._has_fence and len(line) == len(text))
            self._at_line = not line
        return found

    def _last(self) -> str:
        """Return the text at the end of the answer. A fence there closes the text, also if it is not on a line of its own."""
        text, self._held = self._held, ""
        if self._at_line and self._closing.match(f"{text}\n"):
            return ""
        line = text.rstrip(_BLANKS)
        start = len(line.rstrip(self._char))
        before = text[text.rfind("\n", 0, start) + 1 : start]
        has_fence = self._fence in before or (self._has_fence and len(before) == start)
        closes = len(line) - start >= len(self._fence) and not has_fence
        return self._emit(text[:start] if closes else text)

    def _pass(self, text: str) -> str:
        self._state = Fence._plain
        text = "".join((*self._thinking, text))
        self._thinking.clear()
        return text

    def _plain(self, text: str) -> str:
        return text

    def _after(self, text: str) -> str:
        return ""
