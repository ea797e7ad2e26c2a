"""Names of the `openai` package for what does not work here. They can be imported; the first use says what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NoReturn

from ssescan import errors

__all__ = [
    "BedrockOpenAI",
    "ComputerDriver",
    "ComputerToolset",
    "ProxiesTypes",
    "ReconnectingEvent",
    "ReconnectingOverrides",
    "Transport",
    "WebSocketConnectionClosedError",
    "WebSocketQueueFullError",
    "file_from_path",
]

Transport = Any
ProxiesTypes = Any


def file_from_path(path: str) -> tuple[str, bytes]:
    """Return name and content of a file, for an argument that takes a file."""
    return os.path.basename(path), Path(path).read_bytes()


class _Unsupported:
    _instead: str

    def __init__(self, *args: Any, **arguments: Any) -> None:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise errors.OpenAIError(f"ssescan has no {type(self).__name__}. {self._instead}")


class BedrockOpenAI(_Unsupported):
    """A client that signs its requests for Amazon Bedrock. Making one raises OpenAIError."""

    _instead = "Use `OpenAI(api_key=..., base_url=...)` with a Bedrock API key, or the `openai` package."


class ComputerDriver:
    """The base of drivers of a computer. Subclasses work in the `openai` package only."""


class ComputerToolset(_Unsupported):
    """Tools with which a model operates a computer. Making one raises OpenAIError."""

    _instead = "Answer `computer_call` items in your own loop, or use the `openai` package."


class ReconnectingEvent:
    """An event of a WebSocket connection. There are no WebSocket connections here."""


class ReconnectingOverrides:
    """Settings of a WebSocket connection. There are no WebSocket connections here."""


class WebSocketConnectionClosedError(errors.OpenAIError):
    """A WebSocket connection was closed. Never raised here."""


class WebSocketQueueFullError(errors.OpenAIError):
    """The queue of a WebSocket connection was full. Never raised here."""


for _cls in (WebSocketConnectionClosedError, WebSocketQueueFullError):
    _cls.__module__ = __package__
