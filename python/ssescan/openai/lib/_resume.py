"""Resume the stream of a response after its connection broke.

The server stores the events of a background response and numbers them. After a break,
`GET /responses/{id}?stream=true&starting_after=<number of the last event>` returns the rest. Events that arrive twice
are dropped by their numbers. Only the first request creates a response.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ssescan import errors
from ssescan.accumulation.deltas import content_of, tree_of
from ssescan.http.retries import retry_delay_s
from ssescan.http.retry_after import retry_after_s
from ssescan.outcome import Outcome

from .._call import Call

__all__ = ["MAX_FRUITLESS", "ResumingStream"]

#: The number of consecutive requests that may fail, or break without a new event, before the stream fails.
MAX_FRUITLESS = 5

#: The outcomes of a broken stream. An error that the server reports is not among them, since it ends the answer.
_BROKEN_OUTCOMES = ("truncated", "broken", "timeout")


class ResumingStream:
    """The events of a response, over as many connections as necessary. `response` belongs to the last one.

    Timeouts apply to each connection. `total_s` ends the stream when it expires; other timeouts count as breaks.

    Args:
        send: Sends a call and returns its stream.
        call: The call that starts the stream.
        retrieve: Returns the call for the rest of the stream. It takes the response's id and keyword arguments.
    """

    def __init__(self, send: Callable[[Call], Any], call: Call, retrieve: Callable[..., Call]) -> None:
        self._send = send
        self._call = call
        self._retrieve = retrieve
        self._stream: Any = send(call)
        self._closed = False
        #: The response's id. None before the first event; then the stream cannot be resumed.
        self._id: str | None = None
        #: The number of the last event that was yielded.
        self._last: int | None = None

    @property
    def response(self) -> Any:
        return self._stream.response

    @property
    def outcome(self) -> Outcome:
        """How the stream of the last connection ended."""
        outcome: Outcome = self._stream.outcome
        return outcome

    def close(self) -> None:
        """Close the connection. After that no request is sent."""
        self._closed = True
        self._stream.close()

    def __iter__(self) -> Iterator[Any]:
        broke: errors.APIError | None = None  # the break after the last new event: it has the text so far
        fruitless = 0
        while not self._closed:
            before = self._last
            try:
                if broke is not None:
                    self._reopen()
                yield from self._new_events()
                return
            except errors.APIError as error:
                if self._closed:
                    return
                if not self._can_resume(error):
                    raise
                broke, fruitless = (error, 0) if self._last != before else (broke or error, fruitless + 1)
                if fruitless > MAX_FRUITLESS:
                    raise broke from broke.__cause__
                if fruitless:
                    time.sleep(retry_delay_s(fruitless - 1, _server_delay_s(error)))

    def _reopen(self) -> None:
        self._stream = self._send(self._rest())
        if self._closed:  # by another thread, while the request was being sent
            self._stream.close()

    def _new_events(self) -> Iterator[Any]:
        for event in self._stream:
            number = getattr(event, "sequence_number", None)
            if number is not None and self._last is not None and number <= self._last:
                continue
            if self._id is None:
                self._id = (content_of(tree_of(event), "response") or {}).get("id")
            if number is not None:
                self._last = number
            yield event

    def _can_resume(self, error: errors.APIError) -> bool:
        if self._id is None or self._last is None:
            return False
        if getattr(error, "clock", None) == "total":  # the caller limited the whole stream
            return False
        # An error without an outcome is a failed request.
        return error.retryable if error.outcome is None else error.outcome in _BROKEN_OUTCOMES

    def _rest(self) -> Call:
        first = self._call
        call = self._retrieve(self._id, starting_after=self._last, timeout=first.timeout, **_view_options(first.body))
        # Headers and query of the first request that the caller added are sent again.
        return call._replace(headers={**call.headers, **first.headers}, params={**first.params, **call.params})


def _view_options(body: Any) -> dict[str, Any]:
    """Return the options of the first request that select the fields of events, as arguments of `retrieve`."""
    if not isinstance(body, Mapping):
        return {}
    options = tree_of(body.get("stream_options"))
    selected = {**(options if isinstance(options, Mapping) else {}), "include": body.get("include")}
    return {name: selected[name] for name in ("include", "include_obfuscation") if selected.get(name) is not None}


def _server_delay_s(error: errors.APIError) -> float | None:
    response = getattr(error, "response", None)
    return None if response is None else retry_after_s(response.headers)
