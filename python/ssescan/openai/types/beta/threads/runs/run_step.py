"""One step of a run."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from ....shared.metadata import Metadata
from .message_creation_step_details import MessageCreationStepDetails
from .tool_calls_step_details import ToolCallsStepDetails

__all__ = ["RunStep", "LastError", "StepDetails", "Usage"]


class LastError(Model):
    code: Literal["server_error", "rate_limit_exceeded"]
    message: str


StepDetails: TypeAlias = Union[MessageCreationStepDetails, ToolCallsStepDetails]


class Usage(Model):
    completion_tokens: int
    prompt_tokens: int
    total_tokens: int


class RunStep(Model):
    id: str
    assistant_id: str
    cancelled_at: Optional[int] = None
    completed_at: Optional[int] = None
    created_at: int
    expired_at: Optional[int] = None
    failed_at: Optional[int] = None
    last_error: Optional[LastError] = None
    metadata: Optional[Metadata] = None
    object: Literal["thread.run.step"]
    run_id: str
    status: Literal["in_progress", "cancelled", "failed", "completed", "expired"]
    step_details: StepDetails
    thread_id: str
    type: Literal["message_creation", "tool_calls"]
    usage: Optional[Usage] = None
