"""`AssistantEventHandler`: what happens in a run, as calls of methods that a user overrides.

The order of the calls and their arguments are those of the `openai` package, with what it repeats (docs/differences.md
says where it differs). The arguments of a call are the live snapshots: they go on growing after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Generic, Iterable, Iterator, TypeVar, cast

from ._deltas import accumulate_delta, content_of, copy_of, insert, tree_of
from ._tool_calls import ToolCall, ToolCalls

if TYPE_CHECKING:
    from types import TracebackType

    from ..._streaming import Stream
    from ...types.beta import AssistantStreamEvent
    from ...types.beta.threads import ImageFile, Message, MessageContent, MessageDelta, Run, Text, TextDelta
    from ...types.beta.threads.message_content_delta import MessageContentDelta
    from ...types.beta.threads.runs import RunStep, RunStepDelta, ToolCallDelta
    from ...types.beta.threads.runs import ToolCall as ToolCallSnapshot

__all__ = [
    "AssistantEventHandler",
    "AssistantEventHandlerT",
    "AssistantStreamManager",
    "accumulate_delta",
    "accumulate_event",
    "accumulate_run_step",
]


# Accumulation


def accumulate_event(
    *, event: AssistantStreamEvent, current_message_snapshot: Message | None
) -> tuple[Message | None, list[MessageContentDelta]]:
    """The snapshot of the message after `event`, and the fragments in it that began a content part.

    RuntimeError for a delta of a message that was never created.
    """
    if event.event == "thread.message.created":
        return event.data, []
    if event.event != "thread.message.delta":
        return current_message_snapshot, []
    if current_message_snapshot is None:
        raise RuntimeError("Encountered a message delta with no previous snapshot")
    parts = _parts(current_message_snapshot)
    fragments = (event.data.delta and event.data.delta.content) or []
    return current_message_snapshot, [fragment for fragment in fragments if _add_part(parts, fragment)]


def _parts(message: Message) -> list[Any]:
    tree = tree_of(message)
    if tree.get("content") is None:
        tree["content"] = []
    parts: list[Any] = tree["content"]
    return parts


def _part_index(fragment: Any, parts: list[Any]) -> int:
    """Of a server that numbers nothing, every fragment is of the last part."""
    index = tree_of(fragment).get("index")
    return index if isinstance(index, int) else max(len(parts) - 1, 0)


def _add_part(parts: list[Any], fragment: Any) -> bool:
    """True if the fragment is the first one of its part."""
    index = _part_index(fragment, parts)
    try:
        part = parts[index]
    except IndexError:
        insert(parts, index, copy_of(fragment))
        return True
    accumulate_delta(part, fragment)
    return False


def accumulate_run_step(*, event: AssistantStreamEvent, run_step_snapshots: dict[str, RunStep]) -> None:
    """Brings the snapshots of the steps, by id, up to `event`. KeyError for a delta of a step never created."""
    if event.event == "thread.run.step.created":
        run_step_snapshots[event.data.id] = event.data
    elif event.event == "thread.run.step.delta":
        _add_to_step(tree_of(run_step_snapshots[event.data.id]), event.data, {})


def _add_to_step(step: dict[str, Any], data: Any, known: dict[str, ToolCalls]) -> list[ToolCall]:
    """Adds a delta; gives the call that each of its fragments belongs to. `known`: the calls of steps, by id."""
    delta = content_of(data, "delta") or {}
    details = content_of(delta, "step_details") or {}
    fragments = details.get("tool_calls") or []
    if not fragments:
        accumulate_delta(step, delta)
        return []
    rest = {key: value for key, value in details.items() if key != "tool_calls"}
    accumulate_delta(step, {**delta, "step_details": rest})
    if data.id not in known:
        known[data.id] = ToolCalls(_calls_of(step))
    return [known[data.id].add(fragment) for fragment in fragments]


def _calls_of(step: dict[str, Any]) -> list[Any]:
    details = content_of(step, "step_details")
    if details.get("tool_calls") is None:
        details["tool_calls"] = []
    calls: list[Any] = details["tool_calls"]
    return calls


# The handler


class AssistantEventHandler:
    """Follows the events of a run: override the `on_...` methods, iterate it, or both.

    One handler is for one stream. Subclasses with an `__init__` of their own must call this one. Iterating gives
    the events; the methods are called before an event is given. An exception of a method ends the stream, after
    `on_exception` and `on_end`.
    """

    text_deltas: Iterable[str]
    """The text as it comes. Shares its place in the stream with every other way to read it."""

    def __init__(self) -> None:
        self.text_deltas = self._texts()
        self._iterator = self._events()
        self.__stream: Stream[AssistantStreamEvent] | None = None
        self._current_event: AssistantStreamEvent | None = None
        self._run: Run | None = None
        self._steps: dict[str, RunStep] = {}
        self._calls: dict[str, ToolCalls] = {}
        #: Id of the step under way.
        self._step_id: str | None = None
        self._messages: dict[str, Message] = {}
        self._message: Message | None = None
        # Content part and tool call that were last added to. They outlive their message and their step, as upstream.
        self._part_index: int | None = None
        self._part: MessageContent | None = None
        self._call_index: int | None = None
        self._call: ToolCallSnapshot | None = None

    def _init(self, stream: Stream[AssistantStreamEvent]) -> None:
        if self.__stream is not None:
            raise RuntimeError(
                "A single event handler cannot be shared between multiple streams; "
                "You will need to construct a new event handler instance"
            )
        self.__stream = stream

    # What is asked of it

    def __iter__(self) -> Iterator[AssistantStreamEvent]:
        return self._iterator

    def __next__(self) -> AssistantStreamEvent:
        return next(self._iterator)

    @property
    def current_event(self) -> AssistantStreamEvent | None:
        """The event whose methods are being called; None outside of them."""
        return self._current_event

    @property
    def current_run(self) -> Run | None:
        """The run as it was last sent."""
        return self._run

    @property
    def current_run_step_snapshot(self) -> RunStep | None:
        """The step under way; None between steps."""
        return self._steps[self._step_id] if self._step_id else None

    @property
    def current_message_snapshot(self) -> Message | None:
        """The last message so far."""
        return self._message

    def close(self) -> None:
        """Lets go of the connection. The end of the `with` block does."""
        if self.__stream is not None:
            self.__stream.close()

    def until_done(self) -> None:
        """Reads the rest of the stream."""
        for _ in self:
            pass

    def get_final_run(self) -> Run:
        """The run as it was last sent, once the stream has ended. RuntimeError if there was none."""
        self.until_done()
        if self._run is None:
            raise RuntimeError("No final run object found")
        return self._run

    def get_final_run_steps(self) -> list[RunStep]:
        """The steps, once the stream has ended: as they were completed. RuntimeError if there was none."""
        self.until_done()
        if not self._steps:
            raise RuntimeError("No run steps found")
        return list(self._steps.values())

    def get_final_messages(self) -> list[Message]:
        """The messages, once the stream has ended. RuntimeError if there was none."""
        self.until_done()
        if not self._messages:
            raise RuntimeError("No messages found")
        return list(self._messages.values())

    # What users override

    def on_end(self) -> None:
        """The stream has ended, well or not."""

    def on_event(self, event: AssistantStreamEvent) -> None:
        """Every event, before anything else is called for it."""

    def on_run_step_created(self, run_step: RunStep) -> None:
        """A step has begun."""

    def on_run_step_delta(self, delta: RunStepDelta, snapshot: RunStep) -> None:
        """A fragment of a step, and the step with it."""

    def on_run_step_done(self, run_step: RunStep) -> None:
        """A step has completed, failed, expired or was cancelled."""

    def on_tool_call_created(self, tool_call: ToolCallSnapshot) -> None:
        """A tool call has begun; its first fragment is in it already."""

    def on_tool_call_delta(self, delta: ToolCallDelta, snapshot: ToolCallSnapshot) -> None:
        """A further fragment of a tool call, and the call with it."""

    def on_tool_call_done(self, tool_call: ToolCallSnapshot) -> None:
        """A tool call is complete. Called again for the last one when its step and its run end."""

    def on_exception(self, exception: Exception) -> None:
        """The stream, the server or one of these methods failed; `exception` is raised afterwards."""

    def on_timeout(self) -> None:
        """The stream took too long; before `on_exception`."""

    def on_message_created(self, message: Message) -> None:
        """A message has begun."""

    def on_message_delta(self, delta: MessageDelta, snapshot: Message) -> None:
        """A fragment of a message, and the message with it."""

    def on_message_done(self, message: Message) -> None:
        """A message is complete or incomplete for good."""

    def on_text_created(self, text: Text) -> None:
        """A text part has begun; its first fragment is in it already."""

    def on_text_delta(self, delta: TextDelta, snapshot: Text) -> None:
        """A fragment of a text part, and the part with it."""

    def on_text_done(self, text: Text) -> None:
        """A text part is complete."""

    def on_image_file_done(self, image_file: ImageFile) -> None:
        """An image part is complete."""

    # How it goes

    def _events(self) -> Iterator[AssistantStreamEvent]:
        if self.__stream is None:
            raise RuntimeError("Stream has not been started yet")
        try:
            for event in self.__stream:
                self._emit_sse_event(event)
                yield event
        except TimeoutError as error:
            self.on_timeout()
            self.on_exception(error)
            raise
        except Exception as error:
            self.on_exception(error)
            raise
        finally:
            self.on_end()

    def _texts(self) -> Iterator[str]:
        for event in self:
            if event.event == "thread.message.delta":
                delta = event.data.delta
                for part in (delta and delta.content) or []:
                    if _kind(part) == "text" and (text := cast("Any", part).text) and text.value:
                        yield text.value

    def _emit_sse_event(self, event: AssistantStreamEvent) -> None:
        self._current_event = event
        self.on_event(event)
        follow = _FOLLOW.get(event.event)
        if follow is not None:
            follow(self, event)
        self._current_event = None

    def _message_created(self, event: Any) -> None:
        self._accumulate_message(event)
        self.on_message_created(event.data)

    def _message_delta(self, event: Any) -> None:
        delta = event.data.delta
        fragments = (delta and delta.content) or []
        if len(fragments) > 1 and self._part is not None:
            # What is told to be done with this event is the part as it was before it.
            self._part = self._part.model_copy(deep=True)
        for fragment in self._accumulate_message(event):
            part = self._part_of(fragment)
            if _kind(part) == "text":
                self.on_text_created(part.text)
        for fragment in fragments:
            self._part_delta(fragment, self._part_of(fragment))
        self.on_message_delta(delta, cast("Message", self._message))

    def _part_of(self, fragment: Any) -> Any:
        parts = cast("Message", self._message).content
        return parts[_part_index(fragment, parts)]

    def _accumulate_message(self, event: Any) -> list[MessageContentDelta]:
        self._message, began = accumulate_event(event=event, current_message_snapshot=self._message)
        message = cast("Message", self._message)
        self._messages[message.id] = message
        return began

    def _part_delta(self, fragment: Any, part: Any) -> None:
        tree = tree_of(fragment)
        if tree.get("type") == "text" and tree.get("text"):
            self.on_text_delta(fragment.text, part.text)
        if tree.get("index") != self._part_index:
            if self._part is not None:
                self._part_done(self._part)
            self._part_index = tree.get("index")
        self._part = part

    def _part_done(self, part: MessageContent) -> None:
        kind: Any = _kind(part)
        if kind == "text":
            self.on_text_done(cast("Any", part).text)
        elif kind == "image_file":
            self.on_image_file_done(cast("Any", part).image_file)

    def _message_done(self, event: Any) -> None:
        message = self._message = event.data
        self._messages[message.id] = message
        if self._part_index is not None:
            self._part_done(message.content[self._part_index])
        self.on_message_done(message)

    def _step_created(self, event: Any) -> None:
        accumulate_run_step(event=event, run_step_snapshots=self._steps)
        self._calls.pop(event.data.id, None)
        self._step_id = event.data.id
        self.on_run_step_created(event.data)

    def _step_in_progress(self, event: Any) -> None:
        self._step_id = event.data.id

    def _step_delta(self, event: Any) -> None:
        snapshot, delta = self._steps[event.data.id], event.data.delta
        fragments = content_of(content_of(event.data, "delta") or {}, "step_details")
        if self._call is not None and len((fragments or {}).get("tool_calls") or ()) > 1:
            # What is told to be done with this event is the call as it was before it.
            self._call = self._call.model_copy(deep=True)
        added = _add_to_step(tree_of(snapshot), event.data, self._calls)
        if added:
            details: Any = snapshot.step_details
            for fragment, call in zip(delta.step_details.tool_calls, added):
                at = self._calls[event.data.id].position(call)
                self._call_delta(call.index, fragment, details.tool_calls[at])
        self.on_run_step_delta(delta, snapshot)

    def _call_delta(self, index: int, fragment: ToolCallDelta, call: ToolCallSnapshot) -> None:
        if index == self._call_index:
            self._call = call
            self.on_tool_call_delta(fragment, call)
            return
        self._call_done()
        self._call_index, self._call = index, call
        self.on_tool_call_created(call)

    def _call_done(self) -> None:
        if self._call is not None:
            self.on_tool_call_done(self._call)

    def _step_done(self, event: Any) -> None:
        self._call_done()
        self.on_run_step_done(event.data)
        self._steps[event.data.id] = event.data
        self._step_id = None

    def _run_changed(self, event: Any) -> None:
        self._run = event.data

    def _run_done(self, event: Any) -> None:
        self._run = event.data
        self._call_done()


def _kind(part: Any) -> Any:
    return tree_of(part).get("type")


_Follow = Callable[[AssistantEventHandler, Any], None]


def _each(prefix: str, states: str, follow: _Follow) -> dict[str, _Follow]:
    return {f"{prefix}.{state}": follow for state in states.split()}


_Handler = AssistantEventHandler
#: What each event means to the handler; of the others it only tells that they came.
_FOLLOW: dict[str, _Follow] = {
    "thread.message.created": _Handler._message_created,
    "thread.message.delta": _Handler._message_delta,
    **_each("thread.message", "completed incomplete", _Handler._message_done),
    "thread.run.step.created": _Handler._step_created,
    "thread.run.step.in_progress": _Handler._step_in_progress,
    "thread.run.step.delta": _Handler._step_delta,
    **_each("thread.run.step", "completed cancelled expired failed", _Handler._step_done),
    **_each("thread.run", "created queued in_progress cancelling", _Handler._run_changed),
    **_each("thread.run", "completed cancelled expired failed requires_action incomplete", _Handler._run_done),
}

AssistantEventHandlerT = TypeVar("AssistantEventHandlerT", bound=AssistantEventHandler)


class AssistantStreamManager(Generic[AssistantEventHandlerT]):
    """What the `...stream` calls give: `with` sends the request, gives the handler, and closes the stream."""

    def __init__(
        self, api_request: Callable[[], Stream[AssistantStreamEvent]], *, event_handler: AssistantEventHandlerT
    ) -> None:
        self._request = api_request
        self._handler = event_handler
        self._stream: Stream[AssistantStreamEvent] | None = None

    def __enter__(self) -> AssistantEventHandlerT:
        self._stream = self._request()
        try:
            self._handler._init(self._stream)
        except BaseException:
            self._stream.close()
            raise
        return self._handler

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
