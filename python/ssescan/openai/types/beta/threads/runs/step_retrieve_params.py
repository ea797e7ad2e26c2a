"""What is sent to step retrieve."""

from __future__ import annotations

from typing import List, TypedDict

from ssescan.openai.types._params import Required

from .run_step_include import RunStepInclude

__all__ = ["StepRetrieveParams"]


class StepRetrieveParams(TypedDict, total=False):
    thread_id: Required[str]
    run_id: Required[str]
    include: List[RunStepInclude]
