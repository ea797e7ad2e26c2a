"""`Scanner` and `Parser`: a stream of events, pulled or fed.

The loop is native (`_core.Stream`): it pulls a block, cuts frames, makes events. What is here is what
happens once: opening, ending, and what is asked of a stream afterwards.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, Literal, NoReturn, Unpack, overload

from ssescan import _core
from ssescan._context import ClosesOnExit
from ssescan.outcome import Outcome, Stats

from .ending import conclude, describe

if TYPE_CHECKING:  # dialects, models, readers and HTTP are loaded by the first stream that needs them
    from typing_extensions import TypeVar

    from ssescan.dialects import Dialect

    from ._typing import (
        AssistantsEvent,
        ChatCompletionChunk,
        Completion,
        ParserOptions,
        ResponsesEvent,
        ScannerOptions,
    )
    from .blocks import Blocks
    from .readers import ByteReader, Carry, TextReader

    #: What a stream hands out. Only checkers ask.
    E = TypeVar("E", default=Any)
else:
    from typing import TypeVar

    E = TypeVar("E")

__all__ = ["Parser", "Scanner", "Stats"]

#: 64 MiB: an image as base64 in one event passes, a server gone mad does not.
MAX_EVENT_BYTES = 67108864


class _Stream(_core.Stream, Generic[E]):
    """What Scanner and Parser share: a dialect, and an end."""

    def _set_up(self, dialect: Any, max_event_bytes: int, last_event_id: str, tee: Any) -> None:
        if isinstance(max_event_bytes, bool) or not isinstance(max_event_bytes, int) or max_event_bytes < 1:
            raise ValueError(f"max_event_bytes must be a positive number of bytes, not {max_event_bytes!r}")
        if not isinstance(last_event_id, str):
            raise TypeError(f"last_event_id must be a str, not {type(last_event_id).__name__}")
        self._outcome = Outcome.OPEN
        self._err: BaseException | None = None
        self._dialects = _dialects(dialect)
        self._auto = dialect == "auto"
        tables = [_table(dialect) for dialect in self._dialects]
        self._configure(tables, self._auto, min(max_event_bytes, sys.maxsize), last_event_id, tee)

    def _settle(self, kind: str, details: dict[str, Any]) -> BaseException | None:
        """Called by the core, once, when the stream has ended: gives the exception if that is a failure."""
        outcome, error = conclude(self, kind, details)
        if error is not None:
            describe(error, self, outcome)
        # Two threads may come here at once, one that cancels and one that advances: the first verdict stands.
        self._outcome, self._err = self.__dict__.setdefault("_verdict", (outcome, error))
        return self._err

    @property
    def outcome(self) -> Outcome:
        """How the stream ended; `open` while it has not."""
        return self._outcome

    @property
    def err(self) -> BaseException | None:
        """None, or the exception that ended the stream. Stays what it is."""
        return self._err

    @property
    def dialect(self) -> str | None:
        """Name of the dialect in use. None: plain events, or `auto` has not seen its first event yet."""
        return self._dialect()

    @property
    def stats(self) -> Stats:
        """Counts and times so far."""
        return Stats(*self._counts())

    @property
    def usage(self) -> Any:
        """The token counts as the server sent them (`Object`), or None; known after the end."""
        return _told(self._summary()[2])

    @property
    def finish_reason(self) -> str | None:
        """The finish reason as the server sent it, or None; of choice 0. Known after the end."""
        reason: str | None = _told(self._summary()[1])
        return reason

    def _partial_text(self) -> str:
        return self._summary()[0]

    def _complete(self) -> bool:
        return self._summary()[3]

    @property
    def _looked_for_dialect(self) -> bool:
        """A dialect was asked for, or `auto` has seen no event to tell one from."""
        return bool(self._dialects) and not (self._auto and self.stats.events > 0)

    def _dialect_in_use(self) -> Dialect | None:
        return next((dialect for dialect in self._dialects if dialect.name == self.dialect), None)

    def _last_event_name(self) -> str:
        event = self.event
        if isinstance(event, _core.Node):
            row = _core.node_row(event)
            return row.name if row is not None else ""
        return "" if event is None else event.event

    def _request_id(self) -> str | None:
        return None


def _told(raw: bytes | None) -> Any:
    """What the server sent as JSON."""
    if raw is None:
        return None
    from ssescan.models import Object
    from ssescan.models._json import loads

    value = loads(raw)
    return Object(value) if isinstance(value, dict) else value


def _timeouts(timeout: Any) -> Any:
    if timeout is None:
        return None
    from ssescan.http.deadlines import Timeouts

    return Timeouts.of(timeout)


def _dialects(dialect: Any) -> list[Dialect]:
    if dialect is None:
        return []
    from ssescan import dialects

    return [dialects.get(name) for name in (dialects.NAMES if dialect == "auto" else [dialect])]


def _table(dialect: Dialect) -> _core.Table:
    from ssescan.dialects import table_of

    return table_of(dialect)


def _quietly(end: Callable[[], None]) -> None:
    """Lets go of a source. How the stream ended is known by then, and must not be covered by how the source did."""
    try:
        end()
    except Exception:
        pass


class Scanner(ClosesOnExit, _Stream[E]):
    """Events of a stream, pulled from `source` one at a time.

    ::

        with Scanner(source, dialect="assistants") as events:
            for event in events: ...

        events = Scanner(source)
        while events.scan(): print(events.event)
        if events.err: raise events.err

    `source`: a urllib3, requests or streaming httpx response; a binary file; bytes (a whole body); or any
    iterable of bytes-like blocks, cut anywhere. TypeError for what gives no bytes.
    `dialect`: None gives a `ServerSentEvent` for every frame; "assistants", "chat", "completions", "responses"
    or a `Dialect` gives typed events; "auto" tells the dialect from the first event.
    `max_event_bytes`: one event may not hold more (`EventTooLarge`).
    `last_event_id`: the id in force at the start.
    `timeout`: see `Timeouts.of`; holds for responses of urllib3 and requests.
    `tee`: a binary file that gets every byte as it arrived.
    `coalesce_s`: behind each block, let bytes gather for so many seconds before the next one is read: what costs
    processor time is waking up for every event, not the event. Events and ends come so much later at most, deadlines
    hold, and `cancel` ends the wait. 0, the default, gives each event at once; holds where `timeout` does.

    Iterating gives each event as soon as its blank line has arrived, and raises when the stream fails;
    every later advance raises the same again. After a good end it stops, for ever. One thread at a time
    may advance a stream (RuntimeError otherwise); `cancel`, `close`, `outcome` and `stats` are safe from
    any. Events are owned: they stay valid, and never refer to their stream.
    """

    if TYPE_CHECKING:

        def __iter__(self) -> Iterator[E]: ...
        def __next__(self) -> E: ...
        @property
        def event(self) -> E | None: ...

    @overload
    def __init__(
        self: Scanner[_core.ServerSentEvent], source: Any, *, dialect: None = None, **options: Unpack[ScannerOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Scanner[AssistantsEvent],
        source: Any,
        *,
        dialect: Literal["assistants"],
        **options: Unpack[ScannerOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: Scanner[ChatCompletionChunk], source: Any, *, dialect: Literal["chat"], **options: Unpack[ScannerOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Scanner[Completion], source: Any, *, dialect: Literal["completions"], **options: Unpack[ScannerOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Scanner[ResponsesEvent], source: Any, *, dialect: Literal["responses"], **options: Unpack[ScannerOptions]
    ) -> None: ...
    @overload
    def __init__(self, source: Any, *, dialect: str | Dialect | None, **options: Unpack[ScannerOptions]) -> None: ...
    def __init__(
        self,
        source: Any,
        *,
        dialect: str | Dialect | None = None,
        max_event_bytes: int = MAX_EVENT_BYTES,
        last_event_id: str = "",
        timeout: Any = None,
        tee: BinaryIO | None = None,
        coalesce_s: float = 0.0,
    ) -> None:
        from .sources import blocks_of

        self._blocks: Blocks | None = None
        self._carry: Carry | None = None
        self._set_up(dialect, max_event_bytes, last_event_id, tee)
        self._blocks = blocks_of(source, _timeouts(timeout))
        if coalesce_s:
            self.coalesce_s = coalesce_s
        self._attach(self._blocks.iterator, self._blocks.read, self._blocks.timed)

    @property
    def coalesce_s(self) -> float:
        """For how many seconds bytes gather before they are read; may be set at any time.

        ValueError for a negative number or none.
        """
        seconds: float = self.__dict__.get("_coalesce_s", 0.0)
        return seconds

    @coalesce_s.setter
    def coalesce_s(self, seconds: float) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < float("inf"):
            raise ValueError(f"coalesce_s must be a number of seconds, 0 or more, not {seconds!r}")
        self._coalesce_s = float(seconds)
        if self._blocks is not None and self._blocks.gather is not None:
            self._blocks.gather(float(seconds))

    def text(self) -> str | None:
        """The text that the current event adds on the channel `text`; None if it adds none.

        Raises `EventDecodeError` if the event's payload is no JSON.
        """
        event: Any = self.event
        if event is None or isinstance(event, _core.ServerSentEvent):
            return None
        from ssescan.events import text_of

        return text_of(event)

    def reader(
        self, channel: str = "text", index: Any = ..., on_event: Callable[[Any], object] | None = None
    ) -> TextReader:
        """The text on `channel`, of `index`, as a text file over this same stream.

        `channel`: text, reasoning, refusal or tool_arguments, as far as the dialect has them. `index`: of a
        choice, content part or tool call; None for all; by default the dialect's own choice.
        `on_event` is called with each event that adds no text. ValueError without a dialect.
        """
        from .readers import TextReader

        return TextReader(self, channel, index, on_event)

    def byte_reader(
        self, channel: str = "text", index: Any = ..., on_event: Callable[[Any], object] | None = None
    ) -> ByteReader:
        """The same as a binary file, in UTF-8."""
        from .readers import ByteReader

        return ByteReader(self, channel, index, on_event)

    def _check_channel(self, channel: str) -> None:
        if not self._dialects:
            raise ValueError("a stream without a dialect has no text: pass dialect= to Scanner, or dialect='auto'")
        rows = [row for dialect in self._dialects for _, row in dialect.all_rows()]
        known = {name for row in rows for name in row.channels}
        if channel not in known:
            raise ValueError(f"unknown channel {channel!r}: this stream may have {', '.join(sorted(known))}")

    def _partial_text(self) -> str:
        text = super()._partial_text()
        return text[: len(text) - len(self._carry)] if self._carry else text

    def _last_event_name(self) -> str:
        # A reader makes no events, so the current one is not the last one.
        return "" if self._carry is not None else super()._last_event_name()

    def close(self) -> None:
        """Ends the stream and closes its source, if that can be closed. Never fails, and may be repeated.

        Before the end: the outcome is `cancelled`, `err` None, and iteration stops. For a reader that waits
        in another thread it acts as `cancel`.
        """
        self._end("cancelled" if self._busy else "closed")
        self._close_source()

    def cancel(self) -> None:
        """Ends the stream from any thread: whoever reads or will read it gets `StreamCancelled`."""
        self._end("cancelled")

    def _end(self, reason: str) -> None:
        if not self._stop(reason):
            return
        if self._busy:
            # The flag is up: whatever the waiting read still returns is thrown away.
            self._wake()
            return
        self._conclude(self._settle(reason, {}))

    def _wake(self) -> None:
        if self._blocks is not None and self._blocks.wake is not None:
            try:
                self._blocks.wake()
            except (OSError, ValueError, RuntimeError):
                pass  # it is no longer connected, so nobody waits

    def _settle(self, kind: str, details: dict[str, Any]) -> BaseException | None:
        failure = super()._settle(kind, details)
        if failure is None and kind != "closed":
            self._release_source()
        else:
            self._close_source()
        return failure

    def _release_source(self) -> None:
        """At a good end a connection goes back where it came from. A file stays open until `close`."""
        blocks = self._blocks
        if blocks is not None and blocks.release is not None:
            self._blocks = None
            _quietly(blocks.release)

    def _close_source(self) -> None:
        if self._busy:
            return  # closing waits for the reader; it is being woken, and closes when it settles
        blocks, self._blocks = self._blocks, None
        if blocks is not None and blocks.close is not None:
            _quietly(blocks.close)

    def __del__(self) -> None:
        """A stream that nobody can read any more lets go of its connection at once."""
        blocks: Blocks | None = getattr(self, "_blocks", None)
        if blocks is None or blocks.response is None or blocks.close is None or sys.is_finalizing():
            return
        from .sources import warn_unclosed

        self.close()
        warn_unclosed(self)  # last: a warning may be an exception

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.dialect or 'of plain events'}: {self.outcome}>"


class Parser(_Stream[E]):
    """The same without a source, for those who bring their own loop (async, trio, tests).

    ``feed(block)`` takes bytes, cut anywhere, and gives the events that they complete; ``finish()`` says
    that the body has ended. Events that come before a failure are given, `err` is set, and the next call
    raises it. After the end mark, further blocks give nothing.
    """

    @overload
    def __init__(
        self: Parser[_core.ServerSentEvent], dialect: None = None, **options: Unpack[ParserOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Parser[AssistantsEvent], dialect: Literal["assistants"], **options: Unpack[ParserOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Parser[ChatCompletionChunk], dialect: Literal["chat"], **options: Unpack[ParserOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Parser[Completion], dialect: Literal["completions"], **options: Unpack[ParserOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Parser[ResponsesEvent], dialect: Literal["responses"], **options: Unpack[ParserOptions]
    ) -> None: ...
    @overload
    def __init__(self, dialect: str | Dialect | None, **options: Unpack[ParserOptions]) -> None: ...
    def __init__(
        self,
        dialect: str | Dialect | None = None,
        *,
        max_event_bytes: int = MAX_EVENT_BYTES,
        last_event_id: str = "",
    ) -> None:
        self._set_up(dialect, max_event_bytes, last_event_id, None)

    def feed(self, block: Any) -> list[E]:
        """The events that `block` completes, in order. Raises what a call before it failed with."""
        return self._feed(block)

    def finish(self) -> list[E]:
        """The events that the end of the body completes: none, today. Sets the outcome.

        An answer that was cut sets `err`, and the next call raises it, as in `feed`: look at `outcome` or `err`.
        Raises what a `feed` before it failed with.
        """
        return self._finish()

    def __iter__(self) -> NoReturn:
        raise TypeError("a Parser is fed, not iterated: for event in parser.feed(block)")

    __next__ = scan = __iter__

    def __repr__(self) -> str:
        return f"<Parser {self.dialect or 'of plain events'}: {self.outcome}>"
