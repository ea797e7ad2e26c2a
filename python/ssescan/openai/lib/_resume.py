"""Responses that go on after a break: their events are numbered, and the server keeps them.

When the connection breaks, `GET /responses/{id}?stream=true&starting_after=<number of the last event>` gives the rest.
What comes twice is left out, by its number. Nothing that was asked for is asked for again: the first request is the only
one that makes a response.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Iterator, Mapping

from ssescan import errors

from .._retries import retry_after_s, retry_delay_s
from .streaming._deltas import content_of, tree_of

if TYPE_CHECKING:
    from .._endpoints import Call
    from ..resources._resource import Resource

__all__ = ["MAX_FRUITLESS", "ResumingStream"]

#: So many requests in a row may fail, or break without a new event, before that is taken for the end.
MAX_FRUITLESS = 5

#: Outcomes of a stream that broke off. An error that the server reports is not one of them: the answer has ended.
_BROKE_OFF = ("truncated", "broken", "timeout")


class ResumingStream:
    """The events of a response, over as many connections as it takes. Iterated once; `response` is of the last one.

    Deadlines hold for each connection. One that runs out on the whole stream (`total_s`) ends it; the others are breaks.
    """

    def __init__(self, resource: Resource, call: Call) -> None:
        self._resource = resource
        self._call = call
        self._stream: Any = resource._perform(call)
        self._closed = False
        #: Of the response, known with its first event; None: there is nothing to go on with.
        self._id: str | None = None
        #: Number of the last event that was handed out.
        self._last: int | None = None

    @property
    def response(self) -> Any:
        return self._stream.response

    def close(self) -> None:
        """Lets go of the connection; nothing is asked for afterwards."""
        self._closed = True
        self._stream.close()

    def __iter__(self) -> Iterator[Any]:
        broke: errors.APIError | None = None  # since then there is nothing new: it knows how far the answer came
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
                if not self._may_go_on(error):
                    raise
                broke, fruitless = (error, 0) if self._last != before else (broke or error, fruitless + 1)
                if fruitless > MAX_FRUITLESS:
                    raise broke from broke.__cause__
                if fruitless:
                    time.sleep(retry_delay_s(fruitless - 1, _asked_s(error)))

    def _reopen(self) -> None:
        self._stream = self._rest()
        if self._closed:  # in the meantime
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

    def _may_go_on(self, error: errors.APIError) -> bool:
        if self._id is None or self._last is None:
            return False
        if getattr(error, "clock", None) == "total":  # that is the caller's last word
            return False
        # Without an outcome there was no stream: the request for it failed.
        return error.retryable if error.outcome is None else error.outcome in _BROKE_OFF

    def _rest(self) -> Any:
        from ._calls import prepared

        first = self._call
        call = prepared(
            self._resource,
            "retrieve",
            self._id,
            stream=True,
            starting_after=self._last,
            timeout=first.timeout,
            **_shown(first.body),
        )
        # What the caller added to the first request goes with the others as well.
        both = call._replace(headers={**call.headers, **first.headers}, query={**first.query, **call.query})
        return self._resource._perform(both)


def _shown(body: Any) -> dict[str, Any]:
    """What the first request asked to be shown of the response: as arguments of the others."""
    if not isinstance(body, Mapping):
        return {}
    options = tree_of(body.get("stream_options"))
    asked = {**(options if isinstance(options, Mapping) else {}), "include": body.get("include")}
    return {name: asked[name] for name in ("include", "include_obfuscation") if asked.get(name) is not None}


def _asked_s(error: errors.APIError) -> float | None:
    response = getattr(error, "response", None)
    return None if response is None else retry_after_s(response.headers)
