"""One part of an input message."""

from __future__ import annotations

from typing import TypeAlias, Union

from .response_input_file import ResponseInputFile
from .response_input_image import ResponseInputImage
from .response_input_text import ResponseInputText

__all__ = ["ResponseInputContent"]

ResponseInputContent: TypeAlias = Union[ResponseInputText, ResponseInputImage, ResponseInputFile]
