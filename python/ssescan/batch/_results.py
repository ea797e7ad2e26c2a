"""The result of a request: its answer or its error, and its timings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ssescan.outcome import Outcome

from ._requests import endpoint_of

__all__ = ["BatchResult", "Timings", "token_count"]

#: How much of a text is shown.
_SHOWN_CHARS = 60
#: A larger number of tokens is not one that a server has counted.
_MOST_TOKENS = 10_000_000


def token_count(value: object) -> int | None:
    """Return a server's number of tokens; None if it is not an int from 0 to 10,000,000."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
    return value if is_count else None  # type: ignore[return-value]


class Timings(NamedTuple):
    """Times of a request, in seconds.

    Attributes:
        queued_s: From when the run took the request until its last attempt was sent. Waits for the limiter and earlier
            attempts are included.
        first_byte_s: From when the last attempt was sent until the first byte of its body; None without a body.
        first_text_s: From when the last attempt was sent until its first text; None without text.
        total_s: From when the last attempt was sent until its end.
        arrivals_s: From when the last attempt was sent until each of its events was read; None unless the run has
            `arrivals=True`.
    """

    queued_s: float
    first_byte_s: float | None
    first_text_s: float | None
    total_s: float
    arrivals_s: tuple[float, ...] | None = None

    def __repr__(self) -> str:
        named = {"queued": self.queued_s, "first byte": self.first_byte_s, "first text": self.first_text_s}
        times = {**named, "total": self.total_s}
        return f"<Timings: {', '.join(f'{name} {at_s:.3f} s' for name, at_s in times.items() if at_s is not None)}>"


@dataclass
class BatchResult:
    """The result of one request: an answer in `body`, or an error in `error`.

    Attributes:
        custom_id: The name of the request.
        url: The URL of the request.
        index: The position of the request in the input, from 0.
        outcome: How the stream of the last attempt ended.
        body: The complete answer, in the shape that the server sends without streaming; None after a failure.
        error: The exception of the last attempt; None after success. Its `partial_text` is the text until then.
        attempts: How often the request was sent.
        events: The number of events in the last attempt.
        status_code: The HTTP status of the last response, or None.
        request_id: The server's id of the last response (`x-request-id`), or None.
        timings: When the request was sent and answered.
    """

    custom_id: str
    url: str
    index: int
    outcome: Outcome
    body: dict[str, Any] | None
    error: Exception | None
    attempts: int
    events: int
    status_code: int | None
    request_id: str | None
    timings: Timings

    def __repr__(self) -> str:
        answer = shortened(self.text) if self.error is None else f"{type(self.error).__name__}: {shortened(self.error)}"
        calls = f", tool calls: {len(self.tool_calls)}" if self.tool_calls else ""
        return f"<BatchResult {self.custom_id!r}: {self.outcome}, {answer}{calls}, {self.timings.total_s:.3f} s>"

    @property
    def ok(self) -> bool:
        """Return True if there is a complete answer."""
        return self.error is None

    @property
    def text(self) -> str:
        """Return the text of the answer, of choice 0 if there are several. After a failure: the text until then."""
        if self.body is None:
            return getattr(self.error, "partial_text", "")
        return _TEXTS[_dialect(self)](self.body)

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """Return the tool calls of the model in the API's own shape: those of choice 0, or items of a response."""
        if self.body is None:
            return []
        if _dialect(self) == "responses":
            return [item for item in _objects(self.body.get("output")) if str(item.get("type")).endswith("_call")]
        return _objects(_object(_choice(self.body).get("message")).get("tool_calls"))

    @property
    def usage(self) -> dict[str, Any] | None:
        """Return the token counts as the server sent them; None if it sent no object with counts."""
        usage = None if self.body is None else self.body.get("usage")
        return usage if isinstance(usage, dict) else None

    @property
    def finish_reason(self) -> str | None:
        """Return why the answer ended: that of choice 0, or the status of a response or why it is incomplete."""
        if self.body is None:
            return None
        if _dialect(self) == "responses":
            reason = _object(self.body.get("incomplete_details")).get("reason") or self.body.get("status")
        else:
            reason = _choice(self.body).get("finish_reason")
        return reason if isinstance(reason, str) else None

    @property
    def final(self) -> Any:
        """Return `body` as a `ChatCompletion`, `Response` or `Completion`; None after a failure."""
        return None if self.body is None else _class_of(_dialect(self)).model_validate(self.body)

    @property
    def tokens(self) -> int:
        """Return the number of tokens in the answer: the server's count, or else one for each event."""
        usage = self.usage or {}
        count = token_count(usage.get("completion_tokens", usage.get("output_tokens")))
        return self.events if count is None else count


def shortened(value: object) -> str:
    """Return the start of a text, or of the message of an exception, as it is shown in a representation."""
    text = str(value)
    return repr(text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 3]}...")


def _dialect(result: BatchResult) -> str:
    endpoint = endpoint_of(result.url)
    assert endpoint is not None
    return endpoint.dialect


def _class_of(dialect: str) -> Any:
    # A run does not need these classes, so they are loaded on first use.
    if dialect == "chat":
        from ssescan.openai.types.chat import ChatCompletion

        return ChatCompletion
    if dialect == "responses":
        from ssescan.openai.types.responses import Response

        return Response
    from ssescan.openai.types import Completion

    return Completion


# A server's answer may have any JSON in the place of an object, a list or a text.


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _choice(body: dict[str, Any]) -> dict[str, Any]:
    """Return the choice with the lowest index. A choice without a valid index counts as 0."""
    choices = _objects(body.get("choices")) or [{}]
    return min(choices, key=lambda choice: choice["index"] if isinstance(choice.get("index"), int) else 0)


def _chat_text(body: dict[str, Any]) -> str:
    return _string(_object(_choice(body).get("message")).get("content"))


def _completion_text(body: dict[str, Any]) -> str:
    return _string(_choice(body).get("text"))


def _response_text(body: dict[str, Any]) -> str:
    parts = [part for item in _objects(body.get("output")) for part in _objects(item.get("content"))]
    return "".join(_string(part.get("text")) for part in parts if part.get("type") == "output_text")


_TEXTS = {"chat": _chat_text, "completions": _completion_text, "responses": _response_text}
