"""The names for Responses, at their module path in the `openai` package."""

from . import TextFormatT, parse_response, type_to_text_format_param

__all__ = ["TextFormatT", "parse_response", "type_to_text_format_param"]
