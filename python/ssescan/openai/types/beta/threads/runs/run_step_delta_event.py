"""Payload of `thread.run.step.delta`."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

from .run_step_delta import RunStepDelta

__all__ = ["RunStepDeltaEvent"]


class RunStepDeltaEvent(Model):
    id: str
    delta: RunStepDelta
    object: Literal["thread.run.step.delta"]
