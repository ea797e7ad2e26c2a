"""Parse answers and tool arguments into the classes that the caller passed, and describe these classes to the API.

The messages of the exceptions are those of `openai`, on purpose.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ssescan import _core
from ssescan.accumulation.tool_arguments import truncated_tool_calls
from ssescan.errors import ToolCallTruncated
from ssescan.models.dump import to_plain

from ... import _exceptions
from ..._types import omit
from ..._utils import is_given
from .. import _pydantic
from .._tools import PydanticFunctionTool, ResponsesPydanticFunctionTool

if TYPE_CHECKING:  # `TypeVar(default=)` is not in typing before Python 3.13
    from typing_extensions import TypeVar

    from ...types.chat import ParsedChatCompletion
    from ...types.responses import ParsedResponse

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
    "class_of_text",
    "has_parseable_input",
    "is_class",
    "is_strict",
    "parse_arguments",
    "parse_chat_completion",
    "parse_content",
    "parse_model",
    "parse_response",
    "parse_response_arguments",
    "parse_text",
    "parsed_completion",
    "parsed_response",
    "text_with_format",
    "to_response_tools",
    "tool_named",
    "type_to_response_format_param",
    "type_to_text_format_param",
    "validate_input_tools",
]

log = logging.getLogger("openai.lib.parsing")


def _loads(text: str) -> Any:
    import json  # programs catch its JSONDecodeError

    return json.loads(text)


def parse_model(parse: Callable[[dict[str, Any]], Any], model: Any) -> Any:
    """Return what a function makes of the JSON of a model. The JSON is not copied."""
    return parse(_core.node_tree(model))


# Chat Completions


def is_class(response_format: Any) -> bool:
    """Return True if answers are parsed into `response_format`. False if it is only sent to the API."""
    return is_given(response_format) and response_format is not None and not isinstance(response_format, dict)


def type_to_response_format_param(response_format: Any) -> Any:
    """Return the request parameter for a class. A dict is returned unchanged. Raise TypeError for other classes."""
    if not is_given(response_format) or response_format is None or isinstance(response_format, dict):
        return response_format if isinstance(response_format, dict) else omit
    name, schema = _pydantic.name_and_schema(response_format)
    return {"type": "json_schema", "json_schema": {"schema": schema, "name": name, "strict": True}}


def tool_named(tools: Iterable[Any], name: str | None) -> Any:
    """Return the `function` of the tool with this name, or None."""
    functions = (tool.get("function") or {} for tool in tools if tool.get("type") == "function")
    return next((function for function in functions if function.get("name") == name), None)


def is_strict(function: Any) -> bool:
    """Return True if the arguments of the function are parsed."""
    return isinstance(function, PydanticFunctionTool) or bool(function and function.get("strict"))


def has_parseable_input(response_format: Any, tools: Iterable[Any]) -> bool:
    """Return True if the caller asked for parsed content or arguments, which a truncated answer cannot provide."""
    return is_class(response_format) or any(
        is_strict(tool.get("function")) for tool in tools if tool.get("type") == "function"
    )


def validate_input_tools(tools: Any) -> Any:
    """Return the tools as a list. Raise ValueError for a tool whose arguments cannot be parsed."""
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
    """Return the content as an object of the class. Return None without a class, and for a refusal."""
    if is_class(response_format) and message.get("content") and not message.get("refusal"):
        return _pydantic.validate_json(response_format, message["content"])
    return None


def parse_arguments(tools: Iterable[Any], function: dict[str, Any]) -> Any:
    """Return the parsed arguments of a call. Return None if the tool is not strict."""
    tool = tool_named(tools, function.get("name"))
    if not is_strict(tool):
        return None
    text = _complete_arguments(function)
    if isinstance(tool, PydanticFunctionTool):
        return tool.model.model_validate_json(text)
    return _loads(text)


def _complete_arguments(function: dict[str, Any]) -> Any:
    """Return the JSON of a call's arguments. Raise ToolCallTruncated if it is not complete."""
    if truncated := truncated_tool_calls([function]):
        raise ToolCallTruncated(truncated)
    text = function.get("arguments")
    return "{}" if isinstance(text, str) and not text.strip() else text


def checked_finish(finish_reason: Any, completion: Any) -> None:
    """Raise an exception if the answer is truncated."""
    if finish_reason == "length":
        raise _exceptions.LengthFinishReasonError(completion=completion)
    if finish_reason == "content_filter":
        raise _exceptions.ContentFilterFinishReasonError(completion=completion)


def parse_chat_completion(*, response_format: Any, input_tools: Any, chat_completion: Any) -> ParsedChatCompletion[Any]:
    """Return a parsed copy of a completion. Raise an exception if one of its choices is truncated."""
    return parsed_completion(response_format, input_tools, to_plain(chat_completion), chat_completion)


def parsed_completion(
    response_format: Any, input_tools: Any, tree: dict[str, Any], shown: Any = None
) -> ParsedChatCompletion[Any]:
    """Parse a completion in place. `tree` is its JSON; `shown` is the completion that exceptions refer to."""
    from ...types.chat.parsed_chat_completion import ParsedChatCompletion

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
    """Return the request parameter for a class. Raise TypeError for a class that is not pydantic's."""
    name, schema = _pydantic.name_and_schema(text_format)
    return {"type": "json_schema", "strict": True, "name": name, "schema": schema}


def text_with_format(text: Any, text_format: Any) -> Any:
    """Return the argument `text` with the format of the class. Raise TypeError if it has a format already."""
    if not is_given(text_format):
        return text
    text = dict(text) if text and is_given(text) else {}
    if "format" in text:
        raise TypeError("Cannot mix and match text.format with text_format")
    return {**text, "format": type_to_text_format_param(text_format)}


def class_of_text(messages: Any, text: Any, text_format: Any, parse_as: Any) -> Any:
    """Return the class that the answer is parsed into, or `omit`.

    The last `configuration_update` of the input may change the format of the answer.

    Args:
        messages: The input of the request.
        text: The `text` of the request.
        text_format: The class whose format the request has.
        parse_as: The class that the caller chose; None to parse nothing.

    Raises:
        TypeError: The updated format does not go together with the class.
    """
    if parse_as is None:
        return omit
    if updated := _updated_format(messages):
        if updated.get("type") == "text":
            if is_given(parse_as):
                raise TypeError("Cannot use parse_as with a plain-text format update")
            return omit
        if is_given(text_format) and not is_given(parse_as) and updated != text.get("format"):
            raise TypeError("Pass parse_as for the updated output schema, or parse_as=None to read plain output_text")
    return parse_as if is_given(parse_as) else text_format


def _updated_format(messages: Any) -> dict[str, Any] | None:
    """Return the format that the last `configuration_update` with one sets, or None."""
    items = [item for item in messages if isinstance(item, dict)] if isinstance(messages, list) else []
    for item in reversed(items):
        text = item.get("text") if item.get("type") == "configuration_update" else None
        found = text.get("format") if isinstance(text, dict) else None
        if isinstance(found, dict):
            return found
    return None


def to_response_tools(tools: Any) -> Any:
    """Return the tools as a list in the form of the Responses API. Return `omit` if none were passed.

    `pydantic_function_tool` makes tools for Chat Completions; they are converted.
    """
    return [_to_response_tool(tool) for tool in tools] if tools is not None and is_given(tools) else omit


def _to_response_tool(tool: Any) -> Any:
    if tool["type"] == "namespace" and not isinstance(tool.get("tools"), (list, tuple)):
        return {**tool, "tools": list(tool.get("tools") or ())}  # they are both sent and searched
    function = tool.get("function") if tool["type"] == "function" else None
    if function is None:
        return tool
    if not isinstance(function, PydanticFunctionTool):
        raise TypeError("Not a tool of the Responses API. Pass such a tool, or a result of pydantic_function_tool().")
    fields = {"type": "function", "name": None, "description": None, "parameters": None, **function}
    return ResponsesPydanticFunctionTool({**fields, "strict": function.get("strict") or False}, function.model)


def parse_text(text: str, text_format: Any, phase: str | None) -> Any:
    """Return the text as an object of the class. Return None without a class, and for a text before the final answer."""
    if phase not in (None, "final_answer") or not is_given(text_format):
        return None
    return _pydantic.validate_json(text_format, text)


def parse_response_arguments(tools: Any, call: dict[str, Any]) -> Any:
    """Return the parsed arguments of a call. Return None if the tool is not strict."""
    tool = _response_tool(tools, call.get("name"), call.get("namespace")) if tools and is_given(tools) else None
    if isinstance(tool, ResponsesPydanticFunctionTool):
        return tool.model.model_validate_json(_complete_arguments(call))
    return _loads(_complete_arguments(call)) if tool and tool.get("strict") else None


def _response_tool(tools: Iterable[Any], name: str | None, namespace: str | None) -> Any:
    tools = list(tools)
    if namespace is not None:
        namespaces = [tool for tool in tools if tool["type"] == "namespace" and tool["name"] == namespace]
        if namespaces:
            tools = namespaces[0]["tools"]
        elif namespace != name:  # the namespace of a deferred tool may be its own name
            return None
    return next((tool for tool in tools if tool["type"] == "function" and tool.get("name") == name), None)


def parse_response(*, text_format: Any, input_tools: Any, response: Any) -> ParsedResponse[Any]:
    """Return a parsed copy of a response."""
    return parsed_response(text_format, input_tools, to_plain(response))


def parsed_response(text_format: Any, input_tools: Any, tree: dict[str, Any]) -> ParsedResponse[Any]:
    """Parse a response in place. `tree` is its JSON."""
    from ...types.responses.parsed_response import ParsedResponse

    tree["output"] = tree.get("output") or []
    tools = list(input_tools) if input_tools is not None and is_given(input_tools) else []
    for item in tree["output"]:
        if not isinstance(item, dict):
            continue
        if item.get("type") == "message":
            item["content"] = item.get("content") or []
            for part in item["content"]:
                if isinstance(part, dict) and part.get("type") == "output_text":
                    text = part.get("text")
                    part["parsed"] = None if text is None else parse_text(text, text_format, item.get("phase"))
        elif item.get("type") == "function_call":
            item["parsed_arguments"] = parse_response_arguments(tools, item)
    return _core.node_new(ParsedResponse, None, tree, None)
