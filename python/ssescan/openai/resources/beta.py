"""Assistants v2: threads and their runs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload

from .._base import path
from .._types import not_given
from ._resource import Resource, options

if TYPE_CHECKING:
    from .._streaming import Stream
    from ..types.beta import AssistantStreamEvent
    from ..types.beta.threads import Run

__all__ = ["Beta", "Runs", "Threads"]

_HEADERS = {"OpenAI-Beta": "assistants=v2"}


class _Runs(Resource):
    """Every one of the calls here makes a run go on, and gives it: as a stream, or as it stands."""

    def _run(self, path: str, body: dict[str, Any], stream: bool | None, call: dict[str, Any]) -> Any:
        from ..types.beta.threads.run import Run

        first = {} if stream is None else {"stream": stream}
        return self._client._call(
            "POST",
            path,
            body={**first, **body},
            headers=_HEADERS,
            stream=bool(stream),
            dialect="assistants",
            cast_to=Run.model_validate,
            **call,
        )


class Runs(_Runs):
    @overload
    def create(
        self, thread_id: str, *, assistant_id: str, stream: Literal[True], include: Any = ..., **arguments: Any
    ) -> Stream[AssistantStreamEvent]: ...
    @overload
    def create(
        self,
        thread_id: str,
        *,
        assistant_id: str,
        stream: Literal[False] | None = None,
        include: Any = ...,
        **arguments: Any,
    ) -> Run: ...

    def create(
        self,
        thread_id: str,
        *,
        assistant_id: str,
        stream: bool | None = None,
        include: Any = not_given,
        **arguments: Any,
    ) -> Any:
        """POST /threads/{thread_id}/runs: runs the assistant on a thread. ValueError for an empty id."""
        body, call = options(arguments)
        call["query"] = {"include": include}
        where = path("threads/{thread_id}/runs", thread_id=thread_id)
        return self._run(where, {"assistant_id": assistant_id, **body}, stream, call)

    @overload
    def submit_tool_outputs(
        self, run_id: str, *, thread_id: str, tool_outputs: Any, stream: Literal[True], **arguments: Any
    ) -> Stream[AssistantStreamEvent]: ...
    @overload
    def submit_tool_outputs(
        self, run_id: str, *, thread_id: str, tool_outputs: Any, stream: Literal[False] | None = None, **arguments: Any
    ) -> Run: ...

    def submit_tool_outputs(
        self, run_id: str, *, thread_id: str, tool_outputs: Any, stream: bool | None = None, **arguments: Any
    ) -> Any:
        """POST /threads/{thread_id}/runs/{run_id}/submit_tool_outputs: what a run that requires action waits for."""
        body, call = options(arguments)
        where = path("threads/{thread_id}/runs/{run_id}/submit_tool_outputs", thread_id=thread_id, run_id=run_id)
        return self._run(where, {"tool_outputs": tool_outputs, **body}, stream, call)


class Threads(_Runs):
    @cached_property
    def runs(self) -> Runs:
        return Runs(self._client)

    @overload
    def create_and_run(
        self, *, assistant_id: str, stream: Literal[True], **arguments: Any
    ) -> Stream[AssistantStreamEvent]: ...
    @overload
    def create_and_run(self, *, assistant_id: str, stream: Literal[False] | None = None, **arguments: Any) -> Run: ...

    def create_and_run(self, *, assistant_id: str, stream: bool | None = None, **arguments: Any) -> Any:
        """POST /threads/runs: makes a thread and runs the assistant on it."""
        body, call = options(arguments)
        return self._run("threads/runs", {"assistant_id": assistant_id, **body}, stream, call)


class Beta(Resource):
    @cached_property
    def threads(self) -> Threads:
        return Threads(self._client)
