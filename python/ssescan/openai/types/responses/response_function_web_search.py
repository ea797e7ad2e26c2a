"""A web search."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

__all__ = ["ResponseFunctionWebSearch", "Action", "ActionSearch", "ActionSearchSource", "ActionOpenPage", "ActionFind"]


class ActionSearchSource(Model):
    type: Literal["url"]
    url: str


class ActionSearch(Model):
    type: Literal["search"]
    queries: Optional[List[str]] = None
    query: Optional[str] = None
    sources: Optional[List[ActionSearchSource]] = None


class ActionOpenPage(Model):
    type: Literal["open_page"]
    url: Optional[str] = None


class ActionFind(Model):
    pattern: str
    type: Literal["find_in_page"]
    url: str


Action: TypeAlias = Union[ActionSearch, ActionOpenPage, ActionFind]


class ResponseFunctionWebSearch(Model):
    id: str
    action: Action
    status: Literal["in_progress", "searching", "completed", "failed", "incomplete"]
    type: Literal["web_search_call"]
