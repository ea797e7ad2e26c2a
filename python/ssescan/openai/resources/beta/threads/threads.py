"""Threads: conversations that the server keeps."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from ...._async import add_async_names
from ...._endpoints import Options, delete, get, post
from ...._methods import method
from ...._types import omit
from ._helpers import ThreadHelpers
from ._params import ThreadCreate, ThreadCreateAndRun, ThreadUpdate
from .messages import Messages
from .runs.runs import Runs

if TYPE_CHECKING:
    from typing import Literal, Optional

    from typing_extensions import Unpack

    from ...._streaming import Stream
    from ...._types import Omit
    from ....types.beta import (
        AssistantStreamEvent,
        Thread,
        ThreadDeleted,
    )
    from ....types.beta.threads import Run

__all__ = ["Threads"]

add_async_names(__name__)


class Threads(ThreadHelpers):
    @cached_property
    def messages(self) -> Messages:
        return self._group(Messages)

    @cached_property
    def runs(self) -> Runs:
        return self._group(Runs)

    @post("/threads", "beta.Thread", ThreadCreate)
    def create(self, **arguments: Unpack[ThreadCreate]) -> Thread:
        """Create a thread."""

    @get("/threads/{thread_id}", "beta.Thread")
    def retrieve(self, thread_id: str, **arguments: Unpack[Options]) -> Thread:
        """Return a thread."""

    @post("/threads/{thread_id}", "beta.Thread", ThreadUpdate)
    def update(self, thread_id: str, **arguments: Unpack[ThreadUpdate]) -> Thread:
        """Change a thread."""

    @delete("/threads/{thread_id}", "beta.ThreadDeleted")
    def delete(self, thread_id: str, **arguments: Unpack[Options]) -> ThreadDeleted:
        """Delete a thread."""

    @overload
    def create_and_run(
        self, *, stream: Literal[True], **arguments: Unpack[ThreadCreateAndRun]
    ) -> Stream[AssistantStreamEvent]: ...
    @overload
    def create_and_run(
        self, *, stream: Optional[Literal[False]] | Omit = omit, **arguments: Unpack[ThreadCreateAndRun]
    ) -> Run: ...
    @overload
    def create_and_run(
        self, *, stream: bool, **arguments: Unpack[ThreadCreateAndRun]
    ) -> Run | Stream[AssistantStreamEvent]: ...

    @post(
        "/threads/runs",
        "beta.threads.Run",
        ThreadCreateAndRun,
        required=("assistant_id",),
        dialect="assistants",
        events="beta.AssistantStreamEvent",
    )
    def create_and_run(self, *, stream: Optional[bool] | Omit = omit, **arguments: Unpack[ThreadCreateAndRun]) -> Any:
        """Create a thread and run an assistant on it. With `stream=True` return a `Stream` of its events."""

    @method(ThreadCreateAndRun, required=("assistant_id",))
    def create_and_run_poll(
        self, *, poll_interval_ms: int | Omit = omit, **arguments: Unpack[ThreadCreateAndRun]
    ) -> Run:
        """Create a thread, run an assistant on it, and wait until the run ends or requires action."""
        run: Run = self._ask("create_and_run", stream=False, **arguments)
        return self.runs._polled(run.id, run.thread_id, poll_interval_ms, arguments)
