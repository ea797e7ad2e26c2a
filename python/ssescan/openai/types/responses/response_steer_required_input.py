"""`ResponseSteerRequiredInput`, as it is received."""

from __future__ import annotations

from typing import Literal, TypeAlias, Union

from ssescan.models import Model

__all__ = [
    "ResponseSteerRequiredInput",
    "FunctionCallOutput",
    "CustomToolCallOutput",
    "ComputerCallOutput",
    "ShellCallOutput",
    "ApplyPatchCallOutput",
    "ToolSearchOutput",
    "McpApprovalResponse",
]


class FunctionCallOutput(Model):
    call_id: str
    name: str
    type: Literal["function_call_output"]


class CustomToolCallOutput(Model):
    call_id: str
    type: Literal["custom_tool_call_output"]


class ComputerCallOutput(Model):
    call_id: str
    type: Literal["computer_call_output"]


class ShellCallOutput(Model):
    call_id: str
    type: Literal["shell_call_output"]


class ApplyPatchCallOutput(Model):
    call_id: str
    type: Literal["apply_patch_call_output"]


class ToolSearchOutput(Model):
    call_id: str
    execution: Literal["client"]
    type: Literal["tool_search_output"]


class McpApprovalResponse(Model):
    approval_request_id: str
    type: Literal["mcp_approval_response"]


ResponseSteerRequiredInput: TypeAlias = Union[
    FunctionCallOutput,
    CustomToolCallOutput,
    ComputerCallOutput,
    ShellCallOutput,
    ApplyPatchCallOutput,
    ToolSearchOutput,
    McpApprovalResponse,
]
