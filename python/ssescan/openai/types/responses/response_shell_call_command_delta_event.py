"""The event `response.shell_call_command.delta`."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.events import Event

__all__ = ["ResponseShellCallCommandDeltaEvent"]


class ResponseShellCallCommandDeltaEvent(Event):
    command_index: int
    delta: str
    output_index: int
    sequence_number: int
    type: Literal["response.shell_call_command.delta"]
    obfuscation: Optional[str] = None
