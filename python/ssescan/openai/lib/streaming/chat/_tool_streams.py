"""The stream of `chat.completions.run_tools`: one stream over the completions of all rounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..._parsing import ResponseFormatT
from ._completions import ChatCompletionStream, ChatCompletionStreamManager, ChatCompletionStreamState
from ._events import ChatCompletionStreamEvent

__all__ = ["ToolChatStream", "ToolChatStreamManager"]


class ToolChatStream(ChatCompletionStream[ResponseFormatT]):
    """The events of every completion of one `run_tools` call. Snapshots and `get_final_completion` show the latest one."""

    def _events(self) -> Iterator[ChatCompletionStreamEvent[ResponseFormatT]]:
        loop: Any = self._raw_stream
        rounds = 0
        for chunk in loop:
            if loop.rounds != rounds:
                rounds, self._state = loop.rounds, ChatCompletionStreamState(**self._options)
            yield from self._events_of(chunk)


class ToolChatStreamManager(ChatCompletionStreamManager[ResponseFormatT]):
    """The return value of `chat.completions.run_tools`.

    Entering its `with` block sends the first request and returns the stream. Leaving the block closes the stream.
    """

    _of: Any = ToolChatStream
