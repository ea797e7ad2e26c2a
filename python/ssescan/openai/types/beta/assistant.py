"""`Assistant`, as it is received."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

from ..shared.metadata import Metadata
from .assistant_response_format_option import AssistantResponseFormatOption
from .assistant_tool import AssistantTool

__all__ = ["Assistant", "ToolResources", "ToolResourcesCodeInterpreter", "ToolResourcesFileSearch"]


class ToolResourcesCodeInterpreter(Model):
    file_ids: Optional[List[str]] = None


class ToolResourcesFileSearch(Model):
    vector_store_ids: Optional[List[str]] = None


class ToolResources(Model):
    code_interpreter: Optional[ToolResourcesCodeInterpreter] = None
    file_search: Optional[ToolResourcesFileSearch] = None


class Assistant(Model):
    id: str
    created_at: int
    description: Optional[str] = None
    instructions: Optional[str] = None
    metadata: Optional[Metadata] = None
    model: str
    name: Optional[str] = None
    object: Literal["assistant"]
    tools: List[AssistantTool]
    response_format: Optional[AssistantResponseFormatOption] = None
    temperature: Optional[float] = None
    tool_resources: Optional[ToolResources] = None
    top_p: Optional[float] = None
