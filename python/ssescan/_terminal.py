"""Text from servers and files, made harmless for a terminal."""

from __future__ import annotations

__all__ = ["escaped"]

#: C0 without tab and line feed, DEL, and C1: a terminal acts on them.
_CONTROLS = (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0))
#: Marks, embeddings, overrides and isolates of bidirectional text: they show other characters in another order.
_BIDIRECTIONAL = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
#: In the notation of JSON, so that a line of JSON stays valid.
_ESCAPES = {code: f"\\u{code:04x}" for code in (*_CONTROLS, *_BIDIRECTIONAL)}


def escaped(text: str) -> str:
    r"""Return text with its control characters and bidirectional marks as `\uXXXX`. Line feeds and tabs stay."""
    return text.replace("\r\n", "\n").translate(_ESCAPES)
