"""Function tools that are described by a pydantic model: its fields are the arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from .._types import Omit, omit
from ._pydantic import to_strict_json_schema

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = [
    "PydanticFunctionTool",
    "ResponsesPydanticFunctionTool",
    "pydantic_function_tool",
    "pydantic_responses_function_tool",
]


class _Tool(Dict[str, Any]):
    """A dict as the API takes it, which knows the model that it was made of."""

    def __init__(self, content: dict[str, Any], model: type[BaseModel]) -> None:
        super().__init__(content)
        self.model = model


class PydanticFunctionTool(_Tool):
    """The `function` of a tool of Chat Completions."""


class ResponsesPydanticFunctionTool(_Tool):
    """A tool of the Responses API."""


def pydantic_function_tool(
    model: type[BaseModel], *, name: str | None = None, description: str | None = None
) -> dict[str, Any]:
    """A strict function tool for `chat.completions`, whose calls have `parsed_arguments` of class `model`.

    `name` is the model's, and `description` its docstring, unless given.
    """
    if description is None:
        description = model.__doc__
    function = PydanticFunctionTool(
        {"name": name or model.__name__, "strict": True, "parameters": to_strict_json_schema(model)}, model
    )
    if description is not None:
        function["description"] = description
    return {"type": "function", "function": function}


def pydantic_responses_function_tool(
    model: type[BaseModel],
    *,
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> dict[str, Any]:
    """The same for `responses`."""
    function = pydantic_function_tool(model, name=name, description=description)["function"]
    tool = ResponsesPydanticFunctionTool({"type": "function", **function}, model)
    if not isinstance(defer_loading, Omit):
        tool["defer_loading"] = defer_loading
    return tool
