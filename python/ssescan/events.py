"""Events: what streams hand out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _core
from .errors import EventDecodeError
from .models.model import Model, Object, restore, row_name, tree_of

__all__ = ["Event", "UnknownEvent", "event_name", "text_of"]


class Event(Model):
    """Base of the typed events of a stream. An event owns its payload and outlives its stream."""

    @property
    def raw(self) -> bytes:
        """The payload as it came; of an event that was not received, its content as JSON."""
        raw = _core.node_raw(self)
        return _encoded(self) if raw is None else raw

    @property
    def text(self) -> str | None:
        """The text that the event adds on the channel `text`, all its parts joined; None if it adds none.

        Raises `EventDecodeError` if the payload turns out to be no JSON.
        """
        return text_of(self)

    def json(self) -> Any:
        """The payload as plain dicts and lists. `EventDecodeError` if it is no JSON."""
        from .models._json import loads

        return loads(self.raw, event_name(self))

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        row = _core.node_row(self)
        return _restore, (type(self), *self._parts(), None if row is None else (row.dialect, row.name))


class UnknownEvent(Event):
    """An event of a name that the dialect does not know: nothing vanishes, nothing is mis-typed."""

    @property
    def name(self) -> str:
        """The event's name on the wire."""
        return event_name(self)

    if TYPE_CHECKING:

        @property
        def event(self) -> str: ...

        @property
        def data(self) -> Any: ...

    else:
        event = name

        @property
        def data(self):
            tree = tree_of(self)
            if "data" in tree:
                if type(tree["data"]) is dict:
                    tree["data"] = Object(tree["data"])
                return tree["data"]
            return Object(tree)


def event_name(event: Event) -> str:
    """The event's name on the wire; empty if it has none."""
    return row_name(event)


def text_of(event: Event, channel: str = "text", index: Any = ...) -> str | None:
    """The text that `event` adds on `channel`, of one index, of all (None) or of the dialect's choice (...)."""
    row = _core.node_row(event)
    if row is None:
        from .dialects import row_of  # dialects are loaded when one is needed

        row = row_of(event)
        if row is None:
            return None
    raw = event.raw
    try:
        return _core.payload_text(row, raw, channel, None if index is ... else index, index is ...)
    except ValueError as error:
        why, at = error.args
        raise EventDecodeError(row.name, raw, f"{why} at byte {at}") from None


def _encoded(event: Event) -> bytes:
    from .models._json import dumps

    row, tree = _core.node_row(event), tree_of(event)
    wrapped = "data" in tree and (row is None or row.dialect == "assistants")
    return dumps(tree["data"] if wrapped else tree, default=_core.node_tree)


def _restore(cls: type[Event], raw: bytes | None, tree: Any, named: tuple[str, str] | None) -> Event:
    """Make an event from its parts; `named`: the dialect and the row's name."""
    if named is None:
        return restore(cls, raw, tree)
    from .dialects import row_named

    return restore(cls, raw, tree, row_named(*named))
