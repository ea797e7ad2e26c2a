"""What stands on the endpoints of the Responses API. `lib` is loaded when one of these is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from ..._types import omit
from .._resource import Resource

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..._types import Omit
    from ...lib._parsing import TextFormatT
    from ...lib.streaming.responses import ResponseStreamManager
    from ...lib.streaming.responses._tool_streams import ToolResponseStreamManager
    from ...lib.tool_loop import ToolLoopOptions
    from ...types.responses import ParsedResponse
    from .responses import ResponseCreate

    class ResponseTools(ResponseCreate, ToolLoopOptions, total=False): ...


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
        **given: Unpack[ResponseCreate],
    ) -> ResponseStreamManager[TextFormatT]: ...
    @overload
    def stream(
        self,
        *,
        response_id: str | Omit = omit,
        starting_after: int | Omit = omit,
        resume: bool = False,
        **given: Unpack[ResponseCreate],
    ) -> ResponseStreamManager[None]: ...

    def stream(
        self,
        *,
        response_id: str | Omit = omit,
        starting_after: int | Omit = omit,
        resume: bool = False,
        **given: Any,
    ) -> Any:
        """The answer as it comes, with what its events add up to. The request is sent by `with`.

        Arguments are those of `create`; or `response_id` of a response that is made in the background, with
        `starting_after`, the number of the last event that was seen. `text_format` may be a pydantic class: the answer
        is told to fit it, and `parsed` is an object of it.
        `resume`: when the connection breaks, goes on behind the last event with a new one. Needs `background=True`.
        """
        from ...lib._calls import responses_stream

        return responses_stream(self, response_id, starting_after, resume, given)

    @overload
    def parse(
        self, *, parse_as: type[TextFormatT], text_format: type[Any] | Omit = omit, **given: Unpack[ResponseCreate]
    ) -> ParsedResponse[TextFormatT]: ...
    @overload
    def parse(
        self, *, text_format: type[TextFormatT], parse_as: Omit = omit, **given: Unpack[ResponseCreate]
    ) -> ParsedResponse[TextFormatT]: ...
    @overload
    def parse(self, *, parse_as: None | Omit = omit, **given: Unpack[ResponseCreate]) -> ParsedResponse[None]: ...

    def parse(self, *, parse_as: Any = omit, **given: Any) -> Any:
        """The whole answer, parsed: `output_parsed` is an object of the pydantic class `text_format`.

        `parse_as`: of this class instead, which the model is not told of; None parses nothing.
        """
        from ...lib._calls import responses_parse

        return responses_parse(self, parse_as, given)

    @overload
    def run_tools(
        self, *, text_format: type[TextFormatT], **given: Unpack[ResponseTools]
    ) -> ToolResponseStreamManager[TextFormatT]: ...
    @overload
    def run_tools(self, **given: Unpack[ResponseTools]) -> ToolResponseStreamManager[None]: ...

    def run_tools(self, **given: Any) -> Any:
        """The answer as it comes, with the functions that the model calls on the way: one stream over all responses.

        ::

            with client.responses.run_tools(model=m, input="...", functions=[get_weather]) as stream:
                for event in stream: ...
            stream.get_final_response().output_text

        `functions`, `on_tool_error`, `on_tool_output`, `max_rounds`: see `lib.tool_loop.ToolLoopOptions`. Unless `tools`
        are given, the model is told of the functions by their signatures, annotations and docstrings. The other
        arguments are those of `stream`.
        """
        from ...lib._calls import responses_run_tools

        return responses_run_tools(self, given)
