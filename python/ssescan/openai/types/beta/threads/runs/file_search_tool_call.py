"""A file search."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

__all__ = [
    "FileSearchToolCall",
    "FileSearch",
    "FileSearchRankingOptions",
    "FileSearchResult",
    "FileSearchResultContent",
]


class FileSearchRankingOptions(Model):
    ranker: Literal["auto", "default_2024_08_21"]
    score_threshold: float


class FileSearchResultContent(Model):
    text: Optional[str] = None
    type: Optional[Literal["text"]] = None


class FileSearchResult(Model):
    file_id: str
    file_name: str
    score: float
    content: Optional[List[FileSearchResultContent]] = None


class FileSearch(Model):
    ranking_options: Optional[FileSearchRankingOptions] = None
    results: Optional[List[FileSearchResult]] = None


class FileSearchToolCall(Model):
    id: str
    file_search: FileSearch
    type: Literal["file_search"]
