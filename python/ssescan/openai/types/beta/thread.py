"""A thread: what messages and runs belong to."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

from ..shared.metadata import Metadata

__all__ = ["Thread", "ToolResources", "ToolResourcesCodeInterpreter", "ToolResourcesFileSearch"]


class ToolResourcesCodeInterpreter(Model):
    file_ids: Optional[List[str]] = None


class ToolResourcesFileSearch(Model):
    vector_store_ids: Optional[List[str]] = None


class ToolResources(Model):
    code_interpreter: Optional[ToolResourcesCodeInterpreter] = None
    file_search: Optional[ToolResourcesFileSearch] = None


class Thread(Model):
    id: str
    created_at: int
    metadata: Optional[Metadata] = None
    object: Literal["thread"]
    tool_resources: Optional[ToolResources] = None
