"""What stands on the endpoints of Chat Completions. `lib` is loaded when one of these is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from .._resource import Resource

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ...lib._parsing import ResponseFormatT
    from ...lib.streaming.chat import ChatCompletionStreamManager
    from ...lib.streaming.chat._tool_streams import ToolChatStreamManager
    from ...lib.tool_loop import Functions
    from ...types.chat import ParsedChatCompletion
    from .completions import CompletionCreate

__all__ = ["CompletionHelpers"]


class CompletionHelpers(Resource):
    @overload
    def stream(
        self, *, response_format: type[ResponseFormatT], **given: Any
    ) -> ChatCompletionStreamManager[ResponseFormatT]: ...
    @overload
    def stream(self, **given: Unpack[CompletionCreate]) -> ChatCompletionStreamManager[None]: ...

    def stream(self, **given: Any) -> Any:
        """The answer as it comes, with events for its parts and a snapshot of the whole. The request is sent by `with`.

        Arguments are those of `create`. `response_format` may be a pydantic class: the answer is told to fit it, and
        `parsed` is an object of it. `tools` may be made by `pydantic_function_tool`.
        """
        from ...lib._calls import chat_stream

        return chat_stream(self, given)

    @overload
    def parse(
        self, *, response_format: type[ResponseFormatT], **given: Any
    ) -> ParsedChatCompletion[ResponseFormatT]: ...
    @overload
    def parse(self, **given: Unpack[CompletionCreate]) -> ParsedChatCompletion[None]: ...

    def parse(self, **given: Any) -> Any:
        """The whole answer, parsed: `response_format` may be a pydantic class, `tools` must be strict.

        Raises `LengthFinishReasonError` or `ContentFilterFinishReasonError` for an answer that was cut.
        """
        from ...lib._calls import chat_parse

        return chat_parse(self, given)

    @overload
    def run_tools(
        self, *, functions: Functions, response_format: type[ResponseFormatT], **given: Any
    ) -> ToolChatStreamManager[ResponseFormatT]: ...
    @overload
    def run_tools(self, *, functions: Functions, **given: Any) -> ToolChatStreamManager[None]: ...

    def run_tools(self, **given: Any) -> Any:
        """The answer as it comes, with the functions that the model calls on the way: one stream over all completions.

        ::

            with client.chat.completions.run_tools(model=m, messages=[...], functions=[get_weather]) as stream:
                for event in stream: ...
            stream.get_final_completion().choices[0].message.content

        `functions`, `on_tool_error`, `on_tool_output`, `max_rounds`: see `lib.tool_loop.ToolLoopOptions`. Unless `tools`
        are given, the model is told of the functions by their signatures, annotations and docstrings. The other
        arguments are those of `stream`.
        """
        from ...lib._calls import chat_run_tools

        return chat_run_tools(self, given)
