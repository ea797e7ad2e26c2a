"""The names for Chat Completions, at their module path in the `openai` package."""

from . import (
    ResponseFormatT,
    has_parseable_input,
    parse_chat_completion,
    type_to_response_format_param,
    validate_input_tools,
)

__all__ = [
    "ResponseFormatT",
    "has_parseable_input",
    "parse_chat_completion",
    "type_to_response_format_param",
    "validate_input_tools",
]
