"""A stream over several completions, each of which follows from the one before: what the tool loop reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator

from ..._parsing import ResponseFormatT
from ._completions import ChatCompletionStream, ChatCompletionStreamManager, ChatCompletionStreamState

if TYPE_CHECKING:
    from ._events import ChatCompletionStreamEvent

__all__ = ["ToolChatStream", "ToolChatStreamManager"]


class ToolChatStream(ChatCompletionStream[ResponseFormatT]):
    """The events of all of them. Snapshots, and `get_final_completion`, are of the last one."""

    def _events(self) -> Iterator[ChatCompletionStreamEvent[ResponseFormatT]]:
        source: Any = self._raw_stream
        rounds = 0
        for chunk in source:
            if source.rounds != rounds:
                rounds, self._state = source.rounds, ChatCompletionStreamState(**self._options)
            yield from self._events_of(chunk)


class ToolChatStreamManager(ChatCompletionStreamManager[ResponseFormatT]):
    """What `chat.completions.run_tools` gives: `with` sends the first request, gives the stream, and closes it."""

    _of: Any = ToolChatStream
