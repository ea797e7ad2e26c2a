"""Answers and arguments as objects of the classes that were given for them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Iterable

from ssescan import _core
from ssescan.models.dump import to_plain

from .. import _exceptions
from .._types import NotGiven, Omit, omit
from . import _pydantic
from ._tools import PydanticFunctionTool, ResponsesPydanticFunctionTool

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from ..types.chat import ParsedChatCompletion
    from ..types.responses import ParsedResponse

    ResponseFormatT = TypeVar("ResponseFormatT", default=None)
    TextFormatT = TypeVar("TextFormatT", default=None)
else:
    from typing import TypeVar

    ResponseFormatT = TypeVar("ResponseFormatT")
    TextFormatT = TypeVar("TextFormatT")

__all__ = [
    "ResponseFormatT",
    "TextFormatT",
    "checked_finish",
    "has_parseable_input",
    "is_class",
    "is_given",
    "is_strict",
    "parse_arguments",
    "parse_chat_completion",
    "parse_content",
    "parse_response",
    "parse_response_arguments",
    "parse_text",
    "parsed_completion",
    "parsed_response",
    "tool_named",
    "type_to_response_format_param",
    "type_to_text_format_param",
    "validate_input_tools",
]

log = logging.getLogger("openai.lib.parsing")


def is_given(value: Any) -> bool:
    return not isinstance(value, (NotGiven, Omit))


def _loads(text: str) -> Any:
    import json  # its ValueError is what programs catch

    return json.loads(text)


# Chat Completions


def is_class(response_format: Any) -> bool:
    """What answers are parsed into, rather than what the API is told of their format."""
    return is_given(response_format) and response_format is not None and not isinstance(response_format, dict)


def type_to_response_format_param(response_format: Any) -> Any:
    """What the API is told of a class. TypeError for one that pydantic does not know; a dict stays what it is."""
    if not is_given(response_format) or response_format is None or isinstance(response_format, dict):
        return response_format if isinstance(response_format, dict) else omit
    name, schema = _pydantic.name_and_schema(response_format)
    return {"type": "json_schema", "json_schema": {"schema": schema, "name": name, "strict": True}}


def tool_named(tools: Iterable[Any], name: str | None) -> Any:
    """The `function` of the tool with this name, or None."""
    functions = (tool.get("function") or {} for tool in tools if tool.get("type") == "function")
    return next((function for function in functions if function.get("name") == name), None)


def is_strict(function: Any) -> bool:
    return isinstance(function, PydanticFunctionTool) or bool(function and function.get("strict"))


def has_parseable_input(response_format: Any, tools: Iterable[Any]) -> bool:
    """An answer that is cut could not be parsed as was asked."""
    return is_class(response_format) or any(
        is_strict(tool.get("function")) for tool in tools if tool.get("type") == "function"
    )


def validate_input_tools(tools: Any) -> Any:
    """The tools as a list. ValueError for one whose arguments can't be parsed."""
    if not is_given(tools):
        return omit
    tools = list(tools)
    for tool in tools:
        if tool["type"] != "function":
            raise ValueError(f"Currently only `function` tool types support auto-parsing; Received `{tool['type']}`")
        if tool["function"].get("strict") is not True:
            raise ValueError(
                f"`{tool['function']['name']}` is not strict. Only `strict` function tools can be auto-parsed"
            )
    return tools


def parse_content(response_format: Any, message: dict[str, Any]) -> Any:
    """The message as an object of the class that was asked for; None without one, and for a refusal."""
    if is_class(response_format) and message.get("content") and not message.get("refusal"):
        return _pydantic.validate_json(response_format, message["content"])
    return None


def parse_arguments(tools: Iterable[Any], function: dict[str, Any]) -> Any:
    """The arguments of a call of a strict tool; None of another."""
    tool = tool_named(tools, function.get("name"))
    text: Any = function.get("arguments")  # without any, pydantic and json say so
    if isinstance(tool, PydanticFunctionTool):
        return tool.model.model_validate_json(text)
    return _loads(text) if is_strict(tool) else None


def checked_finish(finish_reason: Any, completion: Any) -> None:
    """Raises for an answer that is no whole one."""
    if finish_reason == "length":
        raise _exceptions.LengthFinishReasonError(completion=completion)
    if finish_reason == "content_filter":
        raise _exceptions.ContentFilterFinishReasonError(completion=completion)


def parse_chat_completion(*, response_format: Any, input_tools: Any, chat_completion: Any) -> ParsedChatCompletion[Any]:
    """A completion with what could be parsed of it. Raises for one that was cut, by length or by a filter."""
    return parsed_completion(response_format, input_tools, to_plain(chat_completion), chat_completion)


def parsed_completion(
    response_format: Any, input_tools: Any, tree: dict[str, Any], shown: Any = None
) -> ParsedChatCompletion[Any]:
    """The same of a JSON object, which becomes the completion. `shown`: what an exception shows."""
    from ..types.chat.parsed_chat_completion import ParsedChatCompletion

    completion: ParsedChatCompletion[Any] = _core.node_new(ParsedChatCompletion, None, tree, None)
    tools = list(input_tools) if is_given(input_tools) else []
    for choice in tree.get("choices") or []:
        checked_finish(choice.get("finish_reason"), completion if shown is None else shown)
        message = choice["message"]
        calls = [call for call in message.get("tool_calls") or [] if _is_callable(call)]
        for call in calls:
            if call.get("type") == "function":
                call["function"]["parsed_arguments"] = parse_arguments(tools, call["function"])
        message["parsed"] = parse_content(response_format, message)
        message["tool_calls"] = calls or None
    return completion


def _is_callable(call: dict[str, Any]) -> bool:
    if call.get("type") != "custom":
        return True
    name = (call.get("custom") or {}).get("name")
    log.warning("Custom tool calls are not callable. Ignoring tool call: %s - %s", call.get("id"), name, stacklevel=4)
    return False


# Responses


def type_to_text_format_param(text_format: Any) -> dict[str, Any]:
    """What the API is told of a class. TypeError for one that pydantic does not know."""
    name, schema = _pydantic.name_and_schema(text_format)
    return {"type": "json_schema", "strict": True, "name": name, "schema": schema}


def parse_text(text: str, text_format: Any, phase: str | None) -> Any:
    """The text as an object of the class that was asked for. None without one, and for what is no final answer."""
    if phase not in (None, "final_answer") or not is_given(text_format):
        return None
    return _pydantic.validate_json(text_format, text)


def parse_response_arguments(tools: Any, call: dict[str, Any]) -> Any:
    """The arguments of a call of a strict tool; None of another."""
    tool = _response_tool(tools, call.get("name"), call.get("namespace")) if tools and is_given(tools) else None
    text: Any = call.get("arguments")
    if isinstance(tool, ResponsesPydanticFunctionTool):
        return tool.model.model_validate_json(text)
    return _loads(text) if tool and tool.get("strict") else None


def _response_tool(tools: Iterable[Any], name: str | None, namespace: str | None) -> Any:
    tools = list(tools)
    if namespace is not None:
        spaces = [tool for tool in tools if tool["type"] == "namespace" and tool["name"] == namespace]
        if spaces:
            tools = spaces[0]["tools"]
        elif namespace != name:  # a deferred tool may have its own name as its namespace
            return None
    return next((tool for tool in tools if tool["type"] == "function" and tool.get("name") == name), None)


def parse_response(*, text_format: Any, input_tools: Any, response: Any) -> ParsedResponse[Any]:
    """A response with what could be parsed of it."""
    return parsed_response(text_format, input_tools, to_plain(response))


def parsed_response(text_format: Any, input_tools: Any, tree: dict[str, Any]) -> ParsedResponse[Any]:
    """The same of a JSON object, which becomes the response."""
    from ..types.responses.parsed_response import ParsedResponse

    tree["output"] = tree.get("output") or []
    tools = list(input_tools) if input_tools is not None and is_given(input_tools) else []
    for item in tree["output"]:
        if item.get("type") == "message":
            for part in item.get("content") or []:
                if part.get("type") == "output_text":
                    part["parsed"] = parse_text(part["text"], text_format, item.get("phase"))
        elif item.get("type") == "function_call":
            item["parsed_arguments"] = parse_response_arguments(tools, item)
    return _core.node_new(ParsedResponse, None, tree, None)
