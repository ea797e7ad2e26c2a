"""A quotation from a file."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["FileCitationAnnotation", "FileCitation"]


class FileCitation(Model):
    file_id: str


class FileCitationAnnotation(Model):
    end_index: int
    file_citation: FileCitation
    start_index: int
    text: str
    type: Literal["file_citation"]
