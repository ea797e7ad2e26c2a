"""`ResponseSteerInput`, as it is received."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from .response_function_call_output_item_list import ResponseFunctionCallOutputItemList
from .response_steer_input_content import ResponseSteerInputContent

__all__ = [
    "ResponseSteerInput",
    "ResponseSteerInputItemList",
    "ResponseSteerInputItemListMessage",
    "ResponseSteerInputItemListFunctionCallOutput",
    "ResponseSteerInputItemListFunctionCallOutputCaller",
    "ResponseSteerInputItemListFunctionCallOutputCallerDirect",
    "ResponseSteerInputItemListFunctionCallOutputCallerProgram",
]


class ResponseSteerInputItemListMessage(Model):
    content: Union[List[ResponseSteerInputContent], str]
    role: Literal["user"]
    type: Literal["message"]
    id: Optional[str] = None
    status: Optional[str] = None


class ResponseSteerInputItemListFunctionCallOutputCallerDirect(Model):
    type: Literal["direct"]


class ResponseSteerInputItemListFunctionCallOutputCallerProgram(Model):
    caller_id: str
    type: Literal["program"]


ResponseSteerInputItemListFunctionCallOutputCaller: TypeAlias = Union[
    ResponseSteerInputItemListFunctionCallOutputCallerDirect,
    ResponseSteerInputItemListFunctionCallOutputCallerProgram,
    None,
]


class ResponseSteerInputItemListFunctionCallOutput(Model):
    output: Union[str, ResponseFunctionCallOutputItemList]
    type: Literal["function_call_output"]
    id: Optional[str] = None
    call_id: Optional[str] = None
    caller: Optional[ResponseSteerInputItemListFunctionCallOutputCaller] = None
    name: Optional[str] = None
    namespace: Optional[str] = None
    status: Optional[Literal["in_progress", "completed", "incomplete"]] = None


ResponseSteerInputItemList: TypeAlias = Union[
    ResponseSteerInputItemListMessage, ResponseSteerInputItemListFunctionCallOutput
]

ResponseSteerInput: TypeAlias = Union[str, List[ResponseSteerInputItemList]]
