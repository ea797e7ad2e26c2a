"""An input message in its short form."""

from __future__ import annotations

from typing import Literal, Optional, Union

from ssescan.models import Model

from .response_input_message_content_list import ResponseInputMessageContentList

__all__ = ["EasyInputMessage"]


class EasyInputMessage(Model):
    content: Union[str, ResponseInputMessageContentList]
    role: Literal["user", "assistant", "system", "developer"]
    phase: Optional[Literal["commentary", "final_answer"]] = None
    type: Optional[Literal["message"]] = None
