"""`AssistantEventHandler`: what happens in a run, as calls of methods that a user overrides.

The order of the calls and their arguments are those of the `openai` package, with what it repeats (docs/differences.md
says where it differs). The arguments of a call are the live snapshots: they go on growing after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Generic, Iterable, Iterator, TypeVar, cast

from ssescan import _core

from ._deltas import accumulate_delta, content_of, copy_of, insert, tree_of

if TYPE_CHECKING:
    from types import TracebackType

    from ..._streaming import Stream
    from ...types.beta import AssistantStreamEvent
    from ...types.beta.threads import ImageFile, Message, MessageContent, MessageDelta, Run, Text, TextDelta
    from ...types.beta.threads.message_content_delta import MessageContentDelta
    from ...types.beta.threads.runs import RunStep, RunStepDelta, ToolCall, ToolCallDelta

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
    parts: list[Any] = tree_of(current_message_snapshot)["content"]
    fragments = event.data.delta.content or []
    return current_message_snapshot, [fragment for fragment in fragments if _add_part(parts, fragment)]


def _add_part(parts: list[Any], fragment: MessageContentDelta) -> bool:
    """True if the fragment is the first one of its part."""
    try:
        part = parts[fragment.index]
    except IndexError:
        insert(parts, fragment.index, copy_of(fragment))
        return True
    accumulate_delta(part, cast("dict[Any, Any]", fragment))
    return False


def accumulate_run_step(*, event: AssistantStreamEvent, run_step_snapshots: dict[str, RunStep]) -> None:
    """Brings the snapshots of the steps, by id, up to `event`. KeyError for a delta of a step never created."""
    if event.event == "thread.run.step.created":
        run_step_snapshots[event.data.id] = event.data
    elif event.event == "thread.run.step.delta":
        delta = content_of(event.data, "delta")
        snapshot = run_step_snapshots[event.data.id]
        if delta:
            _add_to_step(tree_of(snapshot), delta)


def _add_to_step(step: dict[Any, Any], delta: dict[Any, Any]) -> None:
    # The tool calls are by far most of it, and the merge by index is the one that can't be left to chance
    accumulate_delta(step, delta)


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
        #: Id of the step under way.
        self._step_id: str | None = None
        self._messages: dict[str, Message] = {}
        self._message: Message | None = None
        # Content part and tool call that were last added to. They outlive their message and their step, as upstream.
        self._part_index: int | None = None
        self._part: MessageContent | None = None
        self._call_index: int | None = None
        self._call: ToolCall | None = None

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

    def on_tool_call_created(self, tool_call: ToolCall) -> None:
        """A tool call has begun; its first fragment is in it already."""

    def on_tool_call_delta(self, delta: ToolCallDelta, snapshot: ToolCall) -> None:
        """A further fragment of a tool call, and the call with it."""

    def on_tool_call_done(self, tool_call: ToolCall) -> None:
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
                for part in event.data.delta.content or []:
                    if part.type == "text" and part.text and part.text.value:
                        yield part.text.value

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
        for fragment in self._accumulate_message(event):
            part = self._snapshot().content[fragment.index]
            if part.type == "text":
                self.on_text_created(part.text)
        delta, snapshot = event.data.delta, self._snapshot()
        for fragment in delta.content or []:
            self._part_delta(fragment, snapshot.content[fragment.index])
        self.on_message_delta(delta, snapshot)

    def _accumulate_message(self, event: Any) -> list[MessageContentDelta]:
        self._message, began = accumulate_event(event=event, current_message_snapshot=self._message)
        if self._message is not None:
            self._messages[self._message.id] = self._message
        return began

    def _snapshot(self) -> Message:
        return cast("Message", self._message)

    def _part_delta(self, fragment: Any, part: MessageContent) -> None:
        if fragment.type == "text" and fragment.text:
            self.on_text_delta(fragment.text, cast("Any", part).text)
        if fragment.index != self._part_index:
            if self._part is not None:
                self._part_done(self._part)
            self._part_index = fragment.index
        self._part = part

    def _part_done(self, part: MessageContent) -> None:
        if part.type == "text":
            self.on_text_done(part.text)
        elif part.type == "image_file":
            self.on_image_file_done(part.image_file)

    def _message_done(self, event: Any) -> None:
        message = self._message = event.data
        self._messages[message.id] = message
        if self._part_index is not None:
            self._part_done(message.content[self._part_index])
        self.on_message_done(message)

    def _step_created(self, event: Any) -> None:
        accumulate_run_step(event=event, run_step_snapshots=self._steps)
        self._step_id = event.data.id
        self.on_run_step_created(event.data)

    def _step_in_progress(self, event: Any) -> None:
        self._step_id = event.data.id

    def _step_delta(self, event: Any) -> None:
        accumulate_run_step(event=event, run_step_snapshots=self._steps)
        snapshot, delta = self._steps[event.data.id], event.data.delta
        details = delta.step_details
        if details and details.type == "tool_calls":
            for fragment in details.tool_calls or []:
                self._call_delta(fragment, cast("Any", snapshot.step_details).tool_calls[fragment.index])
        self.on_run_step_delta(delta, snapshot)

    def _call_delta(self, fragment: ToolCallDelta, call: ToolCall) -> None:
        if fragment.index == self._call_index:
            self._call = call
            self.on_tool_call_delta(fragment, call)
            return
        self._call_done()
        self._call_index, self._call = fragment.index, call
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
        self._handler._init(self._stream)
        return self._handler

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
