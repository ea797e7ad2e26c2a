"""`ChatCompletionMessage`, as it is received."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

from .chat_completion_audio import ChatCompletionAudio
from .chat_completion_message_tool_call import ChatCompletionMessageToolCallUnion

__all__ = ["ChatCompletionMessage", "Annotation", "AnnotationURLCitation", "FunctionCall"]


class AnnotationURLCitation(Model):
    end_index: int
    start_index: int
    title: str
    url: str


class Annotation(Model):
    type: Literal["url_citation"]
    url_citation: AnnotationURLCitation


class FunctionCall(Model):
    arguments: str
    name: str


class ChatCompletionMessage(Model):
    content: Optional[str] = None
    refusal: Optional[str] = None
    role: Literal["assistant"]
    annotations: Optional[List[Annotation]] = None
    audio: Optional[ChatCompletionAudio] = None
    function_call: Optional[FunctionCall] = None
    tool_calls: Optional[List[ChatCompletionMessageToolCallUnion]] = None
