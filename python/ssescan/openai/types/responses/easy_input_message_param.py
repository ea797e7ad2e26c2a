"""`EasyInputMessageParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, Optional, TypedDict, Union

from ssescan.openai.types._params import Required

from .response_input_message_content_list_param import ResponseInputMessageContentListParam

__all__ = ["EasyInputMessageParam"]


class EasyInputMessageParam(TypedDict, total=False):
    content: Required[Union[str, ResponseInputMessageContentListParam]]
    role: Required[Literal["user", "assistant", "system", "developer"]]
    phase: Optional[Literal["commentary", "final_answer"]]
    type: Literal["message"]
