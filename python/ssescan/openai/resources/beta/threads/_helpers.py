"""The helper methods of threads and runs: they follow a run with an event handler."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, overload

from ...._call import Call
from ...._endpoints import build_call
from ...._methods import method
from ..._helpers import MAX_TOOL_ROUNDS, with_default_headers
from .._assistants import AssistantsResource
from ._params import RunCreate, RunSubmitToolOutputs, ThreadCreateAndRun

if TYPE_CHECKING:
    from typing import Unpack

    from ....lib.streaming import AssistantEventHandler, AssistantEventHandlerT, AssistantStreamManager
    from ....lib.tool_loop import Functions, OnToolError, OnToolOutput


__all__ = ["RunHelpers", "ThreadHelpers"]


class RunHelpers(AssistantsResource):
    @overload
    def stream(
        self, *, thread_id: str, event_handler: None = None, **arguments: Unpack[RunCreate]
    ) -> AssistantStreamManager[AssistantEventHandler]: ...
    @overload
    def stream(
        self, *, thread_id: str, event_handler: AssistantEventHandlerT, **arguments: Unpack[RunCreate]
    ) -> AssistantStreamManager[AssistantEventHandlerT]: ...

    @method(RunCreate, required=("assistant_id",))
    def stream(self, *, thread_id: str, event_handler: AssistantEventHandlerT | None = None, **arguments: Any) -> Any:
        """Run an assistant on a thread and follow the run.

        Example::

            with client.beta.threads.runs.stream(thread_id=t, assistant_id=a) as handler:
                for text in handler.text_deltas: ...

        Args:
            thread_id: The id of the thread.
            event_handler: An `AssistantEventHandler`. Default: a new one, whose methods do nothing.
            **arguments: The other arguments of `create`.

        Returns:
            A context manager. Entering it sends the request and returns the handler.
        """
        sent = _following(arguments, event_handler, "threads.runs.create_and_stream")
        return _manager(partial(self._perform, build_call(self, "create", thread_id, **sent)), event_handler)

    #: The name of `stream` in older versions of `openai`.
    create_and_stream = stream

    @overload
    def submit_tool_outputs_stream(
        self, *, run_id: str, thread_id: str, event_handler: None = None, **arguments: Unpack[RunSubmitToolOutputs]
    ) -> AssistantStreamManager[AssistantEventHandler]: ...
    @overload
    def submit_tool_outputs_stream(
        self,
        *,
        run_id: str,
        thread_id: str,
        event_handler: AssistantEventHandlerT,
        **arguments: Unpack[RunSubmitToolOutputs],
    ) -> AssistantStreamManager[AssistantEventHandlerT]: ...

    @method(RunSubmitToolOutputs, required=("tool_outputs",))
    def submit_tool_outputs_stream(
        self, *, run_id: str, thread_id: str, event_handler: AssistantEventHandlerT | None = None, **arguments: Any
    ) -> Any:
        """Submit the outputs that a run requires and follow the rest of the run.

        Args:
            run_id: The id of the run.
            thread_id: The id of its thread.
            event_handler: An `AssistantEventHandler`. Default: a new one, whose methods do nothing.
            **arguments: The other arguments of `submit_tool_outputs`.

        Returns:
            A context manager. Entering it sends the request and returns the handler.
        """
        sent = _following(arguments, event_handler, "threads.runs.submit_tool_outputs_stream")
        call = build_call(self, "submit_tool_outputs", run_id, thread_id=thread_id, **sent)
        return _manager(partial(self._perform, call), event_handler)

    @overload
    def run_tools(
        self,
        *,
        thread_id: str,
        functions: Functions,
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
        max_rounds: int = MAX_TOOL_ROUNDS,
        event_handler: None = None,
        **arguments: Unpack[RunCreate],
    ) -> AssistantStreamManager[AssistantEventHandler]: ...
    @overload
    def run_tools(
        self,
        *,
        thread_id: str,
        functions: Functions,
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
        max_rounds: int = MAX_TOOL_ROUNDS,
        event_handler: AssistantEventHandlerT,
        **arguments: Unpack[RunCreate],
    ) -> AssistantStreamManager[AssistantEventHandlerT]: ...

    @method(RunCreate, required=("assistant_id",))
    def run_tools(
        self,
        *,
        thread_id: str,
        functions: Functions,
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
        max_rounds: int = MAX_TOOL_ROUNDS,
        event_handler: AssistantEventHandlerT | None = None,
        **arguments: Any,
    ) -> Any:
        """Run an assistant on a thread, and run the functions that it calls. One stream includes the whole run.

        When the run requires action, the functions are called in the thread that iterates over the stream. One request
        submits all outputs, and the stream continues with the events of its answer. Leaving the `with` block closes the
        open connection.

        Example::

            with client.beta.threads.runs.run_tools(thread_id=t, assistant_id=a, functions=[get_weather]) as stream:
                for event in stream: ...

        Args:
            thread_id: The id of the thread.
            functions: The functions that the model may call: a list of functions, or a mapping of names to functions.
            on_tool_error: "report" sends the exception of a function to the model; "raise" raises it.
            on_tool_output: A function that is called with the `ToolOutput` of each call.
            max_rounds: The maximum number of rounds of tool calls.
            event_handler: An `AssistantEventHandler`. Default: a new one, whose methods do nothing.
            **arguments: The other arguments of `create`.

        Returns:
            A context manager. Entering it sends the first request and returns the handler.

        Raises:
            ToolRoundsExceeded: While reading: the model requested more than `max_rounds` rounds of tool calls.
            ToolCallTruncated: While reading: the arguments of a call are not complete. No call of the round is run.
            UnsupportedAction: While reading: the run requires another action than the outputs of functions.
        """
        from ....lib.tool_loop import AssistantToolLoop, Tools

        runner = Tools(functions, on_tool_error, on_tool_output)
        call = build_call(self, "create", thread_id, stream=True, **arguments)
        submit = _submitting_call(self, arguments)
        return _manager(partial(AssistantToolLoop, self._perform, call, runner, max_rounds, submit), event_handler)


class ThreadHelpers(AssistantsResource):
    if TYPE_CHECKING:

        @property
        def runs(self) -> Any: ...

    @overload
    def create_and_run_stream(
        self, *, event_handler: None = None, **arguments: Unpack[ThreadCreateAndRun]
    ) -> AssistantStreamManager[AssistantEventHandler]: ...
    @overload
    def create_and_run_stream(
        self, *, event_handler: AssistantEventHandlerT, **arguments: Unpack[ThreadCreateAndRun]
    ) -> AssistantStreamManager[AssistantEventHandlerT]: ...

    @method(ThreadCreateAndRun, required=("assistant_id",))
    def create_and_run_stream(self, *, event_handler: AssistantEventHandlerT | None = None, **arguments: Any) -> Any:
        """Create a thread, run an assistant on it and follow the run.

        Args:
            event_handler: An `AssistantEventHandler`. Default: a new one, whose methods do nothing.
            **arguments: The other arguments of `create_and_run`.

        Returns:
            A context manager. Entering it sends the request and returns the handler.
        """
        sent = _following(arguments, event_handler, "threads.create_and_run_stream")
        return _manager(partial(self._perform, build_call(self, "create_and_run", **sent)), event_handler)

    @overload
    def create_and_run_tools(
        self,
        *,
        functions: Functions,
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
        max_rounds: int = MAX_TOOL_ROUNDS,
        event_handler: None = None,
        **arguments: Unpack[ThreadCreateAndRun],
    ) -> AssistantStreamManager[AssistantEventHandler]: ...
    @overload
    def create_and_run_tools(
        self,
        *,
        functions: Functions,
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
        max_rounds: int = MAX_TOOL_ROUNDS,
        event_handler: AssistantEventHandlerT,
        **arguments: Unpack[ThreadCreateAndRun],
    ) -> AssistantStreamManager[AssistantEventHandlerT]: ...

    @method(ThreadCreateAndRun, required=("assistant_id",))
    def create_and_run_tools(
        self,
        *,
        functions: Functions,
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
        max_rounds: int = MAX_TOOL_ROUNDS,
        event_handler: AssistantEventHandlerT | None = None,
        **arguments: Any,
    ) -> Any:
        """Create a thread, run an assistant on it, and run the functions that it calls. One stream includes the whole run.

        Args:
            functions: The functions that the model may call: a list of functions, or a mapping of names to functions.
            on_tool_error: "report" sends the exception of a function to the model; "raise" raises it.
            on_tool_output: A function that is called with the `ToolOutput` of each call.
            max_rounds: The maximum number of rounds of tool calls.
            event_handler: An `AssistantEventHandler`. Default: a new one, whose methods do nothing.
            **arguments: The other arguments of `create_and_run`.

        Returns:
            A context manager. Entering it sends the first request and returns the handler.

        Raises:
            ToolRoundsExceeded: While reading: the model requested more than `max_rounds` rounds of tool calls.
            ToolCallTruncated: While reading: the arguments of a call are not complete. No call of the round is run.
            UnsupportedAction: While reading: the run requires another action than the outputs of functions.
        """
        from ....lib.tool_loop import AssistantToolLoop, Tools

        runner = Tools(functions, on_tool_error, on_tool_output)
        call = build_call(self, "create_and_run", stream=True, **arguments)
        submit = _submitting_call(self.runs, arguments)
        return _manager(partial(AssistantToolLoop, self._perform, call, runner, max_rounds, submit), event_handler)


def _following(arguments: dict[str, Any], event_handler: Any, helper: str) -> dict[str, Any]:
    """Return the arguments of the call of one stream. `helper` is the name that `openai` sends for the calling method."""
    own_handler = "true" if event_handler else "false"
    headers = {"X-Stainless-Stream-Helper": helper, "X-Stainless-Custom-Event-Handler": own_handler}
    return with_default_headers({**arguments, "stream": True}, headers)


def _manager(request: Callable[[], Any], event_handler: Any) -> Any:
    from ....lib.streaming import AssistantEventHandler, AssistantStreamManager

    return AssistantStreamManager(request, event_handler=event_handler or AssistantEventHandler())


def _submitting_call(runs: Any, arguments: dict[str, Any]) -> Callable[..., Call]:
    """Return a function that builds the calls which submit outputs, with the options of the first call."""
    # `extra_body` belongs to the body of the first call only.
    options = {name: arguments[name] for name in ("extra_headers", "extra_query", "timeout") if name in arguments}
    return partial(build_call, runs, "submit_tool_outputs", stream=True, **options)
