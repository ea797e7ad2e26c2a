"""The keyword arguments of the methods of threads and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._call import Options

if TYPE_CHECKING:
    from typing import Iterable, List, Optional, Required, Union

    from ...._types import Omit
    from ....types.beta import (
        AssistantResponseFormatOptionParam,
        AssistantToolChoiceOptionParam,
        AssistantToolParam,
        thread_create_and_run_params,
        thread_create_params,
        thread_update_params,
    )
    from ....types.beta.threads import run_create_params, run_submit_tool_outputs_params
    from ....types.beta.threads.runs import RunStepInclude
    from ....types.shared import ChatModel, Metadata, ReasoningEffort

__all__ = ["RunCreate", "RunSubmitToolOutputs", "ThreadCreate", "ThreadCreateAndRun", "ThreadUpdate"]


class ThreadUpdate(Options, total=False):
    metadata: Optional[Metadata] | Omit
    tool_resources: Optional[thread_update_params.ToolResources] | Omit


class ThreadCreate(Options, total=False):
    messages: Iterable[thread_create_params.Message] | Omit
    metadata: Optional[Metadata] | Omit
    tool_resources: Optional[thread_create_params.ToolResources] | Omit


class ThreadCreateAndRun(Options, total=False):
    assistant_id: Required[str]
    instructions: Optional[str] | Omit
    max_completion_tokens: Optional[int] | Omit
    max_prompt_tokens: Optional[int] | Omit
    metadata: Optional[Metadata] | Omit
    model: Union[str, ChatModel, None] | Omit
    parallel_tool_calls: bool | Omit
    response_format: Optional[AssistantResponseFormatOptionParam] | Omit
    temperature: Optional[float] | Omit
    thread: thread_create_and_run_params.Thread | Omit
    tool_choice: Optional[AssistantToolChoiceOptionParam] | Omit
    tool_resources: Optional[thread_create_and_run_params.ToolResources] | Omit
    tools: Optional[Iterable[AssistantToolParam]] | Omit
    top_p: Optional[float] | Omit
    truncation_strategy: Optional[thread_create_and_run_params.TruncationStrategy] | Omit


class RunCreate(Options, total=False):
    assistant_id: Required[str]
    include: List[RunStepInclude] | Omit
    additional_instructions: Optional[str] | Omit
    additional_messages: Optional[Iterable[run_create_params.AdditionalMessage]] | Omit
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
    truncation_strategy: Optional[run_create_params.TruncationStrategy] | Omit


class RunSubmitToolOutputs(Options, total=False):
    tool_outputs: Required[Iterable[run_submit_tool_outputs_params.ToolOutput]]
