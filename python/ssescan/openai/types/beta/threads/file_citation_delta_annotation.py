"""A quotation from a file, as it arrives."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["FileCitationDeltaAnnotation", "FileCitation"]


class FileCitation(Model):
    file_id: Optional[str] = None
    quote: Optional[str] = None


class FileCitationDeltaAnnotation(Model):
    index: int
    type: Literal["file_citation"]
    end_index: Optional[int] = None
    file_citation: Optional[FileCitation] = None
    start_index: Optional[int] = None
    text: Optional[str] = None
