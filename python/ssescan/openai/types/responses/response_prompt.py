"""A stored prompt and its variables."""

from __future__ import annotations

from typing import Dict, Optional, TypeAlias, Union

from ssescan.models import Model

from .response_input_file import ResponseInputFile
from .response_input_image import ResponseInputImage
from .response_input_text import ResponseInputText

__all__ = ["ResponsePrompt", "Variables"]

Variables: TypeAlias = Union[str, ResponseInputText, ResponseInputImage, ResponseInputFile]


class ResponsePrompt(Model):
    id: str
    variables: Optional[Dict[str, Variables]] = None
    version: Optional[str] = None
