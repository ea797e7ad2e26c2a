"""File search, as a tool of an assistant."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["FileSearchTool", "FileSearch", "FileSearchRankingOptions"]


class FileSearchRankingOptions(Model):
    score_threshold: float
    ranker: Optional[Literal["auto", "default_2024_08_21"]] = None


class FileSearch(Model):
    max_num_results: Optional[int] = None
    ranking_options: Optional[FileSearchRankingOptions] = None


class FileSearchTool(Model):
    type: Literal["file_search"]
    file_search: Optional[FileSearch] = None
