"""The result of a request: its answer or its error, and its timings."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Any, NamedTuple

from ssescan._signatures import readable_signature
from ssescan.errors import is_token_limit
from ssescan.models import Object
from ssescan.outcome import Outcome

from ._answers import ANSWERS, Answer
from ._lines import answer_line, encoded, failure_line
from ._requests import endpoint_of

__all__ = ["BatchResult", "Timings", "result_line", "token_count"]

#: How much of a text is shown.
_SHOWN_CHARS = 60
#: Finish reasons of answers that no limit ended.
_GOOD_ENDS = (None, "stop", "tool_calls", "function_call", "completed", "end_turn", "tool_use", "stop_sequence")
#: A larger number of tokens is not one that a server has counted.
_MOST_TOKENS = 10_000_000


def token_count(value: object) -> int | None:
    """Return a server's number of tokens; None if it is not an int from 0 to 10,000,000."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
    return value if is_count else None  # type: ignore[return-value]


@readable_signature
class Timings(NamedTuple):
    """Times of a request, in seconds. All but `queued_s` may be late by the `coalesce_s` of the run, 0.25 by default.

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

    @property
    def time_to_first_text_s(self) -> float | None:
        """The time until the first text, by its name in `Stats`; None without text."""
        return self.first_text_s

    @property
    def duration_s(self) -> float:
        """The time until the end, by its name in `Stats`."""
        return self.total_s

    def __repr__(self) -> str:
        named = {"queued": self.queued_s, "first byte": self.first_byte_s, "first text": self.first_text_s}
        times = {**named, "total": self.total_s}
        known = [f"{name} {at_s:.3f} s" for name, at_s in times.items() if at_s is not None and not isnan(at_s)]
        return f"<Timings: {', '.join(known) or 'unknown'}>"


@dataclass
class BatchResult:
    """The result of one request: an answer in `body`, or an error in `error`.

    `run` returns results with all attributes; files have fewer, see `read`.

    Attributes:
        custom_id: The name of the request.
        url: The URL of the request.
        index: The position of the request in the input, from 0.
        outcome: How the stream of the last attempt ended.
        body: The complete answer, in the shape that the server sends without streaming; None after a failure.
        error: The exception of the last attempt; None after success. Its `partial_text` is the text until then, which is not
            an answer.
        attempts: How often the request was sent.
        events: The number of events in the last attempt.
        status_code: The HTTP status of the last response, or None.
        request_id: The server's id of the last response (`x-request-id` or `request-id`), or None.
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
        total_s = self.timings.total_s
        took = "" if isnan(total_s) else f", {total_s:.3f} s"
        reason = self.finish_reason
        outcome = self.outcome if reason in _GOOD_ENDS else f"{self.outcome} ({reason})"
        return f"<BatchResult {self.custom_id!r}: {outcome}, {answer}{calls}{took}>"

    @property
    def ok(self) -> bool:
        """Return True if there is an answer, and its stream ended well. At the token limit it is shorter than the model meant."""
        return self.error is None

    @property
    def reached_token_limit(self) -> bool:
        """Return True if the answer ended because it reached a limit of tokens, such as `max_tokens`."""
        return is_token_limit(self.finish_reason)

    @property
    def text(self) -> str:
        """Return the text of the answer, of choice 0 if there are several; "" after a failure."""
        answer = self._answer()
        return "" if answer is None else answer.text

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """Return the tool calls of the model in the API's own shape.

        They are the calls of choice 0, items of a response, or content blocks of a message.
        """
        answer = self._answer()
        return [] if answer is None else answer.tool_calls

    @property
    def usage(self) -> Any:
        """Return the token counts as the server sent them; None if it sent no object with counts.

        It is a mapping whose keys are attributes too: `usage.total_tokens` is `usage["total_tokens"]`.
        """
        usage = None if self.body is None else self.body.get("usage")
        return Object(usage) if isinstance(usage, dict) else None

    @property
    def finish_reason(self) -> str | None:
        """Return why the answer ended, or None.

        It is the finish reason of choice 0, the status of a response or why it is incomplete, or the stop reason of a
        message.
        """
        answer = self._answer()
        return None if answer is None else answer.finish_reason

    @property
    def final(self) -> Any:
        """Return `body` as a `ChatCompletion`, `Completion`, `Response` or Anthropic's `Message`; None after a failure."""
        answer = self._answer()
        return None if answer is None else answer.final

    @property
    def tokens(self) -> int:
        """Return the number of tokens in the answer: the server's count, or else one for each event."""
        count = self.output_tokens
        return self.events if count is None else count

    @property
    def input_tokens(self) -> int | None:
        """Return the server's count of the tokens of the request, or None."""
        return self._counted("prompt_tokens", "input_tokens")

    @property
    def output_tokens(self) -> int | None:
        """Return the server's count of the tokens of the answer, or None."""
        return self._counted("completion_tokens", "output_tokens")

    def to_line(self) -> str:
        r"""Return the line of this result in an output or error file, in OpenAI's batch format. It ends with `\n`."""
        return encoded(result_line(self)).decode()

    def _counted(self, *names: str) -> int | None:
        usage: dict[str, Any] = self.usage or {}
        return next((token_count(usage[name]) for name in names if name in usage), None)

    def _answer(self) -> Answer | None:
        if self.body is None:
            return None
        endpoint = endpoint_of(self.url)
        assert endpoint is not None
        return ANSWERS[endpoint.dialect](self.body)


def result_line(result: BatchResult) -> dict[str, Any]:
    """Return the line for a result."""
    if result.error is None:
        return answer_line(result.custom_id or None, result.request_id, result.body)
    return failure_line(result.custom_id or None, result.request_id, result.error)


def shortened(value: object) -> str:
    """Return the start of a text, or of the message of an exception, as it is shown in a representation."""
    text = str(value)
    return repr(text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 3]}...")
