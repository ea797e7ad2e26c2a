"""The event `response.shell_call_command.added`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseShellCallCommandAddedEvent"]


class ResponseShellCallCommandAddedEvent(Event):
    command: str
    command_index: int
    output_index: int
    sequence_number: int
    type: Literal["response.shell_call_command.added"]
