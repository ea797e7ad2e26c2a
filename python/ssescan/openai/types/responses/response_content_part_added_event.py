"""The event `response.content_part.added`."""

from __future__ import annotations

from typing import Literal, TypeAlias, Union

from ssescan.events import Event
from ssescan.models import Model

from .response_output_refusal import ResponseOutputRefusal
from .response_output_text import ResponseOutputText

__all__ = ["ResponseContentPartAddedEvent", "Part", "PartReasoningText"]


class PartReasoningText(Model):
    text: str
    type: Literal["reasoning_text"]


Part: TypeAlias = Union[ResponseOutputText, ResponseOutputRefusal, PartReasoningText]


class ResponseContentPartAddedEvent(Event):
    content_index: int
    item_id: str
    output_index: int
    part: Part
    sequence_number: int
    type: Literal["response.content_part.added"]
