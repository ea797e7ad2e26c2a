"""The native core: frames, dispatch and text extraction in Rust.

Everything that happens per event happens here. What the end of a stream means is decided in Python, once per stream
(`ssescan.reading.ending`). Programs use `ServerSentEvent`, and subclasses of `Stream` and `Node`. Functions, and names with an
underscore, are private.

All classes rely on the GIL.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar, final, type_check_only

from typing_extensions import Self, disjoint_base

__all__ = [
    "End",
    "EventIterator",
    "Field",
    "Framing",
    "Node",
    "Row",
    "Selection",
    "ServerSentEvent",
    "Stream",
    "Table",
    "TextIterator",
    "TextReads",
    "__version__",
    "encode_frame",
    "event_text",
    "node_new",
    "node_raw",
    "node_row",
    "node_set_tree",
    "node_tree",
    "payload_text",
    "text_property",
]

_N = TypeVar("_N", bound=Node)

@type_check_only
class _Writable(Protocol):
    """A tee: an object with a `write` method that takes bytes."""

    def write(self, block: bytes, /) -> object: ...

@type_check_only
class _Buffer(Protocol):
    """bytes, bytearray, memoryview, or another object with the buffer protocol (`collections.abc.Buffer` is of 3.12)."""

    def __buffer__(self, flags: int, /) -> memoryview: ...

_Channels = list[tuple[str, list[str], str | None]]

__version__: Final[str]
"""The version of the package, from Cargo.toml."""

@final
class ServerSentEvent:
    """One event of an event stream, as the WHATWG standard defines it. Streams without a dialect yield these.

    It is immutable, hashable, and equal to an event with the same fields. It can be copied, pickled and weakly referenced,
    and matches `ServerSentEvent(event, data, id, retry)`. It owns its data.
    """

    __match_args__ = ("event", "data", "id", "retry")

    def __new__(
        cls, event: str | None = None, data: str | bytes | None = None, id: str | None = None, retry: int | None = None
    ) -> Self:
        """Make an event by hand. Missing fields have the defaults of the standard.

        Args:
            event: The event type; None means "message".
            data: The data; None means an empty string.
            id: The last event id; None means an empty string.
            retry: The reconnection time in milliseconds, or None.

        Raises:
            TypeError: `data` is neither str nor bytes.
            OverflowError: `retry` is negative or over 64 bits.
        """

    @property
    def event(self) -> str:
        """The event type: the value of the last `event` line, or "message" if it is missing or empty."""

    @property
    def id(self) -> str:
        """The last event id at this event; an empty string if no id was ever set. Ids are sticky."""

    @property
    def retry(self) -> int | None:
        """The reconnection time in milliseconds if this event has a valid `retry` line, else None."""

    @property
    def raw(self) -> bytes:
        """The data lines as they were received, joined by LF. They may be invalid UTF-8."""

    @property
    def data(self) -> str:
        """The data lines as text, joined by LF. Invalid UTF-8 becomes U+FFFD."""

    def json(self) -> Any:
        """Return the decoded data. It is decoded once; every call returns the same object.

        Raises:
            EventDecodeError: The data is not JSON.
        """

    def encode(self) -> bytes:
        """Return the event as a frame of an event stream, to pass it on. Line breaks in the data become LF.

        A name "message" and an empty id are left out: a client that has an id keeps it.

        Raises:
            ValueError: The name or the id contains a line break, or the id a NUL. Events of a stream never do.
        """

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type[Self], tuple[str, bytes, str, int | None]]: ...

@final
class End:
    """Why a stream ended. Fields that do not belong to the kind are empty.

    The kinds, and the fields that belong to them:

        done        the end marker, or the last event
        eof         the body ended; complete
        only_done   the end marker came before the answer was complete; payload
        error       the server sent an error; row (index or None), name, payload
        failed      a reader read the event of an answer that failed; row, name, payload
        malformed   a payload is not a JSON object; name, payload, why, at
        too_large   an event is over the limit; limit, size, position
        source      the source raised; cause, complete
        tee         the tee raised; cause, complete
        closed      the stream was closed before its end
        cancelled   the stream was cancelled
    """

    def __new__(
        cls,
        kind: str,
        *,
        name: str = "",
        payload: bytes | None = None,
        row: int | None = None,
        complete: bool = False,
        why: str = "",
        at: int = 0,
        limit: int = 0,
        size: int = 0,
        position: int = 0,
        cause: BaseException | None = None,
    ) -> Self:
        """Make an end.

        Raises:
            ValueError: An unknown kind.
        """

    @property
    def kind(self) -> str:
        """One of the kinds above."""

    @property
    def name(self) -> str:
        """The name of the event."""

    @property
    def payload(self) -> bytes:
        """The payload of the event."""

    @property
    def row(self) -> int | None:
        """The index of the event's row in its dialect."""

    @property
    def complete(self) -> bool:
        """True if the payloads said that the answer is complete."""

    @property
    def why(self) -> str:
        """Why the payload is malformed."""

    @property
    def at(self) -> int:
        """Where the payload is malformed, in bytes."""

    @property
    def limit(self) -> int:
        """The limit for one event, in bytes."""

    @property
    def size(self) -> int:
        """The bytes of the event that were received."""

    @property
    def position(self) -> int:
        """The offset of the event in the stream, in bytes."""

    @property
    def cause(self) -> BaseException | None:
        """The exception of the source or the tee."""

@disjoint_base
class Stream:
    """Base of `Scanner` and `Parser`: takes blocks, splits them into frames, and makes events.

    One thread at a time may advance a stream. Attributes can be read from any thread, also while another one waits for a
    block.

    A stream ends once. `conclude`, the function given to `_conclude_with`, decides what an `End` means, and the first verdict
    is stored. Every later advance raises its exception; without one, every later advance stops. If the stream has a source,
    the core then calls the method `_release_source(good: bool)` of the subclass.
    """

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Make a stream. The arguments are those of the subclass and are ignored; `_configure` sets the stream up."""

    def __iter__(self) -> Iterator[Any]:
        """Return the stream itself: a second loop continues where the first one stopped."""

    def __next__(self) -> Any:
        """Return the next event. This costs 30 to 90 ns for an event that is in the current block.

        A KeyboardInterrupt is not sticky: the stream continues where it was.

        Raises:
            StopIteration: The stream ended without a failure.
            SSEScanError: The stream failed. Every advance raises the same object.
            RuntimeError: Another thread is reading the stream.
        """

    def scan(self) -> bool:
        """Advance to the next event. Return False at the end of the stream, also if the stream failed.

        Raises:
            RuntimeError: Another thread is reading the stream.
        """

    @property
    def event(self) -> Any:
        """The current event; None before the first one, the last event after the end.

        `scan` does not make it: the first read does.
        """

    def text(self) -> str | None:
        """Return the text that the current event adds on channel `text`, with all its parts joined, or None.

        This makes no event.

        Raises:
            EventDecodeError: The payload of the event is not valid JSON.
        """

    @property
    def last_event_id(self) -> str:
        """The last event id; an empty string if no id was set. A blank line updates it, also without data."""

    @property
    def retry_ms(self) -> int | None:
        """The last reconnection time that the server set, in milliseconds, or None. Unfinished frames count too."""

    @property
    def tee(self) -> _Writable | None:
        """A file that receives every block before its events are returned, or None. It can be set at any time.

        An exception of its `write` ends the stream and passes unchanged.
        """

    @tee.setter
    def tee(self, tee: _Writable | None) -> None: ...
    @property
    def _busy(self) -> bool:
        """True while a thread advances the stream, and perhaps waits for a block."""

    @property
    def _outcome(self) -> Any:
        """The outcome that `conclude` returned; None before the end."""

    @property
    def _failure(self) -> BaseException | None:
        """The exception that `conclude` returned, or None."""

    def _conclude_with(self, conclude: Callable[..., tuple[Any, BaseException | None]]) -> None:
        """Set the function that decides what the end means, once, before the first advance.

        Args:
            conclude: `conclude(end, dialect, counts, partial_text, last_event, last_event_name, non_sse_prefix,
                partial_text_truncated)` returns `(outcome, exception)`. `dialect` is the index of the table in use, or None.
                `counts` is what `_counts` returns. `partial_text` is None for an end that no exception follows.
                `last_event_name` is None if a reader read the stream. `non_sse_prefix` is the start of a body that had no
                event and does not look like an event stream. It is kept for sources that ask for it (`keeps_prefix`).
                `partial_text_truncated` is True if there was more text before `partial_text`.
        """

    def _configure(
        self,
        tables: list[Table],
        auto: bool,
        max_event_bytes: int,
        last_event_id: str,
        tee: _Writable | None,
    ) -> None:
        """Set the stream up, once, before anything else.

        Args:
            tables: An empty list for a stream without a dialect, one table, or with `auto` several to choose from.
            auto: True to choose the table by the first event.
            max_event_bytes: The largest size of one event.
            last_event_id: The event id at the start.
            tee: See the attribute `tee`.

        Raises:
            OverflowError: `max_event_bytes` does not fit into a size.
        """

    def _attach(self, source: Any) -> None:
        """Set the source of blocks, a `Source` of `ssescan.reading.sources`."""

    def _counts(self) -> tuple[int, int, int, float, float | None, float | None, float | None]:
        """Return `(events, bytes, tail_bytes, opened_s, first_byte_s, first_text_s, last_s)`; see `ssescan.Stats`."""

    def _dialect(self) -> str | None:
        """Return the name of the dialect in use; None without a dialect, or before it is detected."""

    def _summary(self) -> tuple[bytes | None, bytes | None]:
        """Return `(finish_reason, usage)` of the events so far, as JSON.

        The first call reads the kept blocks again. From then on each event is recorded when it is returned.
        """

    def _stop(self, *, closing: bool) -> bool:
        """Stop the stream, which ends it as `closed` or `cancelled` unless it has ended already.

        Return True if a thread waits in a read. It has to be woken, and ends the stream as `cancelled`.
        """

    def _read_bytes(self, selection: Selection, size: int, on_event: Callable[[Any], object] | None) -> bytes:
        """Return up to `size` bytes of whole characters, or one character if it is longer; b"" only at a good end.

        A surrogate without its other half becomes U+FFFD. Otherwise it acts as `TextReads.read`.
        """

    def _next_unlike(self, channel: str, *, alike: bool, arrivals: list[float] | None = None) -> tuple[str, Any | None]:
        """Return the next event that differs from the last one in more than its text, and the joined texts before it.

        Numbers and strings at the top of the payload that no channel leads to may differ too. At a good end the event is
        None. Raises as `__next__` does.

        Args:
            channel: The channel of the text.
            alike: False to return the next event whatever it is, without text.
            arrivals: A list that gets the monotonic time, in seconds, at which the data of each event arrived.
        """

    def _feed(self, block: _Buffer | bytes | bytearray | memoryview) -> list[Any]:
        """Take a block and return the events that it completes. The next call raises a failure after them.

        Raises:
            TypeError: `block` is not bytes-like. The stream can still be used.
        """

    def _finish(self) -> list[Any]:
        """End the body and return the events that this completes. The next call raises a failure after them."""

@disjoint_base
class Node:
    """Native base of events and models: shows a decoded JSON object.

    An event has its payload as bytes. Its fields, and those of nested objects, are read from there as long as nothing needs
    the decoded object: a write, a dump, a comparison. Other models have the decoded object only. The `Field`s of the class
    read and write it; other attributes are keys that the class does not declare. Derive from
    `ssescan.models.Model`: subclasses must not change the layout.
    """

@final
class Field:
    """The descriptor of one declared field of a model class.

    Reading returns the value at `key`, or None if it is absent. An object or array is converted at the first read, to the
    type that `resolver(owner, annotation)` returns; see `ssescan.models.field_types`.
    """

    def __new__(
        cls,
        name: str,
        key: str,
        annotation: Any,
        required: bool,
        owner: type,
        resolver: Callable[[type, Any], Any],
    ) -> Self:
        """Make a field. `name` is the name of the attribute, `key` the name on the wire."""

    @property
    def name(self) -> str:
        """The name of the attribute."""

    @property
    def key(self) -> str:
        """The name on the wire."""

    @property
    def annotation(self) -> Any:
        """The annotation as it was written, perhaps as a string."""

    @property
    def required(self) -> bool:
        """True if the class does not declare a default."""

    @property
    def owner(self) -> Any:
        """The class that declares the field. Annotations that are strings are evaluated in its module."""

    def __get__(self, instance: Any, owner: Any = None, /) -> Any:
        """Return the value in `instance`; the field itself when read from the class.

        Raises:
            EventDecodeError: The payload is not JSON.
        """

    def __set__(self, instance: Any, value: Any, /) -> None: ...
    def __delete__(self, instance: Any, /) -> None:
        """Not supported: delete the attribute of the instance instead."""

@final
class Row:
    """A row of a dialect, as its events refer to it. `Table` makes it."""

    @property
    def name(self) -> str:
        """The name of the events on the wire; an empty string for events without a name."""

    @property
    def dialect(self) -> str:
        """The name of the dialect."""

    @property
    def index(self) -> int:
        """The position in `Dialect.all_rows()`."""

    @property
    def named_by_sse(self) -> bool:
        """Whether the dialect has names in the event line."""

@final
class Selection:
    """A channel and an index: the text that a reader reads."""

    def __new__(cls, channel: str, index: Any) -> Self:
        """Make a selection. `index` is an int, None for all, or `...` for the default of the dialect.

        Raises:
            TypeError: `index` is something else.
        """

@final
class TextReads:
    """The reads of a text file. They share the position and the unread text of all readers of the stream."""

    def __new__(cls, stream: Stream, selection: Selection, on_event: Callable[[Any], object] | None) -> Self:
        """Make the reads of a channel. `on_event` is called with each event that adds no text."""

    def read(self, size: int | None, /) -> str:
        """Return 1 to `size` characters as soon as there are any; all the text that is left if `size` is negative or None.

        "" means the end of the answer.

        Raises:
            SSEScanError: The stream failed.
            ValueError: The stream was closed before its end.
            RuntimeError: Another thread is reading the stream, or text of another channel is unread.
        """

    def readline(self, size: int | None, /) -> str:
        """Return the next line with its newline, of at most `size` characters. Raises what `read` raises."""

@final
class EventIterator:
    """Yields the events of a stream. It shares the position of the stream."""

    def __new__(cls, stream: Stream) -> Self:
        """Make an iterator of the events of a stream."""

    def __iter__(self) -> Self:
        """Return the iterator itself."""

    def __next__(self) -> Any:
        """Return the next event.

        Raises:
            StopIteration: The stream ended, and the answer is complete.
            SSEScanError: The stream failed.
            RuntimeError: Another thread is reading the stream.
        """

@final
class TextIterator:
    """Yields one str per event that adds text, as soon as the event has arrived.

    Half a surrogate pair waits for its other half. The iterator shares the position and the unread text of all readers.
    """

    def __new__(cls, stream: Stream, selection: Selection) -> Self:
        """Make an iterator of the text of a stream."""

    def __iter__(self) -> Self:
        """Return the iterator itself."""

    def __next__(self) -> str:
        """Return the next text.

        Raises:
            StopIteration: The stream ended, and the answer is complete.
            SSEScanError: The stream failed.
            ValueError: The stream was closed before its end.
            RuntimeError: Another thread is reading the stream, or text of another channel is unread.
        """

@final
class Table:
    """A compiled dialect. `ssescan.Dialect` explains the arguments."""

    def __new__(
        cls,
        name: str,
        declaration: Mapping[str, Any],
        classes: Sequence[Callable[[], type[Node]] | None],
        *,
        name_key: str | None,
        data_key: str | None,
    ) -> Self:
        """Compile a dialect.

        Args:
            name: The name of the dialect.
            declaration: What `Dialect.declaration` returns.
            classes: For each row of the declaration a function that returns its class, or None.
            name_key: The attribute of events that has their name, or None.
            data_key: The attribute of events that has their payload, or None.

        Raises:
            ValueError: The declaration is invalid.
        """

    @property
    def name(self) -> str:
        """The name of the dialect."""

    def load(self) -> None:
        """Load the classes of all rows. Without it each is loaded with the first event of its row.

        Raises:
            TypeError: A class is not a subclass of `Node`, or changes its layout.
        """

    def row(self, name: str, index: int | None = None) -> Row | None:
        """Return the row of events with this name; for an unknown name the default row. None if it has no class.

        Args:
            name: The name of the events.
            index: The index of the row, if the name has several; None for the last one.
        """

@final
class Framing:
    """Finds the data of an HTTP/1.1 body in the blocks of its connection (RFC 9112, section 6).

    Args:
        kind: "chunked" for the chunked transfer coding, "length" for a body of `length` bytes, "close" for a body that
            ends with its connection.
        length: The bytes of the body, for "length".

    Raises:
        ValueError: The kind is unknown.
    """

    def __new__(cls, kind: str, length: int = 0) -> Self: ...
    def feed(self, block: bytes) -> bytes:
        """Return the data of the body in `block`; an empty block says that the connection was closed.

        After the end of the body, and after an error, every block adds nothing.
        """

    @property
    def kind(self) -> str:
        """The kind: "chunked", "length" or "close"."""

    @property
    def ended(self) -> bool:
        """True when the body was read to its end, trailers included."""

    @property
    def reusable(self) -> bool:
        """True when the body was read to its end and the connection sent nothing after it."""

    @property
    def error(self) -> str | None:
        """Why the body is invalid after the data that was returned so far, or None."""

def node_new(cls: type[_N], raw: bytes | None, tree: dict[str, Any] | None, row: Row | None) -> _N:
    """Make a node from its parts. TypeError if `cls` is not a subclass of `Node`, or changes its layout."""

def node_raw(node: Node) -> bytes | None:
    """Return the payload of an event; None for a model."""

def node_row(node: Node) -> Row | None:
    """Return the row of an event; None for a model and for an event that was made by hand."""

def node_set_tree(node: Node, tree: dict[str, Any]) -> None:
    """Replace the object that a node shows."""

def node_tree(node: Node, *, decode: bool = True) -> Any:
    """Return the dict that a node shows, in which objects that were read are nodes.

    It is decoded first if necessary; with `decode=False` the result is None instead.

    Raises:
        EventDecodeError: The payload is not JSON.
    """

def event_text(event: Node) -> str | None:
    """Return the text that an event adds on channel `text`, with all its parts joined, or None.

    Args:
        event: The event. It need not have a row, nor a payload.

    Raises:
        EventDecodeError: The payload is not valid JSON.
    """

def text_property(doc: str) -> property:
    """Return the property `text` of events. `doc` is its docstring."""

def encode_frame(event: str, data: bytes, id: str, retry: int | None) -> bytes:
    """Return an event as a frame of an event stream; see `ServerSentEvent.encode`.

    Raises:
        ValueError: The name or the id contains a line break, or the id a NUL.
        UnicodeEncodeError: The name or the id contains a lone surrogate.
    """

def payload_text(row: Row, payload: bytes, channel: str, index: int | None, default_index: bool) -> str | None:
    """Return the text on `channel` of a payload, with all its parts joined, or None.

    Args:
        row: The row of the event.
        payload: The payload.
        channel: The channel.
        index: The index to read; None for all.
        default_index: True to use the default index of the dialect.

    Raises:
        ValueError: The payload is not JSON; the arguments are the reason and its position.
    """
