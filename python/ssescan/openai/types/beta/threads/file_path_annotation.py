"""A file that the code interpreter wrote."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["FilePathAnnotation", "FilePath"]


class FilePath(Model):
    file_id: str


class FilePathAnnotation(Model):
    end_index: int
    file_path: FilePath
    start_index: int
    text: str
    type: Literal["file_path"]
