"""The stream of `responses.run_tools`: one stream over the responses of all rounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..._parsing import TextFormatT
from ._events import ResponseStreamEvent
from ._responses import ResponseStream, ResponseStreamManager, ResponseStreamState

__all__ = ["ToolResponseStream", "ToolResponseStreamManager"]


class ToolResponseStream(ResponseStream[TextFormatT]):
    """The events of every response of one `run_tools` call. `get_final_response` returns the last response."""

    def _events(self) -> Iterator[ResponseStreamEvent[TextFormatT]]:
        for raw in self._raw_stream:
            if raw.type == "response.created":
                state = self._state
                self._state = ResponseStreamState(text_format=state._text_format, input_tools=state._tools)
            yield from self._state.handle_event(raw)


class ToolResponseStreamManager(ResponseStreamManager[TextFormatT]):
    """The return value of `responses.run_tools`.

    Entering its `with` block sends the first request and returns the stream. Leaving the block closes the stream.
    """

    _of: Any = ToolResponseStream
