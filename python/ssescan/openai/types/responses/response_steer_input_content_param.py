"""`ResponseSteerInputContentParam`, as it is sent."""

from __future__ import annotations

from typing import TypeAlias, Union

from .response_input_file_content_param import ResponseInputFileContentParam
from .response_input_image_content_param import ResponseInputImageContentParam
from .response_input_text_content_param import ResponseInputTextContentParam

__all__ = ["ResponseSteerInputContentParam"]

ResponseSteerInputContentParam: TypeAlias = Union[
    ResponseInputTextContentParam, ResponseInputImageContentParam, ResponseInputFileContentParam
]
