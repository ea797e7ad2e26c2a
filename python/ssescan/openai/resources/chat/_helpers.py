"""The helper methods of Chat Completions: `stream`, `parse` and `run_tools`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, overload

from ..._endpoints import build_call, request_of
from ..._methods import method
from ..._types import omit
from .._helpers import MAX_TOOL_ROUNDS, list_tools, routing_first, with_default_headers
from .._resource import Resource
from ._params import CompletionArguments, CompletionTools

if TYPE_CHECKING:
    from typing import Unpack

    from ..._types import Omit
    from ...lib._parsing import ResponseFormatT
    from ...lib.streaming.chat import ChatCompletionStreamManager
    from ...lib.streaming.chat._tool_streams import ToolChatStreamManager
    from ...lib.tool_loop import Functions, OnToolError, OnToolOutput
    from ...types.chat import ParsedChatCompletion, completion_create_params

__all__ = ["CompletionHelpers"]


class CompletionHelpers(Resource):
    @overload
    def stream(
        self, *, response_format: type[ResponseFormatT], **arguments: Unpack[CompletionArguments]
    ) -> ChatCompletionStreamManager[ResponseFormatT]: ...
    @overload
    def stream(
        self,
        *,
        response_format: completion_create_params.ResponseFormat | Omit = omit,
        **arguments: Unpack[CompletionArguments],
    ) -> ChatCompletionStreamManager[None]: ...

    @method(CompletionArguments, required=("messages", "model"))
    def stream(
        self,
        *,
        response_format: completion_create_params.ResponseFormat | type[ResponseFormatT] | Omit = omit,
        **arguments: Any,
    ) -> Any:
        """Stream an answer as events, with snapshots of the completion so far.

        Example::

            with client.chat.completions.stream(model=m, messages=[...]) as stream:
                for event in stream: ...
            stream.get_final_completion()

        Args:
            response_format: A pydantic class or dataclass, or a format of the API. The request asks for an answer in
                the format of the class, and `parsed` is an object of it.
            tools: Tools of the API, or results of `pydantic_function_tool`, whose arguments are parsed.
            **arguments: The other arguments of `create`.

        Returns:
            A context manager. Entering it sends the request and returns the stream.
        """
        from ...lib._parsing import type_to_response_format_param
        from ...lib.streaming.chat import ChatCompletionStreamManager

        tools = list_tools(arguments.pop("tools", omit))
        sent_format = type_to_response_format_param(response_format)
        sent = {**arguments, "stream": True, "response_format": sent_format, "tools": tools}
        sent = with_default_headers(sent, {"X-Stainless-Helper-Method": "chat.completions.stream"})
        request = request_of(self, "create", **sent)
        return ChatCompletionStreamManager(request, response_format=response_format, input_tools=tools)

    @overload
    def parse(
        self, *, response_format: type[ResponseFormatT], **arguments: Unpack[CompletionArguments]
    ) -> ParsedChatCompletion[ResponseFormatT]: ...
    @overload
    def parse(
        self,
        *,
        response_format: completion_create_params.ResponseFormat | Omit = omit,
        **arguments: Unpack[CompletionArguments],
    ) -> ParsedChatCompletion[None]: ...

    @method(CompletionArguments, required=("messages", "model"))
    def parse(
        self,
        *,
        response_format: completion_create_params.ResponseFormat | type[ResponseFormatT] | Omit = omit,
        **arguments: Any,
    ) -> Any:
        """Return a complete answer, parsed into a class.

        Args:
            response_format: A pydantic class or dataclass, or a format of the API. The request asks for an answer in
                the format of the class, and `choices[0].message.parsed` is an object of it.
            tools: Strict tools of the API, or results of `pydantic_function_tool`. Their arguments are parsed.
            **arguments: The other arguments of `create`.

        Raises:
            LengthFinishReasonError: The answer was truncated at the token limit.
            ContentFilterFinishReasonError: The answer was truncated by the content filter.
            ValueError: A tool is not a strict function.
        """
        from ...lib._parsing import parse_model, parsed_completion, type_to_response_format_param, validate_input_tools

        tools = validate_input_tools(arguments.pop("tools", omit))
        sent_format = type_to_response_format_param(response_format)
        sent = {**arguments, "stream": False, "response_format": sent_format, "tools": tools}
        sent = with_default_headers(sent, {"X-Stainless-Helper-Method": "chat.completions.parse"})
        call = routing_first(build_call(self, "create", **sent))
        parse = partial(parsed_completion, response_format, tools)
        return self._perform(call._replace(post_parser=partial(parse_model, parse), stream_class=None))

    @overload
    def run_tools(
        self,
        *,
        functions: Functions,
        response_format: type[ResponseFormatT],
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
        max_rounds: int = MAX_TOOL_ROUNDS,
        **arguments: Unpack[CompletionTools],
    ) -> ToolChatStreamManager[ResponseFormatT]: ...
    @overload
    def run_tools(
        self,
        *,
        functions: Functions,
        response_format: completion_create_params.ResponseFormat | Omit = omit,
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
        max_rounds: int = MAX_TOOL_ROUNDS,
        **arguments: Unpack[CompletionTools],
    ) -> ToolChatStreamManager[None]: ...

    @method(CompletionTools, required=("messages", "model"))
    def run_tools(
        self,
        *,
        functions: Functions,
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
        max_rounds: int = MAX_TOOL_ROUNDS,
        response_format: completion_create_params.ResponseFormat | type[ResponseFormatT] | Omit = omit,
        **arguments: Any,
    ) -> Any:
        """Stream an answer, and run the functions that the model calls. The stream includes the completions of all rounds.

        Example::

            with client.chat.completions.run_tools(model=m, messages=[...], functions=[get_weather]) as stream:
                for event in stream: ...
            stream.get_final_completion().choices[0].message.content

        Args:
            functions: The functions that the model may call: a list of functions, or a mapping of names to functions.
            on_tool_error: "report" sends the exception of a function to the model; "raise" raises it.
            on_tool_output: A function that is called with the `ToolOutput` of each call.
            max_rounds: The maximum number of rounds of tool calls.
            response_format: As in `stream`.
            tools: The tools in the form of the API. By default they are made from the signatures, annotations and
                docstrings of the functions.
            **arguments: The other arguments of `create`.

        Returns:
            A context manager. Entering it sends the first request and returns the stream.

        Raises:
            ToolRoundsExceeded: While reading: the model requested more than `max_rounds` rounds of tool calls.
            ToolCallTruncated: While reading: the arguments of a call are not complete. No call of the round is run.
            APIError: While reading: the answer failed.
        """
        from ...lib._parsing import type_to_response_format_param
        from ...lib.streaming.chat._tool_streams import ToolChatStreamManager
        from ...lib.tool_loop import ChatToolLoop, Tools

        runner = Tools(functions, on_tool_error, on_tool_output)
        tools = list_tools(arguments.pop("tools", omit))
        sent_format = type_to_response_format_param(response_format)
        tools = runner.describe_for_chat() if tools is omit else tools
        call = build_call(self, "create", stream=True, response_format=sent_format, tools=tools, **arguments)
        return ToolChatStreamManager(
            partial(ChatToolLoop, self._perform, call, runner, max_rounds),
            response_format=response_format,
            input_tools=tools,
        )
