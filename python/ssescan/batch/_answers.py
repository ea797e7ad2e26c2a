"""The answers of each API: where their bodies have text, tool calls and finish reasons, and whether they failed.

A server may send any JSON in the place of an object, a list or a text.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from ssescan.accumulation.anthropic import LIMITS, is_tool_use
from ssescan.accumulation.chunks import choices_of, finish_reason_of
from ssescan.accumulation.tool_arguments import truncated_tool_calls
from ssescan.dialects.anthropic import FINISH
from ssescan.errors import APIError, ToolCallTruncated
from ssescan.openai.lib.streaming._failures import failed_answer, failed_choice, failed_response

__all__ = ["ANSWERS", "Answer", "url_of_answer"]


class Answer:
    """An answer, as a view of its body.

    Args:
        body: The body of the answer, in the shape that the server sends without streaming.

    Attributes:
        model: The path of the class of such answers.
        parts: The key of the list that every answer has.
    """

    model: str
    parts: str

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    @property
    def is_whole(self) -> bool:
        """Return whether the body is an answer at all."""
        return bool(_objects(self._body.get(self.parts)))

    @property
    def text(self) -> str:
        """Return the text, of choice 0 if there are several."""
        raise NotImplementedError

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """Return the tool calls in the API's own shape, those of choice 0 if there are several."""
        raise NotImplementedError

    @property
    def finish_reason(self) -> str | None:
        """Return why the answer ended."""
        raise NotImplementedError

    @property
    def final(self) -> Any:
        """Return the answer as an object of its class."""
        module, _, name = self.model.rpartition(".")
        return getattr(import_module(module), name).model_validate(self._body)  # a run does not need these classes

    def check(self) -> None:
        """Raise the exception of an answer that failed although its stream ended well.

        Raises:
            APIError: The finish reason means failure, or the answer has an error.
            ToolCallTruncated: The arguments of a tool call are not complete JSON.
        """
        error = self._failure()
        if error is None and (truncated := self._truncated_calls()):
            error = ToolCallTruncated(truncated, self.finish_reason)
        if error is not None:
            raise error

    def _failure(self) -> APIError | None:
        raise NotImplementedError

    def _truncated_calls(self) -> list[dict[str, Any]]:
        return truncated_tool_calls(self.tool_calls)


class _Choices(Answer):
    """An answer with choices. The choice with the lowest index is choice 0; one without a valid index counts as 0."""

    parts = "choices"

    @property
    def finish_reason(self) -> str | None:
        return finish_reason_of(self._choice())

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        return _tool_calls_of(self._choice())

    def _choice(self) -> dict[str, Any]:
        choices = _objects(self._body.get("choices")) or [{}]
        return min(choices, key=lambda choice: choice["index"] if isinstance(choice.get("index"), int) else 0)

    def _failure(self) -> APIError | None:
        return failed_choice(choices_of(self._body))

    def _truncated_calls(self) -> list[dict[str, Any]]:
        return truncated_tool_calls(call for choice in choices_of(self._body) for call in _tool_calls_of(choice))


class _ChatCompletion(_Choices):
    model = "ssescan.openai.types.chat.ChatCompletion"

    @property
    def text(self) -> str:
        return _string(_object(self._choice().get("message")).get("content"))


class _Completion(_Choices):
    model = "ssescan.openai.types.Completion"

    @property
    def text(self) -> str:
        return _string(self._choice().get("text"))


class _Response(Answer):
    model = "ssescan.openai.types.responses.Response"
    parts = "output"

    @property
    def text(self) -> str:
        parts = [part for item in _objects(self._body.get("output")) for part in _objects(item.get("content"))]
        return "".join(_string(part.get("text")) for part in parts if part.get("type") == "output_text")

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        return [item for item in _objects(self._body.get("output")) if str(item.get("type")).endswith("_call")]

    @property
    def finish_reason(self) -> str | None:
        reason = _object(self._body.get("incomplete_details")).get("reason")
        return _string_or_none(reason or self._body.get("status"))

    def _failure(self) -> APIError | None:
        return failed_response(self._body)


class _Message(Answer):
    model = "ssescan.types.anthropic.Message"
    parts = "content"

    @property
    def is_whole(self) -> bool:
        return super().is_whole or (self._body.get("type") == "message" and self.finish_reason is not None)

    @property
    def text(self) -> str:
        blocks = _objects(self._body.get("content"))
        return "".join(_string(block.get("text")) for block in blocks if block.get("type") == "text")

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        return [block for block in _objects(self._body.get("content")) if is_tool_use(block)]

    @property
    def finish_reason(self) -> str | None:
        return FINISH.reason(self._body.get("stop_reason"))

    def _failure(self) -> APIError | None:
        return failed_answer(self.finish_reason, self._body.get("error"))

    def _truncated_calls(self) -> list[dict[str, Any]]:
        truncated = [call for call in self.tool_calls if call.get("partial_json") is not None]
        last = _objects(self._body.get("content"))[-1:]
        # An answer that was not streamed has the input as an object, which may lack keys.
        if not truncated and self.finish_reason in LIMITS:
            truncated = [block for block in last if is_tool_use(block)]
        return truncated


#: Dialect -> the answers of its API.
ANSWERS: dict[str, Callable[[dict[str, Any]], Answer]] = {
    "chat": _ChatCompletion,
    "completions": _Completion,
    "responses": _Response,
    "anthropic": _Message,
}

#: The kind that an answer names -> the URL that it is from.
_URLS = {
    "chat.completion": "/v1/chat/completions",
    "text_completion": "/v1/completions",
    "response": "/v1/responses",
    "message": "/v1/messages",
}


def url_of_answer(body: dict[str, Any]) -> str:
    """Return the URL that an answer is from: that of Chat Completions, unless it is clearly of another API."""
    for key in ("object", "type"):
        if (url := _URLS.get(_string(body.get(key)))) is not None:
            return url
    if _Response.parts in body:
        return _URLS["response"]
    if _Message.parts in body:
        return _URLS["message"]
    choices = _objects(body.get("choices"))
    return _URLS["text_completion" if choices and "text" in choices[0] else "chat.completion"]


def _tool_calls_of(choice: dict[str, Any]) -> list[dict[str, Any]]:
    return _objects(_object(choice.get("message")).get("tool_calls"))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _string_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None
