"""The helper methods of the Responses API: `stream`, `parse` and `run_tools`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, overload

from ..._call import Options
from ..._endpoints import build_call, request_of
from ..._methods import method
from ..._types import omit
from ..._utils import is_given
from .._helpers import MAX_TOOL_ROUNDS, routing_first
from .._resource import Resource
from ._params import ResponseArguments, ResponseCreate

if TYPE_CHECKING:
    from typing import Literal, Optional, Unpack

    from ..._types import Omit
    from ...lib._parsing import TextFormatT
    from ...lib.streaming.responses import ResponseStreamManager
    from ...lib.streaming.responses._tool_streams import ToolResponseStreamManager
    from ...lib.tool_loop import Functions, OnToolError, OnToolOutput
    from ...types.responses import ParsedResponse, ResponseTextConfigParam


__all__ = ["ResponseHelpers"]


class ResponseHelpers(Resource):
    @overload
    def stream(
        self,
        *,
        text_format: type[TextFormatT],
        response_id: str | Omit = omit,
        starting_after: int | Omit = omit,
        resume: bool = False,
        **arguments: Unpack[ResponseCreate],
    ) -> ResponseStreamManager[TextFormatT]: ...
    @overload
    def stream(
        self,
        *,
        response_id: str | Omit = omit,
        starting_after: int | Omit = omit,
        resume: bool = False,
        **arguments: Unpack[ResponseCreate],
    ) -> ResponseStreamManager[None]: ...

    @method(ResponseCreate)
    def stream(
        self,
        *,
        response_id: str | Omit = omit,
        starting_after: int | Omit = omit,
        resume: bool = False,
        text_format: type[TextFormatT] | Omit = omit,
        **arguments: Any,
    ) -> Any:
        """Stream a response as events, with snapshots of its text and of function arguments.

        Pass the arguments of `create` to create a response, or `response_id` to read one that exists.

        Example::

            with client.responses.stream(model=m, input="...") as stream:
                for event in stream: ...
            stream.get_final_response()

        Args:
            response_id: The id of a response that is created in the background.
            starting_after: The number of the last event to skip.
            resume: Whether to resume the stream with a new connection after a break. Requires `background=True`.
            text_format: A pydantic class or dataclass. The request asks for an answer in its format, and `parsed`
                is an object of it.
            tools: Tools of the API, or results of `pydantic_function_tool`, whose arguments are parsed.
            **arguments: The other arguments of `create`.

        Returns:
            A context manager. Entering it sends the request and returns the stream.

        Raises:
            ValueError: An argument is missing, or does not go together with another one.
        """
        from ...lib._parsing import to_response_tools
        from ...lib._resume import ResumingStream
        from ...lib.streaming.responses import ResponseStreamManager

        tools = to_response_tools(arguments.pop("tools", omit))
        new = [name for name, value in arguments.items() if name not in Options.__annotations__ and is_given(value)]
        if new and (is_given(response_id) or is_given(starting_after)):
            # The message is that of `openai`, on purpose.
            raise ValueError(
                "Cannot provide both response_id/starting_after can't be provided together with " + ", ".join(new)
            )
        if new:
            sent = _creating_arguments(resume, text_format, {**arguments, "tools": tools})
            request = request_of(self, "create", **sent)
        elif not is_given(response_id):
            raise ValueError("id must be provided when streaming an existing response")
        else:
            options = {name: value for name, value in arguments.items() if name in Options.__annotations__}
            sent = {**options, "stream": True, "response_id": response_id, "include": []}
            request = request_of(self, "retrieve", **sent)
        if resume:
            call = build_call(self, "create" if new else "retrieve", **sent)
            request = partial(ResumingStream, self._perform, call, partial(build_call, self, "retrieve", stream=True))
        return ResponseStreamManager(
            request,
            text_format=text_format,
            input_tools=tools,
            starting_after=starting_after if is_given(starting_after) else None,
        )

    @overload
    def parse(
        self,
        *,
        parse_as: type[TextFormatT],
        text_format: type[object] | Omit = omit,
        text: ResponseTextConfigParam | Omit = omit,
        verbosity: Optional[Literal["low", "medium", "high"]] | Omit = omit,
        stream: Optional[Literal[False]] | Omit = omit,
        **arguments: Unpack[ResponseArguments],
    ) -> ParsedResponse[TextFormatT]: ...
    @overload
    def parse(
        self,
        *,
        text_format: type[TextFormatT],
        parse_as: Omit = omit,
        text: ResponseTextConfigParam | Omit = omit,
        verbosity: Optional[Literal["low", "medium", "high"]] | Omit = omit,
        stream: Optional[Literal[False]] | Omit = omit,
        **arguments: Unpack[ResponseArguments],
    ) -> ParsedResponse[TextFormatT]: ...
    @overload
    def parse(
        self,
        *,
        parse_as: None | Omit = omit,
        text: ResponseTextConfigParam | Omit = omit,
        verbosity: Optional[Literal["low", "medium", "high"]] | Omit = omit,
        stream: Optional[Literal[False]] | Omit = omit,
        **arguments: Unpack[ResponseArguments],
    ) -> ParsedResponse[None]: ...

    @method(ResponseArguments)
    def parse(
        self,
        *,
        parse_as: type[TextFormatT] | None | Omit = omit,
        text_format: type[object] | Omit = omit,
        text: ResponseTextConfigParam | Omit = omit,
        verbosity: Optional[Literal["low", "medium", "high"]] | Omit = omit,
        stream: Optional[Literal[False]] | Omit = omit,
        **arguments: Any,
    ) -> Any:
        """Return a complete response, parsed into a class.

        Args:
            parse_as: The class of `output_parsed`, if it differs from `text_format`. It is not part of the request.
                None parses nothing.
            text_format: A pydantic class or dataclass. The request asks for an answer in its format, and
                `output_parsed` is an object of it.
            tools: Tools of the API, or results of `pydantic_function_tool`, whose arguments are parsed.
            text: As in `create`, without a format if there is a `text_format`.
            verbosity: Sent to the API as the field of this name.
            **arguments: The other arguments of `create`.
        """
        from ...lib._parsing import (
            class_of_text,
            parse_model,
            parsed_response,
            text_with_format,
            to_response_tools,
        )

        tools = to_response_tools(arguments.pop("tools", omit))
        sent_text = text_with_format(text, text_format)
        call = routing_first(build_call(self, "create", tools=tools, text=sent_text, stream=stream, **arguments))
        if is_given(verbosity):  # `create` does not take this argument, and `parse` of `openai` does
            call = call._replace(json_data={**call.json_data, "verbosity": verbosity})
        parsed_class = class_of_text(call.body.get("input"), sent_text, text_format, parse_as)
        parse = partial(parsed_response, parsed_class, tools)
        return self._perform(call._replace(post_parser=partial(parse_model, parse), stream_class=None))

    @overload
    def run_tools(
        self,
        *,
        functions: Functions,
        text_format: type[TextFormatT],
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
        max_rounds: int = MAX_TOOL_ROUNDS,
        **arguments: Unpack[ResponseCreate],
    ) -> ToolResponseStreamManager[TextFormatT]: ...
    @overload
    def run_tools(
        self,
        *,
        functions: Functions,
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
        max_rounds: int = MAX_TOOL_ROUNDS,
        **arguments: Unpack[ResponseCreate],
    ) -> ToolResponseStreamManager[None]: ...

    @method(ResponseCreate)
    def run_tools(
        self,
        *,
        functions: Functions,
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
        max_rounds: int = MAX_TOOL_ROUNDS,
        text_format: type[TextFormatT] | Omit = omit,
        **arguments: Any,
    ) -> Any:
        """Stream a response, and run the functions that the model calls. The stream includes the responses of all rounds.

        Example::

            with client.responses.run_tools(model=m, input="...", functions=[get_weather]) as stream:
                for event in stream: ...
            stream.get_final_response().output_text

        Args:
            functions: The functions that the model may call: a list of functions, or a mapping of names to functions.
            on_tool_error: "report" sends the exception of a function to the model; "raise" raises it.
            on_tool_output: A function that is called with the `ToolOutput` of each call.
            max_rounds: The maximum number of rounds of tool calls.
            text_format: As in `stream`.
            tools: The tools in the form of the API. By default they are made from the signatures, annotations and
                docstrings of the functions.
            text: As in `create`, without a format if there is a `text_format`.
            **arguments: The other arguments of `create`.

        Returns:
            A context manager. Entering it sends the first request and returns the stream.

        Raises:
            ToolRoundsExceeded: While reading: the model requested more than `max_rounds` rounds of tool calls.
            ToolCallTruncated: While reading: the arguments of a call are not complete. No call of the round is run.
            APIError: While reading: the answer failed.
        """
        from ...lib._parsing import text_with_format, to_response_tools
        from ...lib.streaming.responses._tool_streams import ToolResponseStreamManager
        from ...lib.tool_loop import ResponseToolLoop, Tools

        runner = Tools(functions, on_tool_error, on_tool_output)
        tools = to_response_tools(arguments.pop("tools", omit))
        text = text_with_format(arguments.pop("text", omit), text_format)
        tools = runner.describe_for_responses() if tools is omit else tools
        call = build_call(self, "create", stream=True, tools=tools, text=text, **arguments)
        return ToolResponseStreamManager(
            partial(ResponseToolLoop, self._perform, call, runner, max_rounds),
            text_format=text_format,
            input_tools=tools,
            starting_after=None,
        )


def _creating_arguments(resume: bool, text_format: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    from ...lib._parsing import text_with_format

    for name in ("input", "model"):
        if not is_given(arguments.get(name, omit)):
            raise ValueError(f"{name} must be provided when creating a new response")
    if resume and arguments.get("background") is not True:
        raise ValueError("resume=True requires background=True (only background responses are stored)")
    return {**arguments, "stream": True, "text": text_with_format(arguments.get("text", omit), text_format)}
