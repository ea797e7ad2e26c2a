"""From the chunks of Gemini's `streamGenerateContent` to the whole response."""

from __future__ import annotations

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
    if last is None or not _is_text(part) or not _is_text(last) or "thoughtSignature" in last:
        parts.append(part)
    elif bool(part.get("thought")) is bool(last.get("thought")) or not part["text"]:
        append_text(last, "text", part["text"])
        if "thoughtSignature" in part:
            last["thoughtSignature"] = part["thoughtSignature"]
    else:
        parts.append(part)


def _is_text(part: dict[str, Any]) -> bool:
    return isinstance(part.get("text"), str) and part.keys() <= _TEXT_KEYS
