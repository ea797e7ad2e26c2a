"""The calls behind the helpers: an endpoint's own, with what the helpers add."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

from .._types import omit
from ._parsing import (
    is_given,
    parsed_completion,
    parsed_response,
    type_to_response_format_param,
    type_to_text_format_param,
    validate_input_tools,
)
from ._tools import PydanticFunctionTool, ResponsesPydanticFunctionTool

if TYPE_CHECKING:
    from .._endpoints import Call, Endpoint
    from ..resources._resource import Resource
    from .streaming._assistants import AssistantStreamManager
    from .streaming.chat import ChatCompletionStreamManager
    from .streaming.chat._tool_streams import ToolChatStreamManager
    from .streaming.responses import ResponseStreamManager
    from .streaming.responses._tool_streams import ToolResponseStreamManager
    from .tool_loop import Tools

__all__ = [
    "chat_parse",
    "chat_run_tools",
    "chat_stream",
    "prepared",
    "responses_parse",
    "responses_run_tools",
    "responses_stream",
    "run_stream",
    "run_tools",
    "warn_deprecated",
]


#: A model that asks for functions so often in a row does not find its way.
MAX_ROUNDS = 10


def prepared(resource: Resource, endpoint: str, *args: Any, **arguments: Any) -> Call:
    """What an endpoint of `resource` would send for these arguments. Raises as the endpoint does."""
    row: Endpoint = getattr(type(resource), endpoint)
    return row.call(resource, **row.bound(args, arguments))


def warn_deprecated(resource: Resource) -> None:
    if resource._deprecated is not None:
        warnings.warn(resource._deprecated, DeprecationWarning, stacklevel=3)


def _headers(arguments: dict[str, Any], **headers: str) -> dict[str, Any]:
    """The arguments with these headers; the caller's own win."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {**arguments, "extra_headers": {**named, **(arguments.get("extra_headers") or {})}}


def _listed(tools: Any) -> Any:
    """An iterable may be gone through once only, and is sent and looked up."""
    return list(tools) if is_given(tools) and tools is not None else omit


# Assistants


def run_stream(
    resource: Resource, endpoint: str, helper: str, args: tuple[Any, ...], handler: Any, arguments: dict[str, Any]
) -> AssistantStreamManager[Any]:
    from .streaming._assistants import AssistantEventHandler, AssistantStreamManager

    own = "true" if handler else "false"
    arguments = _headers(arguments, X_Stainless_Stream_Helper=helper, X_Stainless_Custom_Event_Handler=own)
    call = prepared(resource, endpoint, *args, stream=True, **arguments)
    return AssistantStreamManager(partial(resource._perform, call), event_handler=handler or AssistantEventHandler())


def run_tools(
    resource: Resource, endpoint: str, args: tuple[Any, ...], runs: Resource, handler: Any, given: dict[str, Any]
) -> AssistantStreamManager[Any]:
    """A run whose calls of functions are answered. `runs`: where outputs are submitted."""
    from .streaming._assistants import AssistantEventHandler, AssistantStreamManager
    from .tool_loop import AssistantToolLoop

    tools, max_rounds, arguments = _tools_of(given)
    call = prepared(resource, endpoint, *args, stream=True, **arguments)
    kept = ("extra_headers", "extra_query", "timeout")
    options = {name: value for name, value in arguments.items() if name in kept}
    loop: Any = partial(AssistantToolLoop, runs, call, tools, max_rounds, options)
    return AssistantStreamManager(loop, event_handler=handler or AssistantEventHandler())


def _tools_of(given: dict[str, Any]) -> tuple[Tools, int, dict[str, Any]]:
    """The loop's own arguments, and the rest. TypeError without functions."""
    from .tool_loop import Tools

    given = dict(given)
    if "functions" not in given:
        raise TypeError("run_tools() needs functions=: plain functions, or a mapping of names to them")
    tools = Tools(given.pop("functions"), given.pop("on_tool_error", "report"), given.pop("on_tool_output", None))
    return tools, given.pop("max_rounds", MAX_ROUNDS), given


# Chat Completions


def chat_stream(resource: Resource, arguments: dict[str, Any]) -> ChatCompletionStreamManager[Any]:
    from .streaming.chat import ChatCompletionStreamManager

    response_format, tools = arguments.get("response_format", omit), _listed(arguments.get("tools", omit))
    sent = {**arguments, "response_format": type_to_response_format_param(response_format), "tools": tools}
    sent = _headers(sent, X_Stainless_Helper_Method="chat.completions.stream")
    call = prepared(resource, "create", stream=True, **sent)
    return ChatCompletionStreamManager(
        partial(resource._perform, call), response_format=response_format, input_tools=tools
    )


def chat_run_tools(resource: Resource, given: dict[str, Any]) -> ToolChatStreamManager[Any]:
    from ._signatures import describe
    from .streaming.chat._tool_streams import ToolChatStreamManager
    from .tool_loop import ChatToolLoop

    tools, max_rounds, arguments = _tools_of(given)
    response_format, input_tools = arguments.get("response_format", omit), _listed(arguments.get("tools", omit))
    if not is_given(input_tools):
        plain = [describe(name, function) for name, function in tools.functions.items()]
        input_tools = [{"type": tool.pop("type"), "function": tool} for tool in plain]
    arguments = {**arguments, "tools": input_tools, "messages": list(arguments.get("messages") or ())}
    arguments["response_format"] = type_to_response_format_param(response_format)
    call = prepared(resource, "create", stream=True, **arguments)
    return ToolChatStreamManager(
        partial(ChatToolLoop, resource, call, tools, max_rounds, arguments),
        response_format=response_format,
        input_tools=input_tools,
    )


def chat_parse(resource: Resource, arguments: dict[str, Any]) -> Any:
    response_format = arguments.get("response_format", omit)
    tools = validate_input_tools(arguments.get("tools", omit))
    sent = {**arguments, "response_format": type_to_response_format_param(response_format), "tools": tools}
    call = prepared(
        resource, "create", stream=False, **_headers(sent, X_Stainless_Helper_Method="chat.completions.parse")
    )
    return resource._perform(call._replace(gives=partial(parsed_completion, response_format, tools)))


# Responses


def _response_tools(tools: Any) -> Any:
    """Tools as the Responses API has them, also if they were made for Chat Completions by `pydantic_function_tool`."""
    tools = _listed(tools)
    return [_response_tool(tool) for tool in tools] if is_given(tools) else omit


def _response_tool(tool: Any) -> Any:
    function = tool.get("function") if tool["type"] == "function" else None
    if function is None:
        return tool
    if not isinstance(function, PydanticFunctionTool):
        raise TypeError("expected a tool of the Responses API, or one made by pydantic_function_tool()")
    said = {"type": "function", "name": None, "description": None, "parameters": None, **function}
    return ResponsesPydanticFunctionTool({**said, "strict": function.get("strict") or False}, function.model)


def _with_format(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments with a text format for the class. TypeError if there is one already."""
    arguments = dict(arguments)
    text_format = arguments.pop("text_format", omit)
    if not is_given(text_format):
        return arguments
    text = dict(arguments["text"]) if is_given(arguments.get("text", omit)) and arguments["text"] else {}
    if "format" in text:
        raise TypeError("Cannot mix and match text.format with text_format")
    return {**arguments, "text": {**text, "format": type_to_text_format_param(text_format)}}


def responses_parse(resource: Resource, parse_as: Any, arguments: dict[str, Any]) -> Any:
    tools = _response_tools(arguments.get("tools", omit))
    text_format = parse_as if is_given(parse_as) else arguments.get("text_format", omit)
    if text_format is None:
        text_format = omit
    arguments = _with_format({**arguments, "tools": tools})
    verbosity = arguments.pop("verbosity", omit)  # upstream's `create` does not take it, and its `parse` does
    call = prepared(resource, "create", **arguments)
    if is_given(verbosity):
        call = call._replace(body={**call.body, "verbosity": verbosity})
    return resource._perform(call._replace(gives=partial(parsed_response, text_format, tools)))


#: Arguments that a response that exists already takes as well.
_EITHER = {"tools", "text_format", "extra_headers", "extra_query", "extra_body", "timeout"}


def responses_stream(
    resource: Resource, response_id: Any, starting_after: Any, resume: bool, arguments: dict[str, Any]
) -> ResponseStreamManager[Any]:
    from .streaming.responses import ResponseStreamManager

    text_format, tools = arguments.get("text_format", omit), _response_tools(arguments.get("tools", omit))
    new = [name for name, value in arguments.items() if name not in _EITHER and is_given(value)]
    exists = is_given(response_id) or is_given(starting_after)
    if exists and new:
        raise ValueError(
            "Cannot provide both response_id/starting_after can't be provided together with " + ", ".join(new)
        )
    if new:
        call = _new_response(resource, resume, {**arguments, "tools": tools})
    elif not is_given(response_id):
        raise ValueError("id must be provided when streaming an existing response")
    else:
        options = {name: arguments[name] for name in _EITHER & set(arguments) if name not in ("tools", "text_format")}
        call = prepared(resource, "retrieve", response_id, stream=True, **options)
    return ResponseStreamManager(
        _resuming(resource, call) if resume else partial(resource._perform, call),
        text_format=text_format,
        input_tools=tools,
        starting_after=starting_after if is_given(starting_after) else None,
    )


def responses_run_tools(resource: Resource, given: dict[str, Any]) -> ToolResponseStreamManager[Any]:
    from ._signatures import describe
    from .streaming.responses._tool_streams import ToolResponseStreamManager
    from .tool_loop import ResponseToolLoop

    tools, max_rounds, arguments = _tools_of(given)
    text_format, input_tools = arguments.get("text_format", omit), _response_tools(arguments.get("tools", omit))
    if not is_given(input_tools):
        input_tools = [describe(name, function) for name, function in tools.functions.items()]
    arguments = _with_format({**arguments, "tools": input_tools})
    if hasattr(arguments.get("input"), "__next__"):  # with `store=False` it is sent in every round
        arguments["input"] = list(arguments["input"])
    call = prepared(resource, "create", stream=True, **arguments)
    return ToolResponseStreamManager(
        partial(ResponseToolLoop, resource, call, tools, max_rounds, arguments),
        text_format=text_format,
        input_tools=input_tools,
        starting_after=None,
    )


def _new_response(resource: Resource, resume: bool, arguments: dict[str, Any]) -> Call:
    for name in ("input", "model"):
        if not is_given(arguments.get(name, omit)):
            raise ValueError(f"{name} must be provided when creating a new response")
    if resume and arguments.get("background") is not True:
        raise ValueError("resume=True needs background=True: the server keeps no other response to go on with")
    return prepared(resource, "create", stream=True, **_with_format(arguments))


def _resuming(resource: Resource, call: Call) -> Any:
    from ._resume import ResumingStream

    return partial(ResumingStream, resource, call)
