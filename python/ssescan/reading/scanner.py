"""`Scanner` pulls the events of a stream from a source; `Parser` is fed with blocks.

The loop is native (`_core.Stream`): it reads a block, splits it into frames, and makes events. This module has what
happens once per stream: opening, ending, and the properties of a stream.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, Literal, NoReturn, Unpack, overload

from ssescan import _core
from ssescan._context import ClosesOnExit
from ssescan.errors import is_token_limit
from ssescan.outcome import Outcome, Stats

from .ending import StreamFacts

if TYPE_CHECKING:  # dialects, models, readers and HTTP are loaded by the first stream that needs them
    from typing_extensions import TypeVar

    from ssescan.dialects import Dialect, DialectName

    from ._typing import (
        AgentsEvent,
        AnthropicEvent,
        AssistantsEvent,
        AutoEvent,
        ChatCompletionChunk,
        CohereEvent,
        Completion,
        GenerateContentResponse,
        ImagesEvent,
        ParserOptions,
        ResponsesEvent,
        ScannerOptions,
        SpeechEvent,
        TranscriptionEvent,
    )
    from .observers import StreamEnd
    from .readers import ByteReader, TextReader
    from .sources import Source

    #: The class of the events, for checkers.
    E = TypeVar("E", default=Any)
else:
    from typing import TypeVar

    E = TypeVar("E")

__all__ = ["Parser", "Scanner", "Stats"]

#: 64 MiB: enough for an image as base64 in one event.
MAX_EVENT_BYTES = 67108864


def checked_utf8(name: str, text: str) -> bytes:
    """Return the UTF-8 of an argument. Raise ValueError if it has a surrogate without its other half."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        at = error.start
    raise ValueError(f"{name} must be valid Unicode, got a lone surrogate at index {at}")


class _Stream(_core.Stream, Generic[E]):
    """Base of `Scanner` and `Parser`: the set-up and the properties of a stream."""

    def _set_up(self, dialect: Any, max_event_bytes: int, last_event_id: str, tee: Any) -> None:
        if isinstance(max_event_bytes, bool) or not isinstance(max_event_bytes, int) or max_event_bytes < 1:
            raise ValueError(f"max_event_bytes must be a positive number of bytes, got {max_event_bytes!r}")
        if not isinstance(last_event_id, str):
            raise TypeError(f"last_event_id must be a str, got {type(last_event_id).__name__}")
        if not last_event_id.isascii():
            checked_utf8("last_event_id", last_event_id)
        self._dialects = _dialects(dialect)
        self._auto = dialect == "auto"
        tables = _tables(self._dialects, self._auto)
        self._configure(tables, self._auto, min(max_event_bytes, sys.maxsize), last_event_id, tee)

    def _conclude_from(self, response: Any) -> None:
        """Pass the function that decides what the end of the stream means to the core."""
        self._conclude_with(StreamFacts(self._dialects, self._auto, response).conclude)

    @property
    def outcome(self) -> Outcome:
        """How the stream ended; `open` while it has not."""
        return self._outcome or Outcome.OPEN

    @property
    def err(self) -> BaseException | None:
        """The exception that ended the stream, or None. It never changes once it is set."""
        return self._failure

    @property
    def dialect(self) -> str | None:
        """The name of the dialect in use.

        None for a stream without a dialect, and for `auto` before the first event.
        """
        return self._dialect()

    @property
    def stats(self) -> Stats:
        """The counts and times so far, as a `Stats`."""
        stats = Stats(*self._counts())
        sent_s = getattr(getattr(self, "response", None), "opened_s", None)
        return stats._replace(opened_s=sent_s) if isinstance(sent_s, float) else stats

    @property
    def usage(self) -> Any:
        """The token counts that the server sent, as an `Object`. None before the end, or if the server sent none."""
        return _decoded(self._summary()[1])

    @property
    def finish_reason(self) -> str | None:
        """The finish reason of choice 0. None before the end, or if the server sent none.

        A response of the Responses API has one only if it is not complete: the reason.
        """
        reason: str | None = _decoded(self._summary()[0])
        return reason

    @property
    def reached_token_limit(self) -> bool:
        """Whether the answer ended because it reached a limit of tokens, whatever the API calls that finish reason.

        Such an answer ends normally, perhaps in the middle of a word, a CSV row or a JSON object.
        """
        return is_token_limit(self.finish_reason)


def _decoded(raw: bytes | None) -> Any:
    """Decode JSON that the core kept; an object becomes an `Object`."""
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


def _tables(dialects: list[Dialect], auto: bool) -> list[_core.Table]:
    """Return the compiled tables. Classes of a dialect that may not be the one are loaded with its first event."""
    tables = []
    if dialects:
        from ssescan.dialects import table_of

        tables = [table_of(dialect) for dialect in dialects]
    if not auto:
        for table in tables:
            table.load()
    return tables


def _quietly(end: Callable[[], None]) -> None:
    """Release or close a source. The stream has its outcome already, so a failure here is ignored."""
    try:
        end()
    except Exception:
        pass


class Scanner(ClosesOnExit, _Stream[E]):
    """Reads a stream of Server-Sent Events from a source, one event at a time.

        with Scanner(source, dialect="assistants") as events:
            for event in events: ...

        events = Scanner(source)
        while events.scan(): print(events.event)
        if events.err: raise events.err

    Iteration yields each event as soon as its blank line has arrived. When the stream fails, iteration raises, and every
    later advance raises the same exception. After a good end it stops, and stays stopped.

    One thread at a time may advance a stream. `cancel`, `close`, `outcome` and `stats` are safe from any thread. Events
    own their data: they stay valid and never refer to their stream.

    Args:
        source: A response of urllib3, requests or httpx (streaming), a binary file, bytes (a whole body), or any
            iterable of bytes-like blocks. Blocks may be split anywhere.
        dialect: None yields a `ServerSentEvent` per frame. A name ("chat", "responses", "anthropic", ...: `dialects.NAMES`)
            or a `Dialect` yields typed events. "auto" detects the dialect from the first event.
        max_event_bytes: The largest size of one event, in bytes.
        last_event_id: The event id at the start of the stream.
        timeout: A number of seconds, a `Timeouts`, None, or an object like `httpx.Timeout`: see `Timeouts.of`. It applies to
            responses of urllib3 and requests.
        tee: A binary file that receives every byte as it arrived.
        coalesce_s: Seconds to let bytes accumulate before each read. Waking up for every event costs more processor
            time than the event itself. Events arrive up to this much later; timeouts hold, and `cancel` ends the wait.
            It applies where `timeout` does.
        on_stream_end: Called once with a `StreamEnd` when the stream has ended in any way, by the thread that ended it. Its
            exceptions are logged. It can be set at any time.

    Attributes:
        response: The HTTP response that the source is, or None.
        on_stream_end: See the argument.

    Raises:
        TypeError: The source does not yield bytes.
        ValueError: An unknown dialect, or a number that is out of range.
        SSEScanError: While reading, a subclass for each way in which a stream fails.
        RuntimeError: While reading, if another thread is reading the stream.
    """

    response: Any
    on_stream_end: Callable[[StreamEnd], object] | None

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
    def __init__(
        self: Scanner[AnthropicEvent], source: Any, *, dialect: Literal["anthropic"], **options: Unpack[ScannerOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Scanner[GenerateContentResponse],
        source: Any,
        *,
        dialect: Literal["gemini"],
        **options: Unpack[ScannerOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: Scanner[CohereEvent], source: Any, *, dialect: Literal["cohere"], **options: Unpack[ScannerOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Scanner[AgentsEvent], source: Any, *, dialect: Literal["agents"], **options: Unpack[ScannerOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Scanner[ImagesEvent], source: Any, *, dialect: Literal["images"], **options: Unpack[ScannerOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Scanner[SpeechEvent], source: Any, *, dialect: Literal["speech"], **options: Unpack[ScannerOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Scanner[TranscriptionEvent],
        source: Any,
        *,
        dialect: Literal["transcription"],
        **options: Unpack[ScannerOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: Scanner[AutoEvent], source: Any, *, dialect: Literal["auto"], **options: Unpack[ScannerOptions]
    ) -> None: ...
    @overload
    def __init__(self: Scanner[E], source: Any, *, dialect: Dialect[E], **options: Unpack[ScannerOptions]) -> None: ...
    @overload
    def __init__(
        self, source: Any, *, dialect: DialectName | Dialect | None, **options: Unpack[ScannerOptions]
    ) -> None: ...
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
        on_stream_end: Callable[[StreamEnd], object] | None = None,
    ) -> None:
        from .sources import open_source

        if on_stream_end is not None and not callable(on_stream_end):
            raise TypeError(f"on_stream_end must be callable, got {type(on_stream_end).__name__}")
        self.on_stream_end = on_stream_end
        #: The observer of all streams, and its facts about this one.
        self._observed: Any = None

        self._source: Source | None = None
        self._set_up(dialect, max_event_bytes, last_event_id, tee)
        self._source = open_source(source, _timeouts(timeout))
        self.response = self._source.response
        self._conclude_from(self.response)
        if coalesce_s:
            self.coalesce_s = coalesce_s
        self._attach(self._source)
        if self.response is not None:
            from .observers import opened

            self._observed = opened(self)

    @property
    def coalesce_s(self) -> float:
        """Seconds to let bytes accumulate before each read. It can be set at any time.

        Raises:
            ValueError: The value is not a number of 0 or more.
        """
        seconds: float = self.__dict__.get("_coalesce_s", 0.0)
        return seconds

    @coalesce_s.setter
    def coalesce_s(self, seconds: float) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < float("inf"):
            raise ValueError(f"coalesce_s must be a number of seconds, 0 or more, got {seconds!r}")
        self._coalesce_s = float(seconds)
        if self._source is not None:
            self._source.coalesce(float(seconds))

    def texts(self, channel: str = "text", index: Any = ...) -> Iterator[str]:
        """Return an iterator of the text of this stream: one str per event that adds text, as soon as it has arrived.

        It never yields an empty str. Half a surrogate pair waits for its other half. Text that a reader left unread comes
        first. Iterating also advances this stream, and raises as a reader does if the stream fails.

        Args:
            channel: "text", "reasoning", "refusal" or "tool_arguments", if the dialect has it.
            index: The index of a choice, content part or tool call; None for all. The default is that of the dialect.

        Raises:
            ValueError: The stream has no dialect, or the dialect does not have the channel.
            TypeError: `index` is not an int or None.
        """
        self._check_channel(channel)
        return _core.TextIterator(self, _core.Selection(channel, index))

    def reader(
        self,
        channel: str = "text",
        index: Any = ...,
        on_event: Callable[[Any], object] | None = None,
        *,
        fence: bool = False,
    ) -> TextReader:
        """Return the text of this stream as a text file: iterating yields lines, `read(n)` what has arrived.

        Reading it also advances this stream.

        Args:
            channel: "text", "reasoning", "refusal" or "tool_arguments", if the dialect has it.
            index: The index of a choice, content part or tool call; None for all. The default is that of the dialect.
            on_event: Called with each event that adds no text to the channel.
            fence: True to return only the text inside the Markdown fence (```json ... ``` or ~~~) around the answer. One or
                two lines of text may be before the fence, such as "Here is the JSON:", and reasoning between `<think>` tags
                before them. The text before and after the fence is left out, and so is its indentation. The closing fence
                is a line of its own, or the end of the answer. An answer that does not begin like this is returned as it
                is, but its first two lines, or its reasoning, may arrive late.

        Raises:
            ValueError: The stream has no dialect, or the dialect does not have the channel.
            TypeError: `index` is not an int or None.
        """
        from .readers import TextReader

        return TextReader(self, channel, index, on_event, fence)

    def byte_reader(
        self,
        channel: str = "text",
        index: Any = ...,
        on_event: Callable[[Any], object] | None = None,
        *,
        fence: bool = False,
    ) -> ByteReader:
        """Return the text of this stream as a binary file in UTF-8: iterating yields lines, `read(n)` what has arrived.

        Reading it also advances this stream.

        Args:
            channel: "text", "reasoning", "refusal" or "tool_arguments", if the dialect has it.
            index: The index of a choice, content part or tool call; None for all. The default is that of the dialect.
            on_event: Called with each event that adds no text to the channel.
            fence: True to return only the text inside the Markdown fence (```json ... ``` or ~~~) around the answer. One or
                two lines of text may be before the fence, such as "Here is the JSON:", and reasoning between `<think>` tags
                before them. The text before and after the fence is left out, and so is its indentation. The closing fence
                is a line of its own, or the end of the answer. An answer that does not begin like this is returned as it
                is, but its first two lines, or its reasoning, may arrive late.

        Raises:
            ValueError: The stream has no dialect, or the dialect does not have the channel.
            TypeError: `index` is not an int or None.
        """
        from .readers import ByteReader

        return ByteReader(self, channel, index, on_event, fence)

    def _check_channel(self, channel: str) -> None:
        if not self._dialects:
            raise ValueError('text requires a dialect: pass dialect="auto" or a dialect name')
        rows = [row for dialect in self._dialects for _, row in dialect.all_rows()]
        known = {name for row in rows for name in row.channels}
        if channel not in known:
            available = f"available: {', '.join(sorted(known))}" if known else "the stream has no channels"
            raise ValueError(f"Unknown channel {channel!r} ({available})")

    def close(self) -> None:
        """End the stream and close its source, if the source can be closed. It never raises and can be repeated.

        Before the end of the stream, the outcome becomes `cancelled`, `err` stays None, and iteration stops. If another
        thread is waiting in a read, `close` acts as `cancel`.
        """
        if self._stop(closing=True):
            self._interrupt()
        else:
            self._close_source()

    def cancel(self) -> None:
        """End the stream from any thread. The thread that reads it, now or later, gets `StreamCancelled`.

        A blocked read of an HTTP response of urllib3 or requests ends at once. A blocked read of another source (httpx, a
        file, an iterable) ends when the source returns.
        """
        if self._stop(closing=False):
            self._interrupt()

    def _interrupt(self) -> None:
        """Wake the thread that waits in a read. It ends the stream, and what the read still returns is dropped."""
        source = self._source
        if source is not None:
            try:
                source.interrupt()
            except (OSError, ValueError, RuntimeError):
                pass  # the connection is closed already, so no read is waiting

    def _release_source(self, good: bool) -> None:
        """Return a connection to its pool after a good end, else close the source. Then report the end.

        The core calls this once, at the end.
        """
        source = self._source
        if not good:
            self._close_source()
        elif source is not None:
            if source.holds_connection:  # a file stays open until `close`
                self._source = None
            _quietly(source.release)
        if self.response is not None or self.on_stream_end is not None:
            from .observers import ended

            ended(self, self._observed)

    def _close_source(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            _quietly(source.close)

    def __del__(self) -> None:
        """Close the connection of a stream that was dropped, and warn that it was not closed."""
        source: Source | None = getattr(self, "_source", None)
        if source is None or not source.holds_connection or sys.is_finalizing():
            return
        from .sources import warn_unclosed

        is_closed = source.is_closed
        self.close()
        if is_closed:
            return
        warn_unclosed(self)  # last, since warnings can be turned into exceptions

    def __repr__(self) -> str:
        missing = "auto" if getattr(self, "_auto", False) else "without a dialect"
        return f"<{type(self).__name__} {self.dialect or missing}: {self.outcome}>"


class Parser(_Stream[E]):
    """Parses Server-Sent Events without I/O, for programs with their own loop (asyncio, trio, tests).

    `feed(block)` returns the events that the block completes. When the stream fails, `feed` returns the events before the
    failure and sets `err`; the next call raises it. Call `finish()` at the end of the body: it raises for an answer that is
    not complete, and for a failure of the last `feed`. Blocks after the end marker are ignored.

    Args:
        dialect: None, "auto", the name of a dialect, or a `Dialect`; see `Scanner`.
        max_event_bytes: The largest size of one event, in bytes.
        last_event_id: The event id at the start of the stream.

    Raises:
        ValueError: An unknown dialect, or a number that is out of range.
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
    def __init__(
        self: Parser[AnthropicEvent], dialect: Literal["anthropic"], **options: Unpack[ParserOptions]
    ) -> None: ...
    @overload
    def __init__(
        self: Parser[GenerateContentResponse], dialect: Literal["gemini"], **options: Unpack[ParserOptions]
    ) -> None: ...
    @overload
    def __init__(self: Parser[CohereEvent], dialect: Literal["cohere"], **options: Unpack[ParserOptions]) -> None: ...
    @overload
    def __init__(self: Parser[AgentsEvent], dialect: Literal["agents"], **options: Unpack[ParserOptions]) -> None: ...
    @overload
    def __init__(self: Parser[ImagesEvent], dialect: Literal["images"], **options: Unpack[ParserOptions]) -> None: ...
    @overload
    def __init__(self: Parser[SpeechEvent], dialect: Literal["speech"], **options: Unpack[ParserOptions]) -> None: ...
    @overload
    def __init__(
        self: Parser[TranscriptionEvent], dialect: Literal["transcription"], **options: Unpack[ParserOptions]
    ) -> None: ...
    @overload
    def __init__(self: Parser[AutoEvent], dialect: Literal["auto"], **options: Unpack[ParserOptions]) -> None: ...
    @overload
    def __init__(self: Parser[E], dialect: Dialect[E], **options: Unpack[ParserOptions]) -> None: ...
    @overload
    def __init__(self, dialect: DialectName | Dialect | None, **options: Unpack[ParserOptions]) -> None: ...
    def __init__(
        self,
        dialect: str | Dialect | None = None,
        *,
        max_event_bytes: int = MAX_EVENT_BYTES,
        last_event_id: str = "",
    ) -> None:
        self._set_up(dialect, max_event_bytes, last_event_id, None)
        self._conclude_from(None)

    def feed(self, block: Any) -> list[E]:
        """Return the events that a block completes, in order.

        Args:
            block: Bytes of the body, split anywhere.

        Raises:
            SSEScanError: An earlier call failed.
        """
        return self._feed(block)

    def finish(self) -> list[E]:
        """End the body, set the outcome, and return the events that the end completes: today that is an empty list.

        An empty list means that the answer is complete; without a dialect, only that the body ended. If there are
        events to return before a failure, they are returned, `err` is set, and the next call raises it.

        Raises:
            StreamTruncated: The answer is not complete. `err` is set too.
            SSEScanError: The stream failed otherwise, in an earlier `feed` or at its end.
        """
        return self._finish() or self._finish()  # the second call raises what the first one has found

    def __iter__(self) -> NoReturn:
        raise TypeError("Parser is not iterable. Use: for event in parser.feed(block)")

    __next__ = scan = __iter__

    def __repr__(self) -> str:
        return f"<Parser {self.dialect or 'without a dialect'}: {self.outcome}>"
