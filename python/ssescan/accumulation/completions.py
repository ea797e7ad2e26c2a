"""From the chunks of the legacy Completions API to the completion."""

from __future__ import annotations

from typing import Any

from ssescan.models.dump import to_plain

from .chunks import choice_index, choices_of, finish_reason_of, usage_of

__all__ = ["Completion"]


class Completion:
    """The completion that chunks add up to. Chunks are plain dicts."""

    def __init__(self) -> None:
        self._rest: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}
        self._texts: dict[int, list[str]] = {}

    def add(self, chunk: dict[str, Any]) -> None:
        """Add a chunk."""
        known = {key: value for key, value in chunk.items() if value is not None}
        rest = {key: value for key, value in known.items() if key not in ("choices", "obfuscation")}
        choices = choices_of(chunk)
        self._rest = {**self._rest, **rest, "usage": usage_of(chunk, choices) or self._rest.get("usage")}
        for choice in choices:
            self._add_choice(choice)

    def _add_choice(self, choice: dict[str, Any]) -> None:
        index = choice_index(choice)
        total = self._choices.setdefault(index, {"text": "", "index": index, "logprobs": None})
        if isinstance(text := choice.get("text"), str):
            self._texts.setdefault(index, []).append(text)
        total["finish_reason"] = finish_reason_of(choice) or total.get("finish_reason")
        if (error := choice.get("error")) is not None:
            total["error"] = error
        if isinstance(logprobs := choice.get("logprobs"), dict):
            _extend(total, logprobs)

    def answer(self) -> dict[str, Any]:
        """Return the completion in the shape of an answer without streaming."""
        texts = {index: "".join(pieces) for index, pieces in self._texts.items()}
        choices = [{**self._choices[index], "text": texts.get(index, "")} for index in sorted(self._choices)]
        return {"usage": None, **self._rest, "object": "text_completion", "choices": choices}


def _extend(choice: dict[str, Any], logprobs: dict[str, Any]) -> None:
    """Add the log probabilities of a chunk. Lists grow; of other values the new one counts."""
    held = choice["logprobs"]
    if held is None:
        choice["logprobs"] = to_plain(logprobs)
        return
    for key, new in logprobs.items():
        if isinstance(held.get(key), list) and isinstance(new, list):
            held[key].extend(to_plain(new))
        else:
            held[key] = to_plain(new)
