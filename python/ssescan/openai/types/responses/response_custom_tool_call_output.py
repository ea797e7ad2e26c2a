"""The caller's answer to a custom tool call, as input."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from .response_input_file import ResponseInputFile
from .response_input_image import ResponseInputImage
from .response_input_text import ResponseInputText

__all__ = ["ResponseCustomToolCallOutput", "OutputOutputContentList", "Caller", "CallerDirect", "CallerProgram"]

OutputOutputContentList: TypeAlias = Union[ResponseInputText, ResponseInputImage, ResponseInputFile]


class CallerDirect(Model):
    type: Literal["direct"]


class CallerProgram(Model):
    caller_id: str
    type: Literal["program"]


Caller: TypeAlias = Union[CallerDirect, CallerProgram, None]


class ResponseCustomToolCallOutput(Model):
    call_id: str
    output: Union[str, List[OutputOutputContentList]]
    type: Literal["custom_tool_call_output"]
    id: Optional[str] = None
    caller: Optional[Caller] = None
