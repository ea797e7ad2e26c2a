"""A reference from a message's text to a file, as it arrives."""

from __future__ import annotations

from typing import TypeAlias, Union

from .file_citation_delta_annotation import FileCitationDeltaAnnotation
from .file_path_delta_annotation import FilePathDeltaAnnotation

__all__ = ["AnnotationDelta"]

AnnotationDelta: TypeAlias = Union[FileCitationDeltaAnnotation, FilePathDeltaAnnotation]
