"""The base of the helpers' streams: iteration, reading to the end, closing.

`StreamManager` sends the request on entering a `with` block and yields a `HelperStream`. A `HelperStream` turns the
API's own events, from an `EventProducer`, into the helper's events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from ssescan._context import ClosesOnExit
from ssescan.errors import SSEScanError, request_id_of
from ssescan.outcome import Outcome

__all__ = ["EventProducer", "HelperStream", "StickyIterator", "StreamManager"]

EventT = TypeVar("EventT")
ResultT = TypeVar("ResultT")
RawT_co = TypeVar("RawT_co", covariant=True)


class SupportsClose(Protocol):
    def close(self) -> None: ...


StreamT = TypeVar("StreamT", bound=SupportsClose)


class EventProducer(Protocol[RawT_co]):
    """An iterable of the API's own events: a `Stream`, a resuming stream, or a tool loop over several streams."""

    @property
    def response(self) -> Any: ...

    @property
    def outcome(self) -> Any: ...

    def __iter__(self) -> Iterator[RawT_co]: ...

    def close(self) -> None: ...


class StickyIterator(Generic[EventT]):
    """An iterator that raises its exception again at each further step, so that a failure never looks like an end.

    Args:
        events: The events.
        describe: A function that is called with the exception.
    """

    def __init__(self, events: Iterator[EventT], describe: Callable[[Exception], object] = lambda error: None) -> None:
        self._error: Exception | None = None
        self._describe = describe
        self._events = self._recording(events)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> EventT:
        if self._error is not None:
            raise self._error
        return next(self._events)

    def _recording(self, events: Iterator[EventT]) -> Iterator[EventT]:
        try:
            yield from events
        except Exception as error:
            self._describe(error)
            self._error = error
            raise


class HelperStream(ClosesOnExit, Generic[EventT]):
    """The events that `_events` makes of an `EventProducer`, which is closed together with the stream."""

    def __init__(self, raw_stream: EventProducer[Any]) -> None:
        self._raw_stream = raw_stream
        self._response = raw_stream.response
        self._iterator: Iterator[EventT] = StickyIterator(self._events(), self._describe)

    def _events(self) -> Iterator[EventT]:
        raise NotImplementedError

    def __iter__(self) -> Iterator[EventT]:
        return self._iterator

    def __next__(self) -> EventT:
        return next(self._iterator)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._raw_stream.outcome}>"

    def _partial_text(self) -> str:
        """Return the text of the answer so far."""
        raise NotImplementedError

    def _checked(self, step: Callable[[], ResultT]) -> ResultT:
        """Call a step of the state that may raise an exception for its answer."""
        try:
            return step()
        except SSEScanError as error:
            self._describe(error)
            raise

    def _describe(self, error: Exception) -> None:
        """Let an exception for an answer describe the stream, as those of the stream itself do."""
        if not isinstance(error, SSEScanError) or error.outcome is not None:
            return
        raw: Any = self._raw_stream
        error.outcome, error.partial_text = Outcome.ERROR, self._partial_text()
        if hasattr(raw, "stats"):  # a tool loop has a stream for each round
            error.events, error.last_event = raw.stats.events, raw.event
        error.request_id = error.request_id or request_id_of(self._response)

    def close(self) -> None:
        """Close the connection. Leaving the `with` block does this too."""
        self._raw_stream.close()

    def texts(self) -> Iterator[str]:
        """Yield each piece of the text as soon as it has arrived. With `run_tools` that is the text of all rounds.

        Raises:
            APIError: The stream or the answer failed.
        """
        for event in self:
            if text := self._text_of(event):
                yield text
        self.until_done()

    def _text_of(self, event: Any) -> str | None:
        """Return the text that an event adds."""
        raise NotImplementedError

    def until_done(self) -> Self:
        """Read the rest of the stream and return the stream.

        Raises:
            APIError: The stream failed, now or earlier. Every further step raises the same exception again.
        """
        for _ in self:
            pass
        return self


class StreamManager(Generic[StreamT]):
    """The return value of the `stream` and `run_tools` methods.

    Entering its `with` block sends the request and returns the stream. Leaving the block closes the stream.
    """

    #: The class of the stream.
    _of: Any

    def __init__(self, api_request: Callable[[], EventProducer[Any]], **options: Any) -> None:
        self._request = api_request
        self._options = options
        self._stream: StreamT | None = None

    def __enter__(self) -> StreamT:
        self._stream = self._open(self._request())
        return self._stream

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: `with` sends the request and returns the stream>"

    def _open(self, raw_stream: Any) -> StreamT:
        stream: StreamT = self._of(raw_stream=raw_stream, **self._options)
        return stream

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
