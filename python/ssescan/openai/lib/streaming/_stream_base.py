"""What the streams of the helpers have in common: they are iterated, read to their end, and closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Generic, Iterator, Protocol, TypeVar

from ssescan._context import ClosesOnExit

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["HelperStream", "StickyIterator", "EventProducer", "StreamManager"]

EventT = TypeVar("EventT")
RawT_co = TypeVar("RawT_co", covariant=True)


class SupportsClose(Protocol):
    def close(self) -> None: ...


StreamT = TypeVar("StreamT", bound=SupportsClose)


class EventProducer(Protocol[RawT_co]):
    """What gives the API's own events: a `Stream`, or one that goes on after a break, or with what functions gave."""

    @property
    def response(self) -> Any: ...

    def __iter__(self) -> Iterator[RawT_co]: ...

    def close(self) -> None: ...


class StickyIterator(Generic[EventT]):
    """The events of an iterator; what it fails with is raised again by each further step, so that it looks like no end."""

    def __init__(self, events: Iterator[EventT]) -> None:
        self._error: Exception | None = None
        self._events = self._noting(events)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> EventT:
        if self._error is not None:
            raise self._error
        return next(self._events)

    def _noting(self, events: Iterator[EventT]) -> Iterator[EventT]:
        try:
            yield from events
        except Exception as error:
            self._error = error
            raise


class HelperStream(ClosesOnExit, Generic[EventT]):
    """The events of `_events`, out of a source that is closed with it. After a failure the same is raised again."""

    def __init__(self, raw_stream: EventProducer[Any]) -> None:
        self._raw_stream = raw_stream
        self._response = raw_stream.response
        self._iterator: Iterator[EventT] = StickyIterator(self._events())

    def _events(self) -> Iterator[EventT]:
        raise NotImplementedError

    def __iter__(self) -> Iterator[EventT]:
        return self._iterator

    def __next__(self) -> EventT:
        return next(self._iterator)

    def close(self) -> None:
        """Lets go of the connection. The end of the `with` block does."""
        self._raw_stream.close()

    def until_done(self) -> Self:
        """Reads the rest of the stream."""
        for _ in self:
            pass
        return self


class StreamManager(Generic[StreamT]):
    """What the `...stream` calls give: `with` sends the request, gives the stream, and closes it."""

    #: The class of the stream.
    _of: Any

    def __init__(self, api_request: Callable[[], EventProducer[Any]], **options: Any) -> None:
        self._request = api_request
        self._options = options
        self._stream: StreamT | None = None

    def __enter__(self) -> StreamT:
        self._stream = self._opened(self._request())
        return self._stream

    def _opened(self, raw_stream: Any) -> StreamT:
        opened: StreamT = self._of(raw_stream=raw_stream, **self._options)
        return opened

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
