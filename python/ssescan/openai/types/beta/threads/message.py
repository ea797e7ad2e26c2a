"""A message of a thread."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from ...shared.metadata import Metadata
from ..code_interpreter_tool import CodeInterpreterTool
from .message_content import MessageContent

__all__ = [
    "Message",
    "Attachment",
    "AttachmentTool",
    "AttachmentToolAssistantToolsFileSearchTypeOnly",
    "IncompleteDetails",
]


class AttachmentToolAssistantToolsFileSearchTypeOnly(Model):
    type: Literal["file_search"]


AttachmentTool: TypeAlias = Union[CodeInterpreterTool, AttachmentToolAssistantToolsFileSearchTypeOnly]


class Attachment(Model):
    file_id: Optional[str] = None
    tools: Optional[List[AttachmentTool]] = None


class IncompleteDetails(Model):
    reason: Literal["content_filter", "max_tokens", "run_cancelled", "run_expired", "run_failed"]


class Message(Model):
    id: str
    assistant_id: Optional[str] = None
    attachments: Optional[List[Attachment]] = None
    completed_at: Optional[int] = None
    content: List[MessageContent]
    created_at: int
    incomplete_at: Optional[int] = None
    incomplete_details: Optional[IncompleteDetails] = None
    metadata: Optional[Metadata] = None
    object: Literal["thread.message"]
    role: Literal["user", "assistant"]
    run_id: Optional[str] = None
    status: Literal["in_progress", "incomplete", "completed"]
    thread_id: str
