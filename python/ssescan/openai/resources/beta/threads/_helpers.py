"""What stands on the endpoints of threads and runs. `lib` is loaded when one of these is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from .._assistants import AssistantsResource

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ....lib.streaming import AssistantEventHandler, AssistantEventHandlerT, AssistantStreamManager
    from ....lib.tool_loop import ToolLoopOptions
    from .runs.runs import RunCreate, RunSubmitToolOutputs
    from .threads import ThreadCreateAndRun

    class RunTools(RunCreate, ToolLoopOptions, total=False): ...

    class ThreadRunTools(ThreadCreateAndRun, ToolLoopOptions, total=False): ...


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

    #: The old name.
    create_and_stream = stream

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

    @overload
    def run_tools(
        self, *, thread_id: str, event_handler: None = None, **given: Unpack[RunTools]
    ) -> AssistantStreamManager[AssistantEventHandler]: ...
    @overload
    def run_tools(
        self, *, thread_id: str, event_handler: AssistantEventHandlerT, **given: Unpack[RunTools]
    ) -> AssistantStreamManager[AssistantEventHandlerT]: ...

    def run_tools(self, *, thread_id: str, event_handler: Any = None, **given: Any) -> Any:
        """Runs an assistant on a thread, and the functions that it asks for: one stream from beginning to end.

        ::

            with client.beta.threads.runs.run_tools(thread_id=t, assistant_id=a, functions=[get_weather]) as stream:
                for event in stream: ...

        `functions`, `on_tool_error`, `on_tool_output`, `max_rounds`: see `lib.tool_loop.ToolLoopOptions`. The other
        arguments are those of `stream`. When the run requires action, the functions are run in the thread that iterates,
        all of them are answered by one request, and the stream goes on with its events. Leaving the block closes
        whichever connection is open.
        """
        from ....lib._calls import run_tools, warn_deprecated

        warn_deprecated(self)
        return run_tools(self, "create", (thread_id,), self, event_handler, given)


class ThreadHelpers(AssistantsResource):
    if TYPE_CHECKING:

        @property
        def runs(self) -> Any: ...

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

    @overload
    def create_and_run_tools(
        self, *, event_handler: None = None, **given: Unpack[ThreadRunTools]
    ) -> AssistantStreamManager[AssistantEventHandler]: ...
    @overload
    def create_and_run_tools(
        self, *, event_handler: AssistantEventHandlerT, **given: Unpack[ThreadRunTools]
    ) -> AssistantStreamManager[AssistantEventHandlerT]: ...

    def create_and_run_tools(self, *, event_handler: Any = None, **given: Any) -> Any:
        """Makes a thread, and runs an assistant on it, with the functions that it asks for: see `runs.run_tools`."""
        from ....lib._calls import run_tools, warn_deprecated

        warn_deprecated(self)
        return run_tools(self, "create_and_run", (), self.runs, event_handler, given)
