"""`ResponseSteerInputContent`."""

from __future__ import annotations

from typing import TypeAlias, Union

from .response_input_file_content import ResponseInputFileContent
from .response_input_image_content import ResponseInputImageContent
from .response_input_text_content import ResponseInputTextContent

__all__ = ["ResponseSteerInputContent"]

ResponseSteerInputContent: TypeAlias = Union[
    ResponseInputTextContent, ResponseInputImageContent, ResponseInputFileContent
]
