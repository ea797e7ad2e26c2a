"""`Event`: the base of typed events. `UnknownEvent`: an event whose name the dialect does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import _core
from .errors import EventDecodeError
from .models.model import Model, Object, restore, row_name, tree_of

__all__ = ["Event", "UnknownEvent", "event_name", "text_of"]


_TEXT = """The text that the event adds on channel `text`, with all its parts joined, or None.

Some events have a field `text` of their own, which this attribute is then. It repeats text of events before it. These are the
`...done` events of texts in `responses` and `agents`, and `transcript.text.done` and `transcript.text.segment`. To join the
texts of a stream, use `Scanner.text()`, `Scanner.texts()` or a reader: they skip such fields.

Raises:
    EventDecodeError: The payload is not valid JSON.
"""


class Event(Model):
    """Base of the typed events of a stream. An event owns its payload and outlives its stream.

    Derive from it for the events of your own dialect.
    """

    @property
    def raw(self) -> bytes:
        """The payload as it was received; for an event that was made by hand, its content as JSON."""
        raw = _core.node_raw(self)
        return _encoded(self) if raw is None else raw

    if TYPE_CHECKING:

        @property
        def text(self) -> str | None: ...

    else:
        text = _core.text_property(_TEXT)

    def json(self) -> Any:
        """Return the payload as plain dicts and lists.

        Raises:
            EventDecodeError: The payload is not valid JSON.
        """
        from .models._json import loads

        return loads(self.raw, event_name(self))

    def encode(self) -> bytes:
        """Return the event as a frame of an event stream, to pass it on to a browser or another client.

        The name is in the event line if the dialect has names there. The id and `retry` of the frame are not kept: a stream
        without a dialect has them.
        """
        row = _row_of(self)
        name = row.name if row is not None and row.named_by_sse else ""
        return _core.encode_frame(name, self.raw, "", None)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        row = _core.node_row(self)
        return _restore, (type(self), *self._parts(), None if row is None else (row.dialect, row.name, row.index))


class UnknownEvent(Event):
    """An event whose name the dialect does not know. `name` is the name, `data` the decoded payload.

    `type` is that of the payload, or else the name.
    """

    @property
    def name(self) -> str:
        """The name of the event on the wire."""
        return event_name(self)

    if TYPE_CHECKING:

        @property
        def event(self) -> str: ...

        @property
        def type(self) -> str: ...

        @property
        def data(self) -> Any: ...

    else:
        event = name

        def __getattr__(self, name):
            if name == "type":  # the payload has none
                return event_name(self)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

        @property
        def data(self):
            tree = tree_of(self)
            if "data" in tree:
                if type(tree["data"]) is dict:
                    tree["data"] = Object(tree["data"])
                return tree["data"]
            return Object(tree)

    def __repr__(self) -> str:
        shown, start = super().__repr__(), f"{type(self).__name__}("
        if not (name := self._shown_name()):
            return shown
        return f"{start}{name!r}{'' if shown == f'{start})' else ', '}{shown.removeprefix(start)}"

    def __rich_repr__(self) -> Iterator[Any]:
        if shown := self._shown_name():
            yield shown
        yield from self

    def _shown_name(self) -> str:
        """Return the name, unless the payload has it too."""
        try:
            return "" if event_name(self) in tree_of(self).values() else event_name(self)
        except EventDecodeError:
            return event_name(self)


def event_name(event: Event) -> str:
    """Return the name of an event on the wire; empty if it has no name."""
    return row_name(event)


def text_of(event: Event, channel: str = "text", index: Any = ...) -> str | None:
    """Return the text that `event` adds on `channel`, or None.

    Args:
        event: The event.
        channel: The name of the channel.
        index: The index to read, None for all, or ... for the default of the dialect.

    Raises:
        EventDecodeError: The payload is not valid JSON.
    """
    row = _row_of(event)
    if row is None:
        return None
    raw = event.raw
    try:
        return _core.payload_text(row, raw, channel, None if index is ... else index, index is ...)
    except ValueError as error:
        why, at = error.args
        raise EventDecodeError(row.name, raw, f"{why} at byte {at}") from None


def _row_of(event: Event) -> _core.Row | None:
    """Return the row of an event, which one that was made by hand has by its class and name."""
    row = _core.node_row(event)
    if row is None:
        from .dialects import row_of  # dialects are loaded when one is needed

        row = row_of(event)
    return row


def _encoded(event: Event) -> bytes:
    from .models._json import dumps

    row, tree = _core.node_row(event), tree_of(event)
    wrapped = "data" in tree and (row is None or row.dialect == "assistants")
    return dumps(tree["data"] if wrapped else tree, default=_core.node_tree)


def _restore(cls: type[Event], raw: bytes | None, tree: Any, named: tuple[str, str, int] | None) -> Event:
    """Make an event from its parts; `named`: the dialect, and the name and the index of the row."""
    if named is None:
        return restore(cls, raw, tree)
    from .dialects import row_named

    return restore(cls, raw, tree, row_named(*named))
