"""Streams of Chat Completions with snapshots and final answers."""

from typing import TYPE_CHECKING

from ssescan._lazy import attach

from ...._async import async_names

if TYPE_CHECKING:
    from ._completions import ChatCompletionStream as ChatCompletionStream
    from ._completions import ChatCompletionStreamManager as ChatCompletionStreamManager
    from ._completions import ChatCompletionStreamState as ChatCompletionStreamState
    from ._events import ChatCompletionStreamEvent as ChatCompletionStreamEvent
    from ._events import ChunkEvent as ChunkEvent
    from ._events import ContentDeltaEvent as ContentDeltaEvent
    from ._events import ContentDoneEvent as ContentDoneEvent
    from ._events import FunctionToolCallArgumentsDeltaEvent as FunctionToolCallArgumentsDeltaEvent
    from ._events import FunctionToolCallArgumentsDoneEvent as FunctionToolCallArgumentsDoneEvent
    from ._events import LogprobsContentDeltaEvent as LogprobsContentDeltaEvent
    from ._events import LogprobsContentDoneEvent as LogprobsContentDoneEvent
    from ._events import LogprobsRefusalDeltaEvent as LogprobsRefusalDeltaEvent
    from ._events import LogprobsRefusalDoneEvent as LogprobsRefusalDoneEvent
    from ._events import RefusalDeltaEvent as RefusalDeltaEvent
    from ._events import RefusalDoneEvent as RefusalDoneEvent
    from ._types import ParsedChatCompletionMessageSnapshot as ParsedChatCompletionMessageSnapshot
    from ._types import ParsedChatCompletionSnapshot as ParsedChatCompletionSnapshot
    from ._types import ParsedChoiceSnapshot as ParsedChoiceSnapshot
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "ChatCompletionStream": "_completions",
            "ChatCompletionStreamEvent": "_events",
            "ChatCompletionStreamManager": "_completions",
            "ChatCompletionStreamState": "_completions",
            "ChunkEvent": "_events",
            "ContentDeltaEvent": "_events",
            "ContentDoneEvent": "_events",
            "FunctionToolCallArgumentsDeltaEvent": "_events",
            "FunctionToolCallArgumentsDoneEvent": "_events",
            "LogprobsContentDeltaEvent": "_events",
            "LogprobsContentDoneEvent": "_events",
            "LogprobsRefusalDeltaEvent": "_events",
            "LogprobsRefusalDoneEvent": "_events",
            "ParsedChatCompletionMessageSnapshot": "_types",
            "ParsedChatCompletionSnapshot": "_types",
            "ParsedChoiceSnapshot": "_types",
            "RefusalDeltaEvent": "_events",
            "RefusalDoneEvent": "_events",
        },
        async_names(__name__),
    )
