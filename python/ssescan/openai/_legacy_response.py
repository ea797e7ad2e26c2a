"""`LegacyAPIResponse` and `HttpxBinaryResponseContent`, at their module path in the `openai` package."""

from ._binary import HttpxBinaryResponseContent
from ._response import LegacyAPIResponse

__all__ = ["HttpxBinaryResponseContent", "LegacyAPIResponse"]
