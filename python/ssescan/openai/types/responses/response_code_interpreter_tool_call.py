"""A call of the code interpreter."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

__all__ = ["ResponseCodeInterpreterToolCall", "Output", "OutputLogs", "OutputImage"]


class OutputLogs(Model):
    logs: str
    type: Literal["logs"]


class OutputImage(Model):
    type: Literal["image"]
    url: str


Output: TypeAlias = Union[OutputLogs, OutputImage]


class ResponseCodeInterpreterToolCall(Model):
    id: str
    code: Optional[str] = None
    container_id: str
    outputs: Optional[List[Output]] = None
    status: Literal["in_progress", "completed", "incomplete", "interpreting", "failed"]
    type: Literal["code_interpreter_call"]
