"""The result of a request: its answer or its error, and its timings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ssescan.outcome import Outcome

from ._requests import endpoint_of

__all__ = ["BatchResult", "Timings"]


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
            return [item for item in self.body.get("output") or () if item.get("type", "").endswith("_call")]
        return list((_choice(self.body).get("message") or {}).get("tool_calls") or ())

    @property
    def usage(self) -> dict[str, Any] | None:
        """Return the token counts as the server sent them, or None."""
        return None if self.body is None else self.body.get("usage")

    @property
    def finish_reason(self) -> str | None:
        """Return why the answer ended: that of choice 0, or the status of a response or why it is incomplete."""
        if self.body is None:
            return None
        if _dialect(self) == "responses":
            return (self.body.get("incomplete_details") or {}).get("reason") or self.body.get("status")
        reason: str | None = _choice(self.body).get("finish_reason")
        return reason

    @property
    def final(self) -> Any:
        """Return `body` as a `ChatCompletion`, `Response` or `Completion`; None after a failure."""
        return None if self.body is None else _class_of(_dialect(self)).model_validate(self.body)

    @property
    def tokens(self) -> int:
        """Return the number of tokens in the answer: the server's count, or else one for each event."""
        usage = self.usage or {}
        count = usage.get("completion_tokens", usage.get("output_tokens"))
        return count if isinstance(count, int) else self.events


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


def _choice(body: dict[str, Any]) -> dict[str, Any]:
    choices: list[dict[str, Any]] = body.get("choices") or [{}]
    return min(choices, key=lambda choice: choice.get("index", 0))


def _chat_text(body: dict[str, Any]) -> str:
    return (_choice(body).get("message") or {}).get("content") or ""


def _completion_text(body: dict[str, Any]) -> str:
    return _choice(body).get("text") or ""


def _response_text(body: dict[str, Any]) -> str:
    parts = [part for item in body.get("output") or () for part in item.get("content") or ()]
    return "".join(part.get("text") or "" for part in parts if part.get("type") == "output_text")


_TEXTS = {"chat": _chat_text, "completions": _completion_text, "responses": _response_text}
