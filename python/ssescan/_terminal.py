"""Text from servers and files, made harmless for a terminal."""

from __future__ import annotations

__all__ = ["escaped"]

#: C0 without tab and line feed, DEL, and C1: a terminal acts on them.
_CONTROLS = (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0))
#: Characters of bidirectional text, which show others in another order. Line and paragraph separators. Deprecated and
#: interlinear format characters.
_FORMATS = (0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x2070), *range(0xFFF9, 0xFFFC))
#: In the notation of JSON, so that a line of JSON stays valid.
_ESCAPES = {code: f"\\u{code:04x}" for code in (*_CONTROLS, *_FORMATS)}


def escaped(text: str) -> str:
    r"""Return text with its control characters and format characters as `\uXXXX`. Line feeds and tabs stay."""
    return text.replace("\r\n", "\n").translate(_ESCAPES)
