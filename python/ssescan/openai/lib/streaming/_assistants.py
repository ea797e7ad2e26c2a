"""`AssistantEventHandler`: what happens in a run, as calls of methods that a user overrides.

The arguments of a call are the live snapshots: they go on growing after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, TypeVar, cast

from ._deltas import accumulate_delta
from ._run_state import TRANSITIONS, RunState, accumulate_event, accumulate_run_step, kind_of
from ._stream_base import StickyIterator, StreamManager

if TYPE_CHECKING:
    from ..._streaming import Stream
    from ...types.beta import AssistantStreamEvent
    from ...types.beta.threads import ImageFile, Message, MessageDelta, Run, Text, TextDelta
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


class AssistantEventHandler:
    """Follows the events of a run: override the `on_...` methods, iterate it, or both.

    One handler is for one stream. Subclasses with an `__init__` of their own must call this one. Iterating gives
    the events; the methods are called before an event is given. An exception of a method ends the stream, after
    `on_exception` and `on_end`; what asks for more afterwards, or for what there is in the end, raises it again.
    """

    text_deltas: Iterable[str]
    """The text as it comes. Shares its place in the stream with every other way to read it."""

    # Subclasses have attributes of their own: nothing here but what upstream has may be in their way.

    def __init__(self) -> None:
        self.text_deltas = StickyIterator(self.__texts())
        self._iterator: Iterator[AssistantStreamEvent] = StickyIterator(self.__events())
        self.__stream: Stream[AssistantStreamEvent] | None = None
        self.__seen = RunState(self)
        self._current_event: AssistantStreamEvent | None = None

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
        return self.__seen.run

    @property
    def current_run_step_snapshot(self) -> RunStep | None:
        """The step under way; None between steps."""
        return self.__seen.step

    @property
    def current_message_snapshot(self) -> Message | None:
        """The last message so far."""
        return self.__seen.message

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
        if self.__seen.run is None:
            raise RuntimeError("No final run object found")
        return self.__seen.run

    def get_final_run_steps(self) -> list[RunStep]:
        """The steps, once the stream has ended: as they were completed. RuntimeError if there was none."""
        self.until_done()
        if not self.__seen.steps:
            raise RuntimeError("No run steps found")
        return list(self.__seen.steps.values())

    def get_final_messages(self) -> list[Message]:
        """The messages, once the stream has ended. RuntimeError if there was none."""
        self.until_done()
        if not self.__seen.messages:
            raise RuntimeError("No messages found")
        return list(self.__seen.messages.values())

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

    def __events(self) -> Iterator[AssistantStreamEvent]:
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

    def __texts(self) -> Iterator[str]:
        for event in self:
            if event.event == "thread.message.delta":
                delta = event.data.delta
                for part in (delta and delta.content) or []:
                    if kind_of(part) == "text" and (text := cast("Any", part).text) and text.value:
                        yield text.value

    def _emit_sse_event(self, event: AssistantStreamEvent) -> None:
        self._current_event = event
        self.on_event(event)
        follow = TRANSITIONS.get(event.event)
        if follow is not None:
            follow(self.__seen, event)
        self._current_event = None


AssistantEventHandlerT = TypeVar("AssistantEventHandlerT", bound=AssistantEventHandler)


class AssistantStreamManager(StreamManager[AssistantEventHandlerT]):
    """What the `...stream` calls give: `with` sends the request, gives the handler, and closes the stream."""

    def __init__(
        self, api_request: Callable[[], Stream[AssistantStreamEvent]], *, event_handler: AssistantEventHandlerT
    ) -> None:
        super().__init__(api_request)
        self._handler = event_handler

    def _opened(self, raw_stream: Stream[AssistantStreamEvent]) -> AssistantEventHandlerT:
        try:
            self._handler._init(raw_stream)
        except BaseException:
            raw_stream.close()
            raise
        return self._handler
