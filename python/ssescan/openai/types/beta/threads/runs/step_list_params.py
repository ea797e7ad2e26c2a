"""What is sent to step list."""

from __future__ import annotations

from typing import List, Literal, TypedDict

from ssescan.openai.types._params import Required

from .run_step_include import RunStepInclude

__all__ = ["StepListParams"]


class StepListParams(TypedDict, total=False):
    thread_id: Required[str]
    after: str
    before: str
    include: List[RunStepInclude]
    limit: int
    order: Literal["asc", "desc"]
