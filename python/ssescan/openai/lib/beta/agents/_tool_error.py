"""`AgentToolError`: a failed tool call of `sessions.stream`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

__all__ = ["AgentToolError", "ToolErrorHandler", "ToolErrorStage"]

ToolErrorStage = Literal["arguments", "execution", "output"]


@dataclass(frozen=True)
class AgentToolError:
    """A tool call whose handler failed, as `on_tool_error` receives it. The model is not sent the exception.

    Attributes:
        error: The exception.
        tool_name: The name of the tool.
        session_id: The id of the session.
        turn_id: The id of the turn.
        call_id: The id of the call.
        stage: "arguments" if the arguments are invalid, "execution" if the handler raised, "output" if its result
            cannot be sent.
    """

    error: Exception
    tool_name: str
    session_id: str
    turn_id: str
    call_id: str
    stage: ToolErrorStage


ToolErrorHandler = Callable[[AgentToolError], object]
