"""The runs of a thread: an assistant at work on it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from ....._endpoints import Options, get, post
from ....._types import omit
from ...._listing import ListingBefore
from ..._assistants import AssistantsResource, MetadataUpdate
from .steps import Steps

if TYPE_CHECKING:
    from typing import Iterable, List, Literal, Optional, Union

    from typing_extensions import Required, Unpack

    from ....._streaming import Stream
    from ....._types import Omit
    from .....pagination import SyncCursorPage
    from .....types.beta import AssistantStreamEvent
    from .....types.beta.threads import Run
    from .....types.shared import ChatModel, Metadata, ReasoningEffort
    from ...._pending import (
        AssistantResponseFormatOptionParam,
        AssistantToolChoiceOptionParam,
        AssistantToolParam,
        RunStepInclude,
        ToolOutputParam,
        TruncationStrategyParam,
    )

__all__ = ["RunCreate", "Runs", "RunSubmitToolOutputs"]


class RunCreate(Options, total=False):
    assistant_id: Required[str]
    include: List[RunStepInclude] | Omit
    additional_instructions: Optional[str] | Omit
    additional_messages: Optional[Iterable[Any]] | Omit
    instructions: Optional[str] | Omit
    max_completion_tokens: Optional[int] | Omit
    max_prompt_tokens: Optional[int] | Omit
    metadata: Optional[Metadata] | Omit
    model: Union[str, ChatModel, None] | Omit
    parallel_tool_calls: bool | Omit
    reasoning_effort: Optional[ReasoningEffort] | Omit
    response_format: Optional[AssistantResponseFormatOptionParam] | Omit
    temperature: Optional[float] | Omit
    tool_choice: Optional[AssistantToolChoiceOptionParam] | Omit
    tools: Optional[Iterable[AssistantToolParam]] | Omit
    top_p: Optional[float] | Omit
    truncation_strategy: Optional[TruncationStrategyParam] | Omit


class RunSubmitToolOutputs(Options, total=False):
    tool_outputs: Required[Iterable[ToolOutputParam]]


class Runs(AssistantsResource):
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
