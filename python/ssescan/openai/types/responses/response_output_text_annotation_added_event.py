"""The event `response.output_text.annotation.added`."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias, Union

from ssescan.events import Event
from ssescan.models import Model

__all__ = [
    "ResponseOutputTextAnnotationAddedEvent",
    "Annotation",
    "AnnotationFileCitation",
    "AnnotationURLCitation",
    "AnnotationContainerFileCitation",
    "AnnotationFilePath",
]


class AnnotationFileCitation(Model):
    file_id: str
    filename: str
    index: int
    type: Literal["file_citation"]


class AnnotationURLCitation(Model):
    end_index: int
    start_index: int
    title: str
    type: Literal["url_citation"]
    url: str


class AnnotationContainerFileCitation(Model):
    container_id: str
    end_index: int
    file_id: str
    filename: str
    start_index: int
    type: Literal["container_file_citation"]


class AnnotationFilePath(Model):
    file_id: str
    index: int
    type: Literal["file_path"]


Annotation: TypeAlias = Union[
    AnnotationFileCitation, AnnotationURLCitation, AnnotationContainerFileCitation, AnnotationFilePath, None
]


class ResponseOutputTextAnnotationAddedEvent(Event):
    annotation: Optional[Annotation] = None
    annotation_index: int
    content_index: int
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.output_text.annotation.added"]
