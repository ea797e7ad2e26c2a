"""`chat.completions.stream`: accumulate chunks into a completion, and yield an event for each change.

The snapshot grows in place, so the cost of a chunk does not depend on the size of the completion. The fields
`snapshot` and `parsed` of an event are computed when they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, Self

from ssescan import _core
from ssescan.accumulation.chat import Completion
from ssescan.accumulation.chunks import choice_index, is_filter_result
from ssescan.accumulation.deltas import tree_of
from ssescan.errors import APIError

from ...._types import Omit, omit
from ...._utils import is_given
from ....types.chat.chat_completion_chunk import ChatCompletionChunk
from ....types.chat.parsed_chat_completion import ParsedChatCompletion
from ..._parsing import (
    ResponseFormatT,
    checked_finish,
    has_parseable_input,
    parse_chat_completion,
)
from .._failures import failed_choice
from .._lazy_fields import LazyValue
from .._stream_base import EventProducer, HelperStream, StreamManager
from ._choice import Choice, ParseOptions, event
from ._events import ChatCompletionStreamEvent, ChunkEvent
from ._types import ParsedChatCompletionSnapshot

__all__ = ["ChatCompletionStream", "ChatCompletionStreamManager", "ChatCompletionStreamState"]


class ChatCompletionStreamState(Generic[ResponseFormatT]):
    """Accumulate the chunks of a stream that the program reads itself.

    Example::

        state = ChatCompletionStreamState()
        for chunk in stream:
            state.handle_chunk(chunk)
        state.get_final_completion()

    Args:
        input_tools: The tools of the request. The arguments of strict tools are parsed.
        response_format: A pydantic class into which the content is parsed.
    """

    def __init__(
        self,
        *,
        input_tools: Iterable[Any] | Omit = omit,
        response_format: type[ResponseFormatT] | Any | Omit = omit,
    ) -> None:
        tools = list(input_tools) if is_given(input_tools) else []  # type: ignore[arg-type]
        self._parse_options = ParseOptions(response_format, tools)
        self._parseable = has_parseable_input(response_format, tools)
        self._completion = Completion(self._make_choice)
        self._choices: dict[int, Choice] = {}
        self._snapshot: ParsedChatCompletionSnapshot | None = None
        self._failure: APIError | None = None

    def handle_chunk(self, chunk: ChatCompletionChunk) -> list[ChatCompletionStreamEvent[ResponseFormatT]]:
        """Add a chunk and return its events.

        Raises:
            LengthFinishReasonError: An answer that is to be parsed was truncated at the token limit.
            ContentFilterFinishReasonError: An answer that is to be parsed was truncated by the content filter.
            pydantic.ValidationError: The answer does not match the class.
        """
        choices, first = self._add_chunk(chunk)
        return [*self._events(chunk, choices, first=first)]

    def _add_chunk(self, chunk: ChatCompletionChunk) -> tuple[list[dict[str, Any]], bool]:
        """Add a chunk without making events. Return its choices, and whether it is the first chunk.

        Raises:
            APIError: The chunk is an event of another API.
            LengthFinishReasonError: An answer that is to be parsed was truncated at the token limit.
            ContentFilterFinishReasonError: An answer that is to be parsed was truncated by the content filter.
        """
        choices, first = self._completion.add(tree_of(chunk))
        if self._snapshot is None and self._completion.tree is not None:
            self._snapshot = _core.node_new(ParsedChatCompletion, None, self._completion.tree, None)
        for choice in choices:
            if self._parseable and not first and (finish_reason := choice.get("finish_reason")):
                checked_finish(finish_reason, self._snapshot)
        return choices, first

    def _make_choice(self, first: dict[str, Any]) -> Choice:
        made = self._choices[choice_index(first)] = Choice(first, self._parse_options)
        return made

    def get_final_completion(self) -> ParsedChatCompletion[ResponseFormatT]:
        """Return the parsed completion. Call this after the last chunk.

        Raises:
            APIError: The answer failed, by its finish reason or by an error in a choice.
            LengthFinishReasonError: The answer was truncated at the token limit.
            ContentFilterFinishReasonError: The answer was truncated by the content filter.
            ToolCallTruncated: The arguments of a strict tool are not complete.
            pydantic.ValidationError: The answer does not match the class.
        """
        self._raise_failure()
        response_format, tools = self._parse_options
        return parse_chat_completion(
            chat_completion=self.current_completion_snapshot,
            response_format=response_format if isinstance(response_format, type) else omit,
            input_tools=tools,
        )

    @property
    def current_completion_snapshot(self) -> ParsedChatCompletionSnapshot:
        """The completion so far. It keeps growing. Raises AssertionError before the first chunk."""
        if self._snapshot is None:
            raise AssertionError("No snapshot: no chunk has arrived. Read at least one event first.")
        if self._parseable:
            for choice in self._choices.values():
                choice.parse_unfinished()
        return self._snapshot

    def _raise_failure(self) -> None:
        """Raise the exception of an answer that failed."""
        if self._failure is None and self._completion.tree is not None:
            self._failure = failed_choice(self._completion.tree["choices"])
        if self._failure is not None:
            raise self._failure

    def _events(self, chunk: ChatCompletionChunk, choices: list[dict[str, Any]], *, first: bool) -> Iterator[Any]:
        yield event(ChunkEvent, "chunk", chunk=chunk, snapshot=LazyValue(lambda: self.current_completion_snapshot))
        for choice in choices:
            accumulated = self._choices[choice_index(choice)]
            yield from accumulated.delta_events(choice, first=first)
            yield from accumulated.done_events()


class ChatCompletionStream(HelperStream["ChatCompletionStreamEvent[ResponseFormatT]"], Generic[ResponseFormatT]):
    """The events of a completion. Iterate over it, call `get_final_completion`, or do both."""

    def __init__(
        self,
        *,
        raw_stream: EventProducer[ChatCompletionChunk],
        response_format: type[ResponseFormatT] | Any | Omit,
        input_tools: Iterable[Any] | Omit,
    ) -> None:
        super().__init__(raw_stream)
        self._options: dict[str, Any] = {"response_format": response_format, "input_tools": input_tools}
        self._state: ChatCompletionStreamState[ResponseFormatT] = ChatCompletionStreamState(**self._options)

    def get_final_completion(self) -> ParsedChatCompletion[ResponseFormatT]:
        """Read the rest of the stream and return the completion.

        `choices[0].message.parsed` is an object of the class that was passed as `response_format`.

        Raises:
            LengthFinishReasonError: The answer was truncated at the token limit.
            ContentFilterFinishReasonError: The answer was truncated by the content filter.
            APIError: The stream or the answer failed.
        """
        self.until_done()
        return self._checked(self._state.get_final_completion)

    def until_done(self) -> Self:
        """Read the rest of the stream and return the stream.

        Raises:
            APIError: The stream failed, or the answer did: by its finish reason or by an error in a choice.
        """
        super().until_done()
        self._checked(self._state._raise_failure)
        return self

    @property
    def current_completion_snapshot(self) -> ParsedChatCompletionSnapshot:
        """The completion so far. Raises AssertionError before the first chunk."""
        return self._state.current_completion_snapshot

    def _events(self) -> Iterator[ChatCompletionStreamEvent[ResponseFormatT]]:
        for chunk in self._raw_stream:
            yield from self._events_of(chunk)

    def _text_of(self, event: ChatCompletionStreamEvent[ResponseFormatT]) -> str | None:
        return event.chunk.text if event.type == "chunk" else None

    def _events_of(self, chunk: ChatCompletionChunk) -> list[ChatCompletionStreamEvent[ResponseFormatT]]:
        return [] if is_filter_result(tree_of(chunk)) else self._state.handle_chunk(chunk)

    def _partial_text(self) -> str:
        choices = (self._state._completion.tree or {}).get("choices") or []
        return next((choice["message"].get("content") or "" for choice in choices if choice_index(choice) == 0), "")


class ChatCompletionStreamManager(StreamManager[ChatCompletionStream[ResponseFormatT]], Generic[ResponseFormatT]):
    """The return value of `chat.completions.stream`.

    Entering its `with` block sends the request and returns the stream. Leaving the block closes the stream.
    """

    _of: Any = ChatCompletionStream
