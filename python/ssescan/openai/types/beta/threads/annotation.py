"""A reference from a message's text to a file."""

from __future__ import annotations

from typing import TypeAlias, Union

from .file_citation_annotation import FileCitationAnnotation
from .file_path_annotation import FilePathAnnotation

__all__ = ["Annotation"]

Annotation: TypeAlias = Union[FileCitationAnnotation, FilePathAnnotation]
