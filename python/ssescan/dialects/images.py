"""Images that OpenAI makes or edits, with previews.

Events have their type in the event line and in the payload. A stream may have several complete images, so reading continues
after one.
"""

from __future__ import annotations

from .schema import Dialect, Row

DIALECT = Dialect(
    "images",
    types="ssescan.openai.types",
    check=False,
    named_by=("sse", "type"),
    claims=("image_generation.", "image_edit."),
    name_key="type",
    default=Row("UnknownEvent"),
    rows={
        "image_generation.partial_image": Row("ImageGenPartialImageEvent"),
        "image_generation.completed": Row("ImageGenCompletedEvent", ends="payload", usage="usage"),
        "image_edit.partial_image": Row("ImageEditPartialImageEvent"),
        "image_edit.completed": Row("ImageEditCompletedEvent", ends="payload", usage="usage"),
        "error": Row(None, error=("error", "")),
    },
)
