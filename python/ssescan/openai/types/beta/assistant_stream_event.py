"""The events of an Assistants stream: a wire name and its payload."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias, Union

from ssescan.events import Event

from ..shared.error_object import ErrorObject
from .thread import Thread
from .threads.message import Message
from .threads.message_delta_event import MessageDeltaEvent
from .threads.run import Run
from .threads.runs.run_step import RunStep
from .threads.runs.run_step_delta_event import RunStepDeltaEvent

__all__ = [
    "AssistantStreamEvent",
    "ThreadCreated",
    "ThreadRunCreated",
    "ThreadRunQueued",
    "ThreadRunInProgress",
    "ThreadRunRequiresAction",
    "ThreadRunCompleted",
    "ThreadRunIncomplete",
    "ThreadRunFailed",
    "ThreadRunCancelling",
    "ThreadRunCancelled",
    "ThreadRunExpired",
    "ThreadRunStepCreated",
    "ThreadRunStepInProgress",
    "ThreadRunStepDelta",
    "ThreadRunStepCompleted",
    "ThreadRunStepFailed",
    "ThreadRunStepCancelled",
    "ThreadRunStepExpired",
    "ThreadMessageCreated",
    "ThreadMessageInProgress",
    "ThreadMessageDelta",
    "ThreadMessageCompleted",
    "ThreadMessageIncomplete",
    "ErrorEvent",
]


class ThreadCreated(Event):
    data: Thread
    event: Literal["thread.created"]
    enabled: Optional[bool] = None


class ThreadRunCreated(Event):
    data: Run
    event: Literal["thread.run.created"]


class ThreadRunQueued(Event):
    data: Run
    event: Literal["thread.run.queued"]


class ThreadRunInProgress(Event):
    data: Run
    event: Literal["thread.run.in_progress"]


class ThreadRunRequiresAction(Event):
    data: Run
    event: Literal["thread.run.requires_action"]


class ThreadRunCompleted(Event):
    data: Run
    event: Literal["thread.run.completed"]


class ThreadRunIncomplete(Event):
    data: Run
    event: Literal["thread.run.incomplete"]


class ThreadRunFailed(Event):
    data: Run
    event: Literal["thread.run.failed"]


class ThreadRunCancelling(Event):
    data: Run
    event: Literal["thread.run.cancelling"]


class ThreadRunCancelled(Event):
    data: Run
    event: Literal["thread.run.cancelled"]


class ThreadRunExpired(Event):
    data: Run
    event: Literal["thread.run.expired"]


class ThreadRunStepCreated(Event):
    data: RunStep
    event: Literal["thread.run.step.created"]


class ThreadRunStepInProgress(Event):
    data: RunStep
    event: Literal["thread.run.step.in_progress"]


class ThreadRunStepDelta(Event):
    data: RunStepDeltaEvent
    event: Literal["thread.run.step.delta"]


class ThreadRunStepCompleted(Event):
    data: RunStep
    event: Literal["thread.run.step.completed"]


class ThreadRunStepFailed(Event):
    data: RunStep
    event: Literal["thread.run.step.failed"]


class ThreadRunStepCancelled(Event):
    data: RunStep
    event: Literal["thread.run.step.cancelled"]


class ThreadRunStepExpired(Event):
    data: RunStep
    event: Literal["thread.run.step.expired"]


class ThreadMessageCreated(Event):
    data: Message
    event: Literal["thread.message.created"]


class ThreadMessageInProgress(Event):
    data: Message
    event: Literal["thread.message.in_progress"]


class ThreadMessageDelta(Event):
    data: MessageDeltaEvent
    event: Literal["thread.message.delta"]


class ThreadMessageCompleted(Event):
    data: Message
    event: Literal["thread.message.completed"]


class ThreadMessageIncomplete(Event):
    data: Message
    event: Literal["thread.message.incomplete"]


class ErrorEvent(Event):
    data: ErrorObject
    event: Literal["error"]


AssistantStreamEvent: TypeAlias = Union[
    ThreadCreated,
    ThreadRunCreated,
    ThreadRunQueued,
    ThreadRunInProgress,
    ThreadRunRequiresAction,
    ThreadRunCompleted,
    ThreadRunIncomplete,
    ThreadRunFailed,
    ThreadRunCancelling,
    ThreadRunCancelled,
    ThreadRunExpired,
    ThreadRunStepCreated,
    ThreadRunStepInProgress,
    ThreadRunStepDelta,
    ThreadRunStepCompleted,
    ThreadRunStepFailed,
    ThreadRunStepCancelled,
    ThreadRunStepExpired,
    ThreadMessageCreated,
    ThreadMessageInProgress,
    ThreadMessageDelta,
    ThreadMessageCompleted,
    ThreadMessageIncomplete,
    ErrorEvent,
]
