"""What applying a patch gave."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias, Union

from ssescan.models import Model

__all__ = ["ResponseApplyPatchToolCallOutput", "Caller", "CallerDirect", "CallerProgram"]


class CallerDirect(Model):
    type: Literal["direct"]


class CallerProgram(Model):
    caller_id: str
    type: Literal["program"]


Caller: TypeAlias = Union[CallerDirect, CallerProgram, None]


class ResponseApplyPatchToolCallOutput(Model):
    id: str
    call_id: str
    status: Literal["completed", "failed"]
    type: Literal["apply_patch_call_output"]
    caller: Optional[Caller] = None
    created_by: Optional[str] = None
    output: Optional[str] = None
