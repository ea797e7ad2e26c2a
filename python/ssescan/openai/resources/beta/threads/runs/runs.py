"""The runs of a thread: an assistant at work on it."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from ....._endpoints import Options, get, post
from ....._methods import method
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
    from ....._types import Body, Headers, Query
    from .....pagination import SyncCursorPage
    from .....types.beta import (
        AssistantStreamEvent,
    )
    from .....types.beta.threads import Run

__all__ = ["Runs"]

#: Who polls waits for one of these.
ENDED = ("requires_action", "cancelled", "completed", "failed", "expired", "incomplete")


class Runs(RunHelpers):
    @cached_property
    def steps(self) -> Steps:
        return self._group(Steps)

    @overload
    def create(
        self, thread_id: str, *, stream: Literal[True], **given: Unpack[RunCreate]
    ) -> Stream[AssistantStreamEvent]: ...
    @overload
    def create(
        self, thread_id: str, *, stream: Optional[Literal[False]] | Omit = omit, **given: Unpack[RunCreate]
    ) -> Run: ...
    @overload
    def create(
        self, thread_id: str, *, stream: bool, **given: Unpack[RunCreate]
    ) -> Run | Stream[AssistantStreamEvent]: ...

    @post("/threads/{thread_id}/runs", "beta.threads.Run", query=("include",), dialect="assistants")
    def create(self, thread_id: str, *, stream: Optional[bool] | Omit = omit, **given: Unpack[RunCreate]) -> Any:
        """Runs an assistant on a thread: with `stream=True` a `Stream` of what happens."""

    @get("/threads/{thread_id}/runs/{run_id}", "beta.threads.Run")
    def retrieve(self, run_id: str, *, thread_id: str, **given: Unpack[Options]) -> Run:
        """A run as it stands."""

    @post("/threads/{thread_id}/runs/{run_id}", "beta.threads.Run")
    def update(self, run_id: str, *, thread_id: str, **given: Unpack[MetadataUpdate]) -> Run:
        """Other `metadata` for a run."""

    @get("/threads/{thread_id}/runs", "beta.threads.Run", page="SyncCursorPage")
    def list(self, thread_id: str, **given: Unpack[ListingBefore]) -> SyncCursorPage[Run]:
        """The runs of a thread."""

    @post("/threads/{thread_id}/runs/{run_id}/cancel", "beta.threads.Run")
    def cancel(self, run_id: str, *, thread_id: str, **given: Unpack[Options]) -> Run:
        """Stops a run that is at work."""

    @overload
    def submit_tool_outputs(
        self, run_id: str, *, thread_id: str, stream: Literal[True], **given: Unpack[RunSubmitToolOutputs]
    ) -> Stream[AssistantStreamEvent]: ...
    @overload
    def submit_tool_outputs(
        self,
        run_id: str,
        *,
        thread_id: str,
        stream: Optional[Literal[False]] | Omit = omit,
        **given: Unpack[RunSubmitToolOutputs],
    ) -> Run: ...
    @overload
    def submit_tool_outputs(
        self, run_id: str, *, thread_id: str, stream: bool, **given: Unpack[RunSubmitToolOutputs]
    ) -> Run | Stream[AssistantStreamEvent]: ...

    @post("/threads/{thread_id}/runs/{run_id}/submit_tool_outputs", "beta.threads.Run", dialect="assistants")
    def submit_tool_outputs(
        self,
        run_id: str,
        *,
        thread_id: str,
        stream: Optional[bool] | Omit = omit,
        **given: Unpack[RunSubmitToolOutputs],
    ) -> Any:
        """Gives a run what it waits for, and lets it go on."""

    # Calls that wait for the run to end

    @method
    def poll(
        self,
        run_id: str,
        thread_id: str,
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: Any = not_given,
        poll_interval_ms: int | Omit = omit,
    ) -> Run:
        """The run as it stands when it has ended, or requires action.

        It is asked for every `poll_interval_ms`; by default as often as the server says, else once a second.
        """
        marks = {"X-Stainless-Raw-Response": "true", "X-Stainless-Poll-Helper": "true"}
        headers: dict[str, Any] = {**marks, **(extra_headers or {})}
        if not isinstance(poll_interval_ms, (NotGiven, Omit)):
            headers["X-Stainless-Custom-Poll-Interval"] = str(poll_interval_ms)
        options = {"extra_headers": headers, "extra_query": extra_query, "extra_body": extra_body, "timeout": timeout}
        retrieve: Any = Runs.retrieve
        call = retrieve.call(self, run_id=run_id, thread_id=thread_id, **options)
        while True:
            response = self._client._send(call)
            run: Run = self._client._parse(call, response)
            if run.status in ENDED:
                return run
            if isinstance(poll_interval_ms, (NotGiven, Omit)):
                poll_interval_ms = int(response.headers.get("openai-poll-after-ms", 1000))
            time.sleep(poll_interval_ms / 1000)

    @method
    def create_and_poll(
        self, *, thread_id: str, poll_interval_ms: int | Omit = omit, **given: Unpack[RunCreate]
    ) -> Run:
        """Runs an assistant on a thread, and waits until the run ends or requires action; see `poll`."""
        run: Run = self._ask(Runs.create, thread_id=thread_id, stream=False, **given)
        return self._polled(run.id, thread_id, poll_interval_ms, given)

    @method
    def submit_tool_outputs_and_poll(
        self,
        *,
        run_id: str,
        thread_id: str,
        poll_interval_ms: int | Omit = omit,
        **given: Unpack[RunSubmitToolOutputs],
    ) -> Run:
        """Gives a run what it waits for, and waits until it ends or requires action again; see `poll`."""
        run: Run = self._ask(Runs.submit_tool_outputs, run_id=run_id, thread_id=thread_id, stream=False, **given)
        return self._polled(run.id, thread_id, poll_interval_ms, given)

    def _polled(self, run_id: str, thread_id: str, poll_interval_ms: int | Omit, given: Mapping[str, Any]) -> Run:
        """`poll`, with the options of the call before it."""
        poll: Any = Runs.poll
        options = {name: value for name, value in given.items() if name in Options.__annotations__}
        run: Run = poll.__wrapped__(self, run_id, thread_id, poll_interval_ms=poll_interval_ms, **options)
        return run
