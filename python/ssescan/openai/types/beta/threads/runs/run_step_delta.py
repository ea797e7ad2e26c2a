"""What a delta adds to a run step."""

from __future__ import annotations

from typing import Optional, TypeAlias, Union

from ssescan.models import Model

from .run_step_delta_message_delta import RunStepDeltaMessageDelta
from .tool_call_delta_object import ToolCallDeltaObject

__all__ = ["RunStepDelta", "StepDetails"]

StepDetails: TypeAlias = Union[RunStepDeltaMessageDelta, ToolCallDeltaObject]


class RunStepDelta(Model):
    step_details: Optional[StepDetails] = None
