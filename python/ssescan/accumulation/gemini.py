"""From the chunks of Gemini's `streamGenerateContent` to the whole response."""

from __future__ import annotations

import re
from typing import Any

from ssescan.dialects.gemini import FINISH

from .deltas import accumulate_entry, append_text, index_of, object_at

__all__ = ["Response"]

#: The keys of a part that is a piece of text.
_TEXT_KEYS = frozenset(("text", "thought", "thoughtSignature"))


class Response:
    """The response that chunks add up to. Each chunk becomes part of it."""

    def __init__(self) -> None:
        self._rest: dict[str, Any] = {}
        self._candidates: dict[int, dict[str, Any]] = {}

    def add(self, name: str, chunk: dict[str, Any]) -> None:
        """Add a chunk. Of most fields the last value counts."""
        candidates = chunk.pop("candidates", None)
        for candidate in candidates if isinstance(candidates, list) else ():
            if isinstance(candidate, dict):
                self._add_candidate(index_of(candidate) or 0, candidate)
        usage = {**object_at(self._rest, "usageMetadata"), **object_at(chunk, "usageMetadata")}
        self._rest.update({key: value for key, value in chunk.items() if value is not None})
        if usage:
            self._rest["usageMetadata"] = usage

    def _add_candidate(self, index: int, candidate: dict[str, Any]) -> None:
        held = self._candidates.setdefault(index, {"content": {"parts": [], "role": "model"}})
        content = candidate.pop("content", None)
        parts = content.pop("parts", None) if isinstance(content, dict) else None
        if isinstance(content, dict):
            held["content"].update(content)
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict):
                _add_part(held["content"]["parts"], part)
        if isinstance(citations := candidate.pop("citationMetadata", None), dict):
            accumulate_entry(held.setdefault("citationMetadata", {}), citations)
        candidate["finishReason"] = FINISH.reason(candidate.get("finishReason"))
        held.update({key: value for key, value in candidate.items() if value is not None})

    def answer(self) -> dict[str, Any]:
        """Return the response."""
        return {"candidates": [self._candidates[index] for index in sorted(self._candidates)], **self._rest}


def _add_part(parts: list[dict[str, Any]], part: dict[str, Any]) -> None:
    """Add a part. A piece of text continues the text before it, unless a signature ended that text."""
    last = parts[-1] if parts else None
    if isinstance(call := part.get("functionCall"), dict):
        _add_call(parts, last, part, call)
    elif last is None or not _is_text(part) or not _is_text(last) or "thoughtSignature" in last:
        parts.append(part)
    elif bool(part.get("thought")) is bool(last.get("thought")) or not part["text"]:
        append_text(last, "text", part["text"])
        if "thoughtSignature" in part:
            last["thoughtSignature"] = part["thoughtSignature"]
    else:
        parts.append(part)


def _is_text(part: dict[str, Any]) -> bool:
    return isinstance(part.get("text"), str) and part.keys() <= _TEXT_KEYS


def _add_call(
    parts: list[dict[str, Any]], last: dict[str, Any] | None, part: dict[str, Any], call: dict[str, Any]
) -> None:
    """Add a function call. One without a name continues the call before it, which says that it continues."""
    pieces = call.pop("partialArgs", None)
    held = object_at(last or {}, "functionCall")
    if last is None or held.get("willContinue") is not True or call.get("name"):
        parts.append(part)
        held = call
    else:
        del held["willContinue"]
        last.update({**part, "functionCall": held})
        held.update(call)
    if isinstance(pieces, list):
        args = held.setdefault("args", {})
        for piece in pieces:
            if isinstance(piece, dict):
                _add_piece(args, piece)


#: The keys of the value of a piece of arguments.
_VALUES = ("stringValue", "numberValue", "boolValue", "nullValue")
#: One step of a JSON path: a key, an index or a quoted key.
_STEP = re.compile(r"""\.([^.\[\]]+)|\[(\d{1,9})\]|\[(?:'([^']*)'|"([^"]*)")\]""")


def _add_piece(args: Any, piece: dict[str, Any]) -> None:
    """Add a piece of an argument at its place. Text continues the text that is there."""
    steps: list[str | int] = [
        int(index) if index else key or quoted or double
        for key, index, quoted, double in _STEP.findall(str(piece.get("jsonPath")))
    ]
    value_key = next((key for key in _VALUES if key in piece), None)
    if not steps or value_key is None:
        return
    value = None if value_key == "nullValue" else piece[value_key]
    for step, next_step in zip(steps, steps[1:]):
        args = _child(args, step, [] if isinstance(next_step, int) else {})
    if not _set_missing(args, steps[-1], value):
        held = _child(args, steps[-1], None)
        if isinstance(held, str) and isinstance(value, str):
            del held  # another reference would make appending slow
            append_text(args, steps[-1], value)


def _child(holder: Any, step: str | int, default: Any) -> Any:
    """Return the value at a step, which is set to the default if it is missing. Return None if there is no such place."""
    is_place = isinstance(holder, dict) and isinstance(step, str) or isinstance(holder, list) and isinstance(step, int)
    if not is_place or (isinstance(step, int) and step > len(holder)):
        return None
    _set_missing(holder, step, default)
    return holder[step]


def _set_missing(holder: Any, step: str | int, value: Any) -> bool:
    """Set a key that an object does not have, or the entry after the last one of a list. Return whether it was missing."""
    if isinstance(holder, dict) and isinstance(step, str) and step not in holder:
        holder[step] = value
    elif isinstance(holder, list) and step == len(holder):
        holder.append(value)
    else:
        return False
    return True
