"""The native core: frames, dispatch and text paths in Rust, and the objects that Python sees of them.

What a stream *means* is decided in Python (`ssescan.outcome`), once, at its end; everything that happens per
event happens here. Names with an underscore, and all functions, are for the Python half of the package alone
and may change with it; users meet `ServerSentEvent`, and `Stream` and `Node` as bases.

All classes rely on the GIL.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol, TypeVar, final, type_check_only

from typing_extensions import Self, disjoint_base

__all__ = [
    "Field",
    "Framing",
    "Node",
    "Row",
    "ServerSentEvent",
    "Stream",
    "Table",
    "__version__",
    "node_new",
    "node_raw",
    "node_row",
    "node_set_tree",
    "node_tree",
    "payload_text",
]

_N = TypeVar("_N", bound=Node)

@type_check_only
class _Writable(Protocol):
    """A tee: anything that takes bytes."""

    def write(self, block: bytes, /) -> object: ...

@type_check_only
class _Buffer(Protocol):
    """bytes, bytearray, memoryview, or another object with the buffer protocol (`collections.abc.Buffer` is of 3.12)."""

    def __buffer__(self, flags: int, /) -> memoryview: ...

_Channels = list[tuple[str, list[str], str | None]]
_RowSpec = tuple[str | None, type[Node] | None, _Channels, str | None, bool, bool, str | None]

__version__: Final[str]
"""Version of the package, that of Cargo.toml."""

@final
class ServerSentEvent:
    """One event of an event stream, as the WHATWG standard has it: what a stream without a dialect gives.

    Immutable, hashable, and equal to one with the same fields. Can be copied, pickled and weakly referenced;
    matches positionally as `ServerSentEvent(event, data, id, retry)`. It owns what it holds.
    """

    __match_args__ = ("event", "data", "id", "retry")

    def __new__(
        cls, event: str | None = None, data: str | bytes | None = None, id: str | None = None, retry: int | None = None
    ) -> Self:
        """An event made by hand; absent fields have the standard's defaults.

        TypeError if `data` is neither str nor bytes. OverflowError if `retry` is negative or over 64 bits.
        """

    @property
    def event(self) -> str:
        """The event's type: the last `event` line, `"message"` if there was none or an empty one."""

    @property
    def id(self) -> str:
        """The last event id in force at this event: sticky, `""` if none was ever set."""

    @property
    def retry(self) -> int | None:
        """Milliseconds, if this very event gave a valid `retry` line; of several the last."""

    @property
    def raw(self) -> bytes:
        """The data lines joined by LF, as they came: not necessarily UTF-8."""

    @property
    def data(self) -> str:
        """The same as text; bad UTF-8 is U+FFFD. Decoded at the first look and kept."""

    def json(self) -> Any:
        """The data as JSON; decoded once, every call gives the same object. `EventDecodeError` if it is none."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type[Self], tuple[str, bytes, str, int | None]]: ...

@disjoint_base
class Stream:
    """A stream's life: pulls blocks or is fed with them, cuts frames, makes events. Base of `Scanner` and `Parser`.

    One thread at a time may advance it (RuntimeError otherwise); attributes may be read from any, since no
    state is borrowed while a source is waited for. A subclass must have the method

        _settle(kind: str, details: dict[str, Any]) -> BaseException | None

    which is called once, when the stream ends, and says whether that is a failure. `kind` is one of

        done        the end mark, or the last event
        eof         the body ended; details: complete
        error       the server sent an error; details: row (index or None), name, payload
        failed      a reader met an event behind which its text is no whole answer; details: the same
        malformed   a payload is no JSON object; details: name, payload, at, why
        too_large   an event over the limit; details: limit, size, position
        source      the source or the tee raised; details: cause

    or the reason that `_stop` was given. What it returns is raised by every advance from then on, and None
    makes every advance stop.
    """

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Takes any arguments, for the sake of subclasses, and uses none: `_configure` sets the stream up."""

    def __iter__(self) -> Iterator[Any]:
        """Itself: a second loop goes on where the first one stopped."""

    def __next__(self) -> Any:
        """The next event; pulls blocks until there is one. Cost: 30 to 90 ns for an event that is in the block.

        StopIteration at a good end, for ever. Raises what the stream failed with, every time the same
        object, without the traceback of the time before. KeyboardInterrupt and the like pass and are not
        remembered; the stream goes on where it was.
        """

    def scan(self) -> bool:
        """Advances to the next event: True if there is one. False at every end, good or bad.

        Raises nothing that the stream has failed with; RuntimeError if another thread is advancing.
        """

    @property
    def event(self) -> Any:
        """The current event: None before the first one, the last one behind the end."""

    @property
    def last_event_id(self) -> str:
        """The id that the last blank line put in force; `""` if none. Moves without data, too."""

    @property
    def retry_ms(self) -> int | None:
        """The reconnection time that the server asked for last, in milliseconds; at once, also in an unfinished frame."""

    @property
    def tee(self) -> _Writable | None:
        """A file that gets every block, as bytes, before its events are handed out.

        May be set at any time, None for none. What its `write` raises ends the stream, unchanged.
        """

    @tee.setter
    def tee(self, tee: _Writable | None) -> None: ...
    @property
    def _busy(self) -> bool:
        """Somebody is advancing the stream, and perhaps waiting for a block."""

    @property
    def _open(self) -> bool:
        """The stream has not ended, or nobody has found out yet."""

    def _configure(
        self,
        tables: list[Table],
        auto: bool,
        max_event_bytes: int,
        last_event_id: str,
        tee: _Writable | None,
    ) -> None:
        """Sets the stream up; once, before anything else.

        `tables`: none for plain events, one, or with `auto` several, of which the first event tells.
        OverflowError if `max_event_bytes` is no size.
        """

    def _attach(self, iterator: Iterator[Any] | None, read: Callable[..., Any] | None, timed: bool) -> None:
        """Says where blocks come from: `iterator`, or `read`, a callable that gives an empty block at the end.

        A `timed` read is given the number of events handed out so far, for its deadlines.
        """

    def _counts(self) -> tuple[int, int, int, float, float | None, float | None, float | None]:
        """`(events, bytes, tail_bytes, opened_s, first_byte_s, first_text_s, last_s)`; see `ssescan.Stats`."""

    def _dialect(self) -> str | None:
        """Name of the dialect in use: None without one, or while it is not told yet."""

    def _summary(self) -> tuple[str, bytes | None, bytes | None, bool]:
        """`(text, finish_reason, usage, complete)` of the events handed out, the middle two as JSON.

        `text` is that of the channel that was read last, `text` if none was. Reads the kept blocks again:
        at most 1 MiB of them.
        """

    def _stop(self, reason: str) -> bool:
        """Nothing is handed out from now on; the next advance settles with `reason`. False if it has ended before."""

    def _conclude(self, failure: BaseException | None) -> None:
        """How the stream ended, told from outside: every advance raises `failure`, or stops if that is None."""

    def _read_text(
        self,
        channel: str,
        index: int | None,
        default_index: bool,
        on_event: Callable[[Any], object] | None,
        *,
        enough: int = 1,
    ) -> str | None:
        """Text of the next blocks on `channel`, until there are `enough` bytes of it; None at a good end.

        `index`: of one choice, part or call, or of all (None); `default_index`: of the dialect's choice
        instead. `on_event` gets each event that adds no text; without it no event is made. Half a surrogate
        pair at the end waits for the other half. Raises as `__next__` does, and for a run that failed.
        """

    def _next_unlike(self, channel: str, *, alike: bool, arrivals: list[float] | None = None) -> tuple[str, Any | None]:
        """The next event that differs from the last one in more than its text on `channel`, and the texts of that one
        and of those that do not, joined: `(text, event)`. Without `alike` it is the next event, and no text.

        What else may differ are numbers and strings at the top of the payload that no channel leads to. No event: a
        good end. `arrivals` gets the monotonic second for each event when the read that completed it returned.
        Raises as `__next__` does.
        """

    def _feed(self, block: _Buffer | bytes | bytearray | memoryview) -> list[Any]:
        """Takes a block and gives the events that it completes.

        A failure behind them is raised by the next call. TypeError if `block` is none; the stream goes on.
        """

    def _finish(self) -> list[Any]:
        """The body has ended: gives what that completes, which is nothing today. Failures as in `_feed`."""

@disjoint_base
class Node:
    """Base of events and models: a view of a decoded JSON object, made without a call into Python.

    An event has its payload as bytes until somebody looks, and then the object besides; a model has the
    object alone. `Field`s of the class read and write it; other attributes are keys that the class does not
    declare. Use `ssescan.models.Model` as the base: subclasses must not add to the layout.
    """

@final
class Field:
    """One declared field of a model class: a descriptor.

    Reading gives the value at `key`, None if it is absent; an object or array becomes at the first look, and
    stays, what `resolver(owner, annotation)` says: a class; `(key, {value: kind}, class or None)`, told
    apart by the value at `key`; `[kind]`, a list; `{"*": kind}`, a mapping; "keep", the dict that it is; None, an
    `Object`.
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
        """`name` in Python, `key` on the wire."""

    @property
    def name(self) -> str:
        """The name in Python."""

    @property
    def key(self) -> str:
        """The name on the wire."""

    @property
    def annotation(self) -> Any:
        """As it was written: perhaps a string."""

    @property
    def required(self) -> bool:
        """The class gives no default."""

    @property
    def owner(self) -> Any:
        """The class that declares it; strings are evaluated in its module."""

    def __get__(self, instance: Any, owner: Any = None, /) -> Any:
        """The value in `instance`; the field itself if asked of the class. `EventDecodeError` if the payload is no JSON."""

    def __set__(self, instance: Any, value: Any, /) -> None: ...
    def __delete__(self, instance: Any, /) -> None:
        """Can't: delete the attribute of the instance, which does."""

@final
class Row:
    """A row of a dialect's table, as the events of one name see it. Made by `Table`."""

    @property
    def name(self) -> str:
        """Wire name of the events; `""` if they have none."""

    @property
    def dialect(self) -> str:
        """Name of the dialect."""

    @property
    def index(self) -> int:
        """Its place in `Dialect.all_rows()`."""

@final
class Table:
    """A compiled dialect; see `ssescan.Dialect` for what the arguments mean."""

    def __new__(
        cls,
        name: str,
        rows: list[_RowSpec],
        *,
        named_by: list[str],
        payload: str | None,
        finish: tuple[str, str] | None,
        index: int | None,
        claims: list[str],
        error_key: str | None,
        error_key_not_in: list[str],
        error_field: str | None,
        skip: list[str],
        name_key: str | None,
        data_key: str | None,
    ) -> Self:
        """`rows`: `(name, class, channels, ends, error, fails, usage)`, the default one without a name.

        ValueError for a path that is none, or a row that ends in no known way. TypeError for a class that is
        no `Node` or has state of its own.
        """

    @property
    def name(self) -> str:
        """Name of the dialect."""

    def row(self, name: str) -> Row | None:
        """The row of events with this name; of an unknown one, the default row under it. None if it has no class."""

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
    """A node from its parts. TypeError if `cls` is no `Node` or has state of its own."""

def node_raw(node: Node) -> bytes | None:
    """The payload of an event; None of a model."""

def node_row(node: Node) -> Row | None:
    """The row that an event is of; None of a model, and of an event made by hand."""

def node_set_tree(node: Node, tree: dict[str, Any]) -> None:
    """Puts another object under a node."""

def node_tree(node: Node, *, decode: bool = True) -> Any:
    """The dict that a node is a view of, with nodes in it where somebody has looked.

    Decodes it first if nobody has; with `decode=False` gives None instead. `EventDecodeError` if it is no JSON.
    """

def payload_text(row: Row, payload: bytes, channel: str, index: int | None, default_index: bool) -> str | None:
    """The text on `channel` of an event's payload, all its parts joined; None if there is none.

    `index`: of one, or of all (None); `default_index`: of the dialect's choice instead.
    ValueError `(why, position)` if the payload is no JSON.
    """
