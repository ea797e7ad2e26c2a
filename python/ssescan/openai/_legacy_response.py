"""`LegacyAPIResponse`, at its module path in the `openai` package."""

from ._response import LegacyAPIResponse

__all__ = ["LegacyAPIResponse"]
