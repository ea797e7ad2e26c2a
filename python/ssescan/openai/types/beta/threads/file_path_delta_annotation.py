"""A file that the code interpreter wrote, as it arrives."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["FilePathDeltaAnnotation", "FilePath"]


class FilePath(Model):
    file_id: Optional[str] = None


class FilePathDeltaAnnotation(Model):
    index: int
    type: Literal["file_path"]
    end_index: Optional[int] = None
    file_path: Optional[FilePath] = None
    start_index: Optional[int] = None
    text: Optional[str] = None
