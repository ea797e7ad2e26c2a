"""A patch that the model wants applied."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias, Union

from ssescan.models import Model

__all__ = [
    "ResponseApplyPatchToolCall",
    "Operation",
    "OperationCreateFile",
    "OperationDeleteFile",
    "OperationUpdateFile",
    "Caller",
    "CallerDirect",
    "CallerProgram",
]


class OperationCreateFile(Model):
    diff: str
    path: str
    type: Literal["create_file"]


class OperationDeleteFile(Model):
    path: str
    type: Literal["delete_file"]


class OperationUpdateFile(Model):
    diff: str
    path: str
    type: Literal["update_file"]


Operation: TypeAlias = Union[OperationCreateFile, OperationDeleteFile, OperationUpdateFile]


class CallerDirect(Model):
    type: Literal["direct"]


class CallerProgram(Model):
    caller_id: str
    type: Literal["program"]


Caller: TypeAlias = Union[CallerDirect, CallerProgram, None]


class ResponseApplyPatchToolCall(Model):
    id: str
    call_id: str
    operation: Operation
    status: Literal["in_progress", "completed"]
    type: Literal["apply_patch_call"]
    caller: Optional[Caller] = None
    created_by: Optional[str] = None
