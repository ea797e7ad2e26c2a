"""The event `response.shell_call_output_content.delta`."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.events import Event
from ssescan.models import Model

__all__ = ["ResponseShellCallOutputContentDeltaEvent", "Delta"]


class Delta(Model):
    stderr: Optional[str] = None
    stdout: Optional[str] = None


class ResponseShellCallOutputContentDeltaEvent(Event):
    command_index: int
    delta: Delta
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.shell_call_output_content.delta"]
