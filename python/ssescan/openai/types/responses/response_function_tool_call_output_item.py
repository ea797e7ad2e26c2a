"""The caller's answer to a function call."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from .response_input_file import ResponseInputFile
from .response_input_image import ResponseInputImage
from .response_input_text import ResponseInputText

__all__ = ["ResponseFunctionToolCallOutputItem", "OutputOutputContentList", "Caller", "CallerDirect", "CallerProgram"]

OutputOutputContentList: TypeAlias = Union[ResponseInputText, ResponseInputImage, ResponseInputFile]


class CallerDirect(Model):
    type: Literal["direct"]


class CallerProgram(Model):
    caller_id: str
    type: Literal["program"]


Caller: TypeAlias = Union[CallerDirect, CallerProgram, None]


class ResponseFunctionToolCallOutputItem(Model):
    id: str
    output: Union[str, List[OutputOutputContentList]]
    status: Literal["in_progress", "completed", "incomplete"]
    type: Literal["function_call_output"]
    call_id: Optional[str] = None
    caller: Optional[Caller] = None
    created_by: Optional[str] = None
    name: Optional[str] = None
    namespace: Optional[str] = None
