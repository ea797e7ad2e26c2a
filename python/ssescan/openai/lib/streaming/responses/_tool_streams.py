"""A stream over several responses, each of which follows from the one before: what the tool loop reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator

from ..._parsing import TextFormatT
from ._responses import ResponseStream, ResponseStreamManager, ResponseStreamState

if TYPE_CHECKING:
    from ._events import ResponseStreamEvent

__all__ = ["ToolResponseStream", "ToolResponseStreamManager"]


class ToolResponseStream(ResponseStream[TextFormatT]):
    """The events of all of them. `get_final_response` gives the last one."""

    def _events(self) -> Iterator[ResponseStreamEvent[TextFormatT]]:
        for raw in self._raw_stream:
            if raw.type == "response.created":
                state = self._state
                self._state = ResponseStreamState(text_format=state._text_format, input_tools=state._tools)
            yield from self._state.handle_event(raw)


class ToolResponseStreamManager(ResponseStreamManager[TextFormatT]):
    """What `responses.run_tools` gives: `with` sends the first request, gives the stream, and closes it."""

    _of: Any = ToolResponseStream
