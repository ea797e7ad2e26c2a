"""Streams with snapshots, final answers and event handlers."""

from typing import TYPE_CHECKING

from ssescan._lazy import attach

from ..._async import async_names

if TYPE_CHECKING:
    from ._assistants import AssistantEventHandler as AssistantEventHandler
    from ._assistants import AssistantEventHandlerT as AssistantEventHandlerT
    from ._assistants import AssistantStreamManager as AssistantStreamManager
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        dict.fromkeys(["AssistantEventHandler", "AssistantEventHandlerT", "AssistantStreamManager"], "_assistants"),
        async_names(__name__),
    )
