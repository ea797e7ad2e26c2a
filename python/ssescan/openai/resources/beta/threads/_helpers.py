"""What stands on the endpoints of threads and runs. `lib` is loaded when one of these is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from .._assistants import AssistantsResource

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ....lib.streaming import AssistantEventHandler, AssistantEventHandlerT, AssistantStreamManager
    from .runs.runs import RunCreate, RunSubmitToolOutputs
    from .threads import ThreadCreateAndRun

__all__ = ["RunHelpers", "ThreadHelpers"]


class RunHelpers(AssistantsResource):
    @overload
    def stream(
        self, *, thread_id: str, event_handler: None = None, **given: Unpack[RunCreate]
    ) -> AssistantStreamManager[AssistantEventHandler]: ...
    @overload
    def stream(
        self, *, thread_id: str, event_handler: AssistantEventHandlerT, **given: Unpack[RunCreate]
    ) -> AssistantStreamManager[AssistantEventHandlerT]: ...

    def stream(self, *, thread_id: str, event_handler: Any = None, **given: Any) -> Any:
        """Runs an assistant on a thread, followed by `event_handler`. The request is sent by `with`.

        Arguments are those of `create`.
        """
        from ....lib._calls import run_stream, warn_deprecated

        warn_deprecated(self)
        return run_stream(self, "create", "threads.runs.create_and_stream", (thread_id,), event_handler, given)

    @overload
    def create_and_stream(
        self, *, thread_id: str, event_handler: None = None, **given: Unpack[RunCreate]
    ) -> AssistantStreamManager[AssistantEventHandler]: ...
    @overload
    def create_and_stream(
        self, *, thread_id: str, event_handler: AssistantEventHandlerT, **given: Unpack[RunCreate]
    ) -> AssistantStreamManager[AssistantEventHandlerT]: ...

    def create_and_stream(self, *, thread_id: str, event_handler: Any = None, **given: Any) -> Any:
        """The old name of `stream`."""
        from ....lib._calls import run_stream, warn_deprecated

        warn_deprecated(self)
        return run_stream(self, "create", "threads.runs.create_and_stream", (thread_id,), event_handler, given)

    @overload
    def submit_tool_outputs_stream(
        self, *, run_id: str, thread_id: str, event_handler: None = None, **given: Unpack[RunSubmitToolOutputs]
    ) -> AssistantStreamManager[AssistantEventHandler]: ...
    @overload
    def submit_tool_outputs_stream(
        self,
        *,
        run_id: str,
        thread_id: str,
        event_handler: AssistantEventHandlerT,
        **given: Unpack[RunSubmitToolOutputs],
    ) -> AssistantStreamManager[AssistantEventHandlerT]: ...

    def submit_tool_outputs_stream(
        self, *, run_id: str, thread_id: str, event_handler: Any = None, **given: Any
    ) -> Any:
        """Gives a run what it waits for, and follows how it goes on. The request is sent by `with`."""
        from ....lib._calls import run_stream, warn_deprecated

        warn_deprecated(self)
        helper = "threads.runs.submit_tool_outputs_stream"
        return run_stream(
            self, "submit_tool_outputs", helper, (run_id,), event_handler, {"thread_id": thread_id, **given}
        )


class ThreadHelpers(AssistantsResource):
    @overload
    def create_and_run_stream(
        self, *, event_handler: None = None, **given: Unpack[ThreadCreateAndRun]
    ) -> AssistantStreamManager[AssistantEventHandler]: ...
    @overload
    def create_and_run_stream(
        self, *, event_handler: AssistantEventHandlerT, **given: Unpack[ThreadCreateAndRun]
    ) -> AssistantStreamManager[AssistantEventHandlerT]: ...

    def create_and_run_stream(self, *, event_handler: Any = None, **given: Any) -> Any:
        """Makes a thread, and runs an assistant on it, followed by `event_handler`. The request is sent by `with`."""
        from ....lib._calls import run_stream, warn_deprecated

        warn_deprecated(self)
        return run_stream(self, "create_and_run", "threads.create_and_run_stream", (), event_handler, given)
