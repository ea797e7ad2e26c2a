"""Helpers on top of the endpoints: accumulated streams, parsed answers, the tool loop, resumed responses, Azure."""

from typing import Any

from ssescan._lazy import attach

_find, __dir__, __all__ = attach(
    __name__,
    {
        "ResponseFormatT": "_parsing",
        "pydantic_function_tool": "_tools",
        "pydantic_responses_function_tool": "_tools",
        "type_to_response_format_param": "_parsing",
    },
)


def __getattr__(name: str) -> Any:
    return _find(name)
