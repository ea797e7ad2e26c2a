"""`chat.completions.stream`: chunks added up to a completion, and events that say what is new in it.

Adding costs what a chunk holds: the snapshot grows in place, and what an event shows of it (`snapshot`, `parsed`) is
made when somebody looks at it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Iterable, Iterator

from ssescan import _core
from ssescan.models.dump import to_plain

from ...._types import omit
from ....types.chat.parsed_chat_completion import ParsedChatCompletion
from ..._parsing import (
    ResponseFormatT,
    checked_finish,
    has_parseable_input,
    is_given,
    parse_chat_completion,
)
from .._deltas import insert, tree_of
from .._lazy_fields import LazyValue
from .._stream_base import EventProducer, HelperStream, StreamManager
from ._choice import Choice, ParseOptions, event
from ._events import ChunkEvent

if TYPE_CHECKING:
    from ...._types import Omit
    from ....types.chat import ChatCompletionChunk
    from ._events import ChatCompletionStreamEvent
    from ._types import ParsedChatCompletionSnapshot

__all__ = ["ChatCompletionStream", "ChatCompletionStreamManager", "ChatCompletionStreamState"]


class ChatCompletionStreamState(Generic[ResponseFormatT]):
    """Adds chunks up, for those who have a stream of them already.

    ::

        state = ChatCompletionStreamState()
        for chunk in stream:
            state.handle_chunk(chunk)
        state.get_final_completion()
    """

    def __init__(
        self,
        *,
        input_tools: Iterable[Any] | Omit = omit,
        response_format: type[ResponseFormatT] | Any | Omit = omit,
    ) -> None:
        tools = list(input_tools) if is_given(input_tools) else []  # type: ignore[arg-type]
        self._wanted = ParseOptions(response_format, tools)
        self._parseable = has_parseable_input(response_format, tools)
        self._tree: dict[str, Any] | None = None
        self._snapshot: ParsedChatCompletionSnapshot | None = None
        self._choices: dict[int, Choice] = {}

    def handle_chunk(self, chunk: ChatCompletionChunk) -> list[ChatCompletionStreamEvent[ResponseFormatT]]:
        """Adds a chunk, and gives the events that it brings.

        Raises `LengthFinishReasonError` or `ContentFilterFinishReasonError` when an answer that was to be parsed
        is cut, and what pydantic raises for one that does not fit.
        """
        choices, first = self._add_chunk(chunk)
        return [*self._events(chunk, choices, first=first)]

    def _add_chunk(self, chunk: ChatCompletionChunk) -> tuple[list[dict[str, Any]], bool]:
        """Adds a chunk, and gives its choices, and whether it is the first. What it brings is not looked for."""
        tree = tree_of(chunk)
        first = self._tree is None
        held = self._begin(tree) if self._tree is None else self._tree
        choices = [tree_of(choice) for choice in tree.get("choices") or []]
        for choice in choices:
            self._add(choice, held["choices"], first=first)
        if not first:
            self._add_rest(tree, held)
        return choices, first

    def get_final_completion(self) -> ParsedChatCompletion[ResponseFormatT]:
        """The completion, parsed. Whether it is complete is for the caller to know; raises as `handle_chunk`."""
        response_format, tools = self._wanted
        return parse_chat_completion(
            chat_completion=self.current_completion_snapshot,
            response_format=response_format if isinstance(response_format, type) else omit,
            input_tools=tools,
        )

    @property
    def current_completion_snapshot(self) -> ParsedChatCompletionSnapshot:
        """The completion so far; it goes on growing. AssertionError before the first chunk."""
        if self._snapshot is None:
            raise AssertionError("there is no snapshot before the first chunk")
        if self._parseable:
            for choice in self._choices.values():
                choice.look()
        return self._snapshot

    def _begin(self, chunk: dict[str, Any]) -> dict[str, Any]:
        rest = {key: to_plain(value) for key, value in chunk.items() if key not in ("choices", "obfuscation")}
        self._tree = {"system_fingerprint": None, **rest, "object": "chat.completion", "choices": []}
        self._snapshot = _core.node_new(ParsedChatCompletion, None, self._tree, None)
        return self._tree

    def _add(self, choice: dict[str, Any], known: list[Any], *, first: bool) -> None:
        held = self._choices.get(index := choice.get("index") or 0)
        new = held is None
        if held is None:
            held = self._choices[index] = Choice(choice, self._wanted)
            insert(known, sum(other < index for other in self._choices), held.tree)
        held.add_delta(tree_of(choice.get("delta")) or {})
        if first:
            return
        if finish_reason := choice.get("finish_reason"):
            held.tree["finish_reason"] = finish_reason
            if self._parseable:
                checked_finish(finish_reason, self._snapshot)
        if not new and (logprobs := tree_of(choice.get("logprobs"))) is not None:
            held.add_logprobs(logprobs)

    def _add_rest(self, chunk: dict[str, Any], held: dict[str, Any]) -> None:
        # As upstream: the last chunk's count, also if it has none.
        held["usage"] = to_plain(chunk.get("usage"))
        held["system_fingerprint"] = chunk.get("system_fingerprint")
        if (moderation := chunk.get("moderation")) is not None:
            held["moderation"] = to_plain(moderation)

    def _events(self, chunk: ChatCompletionChunk, choices: list[dict[str, Any]], *, first: bool) -> Iterator[Any]:
        yield event(ChunkEvent, "chunk", chunk=chunk, snapshot=LazyValue(lambda: self.current_completion_snapshot))
        for choice in choices:
            held = self._choices[choice.get("index") or 0]
            yield from held.deltas(choice, first=first)
            yield from held.dones()


class ChatCompletionStream(HelperStream["ChatCompletionStreamEvent[ResponseFormatT]"], Generic[ResponseFormatT]):
    """The events of a completion: iterate it, or ask for the whole."""

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
        """The whole completion, once the stream has ended.

        `choices[0].message.parsed` is an object of the class that was given as `response_format`. Raises
        `LengthFinishReasonError` or `ContentFilterFinishReasonError` for an answer that was cut.
        """
        self.until_done()
        return self._state.get_final_completion()

    @property
    def current_completion_snapshot(self) -> ParsedChatCompletionSnapshot:
        """The completion so far. AssertionError before the first chunk."""
        return self._state.current_completion_snapshot

    def _events(self) -> Iterator[ChatCompletionStreamEvent[ResponseFormatT]]:
        for chunk in self._raw_stream:
            yield from self._events_of(chunk)

    def _events_of(self, chunk: ChatCompletionChunk) -> list[ChatCompletionStreamEvent[ResponseFormatT]]:
        # Azure's asynchronous filter sends objects between the chunks that are none: their `object` is "".
        return self._state.handle_chunk(chunk) if chunk.object in ("chat.completion.chunk", None) else []


class ChatCompletionStreamManager(StreamManager[ChatCompletionStream[ResponseFormatT]], Generic[ResponseFormatT]):
    """What `chat.completions.stream` gives: `with` sends the request, gives the stream, and closes it."""

    _of: Any = ChatCompletionStream
