"""Function tools described by a pydantic model, whose fields are the arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .._types import Omit, omit
from ._pydantic import to_strict_json_schema

if TYPE_CHECKING:  # pydantic is optional
    from pydantic import BaseModel

    from ..types.chat import ChatCompletionFunctionToolParam
    from ..types.responses import FunctionToolParam
    from ..types.shared_params import FunctionDefinition

__all__ = [
    "PydanticFunctionTool",
    "ResponsesPydanticFunctionTool",
    "pydantic_function_tool",
    "pydantic_responses_function_tool",
]


class _Tool(dict[str, Any]):
    """A dict in the form of the API. `model` is the class from which it was made."""

    def __init__(self, content: dict[str, Any], model: type[BaseModel]) -> None:
        super().__init__(content)
        self.model = model


class PydanticFunctionTool(_Tool):
    """The `function` of a Chat Completions tool."""


class ResponsesPydanticFunctionTool(_Tool):
    """A tool of the Responses API."""


def pydantic_function_tool(
    model: type[BaseModel], *, name: str | None = None, description: str | None = None
) -> ChatCompletionFunctionToolParam:
    """Return a strict function tool for Chat Completions. Its calls have `parsed_arguments` of class `model`.

    Args:
        model: The class of the arguments.
        name: The name of the tool. Default: the name of the class.
        description: The description of the tool. Default: the docstring of the class.
    """
    if description is None:
        description = model.__doc__
    function = PydanticFunctionTool(
        {"name": name or model.__name__, "strict": True, "parameters": to_strict_json_schema(model)}, model
    )
    if description is not None:
        function["description"] = description
    return {"type": "function", "function": cast("FunctionDefinition", function)}


def pydantic_responses_function_tool(
    model: type[BaseModel],
    *,
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> FunctionToolParam:
    """Return a strict function tool for the Responses API. Its calls have `parsed_arguments` of class `model`.

    Args:
        model: The class of the arguments.
        name: The name of the tool. Default: the name of the class.
        description: The description of the tool. Default: the docstring of the class.
        defer_loading: Sent to the API as the field of this name.
    """
    function = pydantic_function_tool(model, name=name, description=description)["function"]
    tool = ResponsesPydanticFunctionTool({"type": "function", **function}, model)
    if not isinstance(defer_loading, Omit):
        tool["defer_loading"] = defer_loading
    return cast("FunctionToolParam", tool)
