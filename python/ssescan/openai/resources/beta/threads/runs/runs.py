"""The runs of a thread: an assistant works on it."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, overload

from ....._async import add_async_names
from ....._constants import RAW_RESPONSE_HEADER
from ....._endpoints import Options, get, post
from ....._methods import Method, method
from ....._types import NotGiven, Omit, not_given, omit
from ...._listing import ListingBefore
from ..._assistants import MetadataUpdate
from .._helpers import RunHelpers
from .._params import RunCreate, RunSubmitToolOutputs
from .steps import Steps

if TYPE_CHECKING:
    from typing import Literal, Mapping, Optional

    from typing_extensions import Unpack

    from ....._streaming import Stream
    from ....._timeout import TimeoutTypes
    from ....._types import Body, Headers, Query
    from .....pagination import SyncCursorPage
    from .....types.beta import (
        AssistantStreamEvent,
    )
    from .....types.beta.threads import Run

__all__ = ["Runs"]

add_async_names(__name__)

#: The statuses that end polling.
ENDED = ("requires_action", "cancelled", "completed", "failed", "expired", "incomplete")


class Runs(RunHelpers):
    @cached_property
    def steps(self) -> Steps:
        return self._group(Steps)

    @overload
    def create(
        self, thread_id: str, *, stream: Literal[True], **arguments: Unpack[RunCreate]
    ) -> Stream[AssistantStreamEvent]: ...
    @overload
    def create(
        self, thread_id: str, *, stream: Optional[Literal[False]] | Omit = omit, **arguments: Unpack[RunCreate]
    ) -> Run: ...
    @overload
    def create(
        self, thread_id: str, *, stream: bool, **arguments: Unpack[RunCreate]
    ) -> Run | Stream[AssistantStreamEvent]: ...

    @post(
        "/threads/{thread_id}/runs",
        "beta.threads.Run",
        RunCreate,
        required=("assistant_id",),
        query=("include",),
        dialect="assistants",
        events="beta.AssistantStreamEvent",
    )
    def create(self, thread_id: str, *, stream: Optional[bool] | Omit = omit, **arguments: Unpack[RunCreate]) -> Any:
        """Run an assistant on a thread. With `stream=True` return a `Stream` of its events."""

    @get("/threads/{thread_id}/runs/{run_id}", "beta.threads.Run")
    def retrieve(self, run_id: str, *, thread_id: str, **arguments: Unpack[Options]) -> Run:
        """Return a run."""

    @post("/threads/{thread_id}/runs/{run_id}", "beta.threads.Run", MetadataUpdate)
    def update(self, run_id: str, *, thread_id: str, **arguments: Unpack[MetadataUpdate]) -> Run:
        """Replace the `metadata` of a run."""

    @get("/threads/{thread_id}/runs", "beta.threads.Run", ListingBefore, page="SyncCursorPage")
    def list(self, thread_id: str, **arguments: Unpack[ListingBefore]) -> SyncCursorPage[Run]:
        """Return the runs of a thread, in pages."""

    @post("/threads/{thread_id}/runs/{run_id}/cancel", "beta.threads.Run")
    def cancel(self, run_id: str, *, thread_id: str, **arguments: Unpack[Options]) -> Run:
        """Cancel a run."""

    @overload
    def submit_tool_outputs(
        self, run_id: str, *, thread_id: str, stream: Literal[True], **arguments: Unpack[RunSubmitToolOutputs]
    ) -> Stream[AssistantStreamEvent]: ...
    @overload
    def submit_tool_outputs(
        self,
        run_id: str,
        *,
        thread_id: str,
        stream: Optional[Literal[False]] | Omit = omit,
        **arguments: Unpack[RunSubmitToolOutputs],
    ) -> Run: ...
    @overload
    def submit_tool_outputs(
        self, run_id: str, *, thread_id: str, stream: bool, **arguments: Unpack[RunSubmitToolOutputs]
    ) -> Run | Stream[AssistantStreamEvent]: ...

    @post(
        "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs",
        "beta.threads.Run",
        RunSubmitToolOutputs,
        required=("tool_outputs",),
        dialect="assistants",
        events="beta.AssistantStreamEvent",
    )
    def submit_tool_outputs(
        self,
        run_id: str,
        *,
        thread_id: str,
        stream: Optional[bool] | Omit = omit,
        **arguments: Unpack[RunSubmitToolOutputs],
    ) -> Any:
        """Submit the outputs of the tool calls that a run waits for, and continue the run."""

    # Calls that wait for the run to end

    @method()
    def poll(
        self,
        run_id: str,
        thread_id: str,
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: TimeoutTypes | NotGiven = not_given,
        poll_interval_ms: int | Omit = omit,
    ) -> Run:
        """Wait until a run ends or requires action, and return it.

        Args:
            run_id: The run.
            thread_id: The thread of the run.
            extra_headers: Headers to add.
            extra_query: Query parameters to add.
            extra_body: Values to add to the body.
            timeout: The timeout of each request.
            poll_interval_ms: The time between two requests. By default the server sets it, else it is one second.
        """
        own = {RAW_RESPONSE_HEADER: "true", "X-Stainless-Poll-Helper": "true"}
        headers: dict[str, Any] = {**own, **(extra_headers or {})}
        if not isinstance(poll_interval_ms, (NotGiven, Omit)):
            headers["X-Stainless-Custom-Poll-Interval"] = str(poll_interval_ms)
        options = {"extra_headers": headers, "extra_query": extra_query, "extra_body": extra_body, "timeout": timeout}
        while True:
            response = self._ask("retrieve", run_id=run_id, thread_id=thread_id, **options)
            run: Run = response.parse()
            if run.status in ENDED:
                return run
            if isinstance(poll_interval_ms, (NotGiven, Omit)):
                poll_interval_ms = int(response.headers.get("openai-poll-after-ms", 1000))
            self._sleep(poll_interval_ms / 1000)

    @method(RunCreate, required=("assistant_id",))
    def create_and_poll(
        self, *, thread_id: str, poll_interval_ms: int | Omit = omit, **arguments: Unpack[RunCreate]
    ) -> Run:
        """Run an assistant on a thread, and wait until the run ends or requires action; see `poll`."""
        run: Run = self._ask("create", thread_id=thread_id, stream=False, **arguments)
        return self._polled(run.id, thread_id, poll_interval_ms, arguments)

    @method(RunSubmitToolOutputs, required=("tool_outputs",))
    def submit_tool_outputs_and_poll(
        self,
        *,
        run_id: str,
        thread_id: str,
        poll_interval_ms: int | Omit = omit,
        **arguments: Unpack[RunSubmitToolOutputs],
    ) -> Run:
        """Submit tool outputs to a run, and wait until the run ends or requires action again; see `poll`."""
        run: Run = self._ask("submit_tool_outputs", run_id=run_id, thread_id=thread_id, stream=False, **arguments)
        return self._polled(run.id, thread_id, poll_interval_ms, arguments)

    def _polled(self, run_id: str, thread_id: str, poll_interval_ms: int | Omit, arguments: Mapping[str, Any]) -> Run:
        """Call `poll` with the options of the call before it. A program may have replaced it; else it does not warn again."""
        poll: Any = self.poll
        if isinstance(own := getattr(poll, "__func__", None), Method):
            poll = partial(own.__wrapped__, self)
        given = {name: arguments.get(name) for name in ("extra_headers", "extra_query", "extra_body")}
        options = {**given, "timeout": arguments.get("timeout", not_given), "poll_interval_ms": poll_interval_ms}
        run: Run = poll(run_id, thread_id=thread_id, **options)
        return run
