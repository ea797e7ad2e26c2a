"""`AssistantEventHandler`: the events of a run as calls of methods that a program overrides.

The arguments of these methods are live snapshots: they keep growing after the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ssescan.accumulation.deltas import accumulate_delta

from ._run_state import RunState, accumulate_event, accumulate_run_step, message_fragments, type_of
from ._stream_base import StickyIterator, StreamManager

if TYPE_CHECKING:  # these classes are loaded with the first event that needs them
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
    """Follow the events of a run.

    Override the `on_...` methods, iterate over the handler, or do both. Iteration yields the events. The methods of an
    event are called before the event is yielded.

    One handler serves one stream. A subclass with its own `__init__` must call `super().__init__()`. If a method raises an
    exception, `on_exception` and `on_end` are called, and the stream ends. Each further step and each `get_final_...`
    method raises that exception again.
    """

    text_deltas: Iterable[str]
    """The text of the messages, piece by piece. It shares its position with every other way to read the stream."""

    # A subclass may use any attribute name that the class of `openai` does not use. So other names are mangled.

    def __init__(self) -> None:
        self.text_deltas = StickyIterator(self.__texts())
        self._iterator: Iterator[AssistantStreamEvent] = StickyIterator(self.__events())
        self.__stream: Stream[AssistantStreamEvent] | None = None
        self.__state = RunState()
        self._current_event: AssistantStreamEvent | None = None

    def _init(self, stream: Stream[AssistantStreamEvent]) -> None:
        if self.__stream is not None:
            raise RuntimeError(
                "A single event handler cannot be shared between multiple streams; "
                "You will need to construct a new event handler instance"
            )
        self.__stream = stream

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {'not started' if self.__stream is None else self.__stream.outcome}>"

    # Reading

    def __iter__(self) -> Iterator[AssistantStreamEvent]:
        return self._iterator

    def __next__(self) -> AssistantStreamEvent:
        return next(self._iterator)

    @property
    def current_event(self) -> AssistantStreamEvent | None:
        """The event whose methods are being called; None outside of these calls."""
        return self._current_event

    @property
    def current_run(self) -> Run | None:
        """The run as the server last sent it; None before that."""
        return self.__state.run

    @property
    def current_run_step_snapshot(self) -> RunStep | None:
        """The step in progress; None between steps."""
        return self.__state.step

    @property
    def current_message_snapshot(self) -> Message | None:
        """The last message, as far as it has arrived; None before the first message."""
        return self.__state.message

    def close(self) -> None:
        """Close the connection. Leaving the `with` block does this too."""
        if self.__stream is not None:
            self.__stream.close()

    def until_done(self) -> None:
        """Read the rest of the stream.

        Raises:
            APIError: The stream failed, now or earlier. Every further step raises the same exception again.
        """
        for _ in self:
            pass

    def get_final_run(self) -> Run:
        """Read the rest of the stream and return the run as the server last sent it.

        Raises:
            RuntimeError: The stream contained no run.
            APIError: The stream failed.
        """
        self.until_done()
        if self.__state.run is None:
            raise RuntimeError("No final run object found")
        return self.__state.run

    def get_final_run_steps(self) -> list[RunStep]:
        """Read the rest of the stream and return the run steps in their final state.

        Raises:
            RuntimeError: The stream contained no steps.
            APIError: The stream failed.
        """
        self.until_done()
        if not self.__state.steps:
            raise RuntimeError("No run steps found")
        return list(self.__state.steps.values())

    def get_final_messages(self) -> list[Message]:
        """Read the rest of the stream and return its messages.

        Raises:
            RuntimeError: The stream contained no messages.
            APIError: The stream failed.
        """
        self.until_done()
        if not self.__state.messages:
            raise RuntimeError("No messages found")
        return list(self.__state.messages.values())

    # Methods to override

    def on_end(self) -> None:
        """Called when the stream has ended, with or without an error."""

    def on_event(self, event: AssistantStreamEvent) -> None:
        """Called for every event, before the other methods."""

    def on_run_step_created(self, run_step: RunStep) -> None:
        """Called when a step starts."""

    def on_run_step_delta(self, delta: RunStepDelta, snapshot: RunStep) -> None:
        """Called for each fragment of a step. The snapshot is the step including the fragment."""

    def on_run_step_done(self, run_step: RunStep) -> None:
        """Called when a step is completed, failed, expired or cancelled."""

    def on_tool_call_created(self, tool_call: ToolCallSnapshot) -> None:
        """Called when a tool call starts. The call includes its first fragment."""

    def on_tool_call_delta(self, delta: ToolCallDelta, snapshot: ToolCallSnapshot) -> None:
        """Called for each further fragment of a tool call. The snapshot is the call including the fragment."""

    def on_tool_call_done(self, tool_call: ToolCallSnapshot) -> None:
        """Called when a tool call is complete. The last call is reported again when its step and its run end."""

    def on_exception(self, exception: Exception) -> None:
        """Called when the stream, the server or one of these methods failed. Then `exception` is raised."""

    def on_timeout(self) -> None:
        """Called when a timeout of the stream expired, before `on_exception`."""

    def on_message_created(self, message: Message) -> None:
        """Called when a message starts."""

    def on_message_delta(self, delta: MessageDelta, snapshot: Message) -> None:
        """Called for each fragment of a message. The snapshot is the message including the fragment."""

    def on_message_done(self, message: Message) -> None:
        """Called when a message is complete, or has ended as incomplete."""

    def on_text_created(self, text: Text) -> None:
        """Called when a text part starts. The text includes its first fragment."""

    def on_text_delta(self, delta: TextDelta, snapshot: Text) -> None:
        """Called for each fragment of a text part. The snapshot is the text including the fragment."""

    def on_text_done(self, text: Text) -> None:
        """Called when a text part is complete."""

    def on_image_file_done(self, image_file: ImageFile) -> None:
        """Called when an image part is complete."""

    # Iteration

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
                for part in message_fragments(event):
                    if type_of(part) == "text" and (text := cast("Any", part).text) and text.value:
                        yield text.value

    def _emit_sse_event(self, event: AssistantStreamEvent) -> None:
        self._current_event = event
        self.on_event(event)
        for hook, arguments in self.__state.advance(event):
            getattr(self, hook)(*arguments)
        self._current_event = None


AssistantEventHandlerT = TypeVar("AssistantEventHandlerT", bound=AssistantEventHandler)


class AssistantStreamManager(StreamManager[AssistantEventHandlerT]):
    """The return value of the `stream` and `run_tools` methods of threads and runs.

    Entering its `with` block sends the request and returns the handler. Leaving the block closes the stream.
    """

    def __init__(
        self, api_request: Callable[[], Stream[AssistantStreamEvent]], *, event_handler: AssistantEventHandlerT
    ) -> None:
        super().__init__(api_request)
        self._handler = event_handler

    def _open(self, raw_stream: Stream[AssistantStreamEvent]) -> AssistantEventHandlerT:
        try:
            self._handler._init(raw_stream)
        except BaseException:
            raw_stream.close()
            raise
        return self._handler
