"""Threads: conversations that the server keeps."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

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


class Threads(ThreadHelpers):
    @cached_property
    def messages(self) -> Messages:
        return self._group(Messages)

    @cached_property
    def runs(self) -> Runs:
        return self._group(Runs)

    @post("/threads", "beta.Thread")
    def create(self, **given: Unpack[ThreadCreate]) -> Thread:
        """Makes a thread."""

    @get("/threads/{thread_id}", "beta.Thread")
    def retrieve(self, thread_id: str, **given: Unpack[Options]) -> Thread:
        """A thread."""

    @post("/threads/{thread_id}", "beta.Thread")
    def update(self, thread_id: str, **given: Unpack[ThreadUpdate]) -> Thread:
        """Changes a thread."""

    @delete("/threads/{thread_id}", "beta.ThreadDeleted")
    def delete(self, thread_id: str, **given: Unpack[Options]) -> ThreadDeleted:
        """Deletes a thread."""

    @overload
    def create_and_run(
        self, *, stream: Literal[True], **given: Unpack[ThreadCreateAndRun]
    ) -> Stream[AssistantStreamEvent]: ...
    @overload
    def create_and_run(
        self, *, stream: Optional[Literal[False]] | Omit = omit, **given: Unpack[ThreadCreateAndRun]
    ) -> Run: ...
    @overload
    def create_and_run(
        self, *, stream: bool, **given: Unpack[ThreadCreateAndRun]
    ) -> Run | Stream[AssistantStreamEvent]: ...

    @post("/threads/runs", "beta.threads.Run", dialect="assistants")
    def create_and_run(self, *, stream: Optional[bool] | Omit = omit, **given: Unpack[ThreadCreateAndRun]) -> Any:
        """Makes a thread, and runs an assistant on it: with `stream=True` a `Stream` of what happens."""

    @method
    def create_and_run_poll(self, *, poll_interval_ms: int | Omit = omit, **given: Unpack[ThreadCreateAndRun]) -> Run:
        """Makes a thread, runs an assistant on it, and waits until the run ends or requires action."""
        run: Run = self._ask(Threads.create_and_run, stream=False, **given)
        return self.runs._polled(run.id, run.thread_id, poll_interval_ms, given)
