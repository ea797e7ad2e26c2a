"""One part of a message."""

from __future__ import annotations

from typing import TypeAlias, Union

from .image_file_content_block import ImageFileContentBlock
from .image_url_content_block import ImageURLContentBlock
from .refusal_content_block import RefusalContentBlock
from .text_content_block import TextContentBlock

__all__ = ["MessageContent"]

MessageContent: TypeAlias = Union[ImageFileContentBlock, ImageURLContentBlock, TextContentBlock, RefusalContentBlock]
