"""The parts of a chunk, in the shapes in which servers send them."""

from __future__ import annotations

from typing import Any

from ssescan.dialects.chat import FINISH, THINKING

from .deltas import index_of, tree_of

__all__ = ["choice_index", "choices_of", "delta_of", "finish_reason_of", "is_filter_result", "usage_of"]


def is_filter_result(chunk: dict[str, Any]) -> bool:
    """Return True for the objects that Azure's asynchronous filter sends between the chunks."""
    return chunk.get("object") == ""


def choices_of(chunk: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the choices of a chunk. Entries that are not objects are left out."""
    choices = tree_of(chunk.get("choices"))
    if not isinstance(choices, list):
        return []
    trees = [tree_of(choice) for choice in choices]
    return [tree for tree in trees if isinstance(tree, dict)]


def choice_index(choice: dict[str, Any]) -> int:
    """Return the index of a choice. It is 0 if the server sends none."""
    return index_of(choice) or 0


def finish_reason_of(choice: dict[str, Any]) -> str | None:
    """Return the finish reason of a choice. Values that do not finish an answer, such as `"null"`, are None."""
    return FINISH.reason(choice.get("finish_reason"))


def usage_of(chunk: dict[str, Any], choices: list[dict[str, Any]]) -> Any:
    """Return the token counts in a chunk, or None. Some servers send them in a choice or in `x_groq`."""
    holders = [chunk, *choices] if "x_groq" not in chunk else [chunk, *choices, tree_of(chunk["x_groq"])]
    for holder in holders:
        if isinstance(holder, dict) and "usage" in holder and isinstance(usage := tree_of(holder["usage"]), dict):
            return usage
    return None


def delta_of(choice: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    """Return what a choice of a chunk adds to `message`, the message so far.

    Some servers send a complete message, alone or at the end of the stream. It adds the keys that `message` does not have.
    """
    sent, whole = tree_of(choice.get("delta")), tree_of(choice.get("message"))
    delta: dict[str, Any] = {}
    if isinstance(sent, dict) and sent:
        delta = _with_plain_content(sent)
    elif isinstance(whole, dict):
        whole = _with_plain_content(whole)
        return {key: value for key, value in whole.items() if not message.get(key)}
    if whole is None and delta.get("content") is None and isinstance(choice.get("text"), str):
        delta = {**delta, "content": choice["text"]}  # the legacy API has its text in the choice
    return delta


def _with_plain_content(delta: dict[str, Any]) -> dict[str, Any]:
    """Return the delta with its content as a text. Some servers send a list of parts.

    Thoughts are added to `reasoning_content`, and parts without a text to `content_parts`.
    """
    content = tree_of(delta.get("content"))
    if content is None or isinstance(content, str):
        return delta
    parts = [tree_of(part) for part in (content if isinstance(content, list) else [content])]
    texts = [text for part in parts if (text := _text_of(part)) is not None]
    thoughts = [part for part in parts if _is_thought(part)]
    others = [part for part in parts if _text_of(part) is None and not _is_thought(part)]
    added: dict[str, Any] = {"content": "".join(texts) if texts else None}
    if thoughts:
        thought = "".join(map(_thought_text, thoughts))
        added["reasoning_content"] = (delta.get("reasoning_content") or "") + thought
    if others:
        added["content_parts"] = others
    return {**delta, **added}


def _text_of(part: Any) -> str | None:
    """Return the text of a part, or None. Some servers send it as an object with a `value`."""
    return None if _is_thought(part) else _string_in(part)


def _string_in(part: Any) -> str | None:
    for key in ("text", "value"):
        if isinstance(part, dict) and part.get(key) is not None:
            part = tree_of(part[key])
    return part if isinstance(part, str) else None


def _is_thought(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") in THINKING


def _thought_text(part: dict[str, Any]) -> str:
    thoughts = tree_of(part.get("thinking", part.get("text")))
    parts = thoughts if isinstance(thoughts, list) else [thoughts]
    return "".join(text for text in map(_string_in, map(tree_of, parts)) if text)
