"""From the events of the Responses API to the response."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ssescan.models.dump import to_plain

from .deltas import object_at, tree_of
from .foreign import raise_if_foreign
from .output import TEXT_OF_ITEMS, TEXT_OF_PARTS, WHOLE_TEXT_OF_ITEMS, WHOLE_TEXT_OF_PARTS, Output

__all__ = ["Response", "is_used"]

_LAST = ("response.completed", "response.done", "response.failed", "response.incomplete")
_LIFECYCLE = ("response.created", "response.queued", "response.in_progress", *_LAST)
_OF_ITEMS = ("response.output_item.added", "response.output_item.done")
#: How events change the output.
_ADD: dict[str, Callable[[Output, dict[str, Any]], object]] = {
    "response.output_item.added": Output.add,
    "response.output_item.done": Output.complete,
    "response.content_part.added": Output.add_part,
    "response.output_text.annotation.added": Output.add_annotation,
    "response.content_part.done": Output.complete_part,
    **dict.fromkeys((*WHOLE_TEXT_OF_PARTS, *WHOLE_TEXT_OF_ITEMS), Output.complete_text),
    **dict.fromkeys((*TEXT_OF_PARTS, *TEXT_OF_ITEMS), Output.add_text),
}


def is_used(name: str) -> bool:
    """Return whether `Response.add` looks at the payload of events of this name."""
    return name in _ADD or name in _LIFECYCLE or not name.startswith("response.")


class Response:
    """The response that events add up to.

    Attributes:
        output: The output; None before the first event.
        completed: The response of the event that completed it, with its whole output; None before that.
        incomplete: The response of the event that ended it early; None before that.
    """

    def __init__(self) -> None:
        self.output: Output | None = None
        self.completed: dict[str, Any] | None = None
        self.incomplete: dict[str, Any] | None = None
        #: The response as the server last sent it.
        self._latest: dict[str, Any] = {}
        self._id: str | None = None

    def add(self, name: Any, event: dict[str, Any]) -> str:
        """Add an event. Return its name, or "" if it is not of this API.

        Args:
            name: The name of the event.
            event: The payload.

        Raises:
            APIError: The event belongs to another API.
        """
        if not isinstance(name, str) or not name.startswith("response."):
            raise_if_foreign("responses", str(name or ""), event)
            return ""
        if self.output is None:
            self.output = Output(object_at(event, "response").get("output"))
        if name in _ADD and (name not in _OF_ITEMS or event.get("item") is not None):
            # Some servers send the type in the event line only.
            _ADD[name](self.output, event if event.get("type") == name else {**event, "type": name})
        elif name in _LIFECYCLE:
            self._add_response(name, self.output, object_at(event, "response"))
        return name

    def _add_response(self, name: str, output: Output, response: dict[str, Any]) -> None:
        # Some servers change the id. The first one is what was created.
        self._id = self._id or response.get("id")
        self._latest = response
        if name not in _LAST:
            output.replace(tree_of(response.get("output")))
        elif name == "response.completed" or response.get("status") == "completed":
            self.completed = {**response, "id": self._id, "output": output.completed(tree_of(response.get("output")))}
        elif name == "response.incomplete":
            self.incomplete = {**response, "id": self._id, "output": response.get("output") or output.snapshot()}

    def answer(self) -> dict[str, Any]:
        """Return the response in the shape of an answer without streaming, as far as it arrived."""
        if (ended := self.completed or self.incomplete) is not None:
            return to_plain(ended)  # type: ignore[no-any-return]
        output = to_plain(self._latest.get("output")) or (self.output.snapshot() if self.output else [])
        return {**to_plain(self._latest), "id": self._id, "output": output}
