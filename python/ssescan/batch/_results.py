"""What became of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ssescan.outcome import Outcome

from ._requests import endpoint_of

__all__ = ["BatchResult", "Timings"]


class Timings(NamedTuple):
    """Seconds. `queued_s`: from when the request was taken until its last attempt was sent, waits of the limiter and
    attempts before included. The others count from there: `first_byte_s`, `first_text_s` (None if there was none) and
    `total_s`. `arrivals_s`: of each event, when the read that completed it returned; None unless it was asked for.
    """

    queued_s: float
    first_byte_s: float | None
    first_text_s: float | None
    total_s: float
    arrivals_s: tuple[float, ...] | None = None


@dataclass
class BatchResult:
    """What became of one request: `ok`, and `body`, the answer as if it had not been streamed; or `error`.

    `outcome` is that of the last attempt's stream, `attempts` how many streams were begun or refused, `events` how many
    events the last one had. `status_code` and `request_id` are the last response's, if there was one. Of an attempt that
    failed nothing is kept but `error.partial_text` of the last one. `index` is the request's place in the input.
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
        """There is an answer, and it is whole."""
        return self.error is None

    @property
    def text(self) -> str:
        """The answer's text, of choice 0 if there are several; of a failure, what had come before it."""
        if self.body is None:
            return getattr(self.error, "partial_text", "")
        return _TEXTS[_kind(self)](self.body)

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """The calls that the model wants made, as the server's API has them: of choice 0, or items of a response."""
        if self.body is None:
            return []
        if _kind(self) == "responses":
            return [item for item in self.body.get("output") or () if item.get("type", "").endswith("_call")]
        return list((_choice(self.body).get("message") or {}).get("tool_calls") or ())

    @property
    def usage(self) -> dict[str, Any] | None:
        """The token counts as the server sent them."""
        return None if self.body is None else self.body.get("usage")

    @property
    def finish_reason(self) -> str | None:
        """Why the answer ended: of choice 0; of a response its status, or why it is incomplete."""
        if self.body is None:
            return None
        if _kind(self) == "responses":
            return (self.body.get("incomplete_details") or {}).get("reason") or self.body.get("status")
        reason: str | None = _choice(self.body).get("finish_reason")
        return reason

    @property
    def final(self) -> Any:
        """`body` as a `ChatCompletion`, `Response` or `Completion`; None of a failure."""
        if self.body is None:
            return None
        from ._finals import class_of

        return class_of(_kind(self)).model_validate(self.body)

    @property
    def tokens(self) -> int:
        """Tokens of the answer, by the server's count, else one an event; what progress is told in."""
        usage = self.usage or {}
        told = usage.get("completion_tokens", usage.get("output_tokens"))
        return told if isinstance(told, int) else self.events


def _kind(result: BatchResult) -> str:
    endpoint = endpoint_of(result.url)
    assert endpoint is not None
    return endpoint.dialect


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
