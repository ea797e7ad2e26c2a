"""`Stream`: the result of a call with `stream=True`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args, get_origin

from ssescan import _core
from ssescan.http.deadlines import Timeouts
from ssescan.http.transport import Response
from ssescan.reading.responses import event_stream
from ssescan.reading.scanner import Scanner

from ._async import add_async_names

if TYPE_CHECKING:  # dialects are loaded by the first stream
    from ssescan.dialects import Dialect

    from ._call import Call

__all__ = ["Stream", "chunk_class"]

add_async_names(__name__)

T = TypeVar("T")


class Stream(Scanner[T], Generic[T]):
    """A `Scanner` over the response of a call.

    Args:
        cast_to: The class of the events: dict, a model, or an event of a dialect. None for the events of the dialect of the
            call.
        response: The response.
        client: The client.
        options: The call.
        tee: A binary file that receives every byte as it arrived.

    Attributes:
        response: The response, with status code, headers and request id.
    """

    response: Response

    def __init__(
        self, *, cast_to: Any = None, response: Any, client: Any, options: Call | None = None, tee: Any = None
    ) -> None:
        dialect, self._cast = _reading_of(cast_to, options)
        timeouts = client.timeout if options is None else client._timeouts(options)
        source = event_stream(response, Timeouts.of(timeouts)) if isinstance(response, Response) else response
        super().__init__(source, dialect=dialect, tee=tee, timeout=timeouts)

    @property
    def _iterator(self) -> Iterator[T]:
        """The iterator of the events. It can be replaced, for example by one that records them."""
        set_by_program: Iterator[T] | None = self.__dict__.get("_iterator")
        if set_by_program is not None:
            return set_by_program
        events = self.__stream__()
        if type(self).__stream__ is not Stream.__stream__:
            self._iterator = events  # a generator; a second one would miss what the first one has read
        return events

    @_iterator.setter
    def _iterator(self, iterator: Iterator[T]) -> None:
        self.__dict__["_iterator"] = iterator

    def __stream__(self) -> Iterator[T]:
        """Return an iterator of the events. A subclass can override it, for example to record them."""
        events = _core.EventIterator(self)
        return events if self._cast is None else map(self._cast, events)

    if not TYPE_CHECKING:  # checkers know these methods of `Scanner`

        def __iter__(self):
            return self._iterator

        def __next__(self):
            return next(self._iterator)


def chunk_class(cls: Any) -> Any:
    """Return the class of the events that a class of streams names, such as `X` in `Stream[X]`; None if it names none."""
    for base in (cls, *getattr(cls, "__orig_bases__", ())):
        for found in get_args(base):
            return None if found is Any or isinstance(found, TypeVar) else found
    return None


def _reading_of(cls: Any, call: Call | None) -> tuple[Any, Callable[[Any], Any] | None]:
    """Return the dialect of a stream whose events are of a class, and a function that makes them of those of the dialect."""
    dialect = None if call is None else call.dialect
    if cls is None:
        return dialect or "auto", None
    from ssescan.dialects import dialect_of

    if known := dialect_of(_first_of(cls), dialect):
        return known, None
    if call is None:
        return _json_dialect(), partial(_cast, cls)
    made = partial(_named, cls) if call.synthesize_event_and_data else partial(_cast, cls)
    return _json_dialect(None if call.stream_mode == "events" else "error"), made


def _first_of(cls: Any) -> Any:
    """Return a class; of a union the first one."""
    while get_origin(cls) is not None:
        cls = get_args(cls)[0]
    return cls


def _json_dialect(error_key: str | None = "error") -> Dialect:
    """Return the dialect of any JSON: every event may be the last one."""
    from ssescan.dialects import Dialect, Row

    row = Row("UnknownEvent", ends="payload")
    return Dialect("json", {}, row, types="ssescan.events", done_completes=True, error_key=error_key)


def _cast(cls: Any, event: Any) -> Any:
    from ._decoding import cast

    return cast(cls, event.json())


def _named(cls: Any, event: Any) -> Any:
    """Return an event with its name, as the option `synthesize_event_and_data` asks for."""
    from ._decoding import cast

    return cast(cls, {"data": event.json(), "event": event.event or None})
