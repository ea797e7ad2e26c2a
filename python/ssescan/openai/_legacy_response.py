"""`LegacyAPIResponse`, at the path where the `openai` package has it."""

from ._response import LegacyAPIResponse

__all__ = ["LegacyAPIResponse"]
