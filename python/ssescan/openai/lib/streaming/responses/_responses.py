"""`responses.stream`: accumulate the events of a response, and yield them with snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Self, cast

from ssescan import _core
from ssescan.accumulation.deltas import object_at, tree_of
from ssescan.accumulation.output import Output
from ssescan.accumulation.responses import Response
from ssescan.errors import APIError
from ssescan.events import event_name
from ssescan.models.dump import to_plain

from ...._types import Omit
from ...._utils import is_given
from ....types.responses.parsed_response import ParsedResponse
from ....types.responses.response_stream_event import ResponseStreamEvent as RawEvent
from ..._parsing import TextFormatT, parse_response, parse_text
from .._failures import failed_response
from .._lazy_fields import text_prefix
from .._stream_base import EventProducer, HelperStream, StreamManager
from . import _events
from ._events import ResponseStreamEvent

__all__ = ["ResponseStream", "ResponseStreamManager", "ResponseStreamState"]


def _extended(event: Any, cls: Any, names: str, **more: Any) -> Any:
    """Return an event of the class `cls` with the fields `names` of `event`, and with more fields."""
    tree = tree_of(event)
    fields = {name: to_plain(tree.get(name)) for name in names.split()}
    return _core.node_new(cls, _core.node_raw(event), {**fields, **more}, _core.node_row(event))


_TEXT = "type content_index item_id output_index sequence_number logprobs"


class ResponseStreamState(Generic[TextFormatT]):
    """Accumulate the events of a response.

    Args:
        input_tools: The tools of the request. The arguments of strict tools are parsed.
        text_format: A pydantic class into which the text is parsed.
    """

    def __init__(self, *, input_tools: Iterable[Any] | Omit, text_format: type[TextFormatT] | Omit) -> None:
        self._tools = list(input_tools) if is_given(input_tools) else []  # type: ignore[arg-type]
        self._text_format = text_format
        self._response = Response()
        self._completed_response: ParsedResponse[TextFormatT] | None = None
        self._failure: APIError | None = None

    def handle_event(self, event: RawEvent) -> list[ResponseStreamEvent[TextFormatT]]:
        """Add an event. Return it, with a snapshot or parsed objects where its class has such fields.

        Raises:
            APIError: The event belongs to another API.
            ToolCallTruncated: The arguments of a strict tool are not complete.
            pydantic.ValidationError: A text does not match the class.
        """
        name, tree = self._add(event)
        if name == "response.output_item.added" and tree.get("item") is None:
            return []
        extend, output = _EXTEND.get(name), self._response.output
        if extend is None or output is None:
            return [cast("ResponseStreamEvent[TextFormatT]", event)]
        return [extend(self, output, event, tree)]

    def _add(self, event: RawEvent) -> tuple[str, dict[str, Any]]:
        """Add an event without making events. Return its name and its tree."""
        tree = tree_of(event)
        return self._response.add(tree.get("type") or event_name(event), tree), tree

    @property
    def completed(self) -> dict[str, Any] | None:
        """The response in the last event, with its whole output."""
        return self._response.completed

    @property
    def incomplete(self) -> dict[str, Any] | None:
        """The response in an event that ended it early."""
        return self._response.incomplete

    def _raise_failure(self) -> None:
        """Raise the exception of a response that failed, although its last event says that it is completed."""
        if self._failure is None and self.completed is not None:
            self._failure = failed_response(self.completed)
        if self._failure is not None:
            raise self._failure

    def _text(self) -> str:
        """Return the text of the response so far."""
        output = [] if self._response.output is None else self._response.output.snapshot()
        parts = (part for item in output for part in item.get("content") or [] if isinstance(part, dict))
        return "".join(str(part.get("text") or "") for part in parts if part.get("type") == "output_text")

    # Events with additional fields

    def _text_delta(self, output: Output, event: Any, tree: dict[str, Any]) -> Any:
        snapshot = text_prefix(output.part(tree), "text")
        return _extended(event, _events.ResponseTextDeltaEvent, f"{_TEXT} delta", snapshot=snapshot)

    def _text_done(self, output: Output, event: Any, tree: dict[str, Any]) -> Any:
        phase = output.item(tree, "message").get("phase")
        parsed = parse_text(tree.get("text") or "", self._text_format, phase)
        return _extended(event, _events.ResponseTextDoneEvent, f"{_TEXT} text", parsed=parsed)

    def _arguments_delta(self, output: Output, event: Any, tree: dict[str, Any]) -> Any:
        snapshot = text_prefix(output.item(tree, "function_call"), "arguments")
        names = "type delta item_id output_index sequence_number"
        return _extended(event, _events.ResponseFunctionCallArgumentsDeltaEvent, names, snapshot=snapshot)

    def _completed(self, output: Output, event: Any, tree: dict[str, Any]) -> Any:
        self._completed_response = parse_response(
            text_format=self._text_format, response=self.completed, input_tools=self._tools
        )
        if tree.get("type") != "response.completed":
            return event
        return _extended(
            event, _events.ResponseCompletedEvent, "type sequence_number", response=self._completed_response
        )

    def _done(self, output: Output, event: Any, tree: dict[str, Any]) -> Any:
        return event if self.completed is None else self._completed(output, event, tree)

    def _started(self, output: Output, event: Any, tree: dict[str, Any]) -> Any:
        return _with_output(event, tree, list)

    def _ended(self, output: Output, event: Any, tree: dict[str, Any]) -> Any:
        return _with_output(event, tree, output.snapshot)


def _with_output(event: Any, tree: dict[str, Any], output: Callable[[], list[Any]]) -> Any:
    """Return the event. If its response has no output, return a copy of the event with `output()`."""
    if object_at(tree, "response").get("output") is not None:
        return event
    fields = to_plain(tree)
    fields["response"] = {**object_at(fields, "response"), "output": output()}
    return _core.node_new(type(event), _core.node_raw(event), fields, _core.node_row(event))


_State = ResponseStreamState
#: The events that are returned with additional fields.
_EXTEND: dict[str, Callable[[Any, Output, Any, dict[str, Any]], Any]] = {
    "response.output_text.delta": _State._text_delta,
    "response.output_text.done": _State._text_done,
    "response.function_call_arguments.delta": _State._arguments_delta,
    "response.completed": _State._completed,
    "response.done": _State._done,
    "response.created": _State._started,
    "response.queued": _State._started,
    "response.in_progress": _State._started,
    "response.failed": _State._ended,
    "response.incomplete": _State._ended,
}


class ResponseStream(HelperStream["ResponseStreamEvent[TextFormatT]"], Generic[TextFormatT]):
    """The events of a response. Iterate over it, call `get_final_response`, or do both."""

    def __init__(
        self,
        *,
        raw_stream: EventProducer[RawEvent],
        text_format: type[TextFormatT] | Omit,
        input_tools: Iterable[Any] | Omit,
        starting_after: int | None,
    ) -> None:
        super().__init__(raw_stream)
        self._state: ResponseStreamState[TextFormatT] = ResponseStreamState(
            text_format=text_format, input_tools=input_tools
        )
        self._starting_after = starting_after

    def _text_of(self, event: ResponseStreamEvent[TextFormatT]) -> str | None:
        return event.delta if event.type == "response.output_text.delta" else None

    def get_final_response(self) -> ParsedResponse[TextFormatT]:
        """Read the rest of the stream and return the response.

        `output_parsed` is an object of the class that was passed as `text_format`.

        Raises:
            RuntimeError: The response was not completed.
            APIError: The stream or the response failed.
        """
        self.until_done()
        if self._state._completed_response is None:
            raise RuntimeError("Didn't receive a `response.completed` event.")
        return self._state._completed_response

    def until_done(self) -> Self:
        """Read the rest of the stream and return the stream.

        Raises:
            APIError: The stream or the response failed.
        """
        super().until_done()
        self._checked(self._state._raise_failure)
        return self

    def _events(self) -> Iterator[ResponseStreamEvent[TextFormatT]]:
        for raw in self._raw_stream:
            for event in self._state.handle_event(raw):
                if self._is_new(event):
                    yield event

    def _partial_text(self) -> str:
        return self._state._text()

    def _is_new(self, event: Any) -> bool:
        number = getattr(event, "sequence_number", None)
        return self._starting_after is None or number is None or cast("int", number) > self._starting_after


class ResponseStreamManager(StreamManager[ResponseStream[TextFormatT]], Generic[TextFormatT]):
    """The return value of `responses.stream`.

    Entering its `with` block sends the request and returns the stream. Leaving the block closes the stream.
    """

    _of: Any = ResponseStream
