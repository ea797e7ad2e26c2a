"""Streams of the Responses API with snapshots and final answers."""

from typing import TYPE_CHECKING

from ssescan._lazy import attach

from ...._async import async_names

if TYPE_CHECKING:
    from ._events import ResponseCompletedEvent as ResponseCompletedEvent
    from ._events import ResponseFunctionCallArgumentsDeltaEvent as ResponseFunctionCallArgumentsDeltaEvent
    from ._events import ResponseStreamEvent as ResponseStreamEvent
    from ._events import ResponseTextDeltaEvent as ResponseTextDeltaEvent
    from ._events import ResponseTextDoneEvent as ResponseTextDoneEvent
    from ._responses import ResponseStream as ResponseStream
    from ._responses import ResponseStreamManager as ResponseStreamManager
    from ._responses import ResponseStreamState as ResponseStreamState
else:
    _in_events = ["CompletedEvent", "FunctionCallArgumentsDeltaEvent", "StreamEvent", "TextDeltaEvent", "TextDoneEvent"]
    _in_responses = ["ResponseStream", "ResponseStreamManager", "ResponseStreamState"]
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            **{f"Response{name}": "_events" for name in _in_events},
            **dict.fromkeys(_in_responses, "_responses"),
        },
        async_names(__name__),
    )
